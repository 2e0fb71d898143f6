"""Sentences to sentences: translations before the game and after it, what the judge says of them, and a quiz."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked, View, control
from explorer.texts import TEXTS, say
from explorer.texts.errors import UserError, shown
from models_zoo import Card, ZooError

if TYPE_CHECKING:
    from models_zoo.translator import Pairs, Translator

TASK = "text-translation"
EVERYDAY = ("I am hungry.", "Where is the station?", "I don't know her.", "Tom is a good cook.", "Can you help me?")
"""Sentences to begin with, for models that read English and whose cards name none."""
FIRST = EVERYDAY[0]
STAGES = ("before", "after")
"""The translator before the game with the judge, and after it."""
MAX_LETTERS = 200
"""Letters of a sentence."""
MAX_BEAMS = 8
MAX_TEMPERATURE = 1.5
MAX_QUESTION = 100_000
AHEAD = 8
"""Questions of the quiz that are prepared together."""


def sentence(value: Any, language: str = "en") -> str:
    """`value` as translators normalise it, if it is a sentence of 1 to `MAX_LETTERS` letters.

    Raises `UserError` for all else, and where there is neither a letter nor a digit.
    """
    text = plain(value)
    if not text:
        raise UserError(say("sentences_empty", language))
    if len(text) > MAX_LETTERS:
        raise UserError(say("sentences_long", language, most=MAX_LETTERS, count=f"{len(text):,}"))
    if not any(letter.isalnum() for letter in text):
        raise UserError(say("sentences_none", language, value=shown(text)))
    return text


def plain(value: Any) -> str:
    """`value` as translators normalise it, without surplus blanks; empty if it is no text."""
    from models_zoo.subwords import normalised

    return normalised(value) if isinstance(value, str) else ""


def temperature(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a number from 0 to `MAX_TEMPERATURE`; raises `UserError` for all else."""
    if not checks.is_number(value, 0, MAX_TEMPERATURE):
        raise UserError(say("sentences_bad_temperature", language, most=MAX_TEMPERATURE, value=shown(value)))
    return float(value)


