"""The parts of the page that Gradio has no component for, as HTML: picture grid, stage, strip, model card."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.sample.work import Samples
from explorer.texts import TEXTS, say
from models_zoo import Card, chart
from models_zoo.card import SAMPLES_FILE, SNAPSHOTS_FILE
from models_zoo.texts import in_language

TILE = 84
"""CSS pixels that a picture in a grid is to be wide, about; few pictures get twice that."""

MAX_SNAPSHOTS = 32

GRID_JS = """
const press = button => element.querySelectorAll('.tile').forEach(
    tile => tile.setAttribute('aria-pressed', String(tile === button)));
element.addEventListener('click', event => {
    const button = event.target.closest('.tile');
    if (!button) return;
    press(button);
    window.explorer.last(element, () => trigger('select', {seed: Number(button.dataset.seed)}));
});
"""


def escape(text: object) -> str:
    """`text` for HTML, and for the template engines that Gradio sends it through."""
    return _inert(html.escape(str(text)))


def _inert(markup: str) -> str:
    """`markup` without the characters that the template engines act on."""
    for character in "{}$`\\":
        markup = markup.replace(character, f"&#{ord(character)};")
    return markup


def verdict_text(card: Card, verdict: float, form: str, language: str) -> str:
    """A verdict in words, `form` being ``"short"`` or ``"long"``."""
    if card.verdict == "logits":
        return say(f"real_{form}", language, percent=f"{100 * verdict:.0f}")
    return say(f"score_{form}", language, score=f"{verdict:.2f}")


def tile_width(size: int, target: int) -> int:
    """The width at which an image `size` pixels wide stays crisp: the whole multiple (or fraction) nearest `target`."""
    return size * max(1, round(target / size)) if size <= target else round(size / round(size / target))


def grid(card: Card, samples: Samples, chosen: int, language: str) -> str:
    """All samples as buttons captioned with their seed and verdict; the one of seed `chosen` is pressed."""
    width = tile_width(card.image_size, TILE * 2 if len(samples.seeds) <= 4 else TILE)
    tiles = []
    for index, (seed, picture) in enumerate(zip(samples.seeds, images.png(samples.pixels), strict=True)):
        name = say("tile", language, seed=seed)
        judged = ""
        if samples.verdicts is not None:
            words = verdict_text(card, samples.verdicts[index], "short", language)
            name, judged = f"{name}, {words}", f'<span class="tile-verdict">{escape(words)}</span>'
        tiles.append(
            f'<button type="button" class="tile" data-seed="{seed}" aria-pressed="{str(seed == chosen).lower()}" '
            f'aria-label="{escape(name)}"><img src="{images.data_uri(picture)}" alt="" width="{width}" height="{width}">'
            f'<span class="tile-seed">{seed}</span>{judged}</button>'
        )
    return f'<div class="tiles" style="--tile: {width}px" role="group" aria-label="{say("grid", language)}">{"".join(tiles)}</div>'


def blank_grid(count: int) -> str:
    """What stands in the grid's place until the first samples are there."""
    return f'<div class="tiles" style="--tile: {TILE}px" aria-hidden="true">{"<span class=blank></span>" * count}</div>'


def blank_stage() -> str:
    """What stands in the current image's place until there is one."""
    return f'<div class="stage" style="--tile: {2 * TILE}px" aria-hidden="true"><span class="blank"></span></div>'


def stage(card: Card, title: str, samples: Samples, truncation: float, language: str) -> str:
    """The first of `samples`, enlarged, with all that makes it again."""
    seed = samples.seeds[0]
    width = tile_width(card.image_size, 168)
    judged = (
        verdict_text(card, samples.verdicts[0], "long", language) if samples.verdicts else say("no_verdict", language)
    )
    return (
        f'<figure class="stage"><img src="{images.data_uri(images.png(samples.pixels)[0])}" width="{width}" height="{width}" '
        f'alt="{escape(say("tile", language, seed=seed))}"><figcaption><span class="eyebrow">{say("current", language)}</span>'
        f'<strong class="stage-seed">{escape(say("tile", language, seed=seed))}</strong>'
        f'<span class="chips"><span class="chip">{escape(title)}</span><span class="chip">ψ = {truncation:g}</span></span>'
        f'<span>{escape(judged)}</span><span class="quiet">{escape(say("current_hint", language))}</span></figcaption></figure>'
    )


def snapshots(card: Card) -> list[tuple[int, bytes]]:
    """The steps at which a model was looked at while it learned, and what it drew, as PNG; none where there are none."""
    path = card.folder / SNAPSHOTS_FILE if card.folder else None
    steps = [step for step in card.snapshots if isinstance(step, int)]
    if path is None or not 0 < len(steps) == len(card.snapshots) <= MAX_SNAPSHOTS or not path.is_file():
        return []
    try:
        return list(zip(steps, images.split_strip(path, len(steps)), strict=True))
    except OSError:
        return []


def strip(card: Card, language: str) -> str:
    """The training snapshots of a model, each with its step; empty where the checkpoint has none."""
    figures = "".join(
        f'<li><figure><img src="{images.data_uri(cell)}" alt="{escape(say("step", language, step=f"{step:,}"))}">'
        f"<figcaption>{step:,}</figcaption></figure></li>"
        for step, cell in snapshots(card)
    )
    if not figures:
        return ""
    return (
        f'<section class="card"><h3>{say("snapshots", language)}</h3>'
        f'<p class="quiet">{say("snapshots_lead", language)}</p><ol class="strip">{figures}</ol></section>'
    )


