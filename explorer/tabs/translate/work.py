"""Pictures of one domain as those of another: brought to a size, translated and translated back, and what judges read in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.pictures import drawing, drawn, faces, images
from explorer.pictures.images import EXAMPLES, Pixels
from explorer.pictures.reading import TASK as CLASS_CONDITIONAL
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card, familiar
from models_zoo.card import DOMAINS
from models_zoo.texts import in_language

TASK = "translation"
EXAMPLE_SUFFIXES = (".jpg", ".png")
LEAST_SIDE, MOST_SIDE = 32, 512
"""Pixels: what the shorter side of a photograph has at least, and the longer one at most, when it is translated."""
FACES = "gender"
"""The dataset of aligned faces: out of a photograph the face is cut."""
LABELLED = "facades"
"""The dataset whose first domain are label maps, in the colours of `PALETTE`."""
PALETTE = {
    "background": (0, 0, 222),
    "wall": (0, 48, 255),
    "window": (0, 128, 255),
    "door": (0, 207, 255),
    "cornice": (32, 255, 224),
    "sill": (112, 255, 143),
    "balcony": (192, 255, 63),
    "blind": (255, 240, 0),
    "deco": (255, 159, 0),
    "molding": (255, 80, 0),
    "pillar": (255, 0, 0),
    "shop": (174, 0, 0),
}
"""The classes of the CMP Facade Database (Tyleček and Šára 2013), in the colours that pix2pix's label maps have."""
SURE = 29
"""How far a colour may be from one of `PALETTE` and still mean it: half of what the nearest two lie apart."""
DIGITS = 20
"""Digits in the grid: each twice."""


@dataclass(frozen=True)
class Photo:
    """A picture to translate: RGB, and how large it was before it was opened.

    `of` is the dataset and the domain that it is an example of, None where nobody knows; `name` is an example's file.
    """

    picture: Image.Image
    size: tuple[int, int]
    of: tuple[str, str] | None = None
    name: str = ""


@dataclass(frozen=True)
class Fitted:
    """A picture as a model takes it: `pixels` 1 x H x W x 3, and `how` it came to that, for `explorer.texts`."""

    pixels: Pixels
    how: str


@dataclass(frozen=True)
class Translated:
    """Pictures before and after the model `model` translated them in `direction`, N x H x W x 3 each."""

    model: str
    direction: str
    before: Pixels
    after: Pixels


@dataclass(frozen=True)
class Digits:
    """Digits before and after, and for each of them what a judge reads there, and how surely."""

    translated: Translated
    read_before: list[tuple[str, float]]
    read_after: list[tuple[str, float]]


def serves(card: Card) -> bool:
    """Whether the model of `card` translates colour pictures."""
    return card.channels == 3 and bool(card.directions)


def ends(direction: str) -> tuple[str, str]:
    """The domains that ``"a2b"`` or ``"b2a"`` leads from and to."""
    return DOMAINS if direction == "a2b" else DOMAINS[::-1]


def shown(card: Card, domain: str, language: str) -> str:
    """What the pictures of a domain show, in a word."""
    return in_language(card.domains.get(domain, {}), language) or domain.upper()


def draws_labels(card: Card, direction: str) -> bool:
    """Whether the model of `card` takes label maps of facades."""
    return card.dataset == LABELLED and ends(direction)[0] == "a"


def is_square(card: Card) -> bool:
    """Whether the model of `card` takes squares of one size, and no photographs as they are."""
    return bool(card.readers) or card.dataset in (FACES, LABELLED)


def opened(data: bytes, language: str = "en") -> Photo:
    """The picture in a visitor's file; raises `UserError` if it is no good."""
    picture = drawing.decode(data, language)
    return Photo(picture, drawing.dimensions(data, picture))


def examples(card: Card, domain: str) -> list[Path]:
    """The pictures that come with the page for a domain of the dataset of `card`."""
    paths = EXAMPLES.glob(f"{card.dataset}-{domain}-*")
    return sorted(path for path in paths if path.suffix in EXAMPLE_SUFFIXES)


def example(card: Card, domain: str, name: str) -> Photo | None:
    """The example of that file `name`, if there is one."""
    path = next((path for path in examples(card, domain) if path.name == name), None)
    if path is None:
        return None
    with Image.open(path) as picture:
        return Photo(picture.convert("RGB"), picture.size, (card.dataset, domain), name)


