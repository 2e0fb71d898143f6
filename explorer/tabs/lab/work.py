"""What the page and programs ask of the *Lab*: plain functions, usable without Gradio."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from explorer.pictures.images import Pixels
from explorer.tabs.lab import plot, seeing
from explorer.tabs.lab.game import Game
from explorer.tabs.lab.match import Match
from explorer.tabs.lab.runs import Seat
from explorer.tabs.lab.settings import MOST_SECONDS, MOST_STEPS, LabView
from explorer.tabs.lab.targets import Target
from explorer.texts import say
from explorer.texts.errors import UserError

STRETCH = 0.08
"""Seconds that one question lets a game go on for: more than ten pictures a second stay in sight."""
MOST_AT_ONCE = 100
"""Steps of one question that names their number."""
FILM_FRAMES, FILM_FPS = 100, 15
CSV_FIELDS = ("game", "step", "d_loss", "g_loss", "d_gradient", "g_gradient", "jsd", "covered", "value")


def answer(seat: Seat, view: LabView, command: str, amount: int, since: int) -> dict[str, Any]:
    """Let the run of `seat` go on under the settings of `view` as `command` says, and tell what the page then shows.

    `amount` are steps, for ``"rewind"`` the step to go back to; the log is told from after the step `since`. A run that is
    new, or was forgotten, begins at step 0, which ``"fresh"`` says.
    """
    is_fresh = command == "reset" or not isinstance(seat.run, Match)
    if is_fresh:
        if close := getattr(seat.run, "close", None):
            close()
        seat.run = Match(view)
    match = seat.run
    is_fresh = match.settle(view) or is_fresh
    slow = None
    if command == "play":
        match.advance(STRETCH, amount)
    elif command in ("step", "discriminator", "generator"):
        match.advance(math.inf, min(amount, MOST_AT_ONCE), "" if command == "step" else command)
    elif command == "slow" and not match.over:
        slow = match.slow()
    elif command == "rewind":
        match.rewind(amount)
    told = {
        "step": match.step,
        "games": match.told(-1 if is_fresh else since),
        "slow": slow,
        "snapshots": match.snapshots(),
        "over": match.over,
        "seconds": round(match.seconds, 1),
        "fresh": is_fresh,
    }
    return told | scenery(match) if is_fresh else told


def scenery(match: Match) -> dict[str, Any]:
    """What stays as it is while a run goes on: the data, and the distance that as many real points have."""
    game = match.games[0]
    return {
        "dims": game.view.dims,
        "reach": game.target.reach,
        "modes": len(game.target.modes),
        "real": real_shown(game.view, game.target),
        "floor": round(seeing.floor(game.probe), 4),
        "probable": [each.view.is_probable for each in match.games],
        "budget": {"steps": MOST_STEPS, "seconds": MOST_SECONDS},
    }


def real_shown(view: LabView, target: Target) -> list[Any]:
    """What stands for the data: on a line the density at 96 places, in the plane points."""
    import torch

    if target.dims == 1:
        mass = target.coarse(64) * (64 / (2 * target.reach))
        return [round(value, 4) for value in mass.tolist()]
    uniform = torch.rand(256, 3, generator=torch.Generator().manual_seed(view.seed))
    return [[round(x, 3), round(y, 3)] for x, y in target.drawn(uniform).tolist()]


def film(seat: Seat) -> Pixels:
    """The snapshots of a match as frames N x H x W x 3, its games side by side; raises `UserError` where there is none."""
    match = seat.run
    if not isinstance(match, Match):
        raise UserError(say("lab_nothing", "en"))
    steps = match.snapshots()
    chosen = [steps[round(place)] for place in np.linspace(0, len(steps) - 1, min(len(steps), FILM_FRAMES))]
    return np.concatenate([_pictured(game, game.replay(chosen)) for game in match.games], axis=2)


def pictured(match: Match) -> Pixels:
    """The present state of all games side by side, 1 x H x W x 3."""
    return np.concatenate([_pictured(game, [game.present()]) for game in match.games], axis=2)


def _pictured(game: Game, states: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> Pixels:
    real = real_shown(game.view, game.target)
    return np.concatenate([plot.drawn(game.view, frame, entry, real) for frame, entry in states])


def log_of(match: Match) -> list[dict[str, Any]]:
    """The lines of the log of all games, each with the number of its game, from 0."""
    return [{"game": number, **entry} for number, game in enumerate(match.games) for entry in game.log]


def table(match: Match) -> str:
    """The log as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_FIELDS, restval="")
    writer.writeheader()
    writer.writerows(log_of(match))
    return text.getvalue()
