"""The tab *Sentences*: a translator before and after its game with a judge, your own translation, and a quiz."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.models.choice import Choice, title
from explorer.page import controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, QUIET, Controls, Visit, warn_of_link
from explorer.tabs.sentences import api, known, quiz, view, work
from explorer.tabs.sentences.quiz import Tally
from explorer.tabs.sentences.work import SentencesView
from explorer.texts import label
from explorer.texts.errors import UserError
from models_zoo import Card, ZooError

FAVOURITE = "seq2seq-gan-en-ko"
SCRIPT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    go: gr.Button
    examples: gr.HTML
    dice: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    shown: list[gr.HTML]
    ask: gr.Button
    ranking: gr.HTML
    quiz: gr.HTML
    next: gr.Button
    tally: gr.State
    about: gr.HTML


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    choice = Choice(page.store, (work.TASK,), FAVOURITE, "wrong_task_sentences", known.serves)
    desk = Controls(TAB.id, SentencesView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[SentencesView]) -> Layout:
    gr.Markdown(label("sentences_lead"), elem_classes="lead")
    with gr.Column(elem_classes="card words-saying"):
        go = _field(desk, "sentence", "sentences_go", "primary", label("sentences_sentence_info"))
        chips = view.chips(known.EVERYDAY, "en", "en")
        examples = gr.HTML(chips, js_on_load=SCRIPT, elem_id="sentences-examples", apply_default_css=False)
        dice = gr.Button(label("sentences_dice"), size="sm", elem_id="sentences-dice", elem_classes="save")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            own = _settings(page, desk)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            best = gr.HTML(view.blank(), elem_id="sentences-best", apply_default_css=False)
    with gr.Column(elem_classes="card"):
        _heading("beams")
        beams = gr.HTML(elem_id="sentences-beams", apply_default_css=False)
    with gr.Column(elem_classes="card"):
        _heading("attention")
        attention = gr.HTML(elem_id="sentences-attention", apply_default_css=False)
    with gr.Column(elem_classes="card"):
        _heading("yours")
        ask = _field(desk, "yours", "sentences_ask", "secondary")
        ranking = gr.HTML(elem_id="sentences-ranking", apply_default_css=False)
    with gr.Column(elem_classes="card"):
        _heading("quiz")
        stages = [(label(f"sentences_{stage}"), stage) for stage in work.STAGES]
        against = gr.Radio(
            stages, value=desk.default("opponent"), label=label("sentences_opponent"), elem_id="sentences-opponent"
        )
        desk.add("opponent", against)
        desk.add("question", gr.Number(desk.default("question"), visible="hidden"))
        asked = gr.HTML(js_on_load=SCRIPT, elem_id="sentences-quiz", apply_default_css=False)
        following = gr.Button(label("sentences_next"), size="sm", elem_id="sentences-next", elem_classes="save")
    controls.explanation("sentences_explain_text")
    about = gr.HTML(elem_id="sentences-about", apply_default_css=False)
    shown = [best, beams, attention]
    return Layout(go, examples, dice, own, shown, ask, ranking, asked, following, gr.State(Tally()), about)


def _heading(part: str) -> None:
    gr.Markdown(label(f"sentences_{part}_heading"), elem_classes="section-title")
    gr.Markdown(label(f"sentences_{part}_lead"), elem_classes="quiet")


def _field(desk: Controls[SentencesView], name: str, button: str, variant: str, info: Any = None) -> gr.Button:
    """A field for a text of the view, and the button beside it."""
    with gr.Row(elem_classes="key-adding"):
        field = gr.Textbox(
            desk.default(name),
            label=label(f"sentences_{name}"),
            info=info,
            max_lines=3,
            min_width=120,
            elem_id=f"sentences-{name}",
        )
        desk.add(name, field)
        return gr.Button(label(button), variant=variant, elem_id=f"{button.replace('_', '-')}")


def _settings(page: Page, desk: Controls[SentencesView]) -> tuple[gr.Textbox, gr.Button]:
    desk.add("model", controls.model_dropdown(desk.choice))
    beams = gr.Slider(
        1,
        work.MAX_BEAMS,
        desk.default("beams"),
        step=1,
        label=label("sentences_beams"),
        info=label("sentences_beams_info"),
        buttons=[],
        elem_id="sentences-beams-count",
    )
    desk.add("beams", beams)
    with gr.Accordion(label("more"), open=False, elem_classes="own"):
        warmth = gr.Slider(
            0,
            work.MAX_TEMPERATURE,
            desk.default("temperature"),
            step=0.1,
            label=label("sentences_temperature"),
            info=label("sentences_temperature_info"),
            buttons=[],
            elem_id="sentences-temperature",
        )
        desk.add("temperature", warmth)
        seed = gr.Number(desk.default("seed"), label=label("sentences_seed"), elem_id="sentences-seed")
        desk.add("seed", seed)
        return controls.own_checkpoint(page.public, "sentences-")


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice
    desk: Controls[SentencesView]

    def translate(self, visit: Visit[SentencesView]) -> tuple[Any, ...]:
        """A new sentence's translations; what was translated by hand was another one."""
        return self.show(replace(visit, view=replace(visit.view, yours="")))

    def show(self, visit: Visit[SentencesView]) -> tuple[Any, ...]:
        """The translations, the judge's ranking of yours, and the text of yours."""
        asked, language = visit.view, visit.spoken
        answer = work.translated(self.choice.store, visit.card, asked.sentence, asked.decoding, language)
        parts = (part(answer, language) for part in (view.translations, view.beams, view.attention))
        if not known.plain(asked.yours):
            return *parts, view.waiting(language), ""
        ranked = work.judged(self.choice.store, visit.card, answer, asked.yours, language)
        return *parts, view.ranking(ranked, answer.languages[1], language), asked.yours

    def judge(self, visit: Visit[SentencesView]) -> tuple[Any, ...]:
        """What the judge says of your translation, beside the translations of the very sentence that it saw."""
        work.sentence(visit.view.yours, visit.spoken)
        return self.show(visit)

    def ask(self, visit: Visit[SentencesView], tally: Tally) -> tuple[Any, str]:
        """The question of that number, or the next one that can be asked."""
        asked = visit.view
        found = quiz.question(self.choice.store, visit.card, asked.question, asked.opponent)
        number = found.number if found else asked.question
        return number, view.quiz(found, tally, visit.spoken, asked.opponent)

    def go_on(self, visit: Visit[SentencesView], tally: Tally) -> tuple[Any, str]:
        """The question after the present one."""
        number = visit.view.question % work.MAX_QUESTION + 1
        return self.ask(replace(visit, view=replace(visit.view, question=number)), tally)

    def answer(self, visit: Visit[SentencesView], tally: Tally) -> tuple[Any, Any]:
        """What was right, and the score."""
        asked, picked = visit.view, {"0": 0, "1": 1}.get(str(visit.told("pick")))
        found = quiz.question(self.choice.store, visit.card, asked.question, asked.opponent)
        if picked is None or found is None:
            return gr.skip(), gr.skip()
        tally = tally.counted((visit.card.id, asked.opponent, found.number), found, picked)
        return view.quiz(found, tally, visit.spoken, asked.opponent, picked), tally

    def take(self, visit: Visit[SentencesView]) -> Any:
        """The example that was clicked as the sentence."""
        text = visit.told("pick")
        return text if text in known.usual_sentences(visit.card) else gr.skip()

    def draw(self, visit: Visit[SentencesView]) -> str:
        """A sentence that the models never saw."""
        return known.drawn(visit.card)

    def change(self, visit: Visit[SentencesView]) -> tuple[Any, ...]:
        """What another model brings with it: its card and examples, and one of these where it reads another language."""
        usual = known.usual_sentences(visit.card)
        read = known.reads(known.source_language(visit.card), visit.view.sentence)
        return *self._described(visit.card, visit.spoken), visit.view.sentence if read else usual[0]

    def arrive(self, visit: Visit[SentencesView], tally: Tally) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come; the usual sentence in place of one that this model cannot read."""
        language = visit.spoken
        try:
            shown = self.show(visit)
        except (UserError, ZooError):
            warn_of_link({"sentence"}, language)
            usual = known.usual_sentences(visit.card)[0]
            visit = replace(visit, view=replace(visit.view, sentence=usual, yours=""))
            shown = self.show(visit)
        number, question = self.ask(visit, tally)
        values = self.desk.values(visit.view, model=self.choice.dropdown(visit.card.id, language), question=number)
        return *values, *shown[:-1], question, *self._described(visit.card, language)

    def _described(self, card: Card, language: str) -> tuple[str, str]:
        chips = view.chips(known.usual_sentences(card), known.source_language(card), language)
        return chips, html.model_card(card, title(card, language), language)


def _wire(page: Page, desk: Controls[SentencesView], parts: Layout, handlers: Handlers) -> None:
    described = [parts.examples, parts.about]
    shown = [*parts.shown, parts.ranking, desk["yours"]]
    asking = {"inputs": [*desk.inputs, parts.tally], "outputs": [desk["question"], parts.quiz], **LIVE}
    showing, translating, judging = (
        {"fn": desk.live(fn), "inputs": desk.inputs, "outputs": shown, **LIVE}
        for fn in (handlers.show, handlers.translate, handlers.judge)
    )

    arriving = [*desk.inputs, *parts.shown, parts.ranking, parts.quiz, *described]
    desk.on_arrival(page, handlers.arrive, arriving, [parts.tally])
    for event in (parts.go.click, desk["sentence"].submit):
        event(**translating).success(**desk.link)
    for event in (parts.ask.click, desk["yours"].submit):
        event(**judging).success(**desk.link)
    for control in desk.pick("beams", "temperature", "seed"):
        control.input(**showing).success(**desk.link)
    taken = parts.examples.select(desk.picked(handlers.take), desk.inputs, desk["sentence"], **LAST, **QUIET)
    drawn = parts.dice.click(desk.handler(handlers.draw), desk.inputs, desk["sentence"], **LAST, **QUIET)
    for event in (taken, drawn):
        event.success(**translating).success(**desk.link)

    changed = {"fn": desk.handler(handlers.change), "inputs": desk.inputs, "outputs": [*described, desk["sentence"]]}
    events = [desk["model"].input(**changed, **LAST, **QUIET)]
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    events.append(added.success(**changed, **QUIET))
    for event in events:
        event.success(**translating).success(fn=desk.live(handlers.ask), **asking).success(**desk.link)

    desk["opponent"].input(fn=desk.live(handlers.ask), **asking).success(**desk.link)
    parts.next.click(fn=desk.live(handlers.go_on), **asking).success(**desk.link)
    answering = {"inputs": [*desk.inputs, parts.tally], "outputs": [parts.quiz, parts.tally], **LIVE}
    parts.quiz.select(desk.picked(handlers.answer), **answering)


TAB = Tab(
    id="sentences",
    name="sentences_tab",
    tasks=(work.TASK,),
    group="transform",
    place=57,
    build=build,
    serves=known.serves,
)
