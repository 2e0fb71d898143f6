"""Keyframes that a visitor strings together, and the path through them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer.latent import paths
from explorer.latent.latents import MAX_SEED
from explorer.latent.point import Point
from explorer.page import checks
from explorer.page.checks import MAX_KEYS
from explorer.page.view import Asked, View, control
from explorer.pictures.reading import TASK as CLASS_CONDITIONAL
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card

TASKS = ("unconditional", CLASS_CONDITIONAL)
FEWEST = 2
"""Keyframes that a path has at least."""
STRENGTH = 0.3
"""How much children mutate, if nobody says otherwise."""
USUAL = ((5, 3), (11, 8), (30, 0), (31, 6))
"""Seeds, with their classes for models that take some, that a visitor without a link meets."""


def method(value: Any, language: str = "en") -> str:
    """`value` if it is one of `paths.METHODS`; raises `UserError`."""
    return checks.option(value, paths.METHODS, "method", language)


def strength(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a number from 0 to 1; raises `UserError` for all else."""
    if not checks.is_number(value, 0, 1):
        raise UserError(say("bad_strength", language, value=shown(value)))
    return float(value)


def places(text: str) -> list[int]:
    """The places that a link's `parents` holds, two or none."""
    return [int(place) for place in text.split("-")] if text else []


def _parents(value: Any, language: str) -> str:
    if not isinstance(value, str) or not re.fullmatch("([0-9]{1,2}-[0-9]{1,2})?", value):
        raise UserError(say("bad_parents", language, value=shown(value)))
    return value


def _frames(value: Any, language: str) -> int:
    """Enough frames for as many keyframes as there may be."""
    return checks.frames(value, MAX_KEYS, language)


@dataclass(frozen=True)
class PathView(View):
    """How a path is walked. `keys` are its seeds as a link holds them, and `t` (0 to 1) is where the player stands.

    Two of the keys breed: `parents` are their places, counted from 0, as a link holds them ("0-3"), or empty for the first and the last.
    `strength` and `brood` are those of `explorer.tabs.interpolate.breed.Brood`.
    """

    model: str = control()
    method: str = control("slerp", method)
    frames: int = control(60, _frames)
    loop: bool = control(True)
    truncation: float = control(1.0, checks.truncation)
    keys: str = control("")
    t: float = control(0.0, checks.step)
    parents: str = control("", _parents, page=False)
    strength: float = control(STRENGTH, strength, page=False)
    brood: int = control(0, checks.seed, page=False)

    def settled(self, asked: Asked, linked: set[str]) -> tuple[PathView, set[str]]:
        if "keys" not in linked:
            return self, set()
        try:
            from_link(self.keys, asked.card)
        except ValueError:
            return replace(self, keys=""), {"keys"}
        return self, set()


@dataclass(frozen=True)
class Keyframe:
    """A point, whose label is the class asked for where the model takes one.

    `number` tells it from the others in a row, which may hold the same point twice.
    """

    number: int
    point: Point

    @property
    def label(self) -> int:
        """The number of its class; 0 where none is known."""
        return self.point.label or 0

    def of_class(self, label: int) -> Keyframe:
        """The keyframe with another class."""
        return replace(self, point=replace(self.point, label=label))


Keys = tuple[Keyframe, ...]


@dataclass(frozen=True)
class Journey:
    """A path through `keys`: by which method, in how many frames, and whether back to the first.

    `truncation` scales the vectors of seeds; a kept point stays the point that was kept.
    """

    keys: Keys
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


def journey(view: PathView, keys: Keys, card: Card) -> Journey:
    """The path through those of `keys` that the model of `card` can draw, at least `FEWEST`."""
    return Journey(of_model(keys, card), view.method, view.frames, view.loop, view.truncation)


def numbered(points: Sequence[Point]) -> Keys:
    """A row of keyframes from points."""
    return tuple(Keyframe(number, point) for number, point in enumerate(points))


