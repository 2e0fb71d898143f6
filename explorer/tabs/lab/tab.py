"""The tab *Lab*: two small networks play the game before one's eyes, and digits are trained on here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from explorer.models.store import ModelStore
from explorer.page import controls
from explorer.page.tab import Page, Tab
from explorer.page.wiring import EVERY, LAST, QUIET, Controls, Visit
from explorer.tabs.lab import api, layout, lessons, runs, view
from explorer.tabs.lab.layout import Layout
from explorer.tabs.lab.runs import Runs
from explorer.tabs.lab.settings import PARTS, LabView
from explorer.tabs.lab.worker import Worker

ADVICE = {"gan": (1e-3, 64), "lsgan": (1e-3, 64), "dcgan": (2e-3, 32), "cgan": (2e-3, 32)}
"""For every GAN a learning rate and pictures per step."""
MOST_OWN = 12
"""Models that a visitor can have made here."""


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    desk = Controls(TAB.id, LabView)
    seats = Runs(runs.AT_ONCE if page.public else None)
    _wire(page, desk, layout.lay_out(desk), Handlers(desk, page.store))
    api.publish_all(seats, Worker(), page.store)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    desk: Controls[LabView]
    store: ModelStore

    def settle(self, visit: Visit[LabView]) -> str:
        """The settings as the script sends them from now on."""
        return view.settings(visit.view, visit.spoken)

    def choose(self, visit: Visit[LabView]) -> tuple[Any, ...]:
        """All settings of the lesson chosen, and the usual ones elsewhere."""
        kept = {name: getattr(visit.view, name) for name in ("part", "lesson", "seed")}
        return self._shown(LabView(**{**lessons.settings(visit.view.lesson), **kept}), visit.spoken)

    def usual(self, visit: Visit[LabView]) -> tuple[Any, ...]:
        """The usual settings, without a lesson."""
        return self._shown(LabView(part=visit.view.part), visit.spoken)

    def draw(self, visit: Visit[LabView]) -> Any:
        """The density that the visitor has drawn."""
        if visit.told("drawn") is None:
            return gr.skip()
        drawn = self.desk.view.controls()["drawn"].checked(visit.told("drawn"), visit.asked)
        return drawn, view.settings(dataclasses.replace(visit.view, drawn=drawn), visit.spoken)

    def show(self, visit: Visit[LabView]) -> tuple[Any, ...]:
        """The controls of the part chosen, and the settings."""
        return (
            *_visible(visit.view.part),
            view.settings(visit.view, visit.spoken),
            view.lesson(visit.view, visit.spoken),
        )

    def advise(self, visit: Visit[LabView]) -> tuple[Any, ...]:
        """The learning rate and the pictures per step with which the chosen GAN learns fast enough to be watched."""
        rate, pictures = ADVICE[visit.view.variant]
        seen = dataclasses.replace(visit.view, rate=rate, pictures=pictures)
        return rate, pictures, view.settings(seen, visit.spoken)

    def lecture(self, rate: float) -> Callable[[Visit[LabView]], tuple[Any, ...]]:
        """A handler that chooses the lecture's networks with that learning rate."""

        def choose(visit: Visit[LabView]) -> tuple[Any, ...]:
            seen = dataclasses.replace(visit.view, variant="gan", preset="lecture", rate=rate, pictures=64)
            return seen.variant, seen.preset, seen.rate, seen.pictures, view.settings(seen, visit.spoken)

        return choose

    def upload(self, visit: Visit[LabView], sent: Any) -> tuple[str, str]:
        """The path of the archive that was uploaded, or that of none, and the settings with it."""
        path = sent.get("path", "") if isinstance(sent, dict) else ""
        archive = self.desk.view.controls()["archive"].checked(path, visit.asked)
        return archive, view.settings(dataclasses.replace(visit.view, archive=archive), visit.spoken)

    def keep(self, visit: Visit[LabView], own: list[str]) -> Any:
        """The models that the visitor made here, with the one that was just kept."""
        model = visit.told("kept")
        if not isinstance(model, str) or model in own:
            return gr.skip()
        self.store.card(model)
        return [*own, model][-MOST_OWN:]

    def arrive(self, visit: Visit[LabView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come; a game that goes on goes on with other settings."""
        stage = gr.skip() if visit.again else view.stage(visit.spoken)
        return *self._shown(visit.view, visit.spoken), *_visible(visit.view.part), stage

    def _shown(self, seen: LabView, language: str) -> tuple[Any, ...]:
        return *self.desk.values(seen), view.settings(seen, language), view.lesson(seen, language)


def _visible(part: str) -> list[gr.Column]:
    return [gr.Column(visible=part == name) for name in PARTS]


def _wire(page: Page, desk: Controls[LabView], parts: Layout, handlers: Handlers) -> None:
    told, boxes = [*desk.inputs, parts.settings, parts.lesson], [parts.boxes[name] for name in PARTS]
    desk.on_arrival(page, handlers.arrive, [*told, *boxes, parts.stage])
    settling = {"fn": desk.live(handlers.settle), "inputs": desk.inputs, "outputs": parts.settings, **QUIET, **LAST}
    advised = [*desk.pick("rate", "pictures"), parts.settings]
    desk["variant"].input(desk.handler(handlers.advise), desk.inputs, advised, **QUIET, **LAST).success(**desk.link)
    lectured = [*desk.pick("variant", "preset", "rate", "pictures"), parts.settings]
    for rate, button in parts.lectures.items():
        button.click(desk.handler(handlers.lecture(rate)), desk.inputs, lectured, **QUIET).success(**desk.link)
    chosen = ("part", "variant", "lesson", "drawn", "archive")
    showing = {"inputs": desk.inputs, "outputs": [*boxes, parts.settings, parts.lesson], **QUIET, **LAST}
    desk["part"].input(desk.handler(handlers.show), **showing).success(**desk.link)
    for control in (desk[each.name] for each in LabView.on_page() if each.name not in chosen):
        control.input(**settling).success(**desk.link)
    controls.on_roll(parts.dice, desk["seed"]).success(**settling).success(**desk.link)
    for event, function in ((desk["lesson"].input, handlers.choose), (parts.usual.click, handlers.usual)):
        event(desk.handler(function), desk.inputs, told, **QUIET, **LAST).success(**desk.link)
    drawing = {"fn": desk.picked(handlers.draw), "inputs": desk.inputs, "outputs": [desk["drawn"], parts.settings]}
    parts.stage.select(**drawing, **QUIET, **LAST).success(**desk.link)
    parts.stage.select(desk.picked(handlers.keep), [*desk.inputs, page.own], page.own, **QUIET, **EVERY)
    for event in (parts.upload.upload, parts.upload.clear):
        event(
            desk.handler(handlers.upload),
            [*desk.inputs, parts.upload],
            [desk["archive"], parts.settings],
            preprocess=False,
            **QUIET,
            **LAST,
        )


TAB = Tab(id="lab", name="lab_tab", tasks=(), group="understand", place=15, build=build)
