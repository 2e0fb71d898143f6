"""The tab *Interpolate*: keyframes in latent space, and the film of the path through them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.latent import latents, paths
from explorer.latent import point as points
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.controls import PAST
from explorer.page.hand import Hand, free_name
from explorer.page.tab import Page, Tab
from explorer.page.wiring import EDIT, LAST, LIVE, PRIVATE, QUIET, Controls, Visit
from explorer.pictures import files
from explorer.tabs.interpolate import api, breed, film, view, work
from explorer.tabs.interpolate.breed import Brood
from explorer.tabs.interpolate.film import Film
from explorer.tabs.interpolate.work import Journey, Keys, PathView
from explorer.texts import label, say
from explorer.texts.errors import UserError
from models_zoo import Card

FAVOURITE = "gan-mnist"
NEXT_SEED = 7
SETTINGS = ("model", "method", "frames", "loop", "truncation")
"""Controls after whose change there is another film."""
ACTS = ("left", "right", "remove", "undo", "label")
"""What the browser can ask of the keyframe that is pressed."""
KEYS_SCRIPT, PLAYER_SCRIPT, BREED_SCRIPT = (
    (Path(__file__).parent / name).read_text(encoding="utf-8") for name in ("keys.js", "player.js", "breed.js")
)


@dataclass(frozen=True)
class Row:
    """The keyframes of a visitor, of whatever model, and earlier ones to go back to."""

    keys: Keys = ()
    past: tuple[Keys, ...] = ()

    def after(self, keys: Keys) -> Row:
        """The row with other keyframes, which can be undone."""
        return self if keys == self.keys else Row(keys, (*self.past, self.keys)[-PAST:])


@dataclass(frozen=True)
class Adding:
    """The components with which keyframes are added."""

    seed: gr.Number
    add_seed: gr.Button
    dice: gr.Button
    take: gr.Button
    offer: gr.Row
    kept: gr.Dropdown
    add_kept: gr.Button


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    own: tuple[gr.Textbox, gr.Button]
    player: gr.HTML
    saving: dict[str, gr.Button]
    keep_name: gr.Textbox
    keep: gr.Button
    keys: gr.HTML
    adding: Adding
    breeding: gr.HTML
    about: gr.HTML
    download: gr.File
    row: gr.State


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, work.TASKS, FAVOURITE, "wrong_task_paths")
    desk = Controls(TAB.id, PathView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[PathView]) -> Layout:
    gr.Markdown(label("paths_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            own = _settings(page, desk)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures path-view in-sight"):
            player = gr.HTML(
                view.blank_player(), js_on_load=PLAYER_SCRIPT, elem_id="path-player", apply_default_css=False
            )
            with gr.Row(elem_classes="saving path-saving"):
                saving = {
                    kind: gr.Button(label(f"save_{kind}"), size="sm", elem_id=f"path-{kind}")
                    for kind in ("gif", "mp4", "strip", "zip")
                }
            with gr.Row(elem_classes="key-adding"):
                keep_name = gr.Textbox(label=label("keep_name"), max_lines=1, min_width=120, elem_id="keep-name")
                keep = gr.Button(label("keep_button"), size="sm", elem_id="keep")
            gr.Markdown(label("keys_heading"), elem_classes="section-title", elem_id="keys-title")
            gr.Markdown(label("keys_lead"), elem_classes="quiet")
            keys = gr.HTML(view.blank_row(), js_on_load=KEYS_SCRIPT, elem_id="path-keys", apply_default_css=False)
            adding = _adding()
            breeding = gr.HTML(js_on_load=BREED_SCRIPT, elem_id="path-breeding", apply_default_css=False)
    controls.explanation("paths_explain_text")
    about = gr.HTML(elem_id="path-about", apply_default_css=False)
    desk.add("keys", gr.Textbox("", visible="hidden"))
    # The player alone knows where it stands; its script puts that into links, and into what is kept.
    desk.add("t", gr.Number(desk.default("t"), visible="hidden"))
    download, row = gr.File(visible="hidden"), gr.State(Row())
    return Layout(own, player, saving, keep_name, keep, keys, adding, breeding, about, download, row)


def _settings(page: Page, desk: Controls[PathView]) -> tuple[gr.Textbox, gr.Button]:
    """The controls on the left; gives those for one's own checkpoint."""
    with gr.Row(elem_classes="phone-pair"):
        desk.add("model", controls.model_dropdown(desk.choice))
        method = gr.Dropdown(
            _methods("en"),
            value=desk.default("method"),
            label=label("path_method"),
            filterable=False,
            min_width=80,
            elem_id="path-method",
        )
        desk.add("method", method)
    desk.add("loop", gr.Checkbox(desk.default("loop"), label=label("path_loop"), container=False))
    frames = gr.Slider(
        checks.MAX_KEYS, checks.MAX_FRAMES, desk.default("frames"), step=1, label=label("path_frames"), buttons=[]
    )
    desk.add("frames", frames)
    with gr.Accordion(label("more"), open=False, elem_classes="own"):
        desk.add("truncation", controls.truncation_slider(desk.default("truncation"), "path_truncation_info"))
        return controls.own_checkpoint(page.public, "path-")


