"""Seeds, the latent vectors they stand for, and arithmetic with these."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor


MAX_SEED = 2**32 - 1
STYLEGAN = "stylegan.StyleGAN"
"""The architecture of models that truncate w and for which z has a direction only."""


def recipe(card: Card) -> str:
    """How the latents of a downloaded picture of the model of `card` are made again."""
    scaled = ", scaled to a mean square of 1" if card.architecture == STYLEGAN else ""
    return f"one standard normal vector per seed, from torch.Generator().manual_seed(seed){scaled}, times truncation"


def consecutive(first: int, count: int) -> list[int]:
    """The `count` seeds from `first` on, each in 0..`MAX_SEED`; after the last seed comes 0."""
    return [(first + index) % (MAX_SEED + 1) for index in range(count)]


def roll() -> int:
    """A fresh seed; below a million, so that captions and links stay short."""
    return secrets.randbelow(1_000_000)


def average(z: Tensor, weights: Sequence[float] | None = None) -> Tensor:
    """The mean of latents K x latent_size, weighted if `weights` are given, K of them: latent_size values.

    It is the plain mean, as in Radford, Metz and Chintala (2016, arXiv:1511.06434). That of n
    independent normal vectors is shorter by sqrt(n) than they are; `with_norm` can undo this.
    Raises `ValueError` if the weights are of another number or add up to 0.
    """
    weights = [1.0] * len(z) if weights is None else weights
    total = math.fsum(weights)
    if total == 0:
        raise ValueError("weights that add up to 0 have no mean")
    return combine(z, [weight / total for weight in weights])


def combine(z: Tensor, coefficients: Sequence[float]) -> Tensor:
    """The sum of latents K x latent_size, each times its coefficient: latent_size values.

    A - B + C, with which Radford, Metz and Chintala (2016, arXiv:1511.06434) put glasses on faces,
    has the coefficients 1, -1 and 1. Raises `ValueError` if there are not K of them.
    """
    if len(coefficients) != len(z):
        raise ValueError(f"{len(coefficients)} numbers for {len(z)} vectors")
    return z.new_tensor(coefficients) @ z


def with_norm(z: Tensor, norm: float | None = None) -> Tensor:
    """`z`, ... x latent_size, scaled to that `norm`, or to sqrt(latent_size), which samples of N(0, I) have, nearly.

    The zero vector has no direction and stays.
    """
    norm = math.sqrt(z.shape[-1]) if norm is None else norm
    lengths = z.norm(dim=-1, keepdim=True)
    return z * (norm / lengths.where(lengths > 0, 1.0))
