"""The tab *Styles*: what the layers of a StyleGAN do, by mixing, moving and truncating what they are told, and by noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np

from explorer.latent import latents
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import EVERY, LAST, LIVE, QUIET, Controls, Visit, spoken
from explorer.pictures import files, images
from explorer.pictures.images import Pixels
from explorer.tabs.styles import api, layout, view, work
from explorer.tabs.styles.layout import SHOWN, USUAL, Layout
from explorer.tabs.styles.work import SHOWS, StylesView
from models_zoo import Card, style_layers
from models_zoo.style_layers import GROUPS

FAVOURITE = "stylegan-celeba64"
SEEDS = ("seed", "source", "noise_seed", "end")
"""Controls with dice."""
FILM_FPS = 20
"""Frames per second of a walk's film."""


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, work.TASKS, FAVOURITE, "no_styles", work.serves)
    desk = Controls(TAB.id, StylesView, choice)
    _wire(page, desk, layout.lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice
    desk: Controls[StylesView]

    def show(self, visit: Visit[StylesView]) -> tuple[str, str]:
        """What the view shows, and beside the pad the picture at its point."""
        store, card, seen, language = self.choice.store, visit.card, visit.view, visit.spoken
        if seen.show == "pad":
            return view.pad(seen, language), view.dragged(card, seen, work.dragged(store, card, seen), language)
        if seen.show == "mix":
            return view.mix(card, seen, work.mix(store, card, seen), language), ""
        if seen.show == "psi":
            return view.psi(card, seen, work.truncations(store, card, seen), language), ""
        if seen.show == "noise":
            return view.noise(card, seen, work.noisy(store, card, seen), language), ""
        if seen.show == "layers":
            return view.layers(card, seen, work.layered(store, card, seen), language), ""
        return view.walk(card, work.walk(store, card, seen), language), ""

    def settle(self, visit: Visit[StylesView]) -> tuple[float, float]:
        """Where the point of the pad was let go; the script shows the picture there already."""
        x, y = (work.place(visit.told(name), visit.spoken) for name in ("x", "y"))
        return x, y

    def turn(self, visit: Visit[StylesView]) -> tuple[str, str]:
        """The picture after a slider of a layer was let go, and all sliders for the link."""
        moves = work.to_link(work.by_layer(visit.told("amounts"), visit.card, visit.spoken))
        return self.show(replace(visit, view=replace(visit.view, moves=moves)))[0], moves

    def change(self, language: str, model: Any, show: Any) -> tuple[Any, ...]:
        """The boxes of what is to be shown now, its usual layers, and the buttons of films."""
        card = self.choice.known(model, language)
        show = checks.option(show, SHOWS, "show", language)
        ends = _ends(card, USUAL[show]) if show in USUAL else (gr.skip(), gr.skip())
        return *_visible(show), *ends

    def choose(self, visit: Visit[StylesView]) -> tuple[int, int]:
        """The layers of the group whose button was pressed."""
        return _ends(visit.card, checks.option(_pressed(visit), GROUPS, "layers", visit.spoken))

    def roll(self, visit: Visit[StylesView]) -> tuple[Any, ...]:
        """A fresh seed where the button that was pressed stands, and nothing new for the others."""
        rolled = _pressed(visit).removesuffix("-dice").replace("-", "_")
        return tuple(latents.roll() if name == rolled else gr.skip() for name in SEEDS)

    def describe(self, language: str, model: Any, show: Any) -> tuple[Any, ...]:
        """What depends on the model alone: its layers, none of them moved, and its card."""
        card = self.choice.known(model, language)
        ends = _ends(card, USUAL.get(show, "all"))
        low, high = (gr.Slider(maximum=style_layers.rows(card.image_size), value=end) for end in ends)
        return (
            low,
            high,
            "",
            view.sliders(card, [0.0] * style_layers.rows(card.image_size), language),
            self._about(card, language),
        )

    def save_png(self, visit: Visit[StylesView]) -> str:
        """What the tab shows as one picture."""
        pixels = images.enlarge(self._sheet(visit), images.FILM_SIZE)
        (picture,) = images.png(pixels)
        return files.saved(f"{self._name(visit)}.png", picture)

    def saver(self, kind: str) -> Callable[[Visit[StylesView]], str]:
        """A handler that saves both walks as a film of that kind, there and back."""

        def save(visit: Visit[StylesView]) -> str:
            film = images.enlarge(work.walk(self.choice.store, visit.card, visit.view).film, images.FILM_SIZE)
            content = images.film(film, kind, FILM_FPS)
            return files.saved(f"{self._name(visit)}.{kind}", content)

        return save

    def arrive(self, visit: Visit[StylesView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come."""
        card, seen = visit.card, visit.view
        low, high = (gr.Slider(maximum=style_layers.rows(card.image_size), value=end) for end in (seen.low, seen.high))
        values = self.desk.values(seen, model=self.choice.dropdown(card.id, visit.spoken), low=low, high=high)
        sliders = view.sliders(card, work.from_link(seen.moves, card), visit.spoken)
        return *values, *_visible(seen.show), sliders, *self.show(visit), self._about(card, visit.spoken)

    def _sheet(self, visit: Visit[StylesView]) -> Pixels:
        store, card, seen = self.choice.store, visit.card, visit.view
        if seen.show == "mix":
            return work.table(work.mix(store, card, seen))
        if seen.show == "psi":
            return images.sheet(work.truncations(store, card, seen)[1:], len(work.PSIS))
        if seen.show == "noise":
            found = work.noisy(store, card, seen)
            return images.sheet(np.concatenate([found.without, found.own, found.asked]), 3)
        if seen.show == "pad":
            return work.dragged(store, card, seen)
        if seen.show == "layers":
            return images.sheet(work.layered(store, card, seen), 2)
        walks = work.walk(store, card, seen)
        return images.sheet(np.concatenate([walks.in_z[::5], walks.in_w[::5]]), len(walks.in_z[::5]))

    def _name(self, visit: Visit[StylesView]) -> str:
        return f"{file_name(visit.card.id)}-{visit.view.show}-seed-{visit.view.seed}"

    def _about(self, card: Card, language: str) -> str:
        return html.model_card(card, title(card, language), language)


def _visible(show: str) -> tuple[Any, ...]:
    boxes = (gr.Column(visible=show in shows) for shows in SHOWN.values())
    return *boxes, *(gr.Button(visible=show == "walk") for _ in range(2))


def _ends(card: Card, group: str) -> tuple[int, int]:
    """The first and the last layer of a group, counted from 1."""
    taken = style_layers.group(card.image_size, group)
    return taken[0] + 1, taken[-1] + 1


def _pressed(visit: Visit[StylesView]) -> str:
    """What the component that the visitor pressed is called on this tab; empty where a program presses none."""
    return str(getattr(getattr(visit.event, "target", None), "elem_id", None) or "").removeprefix("styles-")


def _wire(page: Page, desk: Controls[StylesView], parts: Layout, handlers: Handlers) -> None:
    shown, ends, seeds = [parts.pane, parts.drawn], desk.pick("low", "high"), desk.pick(*SEEDS)
    visible = [*parts.boxes.values(), *parts.films.values()]
    arriving = [*desk.inputs, *visible, parts.layers, *shown, parts.about]
    desk.on_arrival(page, handlers.arrive, arriving)
    showing = {"fn": desk.live(handlers.show), "inputs": desk.inputs, "outputs": shown, **LIVE}
    moved = desk.pick("seed", "psi", "source", "low", "high", "noise", "noise_seed", "x", "y", "component", "end")
    gr.on([control.input for control in moved], **showing).success(**desk.link)
    changing = {
        "fn": spoken(handlers.change),
        "inputs": desk.pick("model", "show"),
        "outputs": [*visible, *ends],
        **QUIET,
        **LAST,
    }
    describing = {
        "fn": spoken(handlers.describe),
        "inputs": desk.pick("model", "show"),
        "outputs": [*ends, desk["moves"], parts.layers, parts.about],
        **QUIET,
    }
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (
        desk["show"].input(**changing),
        desk["model"].input(**describing, **LAST),
        added.success(**describing),
        # One event for all dice, and one for all groups: every event costs each visitor when the page is built.
        gr.on(
            [parts.dice[name].click for name in SEEDS], desk.picked(handlers.roll), desk.inputs, seeds, **QUIET, **EVERY
        ),
        gr.on(
            [each.click for each in parts.groups.values()],
            desk.picked(handlers.choose),
            desk.inputs,
            ends,
            **QUIET,
            **EVERY,
        ),
    ):
        event.success(**showing).success(**desk.link)
    settling = {
        "fn": desk.picked(handlers.settle),
        "inputs": desk.inputs,
        "outputs": desk.pick("x", "y"),
        **QUIET,
        **LAST,
    }
    parts.pane.select(**settling).success(**desk.link)
    turning = {"fn": desk.picked(handlers.turn), "inputs": desk.inputs, "outputs": [parts.pane, desk["moves"]], **LIVE}
    parts.layers.select(**turning).success(**desk.link)
    controls.on_save(parts.png, desk.handler(handlers.save_png), desk.inputs, parts.download)
    for kind, button in parts.films.items():
        controls.on_save(button, desk.handler(handlers.saver(kind)), desk.inputs, parts.download)


TAB = Tab(id="styles", name="styles_tab", tasks=work.TASKS, group="draw", place=45, build=build, serves=work.serves)