def usual(card: Card, direction: str) -> Photo | None:
    """What a visitor meets before choosing a picture: the first example, a drawn facade, or nothing."""
    domain = ends(direction)[0]
    found = examples(card, domain)
    if found:
        return example(card, domain, found[0].name)
    if draws_labels(card, direction):
        facade = plain_facade(card.image_size)
        return Photo(facade, facade.size, (card.dataset, domain))
    return None


def suits(photo: Photo | None, card: Card, direction: str) -> bool:
    """Whether `photo` may be meant for this direction of the model: nobody knows otherwise."""
    return photo is not None and photo.of in (None, (card.dataset, ends(direction)[0]))


def fit(
    photo: Photo, card: Card, direction: str, side: int, reader: Card | None = None, language: str = "en"
) -> Fitted:
    """`photo` as the model of `card` takes it: in proportion and at most `side` long, or as a square of the model's size.

    Digits become what the judge `reader` of their domain knows, label maps get the colours of `PALETTE`. Raises
    `UserError` for what has no digit on it, or is too long and narrow.
    """
    size = (card.image_size,) * 2
    picture = photo.picture
    if draws_labels(card, direction):
        square = ImageOps.fit(picture, size, Image.Resampling.NEAREST)
        return Fitted(snapped(np.asarray(square)[None]), "labels")
    if not is_square(card):
        return _scaled(photo, side, language)
    if picture.size == size:
        return Fitted(np.asarray(picture)[None], "as_is")
    if reader is not None and reader.channels == 1:
        try:
            return Fitted(_as_colour(drawing.digit(picture, reader.image_size, language), card.image_size), "inked")
        except drawing.Blank:
            raise UserError(say("translate_blank", language)) from None
    if card.dataset == FACES:
        found, _ = faces.find(picture)
        cut = faces.cut(picture, found or faces.MIDDLE, card.image_size)
        return Fitted(np.asarray(cut)[None], "face" if found else "no_face")
    return Fitted(np.asarray(ImageOps.fit(picture, size, Image.Resampling.LANCZOS))[None], "cut")


