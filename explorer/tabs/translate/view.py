"""The parts of the *Translate* tab that Gradio has no component for: examples, the way back, digits, the palette."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image

from explorer.page import html
from explorer.page.html import escape
from explorer.pictures import images, targets
from explorer.pictures.images import Pixels
from explorer.tabs.translate import work as translation
from explorer.tabs.translate.work import PALETTE, Digits, Fitted, Photo, Translated
from explorer.texts import say
from models_zoo import Card

GAIN = 4
"""How many times differences are shown."""
LARGE = 196
THUMBNAIL = 96
DIGIT = 64
"""CSS pixels that pictures are wide, about."""
EXAMPLES_JS = """
element.addEventListener('click', event => {
    const button = event.target.closest('.tile');
    if (!button) return;
    element.querySelectorAll('.tile').forEach(tile => tile.setAttribute('aria-pressed', String(tile === button)));
    window.explorer.last(element, () => trigger('select', {name: button.dataset.name}));
});
"""


def examples(card: Card, direction: str, chosen: str, language: str) -> str:
    """The examples of the domain that `direction` leads from as buttons; the one of the file `chosen` is pressed."""
    domain = translation.ends(direction)[0]
    shown, tiles = translation.shown(card, domain, language), ""
    for number, path in enumerate(translation.examples(card, domain), start=1):
        name = escape(say("translate_example", language, number=number, shown=shown))
        tiles += (
            f'<button type="button" class="tile" data-name="{escape(path.name)}" aria-label="{name}" '
            f'aria-pressed="{str(path.name == chosen).lower()}"><img src="{_thumbnail(path)}" alt=""></button>'
        )
    if not tiles:
        return ""
    title = escape(say("translate_examples", language))
    return (
        f'<div class="examples" role="group" aria-label="{title}" style="--tile: {THUMBNAIL // 2 + 8}px">{tiles}</div>'
    )


@lru_cache(maxsize=64)
def _thumbnail(path: Path) -> str:
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((2 * THUMBNAIL,) * 2)
    return images.data_uri(images.encoded(small))


def note(photo: Photo | None, fitted: Fitted | None, language: str) -> str:
    """What was done to the picture before it was translated; without one, how to choose one."""
    if photo is None or fitted is None:
        return f'<p class="quiet">{escape(say("translate_waiting", language))}</p>'
    return f'<p class="quiet" role="status">{escape(how(photo, fitted, language))}</p>'


def how(photo: Photo, fitted: Fitted, language: str) -> str:
    """What was done to the picture, in a sentence."""
    height, width = fitted.pixels.shape[1:3]
    from_width, from_height = photo.size
    sizes = {"width": width, "height": height, "from_width": from_width, "from_height": from_height}
    return say(f"translate_{fitted.how}", language, **sizes)


def remarks(sentences: Sequence[str]) -> str:
    """What is to be said of a translation before one looks at it."""
    return "".join(f'<p class="remark" role="status">{escape(sentence)}</p>' for sentence in sentences)


def batch(sentences: Sequence[str]) -> str:
    """How far several pictures are, and which of them were no good."""
    return "".join(f'<p class="quiet" role="status">{escape(sentence)}</p>' for sentence in sentences)


def strange(card: Card, direction: str, language: str) -> str:
    """That a picture looks unlike those that the model knows."""
    return say("translate_strange", language, shown=translation.shown(card, translation.ends(direction)[0], language))


def waiting(card: Card, language: str) -> str:
    """What stands in the cycle's place while it is computed; nothing where the model cannot go back."""
    if len(card.directions) < 2:
        return ""
    return _headed(f'<p class="quiet">{escape(say("translate_cycle_waiting", language))}</p>', language)


def cycle(translated: Translated, again: Pixels, language: str) -> str:
    """The first picture, what came back, and their difference with the error in a number."""
    error = translation.cycle_error(translated.before[:1], again[:1])
    shown = [
        (say("translate_before", language), translated.before),
        (say("translate_after", language), translated.after),
        (say("translate_back", language), again),
        (say("difference", language, gain=GAIN), targets.difference(translated.before, again, GAIN)),
    ]
    figures = "".join(
        f'<figure><img src="{images.data_uri(images.png(pixels[:1])[0])}" alt="{escape(name)}">'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name, pixels in shown
    )
    crisp = " crisp" if max(translated.before.shape[1:3]) <= 64 else ""
    return _headed(
        f'<div class="cycle{crisp}">{figures}</div><p class="cycle-error" data-error="{error:.6f}">'
        f'<strong class="stage-seed">{error:.3f}</strong>'
        f'<span class="quiet">{escape(say("translate_cycle_error", language))}</span></p>',
        language,
    )


def _headed(body: str, language: str) -> str:
    return f'<h3 class="strip-title">{escape(say("translate_cycle_heading", language))}</h3>{body}'


def reads(digits: Digits, language: str) -> str:
    """What the judges read in the first picture before and after, in a sentence; nothing where one of them is missing."""
    if not (digits.read_before and digits.read_after):
        return ""
    (before, sure), (after, sure_after) = digits.read_before[0], digits.read_after[0]
    return say(
        "translate_reads",
        language,
        before=before,
        after=after,
        before_percent=f"{100 * sure:.0f}",
        after_percent=f"{100 * sure_after:.0f}",
    )


def digits(shown: Digits | None, language: str) -> str:
    """Digits with what a judge reads in them, each above its translation, and how many stayed what they were."""
    if shown is None:
        return f'<p class="quiet">{escape(say("translate_digits_none", language))}</p>'
    count = len(shown.translated.before)
    unread = [("?", 0.0)] * count
    before, after = shown.read_before or unread, shown.read_after or unread
    items, kept = "", 0
    width = html.tile_width(shown.translated.before.shape[2], DIGIT)
    files = [images.png(pixels) for pixels in (shown.translated.before, shown.translated.after)]
    for number, (old, new, was, came) in enumerate(zip(before, after, *files, strict=True), start=1):
        kept += old[0] == new[0]
        items += (
            f"<li>{_digit('before', number, old[0], was, width, language)}"
            f"{_digit('after', number, new[0], came, width, language, ' class=flipped' if new[0] != old[0] else '')}</li>"
        )
    said = ""
    if shown.read_before and shown.read_after:
        words = escape(say("translate_digits_kept", language, kept=kept, count=count))
        said = f'<p class="digits-kept" role="status">{words}</p>'
    return f'<ol class="digit-pairs" style="--tile: {width}px">{items}</ol>{said}'


def _digit(when: str, number: int, label: str, file: bytes, width: int, language: str, mark: str = "") -> str:
    alt = escape(say(f"translate_digit_{when}", language, number=number, label=label))
    return (
        f'<figure><img src="{images.data_uri(file)}" alt="{alt}" width="{width}" height="{width}">'
        f"<figcaption{mark}>{escape(label)}</figcaption></figure>"
    )


def palette(language: str) -> str:
    """The twelve colours of label maps, each with the part of a building that it stands for."""
    items = "".join(
        f'<li><span style="background: rgb{colour}"></span>{escape(say(f"facade_{name}", language))}</li>'
        for name, colour in PALETTE.items()
    )
    return f'<ul class="palette" aria-label="{escape(say("facade_palette", language))}">{items}</ul>'
