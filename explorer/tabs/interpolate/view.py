"""What the *Interpolate* tab shows: the row of keyframes, and the player."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from explorer.latent.latents import STYLEGAN
from explorer.page import html
from explorer.page.html import tile_width
from explorer.pictures import images
from explorer.tabs.interpolate import breed, work
from explorer.tabs.interpolate.film import FPS, STRIP, Film
from explorer.tabs.interpolate.work import Journey, PathView
from explorer.texts import say
from models_zoo import Card

SCREEN = 280
"""CSS pixels that the player's picture is wide, about."""
PLOT = 1000, 100
"""Width and height of the plot of norms in its own units, which are stretched over the width of the page."""

_render = html.templates(__file__)


def blank_row() -> Markup:
    """What stands in the row's place until there are keyframes."""
    return _render("blank_row", "en")


def blank_player() -> Markup:
    """What stands in the player's place until there is a film."""
    return _render("blank_player", "en", width=SCREEN)


def row(card: Card, journey: Journey, film: Film, asleep: int, language: str, can_undo: bool = False) -> Markup:
    """The keyframes as buttons, and what can be done with the one that is pressed; `asleep` more belong to other models."""
    ends = [index for index, place in enumerate(journey.places()) if place == int(place)]
    keys = []
    for key, frame, uri in zip(journey.keys, ends, html.uris(film.pixels[ends]), strict=True):
        title, label = key.point.title(language), card.classes[key.label] if card.classes else ""
        keys.append(
            {
                "number": key.number,
                "label": key.label,
                "at": f"{film.times[frame]:.6f}",
                "uri": uri,
                "title": title,
                "class": label,
                "name": say("key_class", language, name=title, label=label) if card.classes else title,
            }
        )
    notes = [] if all(key.point.seed is not None for key in journey.keys) else [say("keys_link", language)]
    notes += [say("key_sleeping", language, count=asleep)] if asleep else []
    width = tile_width(card.image_size, html.TILE)
    more = {"classes": card.classes, "can_undo": can_undo, "note": " ".join(notes)}
    return _render("row", language, keys=keys, width=width, **more)


def breeding(card: Card, journey: Journey, language: str, start: PathView | None = None) -> Markup:
    """Two keyframes to choose, and room for their children, which the script asks for; a link's view says how to `start`."""
    # The places in a link are those among seeds.
    numbers = [key.number for key in journey.keys if key.point.seed is not None]
    facts = {
        "model": card.id,
        "truncation": journey.truncation,
        "strength": work.STRENGTH,
        "keys": [
            {
                "number": key.number,
                "point": key.point.seed if key.point.z is None else list(key.point.z),
                "label": key.label,
                "title": key.point.title(language),
            }
            for key in journey.keys
        ],
    }
    if start:
        places = [place for place in work.places(start.parents) if place < len(numbers)]
        parents = [numbers[place] for place in places]
        facts["start"] = {
            "seed": start.brood,
            "strength": start.strength,
            "parents": parents if len(parents) == 2 else None,
        }
    return _render(
        "breeding", language, facts=facts, width=tile_width(card.image_size, html.TILE), count=breed.CHILDREN
    )


def player(card: Card, journey: Journey, film: Film, language: str, start: float | None = None) -> Markup:
    """The film on one sheet, which the browser plays frame by frame, with its norms and a strip of some frames.

    It begins at the time `start` in 0..1, or stays where the visitor left it if that is None.
    """
    count = len(film.times)
    columns = math.ceil(math.sqrt(count))
    # A loop ends where it began, with its first frame.
    times = [*film.times, 1.0] if journey.loop else film.times
    facts = {
        "times": [round(t, 6) for t in times],
        "columns": columns,
        "frames": count,
        "milliseconds": 1000 // FPS,
        "loop": journey.loop,
        "strip": STRIP,
        "start": start,
    }
    chosen = [round(index * (len(times) - 1) / (STRIP - 1)) for index in range(STRIP)]
    return _render(
        "player",
        language,
        facts=facts,
        size=card.image_size,
        width=tile_width(card.image_size, SCREEN),
        plot=_norms(card, journey, film, language),
        sheet=html.uris(images.sheet(film.pixels, columns, gap=0))[0],
        strip=html.frames(
            film.pixels[[frame % count for frame in chosen]], [times[frame] for frame in chosen], language
        ),
    )


def _norms(card: Card, journey: Journey, film: Film, language: str) -> dict[str, Any]:
    """The norm of z along the path as a small plot, with a dashed line where random vectors of this length lie."""
    width, height = PLOT
    usual = journey.truncation * math.sqrt(card.latent_size)
    times, lengths = film.times, film.norms
    if journey.loop:
        times, lengths = [*times, 1.0], [*lengths, lengths[0]]
    top = 1.15 * max(*lengths, usual, 1e-6)

    def down(length: float) -> str:
        return f"{height * (1 - length / top):.1f}"

    stretches = journey.stretches()
    return {
        "width": width,
        "height": height,
        "points": " ".join(f"{width * t:.0f},{down(length)}" for t, length in zip(times, lengths, strict=True)),
        "marks": [f"{width * index / stretches:.0f}" for index in range(stretches + 1)],
        "usual": down(usual),
        "caption": say(
            "norms_style" if card.architecture == STYLEGAN else "norms",
            language,
            least=f"{min(lengths):.1f}",
            most=f"{max(lengths):.1f}",
            usual=f"{usual:.1f}",
        ),
    }
