"""The tab *Arithmetic*: averages of latent vectors, added and subtracted, and what the generator draws of the sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.latent import latents
from explorer.latent.point import Point, keep, named, of_model
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, hand, html
from explorer.page.controls import PAST
from explorer.page.hand import Hand
from explorer.page.tab import Page, Tab
from explorer.page.wiring import EDIT, PRIVATE, Controls, Visit
from explorer.pictures import files, images
from explorer.tabs.arithmetic import api, links, poster, view, work
from explorer.tabs.arithmetic.work import ROWS, ArithmeticView, Equation
from explorer.texts import label, say
from explorer.texts.errors import UserError
from models_zoo.pool import Pool

TASKS = ("unconditional",)
FAVOURITE = "dcgan-celeba64"
ACTS = ("preset", "anew", "toggle", "chosen", "point", "find", "trait", "weight", "remove")
"""What the browser can ask of an equation."""
SCRIPT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Picking:
    """The pool is open for the row of that number, at that page."""

    row: int
    page: int


@dataclass(frozen=True)
class Board:
    """What a visitor has put together: the equation, earlier ones for undoing, and whether the pool is open."""

    equation: Equation | None = None
    past: tuple[Equation, ...] = ()
    picking: Picking | None = None

    def after(self, equation: Equation) -> Board:
        """The board with another equation, which can be undone."""
        if self.equation is None or equation == self.equation:
            return replace(self, equation=equation)
        return replace(self, equation=equation, past=(*self.past, self.equation)[-PAST:])


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own."""

    board: gr.HTML
    pool: gr.HTML
    keep_name: gr.Textbox
    keep: gr.Button
    png: gr.Button
    gif: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    about: gr.HTML
    download: gr.File
    state: gr.State


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, TASKS, FAVOURITE, "wrong_task")
    desk = Controls(TAB.id, ArithmeticView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice, desk))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[ArithmeticView]) -> Layout:
    gr.Markdown(label("sums_lead"), elem_classes="lead")
    with gr.Column(elem_classes="card pictures"):
        with gr.Row(elem_classes="sum-model"):
            desk.add("model", controls.model_dropdown(desk.choice))
        board = gr.HTML(view.blank(), js_on_load=SCRIPT, elem_id="sums", apply_default_css=False)
        desk.add(
            "length",
            gr.Checkbox(
                desk.default("length"), label=label("sums_usual"), info=label("sums_usual_info"), elem_id="sums-length"
            ),
        )
        pool = gr.HTML(js_on_load=SCRIPT, elem_id="sums-pool", apply_default_css=False)
        with gr.Row(elem_classes="key-adding"):
            keep_name = gr.Textbox(label=label("keep_name"), max_lines=1, min_width=120, elem_id="sums-keep-name")
            keep = gr.Button(label("keep_button"), size="sm", elem_id="sums-keep")
            png = gr.Button(label("sums_png"), size="sm", elem_id="sums-png")
            gif = gr.Button(label("save_gif"), size="sm", elem_id="sums-gif")
        with gr.Accordion(label("more"), open=False, elem_classes="own"):
            own = controls.own_checkpoint(page.public, "sums-")
    controls.explanation("sums_explain_text")
    about = gr.HTML(elem_id="sums-about", apply_default_css=False)
    for name in ("a", "b", "c"):
        desk.add(name, gr.Textbox("", visible="hidden"))
    return Layout(board, pool, keep_name, keep, png, gif, own, about, gr.File(visible="hidden"), gr.State(Board()))


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice
    desk: Controls[ArithmeticView]

    def act(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point], point: Any, picture: Any) -> tuple:
        """What the browser asks of the equation or of the pool; `point` and `picture` are what is in hand."""
        spoken = visit.spoken
        visit, found, board = self._now(visit, board)
        what = visit.told("act")
        if what == "undo":
            if not board.past:
                raise UserError(say("nothing_to_undo", spoken))
            return self._shown(visit, replace(board, equation=board.past[-1], past=board.past[:-1]), kept)
        if what == "close":
            return self._shown(visit, replace(board, picking=None), kept)
        if what == "pick":
            picking = Picking(_row(visit), _page(visit, found))
            return self._shown(visit, replace(board, picking=picking), kept)
        what = checks.option(what, ACTS, "act", spoken)
        if what in ("toggle", "chosen", "point"):
            in_hand = hand.held(point, picture, spoken) if what == "chosen" else None
            after = self._added(visit, board, what, kept, in_hand)
        else:
            after = _changed(visit, board.equation, found, what)
        return self._shown(visit, board.after(after), kept)

    def scale(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point]) -> tuple:
        """The equation with means scaled to the usual length, or no more."""
        length = visit.view.length
        visit, _, board = self._now(visit, board)
        return self._shown(visit, board.after(replace(board.equation, usual_length=length)), kept)

    def change_model(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point]) -> tuple:
        """The first equation of another model."""
        # The dropdown tells of a choice more than once, and of one that the server made.
        if board.equation is None or board.equation.model != visit.card.id:
            board = replace(board.after(work.start(visit.card.id, self._pool(visit))), picking=None)
        return self._shown(visit, board, kept)

    def offer(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point]) -> Any:
        """The pool with the kept points; it alone shows them, and only while it is open."""
        if not (board.equation and board.picking):
            return gr.skip()
        visit, _, board = self._now(visit, board)
        return self._shown(visit, board, kept)

    def save_png(self, visit: Visit[ArithmeticView], board: Board) -> str:
        """The whole equation as one picture."""
        visit, _, board = self._now(visit, board)
        solution = work.solve(self.choice.store, visit.card, board.equation)
        picture = poster.draw(visit.card, board.equation, solution)
        return files.saved(f"{file_name(visit.card.id)}-arithmetic.png", picture)

    def save_gif(self, visit: Visit[ArithmeticView], board: Board) -> str:
        """The way from A's mean to the result as a film."""
        visit, _, board = self._now(visit, board)
        film = images.swing(work.film(self.choice.store, visit.card, board.equation))
        return files.saved(f"{file_name(visit.card.id)}-arithmetic.gif", film)

    def keep_point(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point], name: str) -> tuple:
        """The result among the kept points, under a name."""
        visit, _, board = self._now(visit, board)
        card, spoken = visit.card, visit.spoken
        name = checks.name(name, [point.name for point in of_model(kept, card.id)], spoken)
        z = work.solve(self.choice.store, card, board.equation).z
        gr.Info(say("kept_done", spoken, name=html.escape(name)))
        return keep(kept, Point(card.id, z=z, name=name)), ""

    def arrive(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point]) -> tuple:
        """Everything, for a visitor who has just come, or comes back to an equation."""
        equation, bad = links.linked(visit.view, self._pool(visit))
        visit.misfits.update(bad)
        # No link holds kept points, but the board still has what they were in.
        earlier = (each for each in (board.equation, *reversed(board.past)) if each and links.same(each, equation))
        return self._shown(visit, replace(board.after(next(earlier, equation)), picking=None), kept)

    def _now(self, visit: Visit[ArithmeticView], board: Board) -> tuple[Visit[ArithmeticView], Pool, Board]:
        """The visit with the model of the equation on show, its pool, and the board; what is met first where there is none."""
        if board.equation:
            asked = replace(visit.asked, card=self.choice.known(board.equation.model, visit.spoken))
            visit = replace(visit, asked=asked)
        found = self._pool(visit)
        return visit, found, board if board.equation else Board(work.start(visit.card.id, found))

    def _pool(self, visit: Visit[ArithmeticView]) -> Pool:
        def announce() -> None:
            gr.Info(say("sums_judging", visit.spoken, count=work.MADE), duration=4)

        return work.pool_of(self.choice.store, visit.card, announce)

    def _shown(self, visit: Visit[ArithmeticView], board: Board, kept: list[Point]) -> tuple:
        """The board, the equation and the pool as the page shows them, the controls, and the model card."""
        equation, spoken, store = board.equation, visit.spoken, self.choice.store
        card = self.choice.known(equation.model, spoken)
        found = self._pool(replace(visit, asked=replace(visit.asked, card=card)))
        solution = work.solve(store, card, equation)
        pool = ""
        if board.picking:
            row, page = board.picking.row, board.picking.page
            seeds = work.offered_seeds(found, equation.terms[row], page)
            offer = view.Offer(row, page, seeds, work.draw(store, card, seeds), of_model(kept, card.id))
            pool = view.pool(card, equation.terms[row], offer, found, spoken)
        shown = dict(zip(("a", "b", "c"), map(links.to_link, equation.terms), strict=True))
        values = self.desk.values(
            visit.view, model=self.choice.dropdown(card.id, spoken), length=equation.usual_length, **shown
        )
        about = html.model_card(card, title(card, spoken), spoken)
        return (
            board,
            view.board(view.Shown(card, equation, solution, found, spoken), bool(board.past)),
            pool,
            about,
            *values,
        )

    def _added(
        self, visit: Visit[ArithmeticView], board: Board, what: str, kept: list[Point], in_hand: Hand | None
    ) -> Equation:
        """The equation with a picture added to the row that the pool is open for, or taken out of it."""
        row = board.picking.row if board.picking else 0
        if what == "toggle":
            point: Point | None = Point(seed=checks.seed(visit.told("seed"), visit.spoken))
        elif in_hand:
            point = self.choice.of_seed(visit.card, in_hand.of(visit.card, visit.spoken), 1.0, visit.spoken)
        else:
            point = named(kept, visit.card.id, visit.told("name"))
        if point is None:
            raise UserError(say("point_unknown", visit.spoken))
        return work.toggled(board.equation, row, point, visit.spoken)


