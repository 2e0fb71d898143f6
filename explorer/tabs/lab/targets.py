"""What the generator is to learn: densities on a line and in the plane that one can see whole.

Each is constant within the cells of a fine grid, so that drawing from it, its density and what a model misses are exact.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.tabs.lab.rules import LINES

REACH = {1: 4.0, 2: 2.0}
"""Half the side of what is seen, by dimensions; there is no density beyond it."""
CELLS = {1: 256, 2: 120}
PEOPLE = (-2.2, -0.5, 1.2, 3.0)
"""The lecture's four: glasses (rare), dark hair, blond hair (common), and a strange picture, which nobody looks like."""


@dataclass(frozen=True)
class Target:
    """A density on `cells` ** `dims` cells of [-reach, reach] in every direction.

    `mass` are the probabilities of the cells, row by row; `modes` K x dims their centres, where there are such, with
    their K shares and the distance up to which a point belongs to one.
    """

    dims: int
    mass: Tensor
    modes: Tensor
    shares: Tensor
    radius: float

    @functools.cached_property
    def cumulated(self) -> Tensor:
        """The sums of the masses up to and with each cell."""
        return self.mass.double().cumsum(0).float()

    @property
    def reach(self) -> float:
        return REACH[self.dims]

    @property
    def cells(self) -> int:
        return CELLS[self.dims]

    def drawn(self, uniform: Tensor) -> Tensor:
        """Points N x dims for uniform numbers N x (1 + dims): the first chooses the cell, the others the place in it."""
        cell = torch.searchsorted(self.cumulated, uniform[:, 0].contiguous()).clamp_(max=self.mass.numel() - 1)
        corners = cell[:, None] if self.dims == 1 else torch.stack([cell % self.cells, cell // self.cells], 1)
        return (corners + uniform[:, 1:]) * (2 * self.reach / self.cells) - self.reach

    def coarse(self, bins: int) -> Tensor:
        """The mass on a grid of only `bins` per direction, which must divide the cells; row by row."""
        if self.dims == 1:
            return self.mass.view(bins, -1).sum(1)
        step = self.cells // bins
        return self.mass.view(bins, step, bins, step).sum((1, 3)).flatten()

    def counted(self, points: Tensor, bins: int) -> Tensor:
        """The share of `points` N x dims in every cell of such a grid, and at the end of those outside of it."""
        places = ((points + self.reach) * (bins / (2 * self.reach))).floor()
        is_inside = ((places >= 0) & (places < bins)).all(1)
        places = places.nan_to_num().clamp(0, bins - 1).long()
        cell = places[:, 0] if self.dims == 1 else places[:, 1] * bins + places[:, 0]
        cell = torch.where(is_inside, cell, bins**self.dims)
        return torch.bincount(cell, minlength=bins**self.dims + 1) / len(points)

    def covered(self, points: Tensor) -> Tensor:
        """Which of the modes, K bools, get at least a fifth of their share of `points`."""
        near = torch.cdist(points.nan_to_num(1e6), self.modes) <= self.radius
        return near.float().mean(0) >= self.shares / 5


@functools.lru_cache(maxsize=32)
def target(name: str, drawn: str = "") -> Target:
    """The density of one of `rules.LINES` and `rules.PLANES`; `drawn` is what a visitor drew, evenly spread where that is nothing."""
    dims = 1 if name in LINES else 2
    axis = (torch.arange(CELLS[dims]) + 0.5) * (2 * REACH[dims] / CELLS[dims]) - REACH[dims]
    if name in _BUMPS:
        centres, shares, spread = _BUMPS[name]
        return _bumps(dims, axis, centres, shares, spread)
    if name == "uniform":
        return _plain(1, (axis.abs() <= 2).float())
    if name == "tail":
        # Student's t with two degrees of freedom: most is near 0, and much is far away.
        return _plain(1, (1 + (axis / 0.5) ** 2 / 2) ** -1.5)
    if name == "drawn-line":
        bars = torch.tensor([int(digit, 16) for digit in _digits(drawn, 64)], dtype=torch.float32)
        return _plain(1, bars.repeat_interleave(CELLS[1] // len(bars)))
    if name == "drawn-plane":
        bits = [int(digit, 16) >> place & 1 for digit in _digits(drawn, 144) for place in (3, 2, 1, 0)]
        near = ((axis + REACH[2]) * (24 / (2 * REACH[2]))).long()
        return _plain(2, torch.tensor(bits, dtype=torch.float32).view(24, 24)[near][:, near].flatten())
    return _bumps(2, axis, _CURVES[name](), None, 0.07, has_modes=False)


def _digits(drawn: str, count: int) -> str:
    """What was drawn in so many digits; an even density where it was drawn for the other number of dimensions, or not at all."""
    return drawn if len(drawn) == count else "f" * count


def _plain(dims: int, density: Tensor) -> Target:
    return Target(dims, density / density.sum(), torch.empty(0, dims), torch.empty(0), 0.0)


def _bumps(
    dims: int,
    axis: Tensor,
    centres: Sequence[tuple[float, ...]],
    shares: Sequence[float] | None,
    spread: float,
    has_modes: bool = True,
) -> Target:
    """Normal distributions of the same `spread` around `centres`, with these `shares`, all the same where that is None."""
    modes = torch.tensor(centres, dtype=torch.float32)
    weights = torch.tensor(shares or [1.0] * len(modes))
    weights = weights / weights.sum()
    # Row by row, so that x varies fastest.
    near = [torch.exp(-0.5 * ((axis[None] - modes[:, i : i + 1]) / spread) ** 2) for i in range(dims)]
    density = weights @ near[0] if dims == 1 else torch.einsum("k,ky,kx->yx", weights, near[1], near[0]).flatten()
    if not has_modes:
        modes, weights = torch.empty(0, dims), torch.empty(0)
    return Target(dims, density / density.sum(), modes, weights, 3 * spread)


def _spiral() -> list[tuple[float, float]]:
    turns = [(0.15 + 0.85 * i / 119) * 3.5 * math.pi for i in range(120)]
    return [(1.6 * t / (3.5 * math.pi) * math.cos(t), 1.6 * t / (3.5 * math.pi) * math.sin(t)) for t in turns]


def _moons() -> list[tuple[float, float]]:
    half = [math.pi * i / 39 for i in range(40)]
    upper = [(math.cos(t) - 0.5, math.sin(t) - 0.2) for t in half]
    return upper + [(-x, -y) for x, y in upper]


_CURVES = {"spiral": _spiral, "moons": _moons}
_BUMPS = {
    "one": ([(2.0,)], None, 0.5),
    "two": ([(-1.6,), (1.6,)], None, 0.5),
    "people": ([(place,) for place in PEOPLE[:3]], [0.08, 0.32, 0.6], 0.45),
    "ring": (
        [(1.4 * math.cos(math.pi * i / 4), 1.4 * math.sin(math.pi * i / 4)) for i in range(8)],
        None,
        0.1,
    ),
    "grid": ([(0.75 * x, 0.75 * y) for y in range(-2, 3) for x in range(-2, 3)], None, 0.07),
}
