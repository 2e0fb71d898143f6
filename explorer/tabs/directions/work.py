"""Moving a picture's latent vector along named directions, and what a judge sees change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from explorer.latent.point import Point, named
from explorer.models.store import ModelStore, beside
from explorer.page import checks
from explorer.page.view import Asked, View, control
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
SLOTS = {"attribute": 6, "principal": 10}
"""Sliders that the page has for each kind of direction."""


@dataclass(frozen=True)
class DirectionsView(View):
    """Where to start and how far to go: `move` holds the sliders as a link does.

    The picture of `seed` is where to start, unless `start` names a kept point; `last` is the direction that the strip shows.
    """

    model: str = control()
    seed: int = control(7, checks.seed)
    truncation: float = control(1.0, checks.truncation)
    move: str = control("")
    start: str | None = control(None, link=False)
    last: str = control("", link=False)

    def settled(self, asked: Asked, linked: set[str]) -> tuple[DirectionsView, set[str]]:
        try:
            from_link(self.move, asked.card)
        except ValueError:
            return replace(self, move=""), {"move"}
        return self, set()


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


def slots(card: Card) -> list[Direction | None]:
    """The direction of each slider, None for those that this model leaves unused."""
    taken: list[Direction | None] = []
    for kind, count in SLOTS.items():
        fitting = [direction for direction in of_model(card) if direction.kind == kind][:count]
        taken += [*fitting, *[None] * (count - len(fitting))]
    return taken


def by_slot(amounts: Sequence[Any], card: Card) -> dict[str, Any]:
    """The amounts of the sliders, in their order, by the names of their directions; without those at 0."""
    return {each.name: amount for each, amount in zip(slots(card), amounts, strict=True) if each and amount}


def push(view: DirectionsView, card: Card, kept: Sequence[Point], amounts: Sequence[Any], language: str) -> Push:
    """What the view and the sliders ask for; raises `UserError` for a point that is not kept, and for wrong amounts."""
    start: Point | None = Point(seed=view.seed, truncation=view.truncation)
    if view.start:
        start = named(kept, card.id, view.start)
        if start is None:
            raise UserError(say("point_unknown", language))
    return Push(start, checks.amounts(by_slot(amounts, card), list(found(card, language)), language))


def to_link(amounts: Mapping[str, float]) -> str:
    """How far to go along each direction as a link holds it, ``"Smiling:-1,1:0.25"``."""
    return ",".join(f"{name}:{amount:g}" for name, amount in amounts.items())


def from_link(text: str, card: Card) -> dict[str, float]:
    """What `to_link` made for the sliders of the model of `card`, whose ends are -1 and 1; raises `ValueError` for all else."""
    if not text:
        return {}
    names = [direction.name for direction in slots(card) if direction]
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


def film(frames: Pixels) -> bytes:
    """The pictures of a strip there and back again as a GIF."""
    there_and_back = frames[[*range(len(frames)), *range(len(frames) - 2, 0, -1)]]
    return images.gif(images.enlarge(there_and_back, images.FILM_SIZE), 120)


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