def _changed(visit: Visit[ArithmeticView], equation: Equation, found: Pool, what: str) -> Equation:
    """The equation after what the browser tells; raises `UserError` where that cannot be."""
    spoken = visit.spoken
    if what == "preset":
        name = checks.option(visit.told("name"), work.presets(found), "name", spoken)
        return replace(work.preset(equation.model, found, name), usual_length=equation.usual_length)
    if what == "anew":
        count = checks.count(visit.told("count"), spoken)
        return work.anew(equation, found, min(count, checks.MAX_EXEMPLARS), latents.roll())
    row = _row(visit)
    if what == "find":
        return work.refound(equation, row, found, latents.roll())
    if what == "trait":
        name = checks.option(visit.told("name"), found.names, "name", spoken)
        wanted = visit.told("wanted")
        if wanted is not None:
            wanted = checks.flag(wanted, "wanted", spoken)
        return work.with_trait(equation, row, found, name, wanted, latents.roll())
    exemplars = equation.terms[row].exemplars
    place = checks.place(visit.told("place"), exemplars, spoken)
    if what == "weight":
        return work.weighed(equation, row, place, checks.weight(visit.told("weight"), spoken), spoken)
    return work.toggled(equation, row, exemplars[place].point, spoken)


def _row(visit: Visit[ArithmeticView]) -> int:
    return checks.place(visit.told("row"), ROWS, visit.spoken)


