"""Differentiable conversions between sRGB and CIELAB, which separates lightness from colour.

L is scaled to L / 50 - 1 and a, b to a / 110, b / 110 throughout, so that inputs of networks lie in [-1, 1].
The white point is D65, as in sRGB.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

AB_SCALE = 110.0
L_SCALE = 50.0
BISECTIONS = 12
"""Steps of the bisection towards grey; more would not change an eight-bit value."""

WHITE = (0.95047, 1.0, 1.08883)
"""X, Y and Z of the white point."""
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
"""Linear red, green and blue to X, Y and Z, which are divided by the white point's."""
EDGE = 6 / 29
"""Below the cube of this value, CIELAB replaces the cube root by a line."""


def from_rgb(images: Tensor) -> Tensor:
    """RGB images N x 3 x H x W in [-1, 1] as scaled Lab, N x 3 x H x W."""
    values = (images + 1) / 2
    linear = torch.where(values <= 0.04045, values / 12.92, ((values.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
    xyz = _mixed(linear, _matrix(images.device))
    roots = torch.where(xyz <= EDGE**3, xyz / (3 * EDGE**2) + 4 / 29, xyz.clamp(min=EDGE**3) ** (1 / 3))
    x, y, z = roots.unbind(1)
    return torch.stack(
        [(116 * y - 16) / L_SCALE - 1, 500 * (x - y) / AB_SCALE, 200 * (y - z) / AB_SCALE],
        1,
    )


def to_rgb(lab: Tensor) -> Tensor:
    """Scaled Lab N x 3 x H x W as RGB, N x 3 x H x W; colours outside the sRGB gamut are outside [-1, 1]."""
    lightness, a, b = lab.unbind(1)
    y = ((lightness + 1) * L_SCALE + 16) / 116
    roots = torch.stack([y + a * AB_SCALE / 500, y, y - b * AB_SCALE / 200], 1)
    xyz = torch.where(roots <= EDGE, 3 * EDGE**2 * (roots - 4 / 29), roots.clamp(min=EDGE) ** 3)
    linear = _mixed(xyz, _inverse(lab.device))
    values = torch.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)
    return 2 * values - 1


def into_gamut(lab: Tensor) -> Tensor:
    """Scaled Lab N x 3 x H x W, with colours outside the sRGB gamut desaturated until they are inside.

    Lightness and hue are preserved, which clipping RGB would change. Not differentiable.
    """
    with torch.no_grad():
        lacking = ~_is_rgb(lab)
        points = lab.permute(0, 2, 3, 1)[lacking].T[None, :, :, None]  # 1 x 3 x P x 1
        low, high = (torch.full_like(points[:, :1], value) for value in (0.0, 1.0))
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            fits = _is_rgb(_faded(points, middle))[:, None]
            low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
        found = lab.permute(0, 2, 3, 1).clone()
        found[lacking] = _faded(points, low)[0, :, :, 0].T
    return found.permute(0, 3, 1, 2)


def _faded(lab: Tensor, share: Tensor) -> Tensor:
    """`lab` with a and b multiplied by `share`."""
    return torch.cat([lab[:, :1], lab[:, 1:] * share], 1)


def _is_rgb(lab: Tensor) -> Tensor:
    """Whether the colour of each pixel is in the sRGB gamut, N x H x W."""
    # Tolerance: rounding may put white and black themselves outside.
    return (to_rgb(lab).abs() <= 1 + 1e-4).all(1)


@functools.cache
def _matrix(device: torch.device) -> Tensor:
    """sRGB to white-relative XYZ, 3 x 3; created once per device, because each transfer to a GPU waits for its pending work."""
    with torch.inference_mode(False):
        return (torch.tensor(TO_XYZ) / torch.tensor(WHITE)[:, None]).to(device)


@functools.cache
def _inverse(device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return torch.linalg.inv(_matrix(torch.device("cpu"))).to(device)


def _mixed(values: Tensor, matrix: Tensor) -> Tensor:
    """The channels of N x 3 x H x W multiplied by a 3 x 3 matrix, as sums, which autocast keeps in full precision."""
    return (values[:, None] * matrix[None, :, :, None, None]).sum(2)
