"""Drawings and photographs that visitors send, as the pictures that networks know: opened safely, then normalised."""

from __future__ import annotations

import base64
import binascii
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.pictures import files
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card, decoding
from models_zoo.decoding import PictureError

MAX_BYTES = 20 * 2**20
"""As much as a phone's camera writes."""
MAX_PIXELS = 50_000_000
MIN_SIDE = 8
DECODED_SIDE = 1024
"""Pixels of the longer side to which a picture is reduced as soon as it is unpacked."""
DRAFT_SIDE = 512
"""No less is unpacked of a large JPEG: photographs are translated and colorized at that size."""
WORKING_SIDE = 224
"""Pixels of the longer side at which ink is looked for: more would only show the paper's grain."""
BOX = 20 / 28
"""The share of a picture's side that MNIST's digits fill."""
STROKE = 0.11
"""Width of MNIST's strokes as a share of the digit's box; a ballpoint pen's are thickened to it."""
FAINTEST = 0.08
"""How much darker than its surroundings, of black's 1, a mark must be to count as ink."""

_unpacking = threading.Lock()
"""Held while a file is unpacked: a few bytes can become a hundred megabytes, and programs may call all at once."""


class Blank(UserError):
    """There is nothing on the picture."""


def decode(data: bytes, language: str = "en") -> Image.Image:
    """The picture in a file as RGB on white, upright, its first frame if it moves; raises `UserError` if it is no good.

    Size and format are judged by the header, before anything is unpacked.
    """
    with _unpacking, _complaining(language):
        return decoding.rgb(_opened(data, language))


def whole(data: bytes, language: str = "en", most: int = MAX_PIXELS) -> Image.Image:
    """The picture in a file as `decode` gives it, but with all of its pixels as long as these are at most `most`."""
    with _unpacking, _complaining(language):
        return decoding.rgb(_large(data, language, most))


def parted(data: bytes, language: str = "en", most: int = MAX_PIXELS) -> tuple[Image.Image, Image.Image | None]:
    """Colours, RGB, and opacity, L, of what `whole` puts on white; None where nothing is transparent."""
    with _unpacking, _complaining(language):
        return decoding.parted(_large(data, language, most))


def dimensions(data: bytes, picture: Image.Image) -> tuple[int, int]:
    """Width and height of the file that `decode` made `picture` of, upright as that is."""
    width, height = decoding.opened(data, MAX_PIXELS).size
    turned = (width - height) * (picture.width - picture.height) < 0
    return (height, width) if turned else (width, height)


def from_canvas(composite: bytes, background: bytes | None, language: str = "en") -> Image.Image:
    """What lies on a canvas: the file of all of it, cut to where the file of its `background` is not transparent.

    Beside an uploaded picture of other proportions the canvas is empty, and its edge would pass for ink.
    """
    picture = decode(composite, language)
    if background:
        with _unpacking, _complaining(language):
            ground = _opened(background, language).convert("RGBA").getchannel("A")
        if ground.size == picture.size and ground.getbbox():
            picture = picture.crop(ground.getbbox())
    return picture


