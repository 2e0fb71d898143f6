"""Texts for people, by language: ``{"en": ..., "ko": ...}``."""

from __future__ import annotations

from typing import Any


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in `language`, or in English, or an empty string."""
    return texts.get(language) or texts.get("en", "")


def are_texts(value: Any) -> bool:
    """Whether `value` is a dict of strings, as the texts of a card must be."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
