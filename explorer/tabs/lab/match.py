"""What one visitor plays: one game, or several side by side that stay at the same step."""

from __future__ import annotations

import time
from typing import Any

from explorer.tabs.lab.game import Game
from explorer.tabs.lab.rules import MOST_SECONDS, MOST_STEPS, Setup

AT_ONCE = 5
"""Steps of one game before it is the next one's turn."""


class Match:
    """Games side by side. What programs and the page ask of it, and nothing else, makes it compute."""

    def __init__(self, setup: Setup):
        self.setup = setup
        self.games = [Game(each) for each in setup.games]
        self.seconds = 0.0

    @property
    def step(self) -> int:
        """Steps so far."""
        return self.games[0].step

    @property
    def over(self) -> str:
        """Why nothing goes on: ``"diverged"``, ``"steps"``, ``"seconds"``; empty while it does."""
        if any(game.has_diverged for game in self.games):
            return "diverged"
        if self.seconds >= MOST_SECONDS:
            return "seconds"
        return "steps" if self.step >= MOST_STEPS else ""

    @property
    def bytes(self) -> int:
        """The memory that its snapshots take."""
        return sum(game.bytes for game in self.games)

    def settle(self, setup: Setup) -> bool:
        """Go on under these rules; gives whether that was only possible from the beginning, with other networks or data."""
        before, self.setup = self.setup, setup
        if setup.lesson != before.lesson:
            self.games = [Game(each) for each in setup.games]
            return True
        return any([game.settle(each) for game, each in zip(self.games, setup.games, strict=True)])

    def advance(self, seconds: float, steps: int = MOST_STEPS, net: str = "") -> None:
        """Play for about `seconds`, at most `steps` steps; with the name of a `net`, that one learns alone."""
        began, last = time.perf_counter(), min(MOST_STEPS, self.step + steps)
        while self.step < last and not self.over:
            # To the same marks however the steps are cut into requests.
            most = min(AT_ONCE - self.step % AT_ONCE, last - self.step)
            for game in self.games:
                game.play(most, net or self.setup.learner(game.step))
            if time.perf_counter() - began >= seconds:
                break
        self.seconds += time.perf_counter() - began

    def slow(self) -> list[list[dict[str, Any]]]:
        """For every game one step in four frames (see `Game.slow`)."""
        return [game.slow() for game in self.games]

    def rewind(self, step: int) -> None:
        """Go back to the last snapshot at or before `step`."""
        for game in self.games:
            game.rewind(step)

    def told(self, since: int) -> list[dict[str, Any]]:
        """For every game what the page draws, and the lines of its log after the step `since`."""
        return [
            {"frame": game.frame(), "log": [entry for entry in game.log if entry["step"] > since]}
            for game in self.games
        ]

    def snapshots(self) -> list[int]:
        """The steps that one can go back to."""
        return [each.step for each in self.games[0].snapshots]