def _judged(data: bytes, language: str) -> Image.Image:
    """The picture in a file whose header says that it can be used, not yet unpacked."""
    if len(data) > MAX_BYTES:
        raise UserError(say("upload_heavy", language, limit=MAX_BYTES // 2**20))
    return decoding.opened(data, MAX_PIXELS, MIN_SIDE)


def _opened(data: bytes, language: str) -> Image.Image:
    """The picture in a file, upright and at most `DECODED_SIDE` long, in whatever mode it has."""
    picture = decoding.upright(_judged(data, language), DRAFT_SIDE)
    factor = math.ceil(max(picture.size) / DECODED_SIDE)
    return _averaging(picture).reduce(tuple(min(factor, side) for side in picture.size)) if factor > 1 else picture


def _large(data: bytes, language: str, most: int) -> Image.Image:
    """The picture in a file, upright and with at most `most` pixels, in whatever mode it has."""
    picture = _judged(data, language)
    size = at_most(picture.size, most)
    if size == picture.size:
        return decoding.upright(picture)
    picture = _averaging(decoding.upright(picture, min(size)))
    if (size[0] < size[1]) != (picture.width < picture.height):
        size = size[::-1]
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def at_most(size: tuple[int, int], most: int) -> tuple[int, int]:
    """Width and height of the same shape as `size` with at most `most` pixels, and one pixel at least either way."""
    width, height = size
    scale = math.sqrt(most / (width * height))
    return size if scale >= 1 else (max(1, int(width * scale)), max(1, int(height * scale)))


def _averaging(picture: Image.Image) -> Image.Image:
    """`picture` in a mode that can be averaged: no numbers of colours, no single bits, no colour that stands for "transparent"."""
    if picture.mode.startswith("I;"):
        return picture.convert("I")
    if picture.mode == "PA" or ("transparency" in picture.info and picture.mode not in ("I", "F")):
        return picture.convert("RGBA")
    return picture.convert("RGB") if picture.mode in ("1", "P") else picture


@contextmanager
def _complaining(language: str) -> Iterator[None]:
    """Around the decoding of a visitor's file: say in the visitor's language why it is no good."""
    try:
        yield
    except PictureError as error:
        width, height = error.size
        numbers = {"limit": MAX_PIXELS // 10**6, "width": width, "height": height, "least": MIN_SIDE}
        raise UserError(say(f"upload_{error.kind}", language, **numbers)) from None


def from_base64(text: str, language: str = "en") -> bytes:
    """The content of a base64 data URI (``data:image/png;base64,...``); raises `UserError` if it is none."""
    match = re.match(r"data:image/[\w.+-]+;base64,", text[:100])
    if match is None:
        raise UserError(say("upload_missing", language))
    if len(text) > 2 * MAX_BYTES:
        raise UserError(say("upload_heavy", language, limit=MAX_BYTES // 2**20))
    try:
        return base64.b64decode(text[match.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise UserError(say("upload_damaged", language)) from None


def sent_file(value: object, language: str = "en") -> bytes:
    """The file that a program sends, as an upload or a base64 data URI; raises `UserError` if it is none."""
    return from_base64(value, language) if isinstance(value, str) else files.received(value, language)


def sent(value: object, language: str = "en") -> Image.Image:
    """The picture that a program sends, as an uploaded file or a base64 data URI; raises `UserError` if it is none."""
    return decode(sent_file(value, language), language)


def as_input(picture: Image.Image, card: Card, language: str = "en") -> Pixels:
    """`picture` as the model of `card` is used to see its images: 1 x H x W x C.

    Grey models get a digit in MNIST's manner, others the middle of the picture. Raises `Blank`
    for a blank picture.
    """
    if card.channels == 1:
        return digit(picture, card.image_size, language)
    if all(low == high for low, high in picture.getextrema()):
        raise Blank(say("blank", language))
    fitted = ImageOps.fit(picture, (card.image_size,) * 2, Image.Resampling.LANCZOS)
    return np.asarray(fitted)[None]


def digit(picture: Image.Image, size: int = 28, language: str = "en") -> Pixels:
    """The ink of an RGB `picture`, white on black, in a box of 20/28 of `size` centred by its mass: 1 x size x size x 1.

    Dark on light or light on dark, evenly lit or not. Raises `Blank` if there is no ink.
    """
    from scipy import ndimage

    small = picture.convert("L")
    small.thumbnail((WORKING_SIDE,) * 2, Image.Resampling.BOX)
    ink = _ink(np.asarray(small, np.float64) / 255)
    if ink is None:
        raise Blank(say("blank", language))
    mask = ink > _otsu(ink)
    parts, count = ndimage.label(mask, np.ones((3, 3)))
    areas = ndimage.sum_labels(mask, parts, np.arange(1, count + 1))
    mask = np.isin(parts, 1 + np.flatnonzero(areas >= max(4, 0.04 * areas.max(initial=0))))
    if not mask.any():
        raise Blank(say("blank", language))
    # Anti-aliased edges lie just outside of the mask.
    ink = np.where(ndimage.binary_dilation(mask), ink, 0)
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    ink = _thickened(ink, mask, STROKE * max(height, width))
    return _placed(ink, size)[None, :, :, None]


def _ink(grey: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """How much each pixel of `grey` (0..1) stands out from its ground, 0..1; None if nothing does.

    The ground is a quadratic surface, fitted again and again to what is not ink: light that falls
    off to one side has no edges, and ink has.
    """
    y, x = np.mgrid[-1 : 1 : grey.shape[0] * 1j, -1 : 1 : grey.shape[1] * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6)
    values = grey.ravel()
    frame = np.zeros(grey.shape, bool)
    edge = max(1, min(grey.shape) // 12)
    frame[:edge] = frame[-edge:] = frame[:, :edge] = frame[:, -edge:] = True
    # A digit seldom reaches the frame, so the first guess is what most of it has in common.
    used = frame.ravel() & (np.abs(values - np.median(values[frame.ravel()])) < 0.35)
    spread = 0.0
    for _ in range(4):
        surface = terms @ np.linalg.lstsq(terms[used], values[used], rcond=None)[0]
        difference = values - surface
        spread = 1.5 * np.median(np.abs(difference[used]))
        used = np.abs(difference) < max(0.04, 3 * spread)
        if used.sum() < 0.1 * used.size:
            return None
    dark, light = np.clip(-difference, 0, None), np.clip(difference, 0, None)
    threshold = max(FAINTEST, 5 * spread)
    ink = dark if dark[dark > threshold].sum() >= light[light > threshold].sum() else light
    full = np.quantile(ink[ink > threshold], 0.8) if (ink > threshold).any() else 0.0
    return np.clip(ink / full, 0, 1).reshape(grey.shape) if full else None


def _otsu(values: NDArray[np.float64]) -> float:
    """The threshold that parts `values` in 0..1 into two groups as unlike as can be (Otsu 1979)."""
    counts, edges = np.histogram(values, 64, (0, 1))
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = counts.cumsum(), counts.sum() - counts.cumsum()
    sums = (counts * centres).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1 + np.nan_to_num(between).argmax()])


def _thickened(ink: NDArray[np.float64], mask: NDArray[np.bool_], width: float) -> NDArray[np.float64]:
    """`ink` with strokes at least `width` pixels wide."""
    from scipy import ndimage

    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    ridge = depth[(depth == ndimage.maximum_filter(depth, 3)) & mask]
    missing = (width - 2 * np.median(ridge)) / 2
    if missing <= 0:
        return ink
    margin = math.ceil(missing) + 1
    distance = ndimage.distance_transform_edt(~np.pad(mask, margin))
    return np.maximum(np.pad(ink, margin), np.clip(missing + 1 - distance, 0, 1))


def _placed(ink: NDArray[np.float64], size: int) -> Pixels:
    """`ink`, cropped, scaled into the box of a size x size picture, and shifted so that its mass is in the middle."""
    rows, columns = (np.flatnonzero((ink > 0.1).any(axis)) for axis in (1, 0))
    crop = Image.fromarray((255 * ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]).astype(np.uint8))
    scale = BOX * size / max(crop.size)
    small = crop.resize([max(1, round(side * scale)) for side in crop.size], Image.Resampling.LANCZOS, reducing_gap=3)
    values = np.asarray(small, np.float64)
    values = np.clip(values * (255 / max(values.max(), 1)), 0, 255).astype(np.uint8)
    placed = np.zeros((size, size), np.uint8)
    corner = []
    for axis, side in enumerate(values.shape):
        mass = values.sum(1 - axis, dtype=np.float64)
        centre = (mass * np.arange(side)).sum() / mass.sum()
        corner.append(min(max(round((size - 1) / 2 - centre), 0), size - side))
    placed[corner[0] : corner[0] + values.shape[0], corner[1] : corner[1] + values.shape[1]] = values
    return placed
