"""Children of two points of latent space: what they inherit, and how they mutate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

SHARES = 0.25, 0.75
"""How much of its coordinates a child has at least and at most from its first parent, about."""


def children(first: Tensor, second: Tensor, strength: float, seed: int, count: int) -> tuple[Tensor, list[bool]]:
    """`count` children of two latent vectors of D values each: count x D, and whether each is more like its `first` parent.

    Each coordinate comes from the one parent or the other (uniform crossover), which leaves normal vectors normal: unlike a mean, it
    does not shorten them. Then a child mutates by `strength` from 0 (it does not) to 1 (nothing of its parents is left): z becomes
    ``sqrt(1 - strength^2) z + strength * noise``, which keeps normal vectors normal, too. At last it gets the length that lies between those of
    its parents, in proportion to what it has of each (Bontrager et al. 2018, arXiv:1801.08230, breed latent vectors in this way).

    What is drawn at random depends on `seed` alone, so that children change evenly with `strength`. All is on the CPU.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    least, most = SHARES
    shares = least + (most - least) * torch.rand(count, 1, generator=generator, dtype=torch.float64)
    is_first = torch.rand(count, len(first), generator=generator, dtype=torch.float64) < shares
    noise = torch.randn(count, len(first), generator=generator, dtype=torch.float64)
    one, other = first.double(), second.double()
    mixed = torch.where(is_first, one, other)
    inherited = is_first.double().mean(1, keepdim=True)
    length = inherited * one.norm() + (1 - inherited) * other.norm()
    # Noise as long as random vectors of the parents' length are: they may be truncated.
    mutated = (1 - strength**2) ** 0.5 * mixed + strength * length / len(first) ** 0.5 * noise
    bred = mutated * (length / mutated.norm(dim=1, keepdim=True).clamp(min=1e-9))
    return bred.float(), (inherited[:, 0] >= 0.5).tolist()
