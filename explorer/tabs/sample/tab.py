"""The tab *Sample*: seeds in, pictures out, with the discriminator's opinion of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from explorer.latent import latents
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, QUIET, Controls, Visit
from explorer.pictures import files, images
from explorer.tabs.sample import api, view, work
from explorer.tabs.sample.work import SampleView
from explorer.texts import label

FAVOURITE = "stylegan-celeba64"


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    dice: gr.Button
    png: gr.Button
    archive: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    stage: gr.HTML
    grid: gr.HTML
    strip: gr.HTML
    about: gr.HTML
    download: gr.File


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    choice = Choice(page.store, work.TASKS, FAVOURITE, "wrong_task")
    desk = Controls(TAB.id, SampleView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[SampleView]) -> Layout:
    gr.Markdown(label("sample_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            desk.add("seed", gr.Number(desk.default("seed"), label=label("seed"), elem_id="seed"))
            dice = gr.Button(label("dice"), variant="primary", elem_id="dice", elem_classes="dice")
            desk.add(
                "count",
                gr.Slider(1, checks.MAX_COUNT, desk.default("count"), step=1, label=label("count"), buttons=[]),
            )
            desk.add("truncation", controls.truncation_slider(desk.default("truncation")))
            desk.add("verdict", gr.Checkbox(desk.default("verdict"), label=label("verdict"), container=False))
            desk.add("sort", gr.Checkbox(desk.default("sort"), label=label("sort"), container=False))
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="save-png")
                archive = gr.Button(label("save_zip"), size="sm", elem_id="save-zip")
            own = controls.own_checkpoint(page.public)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            stage = gr.HTML(html.blank_stage(), elem_id="stage", apply_default_css=False)
            blank = html.blank_tiles(desk.default("count"))
            grid = gr.HTML(blank, js_on_load=controls.TILES_SCRIPT, elem_id="grid", apply_default_css=False)
    strip = gr.HTML(elem_id="strip", apply_default_css=False)
    controls.explanation("explain_text")
    about = gr.HTML(elem_id="about", apply_default_css=False)
    # The seed of the current image; none while that is simply the first one.
    desk.add("chosen", gr.Number(None, visible="hidden"))
    return Layout(dice, png, archive, own, stage, grid, strip, about, gr.File(visible="hidden"))


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice

    def show(self, visit: Visit[SampleView]) -> tuple[Any, ...]:
        """The grid, the current image, and the point that it is; a seed chosen before is chosen no longer."""
        return self._pictures(visit, None)

    def describe(self, visit: Visit[SampleView]) -> tuple[Any, ...]:
        """Strip, model card, and the two boxes about the verdict, which are there only for models that give one."""
        boxes = (gr.update(visible=bool(visit.card.verdict)) for _ in range(2))
        return (*self._description(visit), *boxes)

    def choose(self, visit: Visit[SampleView]) -> tuple[Any, ...]:
        """The picture that was clicked as the current image."""
        seed = checks.seed(visit.told("seed"), visit.spoken)
        return *self._stage(visit, seed), seed

    def save_png(self, visit: Visit[SampleView]) -> str:
        """All pictures on one sheet."""
        samples = work.samples(self.choice.store, visit.card, visit.view)
        (sheet,) = images.png(images.sheet(samples.pixels))
        return files.saved(f"{file_name(visit.view.model)}-seed-{visit.view.seed}.png", sheet)

    def save_zip(self, visit: Visit[SampleView]) -> str:
        """All pictures as files."""
        samples = work.samples(self.choice.store, visit.card, visit.view)
        name = f"{file_name(visit.view.model)}-seed-{visit.view.seed}.zip"
        return files.saved(name, work.packed(visit.card, samples, visit.view))

    def arrive(self, visit: Visit[SampleView], desk: Controls[SampleView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come."""
        boxes = {name: gr.update(visible=bool(visit.card.verdict), value=getattr(visit.view, name)) for name in BOXES}
        model = self.choice.dropdown(visit.card.id, visit.spoken)
        *pictures, chosen = self._pictures(visit, visit.view.chosen)
        values = desk.values(visit.view, model=model, chosen=chosen, **boxes)
        return (*values, *pictures, *self._description(visit))

    def _pictures(self, visit: Visit[SampleView], chosen: int | None) -> tuple[Any, ...]:
        samples = work.samples(self.choice.store, visit.card, visit.view)
        current = samples.seeds[0] if chosen is None else chosen
        grid = view.grid(visit.card, samples, current, visit.spoken)
        return grid, *self._stage(visit, current), chosen

    def _stage(self, visit: Visit[SampleView], seed: int) -> tuple[str, Point]:
        card, truncation = visit.card, visit.view.truncation
        samples = work.draw(self.choice.store, card, [seed], truncation, True)
        picture = view.stage(card, title(card, visit.spoken), samples, truncation, visit.spoken)
        return picture, Point(card.id, seed, truncation=truncation)

    def _description(self, visit: Visit[SampleView]) -> tuple[str, str]:
        card, spoken = visit.card, visit.spoken
        return html.strip(card, spoken), html.model_card(card, title(card, spoken), spoken)


BOXES = ("verdict", "sort")


def _wire(page: Page, desk: Controls[SampleView], parts: Layout, handlers: Handlers) -> None:
    pictures = [parts.grid, parts.stage, page.current, desk["chosen"]]
    description = [parts.strip, parts.about]
    showing = {"fn": desk.live(handlers.show), "inputs": desk.inputs, "outputs": pictures, **LIVE}
    describing = {
        "fn": desk.handler(handlers.describe),
        "inputs": desk.inputs,
        "outputs": [*description, *desk.pick(*BOXES)],
        **QUIET,
    }
    arriving = [*desk.inputs, parts.grid, parts.stage, page.current, *description]
    for event in desk.on_arrival(page, lambda visit: handlers.arrive(visit, desk), arriving):
        event.success(**desk.link)
    for control in desk.pick("model", "seed", "count", "truncation", *BOXES):
        control.input(**showing).success(**desk.link)
    desk["model"].input(**{**describing, **LAST})
    parts.dice.click(latents.roll, None, desk["seed"], **QUIET).then(**showing).success(**desk.link)
    chosen = parts.grid.select(
        desk.picked(handlers.choose), desk.inputs, [parts.stage, page.current, desk["chosen"]], **LIVE
    )
    chosen.success(**desk.link)
    for added in controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"]):
        added.success(**showing).success(**desk.link)
        added.success(**describing)
    for button, save in ((parts.png, handlers.save_png), (parts.archive, handlers.save_zip)):
        controls.on_save(button, desk.handler(save), desk.inputs, parts.download)


TAB = Tab(id="sample", name="sample_tab", tasks=work.TASKS, group="draw", place=10, build=build)
