"""Targets: a visitor's picture, or one that a model drew, as another model would see it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.pictures import drawing, faces
from explorer.pictures.drawn import draw
from explorer.pictures.faces import MIDDLE, Square
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card
from models_zoo.faces import DATASET


def of_another(cards: Sequence[Card], card: Card, seed: int, language: str = "en") -> Point:
    """A picture drawn by another of `cards` whose model learned from the same data as that of `card`; the seed picks which.

    Raises `UserError` where there is no other such model.
    """
    kind = (card.dataset, card.image_size, card.channels)
    others = [each for each in cards if each.id != card.id and (each.dataset, each.image_size, each.channels) == kind]
    if not others:
        raise UserError(say("invert_no_other", language, model=card.id))
    other = others[seed % len(others)]
    return Point(other.id, seed, label=seed % len(other.classes) if other.classes else None)


def target(store: ModelStore, source: Point | Image.Image, card: Card, square: Square, language: str = "en") -> Pixels:
    """`source`, an RGB picture or a drawn one, as the model of `card` would see it: 1 x H x W x C.

    A picture of the model's size is taken as it is. Otherwise grey models get the ink as a digit, and
    others the part in `square`. Raises `UserError` for a picture with nothing on it.
    """
    if isinstance(source, Point):
        pixels = draw(store, source)
        if pixels.shape[1:] == (card.image_size, card.image_size, card.channels):
            return pixels
        # `square` belongs to a photograph.
        source, square = Image.fromarray(pixels[0].squeeze()).convert("RGB"), MIDDLE
    if _fits(source, card):
        return np.asarray(source.convert("L" if card.channels == 1 else "RGB")).reshape(1, *source.size, card.channels)
    try:
        if card.channels == 1:
            return drawing.digit(source, card.image_size, language)
        return drawing.as_input(faces.cut(source, square, card.image_size), card, language)
    except drawing.Blank:
        raise UserError(say("invert_blank", language)) from None


def is_cut(source: Point | Image.Image | None, card: Card) -> bool:
    """Whether a square is cut out of `source` for the model of `card`."""
    return isinstance(source, Image.Image) and card.channels == 3 and not _fits(source, card)


def place(picture: Image.Image, card: Card) -> tuple[Square, int | None]:
    """The square of an RGB picture to take for the model of `card`, and the number of faces found if it is a model of faces.

    The square is that of the largest face, or else the one in the middle.
    """
    if card.dataset != DATASET or not is_cut(picture, card):
        return MIDDLE, None
    square, count = faces.find(picture)
    return square or MIDDLE, count


def difference(one: Pixels, other: Pixels, gain: int = 1) -> Pixels:
    """The absolute difference of two pictures, `gain` times, N x H x W x C, clipped to bytes."""
    return (gain * np.abs(one.astype(int) - other)).clip(0, 255).astype(np.uint8)


def _fits(picture: Image.Image, card: Card) -> bool:
    return picture.size == (card.image_size, card.image_size)
