"""The tab *Convergence*: along a training, with a measure that says how far it is, and the auto-encoder behind it."""

from __future__ import annotations

import dataclasses
from typing import Any, TypedDict

import gradio as gr

from explorer.latent import latents
from explorer.latent.point import Point
from explorer.models.choice import Choice, title
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, PRIVATE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import targets
from explorer.pictures.faces import MIDDLE
from explorer.pictures.images import Pixels
from explorer.tabs.convergence import view as convergence_html
from explorer.tabs.convergence import work as convergence
from explorer.texts import label, language, say
from explorer.texts.errors import complaints
from models_zoo import Card
from models_zoo.texts import in_language

TASKS = ("unconditional",)
FAVOURITE = "began-celeba64"
MAX_STEP = 10**9
DEFAULTS = {"seed": 7, "step": MAX_STEP}
LINK_JS = """(model, seed) => {
    if (seed === null) return;
    const steps = document.querySelector('#convergence-course input')?.dataset.steps.split(',');
    const step = steps ? Number(steps[document.querySelector('#convergence-course input').value]) : 0;
    window.explorer.view('convergence', {model, seed, step});
}"""


class Curve(TypedDict):
    """A curve over a training: the steps, and by the name of each line its value at every one of them."""

    steps: list[int]
    values: dict[str, list[float]]


def serves(card: Card) -> bool:
    """Whether the card tells the course of its model's training."""
    return bool(convergence.told(card))


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "no_course", serves)

    gr.Markdown(label("convergence_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            agreement = gr.HTML(elem_id="convergence-agreement", apply_default_css=False)
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                own, own_button = parts.own_checkpoint(page.public, "convergence-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            course = gr.HTML(
                convergence_html.blank(),
                js_on_load=convergence_html.COURSE_JS,
                elem_id="convergence-course",
                apply_default_css=False,
            )
    with gr.Row(elem_classes="workbench", visible=False) as repeating:
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            gr.Markdown(label("convergence_repeat_heading"), elem_classes="section-title")
            gr.Markdown(label("convergence_repeat_lead"), elem_classes="quiet")
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(
                    DEFAULTS["seed"], label=label("key_seed"), precision=0, min_width=80, elem_id="convergence-seed"
                )
                dice = gr.Button(
                    label("directions_dice"), variant="primary", elem_id="convergence-dice", elem_classes="dice"
                )
            image = parts.upload("convergence-upload")
            with gr.Row(elem_classes="saving"):
                stills = {
                    kind: gr.Button(label(f"convergence_{kind}"), size="sm", elem_id=f"convergence-{kind}")
                    for kind in convergence.STILLS
                }
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            view = gr.HTML(elem_id="convergence-repeated", apply_default_css=False)
    parts.explanation("convergence_explain_text")
    about = gr.HTML(elem_id="convergence-about", apply_default_css=False)
    # What stands beside the generated picture: an uploaded one, or the name of a still.
    other = gr.State("grey")

    for_toast = complaints(html.escape)

    @for_toast
    def show(model, seed, other, request: gr.Request):
        # The field is empty for a moment while somebody types another number.
        return gr.skip() if seed is None else _repeat(choice, model, seed, other, language(request))

    @for_toast
    def lay_out(model, request: gr.Request):
        return _lay_out(choice, model, None, language(request))

    @for_toast
    def receive(model, image, request: gr.Request):
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        spoken = language(request)
        card, picture = choice.known(model, spoken), parts.received(image, spoken)
        square = parts.placed(card, picture, "face_none_middle", spoken)
        return targets.target(store, picture, card, square or MIDDLE, spoken)

    def arrive(request: gr.Request):
        spoken = language(request)
        check = {
            "model": lambda value: (choice.known(value, spoken), value)[1],
            "seed": checks.seed,
            "step": lambda value: checks.whole(value, 0, MAX_STEP, "step"),
        }
        values, bad, _ = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
        parts.warn_of_link(bad, spoken)
        model = values["model"]
        return (
            choice.dropdown(model, spoken),
            values["seed"],
            *_lay_out(choice, model, values["step"], spoken),
            _repeat(choice, model, values["seed"], "grey", spoken),
        )

    link = {"fn": None, "inputs": [model, seed], "js": LINK_JS, "api_visibility": "private"}
    laid_out = [course, agreement, repeating, about]
    showing = {"fn": show, "inputs": [model, seed, other], "outputs": view, **LIVE}

    for event in parts.on_arrival(page, TAB.id, arrive, [model, seed, *laid_out, view]):
        event.then(**link)
    seed.input(**showing).then(**link)
    dice.click(latents.roll, None, seed, **QUIET).success(**showing).then(**link)
    for event in (
        model.input(lay_out, model, laid_out, **LAST, **PRIVATE),
        *(
            added.success(lay_out, model, laid_out, **PRIVATE)
            for added in parts.on_own_checkpoint(page, choice, own, own_button, model)
        ),
    ):
        # The other model may want pictures of another size.
        event.success(lambda: "grey", None, other, **QUIET).success(**showing).then(**link)
    taken = image.input(receive, [model, image], other, preprocess=False, **LAST, **QUIET)
    taken.success(**showing)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, image, **QUIET)
    for kind, button in stills.items():
        button.click(lambda kind=kind: kind, None, other, **QUIET).success(**showing)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @complaints()
    def training_course(model: str) -> dict[str, Curve]:
        """Tell the course of a GAN's training, such as BEGAN's measure of convergence, M_global, and the kernel distance.

        Args:
            model: The id of a model whose card tells its course, such as "began-celeba64".
        """
        return {
            name: Curve(
                steps=curve["x"]["values"],
                values={in_language(line["label"], "en"): line["values"] for line in curve["series"]},
            )
            for name, curve in convergence.told(choice.known(model)).items()
        }

    gr.api(training_course, api_name="convergence", queue=False)


def _lay_out(choice: Choice, model: str, step: int | None, spoken: str) -> tuple[Any, ...]:
    """The course of a model's training, how its measures agree, whether its discriminator repeats pictures, and its card."""
    card = choice.known(model, spoken)
    shown = convergence.told(card)
    rest = {name: curve for name, curve in card.curves.items() if name not in shown}
    return (
        convergence_html.course(card, step, spoken),
        convergence_html.agreement(card, spoken),
        gr.Row(visible=convergence.repeats(choice.store, card)),
        html.model_card(dataclasses.replace(card, curves=rest), title(card, spoken), spoken),
    )


def _repeat(choice: Choice, model: str, seed: Any, other: str | Pixels, spoken: str) -> str:
    """A generated picture and another one, repeated by the model's auto-encoder; empty if it has none."""
    card = choice.known(model, spoken)
    if not convergence.repeats(choice.store, card):
        return ""
    seed = checks.seed(seed, spoken)
    name = say(f"convergence_{other}" if isinstance(other, str) else "invert_upload", spoken)
    beside = convergence.still(other, card) if isinstance(other, str) else other
    drawn = targets.draw(choice.store, Point(card.id, seed))
    shown = [
        (say("tile", spoken, seed=seed), "L(G(z))", convergence.repeat(choice.store, card, drawn, spoken)),
        (name, "L(x)", convergence.repeat(choice.store, card, beside, spoken)),
    ]
    return convergence_html.repeated(card, shown, spoken)


TAB = Tab(id="convergence", name="convergence_tab", tasks=TASKS, place=85, build=build, serves=serves)
