"""The parts of the *Arithmetic* tab that Gradio has no component for: the equation, and the pool to choose from."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.latent.kept import Kept
from explorer.page import html
from explorer.page.checks import MAX_SEED, MAX_WEIGHT
from explorer.page.html import escape, tile_width
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.arithmetic import work as arithmetic
from explorer.tabs.arithmetic.work import COUNTS, ROWS, Equation, Exemplar, Solution, Term
from explorer.tabs.classes.view import percent
from explorer.texts import TEXTS, say
from models_zoo import Card
from models_zoo.pool import Pool, Traits

BOARD_JS = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")
SMALL, LARGE = 96, 256
"""CSS pixels that an exemplar and the result are wide, about."""
PAGE = 20
"""Pictures of the pool that are shown at once."""
MINUS, PLUS = "−", "+"


def trait(name: str, wanted: bool, language: str) -> str:
    """A trait that is wanted or unwanted, for people."""
    key = f"trait_{'' if wanted else 'no_'}{name}"
    if key in TEXTS:
        return say(key, language)
    text = name.replace("_", " ")
    return text if wanted else say("trait_without", language, name=text)


def title(traits: Traits, language: str) -> str:
    """All traits of a row, for people."""
    words = [trait(name, wanted, language) for name, wanted in traits.items()]
    return say("trait_list", language).join(words) or say("sums_any", language)


def blank() -> str:
    """What stands in the equation's place until there is one."""
    row = f'<div class="keys" style="--tile: {SMALL}px">{"<span class=blank></span>" * 4}</div>'
    return f'<div class="sum-blank" aria-hidden="true">{row * 3}</div>'


def board(card: Card, equation: Equation, solution: Solution, found: Pool, language: str) -> str:
    """Presets, the three rows, the result with what the judge sees in it, and the way there."""
    rows = "".join(_row(card, place, equation.terms[place], solution, found, language) for place in range(len(ROWS)))
    kept = any(isinstance(exemplar.source, Kept) for term in equation.terms for exemplar in term.exemplars)
    note = f'<p class="quiet">{escape(say("sums_link", language))}</p>' if kept else ""
    return (
        f'{_presets(found, language)}<div class="sum"><div><ol class="terms" aria-label="{escape(say("sums_terms", language))}">{rows}</ol>'
        f"{_whole(language)}</div>"
        f"{_outcome(card, equation, solution, found, language)}</div>{note}{_strip(equation, solution, language)}"
    )


def _presets(found: Pool, language: str) -> str:
    presets = "".join(
        _button({"act": "preset", "name": name}, say(f"sum_{name}", language)) for name in arithmetic.presets(found)
    )
    name = escape(say("sums_presets", language))
    return f'<div class="key-acts sum-presets" role="group" aria-label="{name}">{presets}</div>' if presets else ""


def _whole(language: str) -> str:
    """What changes all rows at once."""
    counts = "".join(
        _button({"act": "anew", "count": count}, str(count), say("sums_count", language, count=count))
        for count in COUNTS
    )
    name = escape(say("sums_counts", language))
    return (
        f'<div class="key-acts sum-whole"><span class="quiet">{name}</span><span class="adding" role="group" aria-label="{name}">{counts}</span>'
        f"{_button({'act': 'undo'}, say('sums_undo', language))}</div>"
    )


def _button(told: dict[str, Any], text: str, name: str = "", kind: str = "") -> str:
    """A button that tells the page's function `told`; `name` is what a screen reader says where the text is too short."""
    more = f' aria-label="{escape(name)}" title="{escape(name)}"' if name else ""
    more += f' class="{kind}"' if kind else ""
    return f'<button type="button" data-told="{escape(json.dumps(told))}"{more}>{escape(text)}</button>'


def _image(pixels: Pixels, width: int, alt: str) -> str:
    """The one picture of `pixels`: digits keep their pixels, while faces, and what does not fit, are made smooth."""
    smooth = "" if pixels.shape[3] == 1 and width % pixels.shape[2] == 0 else ' class="smooth"'
    uri = images.data_uri(images.png(pixels)[0])
    return f'<img src="{uri}" width="{width}" height="{width}" alt="{escape(alt)}"{smooth}>'


