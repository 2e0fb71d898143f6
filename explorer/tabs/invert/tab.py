"""The tab *Invert*: a picture in, and out comes the latent vector whose picture is nearest, live."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import gradio as gr
from gradio import FileData
from gradio.events import Dependency

from explorer.latent import latents
from explorer.latent.point import Point, keep, of_model
from explorer.models.choice import Choice, file_name, title
from explorer.models.store import ModelStore
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import drawing, faces, files, images, targets
from explorer.pictures.faces import Square
from explorer.pictures.files import RemoteFile
from explorer.pictures.images import Pixels
from explorer.tabs.invert import view as inversion_html
from explorer.tabs.invert import work as inversion
from explorer.tabs.invert.view import Measure
from explorer.tabs.invert.work import METHODS, Progress
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints, shown
from models_zoo import Card

TASKS = ("unconditional", "class-conditional")
FAVOURITE = "gan-mnist"
EVERY = "every"
"""The class's value where all classes are tried."""
DEFAULTS = {"method": "fast", "class": EVERY, "seed": 7, "steps": 200, "seconds": 20, "restarts": 4}
SQUARE_LIMITS = ((0, 1), (0, 1), (0.05, 3))
"""Of the middle across and down, and of the side."""
UPDATE_EVERY = 0.2
"""Seconds between two views of a running search: an eye sees no more, and every view is a message to the browser."""
SEARCH = {"concurrency_id": "inversion", "concurrency_limit": 2}
"""Not in one queue with the other models' events, which a search of many seconds would keep waiting."""
MAX_NAME = 40
LINK_JS = """(model, method, shown, seed, steps, seconds, restarts) => {
    const view = {model, method, class: shown, steps, seconds, restarts};
    window.explorer.view('invert', seed === '' ? view : {...view, seed});
}"""


class Restart(TypedDict):
    """The best of one start: PSNR in dB, and the number of the class, if the model wants one."""

    psnr: float
    label: int | None


class Inversion(TypedDict):
    """Where a search is. `end` is empty while it goes on, then "converged", "steps" or "seconds".

    `error` is the mean squared error of pixels in [0, 1], `psnr` (dB) follows from it; `z` and `label` make the best picture
    again. The files, PNG, come with the last message only, null before: the picture as the model sees it, the best
    reconstruction, and the absolute difference.
    """

    step: int
    seconds: float
    end: str
    psnr: float
    error: float
    z: list[float]
    label: int | None
    restarts: list[Restart]
    target: RemoteFile | None
    reconstruction: RemoteFile | None
    difference: RemoteFile | None


