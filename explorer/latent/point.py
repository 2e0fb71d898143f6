"""Points of latent space: pictures that can be drawn again, be they chosen, kept, keyframes, exemplars or targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.texts import say
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

MOST = 64
"""Points that are kept per visitor; after that the oldest is forgotten."""


@dataclass(frozen=True)
class Point:
    """A picture that can be drawn again, by its `seed` or by its latent vector `z`; exactly one of them is given.

    `model` is the id of the model that draws it; a seed without a model can be drawn by any. `truncation` (0 to 1)
    scales the vector of a seed, while `z` is taken as it is. `label` is the number of the class asked for, where the
    model is class-conditional, and `name` what a visitor called the point.
    """

    model: str = ""
    seed: int | None = None
    z: tuple[float, ...] | None = None
    truncation: float = 1.0
    label: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if (self.seed is None) == (self.z is None):
            raise ValueError("a point has either a seed or a latent vector")

    def fits(self, card: Card) -> bool:
        """Whether the model of `card` can draw it: a seed without a model always, a vector only of that model and size."""
        if self.model not in ("", card.id):
            return False
        return self.z is None or (self.model == card.id and len(self.z) == card.latent_size)

    def latent(self, model: ZooModel) -> Tensor:
        """Its latent vector, latent_size values, on the CPU.

        There paths are computed in double precision, which not every accelerator has.
        """
        import torch

        if self.z is None:
            return model.latents([self.seed], truncation=self.truncation)[0].cpu()
        return torch.tensor(self.z)

    def title(self, language: str) -> str:
        """What the page calls it: its name, or its seed."""
        return self.name or say("tile", language, seed=self.seed)


def keep(points: Sequence[Point], point: Point) -> list[Point]:
    """`points` and `point`, which replaces one of the same model and name; the newest comes last."""
    others = [other for other in points if (other.model, other.name) != (point.model, point.name)]
    return [*others, point][-MOST:]


def of_model(points: Sequence[Point], model: str) -> list[Point]:
    """Those of `points` that belong to `model`."""
    return [point for point in points if point.model == model]


def named(points: Sequence[Point], model: str, name: object) -> Point | None:
    """The one of `points` that belongs to `model` and has that `name`, if there is one."""
    return next((point for point in of_model(points, model) if point.name == name), None)
