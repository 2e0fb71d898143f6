"""What a judge must tell from people's translations: those of translators that never saw the sentence, and disturbed ones.

A translator knows the sentences that it learned by heart, so what it makes of them teaches a judge nothing about its mistakes. Hence
the sentences are cut into folds, and each is translated by a translator that learned from the others (cross-fitting).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import models_zoo
from models_zoo.card import ZooError
from models_zoo.translator import MAX_LETTERS, USUAL_BEAM, Translator
from train.errors import TrainError

FOLDS = 3
BATCH = 64
"""Sentences that are translated at a time."""


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
                beams = model.translate_text([sentences[row] for row in part], USUAL_BEAM)
            except ZooError as error:
                raise TrainError(f"--rivals: {error}") from None
            for row, translated in zip(part, beams, strict=True):
                found[row] = list(dict.fromkeys(each.text for each in translated if each.text))
    return found


def disturbed(text: str, other: str, chance: int) -> str:
    """`text` with two neighbouring words swapped, or one replaced by a word of `other`; `chance` is any natural number."""
    words, foreign = text.split(), other.split()
    kind, chance = chance % 2, chance // 2
    place = chance % len(words)
    if kind and len(words) > 1:
        place = min(place, len(words) - 2)
        words[place : place + 2] = words[place + 1], words[place]
    else:
        words[place] = foreign[chance // len(words) % len(foreign)]
    return " ".join(words)
