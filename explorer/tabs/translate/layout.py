"""The components of the *Translate* tab, and the canvases on which visitors draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from explorer.page import controls, html
from explorer.page.tab import Page
from explorer.page.wiring import Controls
from explorer.pictures import canvas as board
from explorer.pictures import drawing, files
from explorer.tabs.translate import view, work
from explorer.tabs.translate.facades import PALETTE
from explorer.tabs.translate.work import TranslateView
from explorer.texts import label
from models_zoo import Card

CANVAS = 280
"""Pixels that a canvas is wide, about."""
BRUSH = 11


@dataclass(frozen=True)
class Easel:
    """A canvas for drawings of one kind, and whether the model of a card `takes` such drawings."""

    editor: gr.ImageEditor
    takes: Callable[[Card], bool]

    @property
    def filter(self) -> str:
        """What keeps the editor's own changes from passing for strokes, as the `js` of an event."""
        return f"(...values) => window.explorer.strokes('{self.editor.elem_id}', values)"

    def drawing(self, value: Any, language: str) -> Image.Image | None:
        """What lies on the canvas that sends `value`, None if nothing does, or not yet; raises `UserError`.

        The browser sends the files of a stroke ahead and then names only their id.
        """
        name = board.drawing_id(value)
        if not isinstance(value, dict) or (name and name not in self.editor.blob_storage):
            # Nobody drew this, or its files are still on their way; another event follows them.
            return None
        sent = self.editor.blob_storage.get(name)
        composite = sent.composite if sent else files.uploaded(value.get("composite"))
        return drawing.decode(composite, language) if composite else None


@dataclass(frozen=True)
class BatchLayout:
    """The components for several pictures at once; `made` holds the last `Batch`, or None."""

    files: gr.File
    note: gr.HTML
    outcome: gr.Column
    gallery: gr.Gallery
    again: gr.Button
    archive: gr.Button
    made: gr.State


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own.

    `source` holds the visitor's `Photo` and `result` its `Translated`, or None.
    """

    image: gr.Image
    take: gr.Button
    examples: gr.HTML
    png: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    remark: gr.HTML
    slider: gr.ImageSlider
    note: gr.HTML
    cycle: gr.HTML
    reading: gr.Column
    dice: gr.Button
    digits: gr.HTML
    easels: tuple[Easel, ...]
    palettes: tuple[gr.HTML, ...]
    batch: BatchLayout
    about: gr.HTML
    download: gr.File
    source: gr.State
    result: gr.State

    @property
    def editors(self) -> list[str]:
        """The ids of the canvases."""
        return [easel.editor.elem_id for easel in self.easels]


def directions(card: Card, language: str) -> list[tuple[str, str]]:
    """The directions of a model in words, each with its name."""
    return [(view.between(card, direction, language), direction) for direction in card.directions]


def lay_out(page: Page, desk: Controls[TranslateView]) -> Layout:
    """All components of the tab, in order."""
    cards = desk.choice.cards()
    first = page.store.card(desk.choice.first())
    gr.Markdown(label("translate_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            left = _controls(page, desk, first)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            pictures = _pictures()
    with gr.Column(elem_classes="card controls-inside", visible=work.has_digits(first)) as reading:
        dice, digits = _digits(desk)
    easels, palettes = _easels(cards)
    with gr.Column(elem_classes="card controls-inside"):
        batch = _batch()
    controls.explanation("translate_explain_text")
    about = gr.HTML(elem_id="translate-about", apply_default_css=False)
    # The file of the example on show, for the link; empty for a picture of the visitor's own.
    desk.add("example", gr.Textbox(desk.default("example"), visible="hidden"))
    hidden = gr.File(visible="hidden"), gr.State(None), gr.State(None)
    return Layout(*left, *pictures, reading, dice, digits, tuple(easels), tuple(palettes), batch, about, *hidden)


def _controls(page: Page, desk: Controls[TranslateView], first: Card) -> tuple[Any, ...]:
    """The model, its direction, the picture, and what else there is to set."""
    desk.add("model", controls.model_dropdown(desk.choice))
    direction = gr.Radio(
        directions(first, "en"),
        value=first.directions[0],
        label=label("translate_direction"),
        elem_id="translate-direction",
    )
    desk.add("direction", direction)
    image = controls.upload("translate-upload")
    take = controls.hand_button("translate")
    examples = gr.HTML(js_on_load=controls.TILES_SCRIPT, elem_id="translate-examples", apply_default_css=False)
    with gr.Row(elem_classes="saving"):
        png = gr.Button(label("translate_save"), size="sm", elem_id="translate-png")
    with gr.Accordion(label("more"), open=False, elem_classes="own"):
        side = gr.Slider(
            work.LEAST_ASKED,
            work.MOST_SIDE,
            desk.default("side"),
            step=64,
            label=label("translate_side"),
            buttons=[],
        )
        desk.add("side", side)
        own = controls.own_checkpoint(page.public, "translate-")
    return image, take, examples, png, own


def _pictures() -> tuple[Any, ...]:
    """Remark, slider, note and the way back."""
    remark = gr.HTML(elem_id="translate-remark", apply_default_css=False)
    slider = gr.ImageSlider(
        label=label("translate_slider"),
        interactive=False,
        format="png",
        buttons=["fullscreen"],
        elem_id="translate-slider",
    )
    note = gr.HTML(view.note(None, None, "en"), elem_id="translate-note", apply_default_css=False)
    return remark, slider, note, gr.HTML(elem_id="translate-cycle", apply_default_css=False)


def _digits(desk: Controls[TranslateView]) -> tuple[gr.Button, gr.HTML]:
    """Seed, dice and generated digits."""
    gr.Markdown(label("translate_digits_heading"), elem_classes="section-title")
    gr.Markdown(label("translate_digits_lead"), elem_classes="quiet")
    with gr.Row(elem_classes="seeding"):
        seed = gr.Number(desk.default("seed"), label=label("seed"), min_width=80, elem_id="translate-seed")
        desk.add("seed", seed)
        dice = gr.Button(label("dice"), variant="primary", elem_id="translate-dice", elem_classes="dice")
    return dice, gr.HTML(elem_id="translate-digits", apply_default_css=False)


def _easels(cards: list[Card]) -> tuple[list[Easel], list[gr.HTML]]:
    """Canvases for digits and label maps where models take them, and the places of the names of their colours.

    They stay where they are, whatever model is chosen: hidden editors lose their canvas.
    """
    easels, palettes = [], []
    digits = any(map(work.has_digits, cards))
    labelled = next(filter(work.takes_labels, cards), None)
    with gr.Row(elem_classes="workshop", visible=bool(labelled) or digits):
        if digits:
            easels.append(Easel(_digit_canvas(), work.has_digits))
        if labelled:
            facade, palette = _facade_canvas(labelled)
            easels.append(Easel(facade, work.takes_labels))
            palettes.append(palette)
    return easels, palettes


def _digit_canvas() -> gr.ImageEditor:
    with gr.Column(scale=2, min_width=300, elem_classes="card controls-inside"):
        gr.Markdown(label("translate_draw_heading"), elem_classes="section-title")
        gr.Markdown(label("translate_draw_lead"), elem_classes="quiet")
        with gr.Column(elem_classes="canvas"):
            return _editor("translate-digit", CANVAS, ["#000000"], "#000000")


def _facade_canvas(card: Card) -> tuple[gr.ImageEditor, gr.HTML]:
    """Where label maps are painted, for models of this image size, and the place of the colours' names."""
    with gr.Column(scale=3, min_width=300, elem_classes="card controls-inside"):
        gr.Markdown(label("translate_facade_heading"), elem_classes="section-title")
        gr.Markdown(label("translate_facade_lead"), elem_classes="quiet")
        with gr.Row(elem_classes="easel"):
            with gr.Column(scale=0, min_width=300, elem_classes="canvas"):
                colours = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in PALETTE.values()]
                first = colours[list(PALETTE).index("window")]
                editor = _editor("translate-facade", html.tile_width(card.image_size, CANVAS), colours, first)
            with gr.Column(scale=1, min_width=160):
                palette = gr.HTML(elem_id="facade-palette", apply_default_css=False)
        return editor, palette


