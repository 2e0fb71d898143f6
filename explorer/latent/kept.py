"""Points of latent space that a visitor keeps by name, to go on with in other tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 64
"""Points that are kept per visitor; after that the oldest is forgotten."""


@dataclass(frozen=True)
class Kept:
    """A latent vector `z` of `model` under a `name`, and the class asked for, if the model wants one."""

    name: str
    model: str
    z: tuple[float, ...]
    label: int | None = None


def keep(points: Sequence[Kept], point: Kept) -> list[Kept]:
    """`points` and `point`, which replaces one of the same model and name; the newest comes last."""
    others = [other for other in points if (other.model, other.name) != (point.model, point.name)]
    return [*others, point][-MOST:]


def of_model(points: Sequence[Kept], model: str) -> list[Kept]:
    """Those of `points` that belong to `model`."""
    return [point for point in points if point.model == model]


def named(points: Sequence[Kept], model: str, name: object) -> Kept | None:
    """The one of `points` that belongs to `model` and has that `name`, if there is one."""
    return next((point for point in of_model(points, model) if point.name == name), None)
