"""CelebA: aligned faces with yes/no attributes, as the dataset `celeba`."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from models_zoo.card import first_line
from models_zoo.faces import CROP
from train.data import pictures, vision
from train.errors import TrainError

SIDE = 64
ATTRIBUTES = (
    "5_o_Clock_Shadow",
    "Arched_Eyebrows",
    "Attractive",
    "Bags_Under_Eyes",
    "Bald",
    "Bangs",
    "Big_Lips",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Blurry",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Chubby",
    "Double_Chin",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Heavy_Makeup",
    "High_Cheekbones",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Oval_Face",
    "Pale_Skin",
    "Pointy_Nose",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Sideburns",
    "Smiling",
    "Straight_Hair",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Wearing_Necklace",
    "Wearing_Necktie",
    "Young",
)
"""The yes/no attributes that CelebA's annotators gave, in the order of its list."""
HELD_OUT = 0.16
"""Share of the pictures, the last ones by name, that are held out."""


def read(root: Path) -> tuple[Tensor, Tensor]:
    """All faces N x 3 x 64 x 64 as uint8, and their N x 40 `ATTRIBUTES` as 0 and 1.

    They are read from ``root/celeba``, in torchvision's layout, and downloaded there if missing.
    Raises `TrainError` if they are not there and cannot be downloaded.
    """
    folder = root / "celeba"
    if not (folder / "img_align_celeba").is_dir():
        _download(root)
    rows = _attributes(folder / "list_attr_celeba.txt")
    paths = [path for path in pictures.listed(folder / "img_align_celeba") if path.name in rows]
    if not paths:
        raise TrainError(f"{folder / 'img_align_celeba'} holds none of the pictures that list_attr_celeba.txt names.")
    return torch.stack([_face(path) for path in paths]), torch.stack([rows[path.name] for path in paths])


def crop(picture: Image.Image) -> Image.Image:
    """The square of an aligned CelebA picture of any size that the models are trained on, 64 x 64, in RGB."""
    box = [share * side for share, side in zip(CROP, (picture.width, picture.height) * 2, strict=True)]
    return picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box)


def _face(path: Path) -> Tensor:
    return pictures.as_tensor(crop(pictures.opened(path)))


def _attributes(path: Path) -> dict[str, Tensor]:
    """Each picture's row of zeros and ones by its file name."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise TrainError(f"{path} could not be read: {error.strerror or error}.") from None
    if len(lines) < 2 or tuple(lines[1].split()) != ATTRIBUTES:
        raise TrainError(f"{path} is not CelebA's list: its second line must name the 40 attributes in their order.")
    rows = {}
    for number, line in enumerate(lines[2:], start=3):
        name, *values = line.split() or [""]
        if len(values) != len(ATTRIBUTES) or not set(values) <= {"1", "-1"}:
            raise TrainError(f"{path}, line {number}: 40 values of 1 or -1 must follow the file's name.")
        rows[name] = torch.tensor([value == "1" for value in values], dtype=torch.uint8)
    return rows


def _download(root: Path) -> None:
    vision.make_importable()
    from torchvision.datasets import CelebA

    try:
        CelebA(root, download=True)
    except (OSError, RuntimeError, ImportError) as error:
        raise TrainError(
            f"CelebA is not in {root / 'celeba'} and could not be downloaded ({first_line(error).rstrip(':.')}); put "
            "img_align_celeba/ and list_attr_celeba.txt there or name another --data-root."
        ) from None
