"""What a game is played by, without anything of the page: the process that plays knows nothing of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace

LINES = ("two", "one", "people", "uniform", "tail", "drawn-line")
"""Distributions on a line."""
PLANES = ("ring", "grid", "spiral", "moons", "drawn-plane")
"""Distributions in the plane."""
OBJECTIVES = ("non-saturating", "minimax", "least-squares", "wasserstein", "hinge")
OPTIMIZERS = ("adam", "rmsprop", "adagrad", "momentum", "sgd")
ACTIVATIONS = ("relu", "leaky", "tanh")
MOST_STEPS, MOST_SECONDS = 100_000, 300
"""What one run may take on the page: steps, and seconds of computing."""
OPTIMUM = -math.log(4)
"""Value of the game where the generator draws just what is real (arXiv:1406.2661, theorem 1)."""


class Rules(SimpleNamespace):
    """The fields of `settings.LabView` that a game is played by, under their names there."""

    @property
    def dims(self) -> int:
        """1 on a line, 2 in the plane."""
        return 1 if self.data in LINES else 2

    @property
    def is_probable(self) -> bool:
        """Whether D is a probability, so that the game has the value of arXiv:1406.2661, at best -log 4."""
        return self.objective in ("non-saturating", "minimax")


@dataclass(frozen=True)
class Setup:
    """What is played side by side: the rules of each game.

    `lesson` is its lesson's name, if any, and `alone` are the networks that learn alone at first, each with the step up to which.
    """

    games: tuple[Rules, ...]
    lesson: str = ""
    alone: tuple[tuple[str, int], ...] = ()

    def learner(self, step: int) -> str:
        """The network that learns alone in the step after `step` steps; empty where both do."""
        return next((net for net, until in self.alone if step < until), "")
