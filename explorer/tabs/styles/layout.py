"""The components of the *Styles* tab."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from explorer.page import controls, steering
from explorer.page.tab import Page
from explorer.page.wiring import Controls
from explorer.tabs.styles import view
from explorer.tabs.styles.work import COMPONENTS, NOISES, SHOWS, StylesView
from explorer.texts import label
from models_zoo import style_layers
from models_zoo.style_layers import GROUPS

SHOWN = {
    "source": ("mix",),
    "range": ("mix", "noise", "pad"),
    "noise": ("noise",),
    "place": ("pad",),
    "layers": ("layers",),
    "end": ("walk",),
}
"""For which of `SHOWS` each box of controls is there."""
USUAL = {"mix": "coarse", "noise": "all", "pad": "all"}
"""The layers that are taken first of what the tab shows."""


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own; `boxes` are those of `SHOWN`, `dice` roll the seeds that they are named after."""

    boxes: dict[str, gr.Column]
    dice: dict[str, gr.Button]
    groups: dict[str, gr.Button]
    layers: gr.HTML
    own: tuple[gr.Textbox, gr.Button]
    pane: gr.HTML
    drawn: gr.HTML
    png: gr.Button
    films: dict[str, gr.Button]
    about: gr.HTML
    download: gr.File


def lay_out(page: Page, desk: Controls[StylesView]) -> Layout:
    """Place all components of the tab."""
    card = desk.choice.known(desk.choice.first())
    gr.Markdown(label("styles_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            shows = [(label(f"styles_show_{name}"), name) for name in SHOWS]
            show = gr.Radio(shows, value=desk.default("show"), label=label("styles_show"), elem_id="styles-show")
            desk.add("show", show)
            dice = {"seed": _seed(desk, "seed", "styles_seed")}
            desk.add(
                "psi",
                gr.Slider(
                    -1,
                    1,
                    desk.default("psi"),
                    step=0.05,
                    label=label("styles_psi"),
                    info=label("styles_psi_info"),
                    buttons=[],
                    elem_id="styles-psi",
                ),
            )
            boxes, groups = {}, {}
            with _box("source", boxes):
                dice["source"] = _seed(desk, "source", "styles_source")
            with _box("noise", boxes):
                noises = [(label(f"styles_noise_{kind}"), kind) for kind in NOISES]
                noise = gr.Radio(
                    noises, value=desk.default("noise"), label=label("styles_noise"), elem_id="styles-noise"
                )
                desk.add("noise", noise)
                dice["noise_seed"] = _seed(desk, "noise_seed", "styles_noise_seed")
            with _box("range", boxes):
                groups = _range(desk, style_layers.rows(card.image_size))
            with _box("place", boxes):
                for name in ("x", "y"):
                    slider = gr.Slider(
                        -1,
                        1,
                        desk.default(name),
                        step=0.001,
                        label=label(f"styles_{name}"),
                        buttons=["reset"],
                        elem_id=f"styles-{name}",
                    )
                    desk.add(name, slider)
            with _box("layers", boxes):
                layers = _layers(desk)
            with _box("end", boxes):
                dice["end"] = _seed(desk, "end", "styles_end")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                own = controls.own_checkpoint(page.public, "styles-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures in-sight"):
            pane = gr.HTML(view.blank(), js_on_load=steering.SCRIPT, elem_id="styles-pane", apply_default_css=False)
            drawn = gr.HTML(elem_id="styles-drawn", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="styles-png")
                films = {
                    kind: gr.Button(label(f"save_{kind}"), size="sm", visible=False, elem_id=f"styles-{kind}")
                    for kind in ("gif", "mp4")
                }
    controls.explanation("styles_explain_text")
    about = gr.HTML(elem_id="styles-about", apply_default_css=False)
    desk.add("moves", gr.Textbox("", visible="hidden"))
    download = gr.File(visible="hidden")
    boxes = {name: boxes[name] for name in SHOWN}
    return Layout(boxes, dice, groups, layers, own, pane, drawn, png, films, about, download)


def _box(name: str, boxes: dict[str, gr.Column]) -> gr.Column:
    boxes[name] = gr.Column(visible=SHOWS[0] in SHOWN[name], elem_classes="styles-box", elem_id=f"styles-{name}-box")
    return boxes[name]


def _seed(desk: Controls[StylesView], name: str, text: str) -> gr.Button:
    """The field of a seed, and the button that rolls it."""
    with gr.Row(elem_classes="phone-pair"):
        number = gr.Number(
            desk.default(name), label=label(text), min_width=80, elem_id=f"styles-{name.replace('_', '-')}"
        )
        desk.add(name, number)
        kind = "primary" if name == "seed" else "secondary"
        return gr.Button(
            label("directions_dice"),
            variant=kind,
            elem_id=f"styles-{name.replace('_', '-')}-dice",
            elem_classes="dice",
        )


def _range(desk: Controls[StylesView], most: int) -> dict[str, gr.Button]:
    """The first and the last layer, and buttons for the usual choices."""
    with gr.Row(elem_classes="saving"):
        groups = {
            name: gr.Button(label(f"styles_{name}"), size="sm", min_width=0, elem_id=f"styles-{name}")
            for name in GROUPS
        }
    for name in ("low", "high"):
        slider = gr.Slider(
            1, most, desk.default(name), step=1, label=label(f"styles_{name}"), buttons=[], elem_id=f"styles-{name}"
        )
        desk.add(name, slider)
    return groups


def _layers(desk: Controls[StylesView]) -> gr.HTML:
    """The component, and a slider for each layer."""
    which = gr.Slider(
        1,
        COMPONENTS,
        desk.default("component"),
        step=1,
        label=label("styles_component"),
        buttons=[],
        elem_id="styles-component",
    )
    desk.add("component", which)
    return gr.HTML(js_on_load=steering.SCRIPT, elem_id="styles-layers", apply_default_css=False)
