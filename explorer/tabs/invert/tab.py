"""The tab *Invert*: a picture in, and out comes the latent vector whose picture is nearest, live."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency

from explorer.latent import latents
from explorer.latent.point import Point, keep, of_model
from explorer.models.choice import Choice, title
from explorer.page import checks, controls, html
from explorer.page.hand import Hand
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, LIVE, PRIVATE, QUIET, Controls, Visit, spoken
from explorer.pictures import drawing, targets
from explorer.pictures.faces import MIDDLE, Square
from explorer.tabs.invert import api, view, work
from explorer.tabs.invert.search import METHODS, USUAL
from explorer.tabs.invert.view import Measure
from explorer.tabs.invert.work import EVERY, SQUARE_LIMITS, Found, InvertView
from explorer.texts import label, say
from explorer.texts.errors import UserError
from models_zoo import Card

FAVOURITE = "gan-mnist"
SQUARE = ("across", "down", "side", "tilt")
"""The fields of a square in the view, in its order."""
UPDATE_EVERY = 0.2
"""Seconds between two updates of a running search: more would not be seen, and each is a message to the browser."""
LIMITS = {"steps": checks.MAX_DESCENT, "seconds": checks.MAX_SECONDS, "restarts": checks.MAX_RESTARTS}
"""The limits of a search, and the most that visitors can set them to."""


@dataclass
class Turn:
    """Counts a visitor's targets and searches, so that a search whose target is no longer on show ends."""

    number: int = 0
    waiting: str | None = None
    """What is on show of a target that no search has begun for yet."""

    def next(self, waiting: str | None = None) -> int:
        """The number of the next one."""
        self.waiting = waiting
        self.number += 1
        return self.number


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own.

    `source` holds what is to be inverted, a photograph or a `Point`; `found` the `Found` of the last search, or None;
    `turn` the visitor's `Turn`.
    """

    image: gr.Image
    squaring: gr.Column
    marked: gr.HTML
    current: gr.Button
    other: gr.Button
    test: gr.Button
    go: gr.Button
    stop: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    pictures: gr.HTML
    name: gr.Textbox
    keep: gr.Button
    details: gr.HTML
    about: gr.HTML
    source: gr.State
    found: gr.State
    turn: gr.State


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, work.TASKS, FAVOURITE, "wrong_task_inversion")
    desk = Controls(TAB.id, InvertView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[InvertView]) -> Layout:
    gr.Markdown(label("invert_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            image = controls.upload("invert-upload")
            squaring, marked = _lay_out_square(desk)
            with gr.Row(elem_classes="saving"):
                current = controls.hand_button("invert")
                other = gr.Button(label("invert_other"), size="sm", elem_id="invert-other")
                test = gr.Button(label("invert_test"), size="sm", elem_id="invert-test")
            with gr.Row(elem_classes="going"):
                go = gr.Button(label("invert_go"), variant="primary", elem_id="invert-go", elem_classes="dice")
                stop = gr.Button(label("invert_stop"), elem_id="invert-stop", elem_classes="dice")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                _lay_out_settings(page, desk)
                own = controls.own_checkpoint(page.public, "invert-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            pictures = gr.HTML(html.blank_stage(), elem_id="inversion", apply_default_css=False)
            with gr.Row(elem_classes="keeping"):
                name = gr.Textbox(
                    label=label("keep_name"), max_lines=1, max_length=checks.MAX_NAME, elem_id="invert-keep-name"
                )
                keeping = gr.Button(
                    label("keep_button"), elem_id="invert-keep", elem_classes="dice", scale=0, min_width=96
                )
            details = gr.HTML(elem_id="inversion-details", apply_default_css=False)
    controls.explanation("invert_explain_text")
    about = gr.HTML(elem_id="invert-about", apply_default_css=False)
    # The seed of a picture that this tab drew itself, for the link; else empty.
    desk.add("seed", gr.Number(desk.default("seed"), visible="hidden"))
    desk.add("run", gr.Textbox(desk.default("run"), visible="hidden"))
    given = image, squaring, marked, current, other, test, go, stop, own
    shown = pictures, name, keeping, details, about
    return Layout(*given, *shown, gr.State(None), gr.State(None), gr.State(Turn()))


def _lay_out_square(desk: Controls[InvertView]) -> tuple[gr.Column, gr.HTML]:
    """The photograph with its square, and the sliders that move it."""
    with gr.Column(visible=False, elem_classes="squaring") as squaring:
        marked = gr.HTML(elem_id="invert-square", apply_default_css=False)
        for name, (low, high) in SQUARE_LIMITS.items():
            slider = gr.Slider(
                low,
                high,
                desk.default(name),
                step=0.01,
                label=label(f"square_{name}"),
                buttons=[],
                elem_id=f"square-{name}",
            )
            desk.add(name, slider)
        desk.add("tilt", gr.Number(desk.default("tilt"), visible="hidden"))
    return squaring, marked


def _lay_out_settings(page: Page, desk: Controls[InvertView]) -> None:
    """How to search."""
    first = page.store.card(desk.choice.first())
    methods = [(label(f"method_{name}"), name) for name in METHODS]
    desk.add("method", gr.Radio(methods, value=desk.default("method"), label=label("method"), elem_id="invert-method"))
    classes = gr.Dropdown(
        view.classes(first, EVERY, "en"),
        value=desk.default("label"),
        label=label("class_shown"),
        filterable=False,
        visible=bool(first.classes),
    )
    desk.add("label", classes)
    for name, most in LIMITS.items():
        desk.add(name, gr.Slider(1, most, desk.default(name), step=1, label=label(f"invert_{name}_most"), buttons=[]))


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice
    desk: Controls[InvertView]

    def aim(self, visit: Visit[InvertView], turn: Turn, source: Any) -> tuple[Any, ...]:
        """The source as the target; a search for another one ends."""
        aimed = self._aimed(visit, source, visit.view.square)
        turn.next(aimed[0])
        return aimed

    def receive(self, visit: Visit[InvertView], turn: Turn, image: Any) -> Any:
        """An upload as the source, with no seed, its square, and what it looks like to the model."""
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        picture = controls.received(image, visit.spoken)
        square = controls.placed(visit.card, picture, "face_none", visit.spoken)
        aimed = self._aimed(visit, picture, square or MIDDLE)
        turn.next(aimed[0])
        return picture, None, *_sliders(square), *aimed

    def relocate(self, visit: Visit[InvertView], source: Any) -> tuple[Any, ...]:
        """The square that another model would have of the source."""
        return _sliders(controls.placed(visit.card, source, "face_none", visit.spoken))

    def take(self, visit: Visit[InvertView], in_hand: Hand, turn: Turn) -> tuple[Any, ...]:
        """The picture in hand as the source, with its square, what it looks like to the model, and the model that drew it."""
        card, asked, language = visit.card, visit.view, visit.spoken
        source = in_hand.point or drawing.decode(in_hand.data(self.choice.store, language), language)
        square = controls.placed(card, source, "face_none", language)
        aimed = self._aimed(visit, source, square or MIDDLE)
        turn.next(aimed[0])
        model = self.choice.dropdown(card.id, language)
        described = self._described(card, asked.method, asked.label, language)
        return model, *described, source, None, *_sliders(square), *aimed

    def take_other(self, visit: Visit[InvertView]) -> tuple[Any, ...]:
        """A picture that another model drew as the source."""
        drawn = targets.of_another(self.choice.cards(), visit.card, latents.roll(), visit.spoken)
        return drawn, None, _unsquared()

    def take_own(self, visit: Visit[InvertView]) -> tuple[Any, ...]:
        """A new picture of the model's own as the source."""
        drawn = work.own(visit.card, latents.roll())
        return drawn, drawn.seed, _unsquared()

    def describe(self, language: str, model: Any, method: Any, asked: Any) -> tuple[Any, ...]:
        """The methods and classes of another model, of which those that were chosen are kept if there are such, and its card."""
        return self._described(self.choice.known(model, language), method, asked, language)

    def run(self, visit: Visit[InvertView], turn: Turn, source: Any) -> Iterator[Any]:
        """The search, until it ends or the visitor wants another one."""
        card, language = visit.card, visit.spoken
        target = work.target(self.choice.store, card, source, visit.view.square, language)
        points: list[Measure] = []
        drawn_at, mine = -math.inf, turn.next()
        for progress in work.run(self.choice.store, card, target, visit.view.plan):
            if turn.number != mine:
                # A report of this search may have been on its way when the new target came, and be shown after it.
                yield gr.skip() if turn.waiting is None else (turn.waiting, None, "")
                return
            points.append(Measure(progress.seconds, progress.best.error, progress.best.psnr))
            if progress.end or progress.seconds - drawn_at >= UPDATE_EVERY:
                drawn_at = progress.seconds
                yield (
                    view.progress(card, target, progress, progress.end, language),
                    Found(card.id, target, progress),
                    view.details(card, progress, points, language),
                )

    def begin(self, visit: Visit[InvertView], turn: Turn, source: Any) -> Iterator[Any]:
        """The search with which a visit begins, unless another target has come meanwhile, as from the tray."""
        if source is None or not visit.view.run or turn.number:
            yield gr.skip()
            return
        yield from self.run(visit, turn, source)

    def show_stopped(self, language: str, found: Found | None) -> Any:
        """The state of a search that the visitor has ended."""
        if found is None:
            return gr.skip()
        card, progress = self.choice.known(found.model, language), found.progress
        return view.progress(card, found.target, progress, progress.end or "stopped", language)

    def keep(self, language: str, found: Found | None, name: str, points: list[Point]) -> tuple[list[Point], str]:
        """What was found among the visitor's points, under a name."""
        if found is None:
            raise UserError(say("keep_nothing", language))
        taken = [point.name for point in of_model(points, found.model)]
        point = work.point(found, work.name(name, taken, language), language)
        gr.Info(html.escape(say("kept_as", language, name=point.name)))
        return keep(points, point), ""

    def arrive(self, visit: Visit[InvertView], turn: Turn, model: str, source: Any, *square: Any) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come; what one who comes back searches for stays if it is still that."""
        card, asked, language = visit.card, visit.view, visit.spoken
        method, classes, about = self._described(card, asked.method, asked.label, language)
        shown = {"model": self.choice.dropdown(card.id, language), "method": method, "label": classes}
        drawn = work.own(card, asked.seed)
        if not visit.again:
            return *self.desk.values(asked, **shown), about, drawn, gr.skip(), *self._aimed(visit, drawn, MIDDLE)
        # A link that asks for a search asks only once, and holds no picture that the tab did not draw.
        shown["run"] = ""
        if "seed" not in visit.linked and source is not None:
            drawn, shown["seed"] = source, None
            shown |= dict.fromkeys(SQUARE, gr.skip())
        if model == card.id and (drawn is source or drawn == source):
            return *self.desk.values(asked, **shown), about, *(gr.skip() for _ in range(6))
        aimed = self._aimed(visit, drawn, Square(*square) if drawn is source else MIDDLE)
        turn.next(aimed[0])
        squaring = gr.Column(visible=targets.is_cut(drawn, card))
        return *self.desk.values(asked, **shown), about, drawn, squaring, *aimed

    def _aimed(self, visit: Visit[InvertView], source: Any, square: Square) -> tuple[Any, ...]:
        """The target, and the photograph with its square if one is cut out; nothing has been found yet."""
        target = work.target(self.choice.store, visit.card, source, square, visit.spoken)
        marked = view.square(source, square, visit.spoken) if targets.is_cut(source, visit.card) else ""
        return view.waiting(visit.card, target, visit.spoken), marked, None, ""

    def _described(self, card: Card, method: Any, asked: Any, language: str) -> tuple[Any, Any, str]:
        """The choices of a method and of a class, and the model's card."""
        methods = view.methods(card, language)
        usual = method if method in work.methods(card) else USUAL.method
        classes = view.classes(card, EVERY, language)
        chosen = asked if asked in [value for _, value in classes] else EVERY
        dropdown = gr.Dropdown(choices=classes, value=chosen, visible=bool(card.classes))
        radio = gr.Radio(choices=methods, value=usual)
        return radio, dropdown, html.model_card(card, title(card, language), language)


