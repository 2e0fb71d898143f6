"""Samples of a generator as a judge, a classifier that was trained on real images, sees them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

import models_zoo
from models_zoo.blocks import ClassConditionalModel
from models_zoo.checkpoint import LatentModel, ZooModel
from train.config import CommonConfig
from train.data.dataset import Dataset, to_float
from train.metrics import photographs
from train.metrics.distances import coverage, frechet_distance
from train.metrics.entries import Metrics, finite, metric, real_against_real, real_images
from train.metrics.sampling import BATCH, sample, sample_classes


def judge_for(dataset: str) -> ZooModel | None:
    """The bundled judge of the dataset of that name, if there is one."""
    cards = [card for card in models_zoo.find("judge") if card.dataset == dataset]
    return models_zoo.load(cards[0].id, "cpu") if cards else None


@torch.inference_mode()
def read(judge: ZooModel, images: Tensor) -> tuple[Tensor, Tensor]:
    """The judge's features N x F and class probabilities N x K for float images in [-1, 1]."""
    features, probabilities = [], []
    for chunk in images.split(BATCH):
        found = judge.features(chunk)
        features.append(found)
        probabilities.append(judge.head(found).softmax(1))
    return finite(torch.cat(features), "the judge's features"), torch.cat(probabilities)


def evaluate_unconditional(model: LatentModel, data: Dataset, n: int, seed: int) -> Metrics:
    """Metrics of `n` samples on the judge's features and predictions, beside those of held-out real images.

    `frechet_judge` is taken against the whole test split, and so is its floor, from as many
    training images. Where no judge is bundled for the dataset, those of `photographs` take their place.
    """
    judge = judge_for(data.name)
    if judge is None:
        return photographs.evaluate_unconditional(model, data, n, seed)
    shuffled = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))
    features, probabilities = read(judge, sample(model, n, seed))
    test_features, test_probabilities = read(judge, to_float(data.test.images))
    floor_features, _ = read(judge, to_float(data.train.images[shuffled[:n]]))
    real = real_images(len(data.test))

    def share(probabilities: Tensor) -> Tensor:
        return probabilities.argmax(1).bincount(minlength=probabilities.shape[1]) / len(probabilities)

    def confident(probabilities: Tensor) -> float:
        return (probabilities.amax(1) >= 0.9).float().mean().item()

    return {
        "frechet_judge": metric(
            frechet_distance(test_features, features),
            frechet_distance(test_features, floor_features),
            real_against_real(len(floor_features), len(data.test)),
            n,
            "lower",
        ),
        "judge_confident": metric(confident(probabilities), confident(test_probabilities), real, n, "higher"),
        "rarest_class": metric(share(probabilities).min(), share(test_probabilities).min(), real, n, ""),
        "commonest_class": metric(share(probabilities).max(), share(test_probabilities).max(), real, n, ""),
    }


def best(config: CommonConfig) -> tuple[str, str]:
    """The metric that picks the best checkpoint, and which of its values is better; there is no judge of a user's own pictures."""
    return "kid_lite0" if config.own else "frechet_judge", "lower"


def evaluate_class_conditional(model: ClassConditionalModel, data: Dataset, n: int, seed: int) -> Metrics:
    """Metrics of `n` samples, equally many of every class, on the judge's features and predictions, beside those of real images.

    `class_agreement` is the share in which the judge reads the class asked for. `coverage_lowest` is
    the coverage of the class where it is lowest, so that it falls if a single class has collapsed.
    `frechet_judge` is taken against the whole test split, from as many samples of each class as fit
    the split's own shares. Where no judge is bundled for the dataset, the metrics of `photographs` take their place.
    """
    judge = judge_for(data.name)
    if judge is None:
        return photographs.evaluate_class_conditional(model, data, n, seed)
    classes = len(data.classes)
    each = max(2, n // classes)
    labels = torch.arange(classes).repeat(each)
    features, probabilities = read(judge, sample_classes(model, labels, seed))
    test_features, test_probabilities = read(judge, to_float(data.test.images))

    shuffled = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))
    chosen = shuffled[_first_of_each(data.train.classes[shuffled], [each] * classes)]
    floor_labels = data.train.classes[chosen]
    floor_features, _ = read(judge, to_float(data.train.images[chosen]))

    of_test = data.test.classes.bincount(minlength=classes)
    shares = (each * of_test / of_test.max()).long().tolist()
    alike, floor_alike = _first_of_each(labels, shares), _first_of_each(floor_labels, shares)
    real = real_images(len(data.test))

    def agreement(probabilities: Tensor, labels: Tensor) -> float:
        return (probabilities.argmax(1) == labels).float().mean().item()

    def lowest_coverage(found: Tensor, labels: Tensor) -> float:
        return min(coverage(test_features[data.test.classes == c], found[labels == c]) for c in range(classes))

    return {
        "class_agreement": metric(
            agreement(probabilities, labels),
            agreement(test_probabilities, data.test.classes),
            real,
            len(labels),
            "higher",
        ),
        "coverage_lowest": metric(
            lowest_coverage(features, labels),
            lowest_coverage(floor_features, floor_labels),
            real_against_real(len(chosen), len(data.test)),
            len(labels),
            "higher",
        ),
        "frechet_judge": metric(
            frechet_distance(test_features, features[alike]),
            frechet_distance(test_features, floor_features[floor_alike]),
            real_against_real(len(floor_alike), len(data.test)),
            len(alike),
            "lower",
        ),
    }


def _first_of_each(labels: Tensor, counts: Sequence[int]) -> Tensor:
    """Indices of the first `counts[c]` of every class c in `labels`, as many as there are."""
    return torch.cat([(labels == c).nonzero().flatten()[:count] for c, count in enumerate(counts)])
