"""What translators learn from at each step: crops, and pictures of the other domain."""

from __future__ import annotations

import torch
from torch import Tensor

from train.contract import Batch
from train.data.dataset import to_float


def random_crop(images: Tensor, side: int, dice: Tensor) -> Tensor:
    """A square of `side` pixels out of each of N x C x H x W images, placed by its row of `dice`, N x 2 in [0, 1).

    Pictures that belong together stay so if they are cut by the same dice. Images of that size pass through.
    """
    channels, height, width = images.shape[1:]
    if height == width == side:
        return images
    place = torch.arange(side, device=images.device)
    rows, columns = (
        (dice[:, axis, None] * (length - side + 1)).long() + place for axis, length in enumerate((height, width))
    )
    images = images.gather(2, rows[:, None, :, None].expand(-1, channels, -1, width))
    return images.gather(3, columns[:, None, None, :].expand(-1, channels, side, -1))


def other_domain(images: Tensor, batch: Batch) -> Tensor:
    """As many of these uint8 `images`, which are on its device, as the batch has, drawn anew on every call, as floats in [-1, 1]."""
    return to_float(images[batch.integers(len(images))], batch.images.device)
