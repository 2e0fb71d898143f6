"""The components of the *Classes* tab, and the canvas on which visitors draw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL.Image import Image

from explorer.page import checks, controls, html
from explorer.page.tab import Page
from explorer.page.wiring import Controls
from explorer.pictures import canvas as board
from explorer.pictures import drawing, files
from explorer.tabs.classes import view, work
from explorer.tabs.classes.work import ClassesView
from explorer.texts import label, say
from models_zoo import Card

CANVAS = 280
"""Pixels that the canvas is wide, about."""
BRUSH = 11
SCRIPT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Easel:
    """The canvas: what visitors draw on it, or put there."""

    editor: gr.ImageEditor

    def is_awaited(self, value: Any) -> bool:
        """Whether files of what the canvas sends as `value` are still on their way; another event follows them."""
        name = board.drawing_id(value)
        return name is not None and name not in self.editor.blob_storage

    def drawing(self, value: Any, language: str) -> Image:
        """What lies on the canvas that sends `value`; raises `Blank` if nothing does, and `UserError`.

        The browser sends the files of a stroke ahead and then names only their id, twice if a button asks again.
        """
        value = value if isinstance(value, dict) else {}
        sent = self.editor.blob_storage.get(board.drawing_id(value))
        composite, background = (
            getattr(sent, name) if sent else files.uploaded(value.get(name)) for name in ("composite", "background")
        )
        if composite is None:
            raise drawing.Blank(say("blank", language))
        return drawing.from_canvas(composite, background, language)


@dataclass(frozen=True)
class Morphing:
    """The components of the morph."""

    frame: gr.HTML
    frames: gr.HTML
    gif: gr.Button


@dataclass(frozen=True)
class Writing:
    """The components of the number, in a `column` that is there only for models of digits."""

    column: gr.Column
    row: gr.HTML
    png: gr.Button


@dataclass(frozen=True)
class Drawing:
    """The components of the canvas, and what networks read on it."""

    easel: Easel
    ask: gr.Button
    seen: gr.HTML


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own.

    The page's script presses `unreadable` when a visitor chose a file that the browser cannot show.
    """

    dice: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    grid: gr.HTML
    stage: gr.HTML
    png: gr.Button
    archive: gr.Button
    panels: gr.HTML
    morphing: Morphing
    writing: Writing
    drawing: Drawing
    noise: gr.HTML
    strip: gr.HTML
    about: gr.HTML
    download: gr.File
    unreadable: gr.Button