def of_model(keys: Keys, card: Card) -> Keys:
    """Those of `keys` that the model of `card` can draw, with classes that it has.

    The others stay in the row unseen, and are there again when their own model is.
    """
    most = max(1, len(card.classes))
    return tuple(key.of_class(key.label % most) for key in keys if key.point.fits(card))


def enough(keys: Keys, card: Card) -> Keys:
    """`keys`, and after them the `USUAL` ones if the model of `card` can draw fewer than `FEWEST`."""
    if len(of_model(keys, card)) < FEWEST:
        for seed, label in USUAL:
            keys = add(keys, Point(seed=seed, label=label), card, "en")
    return keys


def add(keys: Keys, point: Point, card: Card, language: str) -> Keys:
    """`keys` with one more at the end; a point without a class gets the one after that of the last keyframe.

    Raises `UserError` if the model of `card` has `MAX_KEYS` already.
    """
    shown = of_model(keys, card)
    if len(shown) >= MAX_KEYS:
        raise UserError(say("keys_full", language, most=MAX_KEYS))
    if point.label is None:
        point = replace(point, label=shown[-1].label + 1 if shown else 0)
    return (*keys, Keyframe(1 + max((key.number for key in keys), default=-1), point))


def remove(keys: Keys, number: int, card: Card, language: str) -> Keys:
    """`keys` without the one of that `number`; raises `UserError` if the path would then have no two ends."""
    rest = tuple(key for key in keys if key.number != number)
    if len(of_model(rest, card)) < FEWEST:
        raise UserError(say("keys_few", language, least=FEWEST))
    return rest


def move(keys: Keys, number: int, step: int, card: Card) -> Keys:
    """`keys` with the one of that `number` moved one place on (`step` 1) or back (-1) among those that `card` can draw."""
    shown = [key.number for key in of_model(keys, card)]
    if number not in shown or not 0 <= shown.index(number) + step < len(shown):
        return keys
    places = {key.number: index for index, key in enumerate(keys)}
    one, other = places[number], places[shown[shown.index(number) + step]]
    moved = list(keys)
    moved[one], moved[other] = moved[other], moved[one]
    return tuple(moved)


def relabel(keys: Keys, number: int, label: int) -> Keys:
    """`keys` where the one of that `number` asks for the class `label`."""
    return tuple(key.of_class(label) if key.number == number else key for key in keys)


def to_link(keys: Keys, card: Card) -> str:
    """The seeds among `keys` as a link holds them, ``"7,8"``, or with their classes ``"7-2,8-0"``; empty if under two."""
    seeds = [key for key in keys if key.point.seed is not None]
    if len(seeds) < FEWEST:
        return ""
    return ",".join(f"{key.point.seed}-{key.label}" if card.classes else str(key.point.seed) for key in seeds)


def brought_back(text: str, known: Sequence[Keys], card: Card) -> Keys:
    """The row that a link holds as `text`: one of those `known` that has this link, or a new one, with the unseen keyframes of the first.

    Kept points are in no link. Raises `ValueError` as `from_link` does.
    """
    for keys in known:
        if to_link(of_model(keys, card), card) == text:
            return keys
    unseen = [key for key in known[0] if not key.point.fits(card)] if known else []
    first = 1 + max((key.number for key in unseen), default=-1)
    linked = from_link(text, card) if text else ()
    return (*unseen, *(replace(key, number=first + key.number) for key in linked))


def from_link(text: str, card: Card) -> Keys:
    """What `to_link` made, where classes may be missing; raises `ValueError` for all else."""
    parts = text.split(",")
    matches = [re.fullmatch(r"([0-9]{1,10})(?:-([0-9]{1,4}))?", part) for part in parts]
    if not FEWEST <= len(parts) <= MAX_KEYS or not all(matches):
        raise ValueError(text)
    sources = [(int(match[1]), int(match[2] or 0)) for match in matches]
    if any(seed > MAX_SEED or label >= max(1, len(card.classes)) for seed, label in sources):
        raise ValueError(text)
    return numbered([Point(seed=seed, label=label) for seed, label in sources])
