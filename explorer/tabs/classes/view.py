"""What the *Classes* tab shows: class x seed grid, bars of what networks read, morphs, numbers, drawings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from explorer.latent.point import Point
from explorer.page import hand, html
from explorer.page.html import percent, tile_width
from explorer.pictures.images import Pixels
from explorer.pictures.reading import Reading
from explorer.tabs.classes.work import COLUMNS, ClassSamples
from explorer.texts import say
from models_zoo import Card

CELL = 56
LARGE = 196
"""CSS pixels that pictures are wide, about: in the grid, and enlarged."""

_render = html.templates(__file__)


def blank_grid(rows: int) -> Markup:
    """What stands in the grid's place until the first samples are there."""
    return _render("blank_grid", "en", count=rows * COLUMNS, columns=COLUMNS, width=CELL)


def grid(card: Card, samples: ClassSamples, chosen: tuple[int, int], truncation: float, language: str) -> Markup:
    """All samples as buttons in rows; the one of the seed and label `chosen` is pressed.

    Rows that hold several classes of one seed are a table with the classes above and the seeds
    beside them; otherwise the seeds stand under the pictures.
    """
    cells = [
        _cell(card, samples, index, uri, chosen, language) | {"point": _mark(card, samples, index, truncation)}
        for index, uri in enumerate(html.uris(samples.pixels))
    ]
    labels = list(dict.fromkeys(samples.labels))
    is_judged = any(verdict != (None, None) for verdict in samples.verdicts or ())
    width = tile_width(card.image_size, CELL)
    if len(labels) == 1:
        return _render("cells", language, cells=cells, columns=COLUMNS, width=width, is_judged=is_judged)
    rows = [cells[start : start + len(labels)] for start in range(0, len(cells), len(labels))]
    classes = [card.classes[label] for label in labels]
    return _render("table", language, rows=rows, classes=classes, width=width, is_judged=is_judged)


def _cell(
    card: Card, samples: ClassSamples, index: int, uri: str, chosen: tuple[int, int], language: str
) -> dict[str, Any]:
    seed, label = samples.seeds[index], samples.labels[index]
    real, read = samples.verdicts[index] if samples.verdicts else (None, None)
    reads = "" if read in (None, label) else card.classes[read]
    said = [_name(card, seed, label, language)]
    said += [] if real is None else [say("real_short", language, percent=percent(real))]
    said += [say("read_as", language, label=reads)] if reads else []
    return {
        "seed": seed,
        "label": label,
        "is_chosen": (seed, label) == chosen,
        "name": ", ".join(said),
        "uri": uri,
        "real": real,
        "reads": reads,
    }


def _name(card: Card, seed: int, label: int, language: str) -> str:
    """What a picture is called: its seed and its class."""
    return say("class_tile", language, seed=seed, label=card.classes[label])


def stage(card: Card, title: str, samples: ClassSamples, truncation: float, language: str) -> Markup:
    """The first of `samples`, enlarged, with all that makes it again."""
    name = _name(card, samples.seeds[0], samples.labels[0], language)
    large = _large(card, samples.pixels)
    point = _mark(card, samples, 0, truncation)
    return _render("stage", language, **large, name=name, point=point, title=title, truncation=f"{truncation:g}")


def _mark(card: Card, samples: ClassSamples, index: int, truncation: float) -> str:
    return hand.mark(Point(card.id, samples.seeds[index], truncation=truncation, label=samples.labels[index]))


def _large(card: Card, pixels: Pixels) -> dict[str, Any]:
    """The first of `pixels` for a template that shows it enlarged."""
    return {"uri": html.uris(pixels[:1])[0], "width": tile_width(card.image_size, LARGE)}


def panels(readings: Sequence[tuple[Card, str, Reading]], asked: int | None, language: str) -> Markup:
    """What each model, given with its title, says of one picture, as bars with their percentages.

    The class `asked` for, if any, is marked in every panel.
    """
    each = [
        {
            "model": card.id,
            "kind": reading.kind,
            "title": title,
            "groups": _bars(card, reading, asked, language),
            "summary": _summary(card, reading, asked, language),
        }
        for card, title, reading in readings
    ]
    return _render("panels", language, panels=each)


def _bars(card: Card, reading: Reading, asked: int | None, language: str) -> list[list[dict[str, Any]]]:
    """The bars of a reading in groups: what adds up to 1 stands together, *real* by itself."""
    classes = [
        _bar(name, share, ["best"] * (label == reading.best) + ["asked"] * (label == asked))
        for label, (name, share) in enumerate(zip(card.classes, reading.classes, strict=True))
    ]
    if reading.kind == "classes-or-fake":
        kinds = ["best"] * (reading.fake > max(reading.classes))
        return [[*classes, _bar(say("fake", language), reading.fake, [*kinds, "fake"])]]
    if reading.real is not None:
        kinds = ["best"] * (reading.real >= 0.5)
        return [[_bar(say("real", language), reading.real, [*kinds, "real"])], classes]
    return [classes]


def _bar(name: str, share: float, kinds: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "width": f"{100 * share:.1f}",
        "percent": percent(share),
        "kinds": " ".join(kinds),
        "is_asked": "asked" in kinds,
    }


def _summary(card: Card, reading: Reading, asked: int | None, language: str) -> str:
    if reading.kind == "real-per-class":
        label = reading.best if asked is None else asked
        return say("sum_real_if", language, label=card.classes[label], percent=percent(reading.classes[label]))
    name, share = card.classes[reading.best], percent(reading.classes[reading.best])
    if reading.kind == "classes-or-fake" and reading.fake > max(reading.classes):
        return say("sum_fake", language, percent=percent(reading.fake), label=name)
    return say("reads", language, label=name, percent=share)


def morph(card: Card, pixels: Pixels, t: float, reading: Reading | None, language: str) -> Markup:
    """One frame of a morph, enlarged, with its t and what the model's own discriminator reads in it."""
    summary = _summary(card, reading, None, language) if reading else ""
    return _render("morph", language, **_large(card, pixels), t=html.hundredths(t), summary=summary)


def number(text: str, row: Pixels, language: str) -> Markup:
    """A number that the generator wrote; `row` are its digits on one sheet."""
    return _render("number", language, uri=html.uris(row)[0], text=text)


def judged(card: Card, pixels: Pixels, readings: Sequence[tuple[Card, str, Reading]], language: str) -> Markup:
    """A visitor's picture as the networks get it, and what they say of it."""
    return _render(
        "judged",
        language,
        **_large(card, pixels),
        kind="digit" if card.channels == 1 else "photo",
        size=card.image_size,
        panels=panels(readings, None, language),
    )


def waiting(language: str) -> Markup:
    """What stands in the place of the panels until there is a drawing."""
    return _render("waiting", language)


def noise(card: Card, title: str, name: str, language: str) -> Markup:
    """The measured curve `name` of a model as a section of the page."""
    return _render("noise", language, title=title, curve=html.curve(card.curves[name], language))
