"""Checks of what visitors, API clients and permalinks send: a good value, or one clear sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from explorer.latent.latents import MAX_SEED
from explorer.texts import say
from explorer.texts.errors import UserError, shown

MAX_COUNT = 64
MAX_ROWS = 16
MAX_STEPS = 64
MAX_DESCENT = 1000
MAX_SECONDS = 60
MAX_RESTARTS = 8
MAX_DIGITS = 12
MAX_AMOUNT = 2
"""Ends of a slider that a program may go along a direction."""
MAX_CLASSES = 16
"""Classes in one list, repeats included."""
MAX_KEYS = 12
MAX_FRAMES = 240
MAX_COORDINATE = 100
"""Of a latent vector: far beyond what a normal distribution gives, and near enough for every network."""
MAX_NAME = 40
MAX_EXEMPLARS = 6
"""Pictures of which a row of latent arithmetic is the mean."""
MAX_WEIGHT = 2


def seed(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 0 to `MAX_SEED`; raises `UserError` for all else, bools and floats too."""
    return _whole(value, 0, MAX_SEED, "bad_seed", language)


def count(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `MAX_COUNT`; raises `UserError` for all else."""
    return _whole(value, 1, MAX_COUNT, "bad_count", language)


def rows(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `MAX_ROWS`; raises `UserError` for all else."""
    return _whole(value, 1, MAX_ROWS, "bad_rows", language)


def steps(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 2 to `MAX_STEPS`; raises `UserError` for all else."""
    return _whole(value, 2, MAX_STEPS, "bad_steps", language)


def descent(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `MAX_DESCENT`, the steps of a search; raises `UserError` for all else."""
    return _whole(value, 1, MAX_DESCENT, "bad_steps", language)


def restarts(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `MAX_RESTARTS`; raises `UserError` for all else."""
    return _whole(value, 1, MAX_RESTARTS, "bad_restarts", language)


def whole(value: Any, low: int, high: int, name: str, language: str = "en") -> int:
    """`value` if it is an int from `low` to `high`; raises `UserError` with the argument's `name` for all else."""
    return _whole(value, low, high, "bad_whole", language, name=name)


def class_id(value: Any, classes: Sequence[str], language: str = "en") -> int:
    """`value` if it is an int that numbers one of `classes`; raises `UserError` for all else."""
    return _whole(value, 0, len(classes) - 1, "bad_class", language)


def class_ids(value: Any, classes: Sequence[str], language: str = "en") -> list[int]:
    """The ints of the list `value`, each the number of one of `classes`, or all if it is empty.

    Classes may come again, as in 2026, up to `MAX_CLASSES` of them or as many as there are. Raises
    `UserError` for all else.
    """
    most = max(MAX_CLASSES, len(classes))
    if not isinstance(value, list) or len(value) > most:
        raise UserError(say("bad_classes", language, most=most, high=len(classes) - 1, value=shown(value)))
    return [class_id(entry, classes, language) for entry in value] or list(range(len(classes)))


def place(value: Any, places: Sequence[Any], language: str = "en") -> int:
    """`value` if it is an int that numbers one of `places`, counted from 0; raises `UserError` for all else."""
    return _whole(value, 0, len(places) - 1, "bad_place", language)


def number(value: Any, language: str = "en") -> str:
    """`value` without surrounding blanks if it is 1 to `MAX_DIGITS` digits 0-9; raises `UserError` for all else."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise UserError(say("number_empty", language))
    if not re.fullmatch("[0-9]+", text):
        raise UserError(say("number_letters", language, value=shown(text)))
    if len(text) > MAX_DIGITS:
        raise UserError(say("number_long", language, most=MAX_DIGITS, count=len(text)))
    return text


def truncation(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a finite number from 0 to 1; raises `UserError` for all else."""
    return _share(value, "bad_truncation", language)


def step(value: Any, language: str = "en") -> float:
    """How far a morph is, under the same terms as `truncation`."""
    return _share(value, "bad_step", language)


def seconds(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a finite number from 1 to `MAX_SECONDS`; raises `UserError` for all else."""
    if not is_number(value, 1, MAX_SECONDS):
        raise UserError(say("bad_seconds", language, high=MAX_SECONDS, value=shown(value)))
    return float(value)


def is_number(value: Any, low: float, high: float) -> bool:
    """Whether `value` is a number, no bool, from `low` to `high`; NaN is nowhere between them."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _share(value: Any, complaint: str, language: str) -> float:
    if not is_number(value, 0, 1):
        raise UserError(say(complaint, language, value=shown(value)))
    return float(value)


def frames(value: Any, keys: int, language: str = "en") -> int:
    """`value` if it is an int from `keys`, so that every keyframe has a frame, to `MAX_FRAMES`; raises `UserError`."""
    return _whole(value, keys, MAX_FRAMES, "bad_frames", language)


def option(value: Any, options: Sequence[str], name: str, language: str = "en") -> str:
    """`value` if it is one of `options`; raises `UserError` with the argument's `name` for all else."""
    if not isinstance(value, str) or value not in options:
        raise UserError(say("bad_option", language, name=name, options=", ".join(options), value=shown(value)))
    return value


def readable(value: Any, read: Callable[[str], object], complaint: str, language: str = "en") -> str:
    """`value` if it is a text that `read` takes without a `ValueError`; raises `UserError` with that `complaint` for all else."""
    try:
        read(value if isinstance(value, str) else "?")
    except ValueError:
        raise UserError(say(complaint, language, value=shown(value))) from None
    return value


def keys(value: Any, latent_size: int, language: str = "en") -> list[int | tuple[float, ...]]:
    """The keyframes of the list `value`, from 2 to `MAX_KEYS`: seeds as ints, and latents as tuples of floats.

    A latent is a list of `latent_size` finite numbers of at most `MAX_COORDINATE` either way. Raises
    `UserError` for all else.
    """
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_KEYS:
        count = len(value) if isinstance(value, list) else shown(value)
        raise UserError(say("bad_keys", language, most=MAX_KEYS, value=count))
    return _sources(value, latent_size, language)


def exemplars(value: Any, latent_size: int, language: str = "en") -> list[int | tuple[float, ...]]:
    """Seeds and latents of the list `value`, from 1 to `MAX_EXEMPLARS`, under the terms of `keys`; raises `UserError`."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_EXEMPLARS:
        count = len(value) if isinstance(value, list) else shown(value)
        raise UserError(say("bad_exemplars", language, most=MAX_EXEMPLARS, value=count))
    return _sources(value, latent_size, language)


def _sources(value: list, latent_size: int, language: str) -> list[int | tuple[float, ...]]:
    return [latent(key, latent_size, language) if isinstance(key, list) else seed(key, language) for key in value]


def traits(value: Any, names: Sequence[str], language: str = "en") -> dict[str, bool]:
    """`value` if it maps some of `names`, one at least, to bools; raises `UserError`."""
    if not isinstance(value, dict) or not value:
        raise UserError(say("bad_traits", language, value=shown(value)))
    for name, wanted in value.items():
        if name not in names:
            raise UserError(say("bad_trait", language, names=", ".join(names) or "–", value=shown(name)))
        flag(wanted, name, language)
    return dict(value)


def weight(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a finite number from 0 to `MAX_WEIGHT`; raises `UserError` for all else."""
    if not is_number(value, 0, MAX_WEIGHT):
        raise UserError(say("bad_weight", language, most=MAX_WEIGHT, value=shown(value)))
    return float(value)


def latent(value: Any, size: int, language: str = "en") -> tuple[float, ...]:
    """`value` as a latent vector if it is a list of `size` finite numbers, under the terms of `keys`; raises `UserError`."""
    if not isinstance(value, list) or len(value) != size:
        given = len(value) if isinstance(value, list) else shown(value)
        raise UserError(say("bad_latent_size", language, size=size, value=given))
    for number in value:
        if not is_number(number, -MAX_COORDINATE, MAX_COORDINATE):
            raise UserError(say("bad_latent", language, most=MAX_COORDINATE, value=shown(number)))
    return tuple(map(float, value))


def amounts(value: Any, names: Sequence[str], language: str = "en") -> dict[str, float]:
    """`value` if it maps some of `names` to finite numbers from -`MAX_AMOUNT` to `MAX_AMOUNT`; raises `UserError`."""
    if not isinstance(value, dict):
        raise UserError(say("bad_amounts", language, value=shown(value)))
    for name, amount in value.items():
        if name not in names:
            raise UserError(say("bad_direction", language, names=", ".join(names), value=shown(name)))
        if not is_number(amount, -MAX_AMOUNT, MAX_AMOUNT):
            raise UserError(say("bad_amount", language, most=MAX_AMOUNT, name=name, value=shown(amount)))
    return {name: float(amount) for name, amount in value.items()}


def name(value: Any, taken: Sequence[str], language: str = "en") -> str:
    """`value` without surrounding blanks as a name that is not `taken`, of 1 to `MAX_NAME` letters; raises `UserError`."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not 1 <= len(text) <= MAX_NAME:
        raise UserError(say("bad_name", language, most=MAX_NAME))
    if text in taken:
        raise UserError(say("name_taken", language, value=shown(text)))
    return text


def sentence(text: str, most: int, texts: str, language: str = "en") -> str:
    """`text` if it has 1 to `most` characters, one of them a letter or a digit; raises `UserError` for all else.

    What is wrong is told by the texts of the keys ``{texts}_empty``, ``_long`` and ``_none``.
    """
    if not text:
        raise UserError(say(f"{texts}_empty", language))
    if len(text) > most:
        raise UserError(say(f"{texts}_long", language, most=most, count=f"{len(text):,}"))
    if not any(letter.isalnum() for letter in text):
        raise UserError(say(f"{texts}_none", language, value=shown(text)))
    return text


def flag(value: Any, name: str, language: str = "en") -> bool:
    """`value` if it is a bool; raises `UserError` with the argument's `name` for all else."""
    if not isinstance(value, bool):
        raise UserError(say("bad_flag", language, name=name, value=shown(value)))
    return value


def _whole(value: Any, low: int, high: int, complaint: str, language: str, **more: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UserError(say(complaint, language, low=low, high=high, value=shown(value), **more))
    return value
