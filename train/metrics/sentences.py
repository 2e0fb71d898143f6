"""Metrics of translators of sentences: chrF, BLEU, exact matches, and how well a judge tells translations apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from sacrebleu.metrics import BLEU, CHRF
from torch import Tensor

from models_zoo.pairs import Pairs, grouped
from models_zoo.translator import MAX_LETTERS, USUAL_BEAM, Translator
from train.data.dataset import Pair
from train.metrics.entries import Metrics, finite, metric

BATCH = 64
"""Sentences that are translated or judged at a time."""


def cut(sentence: str) -> str:
    """The beginning of a sentence that is too long to be translated."""
    return sentence[:MAX_LETTERS]


def evaluate(model: Translator, train: Sequence[Pair], held_out: Sequence[Pair], n: int, seed: int) -> Metrics:
    """Translations of at most `n` held-out sentences by beam search against all their translations, and the judge's verdicts on them.

    Pairs are of a source and a target. Numbers are to be read against those of the translator before the game, where there was one,
    else against looking up the nearest training sentence. `seed` shuffles.
    """
    rows = grouped(held_out)[:n]
    sources, people = ([row[side] for row in rows] for side in (0, 1))
    found, nearest = translated(model, sources), looked_up(train, rows, model.source_language)
    before = translated(model, sources, before=True) if model.game else nearest
    made = {"now": found, "before": before, "nearest": nearest}
    scored = {name: _scores(texts, people) for name, texts in made.items()}
    entries = {}
    for name in ("chrf", "bleu_characters", "exact_matches"):
        label, signature = _BEFORE if model.game else _LOOKED_UP, scored["now"][1].get(name, "")
        signed = {language: f"{text}; {signature}".rstrip("; ") for language, text in label.items()}
        entries[name] = metric(scored["now"][0][name], scored["before"][0][name], signed, len(rows), "higher")
    if model.game:
        for name in ("chrf", "bleu_characters"):
            entries[f"lookup_{name}"] = metric(scored["nearest"][0][name], None, {}, len(rows), "")
        told = {when: dict(zip(sources, made[when], strict=True)) for when in ("before", "now")}
        entries |= _verdicts(model, held_out, told, seed)
    return entries


_BEFORE = {"en": "the translator before the game", "ko": "겨루기 전의 번역기"}
_LOOKED_UP = {"en": "looking up the nearest training sentence", "ko": "가장 가까운 학습 문장을 찾아 쓸 때"}


def translated(model: Translator, sentences: Sequence[str], before: bool = False) -> list[str]:
    """The best translations of sentences by beam search."""
    parts = [list(map(cut, sentences[start : start + BATCH])) for start in range(0, len(sentences), BATCH)]
    return [found[0].text for part in parts for found in model.translate_text(part, USUAL_BEAM, before=before)]


def looked_up(train: Sequence[Pair], rows: Sequence[tuple[str, list[str]]], language: str) -> list[str]:
    """The translations of the training sentences that are nearest to those of `rows`."""
    pairs = Pairs(list(train), [], language)
    return [pairs.nearest(source)[1] for source, _ in rows]


def scores(found: Sequence[str], people: Sequence[Sequence[str]]) -> dict[str, float]:
    """chrF and BLEU (both 0 to 100) and the share of exact matches of translations against all of people's.

    BLEU is of characters: its n-grams of words know nothing of Korean endings.
    """
    return _scores(found, people)[0]


def looks(model: Translator, sources: Sequence[str], most: int) -> Tensor:
    """Where the translator looks (columns) while it writes the pieces (rows) of N sources: N x 1 x most x most, in which 1 is all."""
    sheet = torch.full((len(sources), 1, most, most), -1.0)
    for picture, found in zip(sheet, model.translate_text([cut(source) for source in sources]), strict=True):
        seen = found[0].attention[:most, :most]
        picture[0, : seen.shape[0], : seen.shape[1]] = 2 * seen - 1
    return sheet


def _scores(found: Sequence[str], people: Sequence[Sequence[str]]) -> tuple[dict[str, float], dict[str, str]]:
    """The numbers, and sacrebleu's signatures of those that have one."""
    most = max(map(len, people))
    references = [[said[place] if place < len(said) else None for said in people] for place in range(most)]
    kinds = {"chrf": CHRF(), "bleu_characters": BLEU(tokenize="char")}
    numbers = {name: kind.corpus_score(list(found), references).score for name, kind in kinds.items()}
    numbers["exact_matches"] = sum(text in said for text, said in zip(found, people, strict=True)) / len(people)
    return numbers, {name: str(kind.get_signature()) for name, kind in kinds.items()}


def _verdicts(model: Translator, held_out: Sequence[Pair], found: dict[str, dict[str, str]], seed: int) -> Metrics:
    """Shares of held-out pairs in which the judge prefers the person's translation to another of the same sentence.

    Others are those of the translator (those equal to a person's are left out) and those of another sentence.
    """
    said: dict[str, set[str]] = {}
    for source, target in held_out:
        said.setdefault(source, set()).add(target)
    pairs = [pair for pair in held_out if pair[0] in found["now"]]
    sources, targets = ([cut(pair[side]) for pair in pairs] for side in (0, 1))
    people = _judged(model, sources, targets)
    order = list(range(len(pairs)))
    random.Random(seed).shuffle(order)
    # A cycle through all of them, so that no translation stays with its sentence.
    other = {order[place]: order[place - 1] for place in range(len(order))}
    entries = {}
    kept = [place for place in other if targets[other[place]] not in said[pairs[place][0]]]
    if kept:
        wrong = _judged(model, [sources[place] for place in kept], [targets[other[place]] for place in kept])
        entries["judge_shuffled"] = _share(people[kept] > wrong)
    for when, texts in found.items():
        kept = [place for place, (source, _) in enumerate(pairs) if texts[source] and texts[source] not in said[source]]
        if kept:
            made = _judged(model, [sources[place] for place in kept], [cut(texts[pairs[place][0]]) for place in kept])
            entries[f"judge_{when}"] = _share(people[kept] > made)
    return entries


def _judged(model: Translator, sources: list[str], targets: list[str]) -> Tensor:
    starts = range(0, len(sources), BATCH)
    found = [model.judge(sources[start : start + BATCH], targets[start : start + BATCH]) for start in starts]
    return finite(torch.cat(found), "the judge's logits")


def _share(right: Tensor) -> dict[str, Any]:
    guess = {"en": "guessing", "ko": "찍을 때"}
    return metric(right.float().mean().item(), 0.5, guess, len(right), "higher")
