"""What is inverted, by which settings: targets, their squares and the search, for visitors and programs alike."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from explorer.latent import latents
from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import images, targets
from explorer.pictures.faces import Square
from explorer.pictures.images import Pixels
from explorer.tabs.invert import search, styled
from explorer.tabs.invert.search import METHODS, STYLE_METHODS, USUAL, Plan, Progress
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card

TASKS = ("unconditional", "class-conditional")
EVERY = "every"
"""The value of the class where all classes are tried."""
SQUARE_LIMITS = {"across": (0, 1), "down": (0, 1), "side": (0.05, 3)}
"""Of the middle of the square, and of its side."""
MOST_TILT = 90
"""Degrees."""


def methods(card: Card) -> tuple[str, ...]:
    """The methods that there are for the model of `card`."""
    return METHODS + (STYLE_METHODS if card.architecture == latents.STYLEGAN and not card.classes else ())


def method(value: Any, card: Card, language: str = "en") -> str:
    """`value` if it is one of the `methods` of the model; raises `UserError`."""
    known = methods(card)
    if value not in known:
        raise UserError(say("bad_method", language, known=", ".join(known), value=shown(value)))
    return value


def class_of(value: Any, card: Card, language: str = "en") -> int:
    """`value` if it is the number of a class of the model of `card`; raises `UserError`."""
    if not card.classes:
        raise UserError(say("invert_no_classes", language, model=card.id))
    return checks.class_id(value, card.classes, language)


def square(value: Any, language: str = "en") -> Square:
    """The square of a list of three numbers within `SQUARE_LIMITS`; raises `UserError`."""
    if not isinstance(value, list) or len(value) != 3:
        raise _bad_square(value, language)
    for number, name in zip(value, SQUARE_LIMITS, strict=True):
        if not checks.is_number(number, *SQUARE_LIMITS[name]):
            raise _bad_square(value, language)
    return Square(*map(float, value))


def _bad_square(value: Any, language: str) -> UserError:
    low, high = SQUARE_LIMITS["side"]
    return UserError(say("bad_square", language, low=low, high=high, value=shown(value)))


def _measure(low: float, high: float) -> Any:
    """The check of one number of the square."""

    def check(value: Any, language: str) -> float:
        if not checks.is_number(value, low, high):
            raise _bad_square(value, language)
        return float(value)

    return check


def _class_or_every(value: Any, card: Card, language: str) -> int | str:
    return EVERY if value == EVERY else class_of(value, card, language)


def _run(value: Any, language: str) -> str:
    """Whether a link begins the search by itself: ``"1"``, or empty."""
    return checks.option(value, ("", "1"), "run", language)


@dataclass(frozen=True)
class InvertView(View):
    """What the tab shows: how to search, the `seed` of the target where the tab drew it, and the square of a photograph.

    `tilt`, in degrees, comes with a face that was found; nobody sets it by hand.
    """

    model: str = control()
    method: str = control(USUAL.method, of_model=method)
    label: int | str = control(
        EVERY, of_model=_class_or_every, link="class", read=lambda text: text if text == EVERY else int(text)
    )
    steps: int = control(USUAL.steps, checks.descent)
    seconds: float = control(int(USUAL.seconds), checks.seconds, read=int)
    restarts: int = control(USUAL.restarts, checks.restarts)
    seed: int | None = control(7, checks.seed)
    across: float = control(0.5, _measure(*SQUARE_LIMITS["across"]), link=False)
    down: float = control(0.5, _measure(*SQUARE_LIMITS["down"]), link=False)
    side: float = control(1.0, _measure(*SQUARE_LIMITS["side"]), link=False)
    tilt: float = control(0.0, _measure(-MOST_TILT, MOST_TILT), link=False)
    run: str = control("", _run, api=False)

    @property
    def plan(self) -> Plan:
        """How to search."""
        label = None if self.label == EVERY else self.label
        return Plan(self.method, label, self.steps, self.seconds, self.restarts)

    @property
    def square(self) -> Square:
        """The part of a photograph to take."""
        return Square(self.across, self.down, self.side, self.tilt)


@dataclass(frozen=True)
class Found:
    """What the last search for `target` with the model of that id has reached."""

    model: str
    target: Pixels
    progress: Progress


def own(card: Card, seed: int) -> Point:
    """A picture that the model draws itself; for class-conditional models the seed picks the class as well."""
    return Point(card.id, seed, label=seed % len(card.classes) if card.classes else None)


def target(store: ModelStore, card: Card, source: Point | Image.Image | None, square: Square, language: str) -> Pixels:
    """`source` as the model of `card` would see it, 1 x H x W x C; raises `UserError` where there is none."""
    if source is None:
        raise UserError(say("invert_nothing", language))
    return targets.target(store, source, card, square, language)


def within_limits(square: Square) -> tuple[float, float, float]:
    """What the sliders show of a square: a face at the edge may want a larger one than they offer."""
    values = zip((square.x, square.y, square.side), SQUARE_LIMITS.values(), strict=True)
    across, down, side = (round(min(max(value, low), high), 3) for value, (low, high) in values)
    return across, down, side


def run(store: ModelStore, card: Card, target: Pixels, plan: Plan) -> Iterator[Progress]:
    """The search for `target`, which leaves the processor to others between its steps."""
    encoder = store.encoder(card)
    with store.using(card.id) as model:
        encode = encoder and functools.partial(encoder.encode, generator=model)
        wanted = images.tensor(target)
        if plan.method in STYLE_METHODS:
            steps = styled.invert(model, wanted, plan)
        else:
            steps = search.invert(model, wanted, plan, encode)
    try:
        while True:
            with store.using(card.id):
                progress = next(steps, None)
            if progress is None:
                return
            yield progress
    finally:
        steps.close()


def point(found: Found, name: str, language: str = "en") -> Point:
    """The best picture that was found, as a point of that name; raises `UserError` where styles were found, which have no z."""
    best = found.progress.best
    if best.w:
        raise UserError(say("keep_styles", language))
    return Point(found.model, z=best.z, label=best.label, name=name)


def name(value: str | None, taken: Sequence[str], language: str) -> str:
    """`value` as a name that is not `taken`, or the first free one if it is empty; raises `UserError`."""
    if (value or "").strip():
        return checks.name(value, taken, language)
    names = (say("kept_name", language, number=number) for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
