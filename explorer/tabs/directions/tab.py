"""The tab *Directions*: sliders that move a picture's latent vector where a face smiles, or where pictures vary most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from explorer.latent.point import Point, keep, named, of_model
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html, steering
from explorer.page.hand import Hand, free_name
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, PRIVATE, QUIET, Controls, Visit, spoken
from explorer.pictures import files, images
from explorer.tabs.directions import api, view, work
from explorer.tabs.directions.work import DirectionsView, Push
from explorer.texts import label, say
from models_zoo import Card

FAVOURITE = "dcgan-celeba64"


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    dice: gr.Button
    take: gr.Button
    sliders: gr.HTML
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
            take = controls.hand_button("directions")
            desk.add("start", gr.Dropdown([], label=label("directions_start"), filterable=False, visible=False))
            sliders = gr.HTML(js_on_load=steering.SCRIPT, elem_id="directions-sliders", apply_default_css=False)
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                desk.add("truncation", controls.truncation_slider(desk.default("truncation")))
                own = controls.own_checkpoint(page.public, "directions-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures in-sight"):
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
    return Layout(dice, take, sliders, own, pair, strip, png, gif, keep_name, keep_button, about, download)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice
    desk: Controls[DirectionsView]

    def show(self, visit: Visit[DirectionsView], kept: list[Point]) -> tuple[Any, ...]:
        """Both pictures, the strip, the sliders for the link, and the direction of the strip."""
        return self._shown(visit, work.push(visit.view, visit.card, kept, visit.spoken))

    def turn(self, visit: Visit[DirectionsView], kept: list[Point]) -> tuple[Any, ...]:
        """The same after sliders were let go, with the strip of the one that was moved."""
        move, last = work.told(visit.told("amounts"), visit.card, visit.spoken), visit.told("last")
        last = last if isinstance(last, str) and last else visit.view.last
        return self.show(replace(visit, view=replace(visit.view, move=move, last=last)), kept)

    def lay_out(self, language: str, model: str, kept: list[Point]) -> tuple[Any, ...]:
        """The sliders of another model, all at 0, its card, what to start from, and what the link and the strip hold of them."""
        card = self.choice.known(model, language)
        return view.sliders(card, {}, language), _about(card, language), _offer(card, kept, "", language), "", ""

    def offer(self, language: str, model: str, kept: list[Point], start: str | None) -> gr.Dropdown:
        """What to start from, after another point was kept."""
        return _offer(self.choice.known(model, language), kept, start, language)

    def save_png(self, visit: Visit[DirectionsView], kept: list[Point]) -> str:
        """The picture after moving."""
        push = work.push(visit.view, visit.card, kept, visit.spoken)
        moved = work.steer(self.choice.store, visit.card, push)
        (picture,) = images.png(images.enlarge(moved.after, images.FILM_SIZE))
        return files.saved(f"{file_name(visit.card.id)}-moved.png", picture)

    def save_gif(self, visit: Visit[DirectionsView], kept: list[Point]) -> str:
        """All that was moved as a film; where nothing was, the strip."""
        card, last = visit.card, visit.view.last
        push = work.push(visit.view, card, kept, visit.spoken)
        if any(push.amounts.values()):
            return files.saved(f"{file_name(card.id)}-moved.gif", images.swing(work.way(self.choice.store, card, push)))
        film = images.swing(work.strip(self.choice.store, card, push, last), 120)
        return files.saved(f"{file_name(card.id)}-{file_name(last)}.gif", film)

    def keep_point(self, visit: Visit[DirectionsView], name: Any, kept: list[Point]) -> tuple[list[Point], str]:
        """The point moved to among the kept points, under a name."""
        card, language = visit.card, visit.spoken
        moved = work.steer(self.choice.store, card, work.push(visit.view, card, kept, language))
        name = checks.name(name, [point.name for point in of_model(kept, card.id)], language)
        gr.Info(say("kept_done", language, name=html.escape(name)))
        return keep(kept, Point(card.id, z=moved.z, name=name)), ""

    def take(self, visit: Visit[DirectionsView], in_hand: Hand, kept: list[Point]) -> tuple[Any, ...]:
        """The picture in hand to start from; one that no seed draws is kept under its name."""
        point = in_hand.of(visit.card, visit.spoken)
        at_rest = replace(visit.view, move="", last="", start=None)
        if point.z is None:
            seen = replace(at_rest, seed=point.seed, truncation=point.truncation)
        else:
            names = [each.name for each in of_model(kept, visit.card.id)]
            if point.name not in names:
                point = replace(point, name=point.name or free_name(say("hand_name", visit.spoken), names))
                kept = keep(kept, point)
            seen = replace(at_rest, start=point.name)
        return kept, *self.arrive(replace(visit, view=seen), kept)

    def arrive(self, visit: Visit[DirectionsView], kept: Sequence[Point] = ()) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come, or who brings a picture, which may be among the `kept` ones."""
        card, seen = visit.card, visit.view
        # Kept points are a visitor's own: others come by the same link without them.
        if seen.start and not named(kept, card.id, seen.start):
            seen = replace(seen, start=None)
        amounts = work.from_link(seen.move, card)
        first = next((name for name in amounts if amounts[name]), "")
        push = work.push(seen, card, kept, visit.spoken)
        *pictures, move, last = self._shown(replace(visit, view=replace(seen, last=first)), push)
        model = self.choice.dropdown(card.id, visit.spoken)
        start = _offer(card, kept, seen.start, visit.spoken) if kept else gr.skip()
        values = self.desk.values(seen, model=model, start=start, move=move, last=last)
        return *values, view.sliders(card, amounts, visit.spoken), _about(card, visit.spoken), *pictures

    def _shown(self, visit: Visit[DirectionsView], push: Push) -> tuple[Any, ...]:
        card, language = visit.card, visit.spoken
        found = work.found(card, language)
        last = visit.view.last if visit.view.last in found else next(iter(found))
        moved = work.steer(self.choice.store, card, push)
        frames = work.strip(self.choice.store, card, push, last)
        return (
            view.pair(card, moved, push.start, language),
            view.strip(frames, found[last], push.amounts.get(last, 0), language)
            + view.readings(moved, found, language),
            work.to_link(push.amounts),
            last,
        )


