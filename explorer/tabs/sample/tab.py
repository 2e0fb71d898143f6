"""The tab *Sample*: seeds in, pictures out, with the discriminator's opinion of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

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
    strip = gr.HTML(js_on_load=controls.SEEN_SCRIPT, elem_id="strip", apply_default_css=False)
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
        """The grid and the current image; a seed chosen before is chosen no longer."""
        return self._pictures(visit, None)

    def describe(self, visit: Visit[SampleView]) -> tuple[Any, ...]:
        """Strip, model card, and the two boxes about the verdict, which are there only for models that give one."""
        boxes = (gr.update(visible=bool(visit.card.verdict)) for _ in range(2))
        card, spoken = visit.card, visit.spoken
        return html.strip(card, spoken), html.model_card(card, title(card, spoken), spoken), *boxes

    def choose(self, visit: Visit[SampleView]) -> tuple[Any, ...]:
        """The picture that was clicked as the current image."""
        seed = checks.seed(visit.told("seed"), visit.spoken)
        return self._stage(visit, seed), seed

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
        """All that a visitor who has just come sees at first."""
        boxes = {name: gr.update(visible=bool(visit.card.verdict), value=getattr(visit.view, name)) for name in BOXES}
        model = self.choice.dropdown(visit.card.id, visit.spoken)
        *pictures, chosen = self._pictures(visit, visit.view.chosen)
        values = desk.values(visit.view, model=model, chosen=chosen, **boxes)
        return *values, *pictures

    def _pictures(self, visit: Visit[SampleView], chosen: int | None) -> tuple[Any, ...]:
        samples = work.samples(self.choice.store, visit.card, visit.view)
        current = samples.seeds[0] if chosen is None else chosen
        grid = view.grid(visit.card, samples, current, visit.view.truncation, visit.spoken)
        return grid, self._stage(visit, current), chosen

    def _stage(self, visit: Visit[SampleView], seed: int) -> str:
        card, truncation = visit.card, visit.view.truncation
        samples = work.draw(self.choice.store, card, [seed], truncation, True)
        return view.stage(card, title(card, visit.spoken), samples, truncation, visit.spoken)


BOXES = ("verdict", "sort")


def _wire(page: Page, desk: Controls[SampleView], parts: Layout, handlers: Handlers) -> None:
    pictures = [parts.grid, parts.stage, desk["chosen"]]
    showing = {"fn": desk.live(handlers.show), "inputs": desk.inputs, "outputs": pictures, **LIVE}
    describing = {
        "fn": desk.handler(handlers.describe),
        "inputs": desk.inputs,
        "outputs": [parts.strip, parts.about, *desk.pick(*BOXES)],
        **QUIET,
    }
    arriving = [*desk.inputs, parts.grid, parts.stage]
    desk.on_arrival(page, lambda visit: handlers.arrive(visit, desk), arriving)
    for control in desk.pick("model", "seed", "count", "truncation", *BOXES):
        control.input(**showing).success(**desk.link)
    for event in (desk["model"].input, parts.strip.select):
        event(**{**describing, **LAST})
    controls.on_roll(parts.dice, desk["seed"]).then(**showing).success(**desk.link)
    chosen = parts.grid.select(desk.picked(handlers.choose), desk.inputs, [parts.stage, desk["chosen"]], **LIVE)
    chosen.success(**desk.link)
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    added.success(**showing).success(**desk.link)
    added.success(**describing)
    for button, save in ((parts.png, handlers.save_png), (parts.archive, handlers.save_zip)):
        controls.on_save(button, desk.handler(save), desk.inputs, parts.download)


TAB = Tab(id="sample", name="sample_tab", tasks=work.TASKS, group="draw", place=10, build=build)
