"""What the *Words* tab shows: pictures of both stages, how a sentence was read, the way to another one, chips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from explorer.page import html
from explorer.pictures.images import Pixels
from explorer.tabs.words.work import SEEDS, Drawn, Word
from explorer.texts import say

TILE = 192
"""CSS pixels that a picture is wide where there is room: three for each of the first stage's."""

NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A transparent pixel, in the place of a picture that is still being made."""

_render = html.templates(__file__)


def blank() -> Markup:
    """What stands in the pictures' place until there are any."""
    return _render("blank", "en", count=SEEDS, width=TILE)


def pictures(text: str, drawn: Drawn, language: str) -> Markup:
    """A row for each seed, and beside each other its stages and what enlarging the first one would give."""
    columns = [_column(f"words_stage_{place}", stage, language) for place, stage in enumerate(drawn.stages, 1)]
    columns += [_column("words_bicubic", drawn.bicubic, language)] if drawn.bicubic is not None else []
    if drawn.upscaler is not None:
        column = _column("words_upscaled", drawn.bicubic if drawn.upscaled is None else drawn.upscaled, language)
        columns.append(column if drawn.upscaled is not None else {**column, "uris": [NOTHING] * len(drawn.seeds)})
    notes = [] if len(drawn.stages) > 1 else [say("words_one_stage", language)]
    if drawn.upscaler is not None:
        name = drawn.upscaler.text("title", language) or drawn.upscaler.id
        notes.append(say("words_upscaled_note", language, name=name))
    return _render(
        "pictures", language, text=text, columns=columns, seeds=drawn.seeds, note=" ".join(notes), width=TILE
    )


def _column(key: str, pixels: Pixels, language: str) -> dict[str, Any]:
    return {
        "name": say(key, language),
        "height": pixels.shape[1],
        "width": pixels.shape[2],
        "uris": html.uris(pixels),
    }


def reading(found: Sequence[Word], language: str) -> Markup:
    """The words of a sentence, the more inked the more they matter, and in a sentence which were ignored or never learned."""
    most = max((word.weight for word in found), default=0) or 1
    words = [
        {
            "text": word.text,
            "ignored": word.ignored,
            "ink": f"{word.weight / most:.2f}",
            "title": say("words_weight", language, weight=f"{word.weight:.2f}"),
        }
        for word in found
    ]
    return _render("reading", language, words=words, note=" ".join(_notes(found, language)))


def _notes(found: Sequence[Word], language: str) -> list[str]:
    strange = [word for word in found if not word.known]
    if found and len(strange) == len(found):
        return [say("words_all_strange", language)]
    ignored = list(dict.fromkeys(word.text for word in found if word.ignored))
    notes = [say("words_ignored", language, words=", ".join(ignored)) if ignored else say("words_all_read", language)]
    if strange:
        named = dict.fromkeys(
            say("words_meant", language, word=word.text, meant=word.meant) if word.meant else f"“{word.text}”"
            for word in strange
        )
        notes.append(say("words_strange", language, words=", ".join(named)))
    return notes


def strip(pixels: Pixels, where: Sequence[float], ends: tuple[str, str], language: str) -> Markup:
    """The way from one sentence of `ends` to the other."""
    title = say("words_walk_title", language, first=ends[0], second=ends[1])
    return _render("strip", language, title=title, frames=html.frames(pixels, where, language))


def chips(texts: Sequence[str], name: str) -> Markup:
    """Texts as buttons that tell what is on them; `name` is what they are, for whoever cannot see them."""
    return _render("chips", "en", texts=texts, name=name)


def known(words: Sequence[str], plain: str, language: str) -> Markup:
    """The words that a model knows best, as chips, with a note of the sentence that they change."""
    note = say("words_known_note", language, plain=plain) if words else say("words_known_none", language)
    return _render("known", language, note=note, chips=chips(words, say("words_known", language)))
