"""Pieces of the page that tabs have in common: controls, explanation, downloads, one's own checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import Dependency
from PIL.Image import Image as Picture

from explorer.models.choice import Choice, named, title
from explorer.page import html, lean
from explorer.page.tab import Page
from explorer.page.wiring import LAST, PRIVATE, for_toast
from explorer.pictures import drawing, files, targets
from explorer.pictures.faces import Square
from explorer.texts import label, language, say
from models_zoo import Card, decoding

SEEN_SCRIPT = (Path(__file__).parent / "seen.js").read_text(encoding="utf-8")
"""For an empty `HTML` component further down, which then tells by its event `select` that somebody comes near it."""
TILES_SCRIPT = (Path(__file__).parent / "tiles.js").read_text(encoding="utf-8")
"""For an `HTML` component with a grid of pictures to choose from, which then tells `seed` by its event `select`."""
PAST = 20
"""Changes that can be undone."""
LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def model_dropdown(choice: Choice) -> gr.Dropdown:
    """The models of a tab."""
    return gr.Dropdown(list(named(choice.cards(), "en")), value=choice.first(), label=label("model"), filterable=False)


def truncation_slider(value: float, info: str = "truncation_info") -> gr.Slider:
    """The truncation, 0 to 1, with the text of the key `info` below it."""
    return gr.Slider(0, 1, value, step=0.05, label=label("truncation"), info=label(info), buttons=[])


def explanation(text: str) -> None:
    """*What happens here*: the text of that key, with formulas."""
    with gr.Column(elem_classes="card explain"):
        gr.Markdown(label("explain_heading"), elem_classes="section-title")
        gr.Markdown(label(text), latex_delimiters=LATEX, elem_classes=lean.FORMULAS)


def own_checkpoint(public: bool, prefix: str = "") -> tuple[gr.Textbox, gr.Button]:
    """A field and a button for one's own checkpoint; on a `public` page the field asks for no folders."""
    with gr.Accordion(label("own"), open=False, elem_classes="own"):
        name = gr.Textbox(
            label=label("own_label_public" if public else "own_label"),
            info=label("own_info"),
            max_lines=1,
            elem_id=f"{prefix}own",
            elem_classes="own-name",
        )
        return name, gr.Button(label("own_button"), size="sm", elem_id=f"{prefix}own-load")


def on_own_checkpoint(
    page: Page, choice: Choice, name: gr.Textbox, button: gr.Button, model: gr.Dropdown
) -> Dependency:
    """Load what `name` says and choose it in `model`; the caller goes on from the event's success."""

    @for_toast
    def add(name, request: gr.Request):
        spoken = language(request)
        model_id = choice.add((name or "").strip(), page.public, spoken)
        gr.Info(say("own_loaded", spoken, model=html.escape(title(page.store.card(model_id), spoken))))
        return choice.dropdown(model_id, spoken)

    # Not among the model events: a slow download must not keep the others from sampling.
    options = {"show_progress_on": name, "concurrency_id": "add", "api_visibility": "private", **LAST}
    return gr.on([button.click, name.submit], add, name, model, **options)


def on_roll(button: gr.Button, seed: gr.Number) -> Dependency:
    """Have a click put a fresh seed in `seed`; below a million, so that captions and links stay short."""
    return button.click(None, None, seed, js="() => Math.floor(Math.random() * 1_000_000)", api_visibility="private")


def hand_button(tab: str, text: str = "use_hand") -> gr.Button:
    """What brings the picture in hand to `tab`; the page's tray presses it, too."""
    return gr.Button(label(text), size="sm", elem_id=f"take-{tab}")


def upload(name: str) -> gr.Image:
    """Where a visitor gives a picture: a file, the webcam or the clipboard."""
    return gr.Image(
        label=label("invert_upload"),
        sources=["upload", "webcam", "clipboard"],
        type="filepath",
        height=210,
        buttons=[],
        elem_id=name,
        alt_text=label("invert_upload"),
    )


def received(sent: Any, spoken: str) -> Picture:
    """What a visitor sent through an `upload` whose event leaves it unread, as an RGB picture; raises `UserError`."""
    picture = drawing.decode(files.received(sent, spoken), spoken)
    tell_of_white(picture, spoken)
    return picture


def tell_of_white(picture: Picture, spoken: str) -> None:
    """Say it if parts of a decoded `picture` were transparent, and are white now."""
    if picture.info.get(decoding.FLATTENED):
        gr.Info(say("upload_flattened", spoken))


def placed(card: Card, source: Any, faceless: str, spoken: str) -> Square | None:
    """Where the model of `card` would have the square, if one has to be cut out of `source`.

    Tells of further faces, and of missing ones by the text of the key `faceless`.
    """
    if not targets.is_cut(source, card):
        return None
    square, count = targets.place(source, card)
    if count == 0:
        gr.Warning(say(faceless, spoken))
    elif count is not None and count > 1:
        gr.Info(say("face_many", spoken, count=count))
    return square


def on_save(button: gr.Button, write: Callable[..., str], inputs: list, download: gr.File) -> None:
    """Have the browser save the file whose path `write` gives, through the hidden component `download`."""
    button.click(write, inputs, download, **PRIVATE).success(
        None, download, js="file => { window.explorer.download(file); }", api_visibility="private"
    )
