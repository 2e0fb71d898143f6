"""Datasets by name, decoded once and kept in memory as uint8."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models_zoo.card import first_line
from train import faces, vision
from train.errors import TrainError


@dataclass(frozen=True)
class Split:
    """Images N x C x H x W as uint8 and their N class ids, or N x A attributes that are 0 or 1."""

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
    attributes: tuple[str, ...] = ()
    """Names of what the labels say of each image, where they are no class ids."""


def to_float(images: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """uint8 images as floats in [-1, 1] on `device`; the bytes travel, not the floats."""
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)


def labelled_subset(split: Split, labels: int, classes: Sequence[str], seed: int) -> Split:
    """`labels` of the images in `split`, equally many of every class, drawn by `seed`.

    Raises `TrainError` where that many cannot be had.
    """
    if labels < len(classes) or labels % len(classes):
        raise TrainError(
            f"--labels must be a multiple of {len(classes)}, as many for every class, and at least "
            f"{len(classes)}: {labels} is not."
        )
    each = labels // len(classes)
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(seed))
    chosen = []
    for label, name in enumerate(classes):
        found = order[split.labels[order] == label]
        if len(found) < each:
            raise TrainError(
                f"--labels {labels} needs {each:,} labelled images of every class, but {name} has only {len(found):,}."
            )
        chosen.append(found[:each])
    index = torch.cat(chosen)
    return Split(split.images[index], split.labels[index])


def with_labels(data: Dataset, labels: int, seed: int) -> Dataset:
    """`data` with the training split cut down to its `labelled_subset`."""
    return dataclasses.replace(data, train=labelled_subset(data.train, labels, data.classes, seed))


def load(name: str, root: Path) -> Dataset:
    """The dataset `name` from the data root `root`, downloaded there if it has a public source.

    Raises `TrainError` where it is neither there nor to be had.
    """
    if name not in _LOADERS:
        raise TrainError(f"There is no dataset {name!r} here; known: {', '.join(_LOADERS)}.")
    return _LOADERS[name](root)


def synthetic(name: str, size: int = 64, seed: int = 0) -> Dataset:
    """Random blobs in the shape of dataset `name`, for dry runs and tests."""
    channels, side, classes = SHAPES[name]
    attributes = ATTRIBUTES.get(name, ())
    generator = torch.Generator().manual_seed(seed)

    def split() -> Split:
        coarse = torch.rand(size, channels, 4, 4, generator=generator)
        images = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
        if attributes:
            labels = torch.randint(2, (size, len(attributes)), generator=generator, dtype=torch.uint8)
        else:
            labels = torch.arange(size) % len(classes)
        return Split((images * 255).to(torch.uint8), labels)

    return Dataset(name, split(), split(), classes, {"en": "Synthetic blobs", "ko": "합성 얼룩"}, "none", attributes)


_DIGITS = tuple("0123456789")
SHAPES = {"mnist": (1, 28, _DIGITS), "svhn": (3, 32, _DIGITS), "celeba": (3, faces.SIDE, ())}
"""Channels, side in pixels and class names of each dataset."""
ATTRIBUTES = {"celeba": faces.ATTRIBUTES}
"""Names of the attributes of each dataset that has them instead of classes."""


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
                f"MNIST is not in {root / 'MNIST' / 'raw'} and could not be downloaded ({first_line(error).rstrip(':.')}); "
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


def _svhn(root: Path) -> Dataset:
    """Folders ``svhn/{train,test}/<digit>/`` of images where they are, else torchvision's SVHN."""
    if (root / "svhn").is_dir():
        train, test = (_folders(root / "svhn" / part, *SHAPES["svhn"]) for part in ("train", "test"))
        licence, which = "a subset of SVHN, for non-commercial research", "cut from the full-number photos of"
    else:
        train, test = (_downloaded_svhn(root, part) for part in ("train", "test"))
        licence, which = "SVHN, for non-commercial research", "of"
    text = {
        "en": f"{len(train):,} colour house digits, 32 x 32, {which} SVHN (Netzer et al. 2011)",
        "ko": f"SVHN(Netzer et al. 2011)의 32 x 32 컬러 집 번호 숫자 {len(train):,}장",
    }
    return Dataset("svhn", train, test, _DIGITS, text, licence)


def _downloaded_svhn(root: Path, part: str) -> Split:
    vision.make_importable()
    from torchvision.datasets import SVHN

    try:
        data = SVHN(root, split=part, download=True)
    except (OSError, RuntimeError) as error:
        raise TrainError(
            f"SVHN is not in {root} and could not be downloaded ({first_line(error).rstrip(':.')}); put {part}_32x32.mat there, "
            f"or images into {root / 'svhn' / part}/<digit>/, or name another --data-root."
        ) from None
    except ImportError:
        raise TrainError("Reading torchvision's SVHN needs scipy: pip install scipy.") from None
    return Split(torch.from_numpy(data.data).contiguous(), torch.from_numpy(data.labels).long())


def _folders(root: Path, channels: int, side: int, classes: Sequence[str]) -> Split:
    """All images of ``root/<class>/``, scaled to `side` where they have another size."""
    images, labels = [], []
    for label, name in enumerate(classes):
        paths = sorted(path for path in (root / name).glob("*") if not path.name.startswith("."))
        if not paths:
            raise TrainError(f"{root / name} holds no images of the class {name}.")
        for path in paths:
            images.append(_decode(path, channels, side))
            labels.append(label)
    return Split(torch.stack(images), torch.tensor(labels))


def _decode(path: Path, channels: int, side: int) -> Tensor:
    try:
        with Image.open(path) as picture:
            picture = picture.convert("L" if channels == 1 else "RGB")
            if picture.size != (side, side):
                picture = picture.resize((side, side), Image.Resampling.LANCZOS)
            pixels = torch.from_numpy(np.array(picture))
    except (OSError, Image.DecompressionBombError) as error:
        raise TrainError(f"{path} is no image that can be read ({error}).") from None
    return pixels.view(side, side, channels).permute(2, 0, 1).contiguous()


def _celeba(root: Path) -> Dataset:
    images, labels = faces.read(root)
    kept = len(images) - round(faces.HELD_OUT * len(images))
    return Dataset(
        "celeba",
        Split(images[:kept], labels[:kept]),
        Split(images[kept:], labels[kept:]),
        (),
        {
            "en": f"{kept:,} aligned faces of CelebA (Liu et al. 2015), cut to a square of 64 x 64",
            "ko": f"CelebA(Liu et al. 2015)의 정렬된 얼굴 {kept:,}장, 64 x 64 정사각형으로 자름",
        },
        "CelebA, for non-commercial research, no redistribution of images",
        faces.ATTRIBUTES,
    )


_LOADERS = {"mnist": _mnist, "svhn": _svhn, "celeba": _celeba}
