"""What programs can ask of the *Arithmetic* tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from explorer.latent.latents import MAX_SEED
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.arithmetic import poster, view, work
from explorer.tabs.arithmetic.work import ROWS, Equation, Exemplar, Solution, Term, of_seed
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card
from models_zoo.pool import Pool, Traits


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


@dataclass(frozen=True)
class Sum(View):
    """What a program gives of an equation."""

    model: str = control()
    a: dict[str, bool] | list[int | list[float]] = control()
    b: dict[str, bool] | list[int | list[float]] = control()
    c: dict[str, bool] | list[int | list[float]] = control()
    weights: list[list[float]] = control(())
    usual_length: bool = control(False)
    seed: int = control(0, checks.seed)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def latent_arithmetic(visit: Visit[Sum]) -> Arithmetic:
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
        given, card = visit.view, visit.card
        found = work.pool_of(choice.store, card)
        terms = weighted(rows(card, found, (given.a, given.b, given.c), given.seed), given.weights)
        equation = work.checked(Equation(card.id, tuple(terms), given.usual_length), "en")
        return _answer(card, equation, work.solve(choice.store, card, equation, given.seed))

    publish(latent_arithmetic, Sum, choice, name="arithmetic", defaults={"weights": []})


def rows(card: Card, found: Pool, given: Sequence[Any], seed: int) -> list[Term]:
    """The three rows as a program gave them, each a list of seeds and latent vectors or a dict of traits; raises `UserError`."""
    traits = [{} if isinstance(row, list) else checks.traits(row, found.names) for row in given]
    return [
        _given(card, row) if isinstance(row, list) else _asked(card, found, traits, place, seed)
        for place, row in enumerate(given)
    ]


def _given(card: Card, row: list[Any]) -> Term:
    """A row of seeds and latent vectors."""
    sources = checks.exemplars(row, card.latent_size)
    points = (Point(seed=source) if isinstance(source, int) else Point(card.id, z=source) for source in sources)
    return Term({}, tuple(map(Exemplar, points)))


def _asked(card: Card, found: Pool, terms: Sequence[Traits], row: int, seed: int) -> Term:
    """A row of traits, with exemplars found for it."""
    order, shown_in = found.order(terms[row])
    if not shown_in:
        words = view.title(terms[row], "en")
        raise UserError(say("row_unfound", "en", count=len(order), model=card.id, traits=words, seed=order[0]))
    seed, count = (seed + row) % (MAX_SEED + 1), min(shown_in, work.USUAL)
    return Term(terms[row], tuple(map(of_seed, work.find(found, terms, row, seed, count=count))))


def weighted(terms: Sequence[Term], weights: Any) -> list[Term]:
    """The rows with a program's weights; raises `UserError`."""
    if weights in ([], ()):
        return list(terms)
    lists = isinstance(weights, list) and len(weights) == len(ROWS) and all(isinstance(row, list) for row in weights)
    if not lists or [len(row) for row in weights] != [len(term.exemplars) for term in terms]:
        raise UserError(say("bad_weights", "en", value=shown(weights)))
    return [
        replace(
            term,
            exemplars=tuple(
                replace(exemplar, weight=checks.weight(weight))
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
            f"{name}-equation.png": poster.draw(card, equation, solution),
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
        exemplars=[[exemplar.seed for exemplar in term.exemplars] for term in equation.terms],
        readings=[
            {name: shares[place] for name, shares in solution.readings.items()} for place in range(len(ROWS) + 1)
        ],
        z=list(solution.z),
    )
