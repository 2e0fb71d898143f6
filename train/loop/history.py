"""What the log of a run tells of its course, as curves of the model card over the training steps."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

POINTS = 48
"""Points that a curve has at most."""
STEPS = {"en": "training step", "ko": "학습 단계"}
LOSSES = {
    "loss/generator": {"en": "generator", "ko": "생성자"},
    "loss/discriminator": {"en": "discriminator", "ko": "판별자"},
}
METRICS = {
    "kid_lite0": {"en": "kernel distance (EfficientNet-lite0)", "ko": "커널 거리(EfficientNet-lite0)"},
    "frechet_judge": {"en": "Fréchet distance (judge)", "ko": "프레셰 거리(판정 모델)"},
}
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


def of_game(log: Log, metric: str) -> dict[str, dict[str, Any]]:
    """The losses of generator and discriminator over a run, and its measurements of `metric`, by the names of the curves."""
    found = {
        "losses": over_steps(
            log,
            LOSSES,
            {"en": "The losses of the game", "ko": "게임의 손실"},
            {
                "en": "Means over the lines of the log. Each loss is measured against an opponent who learns, too: that it "
                "stays where it is says nothing about the pictures.",
                "ko": "기록을 구간별로 평균한 값입니다. 두 손실 모두 함께 배우는 상대를 두고 잰 것이어서, 값이 그대로라고 해서 그림도 "
                "그대로인 것은 아닙니다.",
            },
            {"en": "loss", "ko": "손실"},
        ),
        "quality": over_steps(
            log,
            {f"metric/{metric}": METRICS[metric]},
            {"en": "How good the pictures are", "ko": "그림의 품질"},
            {
                "en": "Distance of samples from real test images, measured on the way. Lower is better.",
                "ko": "학습 도중에 잰, 표본과 실제 테스트 이미지 사이의 거리입니다. 낮을수록 좋습니다.",
            },
            {"en": "distance", "ko": "거리"},
        ),
    }
    return {name: curve for name, curve in found.items() if curve}
