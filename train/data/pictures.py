"""Files of pictures below a folder, and what they hold, as squares of uint8 that networks learn from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from models_zoo import decoding
from models_zoo.decoding import SUFFIXES, WHITE, Colour, Fit, PictureError
from train.errors import TrainError

MOST_PIXELS = 100_000_000
"""More is not unpacked: a few bytes can promise as many pixels as would fill the memory."""
WRONG = {
    "unreadable": "is no picture that can be read",
    "damaged": "is damaged or cut short",
    "huge": f"has more than {MOST_PIXELS // 10**6} million pixels",
    "tiny": "is too small",
}
"""What is the matter with a file, by `PictureError.kind`."""


def listed(folder: Path) -> list[Path]:
    """The picture files below `folder` at any depth, by name; raises `TrainError` if there are none.

    Hidden files and folders, such as the ``._x.jpg`` that macOS writes into archives, are none of them.
    """
    paths = sorted(_files(folder), key=lambda path: path.relative_to(folder).as_posix())
    if not paths:
        raise TrainError(f"{folder} holds no pictures ({', '.join(SUFFIXES)}).")
    return paths


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        for name in names:
            if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                yield Path(place, name)


def opened(path: Path, side: int | None = None, background: Colour = WHITE) -> Image.Image:
    """The picture in the file `path` as `models_zoo.decoding.decode` gives it; raises `TrainError` if there is none.

    With `side`, a large JPEG is unpacked smaller, with at least that many pixels on its shorter side.
    """
    try:
        return decoding.decode(path.read_bytes(), MOST_PIXELS, side, background)
    except PictureError as error:
        raise TrainError(f"{path} {WRONG[error.kind]}.") from None
    except OSError as error:
        raise TrainError(f"{path} could not be read: {error.strerror or error}.") from None


def squares(folder: Path, side: int, channels: int = 3) -> Tensor:
    """All pictures below `folder`, as `square` makes them: N x `channels` x `side` x `side`."""
    return torch.stack([square(opened(path, side), side, channels) for path in listed(folder)])


def square(picture: Image.Image, side: int, channels: int = 3, fit: Fit = "crop", background: Colour = WHITE) -> Tensor:
    """An RGB picture as uint8, `channels` x `side` x `side`; one channel is its luminance.

    Of an oblong one, "crop" keeps the middle, "pad" adds `background` on both sides, and "stretch" squeezes it.
    """
    if picture.size != (side, side):
        if fit == "pad":
            picture = ImageOps.pad(picture, (side, side), Image.Resampling.LANCZOS, background)
        elif fit == "crop":
            picture = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        else:
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    return as_tensor(picture if channels == 3 else picture.convert("L"))


def as_tensor(picture: Image.Image) -> Tensor:
    """An RGB or grey picture as uint8, C x H x W."""
    pixels = torch.from_numpy(np.array(picture))
    return pixels.view(picture.height, picture.width, -1).permute(2, 0, 1).contiguous()
