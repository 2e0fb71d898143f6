"""Everything that can be chosen in the *Lab*: the one view from which page, permalinks and API follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import files
from explorer.tabs.lab.rules import ACTIVATIONS, LINES, OBJECTIVES, OPTIMIZERS, PLANES
from explorer.texts import say
from explorer.texts.errors import UserError, shown

DATA = (*LINES, *PLANES)
LESSONS = ("balance", "vanishing", "stray", "collapse", "oscillation", "strong", "optimizers", "disjoint")
PARTS = ("points", "pictures")
VARIANTS = ("gan", "lsgan", "dcgan", "cgan")
PRESETS = ("mlp", "lecture")
SIDES = (28, 32, 64)
"""Pixels that the sides of one's own pictures can have."""
DIGITS = {"drawn-line": 64, "drawn-plane": 144}
"""Hexadecimal digits of a drawn density: on a line the height of each of 64 bars, in the plane four of 24 x 24 cells each."""
MOST_WIDTH, MOST_DEPTH, MOST_BATCH, MOST_LATENT, MOST_TURNS = 64, 3, 512, 8, 10
MOST_RATE = 1.0
MOST_PICTURE_STEPS = 20_000
MOST_API_STEPS, MOST_API_SECONDS = 5_000, 60
COMMANDS = ("play", "look", "step", "discriminator", "generator", "slow", "rewind", "reset", "keep")
KINDS = ("gif", "mp4")


def _choice(name: str, options: tuple[str, ...]) -> Callable[[Any, str], str]:
    return lambda value, language: checks.option(value, options, name, language)


def _whole(name: str, low: int, high: int) -> Callable[[Any, str], int]:
    return lambda value, language: checks.whole(value, low, high, name, language)


def _number(name: str, low: float, high: float) -> Callable[[Any, str], float]:
    """A check for a finite number from `low` to `high`, both included."""

    def check(value: Any, language: str) -> float:
        if not checks.is_number(value, low, high):
            raise UserError(
                say("lab_bad_number", language, name=name, low=f"{low:g}", high=f"{high:g}", value=shown(value))
            )
        return float(value)

    return check


def _drawn(value: Any, language: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]*", value) or len(value) not in (0, *DIGITS.values()):
        raise UserError(say("lab_bad_drawn", language, value=shown(value)))
    if value and not value.strip("0"):
        raise UserError(say("lab_empty_drawn", language))
    return value


def _lesson(value: Any, language: str) -> str:
    if not isinstance(value, str) or value not in ("", *LESSONS):
        raise UserError(say("lab_bad_lesson", language, known=", ".join(LESSONS), value=shown(value)))
    return value


def _archive(value: Any, language: str) -> str:
    """The path of a file that the visitor has uploaded; empty for none."""
    if value == "" or (isinstance(value, str) and files.upload(value)):
        return value
    raise UserError(say("upload_missing", language))


def _side(value: Any, language: str) -> int:
    # A radio button's value, and a number in a link.
    return int(checks.option(str(value), [str(side) for side in SIDES], "side", language))


def _decimal(text: str) -> float:
    """A number of a link, which may also read 1e-05."""
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?(e-[0-9]{1,2})?", text):
        raise ValueError(text)
    return float(text)


def _rate(name: str, default: float) -> Any:
    return control(default, _number(name, 1e-6, MOST_RATE), read=_decimal)


def _share(name: str, default: float) -> Any:
    return control(default, _number(name, 0, 0.9999), read=_decimal)


def _tiny(name: str) -> Any:
    return control(1e-8, _number(name, 1e-12, 1), read=_decimal)


@dataclass(frozen=True)
class LabView(View):
    """What is played: the target, the game, the two networks and how each of them learns; and what is trained on pictures.

    `lesson` names one of `lessons.LESSONS`, or nothing where the settings are the visitor's own.
    """

    part: str = control("points", _choice("part", PARTS), api=False)
    lesson: str = control("", _lesson, api=False)
    data: str = control("ring", _choice("data", DATA))
    drawn: str = control("", _drawn)
    objective: str = control("non-saturating", _choice("objective", OBJECTIVES))
    turns: int = control(1, _whole("turns", 1, MOST_TURNS))
    width: int = control(32, _whole("width", 2, MOST_WIDTH))
    depth: int = control(2, _whole("depth", 1, MOST_DEPTH))
    activation: str = control("relu", _choice("activation", ACTIVATIONS))
    batch: int = control(128, _whole("batch", 2, MOST_BATCH))
    latent: int = control(2, _whole("latent", 1, MOST_LATENT))
    spread: float = control(1.0, _number("spread", 0.1, 20), read=_decimal)
    noise: float = control(0.0, _number("noise", 0, 2), read=_decimal)
    r1: float = control(0.0, _number("r1", 0, 100), read=_decimal)
    slope: float = control(0.1, _number("slope", 0, 100), read=_decimal)
    d_optimizer: str = control("adam", _choice("d_optimizer", OPTIMIZERS))
    d_rate: float = _rate("d_rate", 1e-3)
    d_beta1: float = _share("d_beta1", 0.5)
    d_beta2: float = _share("d_beta2", 0.9)
    d_eps: float = _tiny("d_eps")
    g_optimizer: str = control("adam", _choice("g_optimizer", OPTIMIZERS))
    g_rate: float = _rate("g_rate", 1e-3)
    g_beta1: float = _share("g_beta1", 0.5)
    g_beta2: float = _share("g_beta2", 0.9)
    g_eps: float = _tiny("g_eps")
    seed: int = control(0, checks.seed)
    variant: str = control("gan", _choice("variant", VARIANTS), api=False)
    preset: str = control("lecture", _choice("preset", PRESETS), api=False)
    rate: float = control(1e-3, _number("rate", 1e-6, 0.1), read=_decimal, api=False)
    pictures: int = control(64, _whole("pictures", 8, 256), api=False)
    archive: str = control("", _archive, link=False, api=False)
    side: int = control(28, _side, api=False)
    grey: bool = control(True, api=False)
