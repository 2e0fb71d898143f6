"""What the *Arithmetic* tab shows: the equation, and the pool to choose from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from explorer.latent.latents import MAX_SEED
from explorer.latent.point import Point
from explorer.page import hand, html
from explorer.page.checks import MAX_WEIGHT
from explorer.page.html import percent, tile_width
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.arithmetic import work
from explorer.tabs.arithmetic.work import COUNTS, ROWS, Equation, Exemplar, Solution, Term
from explorer.texts import TEXTS, say
from models_zoo import Card
from models_zoo.pool import Pool, Traits

SMALL, LARGE = 96, 256
"""CSS pixels that an exemplar and the result are wide, about."""
SIGNS = ("", "−", "+")

_render = html.templates(__file__)


@dataclass(frozen=True)
class Shown:
    """A solved equation of the model of `card`, with the pool of its pictures, in a visitor's language."""

    card: Card
    equation: Equation
    solution: Solution
    found: Pool
    language: str


@dataclass(frozen=True)
class Offer:
    """A `page` of the pool for the row of that number: pictures N x H x W x C of N seeds, and the points kept of the model."""

    row: int
    page: int
    seeds: Sequence[int]
    pixels: Pixels
    kept: Sequence[Point]


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


def blank() -> Markup:
    """What stands in the equation's place until there is one."""
    return _render("blank", "en", width=SMALL)


def board(shown: Shown, can_undo: bool = False) -> Markup:
    """Presets, the three rows, the result with what the judge sees in it, and the way there."""
    equation = shown.equation
    kept = any(exemplar.seed is None for term in equation.terms for exemplar in term.exemplars)
    return _render(
        "board",
        shown.language,
        presets=work.presets(shown.found),
        counts=COUNTS,
        rows=[_row(shown, place) for place in range(len(ROWS))],
        outcome=_outcome(shown),
        kept=kept,
        can_undo=can_undo,
        scaled=equation.usual_length,
        strip=_strip(shown),
    )


def _image(pixels: Pixels, width: int, alt: str, point: Point | None = None) -> dict[str, Any]:
    """The one picture of `pixels`, which is `point` if that is given: digits keep their pixels, while faces, and what does not fit, are made smooth."""
    smooth = not (pixels.shape[3] == 1 and width % pixels.shape[2] == 0)
    return {
        "uri": html.uris(pixels)[0],
        "width": width,
        "alt": alt,
        "smooth": smooth,
        "point": hand.mark(point) if point else "",
    }


def _small(card: Card) -> int:
    """How wide an exemplar is: crisp where that comes near."""
    crisp = tile_width(card.image_size, SMALL)
    return crisp if abs(crisp - SMALL) <= SMALL // 6 else SMALL


def _row(shown: Shown, place: int) -> dict[str, Any]:
    term, solution, language = shown.equation.terms[place], shown.solution, shown.language
    width, row = _small(shown.card), ROWS[place]
    seen = [_said(shown, name, place) for name in _told_of(shown, (term,), place)]
    average = say("sums_average_of", language, row=row)
    return {
        "place": place,
        "row": row,
        "sign": SIGNS[place],
        "width": width,
        "heading": say("sums_row", language, row=row, title=title(term.traits, language)),
        "traits": [{"name": name, "title": trait(name, wanted, language)} for name, wanted in term.traits.items()],
        "offers": [
            {"name": name, "wanted": wanted, "title": trait(name, wanted, language)}
            for name, wanted in work.offered(shown.found)
            if term.traits.get(name) is not wanted
        ],
        "exemplars": [
            _exemplar(
                exemplar,
                _image(
                    solution.exemplars[place][index : index + 1],
                    width,
                    "",
                    replace(exemplar.point, model=shown.card.id),
                ),
                language,
            )
            for index, exemplar in enumerate(term.exemplars)
        ],
        "average": _image(solution.averages[place : place + 1], width, average),
        "seen": say("trait_list", language).join(seen),
        "most_weight": MAX_WEIGHT,
        "remarks": [each for each in (shortage(term, shown.found, language), _lost(shown, place)) if each],
    }


def _exemplar(exemplar: Exemplar, image: dict[str, Any], language: str) -> dict[str, Any]:
    name = exemplar.point.title(language)
    short = name if exemplar.seed is None else str(exemplar.seed)
    return {"name": name, "short": short, "weight": f"{exemplar.weight:g}", "image": image}


def shortage(term: Term, found: Pool, language: str) -> str:
    """The remark on a row for whose traits the pool has too few pictures; empty where it has enough."""
    _, shown = found.order(term.traits)
    if not term.traits or shown >= work.USUAL:
        return ""
    return say("sums_few" if shown else "sums_none", language, shown=shown, count=f"{len(found.logits):,}")


