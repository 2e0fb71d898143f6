"""The words of the model cards: one TOML file per variant, English and Korean side by side."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
Texts = dict[str, str]
"""One text by language, ``{"en": ..., "ko": ...}``."""
EMPTY: Texts = {"en": "", "ko": ""}
"""In place of texts about a data set that cards of other pictures do without (`train.publishing.own_cards`)."""


@functools.cache
def card_texts(name: str) -> dict[str, Any]:
    """The texts of `<name>.toml` by their names, in tables where a card depends on the options; every leaf is a `Texts`."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def filled(texts: Texts, **values: object) -> Texts:
    """`texts` with their placeholders replaced by `values`, of which those that are `Texts` give each language its own."""
    return {
        language: text.format(
            **{name: value[language] if isinstance(value, dict) else value for name, value in values.items()}
        )
        for language, text in texts.items()
    }
