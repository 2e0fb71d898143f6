"""A grey photograph, the dabs of colour that a visitor puts on it, and what a model makes of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.models import memory
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import drawing, images
from explorer.pictures.images import EXAMPLES, Pixels
from explorer.tabs.colorize import overlay
from explorer.tabs.colorize.overlay import Wash
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

WORKING_SIDE = 512
"""Pixels of the longer side to which a photograph is reduced for all but its result."""
MOST_SHOWN = 2_500_000
"""Pixels of a result as the page shows it, which each stroke changes."""
MOST_SAVED = 25_000_000
"""Pixels of a result."""
REMEMBERED = 64 * 2**20
"""Bytes of photographs, as large as they are shown, that are kept between two strokes."""
BOARD = 512
"""Pixels of the square canvas that it is painted on, which it fills in one direction."""
SEEN = 2
"""The longer side as a network sees it, in the side of the photographs it learned from: larger, things lose their colour."""
CELL = 9
"""Pixels, as the network sees them, of the largest hint in training; a longer stroke becomes several hints."""
MAX_HINTS = 64
RADIUS = 0.02
"""Radius of a hint that does not say its own, as a share of the photograph's longer side."""
MAX_RADIUS = 0.25
PAINTED = 8
"""Difference of a byte from the photograph below it, above which a pixel counts as painted."""
SUGGESTED = 6
LIVELIER = 1.6
"""How much more chroma than the model's own guess a hint gets that is proposed for a photograph without colours."""
COLOURED = 5.0
"""Spread of a and b, in Lab's units, above which a photograph has colours to compare with; a sepia print has less."""


@dataclass(frozen=True)
class ColorizeView(View):
    """The model that colours photographs."""

    model: str = control()


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph as it is worked on: its lightness as grey H x W, and its colours H x W x 3 if it came with some.

    `file` is where all of it lies, `whole` its width and height there.
    """

    grey: Pixels
    original: Pixels | None
    file: Path | None = None
    whole: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Where it lies on the canvas: left, top, right and bottom."""
        width, height = (max(1, round(side * BOARD / max(self.size))) for side in self.size)
        left, top = (BOARD - width) // 2, (BOARD - height) // 2
        return left, top, left + width, top + height

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height on the canvas, which dabs are measured in."""
        left, top, right, bottom = self.box
        return right - left, bottom - top


@dataclass(frozen=True, eq=False)
class Dab:
    """A connected spot of one colour: its pixels h x w, of which the upper left one lies at `left`, `top`.

    These are pixels of the canvas, counted from the corner of the photograph on it.
    """

    left: int
    top: int
    pixels: NDArray[np.bool_]
    colour: tuple[int, int, int]

    def area(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """The dab's pixels in a picture of this width and height."""
        whole = np.zeros(size[::-1], bool)
        height, width = self.pixels.shape
        whole[self.top : self.top + height, self.left : self.left + width] = self.pixels
        return whole

    def like(self, other: Dab) -> bool:
        """Whether `other` is the same dab."""
        place = self.left, self.top, self.colour
        return place == (other.left, other.top, other.colour) and np.array_equal(self.pixels, other.pixels)


def examples() -> list[Path]:
    """Photographs to try, if some are bundled."""
    return sorted(EXAMPLES.glob("landscapes-*.jpg"))


def photo(picture: Image.Image, file: Path | None = None, whole: tuple[int, int] | None = None) -> Photo:
    """An RGB picture of any size as it is worked on; `file` and `whole` are those of `Photo`."""
    from models_zoo import lab

    scale = min(1.0, WORKING_SIDE / max(picture.size))
    size = [max(drawing.MIN_SIDE, round(side * scale)) for side in picture.size]
    pixels = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    colours = lab.AB_SCALE * lab.from_rgb(images.tensor(pixels[None]))[:, 1:]
    spread = colours.var((2, 3), correction=0).sum().sqrt().item()
    return Photo(overlay.grey_of(pixels), pixels if spread > COLOURED else None, file, whole)


