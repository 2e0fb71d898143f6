"""Line charts of measured curves, as SVG: for the page and for the model cards that the hub shows."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Any

from models_zoo.texts import are_texts, in_language

WIDTH, HEIGHT = 480, 360
"""Narrow, so that the words can still be read where a phone shrinks the picture."""
LEFT, RIGHT, TOP, LINE = 58, 14, 48, 22
"""The frame in pixels: margins, and the height of one line of the legend."""
DIGIT = 8
"""How wide a digit is, in pixels."""
COLOURS = ("#c8402f", "#3f6fb0", "#7a7680", "#2f8f6b")
"""Told apart also by those who see few colours, and by their dashes."""
DASHES = ("", "7 4", "2 4", "10 3 2 3")

MOST_POINTS = 100_000
"""Values of a curve; more than a page can show."""
LARGEST = 1e15
"""The largest number that is drawn."""
SMALLEST = 1e-15
"""Values that differ by less are drawn as equal."""


def svg(curve: dict[str, Any], language: str, marks: Sequence[float] = (), legend: bool = True) -> str:
    """An `<svg>` of `curve` with its words in `language`; one whose ``"kind"`` is ``"matrix"`` is drawn as `matrix`.

    A curve is ``{"title", "caption", "x": {"label", "values"}, "y": {"label"}, "series": [{"label",
    "values"}, ...], "n"}``, where labels, title and caption are texts by language and every series
    has one value per value of x. Colours are the CSS variables ``--chart-ink``, ``--chart-quiet``,
    ``--chart-grid`` and ``--chart-1`` to ``--chart-4``, with fallbacks that suit white paper. At each of `marks`, a value of
    x, stands an upright line of the class ``mark``; one beyond the curve is not to be seen. Without a `legend`, whoever shows
    the chart names its lines, whose look `stroke` tells.
    """
    if curve.get("kind") == "matrix":
        return matrix(curve, language)
    xs, series = curve["x"]["values"], curve["series"]
    left, top, right, bottom = box(curve, legend)
    left_tick, right_tick = _ticks(min(xs), max(xs)), _levels(curve)

    def across(x: float) -> float:
        return left + (x - xs[0]) / ((xs[-1] - xs[0]) or 1) * (right - left)

    def down(y: float) -> float:
        return bottom - (y - right_tick[0]) / (right_tick[-1] - right_tick[0]) * (bottom - top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="14" aria-label="{_text(curve["title"], language)}">',
        f'<text x="8" y="22" font-weight="700" font-size="16" {_INK}>{_text(curve["title"], language)}</text>',
        '<g class="levels">',
    ]
    for y in right_tick:
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{down(y):.1f}" y2="{down(y):.1f}" stroke="var(--chart-grid, #dddddd)"/>'
            f'<text x="{left - 8}" y="{down(y) + 4:.1f}" text-anchor="end" {_QUIET}>{y:g}</text>'
        )
    parts.append("</g>")
    for x in left_tick:
        if xs[0] <= x <= xs[-1]:
            # The last one may be wider than the margin.
            centre = min(across(x), WIDTH - DIGIT / 2 * len(f"{x:g}"))
            parts.append(f'<text x="{centre:.1f}" y="{bottom + 20}" text-anchor="middle" {_QUIET}>{x:g}</text>')
    middle = (top + bottom) / 2
    parts.append(
        f'<text x="{(left + right) / 2}" y="{HEIGHT - 10}" text-anchor="middle" {_INK}>{_text(curve["x"]["label"], language)}</text>'
        f'<text transform="translate(15 {middle}) rotate(-90)" text-anchor="middle" {_INK}>{_text(curve["y"]["label"], language)}</text>'
    )
    for x in marks:
        at = across(min(max(x, xs[0]), xs[-1]))
        seen = "" if xs[0] <= x <= xs[-1] else ' visibility="hidden"'
        parts.append(
            f'<line class="mark" x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{bottom}" stroke="currentColor"{seen}/>'
        )
    for place, line in enumerate(series):
        points = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in zip(xs, line["values"], strict=True))
        height = TOP + LINE * place
        parts.append(f'<polyline points="{points}" fill="none" stroke-linejoin="round" {stroke(place)}/>')
        if legend:
            parts.append(
                f'<line x1="8" x2="36" y1="{height}" y2="{height}" {stroke(place)}/>'
                f'<text x="44" y="{height + 5}" {_INK}>{_text(line["label"], language)}</text>'
            )
    return "".join([*parts, "</svg>"])


def described(curve: dict[str, Any], language: str) -> dict[str, Any]:
    """What a script needs to read values from the `svg` of `curve` without a legend, and to draw its lines anew.

    The texts in `language` and the values of the curve; and under ``"box"``, unless it is a matrix, the edges of the plot in
    the drawing's units: left, top, right and bottom.
    """
    return {
        "title": in_language(curve["title"], language),
        "x": {"label": in_language(curve["x"]["label"], language), "values": curve["x"]["values"]},
        "series": [
            {"label": in_language(line["label"], language), "values": line["values"]} for line in curve["series"]
        ],
        **({} if curve.get("kind") == "matrix" else {"box": box(curve, legend=False)}),
    }


def box(curve: dict[str, Any], legend: bool = True) -> tuple[int, int, int, int]:
    """Left, top, right and bottom edge of the plot in the `svg` of `curve`."""
    # Four characters fit beside the axis' label.
    left = LEFT + DIGIT * max(0, max(len(f"{y:g}") for y in _levels(curve)) - 4)
    return left, TOP + (LINE * len(curve["series"]) if legend else 0), WIDTH - RIGHT, HEIGHT - 52


def stroke(place: int) -> str:
    """The attributes that make an SVG line look like that of the series at this place."""
    number = place % len(COLOURS)
    return (
        f'stroke="var(--chart-{number + 1}, {COLOURS[number]})" stroke-width="2.5" stroke-dasharray="{DASHES[number]}"'
    )


def matrix(curve: dict[str, Any], language: str) -> str:
    """An `<svg>` of a `curve` whose values are shares in [0, 1]: a row of squares per series, the fuller the larger the share."""
    columns, rows = len(curve["x"]["values"]), len(curve["series"])
    cell = (WIDTH - LEFT - RIGHT) / columns
    top = 3 * LINE
    height = top + cell * rows + 2 * RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" font-family="sans-serif" '
        f'font-size="14" aria-label="{_text(curve["title"], language)}">',
        f'<text x="8" y="22" font-weight="700" font-size="16" {_INK}>{_text(curve["title"], language)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{2 * LINE}" text-anchor="middle" {_INK}>{_text(curve["x"]["label"], language)}</text>',
        f'<text transform="translate(15 {top + cell * rows / 2}) rotate(-90)" text-anchor="middle" {_INK}>{_text(curve["y"]["label"], language)}</text>',
    ]
    for column, value in enumerate(curve["x"]["values"]):
        x = LEFT + cell * (column + 0.5)
        parts.append(f'<text x="{x:.1f}" y="{top - 6}" text-anchor="middle" {_QUIET}>{value:g}</text>')
    for row, line in enumerate(curve["series"]):
        y = top + cell * row
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + cell / 2 + 5:.1f}" text-anchor="end" {_QUIET}>{_text(line["label"], language)}</text>'
        )
        for column, share in enumerate(line["values"]):
            x = LEFT + cell * column
            # On a dark square only light figures can be read, and the other way round.
            ink = _INK if share < 0.5 else 'fill="var(--chart-paper, #ffffff)"'
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell - 2:.1f}" height="{cell - 2:.1f}" fill="var(--chart-2, {COLOURS[1]})" '
                f'fill-opacity="{max(0.04, share):.2f}"/>'
                f'<text x="{x + cell / 2 - 1:.1f}" y="{y + cell / 2 + 4:.1f}" text-anchor="middle" font-size="11" {ink}>{100 * share:.0f}</text>'
            )
    return "".join([*parts, "</svg>"])


def file_name(name: str) -> str:
    """The file in a model's folder that shows its curve `name`."""
    return f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.svg"


