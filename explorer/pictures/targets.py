"""What is to be inverted: a visitor's picture, or one that a model drew, as the model at hand would see it."""

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
    """A picture such as `card`'s model learned from, but drawn by another one of `cards`, picked by the seed as well.

    Raises `UserError` where no other one learned from the same data.
    """
    kind = (card.dataset, card.image_size, card.channels)
    others = [each for each in cards if each.id != card.id and (each.dataset, each.image_size, each.channels) == kind]
    if not others:
        raise UserError(say("invert_no_other", language, model=card.id))
    other = others[seed % len(others)]
    return Point(other.id, seed, label=seed % len(other.classes) if other.classes else None)


def target(store: ModelStore, source: Point | Image.Image, card: Card, square: Square, language: str = "en") -> Pixels:
    """`source`, an RGB picture or a drawn one, as the model of `card` would see it: 1 x H x W x C.

    What has the model's size is taken as it is. Else grey models get the ink as a digit, and
    others what lies in `square`. Raises `UserError` for a picture with nothing on it.
    """
    if isinstance(source, Point):
        pixels = draw(store, source)
        if pixels.shape[1:] == (card.image_size, card.image_size, card.channels):
            return pixels
        # The square was meant for a photograph.
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
    """Whether a square has to be cut out of `source` for the model of `card`."""
    return isinstance(source, Image.Image) and card.channels == 3 and not _fits(source, card)


def place(picture: Image.Image, card: Card) -> tuple[Square, int | None]:
    """The square of an RGB picture that the model of `card` is used to, and the number of faces if it knows faces."""
    if card.dataset != DATASET or not is_cut(picture, card):
        return MIDDLE, None
    square, count = faces.find(picture)
    return square or MIDDLE, count


def difference(one: Pixels, other: Pixels, gain: int = 1) -> Pixels:
    """How far two pictures lie apart in every value, `gain` times, N x H x W x C."""
    return (gain * np.abs(one.astype(int) - other)).clip(0, 255).astype(np.uint8)


def _fits(picture: Image.Image, card: Card) -> bool:
    return picture.size == (card.image_size, card.image_size)
