"""Faces in uploads: found with OpenCV's Haar cascades (Viola and Jones 2001) and aligned as in the training data."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from models_zoo.faces import CROP, EYES

if TYPE_CHECKING:
    import cv2

LOOKED_AT = 480
"""Pixels of the longer side of the picture in which faces are searched."""
SMALLEST = 1 / 10
"""The least side of a face, as a share of the shorter side."""
BOX_SIDE, BOX_DOWN = 1.48, -0.087
"""The models' square relative to the box of the face cascade, measured on CelebA: its side, and how far its middle lies
below that of the box, both in sides of the box."""
EYE_BAND = (0.15, 0.6)
"""Where eyes are searched, from the top of the face's box, as shares of its side."""
MOST_TILT = 25.0
"""Degrees; two finds joined by a steeper line are no pair of eyes."""


@dataclass(frozen=True)
class Square:
    """A square part of a picture.

    `x` and `y` are its middle, as shares of width and height from the top left; `side` is a share of the
    shorter side, and `tilt` its rotation in degrees, clockwise.
    """

    x: float
    y: float
    side: float
    tilt: float = 0.0


MIDDLE = Square(0.5, 0.5, 1.0)
"""The largest square in the middle."""


def find(picture: Image.Image) -> tuple[Square | None, int]:
    """The square of the largest face in an RGB picture, None if there is none, and how many faces were found."""
    scale = min(1.0, LOOKED_AT / max(picture.size))
    small = picture.convert("L").resize([max(1, round(side * scale)) for side in picture.size], Image.Resampling.BOX)
    grey = np.asarray(small)
    least = max(24, round(SMALLEST * min(small.size)))
    boxes = _boxes("frontalface_alt2", grey, 1.1, 5, minSize=(least, least))
    if not boxes:
        return None, 0
    x, y, side, _ = max(boxes, key=lambda box: box[2])
    eyes = _eyes(grey, x, y, side)
    if eyes is None:
        place = x + side / 2, y + side * (0.5 + BOX_DOWN), BOX_SIDE * side, 0.0
    else:
        across, down, wide, tilt = _around(*eyes)
        # The sizes from box and eyes have independent errors; the eyes give the better place, and the tilt.
        place = across, down, math.sqrt(wide * BOX_SIDE * side), tilt
    return Square(place[0] / small.width, place[1] / small.height, place[2] / min(small.size), place[3]), len(boxes)


def cut(picture: Image.Image, square: Square, size: int) -> Image.Image:
    """The part of a picture in `square`, upright, size x size; the picture's edge pixels are repeated beyond it."""
    side, turn = square.side * min(picture.size), math.radians(square.tilt)
    # The picture is shrunk first, as interpolation alone would skip pixels.
    factor = max(1, int(side // (2 * size)))
    small = picture.reduce(factor)
    scale = side / factor / size
    across, down = scale * math.cos(turn), scale * math.sin(turn)
    x, y = square.x * picture.width / factor, square.y * picture.height / factor
    margin = math.ceil(size * scale) + max(small.size)
    padded = Image.fromarray(np.pad(np.asarray(small), ((margin, margin), (margin, margin), (0, 0)), mode="edge"))
    corner = (
        x + margin - (across - down) * size / 2,
        y + margin - (down + across) * size / 2,
    )
    coefficients = (across, -down, corner[0], down, across, corner[1])
    return padded.transform((size, size), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC)


def _around(left: tuple[float, float], right: tuple[float, float]) -> tuple[float, float, float, float]:
    """The middle across and down, the side and the tilt of the models' square around eyes at these places, in pixels."""
    # In units of an aligned picture's width; CelebA's pictures are 178 x 218.
    height = 218 / 178
    apart = EYES[1][0] - EYES[0][0]
    centre = ((CROP[0] + CROP[2]) / 2, (CROP[1] + CROP[3]) / 2 * height)
    between = ((EYES[0][0] + EYES[1][0]) / 2, EYES[0][1] * height)
    turn = math.atan2(right[1] - left[1], right[0] - left[0])
    unit = math.hypot(right[0] - left[0], right[1] - left[1]) / apart
    off = ((centre[0] - between[0]) * unit, (centre[1] - between[1]) * unit)
    return (
        (left[0] + right[0]) / 2 + off[0] * math.cos(turn) - off[1] * math.sin(turn),
        (left[1] + right[1]) / 2 + off[0] * math.sin(turn) + off[1] * math.cos(turn),
        (CROP[2] - CROP[0]) * unit,
        math.degrees(turn),
    )


def _eyes(grey: np.ndarray, x: int, y: int, side: int) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The middles of a pair of eyes in the box of a face, the one on the left first; None if there is no such pair."""
    top, bottom = (round(y + share * side) for share in EYE_BAND)
    band = Image.fromarray(grey[top:bottom, x : x + side])
    band = np.asarray(band.resize((2 * band.width, 2 * band.height), Image.Resampling.BICUBIC))
    limits = {"minSize": (round(0.24 * side),) * 2, "maxSize": (round(0.9 * side),) * 2}
    finds = [
        (x + (left + size / 2) / 2, top + (above + size / 2) / 2, size)
        for left, above, size, _ in _boxes("eye", band, 1.05, 3, **limits)
    ]
    halves = [
        [find for find in finds if find[0] < x + side / 2],
        [find for find in finds if find[0] >= x + side / 2],
    ]
    if not all(halves):
        return None
    left, right = (max(half, key=lambda find: find[2])[:2] for half in halves)
    tilt = math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))
    apart = math.hypot(right[0] - left[0], right[1] - left[1]) / side
    return (left, right) if abs(tilt) <= MOST_TILT and 0.28 <= apart <= 0.6 else None


def _boxes(cascade: str, grey: np.ndarray, *options, **limits) -> list[tuple[int, int, int, int]]:
    """What a cascade finds, each as left, top, width and height, in pixels."""
    # A cascade has buffers of its own, which two threads must not share.
    with _looking:
        return [tuple(map(int, box)) for box in _cascade(cascade).detectMultiScale(grey, *options, **limits)]


_looking = threading.Lock()


@lru_cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    import cv2

    # One thread: a second thread pool would compete with torch's.
    cv2.setNumThreads(1)
    return cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{name}.xml")