def is_curve(value: Any) -> bool:
    """Whether `svg` can draw `value`."""
    try:
        xs, series = value["x"]["values"], value["series"]
        texts = [
            value["title"],
            value["caption"],
            value["x"]["label"],
            value["y"]["label"],
            *(s["label"] for s in series),
        ]
        lines = [xs, *(line["values"] for line in series)]
        return (
            bool(xs and series)
            and len(xs) * len(series) <= MOST_POINTS
            and all(map(are_texts, texts))
            and all(
                isinstance(line, list | tuple) and len(line) == len(xs) and all(map(is_number, line)) for line in lines
            )
        )
    except (TypeError, KeyError):
        return False


def is_number(value: Any) -> bool:
    """Whether `value` is a number that people can read, and axes can be marked with."""
    # A comparison is false for NaN, and unlike `math.isfinite` it takes integers of any length.
    return isinstance(value, int | float) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def _levels(curve: dict[str, Any]) -> list[float]:
    """The marks of the y axis."""
    lines = [line["values"] for line in curve["series"]]
    return _ticks(min(0, *map(min, lines)), max(map(max, lines)))


def _ticks(low: float, high: float) -> list[float]:
    """Round values from at most `low` to at least `high`, about five."""
    span = high - low
    if span < SMALLEST * max(1.0, abs(low), abs(high)):
        span = max(1.0, abs(low), abs(high))
    step = 10 ** math.floor(math.log10(span / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if span / (step * factor) <= 5)
    first = math.floor(low / step)
    last = max(first + 1, math.ceil(round(high / step, 6)))
    digits = max(10, 2 - math.floor(math.log10(step)))
    return [round(place * step, digits) for place in range(first, last + 1)]


_INK = 'fill="var(--chart-ink, #222222)"'
_QUIET = 'fill="var(--chart-quiet, #666666)"'


def _text(texts: dict[str, str], language: str) -> str:
    return html.escape(in_language(texts, language))