def disc(photo: Photo, x: float, y: float, colour: tuple[int, int, int], radius: float = RADIUS) -> Dab:
    """A round dab at shares of width and height, with a radius as a share of the longer side; one pixel at least."""
    width, height = photo.canvas
    column, row = min(int(x * width), width - 1), min(int(y * height), height - 1)
    reach = radius * max(width, height)
    left, top = max(0, math.floor(column - reach)), max(0, math.floor(row - reach))
    rows, columns = np.mgrid[
        top : min(height, row + math.ceil(reach) + 1), left : min(width, column + math.ceil(reach) + 1)
    ]
    return Dab(left, top, np.hypot(rows - row, columns - column) <= reach, colour)


def on_canvas(photo: Photo, dabs: Sequence[Dab]) -> tuple[Image.Image, Image.Image]:
    """The photograph and the dabs, each on a transparent RGBA picture of the canvas's size."""
    ground, layer = (Image.new("RGBA", (BOARD, BOARD)) for _ in range(2))
    ground.paste(Image.fromarray(photo.grey).resize(photo.canvas, Image.Resampling.BICUBIC), photo.box)
    pixels = np.zeros((*photo.canvas[::-1], 4), np.uint8)
    for dab in dabs:
        pixels[dab.area(photo.canvas)] = (*dab.colour, 255)
    layer.paste(Image.fromarray(pixels), photo.box)
    return ground, layer


def painted(composite: Pixels, background: Pixels) -> list[Dab]:
    """The dabs on a photograph, from pictures H x W x 3 of all of it and of what lies below, the largest `MAX_HINTS` of them.

    A dab is what is connected and of one colour. Its soft edge, in which the photograph shines through, is left out.
    """
    from scipy import ndimage

    differs = np.abs(composite.astype(int) - background).max(2) > PAINTED
    # The middle of a square of one colour is no soft edge; all pixels of that colour around it are not, either.
    flat = (ndimage.maximum_filter(composite, (3, 3, 1)) == ndimage.minimum_filter(composite, (3, 3, 1))).all(2)
    codes = composite.astype(np.int64) @ (1 << 16, 1 << 8, 1)
    core = flat & ndimage.minimum_filter(differs, 3)
    found = []
    colours, counts = np.unique(codes[core], return_counts=True)
    for code in colours[counts.argsort()[::-1][:MAX_HINTS]].tolist():
        whole = ndimage.binary_dilation(core & (codes == code), np.ones((3, 3)))
        parts, _ = ndimage.label(whole, np.ones((3, 3)))
        for place, (rows, columns) in enumerate(ndimage.find_objects(parts), 1):
            pixels = parts[rows, columns] == place
            found.append(Dab(columns.start, rows.start, pixels, (code >> 16, code >> 8 & 255, code & 255)))
    return sorted(found, key=lambda dab: -dab.pixels.sum())[:MAX_HINTS]


def in_order(known: Sequence[Dab], found: Sequence[Dab], size: tuple[int, int]) -> list[Dab]:
    """The dabs that were `found`, those first that overlap with `known` ones of their colour, in their order; then the new."""
    areas = [(dab.colour, dab.area(size)) for dab in known]

    def place(dab: Dab) -> int:
        own = dab.area(size)
        return next(
            (n for n, (colour, area) in enumerate(areas) if colour == dab.colour and (own & area).any()), len(areas)
        )

    return sorted(found, key=place)


def on_canvas_again(photo: Photo, dabs: Sequence[Dab]) -> list[Dab]:
    """The dabs as they are found on a canvas that they were put on, where pixels at an edge are lost, and neighbours grow together."""
    ground, layer = on_canvas(photo, dabs)
    both = (Image.alpha_composite(ground, layer), ground)
    pictures = (np.asarray(each.crop(photo.box).convert("RGB")) for each in both)
    return in_order(dabs, painted(*pictures), photo.canvas)


def same(some: Sequence[Dab], others: Sequence[Dab]) -> bool:
    """Whether both are the same dabs in the same order."""
    return len(some) == len(others) and all(a.like(b) for a, b in zip(some, others, strict=True))


