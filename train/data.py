"""Datasets by name, decoded once and kept in memory as uint8."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from train import vision
from train.errors import TrainError


@dataclass(frozen=True)
class Split:
    """Images N x C x H x W as uint8 and their N class ids."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Dataset:
    """A training and a held-out split with what the model card says of them."""

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    description: dict[str, str]
    licence: str


def to_float(images: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """uint8 images as floats in [-1, 1] on `device`; the bytes travel, not the floats."""
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)


def load(name: str, root: Path) -> Dataset:
    """The dataset `name` from the data root `root`, downloaded there if it has a public source.

    Raises `TrainError` where it is neither there nor to be had.
    """
    return _LOADERS[name](root)


def synthetic(name: str, size: int = 64, seed: int = 0) -> Dataset:
    """Random blobs in the shape of dataset `name`, for dry runs and tests."""
    channels, side, classes = _SHAPES[name]
    generator = torch.Generator().manual_seed(seed)

    def split() -> Split:
        coarse = torch.rand(size, channels, 4, 4, generator=generator)
        images = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
        return Split((images * 255).to(torch.uint8), torch.arange(size) % len(classes))

    return Dataset(name, split(), split(), classes, {"en": "Synthetic blobs", "ko": "합성 얼룩"}, "none")


_DIGITS = tuple("0123456789")
_SHAPES = {"mnist": (1, 28, _DIGITS)}


def _mnist(root: Path) -> Dataset:
    vision.make_importable()
    from torchvision.datasets import MNIST

    def split(train: bool) -> Split:
        try:
            data = MNIST(root, train=train)
        except RuntimeError:
            data = _download(root, train)
        return Split(data.data.unsqueeze(1), data.targets)

    def _download(root: Path, train: bool) -> MNIST:
        try:
            return MNIST(root, train=train, download=True)
        except (OSError, RuntimeError) as error:
            raise TrainError(
                f"MNIST is not in {root / 'MNIST' / 'raw'} and could not be downloaded ({error}); "
                "put its four idx files there or name another --data-root."
            ) from None

    return Dataset(
        "mnist",
        split(True),
        split(False),
        _DIGITS,
        {
            "en": "MNIST: 60,000 handwritten digits, 28 x 28 (LeCun, Cortes and Burges)",
            "ko": "MNIST: 28 x 28 손글씨 숫자 60,000장 (LeCun, Cortes, Burges)",
        },
        "CC BY-SA 3.0",
    )


_LOADERS = {"mnist": _mnist}
