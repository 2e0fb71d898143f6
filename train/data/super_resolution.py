"""Photographs for super-resolution: square crops of them for training, and Set5 for measuring."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from train.data import pictures
from train.data.dataset import Dataset, Split
from train.errors import TrainError

SIDE = 128
"""Side in pixels of the crops that are stored; training cuts smaller ones out of them."""
BERKELEY = ("bsds500/train", "bsds500/test")
SIZES = (1.0, 0.7)
"""Shares of a photograph's sides at which it is cut up: smaller ones are sharper, and show their motifs in other sizes."""
BENCHMARK = 5
"""Pictures of Set5."""


@dataclass(frozen=True)
class Photographs(Dataset):
    """Crops of photographs, and the benchmark pictures on which papers report their numbers."""

    benchmark: tuple[Tensor, ...] = ()
    """The pictures of Set5, 3 x H x W as uint8 each; empty if they are not available."""


def load(root: Path) -> Photographs:
    """Crops of the Berkeley photographs and landscapes for training, held-out landscapes, and Set5.

    Raises `TrainError` if the first two are not below `root`; if Set5 is missing, a warning is logged.
    """
    missing = [part for part in (*BERKELEY, "landscapes/train", "landscapes/val") if not (root / part).is_dir()]
    if missing:
        raise TrainError(
            f"photographs has no public source to download from: put the Berkeley photographs into {root / 'bsds500'}/{{train,test}} "
            f"and landscapes into {root / 'landscapes'}/{{train,val}}/<scene>/, or name another --data-root; missing: {', '.join(missing)}."
        )
    photographs = [pictures.opened(path) for part in BERKELEY for path in pictures.listed(root / part)]
    cut = torch.stack([crop for photograph in photographs for crop in crops(photograph, SIDE)])
    scenes, held_out = (_scenes(root / "landscapes" / part, SIDE) for part in ("train", "val"))
    text = {
        "en": f"{len(cut):,} crops of {len(photographs)} Berkeley photographs (BSDS500, Arbeláez et al. 2011) and {len(scenes):,} "
        f"landscapes of the Intel scene collection, {SIDE} x {SIDE}",
        "ko": f"버클리 사진(BSDS500, Arbeláez et al. 2011) {len(photographs)}장에서 자른 {len(cut):,}조각과 Intel 장면 모음의 풍경 사진 "
        f"{len(scenes):,}장, {SIDE} x {SIDE}",
    }
    licence = "BSDS500, for research; Intel scene collection, no licence stated"
    train, test = Split(torch.cat([cut, scenes])), Split(held_out)
    return Photographs("photographs", train, test, (), text, licence, benchmark=_set5(root / "Set5"))


def crops(photograph: Image.Image, side: int) -> Iterator[Tensor]:
    """Square crops 3 x `side` x `side` as uint8 of an RGB photograph at every one of `SIZES`.

    As few as cover it all, evenly spread; none at a size at which it is too small.
    """
    for size in SIZES:
        width, height = (round(size * length) for length in photograph.size)
        if min(width, height) < side:
            continue
        resized = photograph if size == 1 else photograph.resize((width, height), Image.Resampling.BICUBIC)
        pixels = pictures.as_tensor(resized)
        for top in _places(height, side):
            for left in _places(width, side):
                yield pixels[:, top : top + side, left : left + side]


def random_crops(images: Tensor, side: int, dice: Tensor) -> Tensor:
    """A square of `side` pixels of each of N images, in one of its eight orientations, by its row of `dice`, N x 5 in [0, 1)."""
    count, _, height, width = images.shape
    place = torch.arange(side, device=images.device).expand(count, side)
    flipped = torch.where(dice[:, 2:4].T[..., None] < 0.5, side - 1 - place, place)
    top, left = (
        (share * (room - side + 1)).long()[:, None] for share, room in zip(dice.T, (height, width), strict=False)
    )
    rows, columns = (flipped[0] + top)[:, :, None], (flipped[1] + left)[:, None, :]
    turned = (dice[:, 4] < 0.5)[:, None, None]
    rows, columns = torch.where(turned, rows.mT, rows), torch.where(turned, columns.mT, columns)
    every = torch.arange(count, device=images.device)[:, None, None]
    return images.permute(0, 2, 3, 1)[every, rows, columns].permute(0, 3, 1, 2)


def _places(length: int, side: int) -> list[int]:
    """Where the fewest crops of `side` that cover `length` begin."""
    count = -(-length // side)
    return [round(place * (length - side) / max(1, count - 1)) for place in range(count)]


def _scenes(folder: Path, side: int) -> Tensor:
    return torch.cat([pictures.squares(scene, side) for scene in sorted(folder.iterdir()) if scene.is_dir()])


def _set5(folder: Path) -> tuple[Tensor, ...]:
    paths = pictures.listed(folder) if folder.is_dir() else []
    if len(paths) != BENCHMARK:
        logging.getLogger(__name__).warning(
            "Set5 is not whole: %s holds %d of its %d pictures, so only landscapes held out are measured on.",
            folder, len(paths), BENCHMARK,
        )  # fmt: skip
        return ()
    return tuple(pictures.as_tensor(pictures.opened(path)) for path in paths)
