"""Moving a picture's latent vector along named directions, and what a judge sees change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.latent.point import Point
from explorer.models.store import ModelStore, beside
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import Card, directions
from models_zoo.card import DIRECTIONS_FILE
from models_zoo.directions import Direction

if TYPE_CHECKING:
    import torch

FRAMES = tuple(step / 4 for step in range(-4, 5))
"""How far along a direction each picture of a strip lies, 1 being the end of its slider."""


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


def steer(store: ModelStore, card: Card, start: Point, amounts: Mapping[str, float]) -> Steered:
    """The picture of `start`, and the one that lies `amounts` of the slider's ends along the directions of those names.

    Raises `ZooError` if the model or its directions cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z = start.latent(model)
        end = z + _shift(of_model(card), amounts, len(z))
        pictures = model.generate(torch.stack([z, end]).to(model.device))
    pixels = images.pixels(pictures)
    return Steered(pixels[:1], pixels[1:], tuple(end.tolist()), _readings(store, card, pictures))


def strip(store: ModelStore, card: Card, start: Point, amounts: Mapping[str, float], name: str) -> Pixels:
    """Pictures at `FRAMES` along the direction `name`, the other `amounts` held: N x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z, found = start.latent(model), of_model(card)
        ways = [_shift(found, {**amounts, name: amount}, len(z)) for amount in FRAMES]
        return images.pixels(model.generate((z + torch.stack(ways)).to(model.device)))


def _shift(found: Sequence[Direction], amounts: Mapping[str, float], latent_size: int) -> torch.Tensor:
    import torch

    total = torch.zeros(latent_size)
    for direction in found:
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
