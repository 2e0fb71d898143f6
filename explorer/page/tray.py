"""The tray at the foot of the page: the picture in hand, those before it, those kept under a name, and where they can be sent.

Its script (`tray.js`) draws it and keeps it in the browser's storage; the server only learns what is sent to a tab, and which
points are kept, which several tabs offer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from explorer.models.choice import title
from explorer.page import hand
from explorer.page.tab import Tab
from explorer.page.wiring import LAST, QUIET, spoken
from explorer.texts import LANGUAGES, both
from models_zoo import Card

WORDS = (
    "picture", "title", "empty", "send", "from", "take", "more", "recent", "kept", "name", "keep", "forget", "export", "import", "seed",
)  # fmt: skip
"""Texts that the script shows."""


def keep_in_browser(kept: gr.State) -> list[gr.HTML]:
    """Have the points `kept` stay in the browser, from where they come back; gives `Page.hand`."""
    sent = [gr.HTML(visible="hidden", elem_id=f"hand-{name}") for name in ("point", "picture")]
    told = gr.HTML(visible="hidden", elem_id="kept-told")
    # Pressed by the script when it has kept points that the server does not know.
    restore = gr.Button(visible="hidden", elem_id="kept-restore")
    restore.click(
        spoken(lambda language, text: hand.kept(text, language)), told, kept, js=_js("kept()"), **QUIET, **LAST
    )
    telling = kept.change(hand.written, kept, told, **QUIET)
    telling.success(None, told, js=_js("keep(text)"), api_visibility="private")
    return sent


def script(tabs: Sequence[Tab], cards: Sequence[Card]) -> str:
    """What the tray's script has to know, as JavaScript: its texts, and which tab takes which model's pictures."""
    takers = {
        tab.id: {
            "name": both(tab.name),
            "models": None
            if tab.takes == "picture"
            else [card.id for card in cards if card.task in tab.tasks and tab.serves(card)],
        }
        for tab in tabs
        if tab.takes
    }
    known: dict[str, Any] = {
        "texts": {word: both(f"tray_{word}") for word in WORDS} | {"refused": both("hand_damaged")},
        "takers": takers,
        "tabs": {tab.id: both(tab.name) for tab in tabs},
        "models": {card.id: {language: title(card, language) for language in LANGUAGES} for card in cards},
    }
    # Within a script element nothing but its end has a meaning.
    return "window.trayKnows = " + json.dumps(known, ensure_ascii=False).replace("</", "<\\/") + ";"


def _js(call: str) -> str:
    return f"(text) => window.explorer.tray.{call}"
