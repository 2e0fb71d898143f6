"""What the *Translate* tab shows: examples, what is to be said of a translation, the way back, digits, the palette."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from PIL import Image

from explorer.page import html
from explorer.pictures import images, targets
from explorer.pictures.images import Pixels
from explorer.tabs.translate import work
from explorer.tabs.translate.facades import PALETTE
from explorer.tabs.translate.work import Digits, Findings, Fitted, Outcome, Photo, Translated
from explorer.texts import say
from models_zoo import Card

GAIN = 4
"""How many times differences are shown."""
THUMBNAIL = 96
DIGIT = 64
"""CSS pixels that pictures are wide, about."""
CRISP = 256
"""Pixels to which small pictures are enlarged before browsers blur them."""
SMALL = 64
"""Pixels of the longer side up to which the browser is to draw every pixel as a square."""

_render = html.templates(__file__)


def crisp(card: Card, pixels: Pixels) -> bytes:
    """The first of `pixels` as a PNG file; small ones are enlarged, so that their pixels can be seen."""
    is_small = work.is_square(card) and card.image_size < CRISP // 2
    return images.png(images.enlarge(pixels, CRISP) if is_small else pixels)[0]


def between(card: Card, direction: str, language: str) -> str:
    """A direction of a model in words, such as "horse → zebra"."""
    first, second = (work.shown(card, domain, language) for domain in work.ends(direction))
    return say("translate_between", language, first=first, second=second)


def examples(card: Card, direction: str, chosen: str, language: str) -> str:
    """The examples of the domain that `direction` leads from as buttons; the one of the file `chosen` is pressed."""
    domain = work.ends(direction)[0]
    tiles = [(_thumbnail(path), path.name == chosen) for path in work.examples(card, domain)]
    if not tiles:
        return ""
    shown = work.shown(card, domain, language)
    return _render("examples", language, tiles=tiles, shown=shown, width=THUMBNAIL // 2 + 8)


@lru_cache(maxsize=64)
def _thumbnail(path: Path) -> str:
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((2 * THUMBNAIL,) * 2)
    return images.data_uri(images.encoded(small))


def note(photo: Photo | None, fitted: Fitted | None, language: str) -> Markup:
    """What was done to the picture before it was translated; without one, how to choose one."""
    return _render("note", language, how=how(photo, fitted, language) if photo and fitted else "")


def how(photo: Photo, fitted: Fitted, language: str) -> str:
    """What was done to the picture, in a sentence."""
    height, width = fitted.pixels.shape[1:3]
    from_width, from_height = photo.size
    sizes = {"width": width, "height": height, "from_width": from_width, "from_height": from_height}
    return say(f"translate_{fitted.how}", language, **sizes)


def remarks(sentences: Sequence[str]) -> Markup:
    """What is to be said of a translation before one looks at it."""
    return _render("sentences", "en", sentences=sentences, style="remark")


def batch(outcomes: Sequence[Outcome], names: Sequence[str], language: str) -> Markup:
    """How many of the files called `names` are translated so far, which of them were no good, and which were too many."""
    done = sum(outcome.made is not None for outcome in outcomes)
    sentences = [say("translate_batch_done", language, done=done, count=len(names))]
    bad = (outcome for outcome in outcomes if outcome.made is None)
    sentences += [say("translate_batch_bad", language, name=each.name, why=each.why) for each in bad]
    if left := names[work.MOST_FILES :]:
        sentences.append(say("translate_batch_many", language, most=work.MOST_FILES, names=", ".join(left)))
    return _render("sentences", "en", sentences=sentences, style="quiet")


def found(card: Card, direction: str, findings: Findings, language: str) -> list[str]:
    """That a picture looks unlike those that the model knows, and what judges read in it, in sentences."""
    sentences = []
    if findings.strange:
        shown = work.shown(card, work.ends(direction)[0], language)
        sentences.append(say("translate_strange", language, shown=shown))
    if findings.digits and findings.digits.read_before and findings.digits.read_after:
        sentences.append(reads(findings.digits, language))
    return sentences


def reads(digits: Digits, language: str) -> str:
    """What the judges read in the first picture before and after, in a sentence."""
    (before, sure), (after, sure_after) = digits.read_before[0], digits.read_after[0]
    shares = {"before_percent": f"{100 * sure:.0f}", "after_percent": f"{100 * sure_after:.0f}"}
    return say("translate_reads", language, before=before, after=after, **shares)


def waiting(card: Card, language: str) -> str:
    """What stands in the cycle's place while it is computed; nothing where the model cannot go back."""
    return _render("waiting", language) if len(card.directions) > 1 else ""


def cycle(translated: Translated, again: Pixels, language: str) -> Markup:
    """The first picture, what came back, and their difference with the error in a number."""
    shown = [
        (say("translate_before", language), translated.before),
        (say("translate_after", language), translated.after),
        (say("translate_back", language), again),
        (say("difference", language, gain=GAIN), targets.difference(translated.before, again, GAIN)),
    ]
    return _render(
        "cycle",
        language,
        figures=[(name, html.uris(pixels[:1])[0]) for name, pixels in shown],
        is_small=max(translated.before.shape[1:3]) <= SMALL,
        error=work.cycle_error(translated.before[:1], again[:1]),
    )


def digits(shown: Digits | None, language: str) -> Markup:
    """Digits with what a judge reads in them, each above its translation, and how many stayed what they were."""
    if shown is None:
        return _render("no_digits", language)
    unread = ["?"] * len(shown.translated.before)
    before, after = ([label for label, _ in read] or unread for read in (shown.read_before, shown.read_after))
    pictures = html.uris(shown.translated.before), html.uris(shown.translated.after)
    kept = sum(old == new for old, new in zip(before, after, strict=True))
    return _render(
        "digits",
        language,
        pairs=list(zip(before, after, *pictures, strict=True)),
        width=html.tile_width(shown.translated.before.shape[2], DIGIT),
        kept=kept if shown.read_before and shown.read_after else None,
    )


def palette(language: str) -> Markup:
    """The twelve colours of label maps, each with the part of a building that it stands for."""
    parts = [(f"rgb{colour}", say(f"facade_{name}", language)) for name, colour in PALETTE.items()]
    return _render("palette", language, parts=parts)
