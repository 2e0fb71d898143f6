"""The parts of the *Convergence* tab that Gradio has no component for: the course of a training, and repeated pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.page import html
from explorer.page.html import escape
from explorer.pictures import images, targets
from explorer.tabs.convergence import work as convergence
from explorer.tabs.convergence.work import Repeated
from explorer.texts import say
from models_zoo import Card
from models_zoo.texts import in_language

COURSE_JS = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")
LARGE = 192
"""CSS pixels that a repeated picture is wide, about."""
GAIN = 4
"""How many times differences are shown."""


def course(card: Card, step: int | None, language: str) -> str:
    """A training to go along: the pictures it drew on the way and, below them, its curves with the current step marked.

    It begins at the snapshot nearest to `step`, or where the visitor left it if that is None.
    """
    curves, moments = convergence.told(card), html.snapshots(card)
    steps = [moment for moment, _ in moments]
    # Without pictures there is still the course itself to go along.
    steps = steps or next(iter(curves.values()))["x"]["values"]
    pictures = [picture for _, picture in moments]
    shown = "".join(_moment(place, at, pictures, curves, language) for place, at in enumerate(steps))
    start = "" if step is None else min(range(len(steps)), key=lambda place: abs(steps[place] - step))
    slider = (
        f'<input type="range" min="0" max="{len(steps) - 1}" step="1" value="0" data-start="{start}" '
        f'data-steps="{",".join(map(str, steps))}" aria-label="{escape(say("convergence_step", language))}">'
    )
    charts = "".join(html.curve(curve, language, steps) for curve in curves.values())
    return f'<div class="course player-desk">{shown}{slider}<div class="course-curves">{charts}</div></div>'


def _moment(place: int, step: int, pictures: Sequence[bytes], curves: dict, language: str) -> str:
    name = say("step", language, step=f"{step:,}")
    picture = f'<img src="{images.data_uri(pictures[place])}" alt="{escape(name)}">' if pictures else ""
    rows = "".join(
        f'<div><dt>{escape(in_language(label, language))}</dt><dd class="number">{value:.3g}</dd></div>'
        for label, value in convergence.at(curves, step)
    )
    values = f'<dl class="facts">{rows}</dl>' if rows else f"<p>{escape(say('convergence_not_yet', language))}</p>"
    return (
        f'<figure class="moment"{" hidden" if place else ""}>{picture}<figcaption><strong class="stage-seed">{escape(name)}'
        f"</strong>{values}</figcaption></figure>"
    )


def agreement(card: Card, language: str) -> str:
    """How alike M_global and the kernel distance rank the measurements of a run; empty where the card does not tell."""
    found = card.metrics.get("rank_correlation/M_global")
    if found is None:
        return ""
    words = say("convergence_agreement", language, n=found["n"], reference=f"{found['reference']:.2f}")
    return f'<p class="stage-seed"><strong>ρ = {found["value"]:.2f}</strong></p><p class="quiet">{escape(words)}</p>'


def blank() -> str:
    """What stands in the pictures' place until there are any."""
    return f'<div class="moment" style="--tile: {2 * LARGE}px" aria-hidden="true"><span class="blank"></span></div>'


def repeated(card: Card, shown: Sequence[tuple[str, str, Repeated]], language: str) -> str:
    """Pictures beside what the auto-encoder makes of them: for each a name, the symbol of its error, and what was found."""
    rows = ""
    for name, symbol, found in shown:
        apart = targets.difference(found.pixels, found.again, GAIN)
        named = [
            (name, found.pixels),
            (say("convergence_repeated", language), found.again),
            (say("difference", language, gain=GAIN), apart),
        ]
        rows += (
            f"{html.row(card, named, LARGE)}"
            f'<p class="repeated"><strong class="stage-seed">{escape(symbol)} = {found.error:.3f}</strong></p>'
        )
    return rows
