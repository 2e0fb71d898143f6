"""The tab *Arithmetic*: averages of latent vectors, added and subtracted, and what the generator draws of the sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict

import gradio as gr

from explorer.errors import UserError
from explorer.latent import kept as points
from explorer.latent import latents
from explorer.latent.kept import Kept
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import EDIT, PAST, PRIVATE
from explorer.page.tab import Page, Tab
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.arithmetic import poster as arithmetic_poster
from explorer.tabs.arithmetic import view as arithmetic_html
from explorer.tabs.arithmetic import work as arithmetic
from explorer.tabs.arithmetic.work import ROWS, Equation, Exemplar, Solution, Term
from explorer.texts import label, language, say
from models_zoo import Card
from models_zoo.pool import Pool, Traits

TASKS = ("unconditional",)
FAVOURITE = "dcgan-celeba64"
ACTS = ("preset", "anew", "toggle", "chosen", "point", "find", "trait", "weight", "remove")
"""What the browser can ask of an equation."""
DEFAULTS = {"a": "", "b": "", "c": "", "length": False}
LINK_JS = """(model, a, b, c, length) => {
    if (model) window.explorer.view('arithmetic', {model, a, b, c, length});
}"""


class Arithmetic(TypedDict):
    """A - B + C: the result, the 3 x 3 pictures around it as one file, the way to it from A's mean, and the whole equation.

    `averages` are the pictures of the three means, `exemplars` the seeds of each row (None for a vector), `z` the result's
    latent vector. `readings` holds the probabilities that a judge gives to what it knows, for the three means and the result.
    """

    result: RemoteFile
    neighbourhood: RemoteFile
    equation: RemoteFile
    strip: list[RemoteFile]
    averages: list[RemoteFile]
    exemplars: list[list[int | None]]
    readings: list[dict[str, float]]
    z: list[float]


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task")

    gr.Markdown(label("sums_lead"), elem_classes="lead")
    with gr.Column(elem_classes="card pictures"):
        with gr.Row(elem_classes="sum-model"):
            model = parts.model_dropdown(choice)
        board = gr.HTML(
            arithmetic_html.blank(), js_on_load=arithmetic_html.BOARD_JS, elem_id="sums", apply_default_css=False
        )
        length = gr.Checkbox(
            DEFAULTS["length"], label=label("sums_usual"), info=label("sums_usual_info"), elem_id="sums-length"
        )
        pool = gr.HTML(js_on_load=arithmetic_html.BOARD_JS, elem_id="sums-pool", apply_default_css=False)
        with gr.Row(elem_classes="key-adding"):
            keep_name = gr.Textbox(label=label("keep_name"), max_lines=1, min_width=120, elem_id="sums-keep-name")
            keep = gr.Button(label("keep_button"), size="sm", elem_id="sums-keep")
            png = gr.Button(label("sums_png"), size="sm", elem_id="sums-png")
        with gr.Accordion(label("more"), open=False, elem_classes="own"):
            own, own_button = parts.own_checkpoint(page.public, "sums-")
    parts.explanation("sums_explain_text")
    about = gr.HTML(elem_id="sums-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # What the link holds of the three rows.
    linked = [gr.Textbox("", visible="hidden") for _ in ROWS]
    equation, past, picking = gr.State(None), gr.State([]), gr.State(None)

    shown = [equation, past, picking, board, pool, model, length, *linked, about]
    state = [equation, past, picking, page.kept]
    for_toast = errors.complaints(html.escape)

    @for_toast
    def act(equation, past, picking, kept, current, model, request: gr.Request, event: gr.EventData):
        spoken = language(request)
        card, found, now = _now(choice, equation, model, spoken)
        what = parts.told(event, "act")
        if what == "undo":
            if not past:
                raise UserError(say("nothing_to_undo", spoken))
            return _show(choice, past[-1], past[:-1], picking, kept, spoken)
        if what == "close":
            return _show(choice, now, past, None, kept, spoken)
        if what == "pick":
            row = _row(event, spoken)
            picking = {"row": row, "page": _page(event, found)}
            return _show(choice, now, past, picking, kept, spoken)
        after = _changed(choice, card, found, now, what, event, picking, kept, current, spoken)
        return _show(choice, after, past if after == now else [*past, now][-PAST:], picking, kept, spoken)

    @for_toast
    def scale(equation, past, picking, kept, model, length, request: gr.Request):
        spoken = language(request)
        _, _, now = _now(choice, equation, model, spoken)
        after = replace(now, usual_length=checks.flag(length, "length", spoken))
        return _show(choice, after, [*past, now][-PAST:], picking, kept, spoken)

    @for_toast
    def change_model(equation, past, kept, model, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        # The dropdown tells of a choice more than once, and of one that the server made.
        if equation is None or equation.model != card.id:
            past = [*past, equation][-PAST:] if equation else past
            equation = arithmetic.start(card.id, _pool(choice, card, spoken))
        return _show(choice, equation, past, None, kept, spoken)

    @for_toast
    def offer(equation, past, picking, kept, request: gr.Request):
        # Only the pool shows kept points, and only while it is open.
        return _show(choice, equation, past, picking, kept, language(request)) if equation and picking else gr.skip()

    @for_toast
    def save_png(equation, model, request: gr.Request):
        card, _, now = _now(choice, equation, model, language(request))
        poster = _poster(card, now, arithmetic.solve(store, card, now))
        return files.write({f"{file_name(card.id)}-arithmetic.png": poster})[0]["path"]

    @for_toast
    def keep_point(name, equation, model, kept, request: gr.Request):
        spoken = language(request)
        card, _, now = _now(choice, equation, model, spoken)
        name = checks.name(name, [point.name for point in points.of_model(kept, card.id)], spoken)
        point = Kept(name, card.id, arithmetic.solve(store, card, now).z)
        gr.Info(say("kept_done", spoken, name=html.escape(name)))
        return points.keep(kept, point), ""

    def arrive(request: gr.Request):
        spoken = language(request)
        start = _restore(choice, page, request, spoken)
        return _show(choice, start, [], None, [], spoken)

    link = {"fn": None, "inputs": [model, *linked, length], "js": LINK_JS, "api_visibility": "private"}
    for event in parts.on_arrival(page, TAB.id, arrive, shown):
        event.then(**link)
    for component in (board, pool):
        component.select(act, [*state, page.current, model], shown, **EDIT).success(**link)
    length.input(scale, [*state, model, length], shown, **EDIT).success(**link)
    renewed = {"fn": change_model, "inputs": [equation, past, page.kept, model], "outputs": shown, **EDIT}
    for event in (
        model.input(**renewed),
        *(added.success(**renewed) for added in parts.on_own_checkpoint(page, choice, own, own_button, model)),
    ):
        event.success(**link)
    page.kept.change(offer, state, shown, **EDIT)
    parts.on_save(png, save_png, [equation, model], download)
    for event in (keep.click, keep_name.submit):
        event(
            keep_point,
            [keep_name, equation, model, page.kept],
            [page.kept, keep_name],
            show_progress="hidden",
            **PRIVATE,
        )
    _publish(choice)


def _publish(choice: Choice) -> None:
    @errors.complaints()
    def latent_arithmetic(
        model: str,
        a: dict[str, bool] | list[int | list[float]],
        b: dict[str, bool] | list[int | list[float]],
        c: dict[str, bool] | list[int | list[float]],
        weights: list[list[float]] = [],  # noqa: B006 - programs see this default, and nothing changes it
        usual_length: bool = False,
        seed: int = 0,
    ) -> Arithmetic:
        """Calculate A - B + C with averaged latent vectors of a GAN, as in man with glasses - man + woman, and draw the result.

        Args:
            model: The id of a model whose task is "unconditional", such as "dcgan-celeba64".
            a: A row: 1 to 6 seeds (0 to 4294967295) or latent vectors, of which the mean is taken; or traits that a judge of
                the model's pictures knows, such as {"Male": true, "Eyeglasses": false}, for which three seeds are found.
            b: The row that is subtracted, in the same form.
            c: The row that is added, in the same form.
            weights: Three lists, one per row, of the weights (0 to 2) of its exemplars in their mean; empty for equal ones.
            usual_length: Whether the result, and the means as they are drawn, are scaled to the length that random vectors have.
                The paper leaves them as they are.
            seed: Draws the exemplars of traits, and the noise around the result.
        """
        card = choice.known(model)
        found = _pool(choice, card, "en")
        seed, usual = checks.seed(seed), checks.flag(usual_length, "usual_length")
        terms = _weighted(_terms(card, found, (a, b, c), seed), weights)
        equation = arithmetic.checked(Equation(card.id, tuple(terms), usual), "en")
        solution = arithmetic.solve(choice.store, card, equation, seed)
        return _answer(card, equation, solution)

    gr.api(latent_arithmetic, api_name="arithmetic", queue=False)


def _terms(card: Card, found: Pool, rows: Sequence[Any], seed: int) -> list[Term]:
    """The rows as a program gave them."""
    traits = [{} if isinstance(row, list) else checks.traits(row, found.names) for row in rows]
    return [
        _given(card, row) if isinstance(row, list) else _asked(card, found, traits, place, seed)
        for place, row in enumerate(rows)
    ]


def _given(card: Card, row: list[Any]) -> Term:
    """A row of seeds and latent vectors."""
    sources = checks.exemplars(row, card.latent_size)
    origins = (source if isinstance(source, int) else Kept("", card.id, source) for source in sources)
    return Term({}, tuple(map(Exemplar, origins)))


def _asked(card: Card, found: Pool, terms: Sequence[Traits], row: int, seed: int) -> Term:
    """A row of traits, with exemplars found for it."""
    order, shown = found.order(terms[row])
    if not shown:
        words = arithmetic_html.title(terms[row], "en")
        raise UserError(say("row_unfound", "en", count=len(order), model=card.id, traits=words, seed=order[0]))
    seed, count = (seed + row) % (checks.MAX_SEED + 1), min(shown, arithmetic.USUAL)
    return Term(terms[row], tuple(map(Exemplar, arithmetic.find(found, terms, row, seed, count=count))))


def _weighted(terms: Sequence[Term], weights: Any) -> list[Term]:
    """The rows with a program's weights."""
    if weights == []:
        return list(terms)
    lists = isinstance(weights, list) and len(weights) == len(ROWS) and all(isinstance(row, list) for row in weights)
    if not lists or [len(row) for row in weights] != [len(term.exemplars) for term in terms]:
        raise UserError(say("bad_weights", "en", value=errors.shown(weights)))
    return [
        replace(
            term,
            exemplars=tuple(
                Exemplar(exemplar.source, checks.weight(weight))
                for exemplar, weight in zip(term.exemplars, row, strict=True)
            ),
        )
        for term, row in zip(terms, weights, strict=True)
    ]


