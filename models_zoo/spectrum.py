"""The mean power spectrum of pictures, and the strength of checkerboard artefacts in it (doi:10.23915/distill.00003).

An upsampling layer that treats odd and even pixels differently leaves a pattern with a period of two pixels; two such
layers leave one with a period of four. In the spectrum these are spikes at 1/2 and 1/4 cycles per pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDING = (2 / 255) ** 2 / 12
"""Power of the noise that rounding to 8 bits adds to every frequency of a picture in [-1, 1]."""
QUARTERS = tuple((y, x) for y in range(-2, 3) for x in range(-2, 3) if (y, x) != (0, 0))
"""Vertical and horizontal frequencies of the artefact, in quarters of a cycle per pixel; -2 and 2 are equivalent."""
CURVE = "spectrum"
"""Name of the `curve` on a card."""


def power(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """The mean power spectrum H x W of images N x C x H x W in [-1, 1], frequency 0 at (H // 2, W // 2).

    The mean of each channel is subtracted, so that frequency 0 does not dominate, and a Hann window is applied,
    because opposite edges of a picture do not continue each other. The scale is such that white noise has its
    variance at every frequency.
    """
    window = np.outer(*(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(side) / side) for side in images.shape[2:]))
    total = np.zeros(images.shape[2:])
    # One by one, because the spectra of all pictures would take far more memory than the pictures.
    for image in images:
        centred = image - image.mean((1, 2), keepdims=True)
        total += (np.abs(np.fft.fft2(centred * window)) ** 2).mean(0)
    return np.fft.fftshift(total) / (len(images) * (window**2).sum())


def decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """`power` plus the noise of rounding to 8 bits, in dB relative to that noise; no value is below 0."""
    return 10 * np.log10(1 + power / ROUNDING)


def excess(power: NDArray[np.float64]) -> dict[tuple[int, int], float]:
    """Excess, in dB, of a spectrum H x W at each of `QUARTERS` over its neighbourhood; about 0 for white noise.

    The neighbourhood is the mean, in dB, of a ring from 3 bins, beyond the reach of a windowed tone, to an eighth of a
    cycle. Raises `ValueError` if a side is not a multiple of 4 or is below 24.
    """
    if any(side % 4 or side < 24 for side in power.shape):
        raise ValueError(f"pictures of {power.shape[0]} x {power.shape[1]} have no room for the artefact's frequencies")
    height, width = power.shape
    levels = decibels(power)
    down, across = (np.arange(side) - side // 2 for side in (height, width))
    found = {}
    for y, x in QUARTERS:
        # The spectrum is periodic.
        apart = np.maximum(
            np.abs((down - y * height // 4 + height // 2) % height - height // 2)[:, None],
            np.abs((across - x * width // 4 + width // 2) % width - width // 2)[None],
        )
        ring = (apart >= 3) & (apart <= min(height, width) // 8)
        found[y, x] = float(levels[apart == 0].item() - levels[ring].mean())
    return found


def checkerboard(power: NDArray[np.float64]) -> float:
    """Strength, in dB, of the checkerboard in a spectrum H x W: the mean of `excess` over its 15 frequencies.

    Raises `ValueError` as `excess` does.
    """
    found = excess(power)
    return float(np.mean([level for (y, x), level in found.items() if y < 2 and x < 2]))


def along_axes(power: NDArray[np.float64]) -> list[float]:
    """Decibels of a square spectrum at 1/side, 2/side, ..., 1/2 cycles per pixel, averaged over both axes: side // 2 values."""
    levels, middle = decibels(power), power.shape[0] // 2
    return [float(levels[middle, step - middle] + levels[step - middle, middle]) / 2 for step in range(1, middle + 1)]


def frequencies(side: int) -> list[float]:
    """The frequencies of `along_axes`, in cycles per pixel."""
    return [step / side for step in range(1, side // 2 + 1)]


def curve(lines: Sequence[tuple[dict[str, str], Sequence[float]]], side: int, n: int) -> dict[str, Any]:
    """Labelled values of `along_axes` as an entry of `models_zoo.Card.curves`; each spectrum is of `n` pictures."""
    return {
        "title": {"en": "Power along the axes of the spectrum", "ko": "스펙트럼 축 위의 세기"},
        "caption": {
            "en": "Spikes at 1/4 and 1/2 cycles per pixel are a checkerboard. dB above the noise of rounding to 8 bits; "
            "mean over pictures, channels and both axes.",
            "ko": "픽셀당 1/4과 1/2 주기에서 솟은 봉우리가 체커보드입니다. 8비트 반올림 잡음을 기준으로 한 dB이며, "
            "그림, 채널, 두 축에 걸쳐 평균했습니다.",
        },
        "x": {"label": {"en": "cycles per pixel", "ko": "픽셀당 주기"}, "values": frequencies(side)},
        "y": {"label": {"en": "power (dB)", "ko": "세기(dB)"}},
        "series": [{"label": label, "values": [round(level, 2) for level in levels]} for label, levels in lines],
        "n": n,
    }


def photographs(curves: dict[str, dict[str, Any]], side: int) -> tuple[dict[str, str], list[float]] | None:
    """Label and values of the real photographs in the `curve` among a card's `curves`; None where there is none."""
    found = curves.get(CURVE)
    if found is None or len(found["series"]) != 2 or found["x"]["values"] != frequencies(side):
        return None
    return found["series"][1]["label"], found["series"][1]["values"]
