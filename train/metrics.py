"""Numbers about pictures: distances between sets of them, and what a judge reads in them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import models_zoo
from models_zoo.checkpoint import LatentModel, ZooModel
from train import vision
from train.data import Dataset, to_float

BATCH = 500


def metric(value: float, reference: float | None, reference_label: str, n: int, better: str) -> dict[str, Any]:
    """One entry of `models_zoo.Card.metrics`."""
    rounded = None if reference is None else round(float(reference), 5)
    return {
        "value": round(float(value), 5),
        "reference": rounded,
        "reference_label": reference_label,
        "n": n,
        "better": better,
    }


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """|mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2) between features N x F and M x F (arXiv:1706.08500)."""
    vision.make_importable()
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Features(nn.Module):
        num_features = a.shape[1]

        def forward(self, x: Tensor) -> Tensor:
            return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distance = FrechetInceptionDistance(feature=Features())
    distance.update(a.cpu(), real=True)
    distance.update(b.cpu(), real=False)
    return max(0.0, float(distance.compute()))


@torch.inference_mode()
def in_batches(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """`function` over the rows of `values`, a few hundred at a time."""
    return torch.cat([function(chunk) for chunk in values.split(BATCH)])


def judge_for(data: Dataset) -> ZooModel | None:
    """The bundled judge of this dataset, if there is one yet."""
    cards = [card for card in models_zoo.find("judge") if card.dataset == data.name]
    return models_zoo.load(cards[0].id, "cpu") if cards else None


@torch.inference_mode()
def read(judge: ZooModel, images: Tensor) -> tuple[Tensor, Tensor]:
    """The judge's features N x F and class probabilities N x K for float images in [-1, 1]."""
    features, probabilities = [], []
    for chunk in images.split(BATCH):
        found = judge.features(chunk)
        features.append(found)
        probabilities.append(judge.head(found).softmax(1))
    return torch.cat(features), torch.cat(probabilities)


@torch.inference_mode()
def sample(model: LatentModel, n: int, seed: int) -> Tensor:
    """`n` images of an unconditional model, from the seeds `seed` to `seed + n - 1`, on the CPU."""
    chunks = [range(start, min(start + BATCH, seed + n)) for start in range(seed, seed + n, BATCH)]
    return torch.cat([model.generate(model.latents(chunk)).float().cpu() for chunk in chunks])


def evaluate_unconditional(model: LatentModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
    """What the judge says of `n` samples, beside what it says of real held-out images.

    `frechet_judge` is taken against the whole test split, and so is its floor, from as many
    training images. Empty where no judge is bundled for the dataset.
    """
    judge = judge_for(data)
    if judge is None:
        return {}
    shuffled = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))
    features, probabilities = read(judge, sample(model, n, seed))
    test_features, test_probabilities = read(judge, to_float(data.test.images))
    floor_features, _ = read(judge, to_float(data.train.images[shuffled[:n]]))
    real = f"{len(data.test):,} real test images"

    def share(probabilities: Tensor) -> Tensor:
        return probabilities.argmax(1).bincount(minlength=probabilities.shape[1]) / len(probabilities)

    def confident(probabilities: Tensor) -> float:
        return (probabilities.amax(1) >= 0.9).float().mean().item()

    return {
        "frechet_judge": metric(
            frechet_distance(test_features, features),
            frechet_distance(test_features, floor_features),
            f"{min(n, len(data.train)):,} real training images against the same {real}",
            n,
            "lower",
        ),
        "judge_confident": metric(confident(probabilities), confident(test_probabilities), real, n, "higher"),
        "rarest_class": metric(share(probabilities).min(), share(test_probabilities).min(), real, n, ""),
        "commonest_class": metric(share(probabilities).max(), share(test_probabilities).max(), real, n, ""),
    }
