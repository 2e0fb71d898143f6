"""The parts of the *Invert* tab that Gradio has no component for: the three pictures, the curves, the restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from explorer.page import html
from explorer.page.html import escape, tile_width
from explorer.pictures import images, targets
from explorer.pictures.faces import Square
from explorer.pictures.images import Pixels
from explorer.tabs.invert.work import Candidate, Progress
from explorer.texts import LANGUAGES, say
from models_zoo import Card

LARGE = 196
SMALL = 64
"""CSS pixels that pictures are wide, about."""
GAIN = 4
"""How many times differences are shown."""
MAX_POINTS = 120
FOUND, NEAR = 30.0, 20.0
"""PSNR in dB from which a picture counts as found again, and as similar."""


@dataclass(frozen=True)
class Measure:
    """A point of the curves."""

    seconds: float
    error: float
    psnr: float


def waiting(card: Card, target: Pixels, language: str) -> str:
    """What is to be inverted, before anything was."""
    return _figures(card, target, None, language) + f'<p class="quiet inverted">{say("invert_waiting", language)}</p>'


def view(card: Card, target: Pixels, progress: Progress, end: str, language: str) -> str:
    """A search as it stands; `end` says why it ended: "" while it goes on, "stopped" if the visitor ended it."""
    return _figures(card, target, progress.best, language) + _state(progress, end, language)


def details(card: Card, progress: Progress, points: Sequence[Measure], language: str) -> str:
    """The restarts of a search, the best first, and its curves."""
    return f"{_restarts(card, progress.candidates, language)}{_curves(points, language)}"


def _figures(card: Card, target: Pixels, best: Candidate | None, language: str) -> str:
    apart = targets.difference(target, best.pixels, GAIN) if best else None
    shown = [
        (say("target", language), target),
        (say("reconstruction", language), best and best.pixels),
        (say("difference", language, gain=GAIN), apart),
    ]
    return str(html.row(card, shown, LARGE))


def _state(progress: Progress, end: str, language: str) -> str:
    psnr = progress.best.psnr
    judged = say("invert_found" if psnr >= FOUND else "invert_near" if psnr >= NEAR else "invert_far", language)
    how = say(f"invert_{end or 'running'}", language)
    taken = say("invert_taken", language, step=f"{progress.step:,}", seconds=f"{progress.seconds:.1f}")
    # Only the end is read aloud: numbers that change five times a second are no use to anyone.
    role = ' role="status"' if end else ""
    return (
        f'<div class="inverted" data-end="{end}"{role}><strong class="stage-seed psnr">{psnr:.1f} dB</strong>'
        f"<span>{escape(judged if end else how)}</span>"
        f'<span class="quiet">{escape(say("invert_error", language, error=f"{progress.best.error:.2g}"))} · {escape(taken)}'
        f"{' · ' + escape(how) if end else ''}</span></div>"
    )


def _restarts(card: Card, candidates: Sequence[Candidate], language: str) -> str:
    width = tile_width(card.image_size, SMALL)
    items = ""
    for place, candidate in enumerate(candidates, start=1):
        name = say("invert_restart", language, place=place, psnr=f"{candidate.psnr:.1f}")
        label = ""
        if candidate.label is not None:
            label = f"<span>{escape(say('invert_class', language, label=card.classes[candidate.label]))}</span>"
        picture = images.data_uri(images.png(candidate.pixels)[0])
        items += (
            f'<li><figure><img src="{picture}" alt="{escape(name)}" width="{width}" height="{width}">'
            f"<figcaption>{candidate.psnr:.1f} dB{label}</figcaption></figure></li>"
        )
    return f'<h4>{say("invert_restarts", language)}</h4><ol class="restarts" style="--tile: {width}px">{items}</ol>'


def _curves(points: Sequence[Measure], language: str) -> str:
    thinned = points[:: -(-len(points) // MAX_POINTS)]
    thinned = [*thinned, points[-1]] if thinned[-1] is not points[-1] else thinned
    drawn = "".join(
        html.curve(
            {
                "title": _both(f"invert_{name}_title"),
                "caption": _both("invert_curve_caption"),
                "x": {"label": _both("invert_seconds_axis"), "values": [point.seconds for point in thinned]},
                "y": {"label": _both(f"invert_{name}_axis")},
                "series": [
                    {
                        "label": _both("invert_curve_label"),
                        "values": [getattr(point, name) for point in thinned],
                    }
                ],
            },
            language,
        )
        for name in ("psnr", "error")
    )
    return f'<div class="inversion-curves">{drawn}</div>'


def _both(key: str) -> dict[str, str]:
    return {language: say(key, language) for language in LANGUAGES}


def square(picture: Image.Image, marked: Square, language: str) -> str:
    """A picture with the square that is cut out of it."""
    small = picture.copy()
    small.thumbnail((420, 420))
    side = 100 * marked.side * min(picture.size) / picture.width
    frame = f"left: {100 * marked.x:.2f}%; top: {100 * marked.y:.2f}%; width: {side:.2f}%; --tilt: {marked.tilt:.1f}deg"
    return (
        f'<div class="square"><img src="{images.data_uri(images.encoded(small))}" alt="{say("square_picture", language)}">'
        f'<span style="{frame}"></span></div>'
    )
