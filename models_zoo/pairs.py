"""Pairs of sentences beside a translator: those it learned from, held-out ones, and which of the first is nearest to a sentence."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from models_zoo import subwords
from models_zoo.card import PAIRS_FILE, ZooError

MOST_BYTES = 32 * 2**20
"""Of the sentences beside a model, when they are unpacked."""
LONGEST_GRAM = 4
"""Letters of the longest n-grams by which sentences are compared."""


@dataclass(frozen=True)
class Pairs:
    """`train` are pairs of a sentence and its translation; `held_out` sentences with all their translations.

    `language` is that of the sentences.
    """

    train: list[tuple[str, str]]
    held_out: list[tuple[str, list[str]]]
    language: str = "en"

    def nearest(self, sentence: str) -> tuple[str, str]:
        """The training pair whose sentence shares most letter n-grams with `sentence` (Dice's coefficient); the first of equals.

        Raises `ZooError` where there are no training pairs.
        """
        if not self.train:
            raise ZooError("There are no training pairs beside this translator.")
        wanted = _grams(sentence, self.language)
        shared: Counter[int] = Counter()
        places, sizes = self._index
        for gram in wanted:
            shared.update(places.get(gram, ()))
        best = max(shared, key=lambda row: (2 * shared[row] / (sizes[row] + len(wanted)), -row), default=0)
        return self.train[best]

    @cached_property
    def _index(self) -> tuple[dict[str, list[int]], list[int]]:
        """For every n-gram the training sentences that have it, and how many each of these has."""
        places, sizes = defaultdict(list), []
        for row, (sentence, _) in enumerate(self.train):
            grams = _grams(sentence, self.language)
            sizes.append(len(grams))
            for gram in grams:
                places[gram].append(row)
        return places, sizes


def _grams(sentence: str, language: str) -> set[str]:
    text = f" {subwords.read_as(sentence, language)} "
    return {text[at : at + size] for size in range(1, LONGEST_GRAM + 1) for at in range(len(text) - size + 1)}


def grouped(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Every sentence once, in the order of the pairs, with all its translations."""
    found: dict[str, list[str]] = {}
    for source, target in pairs:
        found.setdefault(source, []).append(target)
    return [(source, list(dict.fromkeys(targets))) for source, targets in found.items()]


def write(folder: Path, train: Sequence[tuple[str, str]], held_out: Sequence[tuple[str, str]], language: str) -> None:
    """Store pairs, the held-out ones behind an empty line, in the model's `folder`; `language` is that of their first sentences."""
    parts = ["\n".join(map("\t".join, pairs)) for pairs in (train, held_out)]
    data = f"{language}\n" + "\n\n".join(parts)
    # Without the time, so that the same pairs are the same file.
    (folder / PAIRS_FILE).write_bytes(gzip.compress(data.encode(), 9, mtime=0))


def examples(folder: Path) -> Pairs:
    """The pairs in a model's `folder`; raises `ZooError` where there are none or the file is damaged."""
    path = folder / PAIRS_FILE
    try:
        file = path.stat()
    except OSError:
        raise ZooError(f"The model has no sentences beside it: {path} is missing.") from None
    return _read_as_of(path, file.st_mtime_ns, file.st_size)


@lru_cache(maxsize=8)
def _read_as_of(path: Path, _changed: int, _size: int) -> Pairs:
    try:
        with gzip.open(path) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES >> 20} MB")
        language, _, rest = data.decode("utf-8").partition("\n")
        train, held_out = (
            [(source, target) for source, target in (line.split("\t") for line in part.split("\n") if line)]
            for part in rest.split("\n\n")
        )
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ZooError(f"The sentences beside the model are damaged: {path} cannot be read ({error}).") from None
    return Pairs(train, grouped(held_out), language)
