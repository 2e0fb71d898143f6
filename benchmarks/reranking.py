"""How much a judge should have to say when it orders the beams of a translator: its weight is chosen on sentences that neither learned.

python -m benchmarks.reranking --model-id runs/zoo/chosen-3
python -m benchmarks.reranking --model-id seq2seq-gan-en-ko --held-out --beams 8
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
import tyro

import models_zoo
from models_zoo import subwords
from models_zoo.pairs import grouped
from models_zoo.translator import Translation, Translator
from train.data import rivals
from train.metrics.sentences import BATCH, cut, scores

WEIGHTS = (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
NOTHING = -99.0
"""What is said of an empty translation, which cannot be judged."""
Beams = list[list[Translation]]


def unseen(model: Translator) -> list[tuple[str, list[str]]]:
    """The sentences of the fold that `model` was trained without, with all their translations."""
    *before, last = model.card.command.splitlines()
    stages = [last, *(line for line in before if "--out runs/stage-" in line)]
    folds = {number for line in stages for number in re.findall(r"--fold (\d)", line) or [""]}
    if len(folds) != 1 or not all(folds):
        raise SystemExit(
            f"{model.card.id} knows all sentences: train it and its judge with --fold, or take --held-out."
        )
    pairs = [(subwords.read_as(source, model.source_language), target) for source, target in model.pairs.train]
    return [row for row in grouped(pairs) if rivals.fold(row[0]) == int(*folds)]


def translations(model: Translator, sources: Sequence[str], beam: int) -> Beams:
    """The beams of each source after the game, the likeliest first."""
    starts = range(0, len(sources), BATCH)
    return [
        sorted(each, key=lambda found: -found.score)
        for start in starts
        for each in model.translate_text(list(sources[start : start + BATCH]), beam)
    ]


def opinions(model: Translator, sources: Sequence[str], found: Beams, whole: bool) -> list[list[float]]:
    """What the judge says of every beam, with what gives machines away if `whole`."""
    logits = []
    for source, beams in zip(sources, found, strict=True):
        texts = [each.text for each in beams if each.text]
        with torch.inference_mode():
            judge = model.judge if whole else lambda a, b: model.discriminator(model.read(a), model.written(b))
            said = dict(zip(texts, judge([source] * len(texts), texts).tolist(), strict=True))
        logits.append([said.get(each.text, NOTHING) for each in beams])
    return logits


def main(
    model_id: str,
    held_out: bool = False,
    whole: bool = False,
    beams: tuple[int, ...] = (4, 8),
    weights: tuple[float, ...] = WEIGHTS,
    n: int = 1000,
) -> None:
    """Print chrF, BLEU of characters and exact matches of at most `n` sentences for all numbers of beams and weights of the judge.

    The sentences are those of the fold that the model never saw, or else `held_out` ones. A weight of 0 is the translator alone.
    """
    model = models_zoo.load(model_id, "cpu")
    rows = model.pairs.held_out if held_out else unseen(model)
    # From all of them alike: pairs may be sorted by their length.
    rows = rows[:: -(-len(rows) // n)]
    sources, people = [cut(source) for source, _ in rows], [targets for _, targets in rows]
    print(f"{len(rows)} sentences that {model.card.id} never saw")
    for beam in beams:
        found = translations(model, sources, beam)
        said = opinions(model, sources, found, whole)
        for weight in weights:
            best = [
                max(zip(each, logits, strict=True), key=lambda pair, w=weight: pair[0].score + w * pair[1])[0].text
                for each, logits in zip(found, said, strict=True)
            ]
            told = ", ".join(f"{name} {value:.4g}" for name, value in scores(best, people).items())
            print(f"{beam} beams, weight {weight:.2f}: {told}", flush=True)


if __name__ == "__main__":
    tyro.cli(main)
