"""Pictures of two domains: two unpaired collections, or photographs paired with label maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from models_zoo.card import first_line
from models_zoo.checkpoint import ZooModel
from train.data import pictures, vision
from train.errors import TrainError

LOADED = 143 / 128
"""Side of the stored training pictures relative to that of the crops, as in CycleGAN's code (286 to 256)."""
BERKELEY = "http://efrosgans.eecs.berkeley.edu"


@dataclass(frozen=True)
class Source:
    """A collection of two domains: its folder below the data root, the archive to download, and its licence."""

    folder: str
    archive: str
    licence: str


UNPAIRED = {
    "horse2zebra": Source(
        "horse2zebra", f"{BERKELEY}/cyclegan/datasets/horse2zebra.zip", "ImageNet photographs, for research only"
    ),
    "summer2winter": Source(
        "summer2winter_yosemite",
        f"{BERKELEY}/cyclegan/datasets/summer2winter_yosemite.zip",
        "Flickr photographs, for research only",
    ),
}
FACADES = Source("facades", f"{BERKELEY}/pix2pix/datasets/facades.tar.gz", "CMP Facade Database, for research")
NAMES = {
    "horse2zebra": ({"en": "horse", "ko": "말"}, {"en": "zebra", "ko": "얼룩말"}),
    "summer2winter": ({"en": "summer", "ko": "여름"}, {"en": "winter", "ko": "겨울"}),
    "svhn2mnist": ({"en": "house digit", "ko": "집 번호 숫자"}, {"en": "handwritten digit", "ko": "손글씨 숫자"}),
    "gender": ({"en": "man", "ko": "남자"}, {"en": "woman", "ko": "여자"}),
    "facades": ({"en": "label map", "ko": "라벨 지도"}, {"en": "facade", "ko": "건물 정면"}),
}
"""What the pictures of the first and of the second domain of each dataset show."""


def stored_side(side: int) -> int:
    """The side in pixels of stored training pictures from which crops of `side` are cut."""
    return round(side * LOADED)


def unpaired(name: str, root: Path, side: int) -> dict[str, Tensor]:
    """The folders ``trainA``, ``trainB``, ``testA`` and ``testB`` of `name`, each N x 3 x H x W as uint8.

    Training pictures are `LOADED` times `side`, for crops of `side`; test pictures as large, to a multiple of 4, to be
    translated whole.
    Raises `TrainError` if they are not below `root` and cannot be downloaded.
    """
    source = UNPAIRED[name]
    folder = _present(source, root, "trainA")
    loaded, whole = stored_side(side), 4 * round(side * LOADED / 4)
    return {
        part: pictures.squares(folder / part, loaded if part.startswith("train") else whole)
        for part in ("trainA", "trainB", "testA", "testB")
    }


def facades(root: Path, side: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Photographs and label maps of facades, both N x 3 x H x W as uint8, by ``train`` and ``val``.

    The files hold the photograph left and the label map right. Training pictures are `LOADED` times `side`, the others `side`.
    """
    folder = _present(FACADES, root, "train")
    found = {}
    for part in ("train", "val"):
        loaded = stored_side(side) if part == "train" else side
        both = [_halves(path, loaded) for path in pictures.listed(folder / part)]
        photos, labels = zip(*both, strict=True)
        found[part] = torch.stack(photos), torch.stack(labels)
    return found


def digits_in_colour(images: Tensor) -> Tensor:
    """Grey digits N x 1 x 28 x 28 as colour pictures N x 3 x 32 x 32, with a black border."""
    return F.pad(images, (2, 2, 2, 2)).expand(-1, 3, -1, -1).contiguous()


def for_judge(images: Tensor, judge: ZooModel) -> Tensor:
    """Digits N x 3 x 32 x 32 in the form that `judge` was trained on: unchanged, or grey and without the border."""
    if judge.channels == 3:
        return images
    border = (images.shape[-1] - judge.image_size) // 2
    return images.mean(1, keepdim=True)[:, :, border : border + judge.image_size, border : border + judge.image_size]


def _present(source: Source, root: Path, part: str) -> Path:
    """The folder of `source` below `root`, downloaded unless it has its `part` already."""
    folder = root / source.folder
    if (folder / part).is_dir():
        return folder
    vision.make_importable()
    from torchvision.datasets.utils import download_and_extract_archive

    try:
        download_and_extract_archive(source.archive, root)
    except (OSError, RuntimeError) as error:
        raise TrainError(
            f"{source.folder} is not in {root} and could not be downloaded ({first_line(error).rstrip(':.')}); put its "
            f"folders {part} and the others into {folder} or name another --data-root."
        ) from None
    return folder


def _halves(path: Path, side: int) -> tuple[Tensor, Tensor]:
    picture = pictures.opened(path)
    if picture.width != 2 * picture.height:
        raise TrainError(f"{path} must show photograph and label map side by side, twice as wide as high.")
    middle = picture.width // 2
    photo = picture.crop((0, 0, middle, picture.height))
    # Colours of a label map stand for classes, so interpolating between two of them would give no class.
    labels = picture.crop((middle, 0, picture.width, picture.height)).resize((side, side), Image.Resampling.NEAREST)
    return pictures.square(photo, side), pictures.as_tensor(labels)
