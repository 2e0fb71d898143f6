"""The parts of the *Checkerboard* tab that Gradio has no component for: faces with a loupe, spectra, overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.page import html
from explorer.page.html import escape
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.checkerboard import work as checkerboard
from explorer.tabs.checkerboard.work import HEAT, LEAST, MOST, Side
from explorer.texts import LANGUAGES, say
from models_zoo import spectrum

LOUPE_JS = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")
OUTPUTS = 12
"""Output pixels of a row that the diagram shows."""
CELL = 20
"""SVG units of an output pixel's side in the diagram."""


def blank() -> str:
    """What stands in the faces' place until there are any."""
    return f'<div class="twins" aria-hidden="true">{"<span class=blank></span>" * 2}</div>'


def waiting(language: str) -> str:
    """What stands in the spectra's place while they are computed."""
    words = escape(say("checkerboard_waiting", language, count=checkerboard.SAMPLES))
    return f'{blank()}<p class="quiet" role="status">{words}</p>'


def faces(
    sides: Sequence[Side], pixels: Sequence[Pixels], seeds: Sequence[int], titles: Sequence[str], language: str
) -> str:
    """The same seeds drawn by both networks; a loupe on each shows the pixels of the face that is pointed at."""
    columns = ""
    for side, drawn, title in zip(sides, pixels, titles, strict=True):
        name = _name(side, language)
        tiles = "".join(
            f'<button type="button" class="twin" aria-pressed="{str(place == 0).lower()}" '
            f'aria-label="{escape(name)}, {escape(say("tile", language, seed=seed))}">'
            f'<img src="{images.data_uri(picture)}" alt="" width="64" height="64"><span></span></button>'
            for place, (seed, picture) in enumerate(zip(seeds, images.png(drawn), strict=True))
        )
        columns += (
            f'<section><h3>{escape(name)}</h3><p class="quiet">{escape(title)}</p>'
            f'<div class="twin-faces" role="group" aria-label="{escape(name)}">{tiles}</div>'
            f'<div class="loupe" role="img" aria-label="{escape(say("checkerboard_loupe", language))}"></div></section>'
        )
    hint = escape(say("checkerboard_hint", language, first=seeds[0], last=seeds[-1]))
    return f'<div class="twins">{columns}</div><p class="quiet">{hint}</p>'


def spectra(
    sides: Sequence[Side],
    powers: Sequence[NDArray[np.float64]],
    photographs: tuple[dict[str, str], list[float]] | None,
    reference: float | None,
    language: str,
) -> str:
    """The spectrum of each network with the artefact's frequencies ringed and its strength, and both along their axes."""
    figures = ""
    for side, power in zip(sides, powers, strict=True):
        (picture,) = images.png(images.enlarge(checkerboard.picture(power), 256))
        name, level = _name(side, language), _decibels(spectrum.checkerboard(power))
        figures += (
            f'<figure><div class="spectrum"><img src="{images.data_uri(picture)}" '
            f'alt="{escape(say("checkerboard_spectrum", language, name=name))}: {escape(level)}">{_rings(power.shape[0])}</div>'
            f'<figcaption><strong class="stage-seed">{escape(level)}</strong><span class="quiet">{escape(name)}</span>'
            "</figcaption></figure>"
        )
    colours = ", ".join(f"rgb({red} {green} {blue}) {100 * share:.0f}%" for share, red, green, blue in HEAT)
    scale = (
        f'<p class="heat quiet"><span>{LEAST:.0f} dB</span><span style="background: linear-gradient(to right, {colours})">'
        f"</span><span>{MOST:.0f} dB</span></p>"
    )
    note = say("checkerboard_spectra", language, count=checkerboard.SAMPLES)
    if reference is not None:
        note += " " + say("checkerboard_photographs", language, level=_decibels(reference))
    lines = [
        ({spoken: _name(side, spoken) for spoken in LANGUAGES}, spectrum.along_axes(power))
        for side, power in zip(sides, powers, strict=True)
    ]
    curve = spectrum.curve([*lines, *([photographs] if photographs else [])], len(powers[0]), checkerboard.SAMPLES)
    return (
        f'<h3 class="strip-title">{escape(say("checkerboard_spectra_title", language))}</h3><p class="quiet">{escape(note)}</p>'
        f'<div class="twins">{figures}</div>{scale}{html.curve(curve, language)}'
    )


def overlap(kernel: int, stride: int, language: str) -> str:
    """How many weights meet each output pixel: in a row, with the strokes that paint it, and in the plane."""
    counts = checkerboard.overlap(kernel, stride, OUTPUTS)
    most, width = max(counts), OUTPUTS * CELL
    starts = [start for start in range(1 - kernel, OUTPUTS) if start % stride == 0]
    # Neighbouring strokes lie on different lines, as few as keep them apart.
    lanes = -(-kernel // stride)
    strokes = ""
    for number, start in enumerate(starts):
        left, right = max(0, start), min(OUTPUTS, start + kernel)
        strokes += (
            f'<rect class="stroke" x="{left * CELL + 2}" y="{10 * (number % lanes)}" '
            f'width="{(right - left) * CELL - 4}" height="7" rx="3"/>'
        )
    top = 10 * lanes + 4
    row = "".join(_cell(place * CELL, top, count, most) for place, count in enumerate(counts))
    below = top + CELL + 14
    plane = "".join(
        _cell(across * CELL, below + down * CELL, one * other, most * most)
        for down, one in enumerate(counts)
        for across, other in enumerate(counts)
    )
    words = overlap_words(kernel, stride, language)
    return (
        f'<figure class="overlap"><svg viewBox="0 0 {width} {below + width}" role="img" aria-label="{escape(words)}">'
        f'{strokes}{row}{plane}</svg><figcaption class="quiet">{escape(words)}</figcaption></figure>'
    )


def overlap_words(kernel: int, stride: int, language: str) -> str:
    """What the diagram shows, in a sentence or two."""
    counts = checkerboard.overlap(kernel, stride, stride)
    values = {"kernel": kernel, "stride": stride, "row": ", ".join(map(str, counts))}
    plane = ", ".join(map(str, sorted({one * other for one in counts for other in counts}, reverse=True)))
    return say("overlap_even" if len(set(counts)) == 1 else "overlap_uneven", language, plane=plane, **values)


def _cell(x: int, y: int, count: int, most: int) -> str:
    ink = "over" if 2 * count > most else "under"
    return (
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" class="met" style="--met: {count / most:.3f}"/>'
        f'<text class="{ink}" x="{x + CELL / 2:g}" y="{y + 14}">{count}</text>'
    )


def _decibels(level: float) -> str:
    return f"{level:+.1f} dB".replace("-", "\N{MINUS SIGN}")


def _rings(side: int) -> str:
    """Rings around the artefact's frequencies, those of 1/2 cycle a pixel thicker, in the units of a picture of side + 1."""
    quarter = side / 4
    rings = "".join(
        f'<circle class="{"half" if 2 in (abs(y), abs(x)) else "quarter"}" '
        f'cx="{(x + 2) * quarter + 0.5:g}" cy="{(y + 2) * quarter + 0.5:g}" r="{side / 22:.2f}"/>'
        for y, x in spectrum.QUARTERS
    )
    return f'<svg viewBox="0 0 {side + 1} {side + 1}" aria-hidden="true">{rings}</svg>'


def _name(side: Side, language: str) -> str:
    return say(f"upsampling_{side.upsampling}", language, kernel=side.kernel)
