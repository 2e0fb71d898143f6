"""The parts of the page that Gradio has no component for, as HTML from Jinja templates: model card, strips, curves."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from markupsafe import escape as escaped

from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts import TEXTS, say
from models_zoo import Card, chart
from models_zoo.card import SAMPLES_FILE, SNAPSHOTS_FILE
from models_zoo.texts import in_language

TILE = 84
"""CSS pixels that a picture in a grid is to be wide, about; few pictures get twice that."""

MAX_SNAPSHOTS = 32
KEPT = 32
"""Pictures of models that are kept as they were read; each takes about a megabyte."""

TEXTUAL = ("text-translation",)
"""Tasks without pictures."""

LICENCES = "licences"
"""Stands in the facts of a model card for its licences, which are several lines."""

ROOT = Path(__file__).parents[1]
"""The folder that templates are named from."""

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def inert(markup: str) -> Markup:
    """`markup` without the characters that the template engines act on through which Gradio sends HTML."""
    # As plain text, for `Markup` would escape what is put in.
    markup = str(markup)
    for character in "{}$`\\":
        markup = markup.replace(character, f"&#{ord(character)};")
    return Markup(markup)


def escape(text: object) -> Markup:
    """`text` for HTML, and for the template engines that Gradio sends it through."""
    return inert(str(escaped(str(text))))


def templates(view: str) -> Callable[..., Markup]:
    """``render(macro, language, **values)`` for the macros of the file ``view.html`` beside the module `view` (its `__file__`).

    Values are escaped unless they are `Markup`, ``say(key, ...)`` gives texts in that language, and ``json(value)`` what a script reads.
    """
    path = Path(view).with_suffix(".html").relative_to(ROOT).as_posix()

    def render(macro: str, language: str, /, **values: Any) -> Markup:
        module = _module(path, language)
        return inert(getattr(module, macro)(**values).strip())

    return render


@functools.lru_cache(maxsize=64)
def _module(path: str, language: str) -> Any:
    return _environment.get_template(path).make_module(
        {"say": functools.partial(_say, language), "json": json.dumps, "TILE": TILE}
    )


def _say(language: str, key: str, **values: object) -> str:
    return say(key, language, **values)


_render = templates(__file__)


def uris(pixels: Pixels) -> list[str]:
    """Pictures N x H x W x C as PNG files in data URIs, for `<img src>`."""
    return [images.data_uri(picture) for picture in images.png(pixels)]


def percent(share: float) -> str:
    """A probability as whole percent; what is neither certain nor impossible never reads 0 or 100."""
    whole = round(100 * share)
    if whole == 0 and share > 0.0005:
        return "<1"
    return ">99" if whole == 100 and share < 0.9995 else str(whole)


def verdict_text(card: Card, verdict: float, form: str, language: str) -> str:
    """A verdict in words, `form` being ``"short"`` or ``"long"``."""
    if card.verdict == "logits":
        return say(f"real_{form}", language, percent=f"{100 * verdict:.0f}")
    return say(f"score_{form}", language, score=f"{verdict:.2f}")


def hundredths(share: float) -> str:
    """A share of 0 to 1 with two decimals; halves go up, as in the browser, so that one place has one name everywhere."""
    # Rounded before, for 0.125 may come as 0.12499999.
    return f"{math.floor(round(100 * share, 4) + 0.5) / 100:.2f}"


def tile_width(size: int, target: int) -> int:
    """The width at which an image `size` pixels wide stays crisp: the whole multiple (or fraction) nearest `target`."""
    return size * max(1, round(target / size)) if size <= target else round(size / round(size / target))


def blank_tiles(count: int) -> Markup:
    """What stands in a grid's place until its first pictures are there."""
    return _render("blank_tiles", "en", count=count)


def blank_stage() -> Markup:
    """What stands in the current image's place until there is one."""
    return _render("blank_stage", "en")


def snapshots(card: Card) -> list[tuple[int, str]]:
    """The steps at which a model was looked at while it learned, and what it drew, for `<img src>`; none where there are none."""
    path = card.folder / SNAPSHOTS_FILE if card.folder else None
    steps = [step for step in card.snapshots if isinstance(step, int)]
    if path is None or not 0 < len(steps) == len(card.snapshots) <= MAX_SNAPSHOTS:
        return []
    return list(zip(steps, _cells(path, len(steps)), strict=False))


def strip(card: Card, language: str) -> str:
    """The training snapshots of a model, each with its step; empty where the checkpoint has none."""
    cells = [(f"{step:,}", cell) for step, cell in snapshots(card)]
    return _render("strip", language, cells=cells) if cells else ""


