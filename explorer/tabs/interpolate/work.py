"""Keyframes that a visitor strings together, and the film of the path through them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.latent import paths
from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.page.checks import MAX_KEYS, MAX_SEED
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.pictures.reading import TASK as CLASS_CONDITIONAL
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

TASKS = ("unconditional", CLASS_CONDITIONAL)
FEWEST = 2
FPS = 20
"""Frames per second of a film; a GIF counts in hundredths of a second, so not every number will do."""
BATCH = 64
"""Pictures that are made at once, so that a long film takes no more memory than a short one."""


@dataclass(frozen=True)
class Keyframe:
    """A point, which any model can draw if it is a seed, and the class asked for where the model wants one.

    `number` tells it from the others in a row, which may hold the same seed twice.
    """

    number: int
    point: Point
    label: int = 0

    def fits(self, card: Card) -> bool:
        """Whether the model of `card` can draw it: any can draw a seed, but a point belongs to its own."""
        return self.point.fits(card)

    def name(self, language: str) -> str:
        """What it is called on the page."""
        return self.point.title(language)


@dataclass(frozen=True)
class Journey:
    """A path through `keys`: by which method, in how many frames, and whether back to the first.

    `truncation` scales the vectors of seeds; a kept point stays the point that was kept.
    """

    keys: tuple[Keyframe, ...]
    method: str
    frames: int
    loop: bool
    truncation: float

    def places(self) -> list[float]:
        """Where each frame lies, counted in keyframes."""
        return paths.positions(self.frames, len(self.keys), self.loop)

    def stretches(self) -> int:
        """How many stretches lie between its keyframes."""
        return paths.stretches(len(self.keys), self.loop)


@dataclass(frozen=True)
class Film:
    """The frames of a journey, `pixels` N x H x W x C, how far along the path each lies, 0..1, and the norm of its z."""

    pixels: Pixels
    times: list[float]
    norms: list[float]


def numbered(points: Sequence[tuple[Point, int]]) -> list[Keyframe]:
    """A row of keyframes from points with their classes."""
    return [Keyframe(number, point, label) for number, (point, label) in enumerate(points)]


def of_model(keys: Sequence[Keyframe], card: Card) -> list[Keyframe]:
    """Those of `keys` that the model of `card` can draw, with classes that it has.

    The others stay in the row unseen, and are there again when their own model is.
    """
    most = max(1, len(card.classes))
    return [dataclasses.replace(key, label=key.label % most) for key in keys if key.fits(card)]


def add(keys: Sequence[Keyframe], point: Point, label: int, card: Card, language: str) -> list[Keyframe]:
    """`keys` with one more at the end; raises `UserError` if the model of `card` has `MAX_KEYS` already."""
    if len(of_model(keys, card)) >= MAX_KEYS:
        raise UserError(say("keys_full", language, most=MAX_KEYS))
    return [*keys, Keyframe(1 + max((key.number for key in keys), default=-1), point, label)]


def remove(keys: Sequence[Keyframe], number: int, card: Card, language: str) -> list[Keyframe]:
    """`keys` without the one of that `number`; raises `UserError` if the path would then have no two ends."""
    rest = [key for key in keys if key.number != number]
    if len(of_model(rest, card)) < FEWEST:
        raise UserError(say("keys_few", language, least=FEWEST))
    return rest


def move(keys: Sequence[Keyframe], number: int, step: int, card: Card) -> list[Keyframe]:
    """`keys` with the one of that `number` moved one place on (`step` 1) or back (-1) among those that `card` can draw."""
    row = [key.number for key in of_model(keys, card)]
    if number not in row or not 0 <= row.index(number) + step < len(row):
        return list(keys)
    places = {key.number: index for index, key in enumerate(keys)}
    one, other = places[number], places[row[row.index(number) + step]]
    moved = list(keys)
    moved[one], moved[other] = moved[other], moved[one]
    return moved


def relabel(keys: Sequence[Keyframe], number: int, label: int) -> list[Keyframe]:
    """`keys` where the one of that `number` asks for the class `label`."""
    return [dataclasses.replace(key, label=label) if key.number == number else key for key in keys]


def to_link(keys: Sequence[Keyframe], card: Card) -> str:
    """The seeds among `keys` as a link holds them, ``"7,8"``, or with their classes ``"7-2,8-0"``; empty if under two."""
    seeds = [key for key in keys if key.point.seed is not None]
    if len(seeds) < FEWEST:
        return ""
    return ",".join(f"{key.point.seed}-{key.label}" if card.classes else str(key.point.seed) for key in seeds)


def from_link(text: str, card: Card) -> list[Keyframe]:
    """What `to_link` made, where classes may be missing; raises `ValueError` for all else."""
    parts = text.split(",")
    matches = [re.fullmatch(r"([0-9]{1,10})(?:-([0-9]{1,4}))?", part) for part in parts]
    if not FEWEST <= len(parts) <= MAX_KEYS or not all(matches):
        raise ValueError(text)
    sources = [(int(match[1]), int(match[2] or 0)) for match in matches]
    if any(seed > MAX_SEED or label >= max(1, len(card.classes)) for seed, label in sources):
        raise ValueError(text)
    return numbered([(Point(seed=seed), label) for seed, label in sources])


def shoot(store: ModelStore, card: Card, journey: Journey) -> Film:
    """The film of a `journey` with the model of `card`; between two classes their weights go evenly from one to the other.

    Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    places = journey.places()
    with store.using(card.id) as model, torch.inference_mode():
        z, weights = _along(model, card, journey, places)
        batches = []
        for start in range(0, len(z), BATCH):
            part = slice(start, start + BATCH)
            labels = () if weights is None else (weights[part].to(model.device),)
            batches.append(images.pixels(model.generate(z[part].to(model.device), *labels)))
    times = [place / journey.stretches() for place in places]
    return Film(np.concatenate(batches), times, z.norm(dim=1).tolist())


def point(store: ModelStore, card: Card, journey: Journey, t: float, name: str) -> Point:
    """The point at `t` in 0..1 of the journey, under a `name`; between two classes it takes the nearer one."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z, weights = _along(model, card, journey, [t * journey.stretches()])
    label = None if weights is None else int(weights[0].argmax())
    return Point(card.id, z=tuple(z[0].tolist()), label=label, name=name)


def _truncated(point: Point, truncation: float) -> Point:
    """The point with that truncation of its seed; a vector stays as it is."""
    return dataclasses.replace(point, truncation=truncation)


def _along(model: ZooModel, card: Card, journey: Journey, places: Sequence[float]) -> tuple[Tensor, Tensor | None]:
    """The latents at `places`, and the weights of the classes there if the model asks for classes; both on the CPU."""
    import torch

    ends = torch.stack([_truncated(key.point, journey.truncation).latent(model) for key in journey.keys])
    weights = None
    if card.task == CLASS_CONDITIONAL:
        one_hot = torch.eye(len(card.classes))[[key.label for key in journey.keys]]
        weights = paths.along(one_hot, places, "lerp", journey.loop)
    return paths.along(ends, places, journey.method, journey.loop), weights
