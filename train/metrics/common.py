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
from train.data import vision
from train.data.dataset import Dataset, to_float

BATCH = 500
NOISE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""Standard deviations of the noise on test images, for pixels in [0, 1]."""


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


class ReadyFeatures(nn.Identity):
    """What torchmetrics takes for a network, where the features of the pictures are there already."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features = num_features


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """|mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2) between features N x F and M x F (arXiv:1706.08500)."""
    vision.make_importable()
    from torchmetrics.image.fid import FrechetInceptionDistance

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distance = FrechetInceptionDistance(feature=ReadyFeatures(a.shape[1]))
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


def judge_for(dataset: str) -> ZooModel | None:
    """The bundled judge of the dataset of that name, if there is one yet."""
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
    judge = judge_for(data.name)
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
    judge = judge_for(data.name)
    if judge is None:
        return {}
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


def evaluate_classifier(
    classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device
) -> dict[str, dict[str, Any]]:
    """`discriminator_error`, the share of test images whose class a discriminator names wrongly, beside the judge's.

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


def evaluate_attributes(
    classify: Callable[[Tensor], Tensor], data: Dataset, device: torch.device
) -> dict[str, dict[str, Any]]:
    """`test_accuracy` over all attributes and, after a slash, of each, beside always giving the commoner answer."""
    images = to_float(data.test.images)
    said = in_batches(lambda x: (classify(x.to(device)) > 0).cpu(), images)
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
    """Share of the test images, with N(0, `noise`^2) added to pixels in [-1, 1], whose class `classify` names wrongly."""
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


def evaluate_draws(model: ZooModel, data: Dataset) -> dict[str, dict[str, Any]]:
    """`discriminator_error_draws`: the mean of `discriminator_error` over the models that differ from `model` in their seed alone.

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


def _first_of_each(labels: Tensor, counts: Sequence[int]) -> Tensor:
    """Places of the first `counts[c]` of every class c in `labels`, as many as there are."""
    return torch.cat([(labels == c).nonzero().flatten()[:count] for c, count in enumerate(counts)])
