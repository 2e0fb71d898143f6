"""Entries of `models_zoo.Card.metrics`, and the refusal of numbers that are not finite."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

from train.errors import TrainError

LEAST = 10
"""Fewer pictures have no distribution from which a distance would mean anything."""
Metrics = dict[str, dict[str, Any]]
"""`models_zoo.Card.metrics`: entries by their names."""


def finite(values: Tensor, what: str) -> Tensor:
    """`values` as they are; raises `TrainError`, which says `what` they are, if any of them is NaN or infinite.

    Comparisons with NaN are false and `argmax` takes it for the largest number, so that a broken model could pass for a
    perfect one.
    """
    if values.is_floating_point() and not values.isfinite().all():
        raise TrainError(f"Nothing can be measured: {what} contain NaN or infinite values.")
    return values


def metric(
    value: float, reference: float | None, reference_label: dict[str, str], n: int, better: str
) -> dict[str, Any]:
    """One entry of `models_zoo.Card.metrics`; raises `TrainError` if `value` is NaN or infinite."""
    if not math.isfinite(value):
        raise TrainError(
            f"A measurement of {n:,} samples came out as {float(value)}, which is no number for a model card."
        )
    rounded = None if reference is None else round(float(reference), 5)
    return {
        "value": round(float(value), 5),
        "reference": rounded,
        "reference_label": reference_label,
        "n": n,
        "better": better,
    }


def real_images(n: int) -> dict[str, str]:
    """The label of a reference value that was measured on `n` real test images."""
    return {"en": f"{n:,} real test images", "ko": f"실제 테스트 이미지 {n:,}장"}


def real_against_real(training: int, test: int) -> dict[str, str]:
    """The label of a reference value that compares real training images with real test images."""
    return {
        "en": f"{training:,} real training images against {test:,} real test images",
        "ko": f"실제 학습 이미지 {training:,}장과 테스트 이미지 {test:,}장 사이",
    }
