"""Everybody's matches, as the process that plays keeps them."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from typing import Any

import torch

from explorer.tabs.lab import seeing
from explorer.tabs.lab.game import Game
from explorer.tabs.lab.match import Match
from explorer.tabs.lab.rules import MOST_SECONDS, MOST_STEPS, Setup
from explorer.tabs.lab.targets import PEOPLE

STRETCH = 0.06
"""Seconds that one question lets a match go on for: fifteen pictures a second stay in sight."""
MOST_AT_ONCE = 100
"""Steps of one question that names their number."""
MEMORY = 40 * 2**20
"""Bytes of snapshots that all matches together may hold, beside the one that was asked for last."""
FILM_FRAMES = 100


class Table:
    """Matches by the names of their runs; those that nobody asked for longest go first when they hold too much."""

    def __init__(self) -> None:
        self._matches: OrderedDict[str, Match] = OrderedDict()

    def __len__(self) -> int:
        return len(self._matches)

    def answer(self, run: str, setup: Setup, command: str, amount: int, since: int) -> str:
        """Let the match of `run` go on under the rules of `setup` as `command` says, and tell what the page then shows, as JSON.

        `amount` are steps, for ``"play"`` the step to stop at and for ``"rewind"`` that to go back to; the log is told from after the step `since`. A match that is
        new, or was forgotten, begins at step 0, which ``"fresh"`` says.
        """
        is_fresh = command == "reset" or run not in self._matches
        if is_fresh:
            self._matches[run] = Match(setup)
        match = self._matches[run]
        is_fresh = match.settle(setup) or is_fresh
        slow = None
        if command == "play":
            match.advance(STRETCH, max(0, amount - match.step))
        elif command in ("step", "discriminator", "generator"):
            match.advance(math.inf, min(amount, MOST_AT_ONCE), "" if command == "step" else command)
        elif command == "slow" and not match.over:
            slow = match.slow()
        elif command == "rewind":
            match.rewind(amount)
        self._make_room(run)
        told = {
            "step": match.step,
            "games": match.told(-1 if is_fresh else since),
            "slow": slow,
            "snapshots": match.snapshots(),
            "over": match.over,
            "seconds": round(match.seconds, 1),
            "fresh": is_fresh,
        }
        return json.dumps(told | scenery(match) if is_fresh else told, allow_nan=False)

    def states(self, run: str, are_all: bool) -> list[dict[str, Any]] | None:
        """For every game of `run` its kept states, at most `FILM_FRAMES`, or its present one; None where there is no such run.

        Each is the number of `dims`, what stands for the data, and pairs of a frame and its distances.
        """
        match = self._matches.get(run)
        if match is None:
            return None
        steps = match.snapshots()
        last, count = len(steps) - 1, min(len(steps), FILM_FRAMES)
        chosen = {steps[round(place * last / max(1, count - 1))] for place in range(count)}
        return [
            {
                "dims": game.target.dims,
                "real": real_shown(game),
                "states": list(game.replay(chosen)) if are_all else [game.present()],
            }
            for game in match.games
        ]

    def leave(self, run: str) -> None:
        """Forget a run."""
        self._matches.pop(run, None)

    def _make_room(self, run: str) -> None:
        self._matches.move_to_end(run)
        while len(self._matches) > 1 and sum(match.bytes for match in self._matches.values()) > MEMORY:
            self._matches.popitem(last=False)


def real_shown(game: Game) -> list[Any]:
    """What stands for the data: on a line the density at 64 places, in the plane points."""
    data = game.target
    if data.dims == 1:
        return (data.coarse(64) * (64 / (2 * data.reach))).double().round(decimals=4).tolist()
    uniform = torch.rand(256, 3, generator=torch.Generator().manual_seed(game.rules.seed))
    return data.drawn(uniform).double().round(decimals=3).tolist()


def scenery(match: Match) -> dict[str, Any]:
    """What stays as it is while a match goes on: the data, and the distance that as many real points have."""
    game = match.games[0]
    return {
        "dims": game.target.dims,
        "reach": game.target.reach,
        "modes": len(game.target.modes),
        "people": PEOPLE if game.rules.data == "people" else (),
        "real": real_shown(game),
        "floor": round(seeing.floor(game.probe), 4),
        "probable": [each.rules.is_probable for each in match.games],
        "budget": {"steps": MOST_STEPS, "seconds": MOST_SECONDS},
    }