def beams(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `MAX_BEAMS`; raises `UserError` for all else."""
    return checks.whole(value, 1, MAX_BEAMS, "beams", language)


def number(value: Any, language: str = "en") -> int:
    """`value` if it is the number of a question; raises `UserError` for all else. After the last follows the first again."""
    return checks.whole(value, 1, MAX_QUESTION, "question", language)


def opponent(value: Any, language: str = "en") -> str:
    """`value` if it is one of `STAGES`; raises `UserError` for all else."""
    return checks.option(value, STAGES, "opponent", language)


@dataclass(frozen=True)
class SentencesView(View):
    """What the tab shows: a sentence and how it is translated, `yours`, and a `question` of the quiz.

    Both texts are checked when they are used; `yours` may be empty.
    """

    model: str = control()
    sentence: str = control(FIRST)
    beams: int = control(4, beams)
    temperature: float = control(0.0, temperature)
    seed: int = control(7, checks.seed)
    yours: str = control("")
    question: int = control(1, number)
    opponent: str = control("after", opponent)

    def settled(self, asked: Asked, linked: set[str]) -> tuple[SentencesView, set[str]]:
        bad = {name for name in ("sentence", "yours") if name in linked and not _is_good(getattr(self, name), asked)}
        usual = {"sentence": usual_sentences(asked.card)[0] if asked.card else FIRST, "yours": ""}
        return replace(self, **{name: text for name, text in usual.items() if name in bad or name not in linked}), bad

    @property
    def decoding(self) -> Decoding:
        """How its sentence is to be translated."""
        return Decoding(self.beams, self.temperature, self.seed)


@dataclass(frozen=True)
class Decoding:
    """Up to `beams` translations: the likeliest at `temperature` 0, above it drawn at random from `seed`."""

    beams: int = 1
    temperature: float = 0.0
    seed: int = 0


def _is_good(text: str, asked: Asked) -> bool:
    try:
        return bool(sentence(text, asked.spoken))
    except UserError:
        return False


@dataclass(frozen=True)
class Candidate:
    """A translation: its log-probability per piece, the judge's `logit`, and the attention, target x source pieces."""

    text: str
    score: float
    logit: float
    pieces: tuple[str, ...]
    source_pieces: tuple[str, ...]
    attention: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Judged:
    """A sentence's translation by `whom`, a stage or ``"person"``, ``"you"``, with the judge's logit."""

    text: str
    whom: str
    logit: float


@dataclass(frozen=True)
class Answer:
    """The translations of a sentence at each of `STAGES`, best first, and what is known of it.

    `people` are the translations that the pairs hold of that very sentence, which the models learned if it is `trained`.
    `nearest` is the training pair nearest to it, None without pairs, and `unknown` are words with pieces that no model met.
    """

    sentence: str
    languages: tuple[str, str]
    found: dict[str, tuple[Candidate, ...]]
    people: tuple[Judged, ...]
    trained: bool
    nearest: tuple[str, str] | None
    unknown: tuple[str, ...]

    @property
    def by_heart(self) -> tuple[str, ...]:
        """The stages whose best translation is word for word the one of the nearest training pair."""
        learned = self.nearest[1] if self.nearest else None
        return tuple(stage for stage in STAGES if self.found[stage][0].text == learned)


def translated(store: ModelStore, card: Card, text: str, how: Decoding, language: str = "en") -> Answer:
    """What the model makes of `text`; raises `UserError` for what is no sentence of its language, and `ZooError`."""
    return _translated(store, card.id, card.sha256, sentence(text, language), how, language)


@lru_cache(maxsize=128)
def _translated(store: ModelStore, model_id: str, weights: str, text: str, how: Decoding, language: str) -> Answer:
    pairs = known(store.card(model_id))
    with store.using(model_id) as model:
        languages = (model.source_language, model.target_language)
        _in_language(text, languages[0], language)
        model.check(text)
        options = {"beam": how.beams, "temperature": how.temperature, "seed": how.seed}
        raw = {stage: model.translate_text([text], **options, before=stage == "before")[0] for stage in STAGES}
        people = pairs.of(text) if pairs else ()
        lines = [each.text for stage in STAGES for each in raw[stage]]
        logits = iter(_logits(model, text, [*lines, *people]))
        found = {stage: tuple(_candidate(each, next(logits)) for each in raw[stage]) for stage in STAGES}
    return Answer(
        text,
        languages,
        found,
        tuple(Judged(line, "person", logit) for line, logit in zip(people, logits, strict=True)),
        bool(pairs) and pairs.is_trained(text),
        tuple(map(plain, pairs.source.nearest(text))) if pairs and pairs.source.train else None,
        tuple(raw["after"][0].unknown),
    )


def _candidate(found: Any, logit: float) -> Candidate:
    attention = tuple(map(tuple, found.attention.tolist()))
    return Candidate(found.text, found.score, logit, tuple(found.pieces), tuple(found.source_pieces), attention)


def _logits(model: Translator, source: str, targets: Sequence[str]) -> list[float]:
    """The judge's logits of N translations of one sentence; it is not asked about empty ones, which no person writes."""
    import torch

    real = [text for text in targets if text]
    with torch.inference_mode():
        logits = iter(model.judge([source] * len(real), real).tolist() if real else ())
    return [next(logits) if text else float("-inf") for text in targets]


def _in_language(text: str, code: str, language: str) -> None:
    """Raises `UserError` where no letter of `text` is of the language `code`, as far as its letters are known."""
    from models_zoo.subwords import LETTERS

    if code in LETTERS and not re.search(LETTERS[code], text):
        raise UserError(say("sentences_wrong_language", language, name=named(code, language), value=shown(text)))


def named(code: str, language: str) -> str:
    """The name of the language `code`, or `code` itself."""
    key = f"language_{code}"
    return say(key, language) if key in TEXTS else code


# ---- your own translation -----------------------------------------------------------------------


def judged(store: ModelStore, card: Card, answer: Answer, yours: str, language: str = "en") -> list[Judged]:
    """Your translation, both models' best and people's as the judge sees them, the likeliest to be a person's first.

    Raises `UserError` for what is no sentence.
    """
    text = sentence(yours, language)
    with store.using(card.id) as model:
        (logit,) = _logits(model, answer.sentence, [text])
    machines = [Judged(answer.found[stage][0].text, stage, answer.found[stage][0].logit) for stage in STAGES]
    return sorted([Judged(text, "you", logit), *machines, *answer.people], key=lambda each: -each.logit)


# ---- the pairs ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """The pairs beside a model.

    `trained` and `unseen` map a sentence, as the model reads it, to people's translations, those of training and the held-out
    ones; `held_out` maps the latter as they were written.
    """

    source: Pairs
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
    return Known(source, trained, unseen, held_out)


def source_language(card: Card) -> str:
    """The code of the language that the model of `card` reads."""
    return str(card.arguments.get("languages", ["en"])[0])


def serves(card: Card) -> bool:
    """Whether the translator of `card` has played the game, so that it has a judge."""
    return bool(card.arguments.get("game"))


def reads(card: Card, text: str) -> bool:
    """Whether the model of `card` reads sentences in the letters of `text`."""
    try:
        _in_language(text, source_language(card), "en")
    except UserError:
        return False
    return True


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


# ---- the quiz -----------------------------------------------------------------------------------


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
            logits = tuple(_logits(model, text, texts))
        return Question(place + 1, len(sources), text, languages, texts, logits, person)
    return None


@lru_cache(maxsize=256)
def _machine(
    store: ModelStore, model_id: str, _weights: str, sources: tuple[str, ...], stage: str
) -> tuple[list[str], tuple[str, str]]:
    """The model's likeliest translations of `sources`, and its languages."""
    with store.using(model_id) as model:
        found = model.translate_text(list(sources), before=stage == "before")
        return [plain(beams[0].text) for beams in found], (model.source_language, model.target_language)
