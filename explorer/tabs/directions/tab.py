"""The tab *Directions*: sliders that move a picture's latent vector where a face smiles, or where pictures vary most."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypedDict

import gradio as gr
from gradio.events import Dependency

from explorer.latent import latents
from explorer.latent import point as points
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, PRIVATE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.directions import view as steering_html
from explorer.tabs.directions import work as steering
from explorer.tabs.directions.work import Steered
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints
from models_zoo import Card
from models_zoo.directions import Direction
from models_zoo.texts import in_language

TASKS = ("unconditional",)
FAVOURITE = "dcgan-celeba64"
SLOTS = {"attribute": 6, "principal": 10}
"""Sliders that the page has for each kind of direction."""
DEFAULTS = {"seed": 7, "truncation": 1.0, "move": ""}
LINK_JS = """(model, seed, truncation, move) => {
    if (seed === null) return;
    window.explorer.view('directions', {model, seed, truncation, move});
}"""


class Moved(TypedDict):
    """A picture before and after moving (PNG), the vector moved to, and the names of all the model's directions."""

    before: RemoteFile
    after: RemoteFile
    z: list[float]
    directions: list[str]


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task")

    gr.Markdown(label("directions_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(
                    DEFAULTS["seed"], label=label("key_seed"), precision=0, min_width=80, elem_id="directions-seed"
                )
                dice = gr.Button(
                    label("directions_dice"), variant="primary", elem_id="directions-dice", elem_classes="dice"
                )
            start = gr.Dropdown([], label=label("directions_start"), filterable=False, visible=False)
            attributes = _sliders("attribute")
            with gr.Accordion(label("directions_principal"), open=False, elem_classes="own") as principal_box:
                principal = _sliders("principal")
            reset = gr.Button(label("directions_reset"), size="sm", elem_id="directions-reset")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                truncation = parts.truncation_slider(DEFAULTS["truncation"])
                own, own_button = parts.own_checkpoint(page.public, "directions-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            view = gr.HTML(steering_html.blank(), elem_id="directions-view", apply_default_css=False)
            way = gr.HTML(elem_id="directions-strip", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="directions-png")
                gif = gr.Button(label("save_gif"), size="sm", elem_id="directions-gif")
            with gr.Row(elem_classes="key-adding"):
                keep_name = gr.Textbox(
                    label=label("keep_name"), max_lines=1, min_width=120, elem_id="directions-keep-name"
                )
                keep = gr.Button(label("keep_button"), size="sm", elem_id="directions-keep")
    parts.explanation("directions_explain_text")
    about = gr.HTML(elem_id="directions-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # What the link holds of the sliders, and the name of the direction that the strip shows.
    linked, last = (gr.Textbox("", visible="hidden") for _ in range(2))

    sliders = [*attributes, *principal]
    settings = [model, seed, start, page.kept, truncation]
    shown = [view, way, linked, last]
    laid_out = [*sliders, principal_box, about]
    for_toast = complaints(html.escape)

    @for_toast
    def show(request: gr.Request, model, seed, start, kept, truncation, last, *amounts):
        if seed is None:
            # The field is empty for a moment while somebody types another number.
            return gr.skip()
        return _show(choice, model, seed, start, kept, truncation, amounts, last, language(request))

    def turned(place):
        """The event's function of the slider at that place, whose direction the strip is to show."""

        @for_toast
        def turn(request: gr.Request, model, seed, start, kept, truncation, *amounts):
            spoken = language(request)
            if seed is None:
                return gr.skip()
            direction = _slots(choice.known(model, spoken))[place]
            name = direction.name if direction else ""
            return _show(choice, model, seed, start, kept, truncation, amounts, name, spoken)

        return turn

    @for_toast
    def lay_out(model, kept, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        return *_lay_out(card, {}, spoken), _offer(card, kept, spoken)

    def offer(model, kept, start, request: gr.Request):
        return _offer(store.card(model), kept, language(request), start)

    @for_toast
    def save_png(request: gr.Request, model, seed, start, kept, truncation, *amounts):
        card, moved = _moved(choice, model, seed, start, kept, truncation, amounts, language(request))
        (picture,) = images.png(images.enlarge(moved.after, images.FILM_SIZE))
        return files.write({f"{file_name(card.id)}-moved.png": picture})[0]["path"]

    @for_toast
    def save_gif(request: gr.Request, model, seed, start, kept, truncation, last, *amounts):
        spoken = language(request)
        card, *wanted = _wanted(choice, model, seed, start, kept, truncation, amounts, spoken)
        frames = steering.strip(store, card, *wanted, last)
        film = images.enlarge(frames[[*range(len(frames)), *range(len(frames) - 2, 0, -1)]], images.FILM_SIZE)
        return files.write({f"{file_name(card.id)}-{file_name(last)}.gif": images.gif(film, 120)})[0]["path"]

    @for_toast
    def keep_point(request: gr.Request, name, model, seed, start, kept, truncation, *amounts):
        spoken = language(request)
        card, moved = _moved(choice, model, seed, start, kept, truncation, amounts, spoken)
        name = checks.name(name, [point.name for point in points.of_model(kept, card.id)], spoken)
        gr.Info(say("kept_done", spoken, name=html.escape(name)))
        return points.keep(kept, Point(card.id, z=moved.z, name=name)), ""

    def arrive(request: gr.Request):
        spoken = language(request)
        values, amounts = _restore(choice, page, request, spoken)
        card = choice.known(values["model"], spoken)
        given = [amounts.get(direction.name, 0) if direction else 0 for direction in _slots(card)]
        first = next((name for name in amounts if amounts[name]), "")
        return (
            choice.dropdown(card.id, spoken),
            values["seed"],
            values["truncation"],
            *_lay_out(card, amounts, spoken),
            *_show(choice, card.id, values["seed"], None, [], values["truncation"], given, first, spoken),
        )

    link = {"fn": None, "inputs": [model, seed, truncation, linked], "js": LINK_JS, "api_visibility": "private"}
    showing = {"fn": show, "inputs": [*settings, last, *sliders], "outputs": shown, **LIVE}

    def follow(event: Dependency) -> None:
        event.success(**showing).then(**link)

    for event in parts.on_arrival(page, TAB.id, arrive, [model, seed, truncation, *laid_out, *shown]):
        event.then(**link)
    for control in (seed, start, truncation):
        control.input(**showing).then(**link)
    follow(dice.click(latents.roll, None, seed, **QUIET))
    follow(reset.click(lambda: [0] * len(sliders), None, sliders, **QUIET))
    for event in (
        model.input(lay_out, [model, page.kept], [*laid_out, start], **LAST, **QUIET),
        *(
            added.success(lay_out, [model, page.kept], [*laid_out, start], **QUIET)
            for added in parts.on_own_checkpoint(page, choice, own, own_button, model)
        ),
    ):
        follow(event)
    page.kept.change(offer, [model, page.kept, start], start, **QUIET)
    for place, slider in enumerate(sliders):
        for event in (slider.input, slider.release):
            event(turned(place), [*settings, *sliders], shown, **LIVE).then(**link)
    parts.on_save(png, save_png, [*settings, *sliders], download)
    parts.on_save(gif, save_gif, [*settings, last, *sliders], download)
    for event in (keep.click, keep_name.submit):
        event(
            keep_point,
            [keep_name, *settings, *sliders],
            [page.kept, keep_name],
            show_progress="hidden",
            **PRIVATE,
        )
    _publish(choice)


def _publish(choice: Choice) -> None:
    @complaints()
    def directions(
        model: str,
        amounts: dict[str, float] = {},  # noqa: B006 - programs see this default, and nothing changes it
        seed: int = 0,
        z: list[float] = [],  # noqa: B006
        truncation: float = 1.0,
    ) -> Moved:
        """Move a picture along named directions of a GAN's latent space, such as "Smiling", and see what becomes of it.

        Args:
            model: The id of a model whose task is "unconditional" and that has directions, as dcgan-celeba64 does.
            amounts: How far along each direction, by its name, -2 to 2; 1 and -1 are the ends of the page's slider.
                Empty to move nowhere; the answer names all directions.
            seed: The seed of the picture to start from, 0 to 4294967295.
            z: A latent vector to start from instead of a seed, as the model's latent_size numbers from -100 to 100.
            truncation: 0 to 1; below 1 the picture of a seed is more typical. A vector is taken as it is.
        """
        card = choice.known(model)
        found = _directions(card, "en")
        names = [direction.name for direction in found]
        asked = checks.amounts(amounts, names)
        scale = checks.truncation(truncation)
        if z == []:
            start = Point(seed=checks.seed(seed), truncation=scale)
        else:
            start = Point(card.id, z=checks.latent(z, card.latent_size))
        moved = steering.steer(choice.store, card, start, asked)
        pictures = images.png(moved.before) + images.png(moved.after)
        before, after = files.write(
            dict(zip((f"{file_name(model)}-before.png", f"{file_name(model)}-after.png"), pictures, strict=True))
        )
        return Moved(before=before, after=after, z=list(moved.z), directions=names)

    gr.api(directions, api_name="directions", queue=False)


def _sliders(kind: str) -> list[gr.Slider]:
    return [
        gr.Slider(-1, 1, 0, step=0.05, label="", visible=False, buttons=["reset"], elem_id=f"{kind}-{place}")
        for place in range(SLOTS[kind])
    ]


def _directions(card: Card, spoken: str) -> Sequence[Direction]:
    """The directions of a model; raises `UserError` where it has none."""
    found = steering.of_model(card)
    if not found:
        raise UserError(say("no_directions", spoken, model=card.id))
    return found


def _slots(card: Card) -> list[Direction | None]:
    """The direction of each slider, None for those that this model leaves unused."""
    slots: list[Direction | None] = []
    for kind, count in SLOTS.items():
        found = [direction for direction in steering.of_model(card) if direction.kind == kind][:count]
        slots += [*found, *[None] * (count - len(found))]
    return slots


def _lay_out(card: Card, amounts: dict[str, float], spoken: str) -> tuple:
    """Sliders with their names, whether there are principal ones, and the card."""
    slots = _slots(card)
    sliders = [
        gr.Slider(label=in_language(d.title, spoken) or d.name, value=amounts.get(d.name, 0), visible=True)
        if d
        else gr.Slider(value=0, visible=False)
        for d in slots
    ]
    principal = any(d and d.kind == "principal" for d in slots)
    # Where there is nothing else to move, the box must not hide it.
    alone = not any(d and d.kind == "attribute" for d in slots)
    return (
        *sliders,
        gr.Accordion(visible=principal, open=alone),
        html.model_card(card, title(card, spoken), spoken),
    )


def _offer(card: Card, kept: list[Point], spoken: str, start: str | None = "") -> gr.Dropdown:
    """The seed, and the kept points of a model, to start from: still from `start` if that is among them."""
    names = [point.name for point in points.of_model(kept, card.id)]
    choices = [(say("directions_from_seed", spoken), ""), *((name, name) for name in names)]
    return gr.Dropdown(choices=choices, value=start if start in names else "", visible=bool(names))


def _wanted(
    choice: Choice,
    model: str,
    seed: int,
    start: str | None,
    kept: list[Point],
    truncation: float,
    amounts: Sequence[float],
    spoken: str,
) -> tuple[Card, Point, dict[str, float]]:
    """The model, what to start from, and how far to go along each direction."""
    card = choice.known(model, spoken)
    by_name = {d.name: amount for d, amount in zip(_slots(card), amounts, strict=True) if d and amount}
    begin: Point | None = Point(seed=checks.seed(seed, spoken), truncation=checks.truncation(truncation, spoken))
    if start:
        begin = points.named(kept, card.id, start)
        if begin is None:
            raise UserError(say("point_unknown", spoken))
    names = [d.name for d in _directions(card, spoken)]
    return card, begin, checks.amounts(by_name, names, spoken)


def _moved(choice: Choice, *wanted: Any) -> tuple[Card, Steered]:
    card, *checked = _wanted(choice, *wanted)
    return card, steering.steer(choice.store, card, *checked)


def _show(
    choice: Choice,
    model: str,
    seed: int,
    start: str | None,
    kept: list[Point],
    truncation: float,
    amounts: Sequence[float],
    last: str,
    spoken: str,
) -> tuple[str, str, str, str]:
    """Both pictures with what the judge reads in them, the strip, the sliders for the link, and the strip's direction."""
    card, begin, by_name = _wanted(choice, model, seed, start, kept, truncation, amounts, spoken)
    found = {direction.name: direction for direction in _directions(card, spoken)}
    last = last if last in found else next(iter(found))
    moved = steering.steer(choice.store, card, begin, by_name)
    frames = steering.strip(choice.store, card, begin, by_name, last)
    name = begin.title(spoken)
    return (
        steering_html.view(card, moved, found, name, spoken),
        steering_html.strip(frames, found[last], by_name.get(last, 0), spoken),
        ",".join(f"{name}:{amount:g}" for name, amount in by_name.items()),
        last,
    )


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> tuple[dict[str, Any], dict[str, float]]:
    """What the link asks for, as far as it can be had, and how far each slider stands."""
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "seed": checks.seed,
        "truncation": checks.truncation,
    }
    values, bad, _ = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    amounts = {}
    if values["move"]:
        names = [d.name for d in _slots(choice.known(values["model"], spoken)) if d]
        moves = [re.fullmatch(r"(\w{1,40}):(-?[01](?:\.[0-9]{1,4})?)", part) for part in values["move"].split(",")]
        if all(match and match[1] in names and abs(float(match[2])) <= 1 for match in moves):
            amounts = {match[1]: float(match[2]) for match in moves}
        else:
            bad.add("move")
    parts.warn_of_link(bad, spoken)
    return values, amounts


TAB = Tab(id="directions", name="directions_tab", tasks=TASKS, place=40, build=build)
