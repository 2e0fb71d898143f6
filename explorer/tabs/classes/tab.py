"""The tab *Classes*: ask for a class, turn one into another, and see what discriminators read, also in a drawing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

import gradio as gr
from gradio.events import Dependency

from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, PRIVATE, QUIET, Controls, Visit, spoken
from explorer.pictures import drawing, files, images, reading
from explorer.pictures.images import Pixels
from explorer.pictures.reading import Reading
from explorer.tabs.classes import api, layout, view, work
from explorer.tabs.classes.layout import Easel, Layout
from explorer.tabs.classes.work import ClassesView
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

FAVOURITE = "acgan-mnist"
CURVE = "error_under_noise"
"""The measured curve that the page shows, of the first model that has it."""


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    choice = Choice(page.store, work.TASKS, FAVOURITE, "wrong_task_classes")
    desk = Controls(TAB.id, ClassesView, choice)
    _wire(page, desk, layout.lay_out(page, desk), Handlers(choice))
    api.publish_all(choice)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice

    def show(self, visit: Visit[ClassesView]) -> tuple[Any, ...]:
        """The grid, the current picture with what networks read in it, and which one is chosen."""
        samples = work.samples(self.choice.store, visit.card, visit.view)
        current = visit.view.current(visit.card)
        chosen = visit.view.chosen if visit.view.picked == current else ""
        grid = view.grid(visit.card, samples, current, visit.view.truncation, visit.spoken)
        return grid, *self._stage(visit, current), chosen

    def choose(self, visit: Visit[ClassesView]) -> tuple[Any, ...]:
        """The picture that was clicked as the current one."""
        seed = checks.seed(visit.told("seed"), visit.spoken)
        label = work.class_id(visit.told("label"), visit.card, visit.spoken)
        return *self._stage(visit, (seed, label)), f"{seed}-{label}"

    def describe(self, language: str, model: Any, shown: Any, start: Any, end: Any) -> tuple[Any, ...]:
        """What depends on the model alone; classes that it does not have give way to others."""
        card = self.choice.known(model, language)
        last = len(card.classes) - 1
        shown = shown if shown in [number for _, number in layout.shown_choices(card, language)] else work.ALL
        start, end = (number if isinstance(number, int) and number <= last else last for number in (start, end))
        return *self._classes(card, shown, (start, end), language), *self._description(card, language)

    def restyle(self, visit: Visit[ClassesView]) -> tuple[Any, ...]:
        """All that is made in the style of the current picture: the morph's frame and strip, and the number."""
        pixels = work.morph(self.choice.store, visit.card, visit.view.way, work.STRIP)
        try:
            number = self.write(visit)
        except UserError:
            # Whoever is typing it hears of it there; no reason to keep back the morph.
            number = gr.skip()
        return self.slide(visit), html.frames(pixels, work.STRIP, visit.spoken), number

    def slide(self, visit: Visit[ClassesView]) -> str:
        """The frame at t of the morph, with what the model's own discriminator reads in it."""
        card, t = visit.card, visit.view.t
        pixels = work.morph(self.choice.store, card, visit.view.way, [t])
        return view.morph(card, pixels, t, reading.read(self.choice.store, card, pixels), visit.spoken)

    def write_while_typing(self, visit: Visit[ClassesView]) -> Any:
        """The number; nothing while the field is empty, as it is for a moment while somebody types another one."""
        return self.write(visit) if visit.view.number else gr.skip()

    def write(self, visit: Visit[ClassesView]) -> str:
        """The number in the style of the current picture."""
        return view.number(*self._written(visit), visit.spoken)

    def look(self, easel: Easel, language: str, model: Any, drawn: Any) -> Any:
        """What networks read in the drawing, after a stroke."""
        if easel.is_awaited(drawn):
            return gr.skip()
        try:
            return self.look_now(easel, language, model, drawn)
        except drawing.Blank:
            return view.waiting(language)

    def look_now(self, easel: Easel, language: str, model: Any, drawn: Any) -> str:
        """What networks read in the drawing, for somebody who asks; a blank canvas is an error."""
        picture, card = easel.drawing(drawn, language), self.choice.known(model, language)
        pixels = drawing.as_input(picture, card, language)
        return view.judged(card, pixels, self._readings(card, pixels, language), language)

    def forget(self, language: str) -> str:
        """What stands beside a canvas that was cleared."""
        return view.waiting(language)

    def refuse(self, language: str) -> NoReturn:
        """Say that a file is no picture."""
        raise UserError(say("upload_unreadable", language))

    def save_png(self, visit: Visit[ClassesView]) -> str:
        """All pictures on one sheet."""
        samples = work.samples(self.choice.store, visit.card, visit.view)
        columns = len(visit.card.classes) if visit.view.shown == work.ALL else work.COLUMNS
        (sheet,) = images.png(images.sheet(samples.pixels, columns))
        return files.saved(f"{_grid_name(visit)}.png", sheet)

    def save_zip(self, visit: Visit[ClassesView]) -> str:
        """All pictures as files."""
        samples = work.samples(self.choice.store, visit.card, visit.view)
        return files.saved(f"{_grid_name(visit)}.zip", work.packed(visit.card, samples, visit.view.truncation))

    def save_gif(self, visit: Visit[ClassesView]) -> str:
        """The morph, there and back."""
        film = work.gif(self.choice.store, visit.card, visit.view.way)
        return files.saved(f"{file_name(visit.card.id)}-{visit.view.start}-to-{visit.view.end}.gif", film)

    def save_number(self, visit: Visit[ClassesView]) -> str:
        """The number as a picture."""
        text, row = self._written(visit)
        return files.saved(f"{file_name(visit.card.id)}-{text}.png", images.png(row)[0])

    def arrive(self, visit: Visit[ClassesView], desk: Controls[ClassesView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come."""
        card, seen, language = visit.card, visit.view, visit.spoken
        shown, start, end = self._classes(card, seen.shown, (seen.start, seen.end), language)
        *pictures, chosen = self.show(visit)
        model = self.choice.dropdown(card.id, language)
        values = desk.values(seen, model=model, shown=shown, start=start, end=end, chosen=chosen)
        described = self._description(card, language)
        # The drawing, which is in no link, stays.
        read = gr.skip() if visit.again else view.waiting(language)
        return *values, *pictures, *described, *self.restyle(visit), read

    def _stage(self, visit: Visit[ClassesView], picked: tuple[int, int]) -> tuple[str, str]:
        card, truncation, language = visit.card, visit.view.truncation, visit.spoken
        seed, label = picked
        samples = work.draw(self.choice.store, card, [seed], [label], truncation)
        stage = view.stage(card, title(card, language), samples, truncation, language)
        panels = view.panels(self._readings(card, samples.pixels, language), label, language)
        return stage, panels

    def _readings(self, like: Card, pixels: Pixels, language: str) -> list[tuple[Card, str, Reading]]:
        """What everyone says who can read pictures of the model `like`, itself first."""
        store = self.choice.store
        cards = reading.discriminators(store, like)
        readings = ((card, title(card, language), reading.read(store, card, pixels)) for card in cards)
        return [entry for entry in readings if entry[2] is not None]

    def _classes(self, card: Card, shown: str, ends: tuple[int, int], language: str) -> tuple[gr.Dropdown, ...]:
        """The classes to show and to morph, to choose from."""
        return (
            gr.Dropdown(choices=layout.shown_choices(card, language), value=shown),
            *(gr.Dropdown(choices=layout.class_choices(card), value=end) for end in ends),
        )

    def _description(self, card: Card, language: str) -> tuple[Any, ...]:
        """Number writer, noise curve, strip and model card."""
        measured = next((each for each in (card, *self.choice.cards()) if CURVE in each.curves), None)
        rest = {name: curve for name, curve in card.curves.items() if name != CURVE}
        return (
            gr.Column(visible=work.writes(card)),
            view.noise(measured, title(measured, language), CURVE, language) if measured else "",
            html.strip(card, language),
            # The curve that stands above is not shown again.
            html.model_card(replace(card, curves=rest), title(card, language), language),
        )

    def _written(self, visit: Visit[ClassesView]) -> tuple[str, Pixels]:
        return work.written(self.choice.store, visit.card, visit.view, visit.spoken)


def _grid_name(visit: Visit[ClassesView]) -> str:
    """The name of a file of the grid, without its ending."""
    return f"{file_name(visit.card.id)}-classes-seed-{visit.view.seed}"


def _wire(page: Page, desk: Controls[ClassesView], parts: Layout, handlers: Handlers) -> None:
    morphing, writing, canvas = parts.morphing, parts.writing, parts.drawing
    current = [parts.stage, parts.panels]
    pictures = [parts.grid, *current, desk["chosen"]]
    described = [writing.column, parts.noise, parts.strip, parts.about]
    styled = [morphing.frame, morphing.frames, writing.row]
    showing = {"fn": desk.live(handlers.show), "inputs": desk.inputs, "outputs": pictures, **LIVE}
    restyling = {"fn": desk.live(handlers.restyle), "inputs": desk.inputs, "outputs": styled, **LIVE}
    # Without a view: a model and a drawing are answered even while the seed's field is empty.
    classes = desk.pick("shown", "start", "end")
    describing = {
        "fn": spoken(handlers.describe),
        "inputs": [desk["model"], *classes],
        "outputs": [*classes, *described],
        **QUIET,
    }
    # The editor may still send a stroke when it is cleared, and does not tell of being blank then.
    drawn = {
        "inputs": [desk["model"], canvas.easel.editor],
        "outputs": canvas.seen,
        "preprocess": False,
        "js": "(model, drawn) => [model, window.explorer.isCleared() ? null : drawn]",
    }
    looking = {"fn": spoken(partial(handlers.look, canvas.easel)), **drawn, **LIVE}

    def follow(event: Dependency) -> None:
        """After `event`, new pictures, and all that is made in the style of the current one."""
        event.success(**showing).success(**restyling).success(**desk.link)

    arriving = [*desk.inputs, parts.grid, *current, *described, *styled, canvas.seen]
    arrived = desk.on_arrival(page, lambda visit: handlers.arrive(visit, desk), arriving)
    # Without this the canvas would wait for an upload, and a stroke would draw nothing.
    arrived.then(None, js="() => { window.explorer.pickBrush('classes-canvas'); }", api_visibility="private")
    for control in desk.pick("shown", "seed", "count", "truncation", "verdict"):
        control.input(**showing).success(**restyling).success(**desk.link)
    follow(controls.on_roll(parts.dice, desk["seed"]))
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (desk["model"].input(**describing, **LAST), added.success(**describing)):
        follow(event)
        event.success(**looking)
    chosen = parts.grid.select(desk.picked(handlers.choose), desk.inputs, [*current, desk["chosen"]], **LIVE)
    chosen.success(**restyling).success(**desk.link)
    for control in desk.pick("start", "end"):
        control.input(**restyling).success(**desk.link)
    desk["t"].input(desk.live(handlers.slide), desk.inputs, morphing.frame, **LIVE).success(**desk.link)
    # Not its input event, which does not come when somebody pastes.
    for event, write in (
        (desk["number"].change, desk.live(handlers.write_while_typing)),
        (desk["number"].submit, desk.handler(handlers.write)),
    ):
        event(write, desk.inputs, writing.row, **LIVE).success(**desk.link)
    canvas.easel.editor.change(**looking)
    # A change that comes while the browser still sends the last one is not reported.
    canvas.easel.editor.upload(**looking)
    # In one queue with the looks, so after any that has begun; the next ones see a blank canvas.
    clear = "() => { window.explorer.cleared(); window.explorer.pickBrush('classes-canvas'); }"
    clearing = {"outputs": canvas.seen, "js": clear, "show_progress": "hidden", **LAST, **PRIVATE}
    canvas.easel.editor.clear(spoken(handlers.forget), None, **clearing)
    parts.unreadable.click(spoken(handlers.refuse), **QUIET)
    canvas.ask.click(spoken(partial(handlers.look_now, canvas.easel)), **drawn, **PRIVATE)
    for button, save in (
        (parts.png, handlers.save_png),
        (parts.archive, handlers.save_zip),
        (morphing.gif, handlers.save_gif),
        (writing.png, handlers.save_number),
    ):
        controls.on_save(button, desk.handler(save), desk.inputs, parts.download)


TAB = Tab(id="classes", name="classes_tab", tasks=work.TASKS, group="draw", place=20, build=build)