def _small(card: Card) -> int:
    """How wide an exemplar is: crisp where that comes near."""
    crisp = tile_width(card.image_size, SMALL)
    return crisp if abs(crisp - SMALL) <= SMALL // 6 else SMALL


def _row(card: Card, place: int, term: Term, solution: Solution, found: Pool, language: str) -> str:
    row, width = ROWS[place], _small(card)
    heading = say("sums_row", language, row=row, title=title(term.traits, language))
    tiles = "".join(
        _exemplar(place, index, exemplar, solution.exemplars[place][index : index + 1], width, language)
        for index, exemplar in enumerate(term.exemplars)
    )
    average = _image(solution.averages[place : place + 1], width, say("sums_average_of", language, row=row))
    seen = [_said(name, solution, place, found, language) for name in _told_of((term,), solution, found, place)]
    buttons = _button(
        {"act": "find", "row": place}, say("sums_find", language), say("sums_find_row", language, row=row)
    )
    buttons += _button(
        {"act": "pick", "row": place}, say("sums_pick", language), say("sums_pick_row", language, row=row)
    )
    return (
        f'<li class="term" aria-label="{escape(heading)}"><span class="sign" aria-hidden="true">{("", MINUS, PLUS)[place]}</span>'
        f'<div class="term-body"><div class="term-head">{_chips(place, term, found, language)}<span class="term-acts">{buttons}</span></div>'
        f'<div class="term-sum"><div class="exemplars" style="--tile: {width}px">{tiles}</div>'
        f'<span class="sign" aria-hidden="true">=</span><figure class="average" style="--tile: {width}px">{average}'
        f"<figcaption>{escape(say('sums_average', language))}<span>{escape(say('trait_list', language).join(seen))}</span></figcaption></figure></div>"
        f"{_acts(place, language)}{_shortage(term, found, language)}</div></li>"
    )


def _chips(place: int, term: Term, found: Pool, language: str) -> str:
    """The traits of a row, each with a cross, and a list of those that can be asked for."""
    chips = "".join(
        _button(
            {"act": "trait", "row": place, "name": name, "wanted": None},
            f"{trait(name, wanted, language)} ×",
            say("sums_trait_drop", language, title=trait(name, wanted, language)),
            "chip",
        )
        for name, wanted in term.traits.items()
    )
    if not term.traits:
        chips = f'<span class="chip">{escape(say("sums_any", language))}</span>'
    offers = [(name, wanted) for name, wanted in arithmetic.offered(found) if term.traits.get(name) is not wanted]
    if not offers:
        return f'<span class="chips">{chips}</span>'
    options = "".join(
        f'<option value="{escape(json.dumps({"act": "trait", "row": place, "name": name, "wanted": wanted}))}">'
        f"{escape(trait(name, wanted, language))}</option>"
        for name, wanted in offers
    )
    return (
        f'<span class="chips">{chips}<select class="trait-choice" aria-label="{escape(say("sums_trait_row", language, row=ROWS[place]))}">'
        f'<option value="">{escape(say("sums_trait_choose", language))}</option>{options}</select></span>'
    )


def _exemplar(place: int, index: int, exemplar: Exemplar, pixels: Pixels, width: int, language: str) -> str:
    name = source_name(exemplar.source, language)
    weight = f'<span class="weight">×{exemplar.weight:g}</span>' if exemplar.weight != 1 else ""
    short = str(exemplar.source) if isinstance(exemplar.source, int) else name
    label = escape(say("sums_exemplar", language, name=name, row=ROWS[place]))
    return (
        f'<button type="button" class="exemplar" data-row="{place}" data-place="{index}" data-weight="{exemplar.weight:g}" '
        f'aria-expanded="false" aria-label="{label}" title="{escape(name)}">{_image(pixels, width, "")}{weight}'
        f'<span class="key-name">{escape(short)}</span></button>'
    )


