"""Checks of what visitors, API clients and permalinks send: a good value, or one clear sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from explorer.texts import say
from models_zoo import ZooError

MAX_SEED = 2**32 - 1
MAX_COUNT = 64


class UserError(gr.Error):
    """An error whose message is meant for the person who caused it; the server's log stays quiet."""

    def __init__(self, message: str):
        super().__init__(message, print_exception=False)


@contextmanager
def complaints(write: Callable[[str], str] = str) -> Iterator[None]:
    """Around what visitors or programs call: every complaint leaves as a `UserError`, its text put through `write`."""
    try:
        yield
    except (UserError, ZooError) as error:
        raise UserError(write(error.message if isinstance(error, UserError) else str(error))) from None


def seed(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 0 to `MAX_SEED`; raises `UserError` for all else, bools and floats too."""
    return _whole(value, 0, MAX_SEED, "bad_seed", language)


def count(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `MAX_COUNT`; raises `UserError` for all else."""
    return _whole(value, 1, MAX_COUNT, "bad_count", language)


def truncation(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a finite number from 0 to 1; raises `UserError` for all else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= 1:
        raise UserError(say("bad_truncation", language, value=shown(value)))
    return float(value)


def flag(value: Any, name: str, language: str = "en") -> bool:
    """`value` if it is a bool; raises `UserError` with the argument's `name` for all else."""
    if not isinstance(value, bool):
        raise UserError(say("bad_flag", language, name=name, value=shown(value)))
    return value


def _whole(value: Any, low: int, high: int, complaint: str, language: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UserError(say(complaint, language, low=low, high=high, value=shown(value)))
    return value


def shown(value: Any) -> str:
    """`value` as a message quotes it: short, whatever was sent."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
