"""Pictures that occur more than once: files of equal bytes, and copies that were compressed or scaled anew."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from train.data.archives import Archives
from train.data.items import Item
from train.errors import TrainError

SEEN_AT = 64
"""Side at which pictures are decoded for a `Look`: at half of it, eighths of a large JPEG would lie visibly otherwise in a scaled copy."""
ACROSS = 8
"""Brightness is compared with the neighbour's at 8 x 8 places, to the right and downwards."""
SIDE = 32
MOST_BITS = 12
"""Of 2 x 8 x 8, in which copies may differ; those of photographs mostly differ in 4."""
LEAST_CORRELATION = 0.98
"""Of the small pictures of copies; another photograph of the same motif stays below."""
ROWS = 4_096
"""Pictures that are compared with all others at a time."""


class Look(NamedTuple):
    """What a picture looks like in brief."""

    bits: NDArray[np.bool_]
    """Where it gets brighter, 128 bits (a difference hash)."""
    grey: NDArray[np.uint8]
    """Its luminance at 32 x 32, in rows one after the other."""


def look(picture: Image.Image) -> Look:
    """The look of a picture, of which `SEEN_AT` pixels on the shorter side are enough."""
    grey = picture.convert("L")

    def small(width: int, height: int) -> NDArray[np.int16]:
        return np.asarray(grey.resize((width, height), Image.Resampling.LANCZOS), np.int16)

    right, down = small(ACROSS + 1, ACROSS), small(ACROSS, ACROSS + 1)
    bits = [right[:, 1:] > right[:, :-1], down[1:] > down[:-1]]
    return Look(np.concatenate(bits, axis=None), small(SIDE, SIDE).astype(np.uint8).ravel())


def duplicates(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Groups of `items` with equal bytes, in their order; what cannot be read is in none.

    Only files of equal size are read.
    """
    sizes: dict[int, list[Item]] = defaultdict(list)
    digests: dict[bytes, list[Item]] = defaultdict(list)
    with Archives() as archives:
        for item in items:
            try:
                sizes[archives.size(item)].append(item)
            except TrainError:
                continue
        for item in archives.in_order([item for group in sizes.values() if len(group) > 1 for item in group]):
            try:
                digests[hashlib.sha256(archives.read(item)).digest()].append(item)
            except TrainError:
                continue
    order = {item: place for place, item in enumerate(items)}
    return sorted((tuple(group) for group in digests.values() if len(group) > 1), key=lambda group: order[group[0]])


def near(looks: Sequence[Look], others: Sequence[Look]) -> list[tuple[int, int]]:
    """Which of `others` show what one of `looks` shows: for each of them the places of the most alike among `looks`, and its own.

    Copies that were compressed or scaled anew are found, cut or mirrored ones are not, nor pictures of one colour.
    """
    if not looks or not others:
        return []
    signs, units = _signs(others), _units(others)
    best: dict[int, tuple[float, int]] = {}
    for start in range(0, len(looks), ROWS):
        part = looks[start : start + ROWS]
        part_units = _units(part)
        # The product of signs counts agreements less differences.
        candidates = np.argwhere(_signs(part) @ signs.T >= signs.shape[1] - 2 * MOST_BITS)
        for few in np.split(candidates, range(ROWS, len(candidates), ROWS)):
            alike = np.einsum("ij,ij->i", part_units[few[:, 0]], units[few[:, 1]])
            for place in np.flatnonzero(alike >= LEAST_CORRELATION).tolist():
                row, column = few[place].tolist()
                best[column] = max(best.get(column, (0.0, 0)), (float(alike[place]), start + row))
    return [(row, column) for column, (_, row) in sorted(best.items())]


def _signs(looks: Sequence[Look]) -> NDArray[np.float32]:
    return np.where([each.bits for each in looks], 1, -1).astype(np.float32)


def _units(looks: Sequence[Look]) -> NDArray[np.float32]:
    """Rows whose products are correlations; those of pictures of one colour are 0."""
    rows = np.array([each.grey for each in looks], np.float32)
    rows -= rows.mean(1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
