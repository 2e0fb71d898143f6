"""Handwritten digits that are made to look like house numbers, as training data for a translator."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from train.data.augment import random_look, warped

SHARES = {"place": 4, "look": 4, "blur": 2, "contrast": 3, "colour": 14, "slope": 2, "blotches": 20, "strips": 16}
"""How many of the random numbers of a disguise decide each of its properties."""
HOUSE_DICE = sum(SHARES.values())
"""Random numbers that `on_a_house` takes for each image."""


def on_a_house(digits: Tensor, dice: Tensor) -> Tensor:
    """Handwritten digits as they might stand on a house, by their rows of `dice`, N x `HOUSE_DICE` in [0, 1).

    `digits` are N x 3 x S x S in [-1, 1], bright on black. They become larger and narrower, get other digits of the batch for
    neighbours to both sides, and their strokes become thicker, thinner or blurred. They take a colour on another, mostly
    greyish, dark on light as often as light on dark, in uneven light and with the edges of what hangs beside them. They
    stay in the middle and upright.
    """
    place, look, blurs, contrast, colour, slope, blotches, strips = dice.split(list(SHARES.values()), 1)
    blur, haze = blurs[..., None, None, None].unbind(1)
    strokes = random_look(_in_a_row(digits, place), look, 0, 0)
    slightly, much = _mean(strokes, 3), _mean(strokes, 5)
    for until, softer in ((0.5, _mean(much, 5)), (0.35, slightly), (0.2, much)):
        strokes = torch.where(blur < until, softer, strokes)
    ground, ink = _colours(contrast, colour)
    picture = ground + (ink - ground) * (strokes + 1) / 2 + _light(slope, blotches, digits.shape[-1])
    for strip in strips.chunk(2, 1):
        picture = _beside(picture, strip)
    return torch.where(haze < 0.4, _mean(picture, 3), picture).clamp(-1, 1)


def _in_a_row(digits: Tensor, dice: Tensor) -> Tensor:
    """Each of N digits up to two fifths larger and up to a third narrower, between two others of the batch, more or less cut off."""
    zoom, narrow, left, right = (dice * dice.new_tensor([0.4, 0.35, 0.9, 0.9])).unbind(1)
    width, height = (1 + zoom) / (1 + narrow), 1 + zoom
    digit, *neighbours = (
        _placed(digits.roll(by, 0), width, height, way * (0.9 + gap) * width)
        for by, way, gap in ((0, 0, left), (1, -1, left), (2, 1, right))
    )
    return torch.maximum(digit, torch.maximum(*neighbours))


def _placed(images: Tensor, width: Tensor, height: Tensor, right: Tensor) -> Tensor:
    """Each of N images scaled by its `width` and `height` and moved to the right by `right` halves of the side, N each."""
    matrix = torch.zeros(len(images), 2, 3, device=images.device)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, 0, 2] = 1 / width, 1 / height, -right / width
    return warped(images, matrix)


def _colours(contrast: Tensor, dice: Tensor) -> tuple[Tensor, Tensor]:
    """Colours of the ground and of the ink, each N x 3 x 1 x 1: a little tinted, one in five of them more."""
    half, sign, middle = contrast.unsqueeze(2).unbind(1)
    half = 0.15 + 0.6 * half
    middle, half = (2 * middle - 1) * (1 - half), torch.where(sign < 0.5, -half, half)
    ground, ink = (
        middle + side * half + 0.3 * (tint - 0.5) + torch.where(often < 0.2, 0.6 * (more - 0.5), 0.0)
        for side, (tint, more, often) in zip(
            (-1, 1), (part.split([3, 3, 1], 1) for part in dice.chunk(2, 1)), strict=True
        )
    )
    return ground[..., None, None], ink[..., None, None]


def _light(slope: Tensor, blotches: Tensor, side: int) -> Tensor:
    """Uneven light and stains to be added to N pictures, N x 3 x `side` x `side`."""
    ramp = torch.linspace(-1, 1, side, device=slope.device)
    across, down = (0.6 * slope - 0.3)[..., None, None].unbind(1)
    shades, tint, strength = blotches.split([16, 3, 1], 1)
    shades, tint = 2 * shades.view(-1, 1, 4, 4) - 1, 1 + 0.3 * (2 * tint[..., None, None] - 1)
    grid = 0.35 * strength[..., None, None] * shades * tint
    stains = F.interpolate(grid, size=(side, side), mode="bicubic", align_corners=True)
    return (across * ramp + down * ramp[:, None])[:, None] + stains


def _beside(pictures: Tensor, dice: Tensor) -> Tensor:
    """One in four of N pictures with a strip of another colour along one of its sides, by its row of `dice`, N x 8."""
    there, start, width, side, turned, level = dice[:, :6, None, None, None].unbind(1)
    place = torch.linspace(-1, 1, pictures.shape[-1], device=pictures.device).expand(1, 1, *pictures.shape[2:])
    place = torch.where(turned < 0.7, place, place.transpose(2, 3))
    place = torch.where(side < 0.5, place, -place)
    start = 0.55 + 0.45 * start
    inside = (there < 0.25) & (place > start) & (place < start + 0.1 + 0.5 * width)
    red, blue = (0.3 * dice[:, 6:] - 0.15).unbind(1)
    colour = 0.8 * (2 * level - 1) + torch.stack([red, -(red + blue) / 2, blue], 1)[..., None, None]
    return torch.where(inside, colour, pictures)


def _mean(images: Tensor, size: int) -> Tensor:
    """Each pixel as the mean of the `size` x `size` around it."""
    return F.avg_pool2d(F.pad(images, (size // 2,) * 4, mode="replicate"), size, 1)