def _lost(shown: Shown, place: int) -> str:
    """The remark on a row in whose average the judge does not see what its pictures have in common; empty where it does."""
    readings, language = shown.solution.readings, shown.language
    lost = {
        name: wanted
        for name, wanted in shown.equation.terms[place].traits.items()
        if name in readings and (readings[name][place] >= 0.5) is not wanted
    }
    return say("sums_lost", language, title=title(lost, language)) if lost else ""


def _told_of(shown: Shown, terms: Sequence[Term], place: int) -> list[str]:
    """Of which traits the judge's word on a picture is shown: those that the rows ask for.

    Where traits exclude each other it is the one that the judge sees most surely, and where nothing was asked for the
    first that the page offers.
    """
    readings = shown.solution.readings
    if not readings:
        return []
    if shown.found.exclusive:
        return [max(readings, key=lambda name: readings[name][place])]
    asked = dict.fromkeys(name for term in terms for name in term.traits if name in readings)
    return list(asked) or [name for name in work.OFFERED[:3] if name in readings]


def _said(shown: Shown, name: str, place: int) -> str:
    """What the judge says of a trait in one of the four pictures: ``"Glasses 97 %"``, or ``"Reads 3 (97 %)"``."""
    share = shown.solution.readings[name][place]
    if shown.found.exclusive:
        return say("reads", shown.language, label=name, percent=percent(share))
    return f"{trait(name, share >= 0.5, shown.language)} {percent(max(share, 1 - share))}\u00a0%"


def _outcome(shown: Shown) -> dict[str, Any]:
    card, solution, language = shown.card, shown.solution, shown.language
    length = math.sqrt(sum(value * value for value in solution.z))
    return {
        "result": _image(
            solution.result,
            tile_width(card.image_size, LARGE),
            say("sums_result_alt", language),
            Point(card.id, z=solution.z),
        ),
        "near": html.uris(images.sheet(solution.neighbourhood, 3, gap=0))[0],
        "near_width": 3 * max(1, html.TILE // card.image_size) * card.image_size,
        "length": say("sums_length", language, length=f"{length:.1f}", usual=f"{math.sqrt(card.latent_size):.1f}"),
        "verdict": _verdict(shown),
    }


def _verdict(shown: Shown) -> list[dict[str, Any]]:
    """What the judge sees in the result, with a tick where it is what the sum promises."""
    result, language = len(ROWS), shown.language
    sought = work.sought(shown.equation.terms)
    lines = []
    for name in sorted(_told_of(shown, shown.equation.terms, result), key=lambda name: name not in sought):
        sees, hit, missed = shown.solution.readings[name][result] >= 0.5, False, ""
        if name in sought and not shown.found.exclusive:
            hit = sees is sought[name]
            missed = "" if hit else say("sums_missed", language, title=trait(name, sought[name], language))
        lines.append({"said": _said(shown, name, result), "hit": hit, "missed": missed})
    return lines


def _strip(shown: Shown) -> list[dict[str, str]]:
    last = len(shown.solution.strip) - 1
    cells = []
    for place, uri in enumerate(html.uris(shown.solution.strip)):
        share = f"{100 * place / last:.0f}"
        caption = {0: "A", last: say("sums_result", shown.language)}.get(place, f"{share} %")
        cells.append({"uri": uri, "caption": caption, "alt": say("sums_strip_step", shown.language, percent=share)})
    return cells


def pool(card: Card, term: Term, offer: Offer, found: Pool, language: str) -> Markup:
    """A page of the pool to choose exemplars of a row from, the clearest first, and other pictures that can be added."""
    width, chosen = _small(card), set(term.seeds())
    order, shown = found.order(term.traits)
    lead = say("sums_picking_any", language)
    if term.traits:
        lead = say("sums_picking_lead", language, shown=f"{shown:,}", count=f"{len(order):,}")
    return _render(
        "pool",
        language,
        heading=say("sums_picking", language, row=ROWS[offer.row], title=title(term.traits, language)),
        lead=lead,
        width=width,
        tiles=[
            {
                "seed": seed,
                "chosen": seed in chosen,
                "image": _image(offer.pixels[index : index + 1], width, "", Point(card.id, seed)),
            }
            for index, seed in enumerate(offer.seeds)
        ],
        row=offer.row,
        page=offer.page,
        pages=math.ceil(len(order) / work.PAGE),
        names=[point.name for point in offer.kept],
        most_seed=MAX_SEED,
    )