def _page(visit: Visit[ArithmeticView], found: Pool) -> int:
    """The page of the pool that was asked for, the first where none or a wrong one was."""
    page, last = visit.told("page"), (len(found.logits) - 1) // work.PAGE
    return int(page) if checks.is_number(page, 0, last) else 0


def _wire(page: Page, desk: Controls[ArithmeticView], parts: Layout, handlers: Handlers) -> None:
    shown = [parts.state, parts.board, parts.pool, parts.about, *desk.inputs]
    known = [*desk.inputs, parts.state, page.kept]
    desk.on_arrival(page, handlers.arrive, shown, [parts.state, page.kept])
    for component in (parts.board, parts.pool):
        component.select(desk.picked(handlers.act), [*known, *page.hand], shown, js=hand.SEND, **EDIT).success(
            **desk.link
        )
    desk["length"].input(desk.handler(handlers.scale), known, shown, **EDIT).success(**desk.link)
    renewed = {"fn": desk.handler(handlers.change_model), "inputs": known, "outputs": shown, **EDIT}
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (desk["model"].input(**renewed), added.success(**renewed)):
        event.success(**desk.link)
    page.kept.change(desk.handler(handlers.offer), known, shown, **EDIT)
    for button, save in ((parts.png, handlers.save_png), (parts.gif, handlers.save_gif)):
        controls.on_save(button, desk.handler(save), [*desk.inputs, parts.state], parts.download)
    for event in (parts.keep.click, parts.keep_name.submit):
        keeping = desk.handler(handlers.keep_point), [*known, parts.keep_name], [page.kept, parts.keep_name]
        event(*keeping, show_progress="hidden", **PRIVATE)


TAB = Tab(
    id="arithmetic",
    name="sums_tab",
    tasks=TASKS,
    group="explore",
    place=35,
    build=build,
    scene="model=dcgan-celeba64#sum-outcome",
)
