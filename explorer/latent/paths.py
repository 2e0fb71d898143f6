"""Paths through latent space that meet every keyframe: along the sphere, straight, or smooth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

METHODS = ("slerp", "lerp", "spline")


def stretches(keyframes: int, loop: bool) -> int:
    """How many stretches lie between so many keyframes; a loop has one more, from the last back to the first."""
    return keyframes if loop else keyframes - 1


def positions(count: int, keyframes: int, loop: bool = False) -> list[float]:
    """Where `count` frames lie on a path, counted in keyframes: 0 is the first of them, 1 the second.

    Every keyframe is a frame, and the other frames are shared out among the stretches as evenly as
    whole numbers allow. A loop ends one step before it comes back to the first keyframe, so that
    repeating it shows no frame twice. Raises `ValueError` for fewer than two keyframes, and for
    fewer frames than keyframes.
    """
    if keyframes < 2 or count < keyframes:
        raise ValueError(f"{count} frames cannot lead through {keyframes} keyframes")
    parts = stretches(keyframes, loop)
    steps = count if loop else count - 1
    marks = [index * steps // parts for index in range(parts + 1)]
    where = [
        index + (frame - marks[index]) / (marks[index + 1] - marks[index])
        for index in range(parts)
        for frame in range(marks[index], marks[index + 1])
    ]
    return where if loop else [*where, float(parts)]


def along(keyframes: Tensor, where: Sequence[float], method: str, loop: bool = False) -> Tensor:
    """The points at `where` on the path through `keyframes` K x latent_size: T x latent_size.

    `where` is counted in keyframes, as `positions` does, from 0 to K - 1, or to K in a loop, where K
    is the first keyframe again. Whole numbers give the keyframes themselves, to the last bit.

    - ``"lerp"``: straight from each keyframe to the next. Halfway between two independent normal
      vectors the norm is shorter by sqrt(2), which hardly any sample is.
    - ``"slerp"``: along the great circle between their directions, while the norm goes evenly from
      the one to the other (White 2016, arXiv:1609.04468; Shoemake 1985 for the arc). Between opposite
      vectors, where every great circle is as short, one is chosen, always the same.
    - ``"spline"``: the uniform Catmull-Rom spline (Catmull and Rom 1974), whose direction does not
      jump at a keyframe. At an open end the path goes on as if mirrored there.

    Raises `ValueError` for another method.
    """
    import torch

    if method not in METHODS:
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    points, count = keyframes.double(), len(keyframes)
    at = torch.tensor(where, dtype=torch.float64, device=points.device)
    start = at.floor().long().clamp(0, stretches(count, loop) - 1)
    share = (at - start)[:, None]
    first, second = points[start], points[(start + 1) % count]
    if method == "lerp":
        path = first + share * (second - first)
    elif method == "slerp":
        path = _slerp(first, second, share)
    else:
        # With the neighbours of the ends in front and behind, so that no index leaves the row.
        before = points[-1:] if loop else 2 * points[:1] - points[1:2]
        after = points[:2] if loop else 2 * points[-1:] - points[-2:-1]
        row = torch.cat([before, points, after])
        path = _catmull_rom(*(row[start + step] for step in range(4)), share)
    path = path.to(keyframes.dtype)
    whole = at == at.round()
    path[whole] = keyframes[at[whole].long() % count]
    return path


def _slerp(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """From `first` to `second`, both T x latent_size, as far as `share`, T x 1: the direction turns, the norm blends."""
    norms = [vector.norm(dim=1, keepdim=True) for vector in (first, second)]
    # A zero vector has no direction of its own, so it takes the other's.
    here, there = _unit(first.where(norms[0] > 0, second)), _unit(second.where(norms[1] > 0, first))
    cosine = (here * there).sum(1, keepdim=True)
    aside = there - cosine * here
    sine = aside.norm(dim=1, keepdim=True)
    # Opposite vectors leave nothing aside. Parallel ones do not either, but they turn by no angle.
    aside = _unit(aside.where(sine > 1e-8, _perpendicular(here)))
    angle = share * sine.atan2(cosine)
    return (norms[0] + share * (norms[1] - norms[0])) * (angle.cos() * here + angle.sin() * aside)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-300)


def _perpendicular(units: Tensor) -> Tensor:
    """For each unit vector the part across it of the axis that it leans to least."""
    import torch

    axis = torch.zeros_like(units).scatter_(1, units.abs().argmin(1, keepdim=True), 1.0)
    return axis - (axis * units).sum(1, keepdim=True) * units


def _catmull_rom(before: Tensor, first: Tensor, second: Tensor, after: Tensor, share: Tensor) -> Tensor:
    """From `first` to `second`, which are left and reached in the directions that their neighbours give."""
    return 0.5 * (
        2 * first
        + (second - before) * share
        + (2 * before - 5 * first + 4 * second - after) * share**2
        + (3 * first - before - 3 * second + after) * share**3
    )
