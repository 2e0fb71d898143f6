"""What lies beside a translator: the sentences that it learned from and held-out ones, and sentences to begin with."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models_zoo import Card, ZooError

if TYPE_CHECKING:
    from models_zoo.translator import Pairs

EVERYDAY = (
    "My mother is a teacher.",
    "Who is that man?",
    "This is my car.",
    "Tom is a good cook.",
    "Where is the station?",
)
"""Sentences to begin with, for models that read English and whose cards name none; the bundled judge changes the first three."""
MAX_LETTERS = 200
"""Letters of a sentence."""


def plain(value: Any) -> str:
    """`value` as translators normalise it, without surplus blanks; empty if it is no text."""
    from models_zoo.subwords import normalised

    return normalised(value) if isinstance(value, str) else ""


@dataclass(frozen=True)
class Known:
    """The pairs beside a model.

    `words` are all words of the training sentences. `trained` and `unseen` map a sentence, as the model reads it, to people's translations, those of training and the held-out
    ones; `held_out` maps the latter as they were written.
    """

    source: Pairs
    words: frozenset[str]
    trained: dict[str, list[str]]
    unseen: dict[str, list[str]]
    held_out: dict[str, list[str]]

    def is_trained(self, text: str) -> bool:
        """Whether that very sentence was learned."""
        return self._read(text) in self.trained

    def of(self, text: str) -> tuple[str, ...]:
        """People's translations of that very sentence."""
        read = self._read(text)
        return tuple(dict.fromkeys([*self.trained.get(read, ()), *self.unseen.get(read, ())]))

    def _read(self, text: str) -> str:
        from models_zoo.subwords import read_as

        return read_as(text, self.source.language)

    @cached_property
    def shuffled(self) -> tuple[str, ...]:
        """The held-out sentences in the order of the quiz, always the same."""
        order = list(self.held_out)
        random.Random(0).shuffle(order)
        return tuple(order)


def known(card: Card) -> Known | None:
    """The pairs in the folder of `card`; None where there are none."""
    return _known(card.folder, card.sha256) if card.folder else None


@lru_cache(maxsize=8)
def _known(folder: Path, _weights: str) -> Known | None:
    from models_zoo import translator
    from models_zoo.subwords import read_as

    try:
        source = translator.examples(folder)
    except ZooError:
        return None
    trained: dict[str, list[str]] = {}
    for text, translation in source.train:
        trained.setdefault(read_as(text, source.language), []).append(plain(translation))
    held_out = {plain(text): list(map(plain, people)) for text, people in source.held_out}
    unseen = {read_as(text, source.language): people for text, people in held_out.items()}
    met = frozenset(word for text in trained for word in words(text))
    return Known(source, met, trained, unseen, held_out)


def words(text: str) -> list[str]:
    """The words of `text`, a place for each of its parts between spaces, without what quotes and ends sentences."""
    return [part.strip(".,!?…\"'()") for part in text.split()]


def source_language(card: Card) -> str:
    """The code of the language that the model of `card` reads."""
    return str(card.arguments.get("languages", ["en"])[0])


def serves(card: Card) -> bool:
    """Whether the translator of `card` has played the game, so that it has a judge."""
    return bool(card.arguments.get("game"))


def reads(code: str, text: str) -> bool:
    """Whether there is a letter of the language `code` in `text`, as far as its letters are known."""
    from models_zoo.subwords import LETTERS

    return code not in LETTERS or bool(re.search(LETTERS[code], text))


def usual_sentences(card: Card) -> tuple[str, ...]:
    """Sentences that a visitor may begin with: those of the card, everyday ones, or held-out ones in another language."""
    told = tuple(each for each in card.sentences if 0 < len(plain(each)) <= MAX_LETTERS)
    if told or source_language(card) == "en":
        return told or EVERYDAY
    pairs = known(card)
    return tuple(itertools.islice(pairs.held_out, len(EVERYDAY))) if pairs and pairs.held_out else EVERYDAY


def drawn(card: Card) -> str:
    """A held-out sentence, drawn at random; one of the usual ones without such pairs."""
    pairs = known(card)
    return random.choice(list(pairs.held_out) if pairs and pairs.held_out else usual_sentences(card))
