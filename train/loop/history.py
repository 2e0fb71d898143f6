"""The course of a run, read from its log, as curves of the model card over the training steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from train.contract import Phase

POINTS = 48
"""Points that a curve has at most."""
STEPS = {"en": "training step", "ko": "학습 단계"}
PLAYERS = {
    "generator": {"en": "generator", "ko": "생성자"},
    "generators": {"en": "generators", "ko": "두 생성자"},
    "translator": {"en": "generator", "ko": "생성자"},
    "discriminator": {"en": "discriminator", "ko": "판별자"},
    "discriminators": {"en": "discriminators", "ko": "두 판별자"},
    "projected": {"en": "discriminator of features", "ko": "특징 판별자"},
}
"""What a curve calls the networks that learn in a phase; a phase of any other name is called by it."""
METRICS = {
    "kid_lite0": {"en": "kernel distance (EfficientNet-lite0)", "ko": "커널 거리(EfficientNet-lite0)"},
    "frechet_judge": {"en": "Fréchet distance (judge)", "ko": "프레셰 거리(판정 모델)"},
}
"""Distances of which a run draws a curve."""
Log = list[dict[str, Any]]
Texts = dict[str, str]


def over_steps(
    log: Log, series: Mapping[str, Texts], title: Texts, caption: Texts, axis: Texts
) -> dict[str, Any] | None:
    """The values that a log has under the names of `series`, as an entry of `models_zoo.Card.curves`.

    Each of at most `POINTS` points is the mean over as many lines of the log, at the step of the last of them. None where
    fewer than two lines have all of the values.
    """
    lines = [line for line in log if all(name in line for name in series)]
    if len(lines) < 2:
        return None
    size = -(-len(lines) // POINTS)
    parts = [lines[start : start + size] for start in range(0, len(lines), size)]
    return {
        "title": title,
        "caption": caption,
        "x": {"label": STEPS, "values": [part[-1]["step"] for part in parts]},
        "y": {"label": axis},
        "series": [
            {"label": label, "values": [round(fmean(line[name] for line in part), 5) for part in parts]}
            for name, label in series.items()
        ],
    }


def of_game(log: Log, phases: Iterable[Phase], metric: str) -> dict[str, dict[str, Any]]:
    """The losses of the players over a run, and its measurements of `metric`, by the names of the curves.

    Every one of the variant's `phases` is a player, except those whose networks learn in an earlier phase already: these are
    penalties. Curves for which the log has too few values are left out, and so are losses without an opponent, and metrics
    that are not among `METRICS`.
    """
    losses = _losses(phases)
    found = {
        "losses": len(losses) > 1
        and over_steps(
            log,
            losses,
            {"en": "The losses of the game", "ko": "게임의 손실"},
            {
                "en": "Means over the lines of the log. Each loss is measured against an opponent that learns as well, so a "
                "constant loss says nothing about the pictures.",
                "ko": "기록을 구간별로 평균한 값입니다. 두 손실 모두 함께 배우는 상대를 두고 잰 것이어서, 값이 그대로라고 해서 그림도 "
                "그대로인 것은 아닙니다.",
            },
            {"en": "loss", "ko": "손실"},
        ),
        "quality": metric in METRICS
        and over_steps(
            log,
            {f"metric/{metric}": METRICS[metric]},
            {"en": "How good the pictures are", "ko": "그림의 품질"},
            {
                "en": "Distance of samples from real test images, measured during the training. Lower is better.",
                "ko": "학습 도중에 잰, 표본과 실제 테스트 이미지 사이의 거리입니다. 낮을수록 좋습니다.",
            },
            {"en": "distance", "ko": "거리"},
        ),
    }
    return {name: curve for name, curve in found.items() if curve}


def _losses(phases: Iterable[Phase]) -> dict[str, Texts]:
    """The names under which a log has the losses of the players, with what a curve calls them."""
    found: dict[str, Texts] = {}
    learned: set[str] = set()
    for phase in phases:
        if not learned.issuperset(phase.nets):
            found[f"loss/{phase.name}"] = PLAYERS.get(phase.name, {"en": phase.name, "ko": phase.name})
        learned |= set(phase.nets)
    return found
