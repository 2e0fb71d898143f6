"""What is made of a match for programs and films: its log, and pictures of its games side by side."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import numpy as np

from explorer.models import turns
from explorer.pictures.images import Pixels
from explorer.tabs.lab import lessons, plot
from explorer.tabs.lab.settings import LabView
from explorer.tabs.lab.worker import Worker
from explorer.texts import say
from explorer.texts.errors import UserError

FILM_FPS = 15
STRETCH = 0.25
"""Seconds that a stretch of a game for programs should take."""
FIRST_STEPS = 10
"""Steps of its first stretch."""


def film(worker: Worker, run: str) -> Pixels:
    """What a run has kept of its way as frames N x H x W x 3; raises `UserError` where there is no such run."""
    return _drawn(worker.ask("states", run, True))


def _drawn(games: list[dict[str, Any]] | None) -> Pixels:
    if games is None:
        raise UserError(say("lab_nothing", "en"))
    rows = [
        np.concatenate([plot.drawn(game["dims"], frame, entry, game["real"]) for frame, entry in game["states"]])
        for game in games
    ]
    return np.concatenate(rows, axis=2)


def finished(worker: Worker, view: LabView, steps: int, seconds: float) -> tuple[list[dict[str, Any]], Pixels, str]:
    """A game played for `steps` steps, or for as many `seconds`: its log, its picture 1 x H x W x 3, and why it ended early, if it did.

    In stretches, so that everybody else's games go on meanwhile.
    """
    run, log, taken, stretch = uuid.uuid4().hex, [], 0.0, FIRST_STEPS
    setup, told = lessons.setup(view), {"step": 0, "over": ""}
    try:
        while told["step"] < steps and not told["over"] and taken < seconds:
            turns.look()
            since, asked = log[-1]["step"] if log else -1, time.monotonic()
            told = json.loads(worker.ask("answer", run, setup, "step", min(stretch, steps - told["step"]), since))
            lasted = time.monotonic() - asked
            taken += lasted
            # So few that whoever leaves, or waits for a turn, does not wait for long.
            stretch = max(1, int(stretch * min(2, STRETCH / lasted)))
            log += told["games"][0]["log"]
        return log, _drawn(worker.ask("states", run, False)), told["over"]
    finally:
        worker.leave(run)
