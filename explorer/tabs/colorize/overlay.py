"""A model's colours laid over a photograph of any size, strip by strip, so that large ones need little memory.

The network sees a few hundred pixels. Enlarged plainly, its colours would spill over edges that only the photograph knows; so
between its pixels they follow the lightness, as far as they did so around there (the guided filter of He et al. 2013).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.models import turns
from explorer.pictures import images
from explorer.pictures.images import Pixels

Plane = NDArray[np.float32]
HUES = 720
"""Directions in which it is known how strong a colour can be."""
HALVINGS = 14
"""Steps in which it is found; more would not change a byte."""
STRIP = 2**17
"""Pixels that are worked on at a time."""
AROUND = 2
"""Pixels of the network's either way in which colour is compared with lightness."""
STEADY = 0.008
"""Variance of scaled lightness below which it tells nothing about colours."""
LEVELS = 2**16 - 1


class Wash:
    """Colours for a photograph, as a network saw it: scaled Lab 3 x h x w, with L as it was seen."""

    def __init__(self, seen: Plane):
        from scipy import ndimage

        def mean(values: Plane) -> Plane:
            return ndimage.uniform_filter(values, 2 * AROUND + 1)

        light, *colours = seen
        spread = mean(light * light) - mean(light) ** 2 + STEADY
        slopes = [(mean(light * each) - mean(light) * mean(each)) / spread for each in colours]
        # No colour that is nowhere near.
        least = [ndimage.minimum_filter(each, 3) for each in colours]
        most = [ndimage.maximum_filter(each, 3) for each in colours]
        self._planes = [Image.fromarray(each) for each in (light, *colours, *slopes, *least, *most)]

    def over(self, grey: Pixels) -> Pixels:
        """The colours over a photograph of the same shape in any size, grey H x W: RGB H x W x 3 of its very lightness."""
        height, width = grey.shape
        result = np.empty((height, width, 3), np.uint8)
        for top, bottom in strips(height, width):
            result[top:bottom] = self._strip(grey[top:bottom], top / height, bottom / height)
        return result

    def cover(self, picture: Image.Image) -> None:
        """Give an RGB `picture` these colours in place of its own, for a copy of a photograph takes a hundred megabytes."""
        width, height = picture.size
        for top, bottom in strips(height, width):
            turns.look()
            box = (0, top, width, bottom)
            grey = grey_of(np.asarray(picture.crop(box)))
            picture.paste(Image.fromarray(self._strip(grey, top / height, bottom / height)), box)

    def _strip(self, grey: Pixels, top: float, bottom: float) -> Pixels:
        """The part from `top` to `bottom`, shares of the height, over the rows `grey` of the photograph."""
        light = _lightness()[grey]
        across, down = self._planes[0].size
        box = (0, top * down, across, bottom * down)
        seen, a, b, *guides = (
            np.asarray(plane.resize(grey.shape[::-1], Image.Resampling.BILINEAR, box)) for plane in self._planes
        )
        finer = light - seen
        a, b = (
            np.clip(each + slope * finer, least, most)
            for each, slope, least, most in zip((a, b), guides[:2], guides[2:4], guides[4:], strict=True)
        )
        hue = ((np.arctan2(b, a) / (2 * np.pi) + 0.5) * HUES).astype(np.uint16)
        fading = np.minimum(1, _reach()[grey, hue] / np.maximum(np.hypot(a, b), 1e-6))
        return _rgb(light, a * fading, b * fading)


def strips(height: int, width: int) -> Sequence[tuple[int, int]]:
    """First and behind-last rows of the parts of a picture that have about `STRIP` pixels."""
    rows = max(1, STRIP // width)
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def grey_of(pixels: Pixels) -> Pixels:
    """RGB H x W x 3 as grey H x W of the same lightness."""
    linear, byte = _linear()
    grey = np.empty(pixels.shape[:2], np.uint8)
    for top, bottom in strips(*grey.shape):
        red, green, blue = (linear[channel][pixels[top:bottom, :, channel]] for channel in range(3))
        grey[top:bottom] = byte[(red + green + blue).astype(np.uint16)]
    return grey


def _rgb(light: Plane, a: Plane, b: Plane) -> Pixels:
    """`models_zoo.lab.to_rgb` of scaled L, a and b, each H x W, as bytes H x W x 3; by tables, in a fraction of its time."""
    byte, result = _linear()[1], np.empty((*light.shape, 3), np.uint8)
    for channel, value in enumerate(_light_of(light, a, b)):
        result[..., channel] = byte[np.clip(value * LEVELS + 0.5, 0, LEVELS).astype(np.uint16)]
    return result


def _light_of(light: Plane, a: Plane, b: Plane) -> Iterator[Plane]:
    """Linear red, green and blue of scaled Lab; outside [0, 1] where sRGB has no such colour."""
    from models_zoo import lab

    middle = (light + 1) * (lab.L_SCALE / 116) + 16 / 116
    roots = (middle + a * (lab.AB_SCALE / 500), middle, middle - b * (lab.AB_SCALE / 200))
    x, y, z = (np.where(root <= lab.EDGE, 3 * lab.EDGE**2 * (root - 4 / 29), root * root * root) for root in roots)
    return (x * of_x + y * of_y + z * of_z for of_x, of_y, of_z in _from_xyz().tolist())


@functools.cache
def _from_xyz() -> NDArray[np.float64]:
    """X, Y and Z, divided by the white point's, to linear red, green and blue."""
    from models_zoo import lab

    return np.linalg.inv(np.array(lab.TO_XYZ) / np.array(lab.WHITE)[:, None])


@functools.cache
def _linear() -> tuple[Plane, Pixels]:
    """What each byte of red, green and blue adds to the luminance, 3 x 256 in 1/`LEVELS`; and the grey byte of each luminance."""
    from models_zoo import lab

    values = np.arange(256) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    # Half a step more, for what comes of it is cut off.
    shares = np.array(lab.TO_XYZ[1])[:, None] * (LEVELS * linear + 0.5)
    light = np.arange(LEVELS + 1) / LEVELS
    grey = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return shares.astype(np.float32), (255 * grey).round().astype(np.uint8)


@functools.cache
def _lightness() -> Plane:
    """Scaled L of each grey byte."""
    from models_zoo import lab

    steps = np.arange(256, dtype=np.uint8)[None, None, :, None].repeat(3, 3)
    return lab.from_rgb(images.tensor(steps))[0, 0, 0].numpy()


@functools.cache
def _reach() -> Plane:
    """The length of scaled a and b up to which sRGB has a colour of each grey byte's lightness and each hue, 256 x (`HUES` + 1)."""
    angles = 2 * np.pi * (np.arange(HUES + 1, dtype=np.float32) / HUES - 0.5)
    light = _lightness()[:, None]
    low, high = np.zeros((256, HUES + 1), np.float32), np.full((256, HUES + 1), 2, np.float32)
    for _ in range(HALVINGS):
        length = (low + high) / 2
        colour = _light_of(light, length * np.cos(angles), length * np.sin(angles))
        # Rounding may put white and black themselves outside.
        fits = np.all([(value >= -1e-5) & (value <= 1 + 1e-5) for value in colour], 0)
        low, high = np.where(fits, length, low), np.where(fits, high, length)
    # Of the two that a hue lies between, the shorter.
    return np.minimum(low, np.roll(low, -1, 1))
