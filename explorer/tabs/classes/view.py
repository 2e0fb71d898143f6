"""The parts of the *Classes* tab that Gradio has no component for: class x seed grid, verdict bars, morphs, numbers."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.page import html
from explorer.page.html import escape, percent, tile_width
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.pictures.reading import Reading
from explorer.tabs.classes.work import ClassSamples
from explorer.texts import say
from models_zoo import Card

COLUMNS = 10
"""Pictures in a row where only one class is shown, and tiles in a blank grid."""
CELL = 56
LARGE = 196
"""CSS pixels that a picture on a stage is wide, about."""

GRID_JS = """
element.addEventListener('click', event => {
    const button = event.target.closest('.cell');
    if (!button) return;
    element.querySelectorAll('.cell').forEach(cell => cell.setAttribute('aria-pressed', String(cell === button)));
    const {seed, label} = button.dataset;
    window.explorer.last(element, () => trigger('select', {seed: Number(seed), label: Number(label)}));
});
"""


def picture_name(card: Card, seed: int, label: int, language: str) -> str:
    """What a picture is called: its seed and its class."""
    return say("class_tile", language, seed=seed, label=card.classes[label])


def grid(card: Card, samples: ClassSamples, chosen: tuple[int, int], language: str) -> str:
    """All samples as buttons in rows; the one of the seed and label `chosen` is pressed.

    Rows that hold several classes of one seed are a table with the classes above and the seeds
    beside them; otherwise the seeds stand under the pictures.
    """
    labels = list(dict.fromkeys(samples.labels))
    cells = [
        _cell(card, samples, index, picture, chosen, len(labels) == 1, language)
        for index, picture in enumerate(images.png(samples.pixels))
    ]
    wide = f"--columns: {len(labels) if len(labels) > 1 else COLUMNS}; --cell: {tile_width(card.image_size, CELL)}px"
    name = say("class_grid", language)
    judged = any(verdict != (None, None) for verdict in samples.verdicts or ())
    legend = f'<p class="quiet legend">{escape(say("verdict_legend", language))}</p>' if judged else ""
    if len(labels) == 1:
        return f'<div class="cells" style="{wide}" role="group" aria-label="{name}">{"".join(cells)}</div>{legend}'
    head = "".join(f'<th scope="col">{escape(card.classes[label])}</th>' for label in labels)
    body = "".join(
        f'<tr><th scope="row">{samples.seeds[start]}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells[start : start + len(labels)])
        + "</tr>"
        for start in range(0, len(cells), len(labels))
    )
    return (
        f'<table class="class-grid" style="{wide}" aria-label="{name}"><thead><tr>'
        f'<td class="corner">{say("seed_corner", language)}</td>{head}</tr></thead><tbody>{body}</tbody></table>'
        f"{legend}"
    )


def _cell(
    card: Card,
    samples: ClassSamples,
    index: int,
    picture: bytes,
    chosen: tuple[int, int],
    captioned: bool,
    language: str,
) -> str:
    seed, label = samples.seeds[index], samples.labels[index]
    name, below = picture_name(card, seed, label, language), ""
    if samples.verdicts:
        real, reads = samples.verdicts[index]
        if real is not None:
            name += f", {say('real_short', language, percent=percent(real))}"
            below += f'<span class="cell-real"><span style="width: {100 * real:.0f}%"></span></span>'
        if reads is not None and reads != label:
            name += f", {say('read_as', language, label=card.classes[reads])}"
            below += f'<span class="cell-reads">{escape(card.classes[reads])}?</span>'
    if captioned:
        below += f'<span class="cell-seed">{seed}</span>'
    pressed = str((seed, label) == chosen).lower()
    return (
        f'<button type="button" class="cell" data-seed="{seed}" data-label="{label}" aria-pressed="{pressed}" '
        f'aria-label="{escape(name)}" title="{escape(name)}"><img src="{images.data_uri(picture)}" alt="">{below}</button>'
    )


def blank_grid(count: int) -> str:
    """What stands in the grid's place until the first samples are there."""
    return (
        f'<div class="cells" style="--columns: {COLUMNS}; --cell: {CELL}px" aria-hidden="true">'
        f"{'<span class=blank></span>' * count}</div>"
    )


def stage(card: Card, title: str, samples: ClassSamples, truncation: float, language: str) -> str:
    """The first of `samples`, enlarged, with all that makes it again."""
    name = escape(picture_name(card, samples.seeds[0], samples.labels[0], language))
    return (
        f'<figure class="stage class-stage">{picture(card, samples.pixels, name)}'
        f'<figcaption><span class="eyebrow">{say("current", language)}</span><strong class="stage-seed" role="status">{name}</strong>'
        f'<span class="chips"><span class="chip">{escape(title)}</span><span class="chip">ψ = {truncation:g}</span></span>'
        f'<span class="quiet">{escape(say("class_hint", language))}</span></figcaption></figure>'
    )


