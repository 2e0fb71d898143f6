"""Sliders, and a pad over two of them, that steer a picture which follows while they move."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from explorer.page import html

SCRIPT = (Path(__file__).parent / "steering.js").read_text(encoding="utf-8")
"""For an `HTML` component with a `rack` or a `pad`.

While one drags, every ``<img data-follows=tab>`` shows what the function `run` draws, a data URI, and ``data-says=tab`` where the pad's
point is; the function gets the list in ``data-asked`` of the element with ``data-asked-by=tab``, and the amounts by name. When one
lets go, the event `select` tells `amounts` (-1 to 1 by name), the name of the direction that was moved `last`, and the `x` and `y` of the pad.
"""

_render = html.templates(__file__)
_made = itertools.count()


@dataclass(frozen=True)
class Slider:
    """One slider from -1 to 1: the `name` under which its amount is told, what people read, and what its ends are called."""

    name: str
    title: str
    amount: float = 0.0
    ends: tuple[str, str] = ("−", "+")


def rack(
    tab: str,
    run: str,
    view: str,
    sliders: Sequence[Slider],
    language: str,
    *,
    folded: Sequence[Slider] = (),
    title: str = "",
    ends: str = "",
) -> Markup:
    """`sliders` one below the other, and below them those `folded` in a box of that `title`, with a button that puts all back to 0.

    The picture stands in the component whose id is `view`. `ends` names a function that gets what `run` gets, but for the amounts, and
    answers with one picture: a row for each slider, and in it what the two ends of the slider do. Then each has these beside it,
    and above all of them is a pad for any two.
    """
    # The box must not hide all there is.
    shown, hidden = (list(sliders), list(folded)) if sliders else (list(folded), [])
    # A browser leaves HTML that comes twice as hands have changed it, so no two are the same.
    place = {"tab": tab, "run": run, "view": view, "made": next(_made)}
    return _render("rack", language, **place, ends=ends, open=shown, folded=hidden, folded_title=title)


def pad(
    tab: str, run: str, asked: Sequence[Any], at: Mapping[str, float], words: tuple[str, str], language: str
) -> Markup:
    """A square alone, whose point stands `at` -1 to 1 along two axes, by their names.

    `run` is asked the list `asked`, and how far along each axis. `words` are what the square is called, and a hint below it.
    """
    (across, x), (up, y) = ((name, f"{value:g}") for name, value in at.items())
    values = {"tab": tab, "run": run, "asked": list(asked), "across": across, "up": up, "x": x, "y": y}
    return _render("alone", language, **values, name=words[0], hint=words[1])
