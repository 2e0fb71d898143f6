"""Differentiable random augmentations of image batches, for judges and for the input of discriminators."""

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
    return warped(images, matrix)


def random_colour(images: Tensor, dice: Tensor, strength: float) -> Tensor:
    """Change contrast and brightness of each channel of N images by `dice`, N x 2C in [-1, 1], and clip to [-1, 1]."""
    contrast, brightness = (strength * dice)[:, :, None, None].chunk(2, 1)
    return (images * (1 + contrast) + brightness).clamp(-1, 1)


def random_stretch(images: Tensor, dice: Tensor, most: float) -> Tensor:
    """Make each of N images wider and lower, or narrower and higher, by a factor of up to `most`, by its `dice`, N in [-1, 1]."""
    factor = most**dice
    matrix = torch.zeros(len(images), 2, 3, device=images.device)
    matrix[:, 0, 0], matrix[:, 1, 1] = factor, 1 / factor
    return warped(images, matrix)


def warped(images: Tensor, matrix: Tensor) -> Tensor:
    """Each of N images, sampled where its 2 x 3 `matrix` maps the pixels of the result; beyond the border it is repeated."""
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def random_look(images: Tensor, dice: Tensor, paler: float, inverted: float) -> Tensor:
    """Make the strokes of each of N images thicker, thinner or blurred, or leave them, and its colours paler, perhaps inverted.

    By its row of `dice`, N x 4 in [0, 1). `paler` is the share of the contrast that it loses at most, `inverted` the share of
    images that are inverted. What stays is the shape: images in [-1, 1] come out in [-1, 1].
    """
    kind, sign, contrast, brightness = dice[..., None, None, None].unbind(1)
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    thick, thin, blurred = F.max_pool2d(padded, 3, 1), -F.max_pool2d(-padded, 3, 1), F.avg_pool2d(padded, 3, 1)
    for least, other in ((0.4, thick), (0.6, thin), (0.8, blurred)):
        images = torch.where(kind < least, images, torch.where(kind < least + 0.2, other, images))
    contrast = 1 - paler * (1 - contrast)
    return torch.where(sign < inverted, -images, images) * contrast + (1 - contrast) * (2 * brightness - 1)


def random_flip(images: Tensor, dice: Tensor) -> Tensor:
    """Mirror those of N images left to right whose `dice`, N x 1 x 1 x 1 in [0, 1), are below one half."""
    return torch.where(dice < 0.5, images.flip(3), images)


def random_inversion(images: Tensor, dice: Tensor) -> Tensor:
    """Invert those of N images in [-1, 1] whose `dice`, N x 1 x 1 x 1 in [0, 1), are below one half."""
    return torch.where(dice < 0.5, -images, images)


def shift_and_cut(images: Tensor, dice: Tensor, shift: float = 0.125, cut: float = 0.5) -> Tensor:
    """Move each of N images by whole pixels and grey out a square of it, by its row of `dice`, N x 4 in [0, 1).

    `shift` and `cut` are shares of the side, the former at its largest; what comes in from outside
    is grey. Translation and cutout of arXiv:2006.10738.
    """
    side = images.shape[-1]
    most, square = round(shift * side), round(cut * side)
    place = torch.arange(side, device=images.device)
    moved = (dice[:, :2] * (2 * most + 1)).long() - most
    corner = (dice[:, 2:] * (side + square)).long() - square
    # Column and row of the padded picture that each pixel comes from, and whether the square spares it.
    rows, columns = ((place - moved[:, i, None]).clamp(-1, side) + 1 for i in (0, 1))
    spared_rows, spared_columns = (
        (place < corner[:, i, None]) | (place >= corner[:, i, None] + square) for i in (0, 1)
    )
    padded = F.pad(images, (1, 1, 1, 1))
    images = padded.gather(2, rows[:, None, :, None].expand(-1, images.shape[1], -1, side + 2))
    images = images.gather(3, columns[:, None, None, :].expand(-1, images.shape[1], side, -1))
    return images * (spared_rows[:, :, None] | spared_columns[:, None, :])[:, None]