def _adding() -> Adding:
    with gr.Row(elem_classes="key-adding"):
        seed = gr.Number(NEXT_SEED, label=label("key_seed"), min_width=80, scale=0, elem_id="key-seed")
        add_seed = gr.Button(label("key_add"), size="sm", elem_id="key-add")
        dice = gr.Button(label("key_dice"), size="sm", variant="primary", elem_id="key-dice")
        take = controls.hand_button("interpolate", "key_chosen")
    with gr.Row(elem_classes="key-adding", visible=False) as offer:
        kept = gr.Dropdown([], label=label("key_kept"), filterable=False, min_width=120, elem_id="key-kept")
        add_kept = gr.Button(label("key_kept_add"), size="sm", elem_id="key-kept-add")
    return Adding(seed, add_seed, dice, take, offer, kept, add_kept)


def _methods(spoken: str) -> list[tuple[str, str]]:
    return [(say(f"path_{method}", spoken), method) for method in paths.METHODS]


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events; those that change the row give it back, with what it looks like now."""

    choice: Choice
    desk: Controls[PathView]

    def show(self, visit: Visit[PathView], row: Row) -> tuple[Any, ...]:
        """The film of the row as it is."""
        return self._shown(visit, _filled(visit, row))

    def describe(self, visit: Visit[PathView], kept: list[Point]) -> tuple[Any, ...]:
        """The model card, and the points that were kept of the model."""
        return self._about(visit), *self.offer(visit, kept)

    def offer(self, visit: Visit[PathView], kept: list[Point]) -> tuple[gr.Row, gr.Dropdown]:
        """The kept points of the model to choose from, the newest chosen; no row where there are none."""
        names = [point.name for point in points.of_model(kept, visit.card.id)]
        return gr.Row(visible=bool(names)), gr.Dropdown(choices=names, value=names[-1] if names else None)

    def add_seed(self, visit: Visit[PathView], row: Row, seed: Any) -> tuple[Any, ...]:
        """One more keyframe, of the seed that was typed."""
        return self._added(visit, row, Point(seed=checks.seed(seed, visit.spoken)))

    def add_random(self, visit: Visit[PathView], row: Row) -> tuple[Any, ...]:
        """One more keyframe, of a fresh seed."""
        return self._added(visit, row, Point(seed=latents.roll()))

    def take(self, visit: Visit[PathView], in_hand: Hand, row: Row, kept: list[Point]) -> tuple[Any, ...]:
        """One more keyframe, the picture in hand, with the model that drew it, its card, and its kept points."""
        point = in_hand.of(visit.card, visit.spoken)
        point = self.choice.of_seed(visit.card, point, visit.view.truncation, visit.spoken)
        model = self.choice.dropdown(visit.card.id, visit.spoken)
        return model, *self.describe(visit, kept), *self._added(visit, row, point)

    def add_kept(self, visit: Visit[PathView], row: Row, kept: list[Point], name: Any) -> tuple[Any, ...]:
        """One more keyframe: the kept point of that name."""
        found = points.named(kept, visit.card.id, name)
        if found is None:
            raise UserError(say("point_unknown", visit.spoken))
        return self._added(visit, row, found)

    def bear(self, visit: Visit[PathView], row: Row) -> tuple[Any, ...]:
        """One more keyframe: the child that was clicked."""
        row, card, language = _filled(visit, row), visit.card, visit.spoken
        numbers = [visit.told(name) for name in ("first", "second")]
        parents = breed.of_keys(work.of_model(row.keys, card), numbers, visit.view.truncation, language)
        brood = Brood(
            parents, work.strength(visit.told("strength"), language), checks.seed(visit.told("seed"), language)
        )
        place = checks.place(visit.told("place"), range(breed.CHILDREN), language)
        name = free_name(say("breed_name", language), [key.point.name for key in row.keys])
        return self._added(visit, row, breed.child(self.choice.store, card, brood, place, name))

    def act(self, visit: Visit[PathView], row: Row) -> tuple[Any, ...]:
        """The row after what the browser asks of the keyframe that is pressed."""
        row, card, spoken = _filled(visit, row), visit.card, visit.spoken
        what, number = checks.option(visit.told("act"), ACTS, "act", spoken), visit.told("number")
        if what == "undo":
            if not row.past:
                raise UserError(say("nothing_to_undo", spoken))
            return self._shown(visit, _filled(visit, Row(row.past[-1], row.past[:-1])))
        if what == "remove":
            keys = work.remove(row.keys, number, card, spoken)
        elif what == "label":
            keys = work.relabel(row.keys, number, checks.class_id(visit.told("label"), card.classes, spoken))
        else:
            keys = work.move(row.keys, number, 1 if what == "right" else -1, card)
        return self._shown(visit, row.after(keys))

    def saver(self, ending: str, write: Callable[[Card, Journey, Film], bytes]) -> Callable[..., str]:
        """A handler that saves the film as `write` makes a file of it; `ending` is the end of the file's name."""

        def save(visit: Visit[PathView], row: Row) -> str:
            card, journey = visit.card, _journey(visit, row)
            content = write(card, journey, film.shoot(self.choice.store, card, journey))
            return files.saved(f"{file_name(card.id)}-{journey.method}{ending}", content)

        return save

    def keep_point(
        self, visit: Visit[PathView], row: Row, kept: list[Point], name: Any, time: Any
    ) -> tuple[list[Point], str]:
        """The frame on show, at that `time` of the path, among the kept points, under a name."""
        card, spoken, journey = visit.card, visit.spoken, _journey(visit, row)
        name = checks.name(name, [point.name for point in points.of_model(kept, card.id)], spoken)
        time = checks.step(time, spoken)
        point = film.point(self.choice.store, card, journey, time, name)
        if card.classes and time * journey.stretches() % 1:
            nearer = html.escape(card.classes[point.label])
            gr.Info(say("kept_nearer", spoken, name=html.escape(name), label=nearer))
        else:
            gr.Info(say("kept_done", spoken, name=html.escape(name)))
        return points.keep(kept, point), ""

    def arrive(self, visit: Visit[PathView], row: Row) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come, or comes back to a row."""
        linked = work.brought_back(visit.view.keys, (row.keys, *reversed(row.past)), visit.card)
        row = row.after(linked) if row.keys else Row(linked)
        *shown, keys = self._shown(visit, _filled(visit, row), start=visit.view)
        model = self.choice.dropdown(visit.card.id, visit.spoken)
        method = gr.Dropdown(choices=_methods(visit.spoken), value=visit.view.method)
        return *self.desk.values(visit.view, model=model, method=method, keys=keys), *shown, self._about(visit)

    def _added(self, visit: Visit[PathView], row: Row, point: Point) -> tuple[Any, ...]:
        row = _filled(visit, row)
        return self._shown(visit, row.after(work.add(row.keys, point, visit.card, visit.spoken)))

    def _shown(self, visit: Visit[PathView], row: Row, start: PathView | None = None) -> tuple[Any, ...]:
        """The row, its picture, the player, room for children, and what the link holds of the row."""
        card, spoken, journey = visit.card, visit.spoken, _journey(visit, row)
        shot = film.shoot(self.choice.store, card, journey)
        return (
            row,
            view.row(card, journey, shot, len(row.keys) - len(journey.keys), spoken, bool(row.past)),
            view.player(card, journey, shot, spoken, start.t if start else None),
            view.breeding(card, journey, spoken, start),
            work.to_link(journey.keys, card),
        )

    def _about(self, visit: Visit[PathView]) -> str:
        return html.model_card(visit.card, title(visit.card, visit.spoken), visit.spoken)


def _filled(visit: Visit[PathView], row: Row) -> Row:
    """The row with keyframes enough for a path."""
    return replace(row, keys=work.enough(row.keys, visit.card))


def _journey(visit: Visit[PathView], row: Row) -> Journey:
    return work.journey(visit.view, _filled(visit, row).keys, visit.card)


def _wire(page: Page, desk: Controls[PathView], parts: Layout, handlers: Handlers) -> None:
    shown = [parts.row, parts.keys, parts.player, parts.breeding, desk["keys"]]
    known, adding = [*desk.inputs, parts.row], parts.adding
    offers = [adding.offer, adding.kept]
    arriving = [*desk.inputs, parts.row, parts.keys, parts.player, parts.breeding, parts.about]
    desk.on_arrival(page, handlers.arrive, arriving, [parts.row])
    showing = {"fn": desk.live(handlers.show), "inputs": known, "outputs": shown, **LIVE}
    describing = {
        "fn": desk.handler(handlers.describe),
        "inputs": [*desk.inputs, page.kept],
        "outputs": [parts.about, *offers],
        **QUIET,
    }
    for control in desk.pick(*SETTINGS):
        control.input(**showing).success(**desk.link)
    desk["model"].input(**{**describing, **LAST})
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    added.success(**showing).success(**desk.link)
    added.success(**describing)
    page.kept.change(desk.handler(handlers.offer), [*desk.inputs, page.kept], offers, **QUIET)
    for event, add, more in (
        (adding.add_seed.click, handlers.add_seed, [adding.seed]),
        (adding.seed.submit, handlers.add_seed, [adding.seed]),
        (adding.dice.click, handlers.add_random, []),
        (adding.add_kept.click, handlers.add_kept, [page.kept, adding.kept]),
    ):
        event(desk.handler(add), [*known, *more], shown, **EDIT).success(**desk.link)
    taking = desk.on_take(
        page, adding.take, handlers.take, [parts.row, page.kept], [desk["model"], parts.about, *offers, *shown]
    )
    taking.success(**desk.link)
    parts.breeding.select(desk.picked(handlers.bear), known, shown, **EDIT).success(**desk.link)
    parts.keys.select(desk.picked(handlers.act), known, shown, **EDIT).success(**desk.link)
    for kind, ending, write in (
        ("gif", ".gif", lambda card, journey, shot: film.moving(shot, "gif")),
        ("mp4", ".mp4", lambda card, journey, shot: film.moving(shot, "mp4")),
        ("strip", "-strip.png", lambda card, journey, shot: film.strip(shot)),
        ("zip", ".zip", film.packed),
    ):
        controls.on_save(parts.saving[kind], desk.handler(handlers.saver(ending, write)), known, parts.download)
    for event in (parts.keep.click, parts.keep_name.submit):
        event(
            desk.handler(handlers.keep_point),
            [*known, page.kept, parts.keep_name, desk["t"]],
            [page.kept, parts.keep_name],
            js="(...values) => window.explorer.withTime(values)",
            show_progress="hidden",
            **PRIVATE,
        )


TAB = Tab(id="interpolate", name="paths_tab", tasks=work.TASKS, group="explore", place=30, build=build, takes="point")
