"""Equations as links hold them."""

from __future__ import annotations

import re

from explorer.latent.latents import MAX_SEED
from explorer.page.checks import MAX_EXEMPLARS, MAX_WEIGHT
from explorer.tabs.arithmetic.work import ArithmeticView, Equation, Term, filled, of_seed, start
from models_zoo.pool import Pool


def to_link(term: Term) -> str:
    """A row as a link holds it, ``"Male.-Smiling:7,12x0.5"``: traits, then seeds with their weights. Kept points are left out."""
    traits = ".".join(name if wanted else f"-{name}" for name, wanted in term.traits.items())
    seeds = [
        f"{exemplar.seed}" + (f"x{exemplar.weight:g}" if exemplar.weight != 1 else "")
        for exemplar in term.exemplars
        if exemplar.seed is not None
    ]
    return f"{traits}:{','.join(seeds)}"


def from_link(text: str, found: Pool) -> Term:
    """What `to_link` made, without exemplars where it holds no seeds: see `filled`. Raises `ValueError` for all else."""
    seed = r"\d{1,10}(?:x[012](?:\.\d{1,4})?)?"
    match = re.fullmatch(rf"((?:-?\w+(?:\.-?\w+)*)?):((?:{seed}(?:,{seed})*)?)", text, re.ASCII)
    if not match:
        raise ValueError(text)
    traits = {name.removeprefix("-"): not name.startswith("-") for name in filter(None, match[1].split("."))}
    if not set(traits) <= set(found.names):
        raise ValueError(text)
    exemplars = []
    for part in filter(None, match[2].split(",")):
        seed, _, weight = part.partition("x")
        exemplars.append(of_seed(int(seed), float(weight or 1)))
    if (
        len(exemplars) > MAX_EXEMPLARS
        or any(exemplar.seed > MAX_SEED or exemplar.weight > MAX_WEIGHT for exemplar in exemplars)
        or (exemplars and not any(exemplar.weight for exemplar in exemplars))
    ):
        raise ValueError(text)
    return Term(traits, tuple(exemplars))


def same(one: Equation, other: Equation) -> bool:
    """Whether the same link leads to both, be it that kept points are among the exemplars of one."""
    rows = zip(one.terms, other.terms, strict=True)
    alike = one.model == other.model and one.usual_length == other.usual_length
    return alike and all(to_link(mine) == to_link(theirs) for mine, theirs in rows)


def linked(view: ArithmeticView, found: Pool) -> tuple[Equation, set[str]]:
    """The equation that a link asks for as far as it can be had, else the usual one, and the names of its wrong rows."""
    usual, bad, terms = start(view.model, found), set(), []
    for (name, text), term in zip(view.rows.items(), usual.terms, strict=True):
        if text:
            try:
                term = from_link(text, found)
            except ValueError:
                bad.add(name)
        terms.append(term)
    return Equation(view.model, usual.terms if bad else filled(terms, found), view.length), bad
