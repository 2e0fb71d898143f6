"""Photographs enlarged tile by tile, without seams, beside plain interpolation."""

from __future__ import annotations

import dataclasses
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
CLEAR = 16
"""Opacity of a byte below which nobody sees a pixel's colour, and programs write whatever they like."""


@dataclass(frozen=True)
class Tile:
    """Rows and columns of a picture: `seen`, the input of a tile with its margin, and `inner`, the part of `seen` without the margin."""

    seen: tuple[slice, slice]
    inner: tuple[slice, slice]


@dataclass(frozen=True)
class Step:
    """`done` of `count` tiles are enlarged; the `result`, H x W x 3, or 4 with its opacity, comes with the last."""

    done: int
    count: int
    result: Pixels | None = None


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph: its colours H x W x 3, its opacity H x W, None if it is opaque, and its width and height in the file."""

    pixels: Pixels
    alpha: Pixels | None
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Job:
    """A photograph to enlarge, H x W x 3, and the original to compare the result with, if there is one.

    `alpha` is the photograph's opacity, H x W, None if it is opaque; `given` its width and height in the file if it was
    reduced, as its result would have been too large.
    """

    photo: Pixels
    original: Pixels | None
    alpha: Pixels | None = None
    given: tuple[int, int] | None = None


@dataclass(frozen=True)
class EnlargeView(View):
    """The controls of the tab: `shrink` shrinks the photograph first, so that the result can be compared with it."""

    model: str = control()
    shrink: bool = control(False, link=False)


def scale_of(card: Card) -> int:
    """How many times as large the model of `card` makes pictures."""
    return card.arguments["scale"]


def job(card: Card, photo: Photo, original: Photo | None, is_shrunk: bool, language: str = "en") -> Job:
    """The job of enlarging `photo` with the model of `card`, shrunk first if `is_shrunk`; raises `UserError`.

    A given `original` must have the size of the result; it is ignored where the photograph is shrunk.
    """
    scale, pixels, alpha, compared = scale_of(card), photo.pixels, photo.alpha, None
    if is_shrunk:
        height, width = pixels.shape[:2]
        least = drawing.MIN_SIDE * scale
        if min(height, width) < least:
            raise UserError(say("enlarge_too_small", language, scale=scale, width=width, height=height, least=least))
        small, part = shrunk(_whole(pixels, alpha), scale)
        compared = on_white(part)
        pixels, alpha = apart(small)
    height, width = (scale * side for side in pixels.shape[:2])
    if original is not None and not is_shrunk:
        compared = on_white(_whole(original.pixels, original.alpha))
        if original.size != (width, height):
            given = "{} x {}".format(*original.size)
            raise UserError(say("enlarge_original_size", language, width=width, height=height, given=given))
    is_reduced = photo.size != photo.pixels.shape[1::-1]
    return Job(pixels if alpha is None else filled(pixels, alpha), compared, alpha, photo.size if is_reduced else None)


def example() -> Job:
    """The job with which the tab opens: a small photograph, which is enlarged at once and shows the most."""
    small, _ = shrunk(photograph(EXAMPLE.read_bytes()).pixels, 4)
    return Job(small, None)


def generated(store: ModelStore, seed: int, language: str = "en") -> Point:
    """A colour picture by a model that the seed picks as well; raises `UserError` if there is no such model."""
    generators = [card for card in store.cards("unconditional") if card.channels == 3]
    if not generators:
        raise UserError(say("enlarge_no_generated", language))
    return Point(generators[seed % len(generators)].id, seed)


def steps(store: ModelStore, card: Card, job: Job) -> Iterator[Step]:
    """The steps of enlarging a job's photograph; other threads can use the model between two tiles. Raises `ZooError`."""
    model, scale = store.get(card.id), scale_of(card)
    told = enlarge(lambda x: model.upscale(x.to(model.device)), job.photo, scale, model.reach)
    while True:
        with store.using(card.id):
            step = next(told, None)
        if step is None:
            return
        if step.result is not None and job.alpha is not None:
            step = dataclasses.replace(step, result=_whole(step.result, bicubic(job.alpha, scale)))
        yield step


