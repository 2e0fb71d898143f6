"""Numbers about pictures: distances between sets of them, and what a judge reads in them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

import models_zoo
from models_zoo.blocks import ClassConditionalModel
from models_zoo.checkpoint import LatentModel, ZooModel
from train import vision
from train.data import Dataset, to_float

BATCH = 500


def metric(
    value: float, reference: float | None, reference_label: dict[str, str], n: int, better: str
) -> dict[str, Any]:
    """One entry of `models_zoo.Card.metrics`."""
    rounded = None if reference is None else round(float(reference), 5)
    return {
        "value": round(float(value), 5),
        "reference": rounded,
        "reference_label": reference_label,
        "n": n,
        "better": better,
    }


def real_images(n: int) -> dict[str, str]:
    """The label of a reference that `n` real test images gave."""
    return {"en": f"{n:,} real test images", "ko": f"실제 테스트 이미지 {n:,}장"}


def real_against_real(training: int, test: int) -> dict[str, str]:
    """The label of a floor that real training images gave against real test images."""
    return {
        "en": f"{training:,} real training images against {test:,} real test images",
        "ko": f"실제 학습 이미지 {training:,}장과 테스트 이미지 {test:,}장 사이",
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


def coverage(real: Tensor, fake: Tensor, k: int = 5) -> float:
    """Share of the real features N x F with one of the generated M x F closer than their k-th real neighbour.

    Near 1 where the generated ones are everywhere that the real ones are, near 0 where they have
    collapsed (Naeem et al. 2020, arXiv:2002.09797, equation 6).
    """
    # The faster way through a matrix product is not exact where two features are the same.
    exact = "donot_use_mm_for_euclid_dist"
    among_real = torch.cdist(real, real, compute_mode=exact)
    # The nearest neighbour of all is the feature itself.
    radius = among_real.kthvalue(min(k + 1, len(real)), 1).values
    nearest = torch.cdist(real, fake, compute_mode=exact).amin(1)
    return (nearest <= radius).float().mean().item()


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


@torch.inference_mode()
def sample_classes(model: ClassConditionalModel, labels: Tensor, seed: int) -> Tensor:
    """One image of each of the N class ids `labels`, from the seeds `seed` to `seed + N - 1`, on the CPU."""
    chunks = []
    for start in range(0, len(labels), BATCH):
        asked = labels[start : start + BATCH]
        z = model.latents(range(seed + start, seed + start + len(asked)))
        chunks.append(model.generate(z, asked.to(model.device)).float().cpu())
    return torch.cat(chunks)


def evaluate_class_conditional(
    model: ClassConditionalModel, data: Dataset, n: int, seed: int
) -> dict[str, dict[str, Any]]:
    """What the judge says of `n` samples, equally many of every class, beside what it says of real images.

    `class_agreement` is the share in which the judge reads the class asked for. `coverage_lowest` is
    the coverage of the class where it is lowest, so that it falls if a single class has collapsed.
    `frechet_judge` is taken against the whole test split, from as many samples of each class as fit
    the split's own shares. Empty where no judge is bundled for the dataset.
    """
    judge = judge_for(data)
    if judge is None:
        return {}
    classes = len(data.classes)
    each = max(2, n // classes)
    labels = torch.arange(classes).repeat(each)
    features, probabilities = read(judge, sample_classes(model, labels, seed))
    test_features, test_probabilities = read(judge, to_float(data.test.images))

    shuffled = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))
    chosen = shuffled[_first_of_each(data.train.labels[shuffled], [each] * classes)]
    floor_labels = data.train.labels[chosen]
    floor_features, _ = read(judge, to_float(data.train.images[chosen]))

    of_test = data.test.labels.bincount(minlength=classes)
    shares = (each * of_test / of_test.max()).long().tolist()
    alike, floor_alike = _first_of_each(labels, shares), _first_of_each(floor_labels, shares)
    real = real_images(len(data.test))

    def agreement(probabilities: Tensor, labels: Tensor) -> float:
        return (probabilities.argmax(1) == labels).float().mean().item()

    def lowest_coverage(found: Tensor, labels: Tensor) -> float:
        return min(coverage(test_features[data.test.labels == c], found[labels == c]) for c in range(classes))

    return {
        "class_agreement": metric(
            agreement(probabilities, labels),
            agreement(test_probabilities, data.test.labels),
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


def evaluate_classifier(
    classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device
) -> dict[str, dict[str, Any]]:
    """`discriminator_error`, the share of test images whose class a discriminator names wrongly, beside the judge's.

    Of the logits that `classify` gives only those of the dataset's classes count, not "fake".
    """
    judge = judge_for(data)
    return {
        "discriminator_error": metric(
            error_on_test(classify, data, device),
            None if judge is None else error_on_test(judge.classify, data, judge.device),
            {"en": "the judge, which learned from every label", "ko": "모든 레이블로 배운 판정 모델"},
            len(data.test),
            "lower",
        )
    }


def error_on_test(
    classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device, noise: float = 0.0, seed: int = 0
) -> float:
    """Share of the test images, with N(0, `noise`^2) added to pixels in [-1, 1], whose class `classify` names wrongly."""
    images = to_float(data.test.images)
    images = images + noise * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
    read = in_batches(lambda x: classify(x.to(device))[:, : len(data.classes)].argmax(1).cpu(), images)
    return (read != data.test.labels).float().mean().item()


def _first_of_each(labels: Tensor, counts: Sequence[int]) -> Tensor:
    """Places of the first `counts[c]` of every class c in `labels`, as many as there are."""
    return torch.cat([(labels == c).nonzero().flatten()[:count] for c, count in enumerate(counts)])
