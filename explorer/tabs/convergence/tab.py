"""The tab *Convergence*: along a training, with a measure that says how far it is, and the auto-encoder behind it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.latent.point import Point
from explorer.models.choice import Choice, title
from explorer.page import controls, html
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, PRIVATE, QUIET, Controls, Visit, spoken
from explorer.pictures import targets
from explorer.pictures.faces import MIDDLE
from explorer.pictures.images import Pixels
from explorer.tabs.convergence import api, view, work
from explorer.tabs.convergence.work import ConvergenceView
from explorer.texts import label, say
from models_zoo import Card

TASKS = ("unconditional",)
FAVOURITE = "began-celeba64"
SCRIPT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own.

    `other` holds what stands beside the generated picture: an uploaded one, or the name of a still.
    """

    agreement: gr.HTML
    own: tuple[gr.Textbox, gr.Button]
    course: gr.HTML
    repeating: gr.Row
    dice: gr.Button
    image: gr.Image
    stills: dict[str, gr.Button]
    repeated: gr.HTML
    about: gr.HTML
    other: gr.State


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, TASKS, FAVOURITE, "no_course", work.tells)
    desk = Controls(TAB.id, ConvergenceView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[ConvergenceView]) -> Layout:
    gr.Markdown(label("convergence_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            agreement = gr.HTML(elem_id="convergence-agreement", apply_default_css=False)
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                own = controls.own_checkpoint(page.public, "convergence-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            course = gr.HTML(
                view.blank(), js_on_load=SCRIPT, elem_id="convergence-course", apply_default_css=False
            )  # fmt: skip
    with gr.Row(elem_classes="workbench", visible=False) as repeating:
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            dice, image, stills = _what_to_repeat(desk)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            repeated = gr.HTML(elem_id="convergence-repeated", apply_default_css=False)
    controls.explanation("convergence_explain_text")
    about = gr.HTML(elem_id="convergence-about", apply_default_css=False)
    return Layout(agreement, own, course, repeating, dice, image, stills, repeated, about, gr.State(work.STILLS[0]))


def _what_to_repeat(desk: Controls[ConvergenceView]) -> tuple[gr.Button, gr.Image, dict[str, gr.Button]]:
    """The button that rolls a seed, the upload, and the button of each still."""
    gr.Markdown(label("convergence_repeat_heading"), elem_classes="section-title")
    gr.Markdown(label("convergence_repeat_lead"), elem_classes="quiet")
    with gr.Row(elem_classes="phone-pair"):
        seed = gr.Number(desk.default("seed"), label=label("key_seed"), min_width=80, elem_id="convergence-seed")
        desk.add("seed", seed)
        dice = gr.Button(label("directions_dice"), variant="primary", elem_id="convergence-dice", elem_classes="dice")
    image = controls.upload("convergence-upload")
    with gr.Row(elem_classes="saving"):
        stills = {
            kind: gr.Button(label(f"convergence_{kind}"), size="sm", elem_id=f"convergence-{kind}")
            for kind in work.STILLS
        }
    return dice, image, stills


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice

    def repeat(self, visit: Visit[ConvergenceView], other: str | Pixels) -> str:
        """A generated picture and `other`, repeated by the model's auto-encoder; empty if it has none."""
        store, card, language = self.choice.store, visit.card, visit.spoken
        if not work.repeats(store, card):
            return ""
        seed = visit.view.seed
        name = say(f"convergence_{other}" if isinstance(other, str) else "invert_upload", language)
        beside = work.still(other, card) if isinstance(other, str) else other
        drawn = targets.draw(store, Point(card.id, seed))
        shown = [
            (say("tile", language, seed=seed), "L(G(z))", work.repeat(store, card, drawn, language)),
            (name, "L(x)", work.repeat(store, card, beside, language)),
        ]
        return view.repeated(card, shown, language)

    def describe(self, language: str, model: Any) -> tuple[Any, ...]:
        """What depends on the model alone."""
        return self._described(self.choice.known(model, language), None, language)

    def receive(self, language: str, model: Any, image: Any) -> Any:
        """An uploaded picture, cut to the model's size."""
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        card, picture = self.choice.known(model, language), controls.received(image, language)
        square = controls.placed(card, picture, "face_none_middle", language)
        return targets.target(self.choice.store, picture, card, square or MIDDLE, language)

    def arrive(
        self, visit: Visit[ConvergenceView], other: str | Pixels, desk: Controls[ConvergenceView]
    ) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come; who comes back has the same picture repeated if it fits the model."""
        if not isinstance(other, str) and other.shape[1] != visit.card.image_size:
            other = work.STILLS[0]
        values = desk.values(visit.view, model=self.choice.dropdown(visit.card.id, visit.spoken))
        described = self._described(visit.card, visit.view.step, visit.spoken)
        return *values, *described, other, self.repeat(visit, other)

    def _described(self, card: Card, step: int | None, language: str) -> tuple[Any, ...]:
        """The course of a model's training, how its measures agree, whether its discriminator repeats pictures, and its card."""
        shown = work.told(card)
        rest = {name: curve for name, curve in card.curves.items() if name not in shown}
        return (
            view.course(card, step, language),
            view.agreement(card, language),
            gr.Row(visible=work.repeats(self.choice.store, card)),
            html.model_card(dataclasses.replace(card, curves=rest), title(card, language), language),
        )


def _wire(page: Page, desk: Controls[ConvergenceView], parts: Layout, handlers: Handlers) -> None:
    described = [parts.course, parts.agreement, parts.repeating, parts.about]
    repeating = {
        "fn": desk.live(handlers.repeat),
        "inputs": [*desk.inputs, parts.other],
        "outputs": parts.repeated,
        **LIVE,
    }
    arriving = [*desk.inputs, *described, parts.other, parts.repeated]
    desk.on_arrival(page, partial(handlers.arrive, desk=desk), arriving, [parts.other])
    desk["seed"].input(**repeating).success(**desk.link)
    controls.on_roll(parts.dice, desk["seed"]).success(**repeating).success(**desk.link)
    describing = {"fn": spoken(handlers.describe), "inputs": desk["model"], "outputs": described, **PRIVATE}
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (desk["model"].input(**describing, **LAST), added.success(**describing)):
        # The other model may want pictures of another size.
        again = event.success(lambda: (work.STILLS[0], None), None, [parts.other, parts.image], **QUIET)
        again.success(**repeating).success(**desk.link)
    taken = parts.image.input(
        spoken(handlers.receive), [desk["model"], parts.image], parts.other, preprocess=False, **LAST, **QUIET
    )
    taken.success(**repeating)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, parts.image, **QUIET)
    for kind, button in parts.stills.items():
        # The still takes the place of the visitor's own picture.
        button.click(lambda kind=kind: (kind, None), None, [parts.other, parts.image], **QUIET).success(**repeating)


TAB = Tab(
    id="convergence",
    name="convergence_tab",
    tasks=TASKS,
    group="understand",
    place=85,
    build=build,
    scene="model=began-celeba64#convergence-course",
    serves=work.tells,
)
