"""What programs can ask of the *Sentences* tab."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypedDict

from explorer.models.choice import Choice
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.tabs.sentences import work
from explorer.tabs.sentences.work import Candidate, Decoding


class Translation(TypedDict):
    """A translation, its log-probability per piece, the judge's logit (None for an empty one), and target x source attention."""

    text: str
    score: float
    logit: float | None
    pieces: list[str]
    source_pieces: list[str]
    attention: list[list[float]]


class Pair(TypedDict):
    """A sentence and its translation."""

    sentence: str
    translation: str


class Translated(TypedDict):
    """Translations of each stage, best first; people's, words that no training sentence has, and the nearest training pair."""

    sentence: str
    source_language: str
    target_language: str
    before: list[Translation]
    after: list[Translation]
    unknown: list[str]
    people: list[str]
    trained: bool
    nearest: Pair | None


class Opinion(TypedDict):
    """What the judge says of a translation: higher is more like a person's. Beside it the models' own."""

    logit: float
    probability: float
    before: Translation
    after: Translation


@dataclass(frozen=True)
class Request(View):
    """What a program asks for."""

    model: str = control()
    sentence: str = control(check=work.sentence)
    beams: int = control(1, work.beams)
    temperature: float = control(0.0, work.temperature)
    seed: int = control(0, checks.seed)


@dataclass(frozen=True)
class Claim(View):
    """A translation to be judged."""

    model: str = control()
    sentence: str = control(check=work.sentence)
    translation: str = control(check=work.sentence)


def publish_all(choice: Choice) -> None:
    """Publish the functions of this tab for the models of `choice`."""

    def translate_text(visit: Visit[Request]) -> Translated:
        """Translate a short sentence with a translator that learned against a judge, as it was before that game and after it.

        Args:
            model: The id of a model whose task is "text-translation", as the tool `models` lists them, such as "seq2seq-gan-en-ko".
            sentence: What to translate, 1 to 200 letters in the model's source language, such as "I am hungry.".
            beams: How many translations, 1 to 8, the likeliest first.
            temperature: 0 to 1.5; 0 finds the likeliest translations, above it they are drawn at random.
            seed: The seed of what is drawn at random, 0 to 4294967295.
        """
        asked = visit.view
        how = Decoding(asked.beams, asked.temperature, asked.seed)
        found = work.translated(choice.store, visit.card, asked.sentence, how)
        return Translated(
            sentence=found.sentence,
            source_language=found.languages[0],
            target_language=found.languages[1],
            **{stage: [_translation(each) for each in found.found[stage]] for stage in work.STAGES},
            unknown=[each.word for each in found.strange],
            people=[each.text for each in found.people],
            trained=found.trained,
            nearest=Pair(sentence=found.nearest[0], translation=found.nearest[1]) if found.nearest else None,
        )

    def judge_translation(visit: Visit[Claim]) -> Opinion:
        """Ask the judge whether a person wrote this translation of a sentence.

        Args:
            model: The id of a model whose task is "text-translation", such as "seq2seq-gan-en-ko".
            sentence: The sentence, 1 to 200 letters in the model's source language.
            translation: Its translation, 1 to 200 letters.
        """
        asked = visit.view
        answer = work.translated(choice.store, visit.card, asked.sentence, Decoding())
        ranked = work.judged(choice.store, visit.card, answer, asked.translation)
        logit = next(each.logit for each in ranked if each.whom == "you")
        best = {stage: _translation(answer.found[stage][0]) for stage in work.STAGES}
        return Opinion(logit=round(logit, 4), probability=round(1 / (1 + math.exp(-logit)), 4), **best)

    publish(translate_text, Request, choice)
    publish(judge_translation, Claim, choice)


def _translation(found: Candidate) -> Translation:
    return Translation(
        text=found.text,
        score=round(found.score, 4),
        logit=round(found.logit, 4) if math.isfinite(found.logit) else None,
        pieces=list(found.pieces),
        source_pieces=list(found.source_pieces),
        attention=[[round(weight, 4) for weight in row] for row in found.attention],
    )