def photograph(data: bytes, language: str = "en", scale: int = 1) -> Photo:
    """The picture in a file, upright; raises `UserError` as `drawing.decode` does.

    It has all its pixels as long as `scale` times as wide and high it has at most `MAX_RESULT`, and `MAX_SIDE` a side.
    """
    colours, alpha = drawing.parted(data, language, MAX_RESULT // scale**2)
    whole = drawing.dimensions(data, colours)
    if max(colours.size) * scale > MAX_SIDE:
        share = MAX_SIDE / scale / max(colours.size)
        size = [max(1, int(side * share)) for side in colours.size]
        colours, alpha = (each and each.resize(size, Image.Resampling.LANCZOS) for each in (colours, alpha))
    return Photo(np.asarray(colours), None if alpha is None else np.asarray(alpha), whole)


def apart(picture: Pixels) -> tuple[Pixels, Pixels | None]:
    """Colours H x W x 3 and opacity H x W, if it has one, of a picture H x W x 3 or 4."""
    return picture[..., :3], picture[..., 3] if picture.shape[2] == 4 else None


def on_white(picture: Pixels) -> Pixels:
    """A picture H x W x 3 or 4 on white, H x W x 3."""
    if picture.shape[2] == 3:
        return picture
    ground = Image.new("RGB", picture.shape[1::-1], "white")
    ground.paste(Image.fromarray(picture[..., :3]), mask=Image.fromarray(picture[..., 3]))
    return np.asarray(ground)


def filled(pixels: Pixels, alpha: Pixels) -> Pixels:
    """`pixels`, H x W x 3, where nobody sees them in the colour of the nearest that are seen.

    Below transparent pixels most files are black, which would spill over the edge of what is seen.
    """
    from scipy import ndimage

    clear = alpha < CLEAR
    if not clear.any() or clear.all():
        return pixels
    rows, columns = ndimage.distance_transform_edt(clear, return_distances=False, return_indices=True)
    return pixels[rows, columns]


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
    """`photo`, H x W x 3 or H x W, enlarged by bicubic interpolation."""
    height, width = photo.shape[:2]
    return np.asarray(Image.fromarray(photo).resize((scale * width, scale * height), Image.Resampling.BICUBIC))


def plain(job: Job, scale: int) -> Pixels:
    """A job's photograph enlarged by bicubic interpolation alone, H x W x 3, or 4 with its opacity."""
    return _whole(bicubic(job.photo, scale), None if job.alpha is None else bicubic(job.alpha, scale))


def shrunk(photo: Pixels, scale: int) -> tuple[Pixels, Pixels]:
    """`photo`, H x W x 3 or 4, shrunk by `scale` as in training, and the part of it that was shrunk, the original to compare with."""
    height, width = (side // scale * scale for side in photo.shape[:2])
    part = photo[:height, :width]
    small = Image.fromarray(part).resize((width // scale, height // scale), Image.Resampling.BICUBIC)
    return np.asarray(small), part


def saved(card: Card, result: Pixels) -> tuple[str, bytes]:
    """The name and the content of the file of a result: PNG, or JPEG if it is opaque and large."""
    ending, content = images.compact(Image.fromarray(result))
    return f"{file_name(card.id)}-{result.shape[1]}x{result.shape[0]}.{ending}", content


def shown(result: Pixels) -> tuple[str, bytes]:
    """The ending and the content of a file that the page shows of a result: JPEG, or PNG if parts are transparent."""
    picture = Image.fromarray(result)
    return images.compact(picture) if picture.mode == "RGBA" else ("jpg", images.jpeg(picture))


def _whole(pixels: Pixels, alpha: Pixels | None) -> Pixels:
    return pixels if alpha is None else np.dstack([pixels, alpha])


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