def _sliders(square: Square | None) -> tuple[Any, ...]:
    """The column of the square's sliders, and their values."""
    if square is None:
        return _unsquared(), *(gr.skip() for _ in range(4))
    return gr.Column(visible=True), *work.within_limits(square), square.tilt


def _unsquared() -> gr.Column:
    return gr.Column(visible=False)


def _wire(page: Page, desk: Controls[InvertView], parts: Layout, handlers: Handlers) -> None:
    square = desk.pick(*SQUARE)
    aimed = [parts.pictures, parts.marked, parts.found, parts.details]
    aiming = desk.live(handlers.aim), [*desk.inputs, parts.turn, parts.source], aimed
    taken = [parts.source, desk["seed"], parts.squaring]

    def follow(event: Dependency) -> Dependency:
        """After `event`, which brought another source or square, the target."""
        return event.success(*aiming, **LIVE)

    arriving = [*desk.inputs, parts.about, parts.source, parts.squaring, *aimed]
    arrived = desk.on_arrival(page, handlers.arrive, arriving, [parts.turn, desk["model"], parts.source, *square])
    receiving = [*desk.inputs, parts.turn, parts.image], [*taken, *square, *aimed]
    received = parts.image.input(desk.handler(handlers.receive), *receiving, preprocess=False, **LAST, **QUIET)
    received.success(**desk.link)
    # The browser would go on showing what was refused.
    received.failure(lambda: None, None, parts.image, **QUIET)
    for slider in desk.pick(*SQUARE_LIMITS):
        slider.input(*aiming, **LIVE)
    described = [*desk.pick("method", "label"), parts.about]
    taking = desk.on_take(
        page, parts.current, handlers.take, [parts.turn], [desk["model"], *described, *taken, *square, *aimed]
    )
    taking.success(**desk.link)
    follow(parts.other.click(desk.handler(handlers.take_other), desk.inputs, taken, **QUIET)).success(**desk.link)
    tested = follow(parts.test.click(desk.handler(handlers.take_own), desk.inputs, taken, **QUIET))
    tested.success(**desk.link)
    _wire_search(desk, parts, handlers, tested, arrived)
    for event in (parts.keep.click, parts.name.submit):
        keeping = [parts.found, parts.name, page.kept], [page.kept, parts.name]
        event(spoken(handlers.keep), *keeping, **QUIET)
    chosen = desk.pick("method", "label")
    describing = spoken(handlers.describe), [desk["model"], *chosen], [*chosen, parts.about]
    relocating = desk.handler(handlers.relocate), [*desk.inputs, parts.source], [parts.squaring, *square]
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (
        desk["model"].input(*describing, **LAST, **QUIET),
        added.success(*describing, **QUIET),
    ):
        follow(event.success(*relocating, **QUIET)).success(**desk.link)
    for control in desk.pick("method", "label", *LIMITS):
        control.input(**desk.link)


def _wire_search(
    desk: Controls[InvertView],
    parts: Layout,
    handlers: Handlers,
    tested: Dependency,
    arrived: Dependency,
) -> None:
    """Searches begin by a link, by a click, or once a test's picture is on show, and end by another click."""
    running = {
        "inputs": [*desk.inputs, parts.turn, parts.source],
        "outputs": [parts.pictures, parts.found, parts.details],
        "show_progress": "hidden",
        **PRIVATE,
    }
    runs = [event(desk.stream(handlers.run), **running) for event in (tested.success, parts.go.click)]
    runs.append(arrived.success(desk.stream(handlers.begin), **running))
    stopped = parts.stop.click(None, cancels=runs, api_visibility="private")
    stopped.then(spoken(handlers.show_stopped), parts.found, parts.pictures, **QUIET)


TAB = Tab(
    id="invert",
    name="invert_tab",
    tasks=work.TASKS,
    group="explore",
    place=50,
    build=build,
    scene="model=dcgan-celeba64&seed=7&run=1#inversion",
    takes="picture",
)
