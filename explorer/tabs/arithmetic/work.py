"""Arithmetic with averaged latent vectors: A - B + C, each the mean of exemplars that a judge has sorted by their traits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.latent import latents, paths
from explorer.latent.point import Point
from explorer.models.store import ModelStore, beside
from explorer.page.checks import MAX_EXEMPLARS
from explorer.page.view import View, control
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card, pool
from models_zoo.card import POOL_FILE
from models_zoo.pool import SIGNS, SUMS, Pool, Traits

if TYPE_CHECKING:
    import torch

    from models_zoo.checkpoint import LatentModel

ROWS = ("A", "B", "C")
USUAL = 3
"""Exemplars that a row gets unless somebody wants more: as many as in the paper."""
COUNTS = (1, USUAL, MAX_EXEMPLARS)
"""How many exemplars all rows can be given at once: with one each, sums go wrong."""
PAGE = 20
"""Pictures of the pool that are shown at once."""
FRAMES = 7
"""Pictures on the way from A to the result, both included."""
FILM = 25
"""The same of a film."""
NOISE = 0.25 * math.sqrt(3)
"""Uniform noise up to this either way surrounds the result. The paper's 0.25 is for z uniform in [-1, 1], whose
deviation is smaller by sqrt(3) than that of our normal z."""
MADE = 256
"""Pictures that are judged on the spot where a model comes without a pool."""
OFFERED = (
    "Male",
    "Eyeglasses",
    "Smiling",
    "Blond_Hair",
    "Black_Hair",
    "Brown_Hair",
    "Gray_Hair",
    "Bangs",
    "Bald",
    "No_Beard",
    "Mustache",
    "Mouth_Slightly_Open",
    "Wearing_Lipstick",
    "Wearing_Hat",
    "Young",
)
"""The attributes of faces that the page offers: those that can be seen, and none that is a mere opinion."""
PRESETS: dict[str, tuple[Traits, Traits, Traits]] = {
    **SUMS,
    "mouth": (
        {"Male": True, "Mouth_Slightly_Open": True},
        {"Male": True, "Mouth_Slightly_Open": False},
        {"Male": False, "Mouth_Slightly_Open": False},
    ),
    "five": ({"5": True}, {"4": True}, {"2": True}),
    "nine": ({"9": True}, {"3": True}, {"2": True}),
}
"""Sums that work at the first click; those of faces are the paper's and one more."""
DRAWS = {"glasses": 288, "mouth": 228}
"""Draws of a preset's exemplars, other than the first, whose means keep what each row asks for with the bundled model of faces."""


@dataclass(frozen=True)
class ArithmeticView(View):
    """The model, what a link holds of the three rows, and whether means are scaled to the usual `length`."""

    model: str = control()
    a: str = control("")
    b: str = control("")
    c: str = control("")
    length: bool = control(False)

    @property
    def rows(self) -> dict[str, str]:
        """The rows of the link by their names there; empty where the link has none."""
        return {"a": self.a, "b": self.b, "c": self.c}


@dataclass(frozen=True)
class Exemplar:
    """A point of the model, by its seed or kept, and its weight in the mean of its row, 0 to `MAX_WEIGHT`."""

    point: Point
    weight: float = 1.0

    @property
    def seed(self) -> int | None:
        """The seed of the point, if it has one."""
        return self.point.seed


def of_seed(seed: int, weight: float = 1.0) -> Exemplar:
    """The exemplar of a seed."""
    return Exemplar(Point(seed=seed), weight)


@dataclass(frozen=True)
class Term:
    """One row: the `traits` by which exemplars are found, and the exemplars themselves, 1 to `MAX_EXEMPLARS`."""

    traits: Traits
    exemplars: tuple[Exemplar, ...]

    def seeds(self) -> list[int]:
        """The seeds among the exemplars."""
        return [exemplar.seed for exemplar in self.exemplars if exemplar.seed is not None]


@dataclass(frozen=True)
class Equation:
    """A - B + C with a model. With `usual_length`, what is drawn of means has the length sqrt(latent_size) of random vectors."""

    model: str
    terms: tuple[Term, ...]
    usual_length: bool = False


@dataclass(frozen=True)
class Solution:
    """What an equation gives, all pictures as N x H x W x C.

    For each row its `exemplars`, and the picture of its mean in `averages` (3); the `neighbourhood` (9) with the
    result in its middle; the `strip` from A's mean to the result; the result's `z`. `readings` maps
    what a judge can see to its probability in the three means and the result; without a judge it is empty.
    """

    exemplars: tuple[Pixels, ...]
    averages: Pixels
    neighbourhood: Pixels
    strip: Pixels
    z: tuple[float, ...]
    readings: dict[str, tuple[float, ...]]

    @property
    def result(self) -> Pixels:
        """The result itself, 1 x H x W x C."""
        return self.strip[-1:]


