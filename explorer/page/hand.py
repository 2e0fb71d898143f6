"""The picture that a visitor has in hand, as the page's tray keeps it in the browser and sends it to tabs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer.latent.point import MOST, Point
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.pictures import drawing, drawn, images
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

MOST_CLASSES = 100_000
MOST_MODEL = 200
"""Characters of a model's id."""
SEND = "(...values) => window.explorer.inHand(values)"
"""For events whose last inputs are `Page.hand`, which the page's script fills in."""


@dataclass(frozen=True)
class Hand:
    """A picture: the `point` that it is, where a model can draw it again, or else a data URI of it in `picture`."""

    point: Point | None
    picture: str

    def data(self, store: ModelStore, language: str) -> bytes:
        """It as a picture file, drawn anew if it can be; raises `UserError` or `ZooError`."""
        if self.point:
            return images.png(drawn.draw(store, self.point))[0]
        data = drawing.from_base64(self.picture, language)
        drawing.decode(data, language)  # raises `UserError` if this is no picture
        return data

    def of(self, card: Card, language: str) -> Point:
        """The point for the model of `card`; raises `UserError` if it is none, or one of another model."""
        if self.point is None:
            raise UserError(say("hand_no_point", language))
        if not self.point.fits(card):
            raise UserError(say("hand_elsewhere", language, other=self.point.model))
        return self.point


def held(point: Any, picture: Any, language: str) -> Hand:
    """What the page's script sent; raises `UserError` if that is nothing, or none of its own."""
    if isinstance(point, str) and point:
        return Hand(_point(_read(point, language), language), "")
    if isinstance(picture, str) and picture:
        return Hand(None, picture)
    raise UserError(say("hand_empty", language))


def kept(sent: Any, language: str) -> list[Point]:
    """Points that a browser kept, from what `written` made of them; raises `UserError`."""
    entries = _read(sent, language) if isinstance(sent, str) else None
    if not isinstance(entries, list):
        raise UserError(say("hand_damaged", language))
    return [_point(each, language) for each in entries[-MOST:]]


def written(points: Sequence[Point]) -> str:
    """`points` for the browser to keep, as JSON."""
    return json.dumps([_entry(point) for point in points], ensure_ascii=False, separators=(",", ":"))


def mark(point: Point) -> str:
    """For a picture's attribute ``data-point``, by which the page's script knows what it is."""
    return json.dumps(_entry(point), ensure_ascii=False, separators=(",", ":"))


def free_name(name: str, taken: Sequence[str]) -> str:
    """`name`, or with the first number that makes it none of those `taken`."""
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def _entry(point: Point) -> dict[str, Any]:
    usual = Point(seed=0)
    entry = {key: value for key, value in vars(point).items() if value != getattr(usual, key)}
    if point.z is None:
        return entry | {"seed": point.seed}
    # Five digits place a picture to less than one of its 256 shades.
    return {key: value for key, value in entry.items() if key != "seed"} | {"z": [round(each, 5) for each in point.z]}


def _read(text: str, language: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(say("hand_damaged", language)) from None


def _point(entry: Any, language: str) -> Point:
    known = entry if isinstance(entry, dict) else {}
    model, name, z, label = (known.get(key) for key in ("model", "name", "z", "label"))
    fits = (
        isinstance(model, str)
        and 0 < len(model) <= MOST_MODEL
        and (name is None or (isinstance(name, str) and len(name) <= checks.MAX_NAME))
        and (label is None or (type(label) is int and 0 <= label < MOST_CLASSES))
        and (z is None or isinstance(z, list))
    )
    if not fits:
        raise UserError(say("hand_damaged", language))
    point = Point(
        model,
        seed=checks.seed(known.get("seed"), language) if z is None else None,
        z=None if z is None else checks.latent(z, len(z), language),
        truncation=checks.truncation(known.get("truncation", 1.0), language),
        label=label,
    )
    return replace(point, name=name or "")