def source_name(source: int | Kept, language: str) -> str:
    """What an exemplar is called."""
    return say("tile", language, seed=source) if isinstance(source, int) else source.name


def _acts(place: int, language: str) -> str:
    """What can be done with the exemplar that is pressed; hidden until one is."""
    weight = escape(say("sums_weight", language))
    return (
        f'<div class="key-acts exemplar-acts" data-row="{place}" hidden><label>{weight} <input type="range" min="0" max="{MAX_WEIGHT}" '
        f'step="0.25" value="1"></label><output>1</output><button type="button" data-remove>{escape(say("sums_remove", language))}</button></div>'
    )


def _shortage(term: Term, found: Pool, language: str) -> str:
    """A word on a row for whose traits the pool has too few pictures."""
    _, shown = found.order(term.traits)
    if not term.traits or shown >= arithmetic.USUAL:
        return ""
    words = say("sums_few" if shown else "sums_none", language, shown=shown, count=f"{len(found.logits):,}")
    return f'<p class="quiet shortage" role="status">{escape(words)}</p>'


def _told_of(terms: Sequence[Term], solution: Solution, found: Pool, place: int) -> list[str]:
    """Of which traits the judge's word on a picture is shown: those that the rows ask for.

    Where traits exclude each other it is the one that the judge sees most surely, and where nothing was asked for the
    first that the page offers.
    """
    if not solution.readings:
        return []
    if found.exclusive:
        return [max(solution.readings, key=lambda name: solution.readings[name][place])]
    asked = dict.fromkeys(name for term in terms for name in term.traits if name in solution.readings)
    return list(asked) or [name for name in arithmetic.OFFERED[:3] if name in solution.readings]


def _said(name: str, solution: Solution, place: int, found: Pool, language: str) -> str:
    """What the judge says of a trait in one of the four pictures: ``"Glasses 97 %"``, or ``"Reads 3 (97 %)"``."""
    share = solution.readings[name][place]
    if found.exclusive:
        return say("reads", language, label=name, percent=percent(share))
    return f"{trait(name, share >= 0.5, language)} {percent(max(share, 1 - share))}\u00a0%"


