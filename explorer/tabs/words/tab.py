"""The tab *Words*: a sentence in, pictures of both stages out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.models.choice import Choice, file_name, title
from explorer.page import controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, QUIET, Controls, Visit, spoken
from explorer.pictures import files, images
from explorer.tabs.words import api, view, work
from explorer.tabs.words.work import WordsView
from explorer.texts import label, say
from models_zoo import Card

FAVOURITE = "stackgan-birds"
SCRIPT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    draw: gr.Button
    examples: gr.HTML
    dice: gr.Button
    known: gr.HTML
    own: tuple[gr.Textbox, gr.Button]
    pictures: gr.HTML
    reading: gr.HTML
    png: gr.Button
    go: gr.Button
    way: gr.HTML
    gif: gr.Button
    strip: gr.Button
    about: gr.HTML
    download: gr.File


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, (work.TASK,), FAVOURITE, "wrong_task_words")
    desk = Controls(TAB.id, WordsView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[WordsView]) -> Layout:
    gr.Markdown(label("words_lead"), elem_classes="lead")
    with gr.Column(elem_classes="card words-saying"):
        with gr.Row(elem_classes="key-adding"):
            field = gr.Textbox(
                desk.default("sentence"),
                label=label("words_sentence"),
                info=label("words_sentence_info"),
                max_lines=4,
                min_width=120,
                elem_id="words-sentence",
            )
            desk.add("sentence", field)
            draw = gr.Button(label("words_draw"), variant="primary", elem_id="words-draw")
        chips = view.chips(work.BIRDS, say("words_examples", "en"))
        examples = gr.HTML(chips, js_on_load=SCRIPT, elem_id="words-examples", apply_default_css=False)
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(desk.default("seed"), label=label("seed"), min_width=80, elem_id="words-seed")
                desk.add("seed", seed)
                dice = gr.Button(label("dice"), elem_id="words-dice", elem_classes="dice")
            with gr.Accordion(label("words_known"), open=False, elem_classes="own"):
                known = gr.HTML(js_on_load=SCRIPT, elem_id="words-known", apply_default_css=False)
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                desk.add("truncation", controls.truncation_slider(desk.default("truncation")))
                own = controls.own_checkpoint(page.public, "words-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            pictures = gr.HTML(view.blank(), elem_id="words-pictures", apply_default_css=False)
            reading = gr.HTML(elem_id="words-reading", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="words-png")
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("words_walk_heading"), elem_classes="section-title")
        gr.Markdown(label("words_walk_lead"), elem_classes="quiet")
        with gr.Row(elem_classes="key-adding"):
            to = gr.Textbox(desk.default("to"), label=label("words_to"), max_lines=2, min_width=120, elem_id="words-to")
            desk.add("to", to)
            go = gr.Button(label("words_walk"), size="sm", elem_id="words-walk")
        way = gr.HTML(elem_id="words-strip", apply_default_css=False)
        with gr.Row(elem_classes="saving"):
            gif = gr.Button(label("save_gif"), size="sm", elem_id="words-gif")
            strip = gr.Button(label("save_strip"), size="sm", elem_id="words-strip-png")
    controls.explanation("words_explain_text")
    about = gr.HTML(elem_id="words-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    return Layout(draw, examples, dice, known, own, pictures, reading, png, go, way, gif, strip, about, download)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice
    desk: Controls[WordsView]

    def show(self, visit: Visit[WordsView]) -> Iterator[tuple[str, str]]:
        """The pictures of the sentence, and how it was read; the pictures again when they are compared with enlarged ones."""
        text = work.sentence(visit.view.sentence, visit.spoken)
        reading = view.reading(work.read(self.choice.store, visit.card, text), visit.spoken)
        drawn = self._drawn(visit)
        yield view.pictures(text, drawn, visit.spoken), reading
        if drawn.upscaler:
            yield view.pictures(text, work.compared(self.choice.store, drawn), visit.spoken), reading

    def walk(self, visit: Visit[WordsView]) -> str:
        """The way to the other sentence."""
        pixels, where = self._walked(visit, work.FRAMES)
        return view.strip(pixels, where, _ends(visit), visit.spoken)

    def describe(self, language: str, model: Any) -> tuple[str, str, str]:
        """The words that a model knows best, its card, and sentences to begin with."""
        return self._described(self.choice.known(model, language), language)

    def take(self, visit: Visit[WordsView]) -> Any:
        """The example that was clicked as the sentence."""
        text = visit.told("text")
        return text if text in work.examples(visit.card) else gr.skip()

    def add(self, visit: Visit[WordsView]) -> Any:
        """The sentence with the word that was clicked."""
        word = visit.told("text")
        if word not in work.best_known(self.choice.store, visit.card):
            return gr.skip()
        return f"{visit.view.sentence or ''} {word}".strip()

    def save_png(self, visit: Visit[WordsView]) -> str:
        """All pictures on one sheet."""
        (picture,) = images.png(work.sheet(work.compared(self.choice.store, self._drawn(visit))))
        return files.saved(f"{file_name(visit.card.id)}-seed-{visit.view.seed}.png", picture)

    def save_gif(self, visit: Visit[WordsView]) -> str:
        """The way to the other sentence and back as a film."""
        pixels, _ = self._walked(visit, work.FILM)
        there_and_back = [*range(len(pixels)), *range(len(pixels) - 2, 0, -1)]
        film = images.enlarge(pixels[there_and_back], images.FILM_SIZE)
        return files.saved(f"{file_name(visit.card.id)}-words.gif", images.gif(film, 60))

    def save_strip(self, visit: Visit[WordsView]) -> str:
        """The way to the other sentence side by side."""
        pixels, _ = self._walked(visit, work.FRAMES)
        (picture,) = images.png(images.sheet(pixels, len(pixels)))
        return files.saved(f"{file_name(visit.card.id)}-words.png", picture)

    def arrive(self, visit: Visit[WordsView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come."""
        language = visit.spoken
        return (
            *self.desk.values(visit.view, model=self.choice.dropdown(visit.card.id, language)),
            *list(self.show(visit))[-1],
            self.walk(visit),
            *self._described(visit.card, language),
        )

    def _drawn(self, visit: Visit[WordsView]) -> work.Drawn:
        text, seeds = work.sentence(visit.view.sentence, visit.spoken), work.seeds_from(visit.view.seed)
        return work.draw(self.choice.store, visit.card, text, seeds, visit.view.truncation)

    def _walked(self, visit: Visit[WordsView], count: int) -> tuple[images.Pixels, list[float]]:
        asked = visit.view
        return work.walk(self.choice.store, visit.card, _ends(visit), asked.seed, asked.truncation, count)

    def _described(self, card: Card, language: str) -> tuple[str, str, str]:
        known = view.known(work.best_known(self.choice.store, card), work.plain(card), language)
        chips = view.chips(work.examples(card), say("words_examples", language))
        return known, html.model_card(card, title(card, language), language), chips