def guess(store: ModelStore, card: Card, photo: Photo, dabs: Sequence[Dab]) -> Wash:
    """The colours that the model of `card` gives the photograph, to be laid over it in any size.

    The network sees it at most `SEEN` times as large as what it learned from. Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    from models_zoo import lab
    from models_zoo.colorize import paint

    (width, height), longest = photo.size, SEEN * card.image_size
    scale = min(1.0, longest / max(photo.size))
    seen = max(1, round(width * scale)), max(1, round(height * scale))
    small = _lightness(np.asarray(Image.fromarray(photo.grey).resize(seen, Image.Resampling.BOX)))
    with store.using(card.id) as model, torch.inference_mode():
        squares = [each.to(model.device) for each in _squares(dabs, photo.canvas, seen)]
        hints, mask = paint(*squares, seen[1], seen[0])
        result = lab.from_rgb(model.colorize(small.to(model.device), hints, mask)).cpu()
    return Wash(torch.cat([small, result[:, 1:]], 1)[0].numpy())


def colorize(store: ModelStore, card: Card, photo: Photo, dabs: Sequence[Dab]) -> Pixels:
    """The photograph, as large as it is worked on, in the colours that `guess` gives it: H x W x 3, its lightness unchanged."""
    return guess(store, card, photo, dabs).over(photo.grey)


def preview(
    store: ModelStore, card: Card, photo: Photo, dabs: Sequence[Dab], language: str = "en"
) -> tuple[Pixels, Pixels | None]:
    """The photograph with at most `MOST_SHOWN` pixels: coloured, and in its own colours if it has some.

    Raises `UserError` if its file is gone.
    """
    large = photo if photo.file is None else _large(photo.file)
    if large is None:
        raise UserError(say("colorize_gone", language))
    result = guess(store, card, photo, dabs).over(large.grey)
    return result, None if photo.original is None else large.original


def finished(store: ModelStore, card: Card, photo: Photo, dabs: Sequence[Dab], data: bytes) -> Image.Image:
    """The picture in a file, of which `photo` was made, in the colours that `guess` gives it: all of it, up to `MOST_SAVED` pixels."""
    wash = guess(store, card, photo, dabs)
    picture = drawing.whole(data, most=MOST_SAVED)
    wash.cover(picture)
    return picture


@memory.remembering(REMEMBERED)
def _large(file: Path) -> Photo | None:
    """The photograph in a file as large as it is shown; None if the file is gone."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    pixels = np.asarray(drawing.whole(data, most=MOST_SHOWN))
    return Photo(overlay.grey_of(pixels), pixels)


def suggest(photo: Photo, coloured: Pixels, dabs: Sequence[Dab], count: int = SUGGESTED) -> list[Dab]:
    """Hints for a photograph that a model `coloured` with these `dabs`, apart from each other and from them.

    If its colours are known, the true ones at the places that are most wrong; else the model's own strongest guesses,
    livelier, for a visitor to keep or to remove.
    """
    from scipy import ndimage

    width, height = photo.canvas
    reach = 3 * RADIUS * BOARD
    source, result = (
        np.asarray(Image.fromarray(each).resize(photo.canvas, Image.Resampling.BILINEAR))
        for each in (coloured if photo.original is None else photo.original, coloured)
    )
    wanted, guessed = _colours(source), _colours(result)
    weight = np.linalg.norm(guessed if photo.original is None else wanted - guessed, axis=2)
    # Where colours change at once a dab would lie on both sides of an edge.
    spread = sum(ndimage.gaussian_filter(wanted[..., axis] ** 2, reach / 3) for axis in (0, 1)) - sum(
        ndimage.gaussian_filter(wanted[..., axis], reach / 3) ** 2 for axis in (0, 1)
    )
    weight = ndimage.gaussian_filter(weight, reach / 3) / (1 + np.sqrt(np.clip(spread, 0, None)) / 10)
    rows, columns = np.mgrid[:height, :width]
    for dab in dabs:
        weight *= 1 - np.exp(-((ndimage.distance_transform_edt(~dab.area(photo.canvas)) / reach) ** 2))
    found: list[Dab] = []
    for _ in range(count):
        row, column = np.unravel_index(weight.argmax(), weight.shape)
        if weight[row, column] < 1:
            break
        weight *= 1 - np.exp(-(((rows - row) ** 2 + (columns - column) ** 2) / (2 * reach) ** 2))
        spot = disc(photo, (column + 0.5) / width, (row + 0.5) / height, (0, 0, 0))
        colour = np.median(source[spot.area(photo.canvas)], 0)
        if photo.original is None:
            colour = _livelier(colour)
        found.append(Dab(spot.left, spot.top, spot.pixels, tuple(map(int, colour))))
    return found