def _answer(card: Card, equation: Equation, solution: Solution) -> Arithmetic:
    name = file_name(card.id)
    (result,) = images.png(images.enlarge(solution.result, images.FILM_SIZE))
    (near,) = images.png(images.sheet(solution.neighbourhood, 3))
    strip, averages = images.png(solution.strip), images.png(solution.averages)
    written = files.write(
        {
            f"{name}-result.png": result,
            f"{name}-neighbourhood.png": near,
            f"{name}-equation.png": _poster(card, equation, solution),
            **{f"{name}-strip-{place}.png": picture for place, picture in enumerate(strip)},
            **{f"{name}-average-{row}.png": picture for row, picture in zip(ROWS, averages, strict=True)},
        }
    )
    return Arithmetic(
        result=written[0],
        neighbourhood=written[1],
        equation=written[2],
        strip=written[3 : 3 + len(strip)],
        averages=written[3 + len(strip) :],
        exemplars=[
            [exemplar.source if isinstance(exemplar.source, int) else None for exemplar in term.exemplars]
            for term in equation.terms
        ],
        readings=[
            {name: shares[place] for name, shares in solution.readings.items()} for place in range(len(ROWS) + 1)
        ],
        z=list(solution.z),
    )


def _poster(card: Card, equation: Equation, solution: Solution) -> bytes:
    return arithmetic_poster.draw(
        [arithmetic_html.title(term.traits, "en") for term in equation.terms], solution, title(card, "en")
    )


