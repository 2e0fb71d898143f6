"""Everything the page says, in English and Korean, read from the `texts.toml` of each room.

Texts that never change are translated in the browser through `label`; those made in Python, with
values in them, through `say`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from explorer.texts.korean import with_particles

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LANGUAGES = ("en", "ko")
CHOSEN = "language"
"""The cookie in which the page's script keeps the language that a visitor chose."""
FILES = sorted(Path(__file__).parents[1].rglob("texts.toml"))


def read(path: Path) -> dict[str, dict[str, str]]:
    """The texts of one file: for each key the text in every one of `LANGUAGES`."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


TEXTS: dict[str, dict[str, str]] = {key: text for path in FILES for key, text in read(path).items()}


def say(key: str, language: str, **values: object) -> str:
    """The text `key` in `language`, with `values` put in, after which Korean particles take the form that they ask for."""
    text = TEXTS[key][language]
    if not values:
        return text
    text = text.format(**values)
    return with_particles(text) if language == "ko" else text


def both(key: str) -> dict[str, str]:
    """The text `key` in every one of `LANGUAGES`, as cards and curves have theirs."""
    return {language: say(key, language) for language in LANGUAGES}


def label(key: str) -> I18nData:
    """The text `key`, to be translated by the visitor's browser."""
    return I18nData(key)


def translations() -> gr.I18n:
    """All texts, as the browser gets them."""
    return gr.I18n(**{language: {key: text[language] for key, text in TEXTS.items()} for language in LANGUAGES})


def language(request: gr.Request | None) -> str:
    """The language of the visitor: the one chosen on the page, else ``"ko"`` where the browser asks for Korean first, else ``"en"``."""
    headers = request.headers if request else {}
    chosen = re.search(rf"(?:^|;)\s*{CHOSEN}=(\w+)", headers.get("cookie", ""))
    if chosen and chosen[1] in LANGUAGES:
        return chosen[1]
    return "ko" if headers.get("accept-language", "").strip().lower().startswith("ko") else "en"