def row(card: Card, shown: Sequence[tuple[str, Pixels | None]], target: int) -> Markup:
    """Named pictures of a model's size side by side, each about `target` CSS pixels wide; None leaves its place empty."""
    pictures = [(name, "" if pixels is None else uris(pixels)[0]) for name, pixels in shown]
    return _render("row", "en", pictures=pictures, width=tile_width(card.image_size, target))


def frames(pixels: Pixels, steps: Sequence[float], language: str) -> Markup:
    """Frames of a way from t = 0 to 1 side by side, each with its t."""
    cells = [(hundredths(t), uri) for t, uri in zip(steps, uris(pixels), strict=True)]
    return _render("frames", language, cells=cells)


def curve(values: dict[str, Any], language: str, marks: Sequence[float] = ()) -> Markup:
    """A measured curve, as a card holds it, with what it shows below it; `marks` are those of `models_zoo.chart.svg`.

    `charts.js` reads values from it, hides its lines, and saves its numbers.
    """
    told = chart.described(values, language)
    return _render(
        "curve",
        language,
        # The chart's texts are escaped for HTML.
        drawn=Markup(chart.svg(values, language, marks, legend=False)),
        told=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        title=told["title"],
        last=len(told["x"]["values"]) - 1,
        keys=[(line["label"], Markup(chart.stroke(place))) for place, line in enumerate(told["series"])],
        is_plot="box" in told,
        caption=in_language(values["caption"], language),
        count=_number(values.get("n")),
    )


def model_card(card: Card, title: str, language: str) -> Markup:
    """What a model was trained on, under which licences, how good it is and where it fails."""
    return _render(
        "model_card",
        language,
        title=title,
        summary=card.text("summary", language),
        facts=[(say(key, language), value) for key, value in _facts(card, language) if value],
        command=card.command,
        licences=_licences(card, language),
        metrics=_metrics(card, language),
        curves=[curve(values, language) for values in card.curves.values()],
        sheet=_sheet(card),
    )


def _facts(card: Card, language: str) -> list[tuple[str, str]]:
    """Keys of texts and what the card says under them, as far as that is plain text."""
    return [
        ("trained_on", card.text("trained_on", language) or card.dataset),
        ("labels", f"{card.labels:,}" if card.labels else ""),
        ("images_seen", _training(card, language)),
        ("resolution", _resolution(card, language)),
        ("latent", say("latent_value", language, size=card.latent_size) if card.latent_size else ""),
        ("licence", LICENCES if card.licences else ""),
        ("limits", card.text("limits", language)),
        ("made_by", card.command),
    ]


def _training(card: Card, language: str) -> str:
    if not card.images_seen:
        return ""
    key = "pairs_seen_value" if card.task in TEXTUAL else "images_seen_value"
    return say(key, language, images=f"{card.images_seen:,}", steps=f"{card.step:,}")


def _resolution(card: Card, language: str) -> str:
    if card.task in TEXTUAL:
        return ""
    return f"{card.image_size} × {card.image_size}, {say('grey' if card.channels == 1 else 'colour', language)}"


def _licences(card: Card, language: str) -> list[str]:
    names = {"weights": say("licence_weights", language), "data": say("licence_data", language)}
    return [f"{names.get(what, what)}: {licence}" for what, licence in card.licences.items()]


def _metrics(card: Card, language: str) -> list[dict[str, str]]:
    """The rows of the table of numbers."""
    rows = []
    for name, metric in card.metrics.items():
        if not isinstance(metric, dict):
            continue
        label = metric.get("reference_label")
        reference = _number(metric.get("reference"))
        rows.append(
            {
                "name": metric_name(name, language),
                "better": metric["better"] if metric.get("better") in ("lower", "higher") else "",
                "value": _number(metric.get("value")),
                "reference": reference,
                "reference_label": in_language(label, language) if reference and label else "",
                "n": _number(metric.get("n")),
            }
        )
    return rows


def metric_name(name: str, language: str) -> str:
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
        return str(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    # Near one, three digits would hide what shares and accuracies differ by.
    return f"{value:.4f}" if 0.9 <= value < 1 else f"{value:.3g}"


def _sheet(card: Card) -> str:
    path = card.folder / SAMPLES_FILE if card.folder else None
    cells = _cells(path, 1) if path else []
    return cells[0] if cells else ""


def _cells(path: Path, count: int) -> list[str]:
    """The cells of the picture at `path` for `<img src>`; none where it cannot be read."""
    try:
        return _cells_at(path, path.stat().st_mtime_ns, count)
    except OSError:
        return []


@functools.lru_cache(maxsize=KEPT)
def _cells_at(path: Path, _written: int, count: int) -> list[str]:
    return images.split_strip(path, count)
