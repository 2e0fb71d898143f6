"""Metrics of generated photographs on the features of EfficientNet-lite0 and on their spectrum."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from models_zoo import lite0, spectrum
from models_zoo.blocks import ClassConditionalModel
from models_zoo.checkpoint import LatentModel
from train.data.dataset import Dataset, to_float
from train.metrics.distances import frechet_distance, kernel_distance
from train.metrics.entries import LEAST, Metrics, metric, real_against_real, real_images
from train.metrics.sampling import BATCH, sample, sample_classes


def evaluate_unconditional(model: LatentModel, data: Dataset, n: int, seed: int) -> Metrics:
    """`kid_lite0` and `fd_lite0` of samples against the test split, beside those of as many real training images.

    `checkerboard` is how far that artefact stands out in the spectrum of the samples, in dB, and in that of the test split.
    `n` samples are measured, or as many as the test split has images if that is fewer: the Fréchet distance depends on the
    number.
    """
    return distances(sample(model, min(n, len(data.test)), seed), data)


def evaluate_class_conditional(model: ClassConditionalModel, data: Dataset, n: int, seed: int) -> Metrics:
    """As `evaluate_unconditional`, of samples of the classes of the first held-out images."""
    return distances(sample_classes(model, data.test.classes[:n], seed), data)


def distances(samples: Tensor, data: Dataset) -> Metrics:
    """The metrics of `evaluate_unconditional` of N float images C x H x W in [-1, 1] that a model drew; none of fewer than `LEAST`."""
    n = len(samples)
    if n < LEAST:
        return {}
    real, floor = lite0_features(data.test.images, len(data.test)), lite0_features(data.train.images, n)
    made = lite0.features(samples)
    label = real_against_real(len(floor), len(real))
    return {
        "kid_lite0": metric(kernel_distance(real, made), kernel_distance(real, floor), label, n, "lower"),
        "fd_lite0": metric(frechet_distance(real, made), frechet_distance(real, floor), label, n, "lower"),
        "checkerboard": metric(
            spectrum.checkerboard(spectrum.power(samples.numpy())),
            spectrum.checkerboard(_power_of(data.test.images)),
            real_images(len(real)),
            n,
            "lower",
        ),
    }


def spectrum_curve(model: LatentModel, data: Dataset) -> dict[str, Any]:
    """The spectra of the test split and of as many samples along their axes, as an entry of `models_zoo.Card.curves`."""
    n = len(data.test)
    made = spectrum.power(sample(model, n, 0).numpy())
    lines = [
        ({"en": "this model", "ko": "이 모델"}, spectrum.along_axes(made)),
        ({"en": "real photographs", "ko": "실제 사진"}, spectrum.along_axes(_power_of(data.test.images))),
    ]
    return spectrum.curve(lines, model.image_size, n)


@functools.lru_cache(maxsize=4)
def _power_of(images: Tensor) -> NDArray[np.float64]:
    """The averaged power spectrum of these uint8 images, cached because every measurement of a run needs it."""
    return spectrum.power(to_float(images).numpy())


@functools.lru_cache(maxsize=16)
def lite0_features(images: Tensor, n: int, size: tuple[int, int] | None = None) -> Tensor:
    """EfficientNet-lite0's features of `n` of these uint8 images, scaled to `size` if that is given; always the same ones.

    Cached, because every measurement of a run needs them.
    """
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:n]
    parts = (to_float(images[part]) for part in chosen.split(BATCH))
    return torch.cat([lite0.features(scaled(part, size) if size else part) for part in parts])


def scaled(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Float images N x C x H x W at `size`, height and width; those of that size pass through."""
    if images.shape[2:] == size:
        return images
    return F.interpolate(images, tuple(size), mode="bilinear", antialias=True, align_corners=False)