def pool_of(store: ModelStore, card: Card, announce: Callable[[], None] = lambda: None) -> Pool:
    """The pool kept with a model; else one of its first `MADE` seeds, which a judge of its dataset sorts now, once.

    `announce` is called before that, because it may take seconds. Where there is no judge the pool knows no traits.
    Raises `ZooError` if a file is damaged.
    """
    stored: Pool | None = beside(card, POOL_FILE, pool.read, card.sha256)
    if stored is not None:
        return stored
    key = (store, card.id, card.sha256)
    if key not in _made:
        judge = store.judge_of(card)
        if judge is None:
            return Pool((), np.zeros((MADE, 0), np.float32))
        announce()
        sees = store.get(judge.id)
        with store.using(card.id) as model:
            made = pool.judged(model, sees, MADE)
        while len(_made) >= MOST_MADE:
            _made.pop(next(iter(_made)))
        _made[key] = made
    return _made[key]


_made: dict[tuple[ModelStore, str, str], Pool] = {}
MOST_MADE = 32
"""Pools made on the spot that stay in memory."""


def offered(found: Pool) -> list[tuple[str, bool]]:
    """The traits that the page offers, each with whether a picture is to show it or to lack it.

    Of traits that exclude each other, lacking one says too little to be worth asking for.
    """
    names = [name for name in OFFERED if name in found.names] or list(found.names)
    return [(name, wanted) for name in names for wanted in ((True,) if found.exclusive else (True, False))]


def presets(found: Pool) -> list[str]:
    """The names of the presets whose traits the pool knows."""
    return [name for name, terms in PRESETS.items() if all(set(traits) <= set(found.names) for traits in terms)]


def preset(model: str, found: Pool, name: str) -> Equation:
    """The sum of that preset, always with the same exemplars."""
    return Equation(model, filled([Term(traits, ()) for traits in PRESETS[name]], found))


def start(model: str, found: Pool) -> Equation:
    """What a visitor meets first: the first preset, or any pictures where the pool knows the traits of none."""
    names = presets(found)
    return preset(model, found, names[0]) if names else Equation(model, filled([Term({}, ())] * len(ROWS), found))


def find(
    found: Pool, terms: Sequence[Traits], row: int, seed: int, *, without: Sequence[int] = (), count: int = USUAL
) -> list[int]:
    """Different seeds for a row of the sum of `terms`, drawn with `seed` among the `pool.candidates`.

    Where too few pictures show the row's traits, the closest fill up the rest. Those of `without` come again only where
    there are no others.
    """
    group = pool.candidates(found, terms, row)
    if len(group) < count:
        order, _ = found.order(terms[row])
        group = order[:count]
    fresh = [place for place in group if place not in without]
    drawn = np.random.default_rng(seed).permutation(fresh if len(fresh) >= count else group)
    return drawn[:count].tolist()


def filled(terms: Sequence[Term], found: Pool) -> tuple[Term, ...]:
    """With exemplars, always the same, in the rows that have none."""
    traits = _traits(terms)
    draw = next((DRAWS.get(name, 0) for name, preset in PRESETS.items() if [*preset] == traits), 0)
    return tuple(term if term.exemplars else _found(found, traits, row, row + draw) for row, term in enumerate(terms))


def _found(
    found: Pool, terms: Sequence[Traits], row: int, seed: int, without: Sequence[int] = (), count: int = USUAL
) -> Term:
    return Term(dict(terms[row]), tuple(map(of_seed, find(found, terms, row, seed, without=without, count=count))))


def _traits(terms: Sequence[Term]) -> list[Traits]:
    return [term.traits for term in terms]


# What a visitor does to an equation; each gives the changed one, or raises `UserError`


def refound(equation: Equation, row: int, found: Pool, seed: int) -> Equation:
    """With other exemplars of the same traits in a row."""
    term = equation.terms[row]
    return _with(equation, row, _found(found, _traits(equation.terms), row, seed, term.seeds()))


def anew(equation: Equation, found: Pool, count: int, seed: int) -> Equation:
    """With `count` other exemplars of the same traits in every row."""
    traits = _traits(equation.terms)
    terms = (_found(found, traits, row, seed + row, term.seeds(), count) for row, term in enumerate(equation.terms))
    return replace(equation, terms=tuple(terms))


def with_trait(equation: Equation, row: int, found: Pool, name: str, wanted: bool | None, seed: int) -> Equation:
    """With the trait `name` wanted, unwanted, or (None) no more asked for in a row, and exemplars found for it.

    They suit the new equation; the exemplars of the other rows stay.
    """
    terms = _traits(equation.terms)
    before = {} if found.exclusive else terms[row]
    traits = {other: value for other, value in before.items() if other != name}
    terms[row] = traits if wanted is None else {**traits, name: wanted}
    return _with(equation, row, _found(found, terms, row, seed))