def row(card: Card, shown: Sequence[tuple[str, Pixels | None]], target: int) -> str:
    """Named pictures of a model's size side by side, each about `target` CSS pixels wide; None leaves its place empty."""
    width = tile_width(card.image_size, target)
    figures = ""
    for name, pixels in shown:
        picture = '<span class="blank still"></span>'
        if pixels is not None:
            uri = images.data_uri(images.png(pixels)[0])
            picture = f'<img src="{uri}" alt="{escape(name)}" width="{width}" height="{width}">'
        figures += f"<figure>{picture}<figcaption>{escape(name)}</figcaption></figure>"
    return f'<div class="inversion" style="--tile: {width}px">{figures}</div>'


def frames(pixels: Pixels, steps: Sequence[float], language: str) -> str:
    """Frames of a way from t = 0 to 1 side by side, each with its t."""
    cells = "".join(
        f'<li><figure><img src="{images.data_uri(picture)}" alt="{escape(say("morph_frame", language, t=f"{t:.2f}"))}">'
        f"<figcaption>{t:.2f}</figcaption></figure></li>"
        for t, picture in zip(steps, images.png(pixels), strict=True)
    )
    return f'<ol class="strip frames">{cells}</ol>'


def model_card(card: Card, title: str, language: str) -> str:
    """What a model was trained on, under which licences, how good it is and where it fails."""
    facts = [
        (say("trained_on", language), escape(card.text("trained_on", language) or card.dataset)),
        (say("labels", language), f"{card.labels:,}" if card.labels else ""),
        (say("images_seen", language), _training(card, language)),
        (say("resolution", language), _resolution(card, language)),
        (say("latent", language), say("latent_value", language, size=card.latent_size) if card.latent_size else ""),
        (say("licence", language), "<br>".join(_licences(card, language))),
        (say("limits", language), escape(card.text("limits", language))),
        (say("made_by", language), f"<code>{escape(card.command)}</code>" if card.command else ""),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    return (
        f'<section class="card about"><div><h3>{say("card", language)}</h3><h4>{escape(title)}</h4>'
        f'<p>{escape(card.text("summary", language))}</p><dl class="facts">{rows}</dl>{_metrics(card, language)}'
        f"{''.join(curve(values, language) for values in card.curves.values())}</div>"
        f"{_sheet(card, language)}</section>"
    )


def curve(values: dict[str, Any], language: str, marks: Sequence[float] = ()) -> str:
    """A measured curve, as a card holds it, with what it shows below it; `marks` are those of `models_zoo.chart.svg`."""
    # The chart's texts are escaped for HTML; what Gradio's template engines would read is not.
    drawn = _inert(chart.svg(values, language, marks))
    note = escape(in_language(values["caption"], language))
    count = _number(values.get("n"))
    if count:
        note += f" {say('curve_n', language, n=count)}"
    return f'<figure class="curve">{drawn}<figcaption class="quiet">{note}</figcaption></figure>'


def _training(card: Card, language: str) -> str:
    if not card.images_seen:
        return ""
    return say("images_seen_value", language, images=f"{card.images_seen:,}", steps=f"{card.step:,}")


def _resolution(card: Card, language: str) -> str:
    return f"{card.image_size} × {card.image_size}, {say('grey' if card.channels == 1 else 'colour', language)}"


def _licences(card: Card, language: str) -> list[str]:
    names = {"weights": say("licence_weights", language), "data": say("licence_data", language)}
    return [f"{escape(names.get(what, what))}: {escape(licence)}" for what, licence in card.licences.items()]


def _metrics(card: Card, language: str) -> str:
    if not card.metrics:
        return ""
    body = ""
    for name, metric in card.metrics.items():
        if not isinstance(metric, dict):
            continue
        better = metric.get("better")
        hint = f'<span class="quiet">{say(better, language)}</span>' if better in ("lower", "higher") else ""
        reference = _number(metric.get("reference"))
        if reference and metric.get("reference_label"):
            reference += f' <span class="quiet">{escape(in_language(metric["reference_label"], language))}</span>'
        body += (
            f'<tr><th scope="row">{escape(_metric_name(name, language))} {hint}</th><td class="number">{_number(metric.get("value"))}</td>'
            f'<td>{reference}</td><td class="number">{_number(metric.get("n"))}</td></tr>'
        )
    head = "".join(f'<th scope="col">{say(name, language)}</th>' for name in ("metric", "value", "reference", "n"))
    return f'<h4>{say("numbers", language)}</h4><table class="numbers"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _metric_name(name: str, language: str) -> str:
    """What people read; a slash parts a measure from what it was taken of."""
    measure, _, of = name.partition("/")
    key = f"metric_{measure}"
    text = say(key, language) if key in TEXTS else measure.replace("_", " ")
    if not of:
        return text
    return f"{text}: {', '.join(_measured_on(each, language) for each in of.split(',_'))}"


def _measured_on(name: str, language: str) -> str:
    """A colour, a direction, an attribute or the like; one that has no words here keeps its name."""
    keys = [key for key in (f"of_{name}", f"trait_{name}") if key in TEXTS]
    return say(keys[0], language) if keys else name.replace("_", " ")


def _number(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return escape(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    # Near one, three digits would hide what shares and accuracies differ by.
    return f"{value:.4f}" if 0.9 <= value < 1 else f"{value:.3g}"


def _sheet(card: Card, language: str) -> str:
    path = card.folder / SAMPLES_FILE if card.folder else None
    if path is None or not path.is_file():
        return ""
    try:
        (picture,) = images.split_strip(path, 1)
    except OSError:
        return ""
    return f'<img class="sheet" src="{images.data_uri(picture)}" alt="{say("sheet", language)}">'
