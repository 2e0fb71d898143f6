"""An equation of latent arithmetic as one picture, to be saved and passed on."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.models.choice import title
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.arithmetic import view
from explorer.tabs.arithmetic.work import Equation, Solution
from models_zoo import Card

INK, QUIET, PAPER = "#1c1b1f", "#757068", "#ffffff"
TILE, BIG, NEAR = 112, 336, 112
"""Pixels that an exemplar, the result and each picture around it are wide."""
GAP, EDGE, SIGN, LINE = 8, 32, 44, 30
"""Pixels between pictures, around everything, for a sign, and for a row's title."""


def draw(card: Card, equation: Equation, solution: Solution) -> bytes:
    """The three rows of the equation under their titles, the result, and its neighbourhood, as a PNG file.

    Titles are in English: the font that comes with Pillow has no Hangul.
    """
    titles = [view.title(term.traits, "en") for term in equation.terms]
    most = max(map(len, solution.exemplars))
    left = SIGN + most * (TILE + GAP) + SIGN + TILE
    block, height = LINE + TILE, 3 * (LINE + TILE) + 2 * 2 * GAP
    size = (2 * EDGE + left + SIGN + BIG + 2 * GAP + 3 * NEAR, 2 * EDGE + height + LINE)
    paper = Image.new("RGB", size, PAPER)
    pen, font, sign = ImageDraw.Draw(paper), ImageFont.load_default(18), ImageFont.load_default(40)
    for place, (heading, exemplars) in enumerate(zip(titles, solution.exemplars, strict=True)):
        top = EDGE + place * (block + 2 * GAP)
        middle = top + LINE + TILE // 2
        pen.text((EDGE + SIGN, top + 2), heading, INK, font)
        pen.text((EDGE + SIGN // 2, middle), ("", "-", "+")[place], INK, sign, anchor="mm")
        for index, picture in enumerate(exemplars):
            paper.paste(_scaled(picture, TILE), (EDGE + SIGN + index * (TILE + GAP), top + LINE))
        equals = EDGE + SIGN + most * (TILE + GAP)
        pen.text((equals + SIGN // 2, middle), "=", INK, sign, anchor="mm")
        paper.paste(_scaled(solution.averages[place], TILE), (equals + SIGN, top + LINE))
    top, at = EDGE + (height - BIG) // 2, EDGE + left
    pen.text((at + SIGN // 2, top + BIG // 2), "=", INK, sign, anchor="mm")
    paper.paste(_scaled(solution.result[0], BIG), (at + SIGN, top))
    for index, picture in enumerate(solution.neighbourhood):
        down, across = divmod(index, 3)
        paper.paste(_scaled(picture, NEAR), (at + SIGN + BIG + 2 * GAP + across * NEAR, top + down * NEAR))
    pen.text(
        (EDGE + SIGN, size[1] - EDGE),
        f"{title(card, 'en')} · GAN Explorer",
        QUIET,
        ImageFont.load_default(15),
        anchor="lm",
    )
    return images.encoded(paper)


def _scaled(picture: Pixels, width: int) -> Image.Image:
    """The picture H x W x C at that width: digits keep their pixels, faces are made smooth."""
    crisp = picture.shape[2] == 1
    image = Image.fromarray(np.broadcast_to(picture, (*picture.shape[:2], 3)).copy())
    return image.resize((width, width), Image.Resampling.NEAREST if crisp else Image.Resampling.LANCZOS)