def translate(store: ModelStore, card: Card, pixels: Pixels, direction: str) -> Translated:
    """Pictures N x H x W x 3 by the model of `card`; raises `ZooError` if it cannot be loaded."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        made = model.translate(images.tensor(pixels).to(model.device), direction)
        return Translated(card.id, direction, pixels, images.pixels(made))


def back(store: ModelStore, card: Card, translated: Translated) -> Pixels | None:
    """What becomes of the translations on the way back, N x H x W x 3; None if the model cannot go back."""
    opposite = "b2a" if translated.direction == "a2b" else "a2b"
    if opposite not in card.directions:
        return None
    return translate(store, card, translated.after, opposite).after


def cycle_error(before: Pixels, again: Pixels) -> float:
    """The mean absolute difference of two pictures whose values lie between 0 and 1."""
    return float(np.abs(before.astype(int) - again).mean() / 255)


def is_strange(store: ModelStore, card: Card, translated: Translated) -> bool:
    """Whether the first picture is unlike all that the model learned its domain from; False where it does not know."""
    with store.using(card.id):
        ratio = familiar.unfamiliarity(card, ends(translated.direction)[0], images.tensor(translated.before[:1]))
    return ratio is not None and ratio > 1


def reader(store: ModelStore, card: Card, domain: str) -> Card | None:
    """The judge that reads the pictures of a domain, if there is one."""
    return next((judge for judge in store.cards("judge") if judge.dataset == card.readers.get(domain)), None)


def read(store: ModelStore, judge: Card | None, pixels: Pixels) -> list[tuple[str, float]]:
    """What `judge` reads in each of N x H x W x 3 pictures, and how surely from 0 to 1; nothing without a judge."""
    import torch

    if judge is None:
        return []
    with store.using(judge.id) as model, torch.inference_mode():
        shares, best = model.classify(images.tensor(_as_read(pixels, judge)).to(model.device)).softmax(1).max(1)
    return [(judge.classes[index], share) for index, share in zip(best.tolist(), shares.tolist(), strict=True)]


def read_both(store: ModelStore, card: Card, translated: Translated) -> Digits:
    """What the judges of both domains read before and after."""
    judges = (reader(store, card, domain) for domain in ends(translated.direction))
    readings = (read(store, *pair) for pair in zip(judges, (translated.before, translated.after), strict=True))
    return Digits(translated, *readings)


def generated(store: ModelStore, card: Card, domain: str, seed: int) -> Pixels | None:
    """Digits of a domain, each class in turn, from `seed` on: `DIGITS` x H x W x 3, as the model of `card` takes them.

    They are drawn by a class-conditional model of the same data; None if there is none.
    """
    drawers = (
        each
        for each in store.cards(CLASS_CONDITIONAL)
        if each.dataset == card.readers.get(domain) and each.image_size <= card.image_size
    )
    drawer = next(drawers, None)
    if drawer is None:
        return None
    labels = [place % len(drawer.classes) for place in range(DIGITS)]
    pixels = drawn.of_classes(store, drawer, latents.consecutive(seed, DIGITS), labels)
    return _as_colour(pixels, card.image_size)


def snapped(pixels: Pixels) -> Pixels:
    """Label maps N x H x W x 3 in the colours of `PALETTE` alone; white, where nothing was painted, is wall.

    What lies between two colours, at the soft edge of a stroke, takes the colour of the nearest pixel that is sure of it.
    """
    from scipy import ndimage

    colours = np.array(list(PALETTE.values()), np.uint8)
    known = np.concatenate([colours, np.full((1, 3), 255, np.uint8)])
    distances = np.stack([np.square(pixels.astype(int) - colour).sum(-1) for colour in known], -1)
    nearest = distances.argmin(-1)
    nearest[nearest == len(colours)] = list(PALETTE).index("wall")
    unsure = distances.min(-1) > SURE**2
    for index in range(len(pixels)):
        # A photograph has few sure pixels, and they are no reason to paint all others like them.
        if 0 < unsure[index].mean() < 0.5:
            rows, columns = ndimage.distance_transform_edt(unsure[index], return_distances=False, return_indices=True)
            nearest[index] = nearest[index][rows, columns]
    return colours[nearest]


def plain_facade(size: int) -> Image.Image:
    """A label map to begin with, `size` x `size`: a wall with windows, a door and a cornice."""
    picture = Image.new("RGB", (size, size), PALETTE["background"])
    pen = ImageDraw.Draw(picture)

    def paint(name: str, left: float, top: float, right: float, bottom: float) -> None:
        pen.rectangle([round(size * share) for share in (left, top, right, bottom)], PALETTE[name])

    paint("wall", 0.06, 0.1, 0.94, 1)
    paint("cornice", 0.06, 0.08, 0.94, 0.12)
    paint("molding", 0.06, 0.68, 0.94, 0.7)
    for left in (0.15, 0.34, 0.53, 0.72):
        for top in (0.18, 0.43):
            paint("window", left, top, left + 0.13, top + 0.17)
            paint("sill", left - 0.01, top + 0.18, left + 0.14, top + 0.2)
    for left in (0.15, 0.72):
        paint("window", left, 0.76, left + 0.13, 0.9)
    paint("door", 0.42, 0.75, 0.58, 1)
    return picture


def _scaled(photo: Photo, side: int, language: str) -> Fitted:
    """The whole photograph in its proportions, at most `side` long; small ones are enlarged."""
    width, height = photo.size
    factor = max(min(1, side / max(width, height)), LEAST_SIDE / min(width, height))
    size = tuple(max(LEAST_SIDE, round(length * factor)) for length in (width, height))
    if max(size) > MOST_SIDE:
        raise UserError(say("translate_narrow", language, width=width, height=height))
    pixels = np.asarray(photo.picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3))[None]
    return Fitted(pixels, "as_is" if size == photo.size else "scaled")


def _as_colour(pixels: Pixels, size: int) -> Pixels:
    """Pictures N x H x W x C, grey or not, in the middle of black N x size x size x 3."""
    count, height, width, channels = pixels.shape
    placed = np.zeros((count, size, size, 3), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    placed[:, top : top + height, left : left + width] = pixels.repeat(3 // channels, axis=3)
    return placed


def _as_read(pixels: Pixels, judge: Card) -> Pixels:
    """Pictures N x H x W x 3 as `judge` takes them: the middle, in grey if it knows no colour."""
    top, left = ((length - judge.image_size) // 2 for length in pixels.shape[1:3])
    middle = pixels[:, top : top + judge.image_size, left : left + judge.image_size]
    if judge.channels == 3:
        return middle
    return middle.mean(3, keepdims=True).round().astype(np.uint8)
