"""Pictures of noise, as items, and what a cache holds of them."""

import numpy as np
from PIL import Image

from train.data import pictures
from train.data.items import Item
from train.data.packing import Packing

SMALL = Packing(16)


def drawn(path, seed=0, size=(24, 20)):
    """Save a picture of noise at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8)).save(path)
    return path


def six(folder):
    """A folder of six pictures, one of them in a folder below."""
    for seed in range(5):
        drawn(folder / f"{seed}.png", seed)
    drawn(folder / "deep" / "er.jpg", 5)
    return folder


def listed(folder):
    """The pictures below `folder` as items."""
    return [Item(path.relative_to(folder).as_posix(), path) for path in pictures.listed(folder)]


def packs(cache):
    """The names of the packs in `cache`."""
    return sorted(path.name for path in cache.glob("*.pack"))
