"""Statistics of a translator's training pictures, with which the page recognises pictures that are unlike them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models_zoo import familiar, lite0
from models_zoo.card import DOMAINS
from train.data.dataset import Dataset, spread, to_float

MOST = 2000
"""The greatest number of training and of held-out pictures of each domain that are used; more would take megabytes."""


def write(folder: Path, data: Dataset, sha256: str) -> None:
    """Write the statistics of both domains of `data` into the zoo model's `folder`, for weights with that checksum."""
    known = {
        domain: familiar.learned(*(_features(images) for images in split))
        for domain, split in zip(DOMAINS, _domains(data), strict=True)
    }
    familiar.write(folder, known, sha256)


def _domains(data: Dataset) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Training and held-out pictures of the first and of the second domain; of paired data, label maps are the first."""
    if data.other is None:
        return (data.train.maps, data.test.maps), (data.train.images, data.test.images)
    other_train, other_test = data.other
    return (data.train.images, data.test.images), (other_train.images, other_test.images)


def _features(images: Tensor) -> NDArray[np.float32]:
    """Features of at most `MOST` of N x C x H x W uint8 images, evenly spread over all."""
    parts = (lite0.features(to_float(images[part])) for part in spread(len(images), MOST).split(lite0.BATCH))
    return torch.cat(list(parts)).numpy()