def lay_out(page: Page, desk: Controls[ClassesView]) -> Layout:
    """Place all components of the tab."""
    first = desk.choice.known(desk.choice.first())
    gr.Markdown(label("classes_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            dice, own = _settings(page, desk, first)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures class-view"):
            blank = view.blank_grid(desk.default("count"))
            grid = gr.HTML(blank, js_on_load=SCRIPT, elem_id="class-grid", apply_default_css=False)
            stage = gr.HTML(html.blank_stage(), elem_id="class-stage", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="classes-png")
                archive = gr.Button(label("save_zip"), size="sm", elem_id="classes-zip")
            panels = gr.HTML(elem_id="class-panels", apply_default_css=False)
    with gr.Row(elem_classes="workshop"):
        with gr.Column(scale=3, min_width=300, elem_classes="card controls-inside"):
            morphing = _morphing(desk, first)
        writing = _writing(desk, first)
    with gr.Column(elem_classes="card drawing"):
        canvas = _drawing()
    noise = gr.HTML(elem_id="noise", apply_default_css=False)
    controls.explanation("classes_explain_text")
    strip = gr.HTML(elem_id="classes-strip", apply_default_css=False)
    about = gr.HTML(elem_id="classes-about", apply_default_css=False)
    hidden = gr.File(visible="hidden"), gr.Button(visible="hidden", elem_id="unreadable")
    desk.add("chosen", gr.Textbox("", visible="hidden"))
    shown = grid, stage, png, archive, panels
    return Layout(dice, own, *shown, morphing, writing, canvas, noise, strip, about, *hidden)


def _settings(page: Page, desk: Controls[ClassesView], first: Card) -> tuple[gr.Button, tuple[gr.Textbox, gr.Button]]:
    """What is drawn: the button that rolls a seed, and what loads one's own checkpoint."""
    with gr.Row(elem_classes="phone-pair"):
        desk.add("model", controls.model_dropdown(desk.choice))
        shown = gr.Dropdown(
            shown_choices(first, "en"),
            value=desk.default("shown"),
            label=label("class_shown"),
            filterable=False,
            min_width=80,
        )
        desk.add("shown", shown)
    with gr.Row(elem_classes="phone-pair"):
        seed = gr.Number(desk.default("seed"), label=label("seed"), min_width=80, elem_id="classes-seed")
        desk.add("seed", seed)
        dice = gr.Button(label("dice"), variant="primary", elem_id="classes-dice", elem_classes="dice")
    desk.add("verdict", gr.Checkbox(desk.default("verdict"), label=label("verdict"), container=False))
    with gr.Accordion(label("more"), open=False, elem_classes="own"):
        count = gr.Slider(1, checks.MAX_ROWS, desk.default("count"), step=1, label=label("rows"), buttons=[])
        desk.add("count", count)
        desk.add("truncation", controls.truncation_slider(desk.default("truncation")))
        return dice, controls.own_checkpoint(page.public, "classes-")


def _morphing(desk: Controls[ClassesView], first: Card) -> Morphing:
    gr.Markdown(label("morph_heading"), elem_classes="section-title")
    gr.Markdown(label("morph_lead"), elem_classes="quiet")
    with gr.Row(elem_classes="pair"):
        for name, text in (("start", "morph_from"), ("end", "morph_to")):
            usual = min(desk.default(name), len(first.classes) - 1)
            choices = class_choices(first)
            desk.add(name, gr.Dropdown(choices, value=usual, label=label(text), filterable=False, min_width=80))
    t = gr.Slider(0, 1, desk.default("t"), step=0.01, label=label("morph_t"), buttons=[], elem_id="morph-t")
    desk.add("t", t)
    frame = gr.HTML(elem_id="morph", apply_default_css=False)
    frames = gr.HTML(elem_id="morph-frames", apply_default_css=False)
    return Morphing(frame, frames, gr.Button(label("save_gif"), size="sm", elem_id="save-gif", elem_classes="save"))


def _writing(desk: Controls[ClassesView], first: Card) -> Writing:
    writes = work.writes(first)
    with gr.Column(scale=2, min_width=300, elem_classes="card controls-inside", visible=writes) as column:
        gr.Markdown(label("number_heading"), elem_classes="section-title")
        gr.Markdown(label("number_lead"), elem_classes="quiet")
        number = gr.Textbox(desk.default("number"), label=label("number_label"), max_lines=1, elem_id="number")
        desk.add("number", number)
        row = gr.HTML(elem_id="written", apply_default_css=False)
        png = gr.Button(label("save_png"), size="sm", elem_id="number-png", elem_classes="save")
    return Writing(column, row, png)


def _drawing() -> Drawing:
    gr.Markdown(label("draw_heading"), elem_classes="section-title")
    gr.Markdown(label("draw_lead"), elem_classes="quiet")
    with gr.Row(elem_classes="easel"):
        with gr.Column(scale=0, min_width=300, elem_classes="canvas"):
            editor = board.canvas(
                label=label("draw_label"),
                brush=gr.Brush(default_size=BRUSH, colors=["#000000"], color_mode="fixed"),
                eraser=gr.Eraser(default_size=2 * BRUSH),
                layers=False,
                transforms=(),
                canvas_size=(CANVAS, CANVAS),
                fixed_canvas=True,
                buttons=[],
                format="png",
                height=400,
                elem_id="classes-canvas",
                elem_classes="checked-upload",
            )
            ask = gr.Button(label("draw_button"), variant="primary", elem_id="draw-ask")
        with gr.Column(scale=1, min_width=300):
            seen = gr.HTML(elem_id="drawn", apply_default_css=False)
    return Drawing(Easel(editor), ask, seen)


def shown_choices(card: Card, language: str) -> list[tuple[str, str]]:
    """What the grid can show: all classes, or one of them."""
    return [(say("class_all", language), work.ALL), *((name, str(index)) for name, index in class_choices(card))]


def class_choices(card: Card) -> list[tuple[str, int]]:
    """The names and numbers of the classes."""
    return [(name, index) for index, name in enumerate(card.classes)]
