"""Moving a picture's latent vector along named directions, and what a judge sees change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.latent.point import Point, named
from explorer.models.store import ModelStore, beside
from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card, directions
from models_zoo.card import DIRECTIONS_FILE
from models_zoo.directions import Direction

if TYPE_CHECKING:
    import torch

TASKS = ("unconditional",)
FRAMES = tuple(step / 4 for step in range(-4, 5))
"""How far along a direction each picture of a strip lies, 1 being the end of its slider."""
WAY = 17
"""Pictures of a film from where a push starts to where it ends."""
MOST = {"attribute": 6, "principal": 10}
"""Sliders that the page has at most for each kind of direction."""
THUMBNAIL = 64
"""Pixels that pictures beside sliders have at most."""


def _move(value: Any, card: Card, language: str) -> str:
    return checks.readable(value, lambda text: from_link(text, card), "bad_move", language)


@dataclass(frozen=True)
class DirectionsView(View):
    """Where to start and how far to go: `move` holds the sliders as a link does.

    The picture of `seed` is where to start, unless `start` names a kept point; `last` is the direction that the strip shows.
    """

    model: str = control()
    seed: int = control(7, checks.seed)
    truncation: float = control(1.0, checks.truncation)
    move: str = control("", of_model=_move)
    start: str | None = control(None)
    last: str = control("", link=False)


@dataclass(frozen=True)
class Push:
    """What to start from, and how far to go along directions, by their names; 1 is the end of a slider."""

    start: Point
    amounts: Mapping[str, float]


@dataclass(frozen=True)
class Steered:
    """A picture before and after moving, both 1 x H x W x C, the vector moved to, and what a judge reads in both.

    `readings` maps an attribute's name to the probabilities that the one and the other picture have it.
    """

    before: Pixels
    after: Pixels
    z: tuple[float, ...]
    readings: dict[str, tuple[float, float]]


def of_model(card: Card) -> tuple[Direction, ...]:
    """The directions kept with a model, none if it has none; raises `ZooError` if they are damaged."""
    return tuple(beside(card, DIRECTIONS_FILE, directions.read, card.latent_size) or ())


def found(card: Card, language: str) -> dict[str, Direction]:
    """The directions of a model by name; raises `UserError` where it has none."""
    known = {direction.name: direction for direction in of_model(card)}
    if not known:
        raise UserError(say("no_directions", language, model=card.id))
    return known


def with_sliders(card: Card) -> list[Direction]:
    """The directions that have sliders, in the order of these."""
    known = of_model(card)
    return [each for kind, most in MOST.items() for each in [one for one in known if one.kind == kind][:most]]


def push(view: DirectionsView, card: Card, kept: Sequence[Point], language: str) -> Push:
    """What the view asks for; raises `UserError` for a point that is not kept, and where there is no direction."""
    start: Point | None = Point(seed=view.seed, truncation=view.truncation)
    if view.start:
        start = named(kept, card.id, view.start)
        if start is None:
            raise UserError(say("point_unknown", language))
    found(card, language)
    return Push(start, from_link(view.move, card))


def told(value: Any, card: Card, language: str) -> str:
    """Where the sliders stand, from -1 to 1 by the names of their directions, as a link holds it; raises `UserError` for all else."""
    names = [direction.name for direction in with_sliders(card)]
    found = checks.amounts(value, names, language)
    # In a browser names that are numbers come first.
    return _move(to_link({name: found[name] for name in names if name in found}), card, language)


def to_link(amounts: Mapping[str, float]) -> str:
    """How far to go along each direction as a link holds it, ``"Smiling:-1,1:0.25"``."""
    return ",".join(f"{name}:{amount:g}" for name, amount in amounts.items())


def from_link(text: str, card: Card) -> dict[str, float]:
    """What `to_link` made for the sliders of the model of `card`, whose ends are -1 and 1; raises `ValueError` for all else."""
    if not text:
        return {}
    names = [direction.name for direction in with_sliders(card)]
    moves = [re.fullmatch(r"(\w{1,40}):(-?[01](?:\.[0-9]{1,4})?)", part) for part in text.split(",")]
    if not all(match and match[1] in names and abs(float(match[2])) <= 1 for match in moves):
        raise ValueError(text)
    return {match[1]: float(match[2]) for match in moves}


def steer(store: ModelStore, card: Card, push: Push) -> Steered:
    """The picture where the `push` starts, and the one where it ends.

    Raises `ZooError` if the model or its directions cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z = push.start.latent(model)
        end = z + _shift(of_model(card), push.amounts, len(z))
        pictures = model.generate(torch.stack([z, end]).to(model.device))
    pixels = images.pixels(pictures)
    return Steered(pixels[:1], pixels[1:], tuple(end.tolist()), _readings(store, card, pictures))


def strip(store: ModelStore, card: Card, push: Push, name: str) -> Pixels:
    """Pictures at `FRAMES` along the direction `name`, the other amounts of the `push` held: N x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z, known = push.start.latent(model), of_model(card)
        ways = [_shift(known, {**push.amounts, name: amount}, len(z)) for amount in FRAMES]
        return images.pixels(model.generate((z + torch.stack(ways)).to(model.device)))


def way(store: ModelStore, card: Card, push: Push) -> Pixels:
    """`WAY` pictures from where the `push` starts to where it ends: N x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z = push.start.latent(model)
        shares = torch.linspace(0, 1, WAY)[:, None]
        ways = z + shares * _shift(of_model(card), push.amounts, len(z))
        return images.pixels(model.generate(ways.to(model.device)))


def look(store: ModelStore, card: Card, push: Push) -> Pixels:
    """The picture where the `push` ends, alone: 1 x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z = push.start.latent(model)
        return images.pixels(model.generate((z + _shift(of_model(card), push.amounts, len(z)))[None].to(model.device)))


def ends(store: ModelStore, card: Card, start: Point) -> Pixels:
    """What each slider does to the picture at `start`: a row of two for each, its lower end and its upper: 1 x H' x W' x C."""
    import torch

    ways = [each.vector for each in with_sliders(card)]
    with store.using(card.id) as model, torch.inference_mode():
        shifts = torch.tensor([[-1.0], [1.0]]) * torch.tensor(ways)[:, None]
        pictures = model.generate((start.latent(model) + shifts).flatten(0, 1).to(model.device))
        if pictures.shape[-1] > THUMBNAIL:
            pictures = torch.nn.functional.interpolate(pictures, size=THUMBNAIL, mode="area")
        return images.sheet(images.pixels(pictures), 2, gap=0)


def _shift(known: Sequence[Direction], amounts: Mapping[str, float], latent_size: int) -> torch.Tensor:
    import torch

    total = torch.zeros(latent_size)
    for direction in known:
        if amount := amounts.get(direction.name, 0):
            total += amount * torch.tensor(direction.vector)
    return total


def _readings(store: ModelStore, card: Card, pictures: torch.Tensor) -> dict[str, tuple[float, float]]:
    """What the judge of the model's dataset says of both pictures, of the attributes that the model has directions for."""
    names = [direction.name for direction in of_model(card) if direction.kind == "attribute"]
    judge = store.judge_of(card)
    if judge is None or not names:
        return {}
    with store.using(judge.id) as model:
        shares = model.classify(pictures.to(model.device)).sigmoid().cpu()
    return {name: tuple(shares[:, judge.classes.index(name)].tolist()) for name in names if name in judge.classes}