def _pool(choice: Choice, card: Card, spoken: str) -> Pool:
    def announce() -> None:
        gr.Info(say("sums_judging", spoken, count=arithmetic.MADE), duration=4)

    return arithmetic.pool_of(choice.store, card, announce)


def _now(choice: Choice, equation: Equation | None, model: str, spoken: str) -> tuple[Card, Pool, Equation]:
    """The equation that a visitor sees, its model and pool; what is met first where there is none any more."""
    card = choice.known(equation.model if equation else model, spoken)
    found = _pool(choice, card, spoken)
    return card, found, equation or arithmetic.start(card.id, found)


def _show(
    choice: Choice,
    equation: Equation,
    past: list[Equation],
    picking: dict[str, int] | None,
    kept: list[Kept],
    spoken: str,
) -> tuple:
    """The state, the equation and the pool as the page shows them, the controls, what the link holds, and the card."""
    card = choice.known(equation.model, spoken)
    found = _pool(choice, card, spoken)
    solution = arithmetic.solve(choice.store, card, equation)
    pool = ""
    if picking:
        row, page = picking["row"], picking["page"]
        term = equation.terms[row]
        order, _ = found.order(term.traits)
        seeds = order[page * arithmetic_html.PAGE :][: arithmetic_html.PAGE]
        pixels = arithmetic.draw(choice.store, card, seeds)
        mine = points.of_model(kept, card.id)
        pool = arithmetic_html.pool(card, term, row, page, seeds, pixels, found, mine, spoken)
    return (
        equation,
        past,
        picking,
        arithmetic_html.board(card, equation, solution, found, spoken),
        pool,
        choice.dropdown(card.id, spoken),
        equation.usual_length,
        *map(arithmetic.to_link, equation.terms),
        html.model_card(card, title(card, spoken), spoken),
    )