def _ends(visit: Visit[WordsView]) -> tuple[str, str]:
    """Both sentences; raises `UserError` where one is none."""
    return work.sentence(visit.view.sentence, visit.spoken), work.sentence(visit.view.to, visit.spoken)


def _wire(page: Page, desk: Controls[WordsView], parts: Layout, handlers: Handlers) -> None:
    shown, described = [parts.pictures, parts.reading], [parts.known, parts.about, parts.examples]
    showing = {"fn": desk.stream(handlers.show, skip_empty=True), "inputs": desk.inputs, "outputs": shown, **LIVE}
    walking = {"fn": desk.live(handlers.walk), "inputs": desk.inputs, "outputs": parts.way, **LIVE}
    describing = {"fn": spoken(handlers.describe), "inputs": desk["model"], "outputs": described}

    def follow(event: Any) -> None:
        event.success(**showing).success(**walking).success(**desk.link)

    desk.on_arrival(page, handlers.arrive, [*desk.inputs, *shown, parts.way, *described])
    fields = desk.pick("seed", "truncation", "model")
    for event in (parts.draw.click, desk["sentence"].submit, *(field.input for field in fields)):
        event(**showing).success(**walking).success(**desk.link)
    for event in (parts.go.click, desk["to"].submit):
        event(**walking).success(**desk.link)
    follow(controls.on_roll(parts.dice, desk["seed"]))
    for chips, handler in ((parts.examples, handlers.take), (parts.known, handlers.add)):
        follow(chips.select(desk.picked(handler), desk.inputs, desk["sentence"], **LAST, **QUIET))
    desk["model"].input(**describing, **LAST, **QUIET)
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    follow(added)
    added.success(**describing, **QUIET)
    for button, save in (
        (parts.png, handlers.save_png),
        (parts.gif, handlers.save_gif),
        (parts.strip, handlers.save_strip),
    ):
        controls.on_save(button, desk.handler(save), desk.inputs, parts.download)


TAB = Tab(
    id="words",
    name="words_tab",
    tasks=(work.TASK,),
    group="draw",
    place=25,
    build=build,
    scene="model=stackgan-birds&sentence=a+red+bird&to=a+blue+bird#words-strip",
)
