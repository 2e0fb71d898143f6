"""What a dataset is: splits of uint8 images with what is known about each, and how splits are cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from train.errors import TrainError

Captions = tuple[tuple[str, ...], ...]
"""The sentences about each picture of a split, equally many of each."""
Pair = tuple[str, str]
"""A sentence and its translation."""


def spread(count: int, most: int) -> Tensor:
    """Places of at most `most` of `count` things, evenly spread over all."""
    return torch.linspace(0, count - 1, min(most, count)).round().long()


class Shape(NamedTuple):
    """What networks must know of a dataset before its pictures are there."""

    channels: int
    side: int
    """In pixels; if the stored pictures are larger, the side of the crops that are trained on."""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """N images and what is known about each of them; a field that a dataset does not have is None."""

    images: Tensor
    """N x C x H x W, uint8."""
    classes: Tensor | None = None
    """N class ids, int64."""
    attributes: Tensor | None = None
    """N x A attributes that are 0 or 1, uint8."""
    maps: Tensor | None = None
    """N x 3 x H x W label maps of paired data, uint8."""
    numbers: Tensor | None = None
    """N row numbers of captioned pictures, int64."""

    def __len__(self) -> int:
        return len(self.images)

    def fields(self) -> dict[str, Tensor]:
        """The fields that are present by their names, `images` first."""
        found = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    def rows(self, index: Tensor | slice) -> Split:
        """The rows that `index` selects (numbers, booleans or a slice) of every field."""
        return Split(**{name: value[index] for name, value in self.fields().items()})


@dataclass(frozen=True)
class Dataset:
    """A training and a held-out split, and what the model card says about them."""

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    description: dict[str, str]
    licence: str
    attributes: tuple[str, ...] = ()
    """Names of the columns of `Split.attributes`."""
    domains: tuple[dict[str, str], ...] = ()
    """What the pictures of the first and the second domain show (texts), where there are two."""
    other: tuple[Split, Split] | None = None
    """The training and the held-out split of the second domain, where its pictures are not those of `train` and `test`."""
    captions: tuple[Captions, Captions] | None = None
    """The captions of the training and of the held-out pictures, where there are any."""
    pairs: tuple[tuple[Pair, ...], tuple[Pair, ...]] | None = None
    """The training and the held-out pairs of sentences, English and Korean, in place of pictures."""
    fingerprint: str = ""
    """Tells pictures of the user's own from others, by their names and sizes; empty for data sets that do not change."""
    release: Callable[[], None] | None = None
    """Gives back the memory of pictures read so far, where they are mapped from a file instead of held in memory."""


def to_float(images: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """uint8 images as floats in [-1, 1] on `device`; the bytes are transferred, not the floats."""
    return images.to(device, non_blocking=True).float().div_(127.5).sub_(1)


def table(told: Sequence[Sequence[str]]) -> Captions:
    """Some sentences about each picture, repeated so that there are equally many about all."""
    most = max(map(len, told))
    return tuple(tuple(said[place % len(said)] for place in range(most)) for said in told)


def labelled_subset(split: Split, labels: int, classes: Sequence[str], seed: int) -> Split:
    """`labels` of the images in `split`, equally many of every class, drawn with `seed`.

    Raises `TrainError` where `split` does not have that many.
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
        found = order[split.classes[order] == label]
        if len(found) < each:
            raise TrainError(
                f"--labels {labels} needs {each:,} labelled images of every class, but {name} has only {len(found):,}."
            )
        chosen.append(found[:each])
    return split.rows(torch.cat(chosen))


def with_labels(data: Dataset, labels: int, seed: int) -> Dataset:
    """`data` with the training split cut down to its `labelled_subset`."""
    return dataclasses.replace(data, train=labelled_subset(data.train, labels, data.classes, seed))


def with_repeats(data: Dataset, attribute: str, times: int) -> Dataset:
    """`data` in which every training image with `attribute` occurs `times` times."""
    has = data.train.attributes[:, data.attributes.index(attribute)].bool()
    index = torch.arange(len(data.train)).repeat_interleave(torch.where(has, times, 1))
    return dataclasses.replace(data, train=data.train.rows(index))
