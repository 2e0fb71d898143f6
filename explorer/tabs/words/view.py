"""The parts of the *Words* tab that Gradio has no component for."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.page import html
from explorer.page.html import escape
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.words.work import SEEDS, Drawn, Word
from explorer.texts import say

TILE = 192
"""CSS pixels that a picture is wide where there is room: three for each of the first stage's."""
CHIPS_JS = """
element.addEventListener('click', event => {
    const chip = event.target.closest('button[data-text]');
    if (chip) trigger('select', {text: chip.dataset.text});
});
"""


def blank() -> str:
    """What stands in the pictures' place until there are any."""
    return f'<div class="tiles" style="--tile: {TILE}px" aria-hidden="true">{"<span class=blank></span>" * SEEDS}</div>'


def pictures(text: str, drawn: Drawn, language: str) -> str:
    """A row for each seed, and beside each other its stages and what enlarging the first one would give."""
    columns = [(say(f"words_stage_{place}", language), stage) for place, stage in enumerate(drawn.stages, 1)]
    columns += [(say("words_bicubic", language), drawn.bicubic)] if drawn.bicubic is not None else []
    if drawn.upscaled is not None and drawn.upscaler is not None:
        columns.append((say("words_upscaled", language), drawn.upscaled))
    heads = "".join(
        f'<th scope="col">{escape(name)} <span class="quiet">{pixels.shape[1]} × {pixels.shape[2]}</span></th>'
        for name, pixels in columns
    )
    files = [images.png(pixels) for _, pixels in columns]
    rows = ""
    for place, seed in enumerate(drawn.seeds):
        cells = "".join(
            f'<td><img src="{images.data_uri(column[place])}" '
            f'alt="{escape(text)}, {escape(say("tile", language, seed=seed))}, {escape(name)}"></td>'
            for (name, _), column in zip(columns, files, strict=True)
        )
        rows += f'<tr><th scope="row">{seed}</th>{cells}</tr>'
    notes = [] if len(drawn.stages) > 1 else [say("words_one_stage", language)]
    if drawn.upscaler is not None:
        name = drawn.upscaler.text("title", language) or drawn.upscaler.id
        notes.append(say("words_upscaled_note", language, name=name))
    note = f'<p class="quiet">{escape(" ".join(notes))}</p>' if notes else ""
    return (
        f'<table class="stages" style="--tile: {TILE}px; --columns: {len(columns)}">'
        f'<thead><tr><th scope="col" class="corner">{escape(say("seed_corner", language))}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{note}"
    )


def reading(found: Sequence[Word], language: str) -> str:
    """The words of a sentence, the more inked the more they matter, and in a sentence which were ignored or never learned."""
    most = max((word.weight for word in found), default=0) or 1
    said = " ".join(
        f'<span class="read-word{" ignored" if word.ignored else ""}" style="--weight: {word.weight / most:.2f}" '
        f'title="{escape(say("words_weight", language, weight=f"{word.weight:.2f}"))}">{escape(word.text)}</span>'
        for word in found
    )
    ignored = list(dict.fromkeys(word.text for word in found if word.ignored))
    strange = [word for word in found if not word.known]
    notes = [say("words_ignored", language, words=", ".join(ignored)) if ignored else say("words_all_read", language)]
    if found and len(strange) == len(found):
        notes = [say("words_all_strange", language)]
    elif strange:
        named = dict.fromkeys(
            say("words_meant", language, word=word.text, meant=word.meant) if word.meant else f"“{word.text}”"
            for word in strange
        )
        notes.append(say("words_strange", language, words=", ".join(named)))
    return (
        f'<h3 class="strip-title">{escape(say("words_reading", language))}</h3><p class="reading">{said}</p>'
        f'<p class="quiet">{escape(" ".join(notes))}</p>'
    )


def strip(pixels: Pixels, where: Sequence[float], first: str, second: str, language: str) -> str:
    """The way from one sentence to another."""
    heading = escape(say("words_walk_title", language, first=first, second=second))
    return f'<h3 class="strip-title">{heading}</h3>{html.frames(pixels, where, language)}'


def chips(texts: Sequence[str], name: str) -> str:
    """Texts as buttons that tell what is on them; `name` is what they are, for whoever cannot see them."""
    buttons = "".join(
        f'<button type="button" class="chip" data-text="{escape(text)}">{escape(text)}</button>' for text in texts
    )
    return f'<div class="chips word-chips" role="group" aria-label="{escape(name)}">{buttons}</div>'