def hints(value: Any, photo: Photo, language: str = "en") -> list[Dab]:
    """The dabs of a list of ``{"x", "y", "colour", "radius"}`` as programs send it; raises `UserError` if it is none.

    `x` and `y` are shares of width and height, `colour` is ``"#rrggbb"``, and `radius`, which may be missing, a share of
    the longer side.
    """
    if not isinstance(value, list) or len(value) > MAX_HINTS:
        count = len(value) if isinstance(value, list) else shown(value)
        raise UserError(say("bad_hints", language, most=MAX_HINTS, value=count))
    return [_hint(entry, photo, language) for entry in value]


def _hint(value: Any, photo: Photo, language: str) -> Dab:
    names = {"x", "y", "colour", "radius"}
    if not isinstance(value, dict) or not names - {"radius"} <= value.keys() <= names:
        raise UserError(say("bad_hint", language, value=shown(value)))
    if not all(checks.is_number(value[name], 0, 1) for name in ("x", "y")):
        place = shown((value["x"], value["y"]))
        raise UserError(say("bad_hint_place", language, value=place))
    colour, radius = value["colour"], value.get("radius", RADIUS)
    if not isinstance(colour, str) or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise UserError(say("bad_hint_colour", language, value=shown(colour)))
    if not checks.is_number(radius, 0, MAX_RADIUS):
        raise UserError(say("bad_hint_radius", language, most=MAX_RADIUS, value=shown(radius)))
    return disc(photo, float(value["x"]), float(value["y"]), tuple(bytes.fromhex(colour[1:])), float(radius))


def _squares(dabs: Sequence[Dab], size: tuple[int, int], seen: tuple[int, int]) -> list[Tensor]:
    """Rows, columns and sizes 1 x K and colours 1 x K x 2 of square hints that stand for the dabs, as the network sees them.

    A dab becomes a hint in every cell of `CELL` pixels that it reaches into, at the middle of what lies there.
    """
    import torch

    from models_zoo import lab

    scale = seen[0] / size[0], seen[1] / size[1]
    found: list[tuple[float, float, float]] = []
    owners: list[int] = []
    for number, dab in enumerate(dabs):
        rows, columns = np.nonzero(dab.pixels)
        x, y = (columns + dab.left + 0.5) * scale[0], (rows + dab.top + 0.5) * scale[1]
        _, cells, counts = np.unique((y // CELL) * 10_000 + x // CELL, return_inverse=True, return_counts=True)
        # What barely reaches into a cell is told by the cells beside it.
        for cell in np.flatnonzero(counts * 4 >= counts.max()):
            inside = cells == cell
            found.append((y[inside].mean(), x[inside].mean(), math.sqrt(counts[cell] * scale[0] * scale[1])))
            owners.append(number)
    if not found:
        return [torch.zeros(1, 0, dtype=torch.long)] * 3 + [torch.zeros(1, 0, 2)]
    rows, columns, sides = np.array(found).T
    palette = np.array([dab.colour for dab in dabs], np.uint8)[None, :, None]
    colours = lab.from_rgb(images.tensor(palette))[0, 1:, :, 0].T[owners]
    whole = (np.floor(rows), np.floor(columns), np.clip(np.round(sides), 1, CELL))
    return [torch.from_numpy(each.astype(np.int64))[None] for each in whole] + [colours[None]]


def _lightness(grey: Pixels) -> Tensor:
    """Scaled L, 1 x 1 x H x W, of grey pixels H x W."""
    from models_zoo import lab

    return lab.from_rgb(images.tensor(np.repeat(grey[None, :, :, None], 3, 3)))[:, :1]


def _colours(pixels: Pixels) -> NDArray[np.float32]:
    """a and b, H x W x 2 in Lab's units, of RGB pixels H x W x 3."""
    from models_zoo import lab

    return (lab.AB_SCALE * lab.from_rgb(images.tensor(pixels[None]))[0, 1:]).permute(1, 2, 0).numpy()


def _livelier(colour: NDArray[np.float64]) -> NDArray[np.uint8]:
    """An RGB colour with more chroma, as much as sRGB has."""
    from models_zoo import lab

    values = lab.from_rgb(images.tensor(colour[None, None, None]))
    values[:, 1:] *= LIVELIER
    return images.pixels(lab.to_rgb(lab.into_gamut(values)))[0, 0, 0]
