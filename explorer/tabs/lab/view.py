"""What the *Lab* shows: the stage on which the browser draws, what a lesson says, and the settings for the script."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from markupsafe import Markup

from explorer.page import html
from explorer.tabs.lab.lessons import LESSONS
from explorer.tabs.lab.settings import LabView
from explorer.texts import TEXTS, both, say

_render = html.templates(__file__)


def stage(language: str) -> Markup:
    """The buttons, the canvases and the words that the script puts into them."""
    words = {key.removeprefix("lab_js_"): text[language] for key, text in TEXTS.items() if key.startswith("lab_js_")}
    return _render("stage", language, words=words)


def settings(view: LabView, language: str) -> Markup:
    """All settings, for the script, with what a lesson calls its games and where it stops."""
    lesson = LESSONS[view.lesson] if view.lesson else None
    names = [say(f"lab_{view.lesson}_game_{place}", language) for place in range(len(lesson.games))] if lesson else [""]
    asked = dataclasses.asdict(view)
    return _render("settings", language, asked=asked, names=names, until=lesson.steps if lesson else 0)


def lesson(view: LabView, language: str) -> Markup:
    """What a lesson says before it runs, and what it asks afterwards; nothing without one."""
    if not view.lesson:
        return Markup()
    told = {part: say(f"lab_{view.lesson}_{part}", language) for part in ("name", "before", "question")}
    chart = html.curve(slopes(), language) if view.lesson == "vanishing" else ""
    return _render("lesson", language, **told, chart=chart)


def slopes() -> dict[str, Any]:
    """Both losses of a generator over what D says of its samples, as a curve of a card."""
    places = [round(0.02 * place, 2) for place in range(1, 50)]
    losses = {
        "lab_vanishing_game_0": [round(math.log(1 - place), 4) for place in places],
        "lab_vanishing_game_1": [round(-math.log(place), 4) for place in places],
    }
    return {
        "title": both("lab_slopes"),
        "caption": both("lab_slopes_caption"),
        "x": {"label": both("lab_slopes_x"), "values": places},
        "y": {"label": both("lab_slopes_y")},
        "series": [{"label": both(name), "values": values} for name, values in losses.items()],
    }