def _outcome(card: Card, equation: Equation, solution: Solution, found: Pool, language: str) -> str:
    width = tile_width(card.image_size, LARGE)
    near = max(1, html.TILE // card.image_size) * card.image_size
    (sheet,) = images.png(images.sheet(solution.neighbourhood, 3, gap=0))
    length = math.sqrt(sum(value * value for value in solution.z))
    words = say("sums_length", language, length=f"{length:.1f}", usual=f"{math.sqrt(card.latent_size):.1f}")
    return (
        f'<div class="outcome"><span class="sign" aria-hidden="true">=</span><div class="outcome-body"><figure class="sum-result">'
        f"{_image(solution.result, width, say('sums_result_alt', language))}<figcaption>{escape(say('sums_result', language))}</figcaption></figure>"
        f'<div class="outcome-side">{_verdict(equation, solution, found, language)}<figure class="near"><img src="{images.data_uri(sheet)}" '
        f'width="{3 * near}" height="{3 * near}" alt="{escape(say("sums_near", language))}"><figcaption>{escape(say("sums_near", language))}</figcaption></figure>'
        f'</div><p class="quiet length">{escape(words)}</p></div></div>'
    )


def _verdict(equation: Equation, solution: Solution, found: Pool, language: str) -> str:
    """What the judge sees in the result, with a tick where it is what the sum promises."""
    result = len(ROWS)
    sought = arithmetic.sought(equation.terms)
    names = _told_of(equation.terms, solution, found, result)
    if not names:
        return ""
    lines = []
    for name in sorted(names, key=lambda name: name not in sought):
        share = solution.readings[name][result]
        sees, mark = share >= 0.5, ""
        if name in sought and not found.exclusive:
            if sees is sought[name]:
                mark = f' <span class="hit" role="img" aria-label="{escape(say("sums_sought", language))}">✓</span>'
            else:
                missed = say("sums_missed", language, title=trait(name, sought[name], language))
                mark = f' <span class="quiet">({escape(missed)})</span>'
        lines.append(f"<li>{escape(_said(name, solution, result, found, language))}{mark}</li>")
    return f'<div class="sum-verdict" role="status"><h4>{escape(say("sums_judge", language))}</h4><ul>{"".join(lines)}</ul></div>'


def _strip(equation: Equation, solution: Solution, language: str) -> str:
    last = len(solution.strip) - 1
    cells = ""
    for place, picture in enumerate(images.png(solution.strip)):
        percent = f"{100 * place / last:.0f}"
        caption = {0: "A", last: say("sums_result", language)}.get(place, f"{percent} %")
        alt = say("sums_strip_step", language, percent=percent)
        cells += f'<li><figure><img src="{images.data_uri(picture)}" alt="{escape(alt)}"><figcaption>{escape(caption)}</figcaption></figure></li>'
    heading = escape(say("sums_strip_scaled" if equation.usual_length else "sums_strip", language))
    return f'<h3 class="strip-title">{heading}</h3><ol class="strip frames sum-strip">{cells}</ol>'


def pool(
    card: Card,
    term: Term,
    row: int,
    page: int,
    seeds: Sequence[int],
    pixels: Pixels,
    found: Pool,
    kept: Sequence[Kept],
    language: str,
) -> str:
    """A page of the pool to choose exemplars of a row from, the clearest first, and other pictures that can be added."""
    width, chosen = _small(card), set(term.seeds())
    tiles = "".join(
        f'<button type="button" class="tile" data-told="{escape(json.dumps({"act": "toggle", "seed": seed}))}" '
        f'aria-pressed="{str(seed in chosen).lower()}" aria-label="{escape(say("tile", language, seed=seed))}">'
        f'{_image(pixels[index : index + 1], width, "")}<span class="tile-seed">{seed}</span></button>'
        for index, seed in enumerate(seeds)
    )
    order, shown = found.order(term.traits)
    pages = math.ceil(len(order) / PAGE)
    lead = say("sums_picking_any", language)
    if term.traits:
        lead = say("sums_picking_lead", language, shown=f"{shown:,}", count=f"{len(order):,}")
    turning = (
        _button({"act": "pick", "row": row, "page": max(0, page - 1)}, say("sums_earlier", language))
        + f'<span class="quiet">{escape(say("sums_page", language, page=page + 1, pages=pages))}</span>'
        + _button({"act": "pick", "row": row, "page": min(pages - 1, page + 1)}, say("sums_later", language))
        + _button({"act": "close"}, say("sums_close", language))
    )
    heading = escape(say("sums_picking", language, row=ROWS[row], title=title(term.traits, language)))
    return (
        f'<section class="picking"><h3>{heading}</h3><p class="quiet">{escape(lead)}</p>'
        f'<div class="tiles" style="--tile: {width}px" role="group" aria-label="{heading}">{tiles}</div>'
        f'<div class="key-acts">{turning}</div><h4>{escape(say("sums_more", language))}</h4>{_others(kept, language)}</section>'
    )


def _others(kept: Sequence[Kept], language: str) -> str:
    seed = escape(say("key_seed", language))
    points = ""
    if kept:
        options = "".join(f"<option>{escape(point.name)}</option>" for point in kept)
        points = (
            f'<label>{escape(say("key_kept", language))} <select data-name="name">{options}</select></label>'
            + _button({"act": "point"}, say("sums_kept_add", language))
        )
    return (
        f'<div class="key-acts"><span class="adding"><label>{seed} <input type="number" data-name="seed" min="0" max="{MAX_SEED}" step="1" value="7"></label>'
        f"{_button({'act': 'toggle'}, say('sums_seed_add', language))}</span>"
        f'{_button({"act": "chosen"}, say("sums_chosen_add", language))}<span class="adding">{points}</span></div>'
    )
