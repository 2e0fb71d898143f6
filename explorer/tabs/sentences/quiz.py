"""The quiz: which of two translations of a held-out sentence did a person write?"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from explorer.models.store import ModelStore
from explorer.tabs.sentences.known import known, plain
from explorer.tabs.sentences.work import opinions
from models_zoo import Card

AHEAD = 8
"""Questions of the quiz that are prepared together."""


@dataclass(frozen=True)
class Question:
    """Two translations of a held-out sentence, one by a person, one by the model; `person` and `judge` are places, 0 or 1.

    `judge` is the one that the judge takes for a person's.
    """

    number: int
    count: int
    source: str
    languages: tuple[str, str]
    texts: tuple[str, str]
    logits: tuple[float, float]
    person: int

    @property
    def judge(self) -> int:
        return int(self.logits[1] > self.logits[0])


@dataclass(frozen=True)
class Tally:
    """The questions that a visitor answered, and how many of them the visitor and the judge got right."""

    asked: tuple[tuple[str, str, int], ...] = ()
    yours: int = 0
    judge: int = 0

    def counted(self, key: tuple[str, str, int], asked: Question, picked: int) -> Tally:
        """The tally with the answer `picked` to `asked`; each question counts once."""
        if key in self.asked:
            return self
        right, wise = picked == asked.person, asked.judge == asked.person
        return Tally((*self.asked, key), self.yours + right, self.judge + wise)


def question(store: ModelStore, card: Card, number: int, stage: str) -> Question | None:
    """The first question from `number` on whose two translations differ; None if there is none."""
    pairs = known(card)
    sources = pairs.shuffled if pairs else ()
    for step in range(len(sources)):
        place = (number - 1 + step) % len(sources)
        block = place - place % AHEAD
        machine, languages = _machine(store, card.id, card.sha256, sources[block : block + AHEAD], stage)
        text, line = sources[place], machine[place - block]
        people = pairs.held_out[text]
        if not line or line in people:
            continue
        chance = random.Random(place)
        person = chance.randrange(2)
        texts = (chance.choice(people), line) if person == 0 else (line, chance.choice(people))
        with store.using(card.id) as model:
            logits = tuple(opinions(model, text, texts))
        return Question(place + 1, len(sources), text, languages, texts, logits, person)
    return None


@lru_cache(maxsize=256)
def _machine(
    store: ModelStore, model_id: str, _weights: str, sources: tuple[str, ...], stage: str
) -> tuple[list[str], tuple[str, str]]:
    """The model's likeliest translations of `sources`, and its languages."""
    from models_zoo.translator import USUAL_BEAM

    with store.using(model_id) as model:
        found = model.translate_text(list(sources), USUAL_BEAM, before=stage == "before")
        return [plain(beams[0].text) for beams in found], (model.source_language, model.target_language)
