"""Texts that people read, by language: ``{"en": ..., "ko": ...}``."""

from __future__ import annotations

from typing import Any


def in_language(texts: dict[str, str], language: str) -> str:
    """The one of `texts`, by language, that is in `language`, else the English one, else nothing."""
    return texts.get(language) or texts.get("en", "")


def are_texts(value: Any) -> bool:
    """Whether `value` maps names to texts, as a card's must."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
