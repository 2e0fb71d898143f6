"""Numbers about generated photographs, in the features of EfficientNet-lite0 and in their spectrum."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models_zoo import lite0, spectrum
from models_zoo.checkpoint import LatentModel
from train.data import vision
from train.data.dataset import Dataset, to_float
from train.metrics import common as metrics


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy of features N x F and M x F, cubic kernel (arXiv:1801.01401).

    Of as many of each as the smaller set has. Near 0, and sometimes below, where both come from one distribution.
    """
    vision.make_importable()
    from torchmetrics.image.kid import KernelInceptionDistance

    with warnings.catch_warnings():
        # It keeps the features, which is what it is for.
        warnings.simplefilter("ignore")
        features = metrics.ReadyFeatures(a.shape[1])
        distance = KernelInceptionDistance(feature=features, subsets=1, subset_size=min(len(a), len(b)))
    distance.update(a.cpu(), real=True)
    distance.update(b.cpu(), real=False)
    return float(distance.compute()[0])


def evaluate_unconditional(model: LatentModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
    """`kid_lite0` and `fd_lite0` of samples against the test split, and of as many real training images.

    `checkerboard` is how far that artefact stands out in the samples' spectrum, in dB, and in the test split's. As many samples as the test split has images, or `n` if that is fewer: with another number the
    distance between Gaussians would be another one.
    """
    n = min(n, len(data.test))
    real, floor = _features_of(data.test.images, len(data.test)), _features_of(data.train.images, n)
    samples = metrics.sample(model, n, seed)
    made = lite0.features(samples)
    label = metrics.real_against_real(len(floor), len(real))
    return {
        "kid_lite0": metrics.metric(kernel_distance(real, made), kernel_distance(real, floor), label, n, "lower"),
        "fd_lite0": metrics.metric(
            metrics.frechet_distance(real, made), metrics.frechet_distance(real, floor), label, n, "lower"
        ),
        "checkerboard": metrics.metric(
            spectrum.checkerboard(spectrum.power(samples.numpy())),
            spectrum.checkerboard(_power_of(data.test.images)),
            metrics.real_images(len(real)),
            n,
            "lower",
        ),
    }


def spectrum_curve(model: LatentModel, data: Dataset) -> dict[str, Any]:
    """The spectra of the test split and of as many samples along their axes, as an entry of `models_zoo.Card.curves`."""
    n = len(data.test)
    made = spectrum.power(metrics.sample(model, n, 0).numpy())
    lines = [
        ({"en": "this model", "ko": "이 모델"}, spectrum.along_axes(made)),
        ({"en": "real photographs", "ko": "실제 사진"}, spectrum.along_axes(_power_of(data.test.images))),
    ]
    return spectrum.curve(lines, model.image_size, n)


@functools.lru_cache(maxsize=4)
def _power_of(images: Tensor) -> NDArray[np.float64]:
    """The averaged power spectrum of these uint8 images, which is asked for again with every snapshot of a run."""
    return spectrum.power(to_float(images).numpy())


@functools.lru_cache(maxsize=4)
def _features_of(images: Tensor, n: int) -> Tensor:
    """Features of `n` of these uint8 images, which are asked for again with every snapshot of a run."""
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:n]
    return torch.cat([lite0.features(to_float(images[part])) for part in chosen.split(metrics.BATCH)])
