"""What the *Checkerboard* tab shows: faces of both networks with a loupe, their spectra, and how weights overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from explorer.page import html
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.checkerboard import work
from explorer.tabs.checkerboard.work import HEAT, LEAST, MOST, Photographs, Side
from explorer.texts import LANGUAGES, say
from models_zoo import spectrum

OUTPUTS = 12
"""Output pixels of a row that the diagram shows."""
CELL = 20
"""SVG units of an output pixel's side in the diagram."""
SPECTRUM = 256
"""Pixels that the picture of a spectrum has at least."""

_render = html.templates(__file__)


def blank() -> Markup:
    """What stands in the faces' place until there are any."""
    return _render("blank", "en")


def waiting(language: str) -> Markup:
    """What stands in the spectra's place while they are computed."""
    return _render("waiting", language, count=work.SAMPLES)


def faces(
    sides: Sequence[Side], pixels: Sequence[Pixels], seeds: Sequence[int], titles: Sequence[str], language: str
) -> Markup:
    """The same seeds drawn by both networks; a loupe on each shows the pixels of the face that is pointed at."""
    columns = [
        {"name": _name(side, language), "title": title, "faces": list(zip(seeds, html.uris(drawn), strict=True))}
        for side, drawn, title in zip(sides, pixels, titles, strict=True)
    ]
    return _render("faces", language, columns=columns, seeds=list(seeds))


def spectra(
    sides: Sequence[Side], powers: Sequence[NDArray[np.float64]], photographs: Photographs, language: str
) -> Markup:
    """The spectrum of each network with the artefact's frequencies ringed and its strength, and both along their axes."""
    note = say("checkerboard_spectra", language, count=work.SAMPLES)
    if photographs.level is not None:
        note += " " + say("checkerboard_photographs", language, level=decibels(photographs.level))
    lines = [
        ({spoken: _name(side, spoken) for spoken in LANGUAGES}, spectrum.along_axes(power))
        for side, power in zip(sides, powers, strict=True)
    ]
    lines += [photographs.spectrum] if photographs.spectrum else []
    return _render(
        "spectra",
        language,
        figures=[_figure(side, power, language) for side, power in zip(sides, powers, strict=True)],
        note=note,
        colours=[
            {"at": f"{100 * share:.0f}", "red": red, "green": green, "blue": blue} for share, red, green, blue in HEAT
        ],
        least=f"{LEAST:.0f}",
        most=f"{MOST:.0f}",
        curve=html.curve(spectrum.curve(lines, len(powers[0]), work.SAMPLES), language),
    )


def overlap(kernel: int, stride: int, language: str) -> Markup:
    """How many weights meet each output pixel: in a row, with the strokes that paint it, and in the plane."""
    counts = work.overlap(kernel, stride, OUTPUTS)
    # Neighbouring strokes lie on different lines, as few as keep them apart.
    lanes = -(-kernel // stride)
    top = 10 * lanes + 4
    below = top + CELL + 14
    most = max(counts)
    row = [_cell(place * CELL, top, count, most) for place, count in enumerate(counts)]
    plane = [
        _cell(across * CELL, below + down * CELL, one * other, most * most)
        for down, one in enumerate(counts)
        for across, other in enumerate(counts)
    ]
    return _render(
        "overlap",
        language,
        width=OUTPUTS * CELL,
        height=below + OUTPUTS * CELL,
        cell=CELL,
        strokes=_strokes(kernel, stride, lanes),
        cells=[*row, *plane],
        words=overlap_words(kernel, stride, language),
    )


def overlap_words(kernel: int, stride: int, language: str) -> str:
    """What the diagram shows, in a sentence or two."""
    counts = work.overlap(kernel, stride, stride)
    values = {"kernel": kernel, "stride": stride, "row": ", ".join(map(str, counts))}
    plane = ", ".join(map(str, sorted({one * other for one in counts for other in counts}, reverse=True)))
    return say("overlap_even" if len(set(counts)) == 1 else "overlap_uneven", language, plane=plane, **values)


def decibels(level: float) -> str:
    """A level with its sign and unit."""
    return f"{level:+.1f} dB".replace("-", "\N{MINUS SIGN}")


def _figure(side: Side, power: NDArray[np.float64], language: str) -> dict[str, Any]:
    return {
        "uri": html.uris(images.enlarge(work.picture(power), SPECTRUM))[0],
        "name": _name(side, language),
        "level": decibels(spectrum.checkerboard(power)),
        "rings": _rings(power.shape[0]),
        "side": power.shape[0],
    }


def _rings(side: int) -> list[dict[str, str]]:
    """Rings around the artefact's frequencies, those of 1/2 cycle a pixel thicker, in the units of a picture of side + 1."""
    return [
        {
            "kind": "half" if 2 in (abs(y), abs(x)) else "quarter",
            "x": f"{(x + 2) * side / 4 + 0.5:g}",
            "y": f"{(y + 2) * side / 4 + 0.5:g}",
            "radius": f"{side / 22:.2f}",
        }
        for y, x in spectrum.QUARTERS
    ]


def _strokes(kernel: int, stride: int, lanes: int) -> list[dict[str, int]]:
    """The output pixels that each input pixel paints, as far as the diagram shows them."""
    starts = [start for start in range(1 - kernel, OUTPUTS) if start % stride == 0]
    ends = [(max(0, start), min(OUTPUTS, start + kernel)) for start in starts]
    return [
        {"x": left * CELL + 2, "y": 10 * (number % lanes), "width": (right - left) * CELL - 4}
        for number, (left, right) in enumerate(ends)
    ]


def _cell(x: int, y: int, count: int, most: int) -> dict[str, Any]:
    ink = "over" if 2 * count > most else "under"
    return {"x": x, "y": y, "count": count, "met": f"{count / most:.3f}", "ink": ink}


def _name(side: Side, language: str) -> str:
    return say(f"upsampling_{side.upsampling}", language, kernel=side.kernel)
