"""What the *Directions* tab shows: the picture before and after, and the strip."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from explorer.page import html
from explorer.page.html import tile_width
from explorer.pictures.images import Pixels
from explorer.tabs.directions.work import FRAMES, Steered
from explorer.texts import TEXTS, say
from models_zoo import Card
from models_zoo.directions import Direction
from models_zoo.texts import in_language

LARGE = 224
"""CSS pixels that a picture is wide, about."""

_render = html.templates(__file__)


def title(direction: Direction, language: str) -> str:
    """What people read of a direction: both its ends where the page has words for them, else its title."""
    one, other = f"trait_no_{direction.name}", f"trait_{direction.name}"
    if one in TEXTS and other in TEXTS:
        return say("directions_ends", language, one=say(one, language), other=say(other, language))
    return in_language(direction.title, language) or direction.name


def _attribute(direction: Direction, language: str) -> str:
    """What a judge sees the more of, the farther a picture goes along a direction."""
    key = f"trait_{direction.name}"
    return say(key, language) if key in TEXTS else title(direction, language)


def blank() -> Markup:
    """What stands in the pictures' place until there are any."""
    return _render("blank", "en", width=LARGE)


def pair(card: Card, moved: Steered, found: Mapping[str, Direction], name: str, language: str) -> Markup:
    """The picture before and after, and beside them what the judge reads in both."""
    pictures = (("directions_before", moved.before), ("directions_after", moved.after))
    return _render(
        "pair",
        language,
        name=name,
        width=tile_width(card.image_size, LARGE),
        pictures=[(key, html.uris(pixels)[0]) for key, pixels in pictures],
        readings=[
            (_attribute(found[each], language), [f"{100 * share:.0f} %" for share in shares])
            for each, shares in moved.readings.items()
        ],
    )


def strip(frames: Pixels, direction: Direction, amount: float, language: str) -> Markup:
    """Pictures along one direction from one end of its slider to the other; the one nearest to `amount` is marked."""
    nearest = min(range(len(FRAMES)), key=lambda place: abs(FRAMES[place] - amount))
    cells = [
        {"uri": uri, "at": f"{at:+g}", "is_nearest": place == nearest}
        for place, (at, uri) in enumerate(zip(FRAMES, html.uris(frames), strict=True))
    ]
    return _render("strip", language, title=title(direction, language), cells=cells)