def _changed(
    choice: Choice,
    card: Card,
    found: Pool,
    equation: Equation,
    what: Any,
    event: gr.EventData,
    picking: dict[str, int] | None,
    kept: list[Kept],
    current: Any,
    spoken: str,
) -> Equation:
    """The equation after what the browser tells; raises `UserError` where that cannot be."""
    what = checks.option(what, ACTS, "act", spoken)
    if what == "preset":
        name = checks.option(parts.told(event, "name"), arithmetic.presets(found), "name", spoken)
        return replace(arithmetic.preset(card.id, found, name), usual_length=equation.usual_length)
    if what == "anew":
        count = checks.count(parts.told(event, "count"), spoken)
        return arithmetic.anew(equation, found, min(count, checks.MAX_EXEMPLARS), latents.roll())
    if what in ("toggle", "chosen", "point"):
        # The row that the pool is open for.
        row = picking["row"] if picking else 0
        if what == "toggle":
            source: int | Kept | None = checks.seed(parts.told(event, "seed"), spoken)
        elif what == "chosen":
            source, _ = choice.chosen(card, current, 1.0, spoken)
        else:
            source = points.named(kept, card.id, parts.told(event, "name"))
        if source is None:
            raise UserError(say("point_unknown", spoken))
        return arithmetic.toggled(equation, row, source, spoken)
    row = _row(event, spoken)
    if what == "find":
        return arithmetic.refound(equation, row, found, latents.roll())
    if what == "trait":
        name = checks.option(parts.told(event, "name"), found.names, "name", spoken)
        wanted = parts.told(event, "wanted")
        if wanted is not None:
            wanted = checks.flag(wanted, "wanted", spoken)
        return arithmetic.with_trait(equation, row, found, name, wanted, latents.roll())
    exemplars = equation.terms[row].exemplars
    place = checks.place(parts.told(event, "place"), exemplars, spoken)
    if what == "weight":
        return arithmetic.weighed(equation, row, place, checks.weight(parts.told(event, "weight"), spoken), spoken)
    return arithmetic.toggled(equation, row, exemplars[place].source, spoken)


def _row(event: gr.EventData, spoken: str) -> int:
    return checks.place(parts.told(event, "row"), ROWS, spoken)


def _page(event: gr.EventData, found: Pool) -> int:
    """The page of the pool that was asked for, the first where none or a wrong one was."""
    page, last = parts.told(event, "page"), (len(found.logits) - 1) // arithmetic_html.PAGE
    return int(page) if checks.is_number(page, 0, last) else 0


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> Equation:
    """What the link asks for, as far as it can be had."""
    check = {"model": lambda value: (choice.known(value, spoken), value)[1]}
    values, bad, query = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    card = choice.known(values["model"], spoken)
    found = _pool(choice, card, spoken)
    usual = arithmetic.start(card.id, found)
    terms = []
    for name, term in zip(("a", "b", "c"), usual.terms, strict=True):
        if name in query:
            try:
                term = arithmetic.from_link(values[name], found)
            except ValueError:
                bad.add(name)
        terms.append(term)
    parts.warn_of_link(bad, spoken)
    return Equation(card.id, usual.terms if bad else arithmetic.filled(terms, found), values["length"])


TAB = Tab(id="arithmetic", name="sums_tab", tasks=TASKS, place=35, build=build)