def picture(card: Card, pixels: Pixels, name: str) -> str:
    """The first of `pixels`, enlarged; `name` is escaped already."""
    width = tile_width(card.image_size, LARGE)
    return f'<img src="{images.data_uri(images.png(pixels[:1])[0])}" width="{width}" height="{width}" alt="{name}">'


def panels(readings: Sequence[tuple[Card, str, Reading]], asked: int | None, language: str) -> str:
    """What each model, given with its title, says of one picture, as bars with their percentages.

    The class `asked` for, if any, is marked in every panel.
    """
    # Only the first is read aloud as it changes; all of them would be a speech.
    each = (_panel(*entry, asked, language, index == 0) for index, entry in enumerate(readings))
    return f'<div class="panels">{"".join(each)}</div>'


def _panel(card: Card, title: str, reading: Reading, asked: int | None, language: str, spoken: bool) -> str:
    status = ' role="status"' if spoken else ""
    bars = [
        _bar(name, share, label == reading.best, label == asked, language)
        for label, (name, share) in enumerate(zip(card.classes, reading.classes, strict=True))
    ]
    apart = ""
    if reading.kind == "classes-or-fake":
        bars.append(
            _bar(say("fake", language), reading.fake, reading.fake > max(reading.classes), False, language, "fake")
        )
    elif reading.real is not None:
        apart = f'<ul class="bars">{_bar(say("real", language), reading.real, reading.real >= 0.5, False, language, "real")}</ul>'
    return (
        f'<section class="panel" data-model="{escape(card.id)}" data-kind="{reading.kind}"><h4>{escape(title)}</h4>'
        f'<p class="quiet">{say(f"panel_{reading.kind}", language)}</p>{apart}<ul class="bars">{"".join(bars)}</ul>'
        f'<p class="panel-sum"{status}>{escape(_summary(card, reading, asked, language))}</p></section>'
    )


def _bar(name: str, share: float, best: bool, asked: bool, language: str, extra: str = "") -> str:
    kinds = " ".join(filter(None, ["best" if best else "", "asked" if asked else "", extra]))
    hint = f' <span class="sr">({say("asked", language)})</span>' if asked else ""
    return (
        f'<li class="{kinds}"><span class="bar-name">{escape(name)}{hint}</span>'
        f'<span class="bar"><span style="width: {100 * share:.1f}%"></span></span>'
        f'<span class="bar-value">{escape(percent(share))} %</span></li>'
    )


def _summary(card: Card, reading: Reading, asked: int | None, language: str) -> str:
    if reading.kind == "real-per-class":
        label = reading.best if asked is None else asked
        return say("sum_real_if", language, label=card.classes[label], percent=percent(reading.classes[label]))
    name, share = card.classes[reading.best], percent(reading.classes[reading.best])
    if reading.fake is not None and reading.kind == "classes-or-fake" and reading.fake > max(reading.classes):
        return say("sum_fake", language, percent=percent(reading.fake), label=name)
    return say("reads", language, label=name, percent=share)


def morph(card: Card, samples: ClassSamples, t: float, reading: Reading | None, language: str) -> str:
    """One frame of a morph, enlarged, with its t and what the model's own discriminator reads in it."""
    name = escape(say("morph_frame", language, t=f"{t:.2f}"))
    said = ""
    if reading is not None:
        said = f'<span class="morph-said" role="status">{escape(_summary(card, reading, None, language))}</span>'
    return (
        f'<figure class="stage morph-stage">{picture(card, samples.pixels, name)}<figcaption>'
        f'<strong class="stage-seed">{name}</strong>{said}</figcaption></figure>'
    )


def number(samples: ClassSamples, text: str, language: str) -> str:
    """The pictures of the digits of `text` in a row."""
    (row,) = images.png(images.sheet(samples.pixels, len(text), gap=0))
    name = escape(say("number_written", language, number=text))
    return f'<img class="written" style="--digits: {len(text)}" src="{images.data_uri(row)}" alt="{name}">'


def seen(card: Card, pixels: Pixels, language: str) -> str:
    """A visitor's picture as the networks get it."""
    return (
        f'<figure class="stage seen">{picture(card, pixels, say("seen", language))}<figcaption>'
        f'<strong>{say("seen", language)}</strong><span class="quiet">'
        f"{say('seen_digit' if card.channels == 1 else 'seen_photo', language, size=card.image_size)}</span></figcaption></figure>"
    )


def waiting(language: str) -> str:
    """What stands in the place of the panels until there is a drawing."""
    return f'<p class="quiet waiting">{say("draw_waiting", language)}</p>'


def noise(card: Card, title: str, name: str, language: str) -> str:
    """The measured curve `name` of a model as a section of the page."""
    return (
        f'<section class="card noise"><h3>{say("noise_heading", language)}</h3><p class="quiet">{escape(title)}</p>'
        f"{html.curve(card.curves[name], language)}</section>"
    )
