"""The tab *Checkerboard*: two ways to upsample, and the pattern that one of them leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.models.choice import Choice, title
from explorer.models.store import ModelStore
from explorer.page import controls
from explorer.page.tab import Page, Tab
from explorer.page.view import Asked
from explorer.page.wiring import LAST, LIVE, QUIET, Controls, Visit, spoken
from explorer.pictures import files, images
from explorer.tabs.checkerboard import api, view, work
from explorer.tabs.checkerboard.work import KERNELS, STATES, STRIDES, CheckerboardView, Side
from explorer.texts import label, say

FAVOURITE = "dcgan-celeba64"
SCRIPT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    dice: gr.Button
    diagram: gr.HTML
    faces: gr.HTML
    spectra: gr.HTML
    png: gr.Button
    download: gr.File


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    desk = Controls(TAB.id, CheckerboardView)
    _wire(page, desk, _lay_out(desk), Handlers(page.store))
    api.publish_all(Choice(page.store, work.TASKS, FAVOURITE, "wrong_task"))


def _lay_out(desk: Controls[CheckerboardView]) -> Layout:
    gr.Markdown(label("checkerboard_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(desk.default("seed"), label=label("seed"), min_width=80, elem_id="checkerboard-seed")
                desk.add("seed", seed)
                dice = gr.Button(label("dice"), variant="primary", elem_id="checkerboard-dice", elem_classes="dice")
            networks = gr.Radio(
                [(label(f"networks_{state}"), state) for state in STATES],
                value=desk.default("networks"),
                label=label("networks"),
                elem_id="checkerboard-networks",
            )
            desk.add("networks", networks)
            gr.Markdown(label("overlap_heading"), elem_classes="section-title")
            desk.add("kernel", _slider("kernel", KERNELS, desk.default("kernel"), label("overlap_kernel_info")))
            desk.add("stride", _slider("stride", STRIDES, desk.default("stride"), None))
            diagram = gr.HTML(elem_id="overlap", apply_default_css=False)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            faces = gr.HTML(view.blank(), js_on_load=SCRIPT, elem_id="checkerboard-faces", apply_default_css=False)
            spectra = gr.HTML(elem_id="checkerboard-spectra", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="checkerboard-png")
    controls.explanation("checkerboard_explain_text")
    return Layout(dice, diagram, faces, spectra, png, gr.File(visible="hidden"))


def _slider(name: str, ends: tuple[int, int], value: int, info: Any) -> gr.Slider:
    text = label(f"overlap_{name}")
    return gr.Slider(*ends, value, step=1, label=text, info=info, buttons=[], elem_id=f"overlap-{name}")


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    store: ModelStore

    def show(self, visit: Visit[CheckerboardView]) -> str:
        """The faces of both networks."""
        return self._faces(visit.view, visit.spoken)

    def wait(self, language: str) -> str:
        """What stands in the spectra's place while they are computed."""
        return view.waiting(language)

    def analyse(self, language: str, networks: Any, kernel: Any) -> str:
        """The spectra of both networks, whatever the seed, which may be empty for a moment."""
        asked = CheckerboardView.checked({"networks": networks, "kernel": kernel}, Asked(language))
        sides = self._sides(asked)
        powers = work.powers(self.store, sides)
        known = work.photographs(self.store.cards("unconditional"), len(powers[0]))
        return view.spectra(sides, powers, known, language)

    def analyse_if_seen(self, language: str, diagram: str | None, networks: Any, kernel: Any) -> Any:
        """The spectra, if the visitor is here."""
        # While the visitor is in another tab nothing has arrived here, and nobody's work has to wait for spectra.
        return self.analyse(language, networks, kernel) if diagram else gr.skip()

    def lay_weights(self, language: str, kernel: Any, stride: Any) -> str:
        """The diagram of the weights that meet each pixel."""
        asked = CheckerboardView.checked({"kernel": kernel, "stride": stride}, Asked(language))
        return view.overlap(asked.kernel, asked.stride, language)

    def save(self, visit: Visit[CheckerboardView]) -> str:
        """Faces and spectra as one file."""
        (sheet,) = images.png(work.sheet(self.store, self._sides(visit.view), visit.view.seeds))
        return files.saved("checkerboard.png", sheet)

    def arrive(self, visit: Visit[CheckerboardView], desk: Controls[CheckerboardView]) -> tuple[Any, ...]:
        """Everything but the spectra, for a visitor who has just come."""
        trained = any(work.pair(self.store.cards("unconditional")).values())
        asked = visit.view if trained else replace(visit.view, networks="untrained")
        values = desk.values(asked, networks=gr.Radio(value=asked.networks, visible=trained))
        diagram = view.overlap(asked.kernel, asked.stride, visit.spoken)
        return *values, diagram, self._faces(asked, visit.spoken), view.waiting(visit.spoken)

    def _sides(self, asked: CheckerboardView) -> list[Side]:
        return work.sides(self.store.cards("unconditional"), asked.trained, asked.kernel)

    def _faces(self, asked: CheckerboardView, language: str) -> str:
        sides = self._sides(asked)
        pixels = [work.draw(self.store, side, asked.seeds) for side in sides]
        missing = "networks_missing" if any(side.model for side in sides) else "networks_untrained"
        titles = [
            title(self.store.card(side.model), language) if side.model else say(missing, language) for side in sides
        ]
        return view.faces(sides, pixels, asked.seeds, titles, language)


def _wire(page: Page, desk: Controls[CheckerboardView], parts: Layout, handlers: Handlers) -> None:
    networks, kernel, stride = desk.pick("networks", "kernel", "stride")
    showing = {"fn": desk.live(handlers.show), "inputs": desk.inputs, "outputs": parts.faces, **LIVE}
    analysing = {"fn": spoken(handlers.analyse), "inputs": [networks, kernel], "outputs": parts.spectra, **LIVE}
    beginning = {"fn": spoken(handlers.analyse_if_seen), "inputs": [parts.diagram, networks, kernel]}
    arriving = [*desk.inputs, parts.diagram, parts.faces, parts.spectra]
    arrived = desk.on_arrival(page, lambda visit: handlers.arrive(visit, desk), arriving)
    arrived.success(**beginning, outputs=parts.spectra, **LIVE)
    desk["seed"].input(**showing).success(**desk.link)
    controls.on_roll(parts.dice, desk["seed"]).success(**showing).success(**desk.link)
    for control in (networks, kernel):
        control.input(**showing).success(**desk.link)
        control.input(spoken(handlers.wait), None, parts.spectra, **QUIET, **LAST).success(**analysing)
    for control in (kernel, stride):
        control.input(spoken(handlers.lay_weights), [kernel, stride], parts.diagram, **LAST, **QUIET)
    stride.input(**desk.link)
    controls.on_save(parts.png, desk.handler(handlers.save), desk.inputs, parts.download)


TAB = Tab(id="checkerboard", name="checkerboard_tab", tasks=work.TASKS, group="understand", place=80, build=build)