def _editor(name: str, width: int, colours: list[str], first: str) -> gr.ImageEditor:
    """A blank square canvas for strokes in these `colours`, at the beginning in the `first`, and no uploads."""
    return board.canvas(
        label=label("draw_label"),
        sources=(),
        brush=gr.Brush(default_size=BRUSH, colors=colours, default_color=first, color_mode="fixed"),
        eraser=gr.Eraser(default_size=2 * BRUSH),
        layers=False,
        transforms=(),
        canvas_size=(width, width),
        fixed_canvas=True,
        buttons=[],
        format="png",
        height=400,
        elem_id=name,
    )


def _batch() -> BatchLayout:
    """Where several pictures are given and shown."""
    gr.Markdown(label("translate_batch_heading"), elem_classes="section-title")
    gr.Markdown(label("translate_batch_lead"), elem_classes="quiet")
    uploads = gr.File(
        label=label("translate_batch_files"),
        file_count="multiple",
        file_types=["image"],
        height=140,
        elem_id="translate-batch",
    )
    note = gr.HTML(elem_id="translate-batch-note", apply_default_css=False)
    with gr.Column(visible=False) as outcome:
        gallery = gr.Gallery(
            label=label("translate_batch_results"),
            interactive=False,
            format="png",
            columns=4,
            object_fit="contain",
            height="auto",
            buttons=["download"],
            elem_id="translate-gallery",
        )
        with gr.Row(elem_classes="saving"):
            again = gr.Button(label("translate_batch_again"), size="sm", elem_id="translate-again")
            archive = gr.Button(label("save_zip"), size="sm", elem_id="translate-zip")
    return BatchLayout(uploads, note, outcome, gallery, again, archive, gr.State(None))
