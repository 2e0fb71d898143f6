"""Photographs enlarged tile by tile, without seams, beside plain interpolation."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from explorer.latent.point import Point
from explorer.models.choice import file_name
from explorer.models.store import ModelStore
from explorer.page.view import View, control
from explorer.pictures import drawing, images
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

TASK = "super-resolution"
EXAMPLE = images.EXAMPLES / "horse2zebra-b-1.jpg"
"""The photograph with which the tab opens, shrunk."""
TILE = 256
"""The longest side of a tile in pixels of the input, without its margin; it bounds the memory."""
MAX_RESULT = 4096 * 4096
"""Pixels of the largest result: some minutes on two cores."""
MAX_SIDE = 32_768
"""Pixels of the longest side of a result; JPEG allows no more than twice as many."""
MAX_PNG = 4_000_000
"""Pixels up to which a result is saved as PNG; larger ones would be files of tens of megabytes."""


@dataclass(frozen=True)
class Tile:
    """Rows and columns of a picture: `seen`, the input of a tile with its margin, and `inner`, the part of `seen` without the margin."""

    seen: tuple[slice, slice]
    inner: tuple[slice, slice]


@dataclass(frozen=True)
class Step:
    """`done` of `count` tiles are enlarged; the `result`, H x W x 3, comes with the last."""

    done: int
    count: int
    result: Pixels | None = None


@dataclass(frozen=True, eq=False)
class Job:
    """A photograph to enlarge, H x W x 3, and the original to compare the result with, if there is one."""

    photo: Pixels
    original: Pixels | None


@dataclass(frozen=True)
class EnlargeView(View):
    """The controls of the tab: `shrink` shrinks the photograph first, so that the result can be compared with it."""

    model: str = control()
    shrink: bool = control(False, link=False)


def scale_of(card: Card) -> int:
    """How many times as large the model of `card` makes pictures."""
    return card.arguments["scale"]


def job(card: Card, photo: Pixels, original: Pixels | None, is_shrunk: bool, language: str = "en") -> Job:
    """The job of enlarging `photo` with the model of `card`, shrunk first if `is_shrunk`; raises `UserError`.

    A given `original` must have the size of the result; it is ignored where the photograph is shrunk.
    """
    scale = scale_of(card)
    if is_shrunk:
        height, width = photo.shape[:2]
        least = drawing.MIN_SIDE * scale
        if min(height, width) < least:
            raise UserError(say("enlarge_too_small", language, scale=scale, width=width, height=height, least=least))
        photo, original = shrunk(photo, scale)
    check_size(photo, scale, language)
    height, width = (scale * side for side in photo.shape[:2])
    if original is not None and original.shape[:2] != (height, width):
        given = f"{original.shape[1]} x {original.shape[0]}"
        raise UserError(say("enlarge_original_size", language, width=width, height=height, given=given))
    return Job(photo, original)


def example() -> Job:
    """The job with which the tab opens: a small photograph, which is enlarged at once and shows the most."""
    small, _ = shrunk(photograph(EXAMPLE.read_bytes()), 4)
    return Job(small, None)


def generated(store: ModelStore, seed: int, language: str = "en") -> Point:
    """A colour picture by a model that the seed picks as well; raises `UserError` if there is no such model."""
    generators = [card for card in store.cards("unconditional") if card.channels == 3]
    if not generators:
        raise UserError(say("enlarge_no_generated", language))
    return Point(generators[seed % len(generators)].id, seed)


def steps(store: ModelStore, card: Card, photo: Pixels) -> Iterator[Step]:
    """The steps of enlarging `photo`; other threads can use the model between two tiles. Raises `ZooError`."""
    model = store.get(card.id)
    told = enlarge(lambda x: model.upscale(x.to(model.device)), photo, scale_of(card), model.reach)
    while True:
        with store.using(card.id):
            step = next(told, None)
        if step is None:
            return
        yield step


def photograph(data: bytes, language: str = "en") -> Pixels:
    """The picture in a file at its full size, H x W x 3, upright and on white; raises `UserError` as `drawing.decode` does."""
    return np.asarray(drawing.whole(data, language))


def check_size(photo: Pixels, scale: int, language: str = "en") -> None:
    """Raise `UserError` if the result would exceed `MAX_RESULT` pixels or `MAX_SIDE` pixels a side."""
    height, width = photo.shape[:2]
    if scale**2 * height * width > MAX_RESULT or scale * max(height, width) > MAX_SIDE:
        most, side = f"{MAX_RESULT // scale**2 / 1e6:.1f}", f"{MAX_SIDE // scale:,}"
        raise UserError(say("enlarge_large", language, width=width, height=height, scale=scale, most=most, side=side))


def tiles(height: int, width: int, reach: int) -> list[Tile]:
    """Tiles of at most `TILE` pixels a side that cover a picture, each with a margin of `reach` pixels inside the picture."""
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
    """Enlarge `photo`, H x W x 3, `scale` times by `upscale`, tile by tile; yields a `Step` after each.

    `upscale` maps images N x 3 x H x W in [-1, 1] to larger ones. With a `reach` of at least the network's receptive field
    around a pixel, the result is the same as without tiles.
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
    """`photo` shrunk by `scale` as in training, and the part of it that was shrunk, the original to compare with."""
    height, width = (side // scale * scale for side in photo.shape[:2])
    part = photo[:height, :width]
    small = Image.fromarray(part).resize((width // scale, height // scale), Image.Resampling.BICUBIC)
    return np.asarray(small), part


def saved(card: Card, result: Pixels) -> tuple[str, bytes]:
    """The name and the content of the file of a result: PNG, or JPEG if it has more than `MAX_PNG` pixels."""
    is_huge = result.shape[0] * result.shape[1] > MAX_PNG
    name = f"{file_name(card.id)}-{result.shape[1]}x{result.shape[0]}.{'jpg' if is_huge else 'png'}"
    return name, jpeg(result) if is_huge else images.png(result[None])[0]


def jpeg(picture: Pixels) -> bytes:
    """A JPEG file of a picture H x W x 3, of a quality without visible loss."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


def _parts(length: int) -> list[tuple[int, int]]:
    """The fewest parts of `length` pixels that are at most `TILE` long, about equally long."""
    count = -(-length // TILE)
    edges = [round(length * place / count) for place in range(count + 1)]
    return list(itertools.pairwise(edges))


def _scaled(part: slice, scale: int) -> slice:
    return slice(scale * part.start, scale * part.stop)


def _times(tile: Tile, scale: int) -> tuple[slice, slice]:
    """Rows and columns of a tile in the result."""
    rows, columns = (
        _scaled(slice(seen.start + inner.start, seen.start + inner.stop), scale)
        for seen, inner in zip(tile.seen, tile.inner, strict=True)
    )
    return rows, columns
