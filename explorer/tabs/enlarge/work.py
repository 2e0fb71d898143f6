"""Photographs enlarged tile by tile, without seams, and measured against an original."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.pictures import drawing, images
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

TASK = "super-resolution"
TILE = 256
"""Pixels of a tile's longer side at most, before it is enlarged and without what is seen around it: this bounds the memory."""
MAX_RESULT = 4096 * 4096
"""Pixels of the largest result: on two cores some minutes."""
MAX_SIDE = 32_768
"""Pixels of the longest side of a result; JPEG knows no more than twice as many."""
MAX_PNG = 4_000_000
"""Pixels up to which a result is saved without loss; as PNG, a larger one would soon be tens of megabytes."""
SHAVE = 4
"""Pixels at every edge that do not count when a result is measured, as in papers."""
WINDOW, SIGMA = 5, 1.5
"""Radius and standard deviation of the Gaussian window of SSIM (Wang et al. 2004)."""
STRIP = 512
"""Rows that are measured at a time."""


@dataclass(frozen=True)
class Tile:
    """Rows and columns of a picture: what a tile sees of it, and, from there, what it is to enlarge."""

    seen: tuple[slice, slice]
    inner: tuple[slice, slice]


@dataclass(frozen=True)
class Step:
    """How many of all tiles are done; the `result` H x W x 3 comes with the last."""

    done: int
    count: int
    result: Pixels | None = None


class Likeness(TypedDict):
    """How near a picture is to its original: PSNR in dB and SSIM, of the luminance."""

    psnr: float
    ssim: float


def scale_of(card: Card) -> int:
    """How many times as large the model of `card` makes pictures."""
    return card.arguments["scale"]


def photograph(data: bytes, language: str = "en") -> Pixels:
    """The picture in a file, H x W x 3, upright and on white, with all the pixels that it has; raises `UserError` as `drawing.decode`."""
    # That judges the file before anything large is unpacked, and reduces what is larger than other tabs need.
    reduced = drawing.decode(data, language)
    with drawing._unpacking, drawing._complaining(language):
        whole = ImageOps.exif_transpose(Image.open(io.BytesIO(data), formats=drawing.FORMATS))
        return np.asarray(reduced if whole.size == reduced.size else drawing._on_white(whole))


def check_size(photo: Pixels, scale: int, language: str = "en") -> None:
    """Raises `UserError` for a photograph that would become larger than `MAX_RESULT` or longer than `MAX_SIDE`."""
    height, width = photo.shape[:2]
    if scale**2 * height * width > MAX_RESULT or scale * max(height, width) > MAX_SIDE:
        most, side = f"{MAX_RESULT // scale**2 / 1e6:.1f}", f"{MAX_SIDE // scale:,}"
        raise UserError(say("enlarge_large", language, width=width, height=height, scale=scale, most=most, side=side))


def tiles(height: int, width: int, reach: int) -> list[Tile]:
    """Tiles of at most `TILE` pixels a side that make up a picture, each seeing `reach` pixels more where there are some."""
    found = []
    for top, bottom in _parts(height):
        for left, right in _parts(width):
            rows, columns = (
                slice(max(0, start - reach), min(length, end + reach))
                for start, end, length in ((top, bottom, height), (left, right, width))
            )
            inner = (
                slice(top - rows.start, bottom - rows.start),
                slice(left - columns.start, right - columns.start),
            )
            found.append(Tile((rows, columns), inner))
    return found


def enlarge(upscale: Callable[[Tensor], Tensor], photo: Pixels, scale: int, reach: int) -> Iterator[Step]:
    """`photo`, H x W x 3, enlarged `scale` times by `upscale`, tile by tile: tells after each how far it is.

    `upscale` gets and gives images N x 3 x H x W in [-1, 1]. Where a tile sees `reach` pixels more, as many as a pixel of
    the result depends on, the tiles fit together as if there were one.
    """
    import torch

    height, width = photo.shape[:2]
    result = np.empty((scale * height, scale * width, 3), np.uint8)
    todo = tiles(height, width, reach)
    for done, tile in enumerate(todo, start=1):
        with torch.inference_mode():
            made = images.pixels(upscale(images.tensor(photo[tile.seen][None])))[0]
        result[_times(tile, scale)] = made[tuple(_scaled(part, scale) for part in tile.inner)]
        yield Step(done, len(todo), result if done == len(todo) else None)


def bicubic(photo: Pixels, scale: int) -> Pixels:
    """`photo`, H x W x 3, enlarged by bicubic interpolation."""
    height, width = photo.shape[:2]
    return np.asarray(Image.fromarray(photo).resize((scale * width, scale * height), Image.Resampling.BICUBIC))


def shrunk(photo: Pixels, scale: int) -> tuple[Pixels, Pixels]:
    """`photo` shrunk by `scale` as in training, and its part that this shows, which is an original to compare with."""
    height, width = (side // scale * scale for side in photo.shape[:2])
    part = photo[:height, :width]
    small = Image.fromarray(part).resize((width // scale, height // scale), Image.Resampling.BICUBIC)
    return np.asarray(small), part


def likeness(result: Pixels, original: Pixels) -> Likeness:
    """PSNR and SSIM of the luminance of two pictures of one size, without `SHAVE` pixels at every edge.

    The same as `train.resolution_metrics` measures, strip by strip. Both sides must have more than 2 (`SHAVE` + `WINDOW`) pixels.
    """
    inner = slice(SHAVE, -SHAVE)
    one, other = result[inner, inner], original[inner, inner]
    squares, alike, counted = 0.0, 0.0, 0
    for top in range(0, len(one) - 2 * WINDOW, STRIP):
        strip = slice(top, top + STRIP + 2 * WINDOW)
        a, b = _luminance(one[strip]), _luminance(other[strip])
        # Every row is counted once: those that the next strip sees again are left to it.
        new = slice(0, STRIP if top + STRIP < len(one) - 2 * WINDOW else None)
        squares += float(np.square(a[new] - b[new]).sum())
        found = _structure(a, b)
        alike, counted = alike + float(found.sum()), counted + found.size
    error = squares / (one.shape[0] * one.shape[1])
    return Likeness(psnr=10 * math.log10(255**2 / error) if error else math.inf, ssim=alike / counted)


def comparable(photo: Pixels) -> bool:
    """Whether a result of this size can be measured."""
    return min(photo.shape[:2]) > 2 * (SHAVE + WINDOW)


def saved(result: Pixels) -> tuple[str, bytes]:
    """The ending and the content of the file of a result: PNG, or JPEG if it has more than `MAX_PNG` pixels."""
    if result.shape[0] * result.shape[1] > MAX_PNG:
        return "jpg", shown(result)
    return "png", images.png(result[None])[0]


def shown(picture: Pixels) -> bytes:
    """A JPEG file of a picture H x W x 3, in which no difference can be seen."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


def _parts(length: int) -> list[tuple[int, int]]:
    """As few parts as will do of `length` pixels, about equally long."""
    count = -(-length // TILE)
    edges = [round(length * place / count) for place in range(count + 1)]
    return list(itertools.pairwise(edges))


def _scaled(part: slice, scale: int) -> slice:
    return slice(scale * part.start, scale * part.stop)


def _times(tile: Tile, scale: int) -> tuple[slice, slice]:
    """Where in the result a tile belongs."""
    rows, columns = (
        _scaled(slice(seen.start + inner.start, seen.start + inner.stop), scale)
        for seen, inner in zip(tile.seen, tile.inner, strict=True)
    )
    return rows, columns


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
