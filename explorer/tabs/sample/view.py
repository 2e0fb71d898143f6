"""What the *Sample* tab shows: the grid of pictures, and the current one enlarged."""

from __future__ import annotations

from explorer.latent.point import Point
from explorer.page import hand, html
from explorer.pictures import images
from explorer.tabs.sample.work import Samples
from explorer.texts import say
from models_zoo import Card

STAGE = 168
"""CSS pixels that the current image is wide, about."""

_render = html.templates(__file__)


def grid(card: Card, samples: Samples, chosen: int, truncation: float, language: str) -> str:
    """All samples as buttons captioned with their seed and verdict; the one of seed `chosen` is pressed."""
    tiles = [
        {
            "seed": seed,
            "uri": uri,
            "verdict": _verdict(card, samples, index, "short", language),
            "point": hand.mark(Point(card.id, seed, truncation=truncation)),
        }
        for index, (seed, uri) in enumerate(zip(samples.seeds, images.thumbnails(samples.pixels), strict=True))
    ]
    width = html.tile_width(card.image_size, html.TILE * 2 if len(tiles) <= 4 else html.TILE)
    return _render("grid", language, tiles=tiles, chosen=chosen, width=width)


def stage(card: Card, title: str, samples: Samples, truncation: float, language: str) -> str:
    """The first of `samples`, enlarged, with all that makes it again."""
    return _render(
        "stage",
        language,
        uri=html.uris(samples.pixels)[0],
        width=html.tile_width(card.image_size, STAGE),
        seed=samples.seeds[0],
        point=hand.mark(Point(card.id, samples.seeds[0], truncation=truncation)),
        title=title,
        truncation=f"{truncation:g}",
        verdict=_verdict(card, samples, 0, "long", language) or say("no_verdict", language),
    )


def _verdict(card: Card, samples: Samples, index: int, form: str, language: str) -> str:
    return html.verdict_text(card, samples.verdicts[index], form, language) if samples.verdicts else ""
