"""The layers of a StyleGAN by the size of what they make, without torch: one row of w for each, from coarse to fine."""

from __future__ import annotations

GROUPS = ("coarse", "middle", "fine", "all")
LARGEST = {"coarse": 8, "middle": 32}
"""Pixels of the side up to which layers are coarse, and up to which they are middle (arXiv:1812.04948, figure 3)."""


def rows(image_size: int) -> int:
    """Rows of w that a picture takes: one for each layer, and one for its last picture."""
    return 2 * (image_size // 4).bit_length()


def sides(image_size: int) -> list[int]:
    """Pixels of the side of what each row of w makes."""
    return [4 * 2 ** ((number + 1) // 2) for number in range(rows(image_size) - 1)] + [image_size]


def group(image_size: int, name: str) -> range:
    """The rows of w, counted from 0, of one of `GROUPS`; in small pictures the largest layers alone are fine."""
    if name == "all":
        return range(rows(image_size))
    coarse, middle = LARGEST["coarse"], min(LARGEST["middle"], image_size // 2)
    low, high = {"coarse": (0, coarse), "middle": (coarse, middle), "fine": (middle, image_size)}[name]
    taken = [number for number, side in enumerate(sides(image_size)) if low < side <= high]
    return range(taken[0], taken[-1] + 1)
