"""Files of pictures below a folder, and what they hold, as squares of uint8 that networks learn from.

Processes that only decode import this module, and torch would cost each of them half a gigabyte: it is imported where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from models_zoo import decoding
from models_zoo.decoding import SUFFIXES, WHITE, Colour, Fit, PictureError
from train.errors import TrainError

if TYPE_CHECKING:
    from torch import Tensor

MOST_PIXELS = 100_000_000
"""More is not unpacked: a few bytes can promise as many pixels as would fill the memory."""
WRONG = {
    "unreadable": "is no picture that can be read",
    "damaged": "is damaged or cut short",
    "huge": f"has more than {MOST_PIXELS // 10**6} million pixels",
    "tiny": "is too small, under 8 pixels high or wide",
}
"""What is the matter with a file, by `PictureError.kind`."""


def listed(folder: Path) -> list[Path]:
    """The picture files below `folder` at any depth, by name; raises `TrainError` if there are none."""
    found = sorted((name, Path(path)) for name, path in below(folder) if is_picture(name))
    if not found:
        raise TrainError(f"{folder} holds no pictures ({', '.join(SUFFIXES)}).")
    return [path for _, path in found]


def is_picture(name: str) -> bool:
    """Whether the name of a file is that of a picture."""
    return name.lower().endswith(SUFFIXES)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is passed over, such as the ``._x.jpg`` that macOS writes into archives."""
    return name.startswith((".", "__MACOSX"))


def below(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below `folder` that is not hidden and every folder, in no order: the name within `folder`, and the path.

    Names have slashes on every system, and those of folders end in one. Links are followed, except those to a folder that they lie in.
    Raises `TrainError` for a folder that cannot be listed.
    """
    yield from _below(str(folder), "", ())


def _below(folder: str, prefix: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, str]]:
    try:
        status = os.stat(folder)
        here = (*above, (status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if not is_hidden(entry.name)]
        for entry in found:
            name, path = prefix + entry.name, entry.path
            if entry.is_dir():
                status = os.stat(path)
                if (status.st_dev, status.st_ino) not in here:
                    yield f"{name}/", path
                    yield from _below(path, f"{name}/", here)
            elif entry.is_file() or entry.is_symlink():
                # A link to nothing is a picture that cannot be read; pipes and devices are no files at all.
                yield name, path
    except OSError as error:
        raise TrainError(f"{folder} could not be listed: {error.strerror or error}.") from None


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
    import torch

    return torch.stack([square(opened(path, side), side, channels) for path in listed(folder)])


def square(picture: Image.Image, side: int, channels: int = 3, fit: Fit = "crop", background: Colour = WHITE) -> Tensor:
    """An RGB picture as `fitted` makes it, as uint8, `channels` x `side` x `side`."""
    return as_tensor(fitted(picture, side, channels, fit, background))


def fitted(
    picture: Image.Image, side: int, channels: int = 3, fit: Fit = "crop", background: Colour = WHITE
) -> Image.Image:
    """An RGB picture as a square; with one channel it is its luminance.

    Of an oblong one, "crop" keeps the middle, "pad" adds `background` on both sides, and "stretch" squeezes it.
    """
    if picture.size != (side, side):
        if fit == "pad":
            picture = ImageOps.pad(picture, (side, side), Image.Resampling.LANCZOS, background)
        elif fit == "crop":
            picture = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        else:
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    return picture if channels == 3 else picture.convert("L")


def planes(picture: Image.Image) -> np.ndarray:
    """An RGB or grey picture as uint8, C x H x W."""
    pixels = np.array(picture).reshape(picture.height, picture.width, -1)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def as_tensor(picture: Image.Image) -> Tensor:
    """An RGB or grey picture as uint8, C x H x W."""
    import torch

    return torch.from_numpy(planes(picture))
