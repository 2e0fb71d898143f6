"""Datasets by name, decoded once and kept in memory as uint8."""

from __future__ import annotations

import dataclasses
import functools
import math
import struct
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from models_zoo.card import first_line
from train.data import birds, domains, faces, pictures, sentences, super_resolution, vision
from train.data.dataset import Dataset, Shape, Split
from train.errors import TrainError


def load(name: str, root: Path) -> Dataset:
    """The dataset `name` from the data root `root`, downloaded there if it has a public source.

    Raises `TrainError` where it is neither there nor to be had.
    """
    if name not in _LOADERS:
        raise TrainError(f"There is no dataset {name!r} here; known: {', '.join(_LOADERS)}.")
    if root != DEFAULT_ROOT and not root.is_dir():
        # Somebody has mistyped it: a new folder with everything downloaded anew is not what they want.
        raise TrainError(f"There is no folder {root} for --data-root: make it, or correct the path.")
    return _LOADERS[name](root)


def synthetic(name: str, size: int = 64, seed: int = 0, held_out: int | None = None) -> Dataset:
    """Random blobs in the shape of dataset `name`, for dry runs and tests: `size` for training and `held_out` for testing (default: `size`)."""
    if name == sentences.NAME:
        pairs = sentences.made_up(size, size if held_out is None else held_out)
        return sentences.dataset(name, *pairs, {"en": "Numbers in words", "ko": "말로 쓴 숫자"}, "none")
    channels, side, classes = SHAPES[name]
    attributes = ATTRIBUTES.get(name, ())
    generator = torch.Generator().manual_seed(seed)

    def blobs(count: int) -> Tensor:
        coarse = torch.rand(count, channels, 4, 4, generator=generator)
        return (torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear") * 255).to(torch.uint8)

    def split(count: int) -> Split:
        images = blobs(count)
        if attributes:
            bits = torch.randint(2, (count, len(attributes)), generator=generator, dtype=torch.uint8)
            return Split(images, attributes=bits)
        if name == "facades":
            return Split(images, maps=blobs(count))
        if name in birds.READERS:
            return Split(images, numbers=torch.arange(count))
        return Split(images, classes=torch.arange(count) % len(classes) if classes else None)

    def both() -> tuple[Split, Split]:
        return split(size), split(size if held_out is None else held_out)

    text, shown = {"en": "Synthetic blobs", "ko": "합성 얼룩"}, domains.NAMES.get(name, ())
    first, other = both(), both() if name in _UNPAIRED else None
    told = birds.made_up(*map(len, first)) if name in birds.READERS else None
    return Dataset(name, *first, classes, text, "none", attributes, shown, other, told)


_DIGITS = tuple("0123456789")
DEFAULT_ROOT = Path("data")
"""The data root that is made where nobody names one."""
IDX_HEADER, IDX_BYTES = 4, 8
"""Length of the number that an idx file begins with, and the kind of values in it that stands for bytes."""
SHAPES = {
    "mnist": Shape(1, 28, _DIGITS),
    "svhn": Shape(3, 32, _DIGITS),
    "celeba": Shape(3, faces.SIDE),
    "horse2zebra": Shape(3, 128),
    "summer2winter": Shape(3, 128),
    "svhn2mnist": Shape(3, 32, _DIGITS),
    "gender": Shape(3, faces.SIDE),
    "facades": Shape(3, 128),
    "landscapes": Shape(3, 128),
    "birds": Shape(3, birds.SIDE),
    "captioned": Shape(3, birds.SIDE),
    "photographs": Shape(3, super_resolution.SIDE),
    sentences.NAME: Shape(1, 1),
}
"""The shape of each dataset by its name."""
ATTRIBUTES = {"celeba": faces.ATTRIBUTES, "gender": faces.ATTRIBUTES}
"""Names of the attributes of each dataset that has attributes instead of classes."""


def _mnist(root: Path) -> Dataset:
    vision.make_importable()
    from torchvision.datasets import MNIST

    def split(train: bool) -> Split:
        _check_mnist(root / "MNIST" / "raw", "train" if train else "t10k")
        try:
            data = MNIST(root, train=train)
        except RuntimeError:
            data = _download(root, train)
        return Split(data.data.unsqueeze(1), classes=data.targets)

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


def _check_mnist(folder: Path, part: str) -> None:
    """Raise `TrainError` for files of MNIST that are damaged or do not belong together; missing ones are downloaded later."""
    images, labels = (folder / f"{part}-{name}-ubyte" for name in ("images-idx3", "labels-idx1"))
    if not images.exists() or not labels.exists():
        return
    shape, (count,) = _checked_idx(images, 3), _checked_idx(labels, 1)
    side = SHAPES["mnist"].side
    if shape[1:] != (side, side):
        raise TrainError(f"{images} has pictures of {shape[1]} x {shape[2]} pixels, not of {side} x {side}; remove it.")
    if shape[0] != count or not count:
        raise TrainError(f"{labels} has {count:,} labels for the {shape[0]:,} pictures of {images.name}; remove both.")
    with labels.open("rb") as file:
        file.seek(IDX_HEADER + 4)
        if max(file.read(count), default=0) >= len(_DIGITS):
            raise TrainError(f"{labels} has labels that are no digits; remove it, and it is downloaded again.")


def _checked_idx(path: Path, dimensions: int) -> tuple[int, ...]:
    """The shape of the bytes in an idx file; raises `TrainError` unless it is as long as its header says."""
    try:
        with path.open("rb") as file:
            header = file.read(IDX_HEADER)
            if header == bytes([0, 0, IDX_BYTES, dimensions]):
                shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
                if file.tell() + math.prod(shape) == path.stat().st_size:
                    return shape
    except struct.error:
        pass
    except OSError as error:
        raise TrainError(f"{path} could not be read: {error.strerror or error}.") from None
    raise TrainError(f"{path} is damaged or cut short; remove it, and it is downloaded again.")


def _svhn(root: Path) -> Dataset:
    """The images in ``svhn/{train,test}/<digit>/`` if these folders exist, else torchvision's SVHN."""
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
    return Split(torch.from_numpy(data.data).contiguous(), classes=torch.from_numpy(data.labels).long())


def _folders(root: Path, channels: int, side: int, classes: Sequence[str]) -> Split:
    """All pictures below ``root/<class>/``."""
    found = [pictures.squares(root / name, side, channels) for name in classes]
    labels = torch.arange(len(classes)).repeat_interleave(torch.tensor([len(images) for images in found]))
    return Split(torch.cat(found), classes=labels)


def _celeba(root: Path) -> Dataset:
    images, attributes = faces.read(root)
    both = Split(images, attributes=attributes)
    kept = len(images) - round(faces.HELD_OUT * len(images))
    return Dataset(
        "celeba",
        both.rows(slice(kept)),
        both.rows(slice(kept, None)),
        (),
        {
            "en": f"{kept:,} aligned faces of CelebA (Liu et al. 2015), cut to a square of 64 x 64",
            "ko": f"CelebA(Liu et al. 2015)의 정렬된 얼굴 {kept:,}장, 64 x 64 정사각형으로 자름",
        },
        "CelebA, for non-commercial research, no redistribution of images",
        faces.ATTRIBUTES,
    )


def _photographs(name: str, root: Path) -> Dataset:
    """Two collections of photographs without pairs."""
    found = domains.unpaired(name, root, SHAPES[name][1])
    train, other_train, test, other_test = (Split(found[part]) for part in ("trainA", "trainB", "testA", "testB"))
    return _unpaired(name, (train, test), (other_train, other_test), "Zhu et al. 2017", domains.UNPAIRED[name].licence)


def _digits_of_two_kinds(root: Path) -> Dataset:
    svhn, mnist = _svhn(root), _mnist(root)
    other_train, other_test = (
        Split(domains.digits_in_colour(split.images), classes=split.classes) for split in (mnist.train, mnist.test)
    )
    licence = f"{svhn.licence}; MNIST: {mnist.licence}"
    source = "Netzer et al. 2011; LeCun, Cortes and Burges"
    found = _unpaired("svhn2mnist", (svhn.train, svhn.test), (other_train, other_test), source, licence)
    return dataclasses.replace(found, classes=_DIGITS)


def _gender(root: Path) -> Dataset:
    """CelebA's men and women, with their other attributes."""
    celeba = _celeba(root)
    male = faces.ATTRIBUTES.index("Male")

    def of(split: Split, value: int) -> Split:
        return split.rows(split.attributes[:, male] == value)

    men, women = ((of(celeba.train, value), of(celeba.test, value)) for value in (1, 0))
    found = _unpaired("gender", men, women, "CelebA, Liu et al. 2015", celeba.licence)
    return dataclasses.replace(found, attributes=faces.ATTRIBUTES)


def _unpaired(name: str, first: tuple[Split, Split], second: tuple[Split, Split], source: str, licence: str) -> Dataset:
    """Training and test split of two domains, of which no two pictures belong together."""
    side, names = SHAPES[name][1], domains.NAMES[name]
    kinds = {
        language: ", ".join(
            f"{shown[language]} {len(split):,}" for shown, (split, _) in zip(names, (first, second), strict=True)
        )
        for language in ("en", "ko")
    }
    text = {
        "en": f"Pictures without pairs ({source}), {side} x {side}: {kinds['en']}",
        "ko": f"짝이 없는 그림({source}), {side} x {side}: {kinds['ko']}",
    }
    return Dataset(name, *first, (), text, licence, domains=names, other=second)


def _facades(root: Path) -> Dataset:
    found = domains.facades(root, SHAPES["facades"][1])
    text = {
        "en": f"{len(found['train'][0])} facades with their label maps (Tyleček and Šára 2013)",
        "ko": f"건물 정면 사진과 라벨 지도 {len(found['train'][0])}쌍 (Tyleček, Šára 2013)",
    }
    train, test = (Split(photos, maps=maps) for photos, maps in (found["train"], found["val"]))
    return Dataset("facades", train, test, (), text, domains.FACADES.licence, domains=domains.NAMES["facades"])


def _landscapes(root: Path) -> Dataset:
    """Folders ``landscapes/{train,val}/<scene>/`` of photographs."""
    folder = root / "landscapes"
    if not (folder / "train").is_dir():
        raise TrainError(
            f"landscapes has no public source to download from: put photographs into {folder / 'train'}/<scene>/ and "
            f"{folder / 'val'}/<scene>/, or name another --data-root."
        )
    side = SHAPES["landscapes"][1]

    def split(part: str) -> Split:
        scenes = sorted(path for path in (folder / part).iterdir() if path.is_dir())
        return Split(torch.cat([pictures.squares(scene, side) for scene in scenes]))

    train = split("train")
    text = {
        "en": f"{len(train):,} photographs of landscapes, {side} x {side}, from the Intel scene collection",
        "ko": f"Intel 장면 모음의 {side} x {side} 풍경 사진 {len(train):,}장",
    }
    return Dataset("landscapes", train, split("val"), (), text, "Intel scene collection, no licence stated")


def _with_captions(name: str, root: Path) -> Dataset:
    """Pictures with captions; `Split.numbers` are the rows of the captions."""
    images, told = birds.READERS[name](root)
    test = birds.held_out(len(images))
    train, held = (Split(images[part], numbers=torch.arange(int(part.sum()))) for part in (~test, test))
    text = {language: sentence.format(n=len(train)) for language, sentence in birds.DESCRIPTIONS[name].items()}
    rows = birds.chosen(told, ~test), birds.chosen(told, test)
    return Dataset(name, train, held, (), text, birds.LICENCES[name], captions=rows)


_UNPAIRED = ("horse2zebra", "summer2winter", "svhn2mnist", "gender")
_LOADERS = {
    **{name: functools.partial(_with_captions, name) for name in birds.READERS},
    "mnist": _mnist,
    "svhn": _svhn,
    "celeba": _celeba,
    "horse2zebra": functools.partial(_photographs, "horse2zebra"),
    "summer2winter": functools.partial(_photographs, "summer2winter"),
    "svhn2mnist": _digits_of_two_kinds,
    "gender": _gender,
    "facades": _facades,
    "landscapes": _landscapes,
    "photographs": super_resolution.load,
    sentences.NAME: sentences.load,
}
