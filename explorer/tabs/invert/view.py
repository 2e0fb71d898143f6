"""What the *Invert* tab shows: target, reconstruction and difference, the course of a search, its restarts, the square."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from PIL import Image

from explorer.page import html
from explorer.pictures import images, targets
from explorer.pictures.faces import Square
from explorer.pictures.images import Pixels
from explorer.tabs.invert import work
from explorer.tabs.invert.search import Candidate, Progress
from explorer.texts import both, say
from models_zoo import Card

LARGE = 196
SMALL = 64
"""CSS pixels that pictures are wide, about."""
MARKED = 420
"""Pixels of the longer side of the picture with the square."""
GAIN = 4
"""How many times differences are shown."""
MAX_POINTS = 120
FOUND, NEAR = 30.0, 20.0
"""PSNR in dB from which a picture counts as found, and as similar."""

_render = html.templates(__file__)


@dataclass(frozen=True)
class Measure:
    """A point of the curves."""

    seconds: float
    error: float
    psnr: float


def waiting(card: Card, target: Pixels, language: str) -> Markup:
    """What is to be inverted, before any search."""
    return _render("waiting", language, pictures=_pictures(card, target, None, language))


def progress(card: Card, target: Pixels, found: Progress, end: str, language: str) -> Markup:
    """The state of a search; `end` says why it ended: "" while it goes on, "stopped" if the visitor ended it."""
    psnr = found.best.psnr
    judged = say("invert_found" if psnr >= FOUND else "invert_near" if psnr >= NEAR else "invert_far", language)
    if len(set(found.best.w)) > 1 and psnr >= NEAR:
        judged = say("invert_plus", language)
    state = say(f"invert_{end or 'running'}", language)
    rest = [
        say("invert_error", language, error=f"{found.best.error:.2g}"),
        say("invert_taken", language, step=f"{found.step:,}", seconds=f"{found.seconds:.1f}"),
    ]
    return _render(
        "progress",
        language,
        pictures=_pictures(card, target, found.best, language),
        end=end,
        psnr=f"{psnr:.1f}",
        headline=judged if end else state,
        rest=[*rest, state] if end else rest,
    )


def details(card: Card, found: Progress, points: Sequence[Measure], language: str) -> Markup:
    """The restarts of a search, the best first, and its curves."""
    restarts = [_restart(card, candidate) for candidate in found.candidates]
    curves = [_curve(name, _thinned(points), language) for name in ("psnr", "error")]
    return _render("details", language, restarts=restarts, width=html.tile_width(card.image_size, SMALL), curves=curves)


def square(picture: Image.Image, marked: Square, language: str) -> Markup:
    """A picture with the square that is cut out of it."""
    small = picture.copy()
    small.thumbnail((MARKED, MARKED))
    return _render(
        "square",
        language,
        uri=images.data_uri(images.encoded(small)),
        x=f"{100 * marked.x:.2f}",
        y=f"{100 * marked.y:.2f}",
        side=f"{100 * marked.side * min(picture.size) / picture.width:.2f}",
        tilt=f"{marked.tilt:.1f}",
    )


def methods(card: Card, language: str) -> list[tuple[str, str]]:
    """The names and values of the methods that there are for a model."""
    return [(say(f"method_{name.replace('+', '_plus')}", language), name) for name in work.methods(card)]


def classes(card: Card, every: str, language: str) -> list[tuple[str, Any]]:
    """The names and values of what can be chosen as the class: `every`, and each class by its number."""
    return [(say("invert_every", language), every), *((name, index) for index, name in enumerate(card.classes))]


def _pictures(card: Card, target: Pixels, best: Candidate | None, language: str) -> Markup:
    apart = targets.difference(target, best.pixels, GAIN) if best else None
    shown = [
        (say("target", language), target),
        (say("reconstruction", language), best and best.pixels),
        (say("difference", language, gain=GAIN), apart),
    ]
    return html.row(card, shown, LARGE)


def _restart(card: Card, candidate: Candidate) -> dict[str, Any]:
    return {
        "uri": html.uris(candidate.pixels)[0],
        "psnr": f"{candidate.psnr:.1f}",
        "label": None if candidate.label is None else card.classes[candidate.label],
    }


def _thinned(points: Sequence[Measure]) -> list[Measure]:
    """Every so many of the points, and the last one."""
    thinned = list(points[:: -(-len(points) // MAX_POINTS)])
    return [*thinned, points[-1]] if thinned[-1] is not points[-1] else thinned


def _curve(name: str, points: Sequence[Measure], language: str) -> Markup:
    """The course of the field `name` over the seconds."""
    curve = {
        "title": both(f"invert_{name}_title"),
        "caption": both("invert_curve_caption"),
        "x": {"label": both("invert_seconds_axis"), "values": [point.seconds for point in points]},
        "y": {"label": both(f"invert_{name}_axis")},
        "series": [{"label": both("invert_curve_label"), "values": [getattr(point, name) for point in points]}],
    }
    return html.curve(curve, language)