@dataclass
class Turn:
    """Counts what a visitor wants found, so that a search for what is no longer on show ends."""

    number: int = 0

    def next(self) -> int:
        """The number of the next one."""
        self.number += 1
        return self.number


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task_inversion")
    first = store.card(choice.first())

    gr.Markdown(label("invert_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            image = parts.upload("invert-upload")
            with gr.Column(visible=False, elem_classes="squaring") as squaring:
                marked = gr.HTML(elem_id="invert-square", apply_default_css=False)
                across, down, side = (
                    gr.Slider(
                        low,
                        high,
                        default,
                        step=0.01,
                        label=label(f"square_{name}"),
                        buttons=[],
                        elem_id=f"square-{name}",
                    )
                    for name, (low, high), default in zip(
                        ("across", "down", "side"), SQUARE_LIMITS, (0.5, 0.5, 1.0), strict=True
                    )
                )
                tilt = gr.Number(0.0, visible="hidden")
            with gr.Row(elem_classes="saving"):
                current = gr.Button(label("invert_current"), size="sm", elem_id="invert-current")
                example = gr.Button(label("invert_other"), size="sm", elem_id="invert-other")
                test = gr.Button(label("invert_test"), size="sm", elem_id="invert-test")
            with gr.Row(elem_classes="going"):
                go = gr.Button(label("invert_go"), variant="primary", elem_id="invert-go", elem_classes="dice")
                stop = gr.Button(label("invert_stop"), elem_id="invert-stop", elem_classes="dice")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                method = gr.Radio(
                    [(label(f"method_{name}"), name) for name in METHODS],
                    value=DEFAULTS["method"],
                    label=label("method"),
                    elem_id="invert-method",
                )
                shown = gr.Dropdown(
                    _classes(first, "en"),
                    value=EVERY,
                    label=label("class_shown"),
                    filterable=False,
                    visible=bool(first.classes),
                )
                limits = [
                    gr.Slider(low, high, DEFAULTS[name], step=1, label=label(f"invert_{name}_most"), buttons=[])
                    for name, low, high in (
                        ("steps", 1, checks.MAX_DESCENT),
                        ("seconds", 1, checks.MAX_SECONDS),
                        ("restarts", 1, checks.MAX_RESTARTS),
                    )
                ]
                own, own_button = parts.own_checkpoint(page.public, "invert-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            view = gr.HTML(html.blank_stage(), elem_id="inversion", apply_default_css=False)
            with gr.Row(elem_classes="keeping"):
                name = gr.Textbox(
                    label=label("keep_name"), max_lines=1, max_length=MAX_NAME, elem_id="invert-keep-name"
                )
                keeper = gr.Button(
                    label("keep_button"), elem_id="invert-keep", elem_classes="dice", scale=0, min_width=96
                )
            details = gr.HTML(elem_id="inversion-details", apply_default_css=False)
    parts.explanation("invert_explain_text")
    about = gr.HTML(elem_id="invert-about", apply_default_css=False)
    # What is to be inverted, and what was found: the model's id, the best candidate, and the view once the search is over.
    source, found = (gr.State(None) for _ in range(2))
    turn = gr.State(Turn())
    # The seed of a picture that this tab drew itself, for the link; else empty.
    seed = gr.Textbox(str(DEFAULTS["seed"]), visible="hidden")

    square = [across, down, side, tilt]
    aiming = {"inputs": [turn, model, source, *square], "outputs": [view, marked, found, details]}
    settings = [model, method, shown, seed, *limits]
    for_toast = complaints(html.escape)

    @for_toast
    def aim(turn, model, source, across, down, side, tilt, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        aimed = _aim(store, card, source, _square([across, down, side], tilt, spoken), spoken)
        turn.next()
        return aimed

    @for_toast
    def receive(turn, model, image, request: gr.Request):
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        received = _receive(choice, model, image, language(request))
        turn.next()
        return received

    @for_toast
    def relocate(model, source, request: gr.Request):
        spoken = language(request)
        return _sliders(parts.placed(choice.known(model, spoken), source, "face_none", spoken))

    @for_toast
    def take_current(chosen, request: gr.Request):
        if not chosen:
            raise UserError(say("invert_no_current", language(request)))
        return chosen, "", _unsquared()

    @for_toast
    def take_other(model, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        return targets.of_another(choice.cards(), card, latents.roll(), spoken), "", _unsquared()

    @for_toast
    def take_own(model, request: gr.Request):
        spoken = language(request)
        drawn = _own(choice.known(model, spoken), latents.roll())
        return drawn, str(drawn.seed), _unsquared()

    @for_toast
    def describe(model, shown, request: gr.Request):
        return _describe(choice, model, shown, language(request))

    def run(
        turn, model, source, across, down, side, tilt, method, shown, steps, seconds, restarts, request: gr.Request
    ):
        # Not as a decorator, which would be gone before the first step.
        with complaints(html.escape):
            spoken = language(request)
            card = choice.known(model, spoken)
            target = _target(store, card, source, _square([across, down, side], tilt, spoken), spoken)
            options = _options(card, method, None if shown == EVERY else shown, steps, seconds, restarts, spoken)
            points: list[Measure] = []
            drawn_at, mine = -math.inf, turn.next()
            for told in _search(store, card, target, options):
                if turn.number != mine:
                    # Gradio shows again at the end what came last.
                    yield gr.skip()
                    return
                points.append(Measure(told.seconds, told.best.error, told.best.psnr))
                if told.end or told.seconds - drawn_at >= UPDATE_EVERY:
                    drawn_at = told.seconds
                    now, stopped = (
                        inversion_html.view(card, target, told, told.end or otherwise, spoken)
                        for otherwise in ("", "stopped")
                    )
                    details = inversion_html.details(card, told, points, spoken)
                    yield now, (card.id, told.best, stopped), details

    def show_stopped(found):
        return found[2] if found else gr.skip()

    @for_toast
    def keep_found(found, name, points, request: gr.Request):
        spoken = language(request)
        if not found:
            raise UserError(say("keep_nothing", spoken))
        model_id, best, _ = found
        taken = [point.name for point in of_model(points, model_id)]
        name = checks.name(name, taken, spoken) if (name or "").strip() else _free_name(taken, spoken)
        point = Point(model_id, z=best.z, label=best.label, name=name)
        gr.Info(html.escape(say("kept_as", spoken, name=point.name)))
        return keep(points, point), ""

    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(choice, page, request, spoken)
        card = choice.known(values["model"], spoken)
        drawn = _own(card, values["seed"])
        return (
            choice.dropdown(card.id, spoken),
            *(values[name] for name in ("method", "steps", "seconds", "restarts")),
            str(values["seed"]),
            drawn,
            _aim(store, card, drawn, faces.MIDDLE, spoken)[0],
            *_describe(choice, card.id, values["class"], spoken),
        )

    link = {"fn": None, "inputs": settings, "js": LINK_JS, "api_visibility": "private"}
    running = {
        "fn": run,
        "inputs": [turn, model, source, *square, method, shown, *limits],
        "outputs": [view, found, details],
        "show_progress": "hidden",
        "api_visibility": "private",
        **SEARCH,
    }

    def follow(event: Dependency) -> Dependency:
        """After `event`, which brought another source or square, the target."""
        return event.success(aim, **aiming, **LIVE)

    arriving = [model, method, *limits, seed, source, view, shown, about]
    for event in parts.on_arrival(page, TAB.id, arrive, arriving):
        event.then(**link)
    receiving = [source, seed, squaring, *square, *aiming["outputs"]]
    taken = image.input(receive, [turn, model, image], receiving, preprocess=False, **LAST, **QUIET)
    taken.success(**link)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, image, **QUIET)
    for control in (across, down, side):
        control.input(aim, **aiming, **LIVE)
    follow(current.click(take_current, page.current, [source, seed, squaring], **QUIET)).then(**link)
    follow(example.click(take_other, model, [source, seed, squaring], **QUIET)).then(**link)
    tested = follow(test.click(take_own, model, [source, seed, squaring], **QUIET))
    tested.then(**link)
    runs = [tested.success(**running), go.click(**running)]
    for event in (
        model.input(describe, [model, shown], [shown, about], **LAST, **QUIET),
        *(
            added.success(describe, [model, shown], [shown, about], **QUIET)
            for added in parts.on_own_checkpoint(page, choice, own, own_button, model)
        ),
    ):
        follow(event.success(relocate, [model, source], [squaring, *square], **QUIET)).then(**link)
    for control in (method, shown, *limits):
        control.input(**link)
    stop.click(None, cancels=runs, api_visibility="private").then(show_stopped, found, view, **QUIET)
    for event in (keeper.click, name.submit):
        event(keep_found, [found, name, page.kept], [page.kept, name], **QUIET)
    _publish(choice)


def _publish(choice: Choice) -> None:
    def invert(
        model: str,
        image: FileData,
        method: str = "fast",
        label: int | None = None,
        square: list[float] = [],  # noqa: B006 - programs see this default, and nothing changes it
        steps: int = 200,
        seconds: float = 20.0,
        restarts: int = 4,
        seed: int = 0,
    ) -> Iterator[Inversion]:
        """Find the latent vector z of a GAN whose picture comes nearest to a given one, and tell how far it is on the way.

        Digits are cut out, centred and made white on black as in MNIST; for models of faces the largest face is found
        and aligned. A picture of exactly the model's size is taken as it is.

        Args:
            model: The id of a model whose task is "unconditional" or "class-conditional", as the tool `models` lists them.
            image: The picture, as an uploaded file (PNG, JPEG, WebP, GIF, BMP or TIFF, up to 5 MB) or a base64 data URI.
            method: "fast" (Levenberg-Marquardt from a regression's guess) or "paper" (RMSprop from z = 0, Xiang and Li 2017).
            label: The number of the class for class-conditional models; if null, every class is tried.
            square: The part of the picture to take, for models of colour pictures: the middle across and down as shares
                of width and height, and the side as a share of the shorter side. If empty, a face or the middle.
            steps: The search ends after so many steps, 1 to 1000.
            seconds: The search ends after so many seconds, 1 to 60.
            restarts: From how many starts the fast method searches at most, 1 to 8.
            seed: What further starts are drawn by, 0 to 4294967295; the same arguments find the same.
        """
        with complaints():
            card = choice.known(model)
            options = _options(card, method, label, steps, seconds, restarts, "en")
            options["seed"] = checks.seed(seed)
            placed = _square(square, 0.0, "en") if square != [] else None
            data = drawing.from_base64(image) if isinstance(image, str) else files.uploaded(image)
            if data is None:
                raise UserError(say("upload_missing", "en"))
            picture = drawing.decode(data)
            if placed is None:
                placed, count = targets.place(picture, card)
                if count == 0:
                    raise UserError(say("face_none_api", "en"))
            target = targets.target(choice.store, picture, card, placed)
            for told in _search(choice.store, card, target, options):
                best = told.best
                written: list[RemoteFile | None] = [None] * 3
                if told.end:
                    pictures = (target, best.pixels, targets.difference(target, best.pixels))
                    names = (f"{file_name(card.id)}-{kind}.png" for kind in ("target", "reconstruction", "difference"))
                    written = list(files.write({n: images.png(p)[0] for n, p in zip(names, pictures, strict=True)}))
                yield Inversion(
                    step=told.step,
                    seconds=told.seconds,
                    end=told.end,
                    psnr=best.psnr,
                    error=best.error,
                    z=list(best.z),
                    label=best.label,
                    restarts=[Restart(psnr=each.psnr, label=each.label) for each in told.candidates],
                    target=written[0],
                    reconstruction=written[1],
                    difference=written[2],
                )

    gr.api(invert, api_name="invert", **SEARCH)


def _search(store: ModelStore, card: Card, target: Pixels, options: dict[str, Any]) -> Iterator[Progress]:
    """The search for `target`, which lets others have the processor between its steps."""
    encoder = store.encoder(card)
    with store.using(card.id) as model:
        encode = encoder and functools.partial(encoder.encode, generator=model)
        told = inversion.invert(model, images.tensor(target), encode=encode, **options)
    try:
        while True:
            with store.using(card.id):
                progress = next(told, None)
            if progress is None:
                return
            yield progress
            # A lock goes to whoever asks first, and this thread would ask first.
            time.sleep(0)
    finally:
        told.close()


def _options(
    card: Card, method: object, asked: object, steps: int, seconds: float, restarts: int, spoken: str
) -> dict[str, Any]:
    """The arguments of a search, checked; `asked` is a class or None."""
    if method not in METHODS:
        raise UserError(say("bad_method", spoken, known=", ".join(METHODS), value=shown(method)))
    if asked is not None and not card.classes:
        raise UserError(say("invert_no_classes", spoken, model=card.id))
    return {
        "method": method,
        "label": None if asked is None else checks.class_id(asked, card.classes, spoken),
        "steps": checks.descent(steps, spoken),
        "seconds": checks.seconds(seconds, spoken),
        "restarts": checks.restarts(restarts, spoken),
    }


def _square(values: object, tilt: object, spoken: str) -> Square:
    """The square of three checked numbers."""
    good = (
        isinstance(values, list)
        and len(values) == 3
        and all(checks.is_number(v, low, high) for v, (low, high) in zip(values, SQUARE_LIMITS, strict=True))
        and checks.is_number(tilt, -90, 90)
    )
    if not good:
        raise UserError(
            say("bad_square", spoken, low=SQUARE_LIMITS[2][0], high=SQUARE_LIMITS[2][1], value=shown(values))
        )
    return Square(*map(float, values), tilt=float(tilt))


def _own(card: Card, seed: int) -> Point:
    """A picture of the model's own; of class-conditional models the seed gives the class, too."""
    return Point(card.id, seed, label=seed % len(card.classes) if card.classes else None)


def _target(store: ModelStore, card: Card, source: Any, square: Square, spoken: str) -> Pixels:
    if source is None:
        raise UserError(say("invert_nothing", spoken))
    return targets.target(store, source, card, square, spoken)


def _aim(store: ModelStore, card: Card, source: Any, square: Square, spoken: str) -> tuple[Any, ...]:
    """The target, and the picture with its square if there is one to cut out; nothing has been found yet."""
    view = inversion_html.waiting(card, _target(store, card, source, square, spoken), spoken)
    return view, inversion_html.square(source, square, spoken) if targets.is_cut(source, card) else "", None, ""


def _receive(choice: Choice, model: str, image: Any, spoken: str) -> tuple[Any, ...]:
    """An upload as the source, with no seed, its square, and what it looks like to the model."""
    card = choice.known(model, spoken)
    picture = parts.received(image, spoken)
    square = parts.placed(card, picture, "face_none", spoken)
    return picture, "", *_sliders(square), *_aim(choice.store, card, picture, square or faces.MIDDLE, spoken)


def _sliders(square: Square | None) -> tuple[Any, ...]:
    """The column of the square's sliders, and their values."""
    if square is None:
        return _unsquared(), *(gr.skip() for _ in range(4))
    values = zip((square.x, square.y, square.side), SQUARE_LIMITS, strict=True)
    # A face at the edge may want a larger square than the sliders offer.
    clipped = (round(min(max(value, low), high), 3) for value, (low, high) in values)
    return gr.Column(visible=True), *clipped, square.tilt


def _unsquared() -> Any:
    return gr.Column(visible=False)


def _describe(choice: Choice, model: str, shown: object, spoken: str) -> tuple[Any, str]:
    """The choice of a class and the model's card."""
    card = choice.known(model, spoken)
    classes = _classes(card, spoken)
    shown = shown if shown in [value for _, value in classes] else EVERY
    return (
        gr.Dropdown(choices=classes, value=shown, visible=bool(card.classes)),
        html.model_card(card, title(card, spoken), spoken),
    )


def _classes(card: Card, spoken: str) -> list[tuple[str, Any]]:
    return [(say("invert_every", spoken), EVERY), *((name, index) for index, name in enumerate(card.classes))]


def _free_name(taken: Sequence[str], spoken: str) -> str:
    """The first name of its kind that is not `taken`."""
    names = (say("kept_name", spoken, number=number) for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had."""
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "method": lambda value: METHODS[METHODS.index(value)],
        "seed": checks.seed,
        "steps": checks.descent,
        "seconds": lambda value: int(checks.seconds(value)),
        "restarts": checks.restarts,
    }
    values, bad, _ = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    if values["class"] != EVERY:
        classes = choice.known(values["model"], spoken).classes
        try:
            values["class"] = checks.class_id(int(values["class"]), classes)
        except (UserError, ValueError):
            values["class"] = EVERY
            bad.add("class")
    parts.warn_of_link(bad, spoken)
    return values


TAB = Tab(id="invert", name="invert_tab", tasks=TASKS, place=50, build=build)
