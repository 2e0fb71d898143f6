"""The tab *Translate*: a picture of one domain in, one of another out, and back again; also several at once, and drawn ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Any

import gradio as gr
from gradio.events import Dependency

from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.hand import Hand
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, QUIET, TURN, Controls, Visit, spoken
from explorer.pictures import files, images
from explorer.tabs.translate import api, layout, view, work
from explorer.tabs.translate.layout import Easel, Layout
from explorer.tabs.translate.work import Batch, Photo, Translated, TranslateView
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

FAVOURITE = "cyclegan-horse2zebra"


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, TAB.tasks, FAVOURITE, "wrong_task_translation", work.serves)
    desk = Controls(TAB.id, TranslateView, choice)
    _wire(page, desk, layout.lay_out(page, desk), Handlers(choice))
    api.publish_all(choice)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice

    def receive(self, visit: Visit[TranslateView], image: Any) -> Any:
        """A visitor's picture, which is none of the examples, and its translation."""
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        photo = work.opened(files.received(image, visit.spoken), visit.spoken)
        controls.tell_of_white(photo.picture, visit.spoken)
        return photo, "", *self.show(visit, photo), self._unpressed(visit.card, visit.view, visit.spoken)

    def take(self, visit: Visit[TranslateView], in_hand: Hand) -> tuple[Any, ...]:
        """The picture in hand, in place of the visitor's own, and its translation."""
        photo = work.opened(in_hand.data(self.choice.store, visit.spoken), visit.spoken)
        return photo, "", *self.show(visit, photo), self._unpressed(visit.card, visit.view, visit.spoken), None

    def choose(self, visit: Visit[TranslateView]) -> Any:
        """The example that was clicked, its name, nothing in place of the visitor's own picture, and the translation."""
        domain = work.ends(work.direction(visit.view.direction, visit.card, visit.spoken))[0]
        paths = work.examples(visit.card, domain)
        name = paths[checks.place(visit.told("seed"), paths, visit.spoken)].name
        photo = work.example(visit.card, domain, name)
        return photo, name, None, *self.show(visit, photo)

    def describe(self, visit: Visit[TranslateView], source: Photo | None) -> tuple[Any, ...]:
        """What depends on model and direction, and a picture for these: the present one, or another if it is of another kind.

        Another one takes the place of the visitor's own.
        """
        asked = visit.view.fitting(visit.card).direction
        photo = source if work.suits(source, visit.card, asked) else work.usual(visit.card, asked)
        name = photo.name if photo else ""
        described = self._description(visit.card, replace(visit.view, direction=asked), name, visit.spoken)
        return *described, photo, name, gr.skip() if photo is source else None

    def show(self, visit: Visit[TranslateView], source: Photo | None) -> tuple[Any, ...]:
        """The translation: as it is, before and after as files, what was done, and the places of remark and cycle."""
        return self._shown(visit.card, visit.view, source, visit.spoken)

    def finish(self, language: str, made: Translated | None) -> tuple[str, str]:
        """What takes a while after a translation: remarks about it, and the way back."""
        if made is None:
            return "", ""
        card = self.choice.known(made.model, language)
        again = work.back(self.choice.store, card, made)
        cycle = "" if again is None else view.cycle(made, again, language)
        found = view.found(card, made.direction, work.findings(self.choice.store, card, made), language)
        return view.remarks(found), cycle

    def pair(self, visit: Visit[TranslateView]) -> Any:
        """Generated digits before and after."""
        # The field is empty for a moment while somebody types another number.
        if visit.view.seed is None:
            return gr.skip()
        work.direction(visit.view.direction, visit.card, visit.spoken)
        return self._digits(visit.card, visit.view, visit.spoken)

    def paint(self, easel: Easel, visit: Visit[TranslateView], drawn: Any) -> Any:
        """What follows a stroke: the drawing becomes the source, and a model that takes such drawings is chosen."""
        picture = easel.drawing(drawn, visit.spoken)
        if picture is None:
            return gr.skip()
        fits = easel.takes(visit.card)
        card = visit.card if fits else next(filter(easel.takes, self.choice.cards()))
        # A label map is of one domain; a digit may be meant for either.
        if work.takes_labels(card):
            asked, of = "a2b", (card.dataset, "a")
        else:
            asked, of = visit.view.fitting(card).direction, None
        wanted = replace(visit.view, direction=asked)
        photo = Photo(picture, picture.size, of)
        shown = self._shown(card, wanted, photo, visit.spoken)
        if fits and asked == visit.view.direction:
            # Nothing but the picture is new.
            unpressed = self._unpressed(card, wanted, visit.spoken)
            return gr.skip(), gr.skip(), unpressed, *(gr.skip() for _ in range(3)), photo, "", *shown, None
        model = self.choice.dropdown(card.id, visit.spoken)
        return model, *self._description(card, wanted, "", visit.spoken), photo, "", *shown, None

    def translate_many(self, visit: Visit[TranslateView], sent: Any) -> Iterator[tuple[Any, ...]]:
        """Several pictures, one after the other: their place, the gallery so far, what is to be said of it, and all for the ZIP file."""
        card, language = visit.card, visit.spoken
        asked = work.direction(visit.view.direction, card, language)
        if not isinstance(sent, list) or not sent:
            raise UserError(say("translate_batch_none", language))
        names = [work.file_name(upload) for upload in sent]
        outcomes, shown, packed = [], [], []
        for outcome in work.several(self.choice.store, card, sent, asked, visit.view.side, language=language):
            outcomes.append(outcome)
            if outcome.made:
                name = f"{len(outcomes):02}-{file_name(PurePath(outcome.name).stem)}.png"
                packed.append((name, images.png(outcome.made.after)[0]))
                shown.append((files.saved(name, view.crisp(card, outcome.made.after)), outcome.name))
            told = view.batch(outcomes, names, language)
            yield gr.Column(visible=True), shown, told, Batch(card.id, asked, tuple(packed))

    def save_png(self, language: str, made: Translated | None) -> str:
        """The translation as a file."""
        if made is None:
            raise UserError(say("translate_nothing", language))
        return files.saved(f"{file_name(made.model)}-{made.direction}.png", images.png(made.after)[0])

    def save_zip(self, language: str, batch: Batch | None) -> str:
        """Several translations as one file."""
        if batch is None:
            raise UserError(say("translate_nothing", language))
        recipe = {"model": batch.model, "direction": batch.direction}
        name = f"{file_name(batch.model)}-{batch.direction}.zip"
        return files.saved(name, files.archive("translations.json", recipe, batch.pictures))

    def arrive(
        self, visit: Visit[TranslateView], source: Photo | None, desk: Controls[TranslateView], palettes: int
    ) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come; the own picture of one who comes back, which is in no link, if it fits."""
        card, wanted, language = visit.card, visit.view, visit.spoken
        photo = work.example(card, work.ends(wanted.direction)[0], wanted.example)
        if not photo and visit.again and not wanted.example and work.suits(source, card, wanted.direction):
            photo = None if source.name else source
        photo = photo or work.usual(card, wanted.direction)
        name = photo.name if photo else ""
        direction, *described = self._description(card, wanted, name, language)
        made, slider, note, *_ = self.show(visit, photo)
        model = self.choice.dropdown(card.id, language)
        values = desk.values(wanted, model=model, direction=direction, example=name)
        shown = made, slider, note, *self.finish(language, made)
        drawers = (gr.skip() if visit.again else view.palette(language) for _ in range(palettes))
        upload = None if visit.again and photo is not source else gr.skip()
        return *values, *described, photo, *shown, *drawers, upload

    def _description(self, card: Card, wanted: TranslateView, name: str, language: str) -> tuple[Any, ...]:
        """The choice of directions, examples, digits and the card; the example called `name` is on show."""
        return (
            gr.Radio(choices=layout.directions(card, language), value=wanted.direction),
            view.examples(card, wanted.direction, name, language),
            gr.Column(visible=work.has_digits(card)),
            self._digits(card, wanted, language),
            html.model_card(card, title(card, language), language),
        )

    def _unpressed(self, card: Card, wanted: TranslateView, language: str) -> str:
        """The examples, none of which is on show."""
        return view.examples(card, wanted.direction, "", language)

    def _digits(self, card: Card, wanted: TranslateView, language: str) -> str:
        """Generated digits before and after; empty where the model knows none."""
        if not work.has_digits(card):
            return ""
        seed = TranslateView.controls()["seed"].initial if wanted.seed is None else wanted.seed
        return view.digits(work.generated(self.choice.store, card, wanted.direction, seed), language)

    def _shown(self, card: Card, wanted: TranslateView, photo: Photo | None, language: str) -> tuple[Any, ...]:
        asked = work.direction(wanted.direction, card, language)
        if photo is None:
            return None, None, view.note(None, None, language), "", ""
        fitted, made = work.translated(self.choice.store, card, photo, asked, wanted.side, language=language)
        before, after = view.crisp(card, made.before), view.crisp(card, made.after)
        written = files.write({"before.png": before, f"{file_name(card.id)}-{asked}.png": after})
        slider = tuple(file["path"] for file in written)
        return made, slider, view.note(photo, fitted, language), "", view.waiting(card, language)


def _wire(page: Page, desk: Controls[TranslateView], parts: Layout, handlers: Handlers) -> None:
    pictures = [parts.result, parts.slider, parts.note, parts.remark, parts.cycle]
    about_model = [parts.examples, parts.reading, parts.digits, parts.about]
    described = [desk["direction"], *about_model]
    given = [parts.source, desk["example"], *pictures]
    showing = {"fn": desk.handler(handlers.show), "inputs": [*desk.inputs, parts.source], "outputs": pictures, **LIVE}
    # After the translation is on the page, so that nobody waits for it.
    finishing = {
        "fn": spoken(handlers.finish),
        "inputs": parts.result,
        "outputs": [parts.remark, parts.cycle],
        **TURN,
        **QUIET,
    }
    describing = {
        "fn": desk.handler(handlers.describe),
        "inputs": [*desk.inputs, parts.source],
        "outputs": [*described, parts.source, desk["example"], parts.image],
        **LAST,
        **QUIET,
    }

    def follow(event: Dependency) -> None:
        """After `event`, which brought another picture, direction or model, the translation and what it leads to."""
        event.success(**showing).success(**finishing).success(**desk.link)

    pen = f"() => {{ for (const id of {json.dumps(parts.editors)}) window.explorer.pickBrush(id, 1); }}"
    arrive = partial(handlers.arrive, desk=desk, palettes=len(parts.palettes))
    arriving = [*desk.inputs, *about_model, parts.source, *pictures, *parts.palettes, parts.image]
    desk.on_arrival(page, arrive, arriving, [parts.source]).then(None, js=pen, api_visibility="private")
    receiving = desk.handler(handlers.receive), [*desk.inputs, parts.image], [*given, parts.examples]
    taken = parts.image.input(*receiving, preprocess=False, **LIVE)
    in_hand = desk.on_take(page, parts.take, handlers.take, [], [*given, parts.examples, parts.image])
    for event in (taken, in_hand):
        event.success(**finishing).success(**desk.link)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, parts.image, **QUIET)
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (desk["model"].input, desk["direction"].input, added.success):
        follow(event(**describing))
    desk["side"].input(**showing).success(**finishing).success(**desk.link)
    chosen = desk.picked(handlers.choose), desk.inputs, [parts.source, desk["example"], parts.image, *pictures]
    parts.examples.select(*chosen, **LIVE).success(**finishing).success(**desk.link)
    pairing = {"fn": desk.handler(handlers.pair), "inputs": desk.inputs, "outputs": parts.digits, **LIVE}
    desk["seed"].input(**pairing).success(**desk.link)
    controls.on_roll(parts.dice, desk["seed"]).success(**pairing).success(**desk.link)
    for easel in parts.easels:
        painting = desk.handler(partial(handlers.paint, easel)), [*desk.inputs, easel.editor]
        painted = easel.editor.change(
            *painting, [desk["model"], *described, *given, parts.image], preprocess=False, js=easel.filter, **LIVE
        )
        painted.success(**finishing).success(**desk.link)
    _wire_batch(desk, parts, handlers)
    controls.on_save(parts.png, spoken(handlers.save_png), [parts.result], parts.download)


def _wire_batch(desk: Controls[TranslateView], parts: Layout, handlers: Handlers) -> None:
    batch = parts.batch
    many = {
        "fn": desk.stream(handlers.translate_many),
        "inputs": [*desk.inputs, batch.files],
        "outputs": [batch.outcome, batch.gallery, batch.note, batch.made],
    }
    for event in (batch.files.upload, batch.again.click):
        event(**many, preprocess=False, **LIVE)
    controls.on_save(batch.archive, spoken(handlers.save_zip), [batch.made], parts.download)


TAB = Tab(
    id="translate",
    name="translate_tab",
    tasks=(work.TASK,),
    group="transform",
    place=55,
    build=build,
    scene="model=cyclegan-horse2zebra&example=horse2zebra-a-1.jpg#translate-slider",
    serves=work.serves,
    takes="picture",
)
