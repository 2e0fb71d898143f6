"""What tabs that have no `View` yet need of the frame: restoring links value by value, and filling a tab."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.events import Dependency

from explorer.latent.latents import RECIPE_OF_Z
from explorer.page.controls import (
    PAST,
    explanation,
    model_dropdown,
    on_own_checkpoint,
    on_save,
    own_checkpoint,
    placed,
    received,
    truncation_slider,
    upload,
)
from explorer.page.tab import Page
from explorer.page.view import Asked
from explorer.page.wiring import EDIT, LAST, LIVE, PRIVATE, QUIET, Visit, for_toast, warn_of_link
from explorer.pictures.files import archive

__all__ = [
    "EDIT", "LAST", "LIVE", "PAST", "PRIVATE", "QUIET", "RECIPE_OF_Z", "archive", "explanation", "model_dropdown",
    "on_arrival", "on_own_checkpoint", "on_save", "own_checkpoint", "placed", "received", "restore", "told",
    "truncation_slider", "upload", "warn_of_link",
]  # fmt: skip


def on_arrival(page: Page, tab: str, arrive: Callable[[gr.Request], tuple], outputs: list) -> list[Dependency]:
    """Fill the `tab` when a visitor first sees it, be it by a link or by opening it; until then it costs nothing."""

    @for_toast
    def fill(request: gr.Request):
        return arrive(request) if page.asked(request) == tab else gr.skip()

    return [event(fill, None, outputs, show_progress="hidden", **PRIVATE) for event in (page.load, page.select)]


def restore(
    tab: str, page: Page, request: gr.Request, defaults: Mapping[str, Any], check: Mapping[str, Callable[[Any], Any]]
) -> tuple[dict[str, Any], set[str], dict[str, str]]:
    """What the visitor's link asks for on this `tab`: the values, the names of bad ones, and the whole query.

    A value takes the type of its default and must pass its check; a bad or missing one becomes the default.
    """
    query = dict(request.query_params) if page.asked(request) == tab else {}
    values, bad = dict(defaults), set()
    for name in defaults.keys() & query.keys():
        try:
            values[name] = check.get(name, lambda value: value)(_parse(query[name], type(defaults[name])))
        except Exception:
            bad.add(name)
    return values, bad, query


def _parse(text: str, kind: type) -> Any:
    if kind is bool:
        return {"1": True, "0": False}[text]
    # int() and float() also read "1_000", " 7 " and "nan", which no link of ours holds.
    if kind is not str and not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text):
        raise ValueError(text)
    return kind(text)


def told(event: gr.EventData, name: str) -> Any:
    """What the browser says of `event` under `name`; None if it says nothing."""
    return Visit(None, Asked(), event).told(name)
