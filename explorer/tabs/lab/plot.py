"""A game as a picture, for films and programs: what the page's script draws on its canvas, in the same colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from explorer.pictures.images import Pixels

SIDE = 320
"""Pixels of a game in the plane; on a line it is as wide and three quarters as high."""
REAL, FAKE, PAPER, INK = (46, 110, 178), (214, 69, 39), (255, 255, 255), (60, 58, 64)
TOP = 26
"""Pixels above a game for its step and distance."""


def drawn(dims: int, frame: dict[str, Any], entry: dict[str, Any], real: Sequence[Any]) -> Pixels:
    """One state of a game on a line (`dims` 1) or in the plane (2) as a picture 1 x H x W x 3.

    `frame` is that of `game.Game.frame`, `entry` a line of the log with the distance, and `real` the density on a line, or
    real points in the plane.
    """
    body = _line(frame, real) if dims == 1 else _plane(frame, real)
    picture = Image.new("RGB", (body.width, body.height + TOP), PAPER)
    picture.paste(body, (0, TOP))
    caption = f"step {frame['step']:,}   JSD {entry['jsd']:.3f}"
    ImageDraw.Draw(picture).text((6, 7), caption, fill=INK)
    return np.asarray(picture)[None]


def _plane(frame: dict[str, Any], real: Sequence[Sequence[float]]) -> Image.Image:
    verdict = np.asarray(frame["verdict"])
    side = round(len(verdict) ** 0.5)
    # Towards blue where D says real, towards red where it says fake, white where it cannot tell.
    share = np.flipud(verdict.reshape(side, side))[:, :, None]
    far = np.where(share > 0.5, REAL, FAKE)
    strength = 0.55 * np.abs(2 * share - 1)
    heat = (np.asarray(PAPER) * (1 - strength) + far * strength).astype(np.uint8)
    picture = Image.fromarray(heat).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for points, colour in ((real, REAL), (frame["points"], FAKE)):
        for x, y in points:
            at_x, at_y = _place(x, 2), SIDE - _place(y, 2)
            pen.ellipse((at_x - 2, at_y - 2, at_x + 2, at_y + 2), fill=colour)
    return picture


def _line(frame: dict[str, Any], density: Sequence[float]) -> Image.Image:
    height = 3 * SIDE // 4
    picture = Image.new("RGB", (SIDE, height), PAPER)
    pen = ImageDraw.Draw(picture)
    top = 1.15 * max(0.2, max(density))
    for values, colour in ((density, REAL), (frame["made"], FAKE)):
        pen.line(_curve(values, top, height), fill=colour, width=2)
    pen.line(_curve(frame["verdict"], 1.05, height), fill=INK, width=1)
    return picture


def _curve(values: Sequence[float], top: float, height: int) -> list[tuple[float, float]]:
    step = SIDE / len(values)
    return [
        ((place + 0.5) * step, height - 4 - (height - 8) * min(1, value / top)) for place, value in enumerate(values)
    ]


def _place(value: float, reach: float) -> float:
    return (value + reach) / (2 * reach) * SIDE
