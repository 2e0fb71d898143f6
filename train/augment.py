"""Random changes of image batches that gradients pass through: for judges, and for what discriminators see."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def random_affine(images: Tensor, dice: Tensor, rotation: float, shift: float, zoom: float) -> Tensor:
    """Rotate, shift and scale each of N images by its row of `dice`, N x 4 in [-1, 1].

    `rotation` is in degrees, `shift` a share of the side, `zoom` a share of the size, each at its
    largest. What comes in from outside repeats the border.
    """
    angle = dice[:, 0] * math.radians(rotation)
    scale = 1 + dice[:, 1] * zoom
    cos, sin = angle.cos() / scale, angle.sin() / scale
    matrix = torch.stack([cos, -sin, 2 * shift * dice[:, 2], sin, cos, 2 * shift * dice[:, 3]], 1).view(-1, 2, 3)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def random_colour(images: Tensor, dice: Tensor, strength: float) -> Tensor:
    """Change contrast and brightness of each channel of N images by `dice`, N x 2C in [-1, 1], and clip to [-1, 1]."""
    contrast, brightness = (strength * dice)[:, :, None, None].chunk(2, 1)
    return (images * (1 + contrast) + brightness).clamp(-1, 1)
