"""Pictures of one domain as those of another: brought to a size, translated and translated back, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked, View, control
from explorer.pictures import drawing, faces, files, images
from explorer.pictures.images import EXAMPLES, Pixels
from explorer.tabs.translate import digits
from explorer.tabs.translate.facades import plain_facade, snapped
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card, familiar
from models_zoo.card import DOMAINS
from models_zoo.texts import in_language

TASK = "translation"
DIRECTIONS = ("a2b", "b2a")
EXAMPLE_SUFFIXES = (".jpg", ".png")
LEAST_SIDE, MOST_SIDE = 32, 512
"""Pixels: what the shorter side of a photograph has at least, and the longer one at most, when it is translated."""
LEAST_ASKED = 128
"""Pixels: the least that the longer side can be limited to."""
MOST_FILES = 12
"""Pictures that are translated at once."""
FACES = "gender"
"""The dataset of aligned faces: out of a photograph the face is cut."""
LABELLED = "facades"
"""The dataset whose first domain are label maps, in the colours of `facades.PALETTE`."""


def side(value: Any, language: str = "en") -> int:
    """`value` if it is an int from `LEAST_ASKED` to `MOST_SIDE`; raises `UserError` for all else."""
    return checks.whole(value, LEAST_ASKED, MOST_SIDE, "side", language)


def direction(value: Any, card: Card, language: str = "en") -> str:
    """`value` if the model of `card` translates in that direction; raises `UserError` for all else."""
    return checks.option(value, card.directions, "direction", language)


def _either(value: Any, language: str) -> str:
    return checks.option(value, DIRECTIONS, "direction", language)


@dataclass(frozen=True)
class TranslateView(View):
    """What the tab shows: the `example` of that file name or a visitor's own picture, and digits of the `seed`, if the model knows some.

    The direction may still be one of the model before; `fitting` gives one that the present model knows.
    """

    model: str = control()
    direction: str = control("a2b", _either)
    side: int = control(MOST_SIDE, side)
    seed: int | None = control(7, checks.seed)
    example: str = control("")

    def fitting(self, card: Card) -> TranslateView:
        """The view in a direction of the model of `card`: the first where it does not know the view's."""
        return self if self.direction in card.directions else replace(self, direction=card.directions[0])

    def settled(self, asked: Asked, linked: set[str]) -> tuple[TranslateView, set[str]]:
        view = self.fitting(asked.card)
        bad = {"direction"} & linked if view is not self else set()
        if view.example and example(asked.card, ends(view.direction)[0], view.example) is None:
            return replace(view, example=""), bad | {"example"}
        return view, bad


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


@dataclass(frozen=True)
class Findings:
    """What is to be said of a translation: whether the picture is `strange` to the model, and what judges read, if it knows digits."""

    strange: bool
    digits: Digits | None


@dataclass(frozen=True)
class Outcome:
    """What became of one of several files called `name`: its translation, or `why` there is none."""

    name: str
    made: Translated | None
    why: str = ""


@dataclass(frozen=True)
class Batch:
    """Several translations by the model `model`: the names and contents of their PNG files."""

    model: str
    direction: str
    pictures: tuple[tuple[str, bytes], ...]


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


def takes_labels(card: Card) -> bool:
    """Whether label maps of facades can be painted for the model of `card`."""
    return "a2b" in card.directions and draws_labels(card, "a2b")


def has_digits(card: Card) -> bool:
    """Whether the model of `card` translates digits."""
    return bool(card.readers)


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
            grey = drawing.digit(picture, reader.image_size, language)
            return Fitted(digits.as_colour(grey, card.image_size), "inked")
        except drawing.Blank:
            raise UserError(say("translate_blank", language)) from None
    if card.dataset == FACES:
        found, _ = faces.find(picture)
        cut = faces.cut(picture, found or faces.MIDDLE, card.image_size)
        return Fitted(np.asarray(cut)[None], "face" if found else "no_face")
    return Fitted(np.asarray(ImageOps.fit(picture, size, Image.Resampling.LANCZOS))[None], "cut")


def translated(
    store: ModelStore, card: Card, photo: Photo, direction: str, side: int, *, language: str = "en"
) -> tuple[Fitted, Translated]:
    """A picture as the model of `card` takes it, and its translation; raises `UserError` as `fit`, and `ZooError`."""
    judge = digits.reader(store, card, ends(direction)[0]) if has_digits(card) else None
    fitted = fit(photo, card, direction, side, judge, language)
    return fitted, translate(store, card, fitted.pixels, direction)


def several(
    store: ModelStore, card: Card, uploads: Sequence[Any], direction: str, side: int, *, language: str = "en"
) -> Iterator[Outcome]:
    """The first `MOST_FILES` of `uploads`, one after the other."""
    for upload in uploads[:MOST_FILES]:
        name = file_name(upload)
        try:
            photo = opened(files.received(upload, language), language)
            _, made = translated(store, card, photo, direction, side, language=language)
        except UserError as error:
            yield Outcome(name, None, error.message)
        else:
            yield Outcome(name, made)


def file_name(upload: Any) -> str:
    """What a visitor's file is called."""
    name = upload.get("orig_name") if isinstance(upload, dict) else None
    return PurePath(name).name[:60] if isinstance(name, str) and name else "?"


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


def findings(store: ModelStore, card: Card, translated: Translated) -> Findings:
    """What is to be said of the first picture of a translation."""
    strange = is_strange(store, card, translated)
    return Findings(strange, read_both(store, card, translated) if has_digits(card) else None)


def is_strange(store: ModelStore, card: Card, translated: Translated) -> bool:
    """Whether the first picture is unlike all that the model learned its domain from; False where it does not know."""
    with store.using(card.id):
        ratio = familiar.unfamiliarity(card, ends(translated.direction)[0], images.tensor(translated.before[:1]))
    return ratio is not None and ratio > 1


def read_both(store: ModelStore, card: Card, translated: Translated) -> Digits:
    """What the judges of both domains read before and after."""
    judges = (digits.reader(store, card, domain) for domain in ends(translated.direction))
    pairs = zip(judges, (translated.before, translated.after), strict=True)
    return Digits(translated, *(digits.read(store, judge, pixels) for judge, pixels in pairs))


def generated(store: ModelStore, card: Card, direction: str, seed: int) -> Digits | None:
    """Digits from `seed` on, drawn by another model, and their translations; None if no model draws such digits."""
    pixels = digits.generated(store, card, ends(direction)[0], seed)
    return None if pixels is None else read_both(store, card, translate(store, card, pixels, direction))


def _scaled(photo: Photo, side: int, language: str) -> Fitted:
    """The whole photograph in its proportions, at most `side` long; small ones are enlarged."""
    width, height = photo.size
    factor = max(min(1, side / max(width, height)), LEAST_SIDE / min(width, height))
    size = tuple(max(LEAST_SIDE, round(length * factor)) for length in (width, height))
    if max(size) > MOST_SIDE:
        raise UserError(say("translate_narrow", language, width=width, height=height))
    pixels = np.asarray(photo.picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3))[None]
    return Fitted(pixels, "as_is" if size == photo.size else "scaled")
