"""What the *Convergence* tab shows: the course of a training, how its measures agree, and repeated pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from explorer.page import html
from explorer.pictures import targets
from explorer.tabs.convergence import work
from explorer.tabs.convergence.work import Repeated
from explorer.texts import say
from models_zoo import Card
from models_zoo.texts import in_language

LARGE = 192
"""CSS pixels that a repeated picture is wide, about."""
GAIN = 4
"""How many times differences are shown."""

_render = html.templates(__file__)


def blank() -> Markup:
    """What stands in the pictures' place until there are any."""
    return _render("blank", "en", width=2 * LARGE)


def course(card: Card, step: int | None, language: str) -> Markup:
    """A training to go along: the pictures it drew on the way and, below them, its curves with the current step marked.

    It begins at the snapshot nearest to `step`, or where the visitor left it if that is None.
    """
    curves, snapshots = work.told(card), html.snapshots(card)
    # Without pictures there is still the course itself to go along.
    steps = [at for at, _ in snapshots] or next(iter(curves.values()))["x"]["values"]
    uris = [picture for _, picture in snapshots] or [""] * len(steps)
    moments = [_moment(at, uri, curves, language) for at, uri in zip(steps, uris, strict=True)]
    start = "" if step is None else min(range(len(steps)), key=lambda place: abs(steps[place] - step))
    charts = [html.curve(curve, language, steps) for curve in curves.values()]
    return _render("course", language, moments=moments, steps=steps, start=start, charts=charts)


def _moment(step: int, uri: str, curves: dict[str, Any], language: str) -> dict[str, Any]:
    facts = [(in_language(label, language), f"{value:.3g}") for label, value in work.at(curves, step)]
    return {"name": say("step", language, step=f"{step:,}"), "uri": uri, "facts": facts}


def agreement(card: Card, language: str) -> str:
    """How alike M_global and the kernel distance rank the measurements of a run; empty where the card does not tell."""
    found = card.metrics.get("rank_correlation/M_global")
    if found is None:
        return ""
    numbers = {"correlation": f"{found['value']:.2f}", "reference": f"{found['reference']:.2f}"}
    return _render("agreement", language, n=found["n"], **numbers)


def repeated(card: Card, shown: Sequence[tuple[str, str, Repeated]], language: str) -> Markup:
    """Pictures beside what the auto-encoder makes of them: for each a name, the symbol of its error, and what was found."""
    rows = [(_row(card, name, found, language), symbol, f"{found.error:.3f}") for name, symbol, found in shown]
    return _render("repeated", language, rows=rows)


def _row(card: Card, name: str, found: Repeated, language: str) -> Markup:
    named = [
        (name, found.pixels),
        (say("convergence_repeated", language), found.again),
        (say("difference", language, gain=GAIN), targets.difference(found.pixels, found.again, GAIN)),
    ]
    return html.row(card, named, LARGE)