def _about(card: Card, language: str) -> str:
    return html.model_card(card, title(card, language), language)


def _offer(card: Card, kept: Sequence[Point], start: str | None, language: str) -> gr.Dropdown:
    """The seed, and the kept points of a model, to start from: still from `start` if that is among them."""
    names = [point.name for point in of_model(kept, card.id)]
    choices = [(say("directions_from_seed", language), ""), *((name, name) for name in names)]
    return gr.Dropdown(choices=choices, value=start if start in names else "", visible=bool(names))


def _wire(page: Page, desk: Controls[DirectionsView], parts: Layout, handlers: Handlers) -> None:
    known = [*desk.inputs, page.kept]
    shown = [parts.pair, parts.strip, *desk.pick("move", "last")]
    laid_out = [parts.sliders, parts.about]
    arriving = [*desk.inputs, *laid_out, parts.pair, parts.strip]
    desk.on_arrival(page, handlers.arrive, arriving, [page.kept])
    taking = desk.on_take(page, parts.take, handlers.take, [page.kept], [page.kept, *arriving])
    taking.success(**desk.link)
    showing = {"fn": desk.live(handlers.show), "inputs": known, "outputs": shown, **LIVE}
    gr.on([control.input for control in desk.pick("seed", "start", "truncation")], **showing).success(**desk.link)
    # These need no view: sliders have to follow the model even while the seed's field is empty.
    laying_out = {
        "fn": spoken(handlers.lay_out),
        "inputs": [desk["model"], page.kept],
        "outputs": [*laid_out, *desk.pick("start", "move", "last")],
        **QUIET,
    }
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (
        controls.on_roll(parts.dice, desk["seed"]),
        desk["model"].input(**{**laying_out, **LAST}),
        added.success(**laying_out),
    ):
        event.success(**showing).success(**desk.link)
    page.kept.change(spoken(handlers.offer), [desk["model"], page.kept, desk["start"]], desk["start"], **QUIET)
    parts.sliders.select(desk.picked(handlers.turn), known, shown, **LIVE).success(**desk.link)
    controls.on_save(parts.png, desk.handler(handlers.save_png), known, parts.download)
    controls.on_save(parts.gif, desk.handler(handlers.save_gif), known, parts.download)
    gr.on(
        [parts.keep.click, parts.keep_name.submit],
        desk.handler(handlers.keep_point),
        [*desk.inputs, parts.keep_name, page.kept],
        [page.kept, parts.keep_name],
        show_progress="hidden",
        **PRIVATE,
    )


TAB = Tab(
    id="directions", name="directions_tab", tasks=work.TASKS, group="explore", place=40, build=build, takes="point"
)
