"""Lessons: settings that show one thing each, most of them as two games side by side that differ in one respect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from explorer.tabs.lab.rules import Rules, Setup
from explorer.tabs.lab.settings import LabView

PLAYED = [name for name, control in LabView.controls().items() if control.api]
"""The settings that a game is played by; the others tell what the page shows."""


@dataclass(frozen=True)
class Lesson:
    """What is set for all games of a lesson, and for each beyond that; `key` begins the keys of its texts.

    `alone` are networks, each with the step up to which it learns while the other stands still, before both learn. `steps` is
    where the run stops by itself.
    """

    key: str
    settings: dict[str, Any]
    games: tuple[dict[str, Any], ...]
    alone: tuple[tuple[str, int], ...] = ()
    steps: int = 2_000


LESSONS = {
    lesson.key: lesson
    for lesson in (
        Lesson(
            "balance",
            {
                "data": "two",
                "latent": 4,
                "activation": "leaky",
                "batch": 256,
                "turns": 2,
                "noise": 0.15,
                "d_rate": 5e-3,
                "d_beta1": 0.0,
                "d_beta2": 0.99,
                "g_rate": 5e-4,
                "g_beta1": 0.0,
                "g_beta2": 0.99,
            },
            ({},),
            steps=6_000,
        ),
        Lesson(
            "vanishing",
            {"data": "one", "latent": 1, "spread": 0.3, "turns": 5, "d_rate": 1e-2, "g_rate": 3e-4},
            ({"objective": "minimax"}, {"objective": "non-saturating"}),
            (("discriminator", 50),),
            steps=1_000,
        ),
        Lesson(
            "stray",
            {"data": "ring", "activation": "leaky", "spread": 4.0, "g_rate": 1e-2},
            ({"objective": "non-saturating"}, {"objective": "least-squares"}),
            (("discriminator", 300), ("generator", 1_200)),
            steps=1_200,
        ),
        Lesson(
            "collapse",
            {"data": "ring", "g_rate": 5e-3},
            ({}, {"d_rate": 5e-3, "turns": 3, "r1": 0.1}),
        ),
        Lesson(
            "oscillation",
            {"data": "one", "latent": 1, "activation": "tanh", "width": 16},
            ({"d_rate": 3e-3, "g_rate": 3e-3}, {"d_rate": 1e-2, "g_rate": 9e-4}),
            steps=1_500,
        ),
        Lesson(
            "strong",
            {
                "data": "ring",
                "objective": "minimax",
                "turns": 5,
                "spread": 0.2,
                "d_rate": 1e-2,
                "g_optimizer": "sgd",
                "g_rate": 0.1,
            },
            ({}, {"noise": 0.5}),
            (("discriminator", 300),),
            steps=1_000,
        ),
        Lesson(
            "optimizers",
            {"data": "ring", "turns": 3},
            tuple({"d_optimizer": kind, "g_optimizer": kind} for kind in ("adam", "rmsprop", "adagrad", "sgd")),
        ),
        Lesson(
            "disjoint",
            {"data": "one", "latent": 1, "spread": 0.3},
            ({"objective": "minimax"}, {"objective": "wasserstein"}),
            (("discriminator", 1_000),),
            steps=1_000,
        ),
    )
}


def settings(lesson: str) -> dict[str, Any]:
    """What a lesson sets, of the fields of `LabView`; nothing for no lesson."""
    return LESSONS[lesson].settings if lesson else {}


def setup(view: LabView) -> Setup:
    """What is played for a view: its own game, or those of its lesson."""
    lesson = LESSONS[view.lesson] if view.lesson else None
    rules = {name: getattr(view, name) for name in PLAYED}
    own = lesson.games if lesson else ({},)
    return Setup(tuple(Rules(**rules | each) for each in own), view.lesson, lesson.alone if lesson else ())
