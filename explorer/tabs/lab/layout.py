"""Where the parts of the *Lab* stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from explorer.page import controls
from explorer.page.wiring import Controls
from explorer.tabs.lab import view
from explorer.tabs.lab.lessons import LESSONS
from explorer.tabs.lab.rules import ACTIVATIONS, OBJECTIVES, OPTIMIZERS
from explorer.tabs.lab.settings import (
    DATA,
    MOST_BATCH,
    MOST_DEPTH,
    MOST_LATENT,
    MOST_TURNS,
    MOST_WIDTH,
    PARTS,
    PRESETS,
    SIDES,
    VARIANTS,
    LabView,
)
from explorer.texts import label

LECTURES = (0.01, 0.001)
"""Learning rates for the lecture's networks: its own, with which they collapse, and one with which they learn."""
HERE = Path(__file__).parent
SCRIPT = "".join((HERE / name).read_text(encoding="utf-8") for name in ("draw.js", "pictures.js", "script.js"))
"""What draws, and what asks the server and answers the buttons."""


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    boxes: dict[str, gr.Column]
    dice: gr.Button
    usual: gr.Button
    upload: gr.File
    lectures: dict[float, gr.Button]
    settings: gr.HTML
    lesson: gr.HTML
    stage: gr.HTML


def lay_out(desk: Controls[LabView]) -> Layout:
    """All components, in their places."""
    gr.Markdown(label("lab_lead"), elem_classes="lead")
    boxes: dict[str, gr.Column] = {}
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            _radio(desk, "part", PARTS)
            with gr.Column(visible=True, elem_classes="styles-box") as boxes["points"]:
                dice, usual = _of_points(desk)
            with gr.Column(visible=False, elem_classes="styles-box") as boxes["pictures"]:
                upload, lectures = _of_pictures(desk)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            lesson = gr.HTML(elem_id="lab-lesson", apply_default_css=False)
            stage = gr.HTML(view.stage("en"), js_on_load=SCRIPT, elem_id="lab-stage", apply_default_css=False)
            settings = gr.HTML(elem_id="lab-settings", apply_default_css=False, elem_classes="lab-settings")
    controls.explanation("lab_explain_text")
    for name in ("drawn", "archive"):
        desk.add(name, gr.Textbox("", visible="hidden"))
    return Layout(boxes, dice, usual, upload, lectures, settings, lesson, stage)


def _of_points(desk: Controls[LabView]) -> tuple[gr.Button, gr.Button]:
    """The controls of the two-network game, the button that rolls its seed and the one that puts all back."""
    lessons = [(label("lab_lesson_none"), ""), *((label(f"lab_{key}_name"), key) for key in LESSONS)]
    desk.add("lesson", _dropdown(desk, "lesson", lessons))
    _choice(desk, "data", DATA)
    _choice(desk, "objective", OBJECTIVES)
    with gr.Row(elem_classes="phone-pair"):
        desk.add(
            "seed",
            gr.Number(desk.default("seed"), label=label("key_seed"), min_width=80, elem_id="lab-seed"),
        )
        dice = gr.Button(label("lab_dice"), variant="secondary", elem_id="lab-dice", elem_classes="dice")
    for net in ("d", "g"):
        with gr.Accordion(label(f"lab_{net}_heading"), open=False, elem_classes="own"):
            _choice(desk, f"{net}_optimizer", OPTIMIZERS, "lab_optimizer")
            _number(desk, f"{net}_rate", "lab_rate")
            with gr.Row(elem_classes="phone-pair"):
                _number(desk, f"{net}_beta1", "lab_beta1")
                _number(desk, f"{net}_beta2", "lab_beta2")
            _number(desk, f"{net}_eps", "lab_eps")
            if net == "d":
                _slider(desk, "turns", 1, MOST_TURNS, 1)
    with gr.Accordion(label("lab_networks"), open=False, elem_classes="own"):
        gr.Markdown(label("lab_networks_info"), elem_classes="quiet")
        _slider(desk, "width", 2, MOST_WIDTH, 1)
        _slider(desk, "depth", 1, MOST_DEPTH, 1)
        _choice(desk, "activation", ACTIVATIONS)
        _slider(desk, "latent", 1, MOST_LATENT, 1)
        _number(desk, "spread", "lab_spread")
    with gr.Accordion(label("lab_rules"), open=False, elem_classes="own"):
        _slider(desk, "batch", 2, MOST_BATCH, 1)
        _number(desk, "noise", "lab_noise")
        _number(desk, "r1", "lab_r1")
        _number(desk, "slope", "lab_slope")
    return dice, gr.Button(label("lab_usual"), size="sm", elem_id="lab-usual")


def _of_pictures(desk: Controls[LabView]) -> tuple[gr.File, dict[float, gr.Button]]:
    """The controls of training on pictures; gives where one's own are uploaded, and a button for each rate of the lecture."""
    _choice(desk, "variant", VARIANTS)
    _choice(desk, "preset", PRESETS)
    _number(desk, "rate", "lab_rate")
    _slider(desk, "pictures", 8, 256, 8)
    with gr.Row(elem_classes="saving"):
        lectures = {
            rate: gr.Button(label(f"lab_lecture_{place}"), size="sm", elem_id=f"lab-lecture-{place}")
            for place, rate in enumerate(LECTURES)
        }
    with gr.Accordion(label("lab_own"), open=False, elem_classes="own"):
        gr.Markdown(label("lab_own_info"), elem_classes="quiet")
        upload = gr.File(label=label("lab_zip"), file_types=[".zip"], elem_id="lab-zip", height=120)
        sides = [(f"{side} px", side) for side in SIDES]
        desk.add("side", gr.Radio(sides, value=desk.default("side"), label=label("lab_side"), elem_id="lab-side"))
        desk.add("grey", gr.Checkbox(desk.default("grey"), label=label("lab_grey"), elem_id="lab-grey"))
    return upload, lectures


def _dropdown(desk: Controls[LabView], name: str, options: Sequence[tuple], text: str = "") -> gr.Dropdown:
    return gr.Dropdown(
        list(options),
        value=desk.default(name),
        label=label(text or f"lab_{name}"),
        filterable=False,
        elem_id=f"lab-{name.replace('_', '-')}",
    )


def _choice(desk: Controls[LabView], name: str, options: Sequence[str], text: str = "") -> None:
    words = [(label(f"lab_{option}".replace("-", "_")), option) for option in options]
    desk.add(name, _dropdown(desk, name, words, text))


def _radio(desk: Controls[LabView], name: str, options: Sequence[str]) -> None:
    words = [(label(f"lab_{name}_{option}"), option) for option in options]
    desk.add(name, gr.Radio(words, value=desk.default(name), label=label(f"lab_{name}"), elem_id=f"lab-{name}"))


def _slider(desk: Controls[LabView], name: str, low: float, high: float, step: float) -> None:
    slider = gr.Slider(
        low, high, desk.default(name), step=step, label=label(f"lab_{name}"), buttons=["reset"], elem_id=f"lab-{name}"
    )
    desk.add(name, slider)


def _number(desk: Controls[LabView], name: str, text: str) -> None:
    desk.add(
        name, gr.Number(desk.default(name), label=label(text), min_width=80, elem_id=f"lab-{name.replace('_', '-')}")
    )
