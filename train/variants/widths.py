"""Channels of networks that have a layer for each doubling of the picture, for pictures of any side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models_zoo.dcgan import first_side
from train.config import CommonConfig

LEAST_WIDTH = 16
"""Fewest channels of a layer that an option does not mention."""


def doublings(side: int) -> int:
    """How often a picture of `first_side` pixels must be doubled to one of `side` pixels."""
    return (side // first_side(side)).bit_length() - 1


def narrowing(widths: Sequence[int], count: int) -> list[int]:
    """The first `count` of `widths`, from the smallest feature map on; each one that is missing is half of the one before."""
    found = list(widths[:count])
    while len(found) < count:
        found.append(min(found[-1], max(found[-1] // 2, LEAST_WIDTH)))
    return found


def repeating(widths: Sequence[int], count: int) -> list[int]:
    """The first `count` of `widths`, from the picture on; each one that is missing is like the one before."""
    return [*widths[:count], *[widths[-1]] * (count - len(widths))]


def asked(config: CommonConfig, name: str, follow: Callable[[Sequence[int]], list[int]]) -> list[int]:
    """The widths of the option `name` as they were asked for; its default as `follow` fits it to the pictures."""
    widths = getattr(config, name)
    return follow(widths) if widths == getattr(type(config), name) else list(widths)