def toggled(equation: Equation, row: int, point: Point, language: str) -> Equation:
    """With `point` among the exemplars of a row, or no more, if it was."""
    term = equation.terms[row]
    rest = tuple(exemplar for exemplar in term.exemplars if exemplar.point != point)
    exemplars = rest if len(rest) < len(term.exemplars) else (*rest, Exemplar(point))
    return checked(_with(equation, row, replace(term, exemplars=exemplars)), language)


def weighed(equation: Equation, row: int, place: int, weight: float, language: str) -> Equation:
    """With another weight of the exemplar at that place of a row."""
    term = equation.terms[row]
    exemplars = list(term.exemplars)
    exemplars[place] = replace(exemplars[place], weight=weight)
    return checked(_with(equation, row, replace(term, exemplars=tuple(exemplars))), language)


def checked(equation: Equation, language: str) -> Equation:
    """`equation` if each row has 1 to `MAX_EXEMPLARS` exemplars of which one has a weight; raises `UserError`."""
    for row, term in zip(ROWS, equation.terms, strict=True):
        if not term.exemplars:
            raise UserError(say("row_empty", language, row=row))
        if len(term.exemplars) > MAX_EXEMPLARS:
            raise UserError(say("row_full", language, row=row, most=MAX_EXEMPLARS))
        if not any(exemplar.weight for exemplar in term.exemplars):
            raise UserError(say("row_weightless", language, row=row))
    return equation


def _with(equation: Equation, row: int, term: Term) -> Equation:
    return replace(equation, terms=(*equation.terms[:row], term, *equation.terms[row + 1 :]))


def sought(terms: Sequence[Term]) -> dict[str, bool]:
    """What A - B + C promises of the traits that all three rows speak of."""
    return pool.sought(_traits(terms))


def solve(store: ModelStore, card: Card, equation: Equation, seed: int = 0) -> Solution:
    """Draw an equation that is `checked`; the noise around the result is drawn with `seed`.

    Raises `ZooError` if the model or the judge cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        rows, means, result = _solved(model, equation)
        parts = [*rows, means, around(result, seed), _way(means[0], result, FRAMES)]
        pictures = model.generate(torch.cat(parts).to(model.device))
    pixels, drawn = images.pixels(pictures), []
    for part in parts:
        drawn.append(pixels[: len(part)])
        pixels = pixels[len(part) :]
    *exemplars, averages, neighbourhood, strip = drawn
    before = sum(map(len, rows))
    seen = _readings(store, card, torch.cat([pictures[before : before + 3], pictures[-1:]]))
    return Solution(tuple(exemplars), averages, neighbourhood, strip, tuple(result.tolist()), seen)


def film(store: ModelStore, card: Card, equation: Equation) -> Pixels:
    """`FILM` pictures on the way from A's mean to the result, N x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        _, means, result = _solved(model, equation)
        return images.pixels(model.generate(_way(means[0], result, FILM).to(model.device)))


def _solved(model: LatentModel, equation: Equation) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    """The latent vectors of each row's exemplars, those of the means, 3 x latent_size, and that of the result."""
    import torch

    rows = [torch.stack([e.point.latent(model) for e in term.exemplars]) for term in equation.terms]
    weights = [[e.weight for e in term.exemplars] for term in equation.terms]
    means = torch.stack(list(map(latents.average, rows, weights)))
    result = model.combined(means, SIGNS)
    if equation.usual_length:
        means, result = latents.with_norm(means), latents.with_norm(result)
    return rows, means, result


def _way(start: torch.Tensor, end: torch.Tensor, count: int) -> torch.Tensor:
    import torch

    return paths.along(torch.stack([start, end]), paths.positions(count, 2), "lerp")


def around(z: torch.Tensor, seed: int) -> torch.Tensor:
    """`z` (latent_size) in the middle of a 3 x 3 neighbourhood of small uniform noise, row by row: 9 x latent_size."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    noise = (2 * torch.rand(9, len(z), generator=generator) - 1) * NOISE
    noise[4] = 0
    return z + noise


def _readings(store: ModelStore, card: Card, pictures: torch.Tensor) -> dict[str, tuple[float, ...]]:
    judge = store.judge_of(card)
    if judge is None:
        return {}
    with store.using(judge.id) as model:
        shares = pool.log_odds(model, pictures.to(model.device)).sigmoid().cpu()
    return {name: tuple(column) for name, column in zip(judge.classes, shares.T.tolist(), strict=True)}


def offered_seeds(found: Pool, term: Term, page: int) -> list[int]:
    """The seeds on a page of the pool, those that show the row's traits most clearly first."""
    order, _ = found.order(term.traits)
    return order[page * PAGE :][:PAGE]


def draw(store: ModelStore, card: Card, seeds: Sequence[int]) -> Pixels:
    """The pictures of `seeds`, N x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        return images.pixels(model.generate(model.latents(seeds)))
