"""Two keyframes as parents: their children, of whom each can become a keyframe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from explorer.latent import breeding
from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.interpolate.work import CLASS_CONDITIONAL, Keys
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

CHILDREN = 12
"""Children of a brood."""


@dataclass(frozen=True)
class Brood:
    """What makes children the same again: two `parents`, how much they mutate (0 to 1), and the `seed` of what is left to chance."""

    parents: tuple[Point, Point]
    strength: float
    seed: int


@dataclass(frozen=True)
class Children:
    """Their latents, count x latent_size, and for each the number of its class, where the model takes one."""

    z: Tensor
    labels: list[int]


def of_keys(keys: Keys, numbers: Sequence[Any], truncation: float, language: str) -> tuple[Point, Point]:
    """The keyframes of two `numbers` as parents, seeds with that `truncation`; raises `UserError` if one is not there."""
    known = {key.number: key.point for key in keys}
    found = [known.get(number) if type(number) is int else None for number in numbers]
    if len(found) != 2 or None in found:
        raise UserError(say("breed_gone", language))
    first, second = (replace(point, truncation=truncation) for point in found)
    return first, second


def children(model: ZooModel, card: Card, brood: Brood, count: int = CHILDREN) -> Children:
    """The first `count` children of a `brood`; a child asks for the class of the parent of whom it has more."""
    first, second = brood.parents
    z, is_first = breeding.children(first.latent(model), second.latent(model), brood.strength, brood.seed, count)
    labels = [(first if more else second).label or 0 for more in is_first] if card.task == CLASS_CONDITIONAL else []
    return Children(z, labels)


def draw(store: ModelStore, card: Card, brood: Brood, count: int = CHILDREN) -> tuple[Pixels, Children]:
    """The pictures of `count` children, N x H x W x C, and what draws them; raises `ZooError` if the model cannot be loaded."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        bred = children(model, card, brood, count)
        labels = (torch.tensor(bred.labels, device=model.device),) if bred.labels else ()
        return images.pixels(model.generate(bred.z.to(model.device), *labels)), bred


def child(store: ModelStore, card: Card, brood: Brood, place: int, name: str) -> Point:
    """The child at a `place` of the brood, counted from 0, as a point under a `name`."""
    with store.using(card.id) as model:
        bred = children(model, card, brood, CHILDREN)
    label = bred.labels[place] if bred.labels else None
    return Point(card.id, z=tuple(bred.z[place].tolist()), label=label, name=name)
