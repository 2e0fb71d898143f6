"""The parts of the *Directions* tab that Gradio has no component for."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.page.html import escape, tile_width
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.directions.work import FRAMES, Steered
from explorer.texts import say
from models_zoo import Card
from models_zoo.directions import Direction
from models_zoo.texts import in_language

LARGE = 224
"""CSS pixels that a picture is wide, about."""


def blank() -> str:
    """What stands in the pictures' place until there are any."""
    return f'<div class="pair-of" style="--tile: {LARGE}px" aria-hidden="true">{"<span class=blank></span>" * 2}</div>'


def view(card: Card, moved: Steered, found: Mapping[str, Direction], name: str, language: str) -> str:
    """The picture before and after, and beside them what the judge reads in both."""
    width = tile_width(card.image_size, LARGE)
    figures = "".join(
        f'<figure><img src="{images.data_uri(images.png(pixels)[0])}" width="{width}" height="{width}" '
        f'alt="{escape(name)}, {escape(say(key, language))}"><figcaption>{escape(say(key, language))}</figcaption></figure>'
        for key, pixels in (("directions_before", moved.before), ("directions_after", moved.after))
    )
    return f'<div class="pair-of" style="--tile: {width}px"><p class="stage-seed">{escape(name)}</p>{figures}</div>{_readings(moved, found, language)}'


def _readings(moved: Steered, found: Mapping[str, Direction], language: str) -> str:
    if not moved.readings:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(in_language(found[name].title, language) or name)}</th>'
        + "".join(f'<td class="number">{100 * share:.0f} %</td>' for share in shares)
        + "</tr>"
        for name, shares in moved.readings.items()
    )
    heads = "".join(
        f'<th scope="col">{escape(say(key, language))}</th>'
        for key in ("directions_judge", "directions_before", "directions_after")
    )
    return f'<table class="numbers readings"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def strip(frames: Pixels, direction: Direction, amount: float, language: str) -> str:
    """Pictures along one direction from one end of its slider to the other; the one nearest to `amount` is marked."""
    title = in_language(direction.title, language) or direction.name
    nearest = min(range(len(FRAMES)), key=lambda place: abs(FRAMES[place] - amount))
    cells = "".join(
        f'<li{" aria-current=true" if place == nearest else ""}><figure><img src="{images.data_uri(picture)}" '
        f'alt="{escape(title)} {at:+g}"><figcaption>{at:+g}</figcaption></figure></li>'
        for place, (at, picture) in enumerate(zip(FRAMES, images.png(frames), strict=True))
    )
    heading = escape(say("directions_strip", language, name=title))
    return f'<h3 class="strip-title">{heading}</h3><ol class="strip frames">{cells}</ol>'
