"""PSNR and SSIM of a picture and its original, measured strip by strip so that large ones need little memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.models import turns
from explorer.pictures import images
from explorer.pictures.images import Pixels

SHAVE = 4
"""Pixels at every edge that are left out, as is usual in papers."""
WINDOW, SIGMA = 5, 1.5
"""Radius and standard deviation of the Gaussian window of SSIM (Wang et al. 2004)."""
STRIP = 512
"""Rows that are measured at a time."""


@dataclass(frozen=True)
class Likeness:
    """PSNR in dB and SSIM, of the luminance."""

    psnr: float
    ssim: float


def measured(result: Pixels, original: Pixels) -> Likeness:
    """PSNR and SSIM of the luminance of two pictures of one size, without `SHAVE` pixels at every edge.

    The same as `train.metrics.resolution` measures, strip by strip. Both sides must have more than 2 (`SHAVE` + `WINDOW`) pixels.
    """
    inner = slice(SHAVE, -SHAVE)
    one, other = result[inner, inner], original[inner, inner]
    squares, alike, counted = 0.0, 0.0, 0
    for top in range(0, len(one) - 2 * WINDOW, STRIP):
        turns.look()
        strip = slice(top, top + STRIP + 2 * WINDOW)
        a, b = _luminance(one[strip]), _luminance(other[strip])
        # Every row counts once; those that the next strip contains, too, count there.
        new = slice(0, STRIP if top + STRIP < len(one) - 2 * WINDOW else None)
        squares += float(np.square(a[new] - b[new]).sum())
        found = _structure(a, b)
        alike, counted = alike + float(found.sum()), counted + found.size
    error = squares / (one.shape[0] * one.shape[1])
    return Likeness(10 * math.log10(255**2 / error) if error else math.inf, alike / counted)


def is_comparable(photo: Pixels) -> bool:
    """Whether a result of this size can be measured."""
    return min(photo.shape[:2]) > 2 * (SHAVE + WINDOW)


def _luminance(pixels: Pixels) -> NDArray[np.float64]:
    from models_zoo.srgan import luminance

    return luminance(images.tensor(pixels[None]))[0, 0].double().numpy()


def _structure(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """SSIM of two planes with values up to 255, wherever its window fits (Wang et al. 2004, equation 13)."""
    from scipy.ndimage import gaussian_filter

    def blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return gaussian_filter(values, SIGMA, radius=WINDOW)[WINDOW:-WINDOW, WINDOW:-WINDOW]

    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = blur(a), blur(b)
    spread = blur(a * a) - mean_a**2 + blur(b * b) - mean_b**2
    together = blur(a * b) - mean_a * mean_b
    return (
        (2 * mean_a * mean_b + first) * (2 * together + second) / ((mean_a**2 + mean_b**2 + first) * (spread + second))
    )
