"""The tab *Directions*: sliders that move a picture's latent vector where a face smiles, or where pictures vary most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from explorer.latent import latents
from explorer.latent.point import Point, keep, of_model
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, PRIVATE, QUIET, Controls, Visit, spoken
from explorer.pictures import files, images
from explorer.tabs.directions import api, view, work
from explorer.tabs.directions.work import SLOTS, DirectionsView, Push
from explorer.texts import label, say
from models_zoo import Card

FAVOURITE = "dcgan-celeba64"


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own; `sliders` are those of attributes, then those in the box `principal`."""

    dice: gr.Button
    sliders: list[gr.Slider]
    principal: gr.Accordion
    reset: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    pair: gr.HTML
    strip: gr.HTML
    png: gr.Button
    gif: gr.Button
    keep_name: gr.Textbox
    keep: gr.Button
    about: gr.HTML
    download: gr.File


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, work.TASKS, FAVOURITE, "wrong_task")
    desk = Controls(TAB.id, DirectionsView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[DirectionsView]) -> Layout:
    gr.Markdown(label("directions_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(desk.default("seed"), label=label("key_seed"), min_width=80, elem_id="directions-seed")
                desk.add("seed", seed)
                dice = gr.Button(
                    label("directions_dice"), variant="primary", elem_id="directions-dice", elem_classes="dice"
                )
            desk.add("start", gr.Dropdown([], label=label("directions_start"), filterable=False, visible=False))
            sliders = _sliders("attribute")
            with gr.Accordion(label("directions_principal"), open=False, elem_classes="own") as principal:
                sliders += _sliders("principal")
            reset = gr.Button(label("directions_reset"), size="sm", elem_id="directions-reset")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                desk.add("truncation", controls.truncation_slider(desk.default("truncation")))
                own = controls.own_checkpoint(page.public, "directions-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            pair = gr.HTML(view.blank(), elem_id="directions-view", apply_default_css=False)
            strip = gr.HTML(elem_id="directions-strip", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="directions-png")
                gif = gr.Button(label("save_gif"), size="sm", elem_id="directions-gif")
            with gr.Row(elem_classes="key-adding"):
                keep_name = gr.Textbox(
                    label=label("keep_name"), max_lines=1, min_width=120, elem_id="directions-keep-name"
                )
                keep_button = gr.Button(label("keep_button"), size="sm", elem_id="directions-keep")
    controls.explanation("directions_explain_text")
    about = gr.HTML(elem_id="directions-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    for name in ("move", "last"):
        desk.add(name, gr.Textbox("", visible="hidden"))
    return Layout(dice, sliders, principal, reset, own, pair, strip, png, gif, keep_name, keep_button, about, download)


def _sliders(kind: str) -> list[gr.Slider]:
    return [
        gr.Slider(-1, 1, 0, step=0.05, label="", visible=False, buttons=["reset"], elem_id=f"{kind}-{place}")
        for place in range(SLOTS[kind])
    ]


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events; `amounts` are those of all sliders in their order."""

    choice: Choice
    desk: Controls[DirectionsView]

    def show(self, visit: Visit[DirectionsView], kept: list[Point], *amounts: Any) -> tuple[Any, ...]:
        """Both pictures, the strip, the sliders for the link, and the direction of the strip."""
        return self._shown(visit, work.push(visit.view, visit.card, kept, amounts, visit.spoken))

    def turner(self, place: int) -> Callable[..., tuple[Any, ...]]:
        """The handler of the slider at that place, whose direction the strip is to show."""

        def turn(visit: Visit[DirectionsView], kept: list[Point], *amounts: Any) -> tuple[Any, ...]:
            direction = work.slots(visit.card)[place]
            last = direction.name if direction else ""
            return self.show(replace(visit, view=replace(visit.view, last=last)), kept, *amounts)

        return turn

    def lay_out(self, language: str, model: str, kept: list[Point]) -> tuple[Any, ...]:
        """The sliders of another model, all at 0, its card, and what to start from."""
        card = self.choice.known(model, language)
        return *_laid_out(card, {}, language), _offer(card, kept, "", language)

    def offer(self, language: str, model: str, kept: list[Point], start: str | None) -> gr.Dropdown:
        """What to start from, after another point was kept."""
        return _offer(self.choice.known(model, language), kept, start, language)

    def save_png(self, visit: Visit[DirectionsView], kept: list[Point], *amounts: Any) -> str:
        """The picture after moving."""
        push = work.push(visit.view, visit.card, kept, amounts, visit.spoken)
        moved = work.steer(self.choice.store, visit.card, push)
        (picture,) = images.png(images.enlarge(moved.after, images.FILM_SIZE))
        return files.saved(f"{file_name(visit.card.id)}-moved.png", picture)

    def save_gif(self, visit: Visit[DirectionsView], kept: list[Point], *amounts: Any) -> str:
        """The strip as a film."""
        card, last = visit.card, visit.view.last
        push = work.push(visit.view, card, kept, amounts, visit.spoken)
        film = work.film(work.strip(self.choice.store, card, push, last))
        return files.saved(f"{file_name(card.id)}-{file_name(last)}.gif", film)

    def keep_point(
        self, visit: Visit[DirectionsView], name: Any, kept: list[Point], *amounts: Any
    ) -> tuple[list[Point], str]:
        """The point moved to among the kept points, under a name."""
        card, language = visit.card, visit.spoken
        moved = work.steer(self.choice.store, card, work.push(visit.view, card, kept, amounts, language))
        name = checks.name(name, [point.name for point in of_model(kept, card.id)], language)
        gr.Info(say("kept_done", language, name=html.escape(name)))
        return keep(kept, Point(card.id, z=moved.z, name=name)), ""

    def arrive(self, visit: Visit[DirectionsView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come."""
        card, seen = visit.card, visit.view
        amounts = work.from_link(seen.move, card)
        first = next((name for name in amounts if amounts[name]), "")
        given = [amounts.get(direction.name, 0) if direction else 0 for direction in work.slots(card)]
        push = work.push(seen, card, [], given, visit.spoken)
        *pictures, move, last = self._shown(replace(visit, view=replace(seen, last=first)), push)
        model = self.choice.dropdown(card.id, visit.spoken)
        values = self.desk.values(seen, model=model, start=gr.skip(), move=move, last=last)
        return *values, *_laid_out(card, amounts, visit.spoken), *pictures

    def _shown(self, visit: Visit[DirectionsView], push: Push) -> tuple[Any, ...]:
        card, language = visit.card, visit.spoken
        found = work.found(card, language)
        last = visit.view.last if visit.view.last in found else next(iter(found))
        moved = work.steer(self.choice.store, card, push)
        frames = work.strip(self.choice.store, card, push, last)
        return (
            view.pair(card, moved, found, push.start.title(language), language),
            view.strip(frames, found[last], push.amounts.get(last, 0), language),
            work.to_link(push.amounts),
            last,
        )


def _laid_out(card: Card, amounts: Mapping[str, float], language: str) -> tuple[Any, ...]:
    """Sliders with their names, whether there are principal ones, and the card."""
    slots = work.slots(card)
    sliders = [
        gr.Slider(label=view.title(each, language), value=amounts.get(each.name, 0), visible=True)
        if each
        else gr.Slider(value=0, visible=False)
        for each in slots
    ]
    kinds = {each.kind for each in slots if each}
    # Where there is nothing else to move, the box must not hide it.
    box = gr.Accordion(visible="principal" in kinds, open="attribute" not in kinds)
    return *sliders, box, html.model_card(card, title(card, language), language)


def _offer(card: Card, kept: Sequence[Point], start: str | None, language: str) -> gr.Dropdown:
    """The seed, and the kept points of a model, to start from: still from `start` if that is among them."""
    names = [point.name for point in of_model(kept, card.id)]
    choices = [(say("directions_from_seed", language), ""), *((name, name) for name in names)]
    return gr.Dropdown(choices=choices, value=start if start in names else "", visible=bool(names))


def _wire(page: Page, desk: Controls[DirectionsView], parts: Layout, handlers: Handlers) -> None:
    known = [*desk.inputs, page.kept, *parts.sliders]
    shown = [parts.pair, parts.strip, *desk.pick("move", "last")]
    laid_out = [*parts.sliders, parts.principal, parts.about]
    for event in desk.on_arrival(page, handlers.arrive, [*desk.inputs, *laid_out, parts.pair, parts.strip]):
        event.success(**desk.link)
    showing = {"fn": desk.live(handlers.show), "inputs": known, "outputs": shown, **LIVE}
    for control in desk.pick("seed", "start", "truncation"):
        control.input(**showing).success(**desk.link)
    # These need no view: sliders have to follow the model even while the seed's field is empty.
    laying_out = {
        "fn": spoken(handlers.lay_out),
        "inputs": [desk["model"], page.kept],
        "outputs": [*laid_out, desk["start"]],
        **QUIET,
    }
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (
        parts.dice.click(latents.roll, None, desk["seed"], **QUIET),
        parts.reset.click(lambda: [0] * len(parts.sliders), None, parts.sliders, **QUIET),
        desk["model"].input(**{**laying_out, **LAST}),
        *(each.success(**laying_out) for each in added),
    ):
        event.success(**showing).success(**desk.link)
    page.kept.change(spoken(handlers.offer), [desk["model"], page.kept, desk["start"]], desk["start"], **QUIET)
    for place, slider in enumerate(parts.sliders):
        turn = desk.live(handlers.turner(place))
        for event in (slider.input, slider.release):
            event(turn, known, shown, **LIVE).success(**desk.link)
    controls.on_save(parts.png, desk.handler(handlers.save_png), known, parts.download)
    controls.on_save(parts.gif, desk.handler(handlers.save_gif), known, parts.download)
    for event in (parts.keep.click, parts.keep_name.submit):
        event(
            desk.handler(handlers.keep_point),
            [*desk.inputs, parts.keep_name, page.kept, *parts.sliders],
            [page.kept, parts.keep_name],
            show_progress="hidden",
            **PRIVATE,
        )


TAB = Tab(id="directions", name="directions_tab", tasks=work.TASKS, group="explore", place=40, build=build)
