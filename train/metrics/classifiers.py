"""Error rates of classifiers: of discriminators that predict classes, and of networks that predict attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

import models_zoo
from models_zoo.checkpoint import ZooModel
from train.data.dataset import Dataset, to_float
from train.metrics.entries import Metrics, metric
from train.metrics.judging import judge_for
from train.metrics.sampling import in_batches

NOISE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""Standard deviations of the noise on test images, for pixels in [0, 1]."""


def evaluate_classifier(classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device) -> Metrics:
    """`discriminator_error`, the share of test images that a discriminator misclassifies, beside the judge's.

    Of the logits that `classify` gives only those of the dataset's classes count, not "fake".
    """
    judge = judge_for(data.name)
    return {
        "discriminator_error": metric(
            error_on_test(classify, data, device),
            None if judge is None else error_on_test(judge.classify, data, judge.device),
            {"en": "the judge, which learned from every label", "ko": "모든 레이블로 배운 판정 모델"},
            len(data.test),
            "lower",
        )
    }


def evaluate_attributes(classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device) -> Metrics:
    """`test_accuracy` over all attributes and, after a slash, of each, beside that of always giving the more frequent answer."""
    images = to_float(data.test.images)
    said = in_batches(lambda x: classify(x.to(device)).cpu(), images) > 0
    right = (said == data.test.attributes.bool()).float().mean(0)
    yes = data.test.attributes.float().mean(0)
    commoner, label = torch.maximum(yes, 1 - yes), {"en": "always the commoner answer", "ko": "늘 더 흔한 답"}
    n = len(data.test)
    return {"test_accuracy": metric(right.mean(), commoner.mean(), label, n, "higher")} | {
        f"test_accuracy/{name}": metric(right[place], commoner[place], label, n, "higher")
        for place, name in enumerate(data.attributes)
    }


def error_on_test(
    classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device, noise: float = 0.0, seed: int = 0
) -> float:
    """Share of the test images, with N(0, `noise`^2) added to pixels in [-1, 1], that `classify` misclassifies."""
    images = to_float(data.test.images)
    images = images + noise * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
    read = in_batches(lambda x: classify(x.to(device))[:, : len(data.classes)].argmax(1).cpu(), images)
    return (read != data.test.classes).float().mean().item()


def least_sure(classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device) -> Tensor:
    """The 64 test images that a classifier is least sure of."""
    images = to_float(data.test.images, device)
    sure = in_batches(lambda x: classify(x).softmax(1).amax(1), images)
    return images[sure.argsort()[:64]]


def readers(model: ZooModel, data: Dataset) -> dict[tuple[int, str], list[ZooModel]]:
    """`model` and the bundled models of its variant and dataset that name classes, by labels and `Card.reading`.

    Models of one group differ in their seed alone. Of two groups with as many labels the one with a
    generator comes first; more labels come before fewer.
    """
    card = model.card
    others = [
        other
        for other in models_zoo.find()
        if (other.variant, other.dataset) == (card.variant, data.name) and other.reading and other.id != card.id
    ]
    groups: dict[tuple[int, str], list[ZooModel]] = {}
    for other in sorted([card, *others], key=lambda c: (-c.labels, "plain" in c.reading["en"], c.id)):
        found = model if other is card else models_zoo.load(str(other.folder), "cpu")
        groups.setdefault((other.labels, other.reading["en"]), []).append(found)
    return groups


def evaluate_draws(model: ZooModel, data: Dataset) -> Metrics:
    """`discriminator_error_draws`: the mean of `discriminator_error` over `model` and those that differ from it only in the seed.

    Read against the mean error of the same network trained on as many labels without a generator.
    Empty where `model` is the only one of its kind, or still in training.
    """
    if model.card is None or not model.card.reading:
        return {}
    groups = readers(model, data)
    own = groups.pop((model.card.labels, model.card.reading["en"]))
    if len(own) == 1:
        return {}
    alone = [models for (labels, _), models in groups.items() if labels == model.card.labels]
    reading = alone[0][0].card.reading if alone else {"en": "", "ko": ""}
    return {
        "discriminator_error_draws": metric(
            _mean_error(own, data),
            _mean_error(alone[0], data) if alone else None,
            {language: f"{text} ({len(alone[0])})" for language, text in reading.items()} if alone else reading,
            len(own) * len(data.test),
            "lower",
        )
    }


def error_under_noise(model: ZooModel, data: Dataset) -> dict[str, dict[str, Any]]:
    """The curve `error_under_noise` of `model` and of the bundled models that it is compared with (see `readers`).

    None where there is nothing to compare with.
    """
    if model.card is None or not model.card.reading:
        return {}
    groups, series = readers(model, data), []
    if len(groups) == 1:
        return {}
    for models in groups.values():
        draws = len(models)
        suffix = {"en": f" (mean of {draws})", "ko": f" ({draws}개 평균)"} if draws > 1 else {"en": "", "ko": ""}
        label = {language: text + suffix[language] for language, text in models[0].card.reading.items()}
        # Pixels in [-1, 1] are twice as far apart as in [0, 1].
        values = [round(_mean_error(models, data, 2 * noise), 5) for noise in NOISE]
        series.append({"label": label, "values": values})
    return {
        "error_under_noise": {
            "title": {
                "en": "Which discriminator still reads noisy digits?",
                "ko": "잡음이 섞인 숫자를 어느 판별자가 잘 읽을까?",
            },
            "caption": {
                "en": "Share of test images read wrongly, with Gaussian noise added to pixels "
                "between 0 (black) and 1 (white). The plain classifier is the same network, trained on labelled "
                "images and nothing else.",
                "ko": "0(검정)~1(흰색) 픽셀에 가우스 잡음을 더한 테스트 이미지의 오류율입니다. "
                "일반 분류기는 같은 신경망을 레이블 있는 이미지만으로 학습한 것입니다.",
            },
            "x": {"label": {"en": "standard deviation of the noise", "ko": "잡음의 표준편차"}, "values": list(NOISE)},
            "y": {"label": {"en": "test error", "ko": "테스트 오류율"}},
            "series": series,
            "n": len(data.test),
        }
    }


def _mean_error(models: Sequence[ZooModel], data: Dataset, noise: float = 0.0) -> float:
    return sum(error_on_test(model.classify, data, model.device, noise) for model in models) / len(models)
