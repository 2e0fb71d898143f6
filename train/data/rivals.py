"""What a judge must tell from people's translations: those of translators that never saw the sentence, and disturbed ones.

A translator knows the sentences that it learned by heart, so what it makes of them teaches a judge nothing about its mistakes. Hence
the sentences are cut into folds, and each is translated by a translator that learned from the others (cross-fitting).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

import models_zoo
from models_zoo.card import ZooError
from models_zoo.pair_judge import TRACES
from models_zoo.translator import MAX_LETTERS, Translator
from train.errors import TrainError

FOLDS = 3
BEAM = 4
"""Translations of each sentence from which a judge learns."""
BATCH = 64
"""Sentences that are translated at a time."""


class Rivals:
    """The translators of all folds, and what each of them makes of those N sources that it never saw."""

    def __init__(self, models: Sequence[Translator], sources: Sequence[str]):
        self._models, self._sources = models, sources
        self._found = translations(models, sources)
        self._traced: dict[tuple[int, str], Tensor] = {}

    def picked(self, row: int, chance: int) -> str:
        """One of the translations of a source: the likeliest, which is what people see, as often as all others; ``""`` without any.

        `chance` is any natural number.
        """
        found = self._found[row]
        return found[(chance % 2) * (chance // 2) % len(found)] if found else ""

    def traces(self, asked: Sequence[tuple[int, str]]) -> Tensor:
        """How likely who never saw the source finds texts as translations, N x 4 for the sources and texts that are `asked`."""
        fresh = list(dict.fromkeys(each for each in asked if each not in self._traced))
        seen = traces(self._models, [self._sources[row] for row, _ in fresh], [text for _, text in fresh])
        self._traced |= dict(zip(fresh, seen, strict=True))
        return torch.stack([self._traced[each] for each in asked])


def fold(sentence: str) -> int:
    """Which fold, 1 to `FOLDS`, `sentence` belongs to; the same one however many sentences there are."""
    return 1 + int(hashlib.sha256(sentence.encode()).hexdigest(), 16) % FOLDS


def loaded(names: Sequence[str], languages: tuple[str, str]) -> list[Translator]:
    """The translators `names`, of folds 1 to `FOLDS`; raises `TrainError` where they are others."""
    if len(names) != FOLDS:
        raise TrainError(f"--rivals takes {FOLDS} translators, trained with --fold 1, 2 and 3; there are {len(names)}.")
    models = [models_zoo.load(name, "cpu") for name in names]
    for number, (name, model) in enumerate(zip(names, models, strict=True), 1):
        if not isinstance(model, Translator) or (model.source_language, model.target_language) != languages:
            raise TrainError(f"--rivals {name}: it is no translator of these languages.")
        if f"--fold {number}" not in model.card.command:
            raise TrainError(f"--rivals {name}: it was not trained with --fold {number}; name them in their order.")
    return models


def translations(models: Sequence[Translator], sentences: Sequence[str]) -> list[list[str]]:
    """For every sentence what the translator makes of it that never saw it, the likeliest first; nothing of those that are too long."""
    found: list[list[str]] = [[] for _ in sentences]
    for number, model in enumerate(models, 1):
        rows = [row for row, text in enumerate(sentences) if fold(text) == number and len(text) <= MAX_LETTERS]
        # By length, so that short ones do not wait for long ones.
        rows.sort(key=lambda row: len(sentences[row]))
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            try:
                beams = model.translate_text([sentences[row] for row in part], BEAM)
            except ZooError as error:
                raise TrainError(f"--rivals: {error}") from None
            for row, translated in zip(part, beams, strict=True):
                found[row] = list(dict.fromkeys(each.text for each in translated if each.text))
    return found


def traces(models: Sequence[Translator], sources: Sequence[str], targets: Sequence[str]) -> Tensor:
    """For N sources and targets how likely that one of the `models` finds the target which never saw the source: N x 4.

    See `models_zoo.pair_judge.traces`.
    """
    found = torch.zeros(len(sources), TRACES)
    for number, model in enumerate(models, 1):
        rows = [row for row, text in enumerate(sources) if fold(text) == number]
        # Of like length together, so that short ones do not wait for long ones.
        rows.sort(key=lambda row: len(targets[row]))
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            found[part] = model.traces([sources[row] for row in part], [targets[row] for row in part])
    return found


def disturbed(text: str, other: str, chance: int) -> str:
    """`text` with one word replaced by a word of `other`, two neighbours swapped, or one said twice; `chance` is any natural number.

    What is said twice has the ending of a word of `other` at first, as translators stutter.
    """
    words, foreign = text.split(), other.split()
    kind, chance = chance % 3, chance // 3
    place, stranger = chance % len(words), foreign[chance // len(words) % len(foreign)]
    if kind == 1 and len(words) > 1:
        place = min(place, len(words) - 2)
        words[place : place + 2] = words[place + 1], words[place]
    elif kind == 2:
        words.insert(place, words[place][:-1] + stranger[-1])
    else:
        words[place] = stranger
    return " ".join(words)
