"""Label maps of facades: their colours, drawings brought to these, and one to begin with."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from explorer.pictures.images import Pixels

PALETTE = {
    "background": (0, 0, 222),
    "wall": (0, 48, 255),
    "window": (0, 128, 255),
    "door": (0, 207, 255),
    "cornice": (32, 255, 224),
    "sill": (112, 255, 143),
    "balcony": (192, 255, 63),
    "blind": (255, 240, 0),
    "deco": (255, 159, 0),
    "molding": (255, 80, 0),
    "pillar": (255, 0, 0),
    "shop": (174, 0, 0),
}
"""The classes of the CMP Facade Database (Tyleček and Šára 2013), in the colours that pix2pix's label maps have."""
SURE = 29
"""How far a colour may be from one of `PALETTE` and still mean it: half of what the nearest two lie apart."""


def snapped(pixels: Pixels) -> Pixels:
    """Label maps N x H x W x 3 in the colours of `PALETTE` alone; white, where nothing was painted, is wall.

    What lies between two colours, at the soft edge of a stroke, takes the colour of the nearest pixel that is sure of it.
    """
    from scipy import ndimage

    colours = np.array(list(PALETTE.values()), np.uint8)
    known = np.concatenate([colours, np.full((1, 3), 255, np.uint8)])
    distances = np.stack([np.square(pixels.astype(int) - colour).sum(-1) for colour in known], -1)
    nearest = distances.argmin(-1)
    nearest[nearest == len(colours)] = list(PALETTE).index("wall")
    unsure = distances.min(-1) > SURE**2
    for index in range(len(pixels)):
        # A photograph has few sure pixels, and they are no reason to paint all others like them.
        if 0 < unsure[index].mean() < 0.5:
            rows, columns = ndimage.distance_transform_edt(unsure[index], return_distances=False, return_indices=True)
            nearest[index] = nearest[index][rows, columns]
    return colours[nearest]


def plain_facade(size: int) -> Image.Image:
    """A label map to begin with, `size` x `size`: a wall with windows, a door and a cornice."""
    picture = Image.new("RGB", (size, size), PALETTE["background"])
    pen = ImageDraw.Draw(picture)

    def paint(name: str, left: float, top: float, right: float, bottom: float) -> None:
        pen.rectangle([round(size * share) for share in (left, top, right, bottom)], PALETTE[name])

    paint("wall", 0.06, 0.1, 0.94, 1)
    paint("cornice", 0.06, 0.08, 0.94, 0.12)
    paint("molding", 0.06, 0.68, 0.94, 0.7)
    for left in (0.15, 0.34, 0.53, 0.72):
        for top in (0.18, 0.43):
            paint("window", left, top, left + 0.13, top + 0.17)
            paint("sill", left - 0.01, top + 0.18, left + 0.14, top + 0.2)
    for left in (0.15, 0.72):
        paint("window", left, 0.76, left + 0.13, 0.9)
    paint("door", 0.42, 0.75, 0.58, 1)
    return picture
