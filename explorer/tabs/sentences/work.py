"""Sentences to sentences: translations before the game and after it, what the judge says of them, and a quiz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked, View, control
from explorer.tabs.sentences.known import EVERYDAY, MAX_LETTERS, Known, known, plain, reads, usual_sentences, words
from explorer.texts import TEXTS, say
from explorer.texts.errors import UserError, shown
from models_zoo import Card

if TYPE_CHECKING:
    from models_zoo.translator import Translation, Translator

TASK = "text-translation"
FIRST = EVERYDAY[0]
STAGES = ("before", "after")
"""The translator before the game with the judge, and after it."""
MAX_BEAMS = 8
MAX_TEMPERATURE = 1.5
MAX_QUESTION = 100_000


def sentence(value: Any, language: str = "en") -> str:
    """`value` as translators normalise it, if it is a sentence of 1 to `MAX_LETTERS` letters.

    Raises `UserError` for all else, and where there is neither a letter nor a digit.
    """
    return checks.sentence(plain(value), MAX_LETTERS, "sentences", language)


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
    beams: int = control(8, beams)
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
class Strange:
    """A word that was never learned, and the pieces in which it was read all the same; none where it cannot be read."""

    word: str
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The translations of a sentence at each of `STAGES`, best first, and what is known of it.

    `people` are the translations that the pairs hold of that very sentence, which the models learned if it is `trained`.
    `nearest` is the training pair nearest to it, None without pairs, and `strange` are the words that no training sentence has.
    """

    sentence: str
    languages: tuple[str, str]
    found: dict[str, tuple[Candidate, ...]]
    people: tuple[Judged, ...]
    trained: bool
    nearest: tuple[str, str] | None
    strange: tuple[Strange, ...]

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
        if not reads(languages[0], text):
            name = named(languages[0], language)
            raise UserError(say("sentences_wrong_language", language, name=name, value=shown(text)))
        model.check(text)
        options = {"beam": how.beams, "temperature": how.temperature, "seed": how.seed}
        raw = {stage: model.translate_text([text], **options, before=stage == "before")[0] for stage in STAGES}
        people = pairs.of(text) if pairs else ()
        lines = [each.text for stage in STAGES for each in raw[stage]]
        logits = iter(opinions(model, text, [*lines, *people]))
        found = {stage: tuple(_candidate(each, next(logits)) for each in raw[stage]) for stage in STAGES}
    return Answer(
        text,
        languages,
        found,
        tuple(Judged(line, "person", logit) for line, logit in zip(people, logits, strict=True)),
        bool(pairs) and pairs.is_trained(text),
        tuple(map(plain, pairs.source.nearest(text))) if pairs and pairs.source.train else None,
        _strange(text, languages[0], raw["after"][0], pairs),
    )


def _strange(text: str, code: str, found: Translation, pairs: Known | None) -> tuple[Strange, ...]:
    """The words of `text` that no training sentence has; without pairs, those with characters that no piece has."""
    from models_zoo.subwords import read_as

    read = words(read_as(text, code))
    starts = [place for place, piece in enumerate(found.source_pieces) if piece.startswith("▁")]
    spelled = [found.source_pieces[one:other] for one, other in zip(starts, [*starts[1:], None], strict=True)]
    if len(spelled) != len(read):
        spelled = [[] for _ in read]
    met = pairs.words if pairs else set(read) - set(found.unknown)
    named = {word: pieces for word, pieces in zip(read, spelled, strict=True) if word and word not in met}
    return tuple(Strange(word, () if word in found.unknown else tuple(pieces)) for word, pieces in named.items())


def _candidate(found: Translation, logit: float) -> Candidate:
    attention = tuple(map(tuple, found.attention.tolist()))
    return Candidate(found.text, found.score, logit, tuple(found.pieces), tuple(found.source_pieces), attention)


def opinions(model: Translator, source: str, targets: Sequence[str]) -> list[float]:
    """The judge's logits of N translations of one sentence; for empty and endless ones, which it does not read, minus infinity."""
    import torch

    real = [text for text in targets if 0 < len(plain(text)) <= MAX_LETTERS]
    with torch.inference_mode():
        found = dict(zip(real, model.judge([source] * len(real), real).tolist(), strict=True))
    return [found.get(text, float("-inf")) for text in targets]


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
        (logit,) = opinions(model, answer.sentence, [text])
    machines = [Judged(answer.found[stage][0].text, stage, answer.found[stage][0].logit) for stage in STAGES]
    return sorted([Judged(text, "you", logit), *machines, *answer.people], key=lambda each: -each.logit)
