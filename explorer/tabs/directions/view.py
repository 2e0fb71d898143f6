"""What the *Directions* tab shows: the picture before and after, and the strip."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from explorer.latent.point import Point
from explorer.page import hand, html, steering
from explorer.page.html import tile_width
from explorer.page.steering import Slider
from explorer.pictures.images import Pixels
from explorer.tabs.directions.work import FRAMES, MOST, Steered, with_sliders
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


def sliders(card: Card, amounts: Mapping[str, float], language: str) -> Markup:
    """A pad, and a slider for each direction of a model, which stand at the `amounts`."""
    kinds: dict[str, list[Slider]] = {kind: [] for kind in MOST}
    for each in with_sliders(card):
        kinds[each.kind].append(
            Slider(each.name, title(each, language), amounts.get(each.name, 0), _ends(each, language))
        )
    return steering.rack(
        "directions",
        "directions_look",
        "directions-view",
        kinds["attribute"],
        language,
        folded=kinds["principal"],
        title=say("directions_principal", language),
        ends="directions_ends",
    )


def _ends(direction: Direction, language: str) -> tuple[str, str]:
    names = [f"trait_no_{direction.name}", f"trait_{direction.name}"]
    if all(name in TEXTS for name in names):
        return say(names[0], language), say(names[1], language)
    name = title(direction, language)
    return f"{name} −", f"{name} +"


def pair(card: Card, moved: Steered, start: Point, language: str) -> Markup:
    """The picture before and after.

    The script asks for others by the first arguments of the functions `directions_look` and `directions_ends`.
    """
    pictures = (("directions_before", moved.before), ("directions_after", moved.after))
    return _render(
        "pair",
        language,
        name=start.title(language),
        asked=[card.id, start.seed or 0, start.truncation, list(start.z or ())],
        width=tile_width(card.image_size, LARGE),
        pictures=[(key, html.uris(pixels)[0]) for key, pixels in pictures],
        point=hand.mark(Point(card.id, z=moved.z)),
    )


def readings(moved: Steered, found: Mapping[str, Direction], language: str) -> Markup:
    """What the judge reads in both pictures."""
    rows = [
        (_attribute(found[each], language), [f"{100 * share:.0f} %" for share in shares])
        for each, shares in moved.readings.items()
    ]
    return _render("readings", language, readings=rows)


def strip(frames: Pixels, direction: Direction, amount: float, language: str) -> Markup:
    """Pictures along one direction from one end of its slider to the other; the one nearest to `amount` is marked."""
    nearest = min(range(len(FRAMES)), key=lambda place: abs(FRAMES[place] - amount))
    cells = [
        {"uri": uri, "at": f"{at:+g}", "is_nearest": place == nearest}
        for place, (at, uri) in enumerate(zip(FRAMES, html.uris(frames), strict=True))
    ]
    return _render("strip", language, title=title(direction, language), cells=cells)
