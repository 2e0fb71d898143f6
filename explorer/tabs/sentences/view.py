"""What the *Sentences* tab shows: translations, beams with their bars, attention, the judge's ranking, and the quiz."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from explorer.page import html
from explorer.tabs.sentences.quiz import Question, Tally
from explorer.tabs.sentences.work import STAGES, Answer, Candidate, Judged, Strange
from explorer.texts import say

REACH = 5
"""The logit at which the judge's bar is full, either way."""

_render = html.templates(__file__)


def blank() -> Markup:
    """What stands in the translations' place until there are any."""
    return _render("blank", "en")


def chips(texts: Sequence[str], code: str, language: str) -> Markup:
    """Sentences as buttons that tell what is on them."""
    return _render("chips", language, texts=texts, code=code)


def translations(answer: Answer, language: str) -> Markup:
    """The best translation of each stage side by side, and what is known of the sentence."""
    stages = [
        {
            "name": say(f"sentences_{stage}", language),
            "text": answer.found[stage][0].text,
            **_verdict(answer.found[stage][0], language),
        }
        for stage in STAGES
    ]
    learned = [say(f"sentences_when_{stage}", language) for stage in answer.by_heart]
    return _render(
        "translations",
        language,
        stages=stages,
        codes=answer.languages,
        is_same=len({each["text"] for each in stages}) == 1,
        people=[{"text": each.text, **_verdict(each, language)} for each in answer.people],
        is_trained=answer.trained,
        nearest=answer.nearest,
        learned=say("sentences_and", language).join(learned),
        strange=", ".join(_spelled(each, language) for each in answer.strange),
    )


def _spelled(strange: Strange, language: str) -> str:
    if not strange.pieces:
        return say("sentences_unreadable", language, word=strange.word)
    pieces = "·".join(filter(None, (piece.strip("▁") for piece in strange.pieces)))
    return say("sentences_spelled", language, word=strange.word, pieces=pieces)


def beams(answer: Answer, language: str) -> Markup:
    """All translations of both stages with their scores and the judge's logits as bars."""
    stages = [
        {"name": say(f"sentences_{stage}", language), "beams": _beams(answer.found[stage], language)}
        for stage in STAGES
    ]
    return _render("beams", language, stages=stages, code=answer.languages[1])


def _beams(found: Sequence[Candidate], language: str) -> list[dict[str, Any]]:
    favourite = max(range(len(found)), key=lambda place: found[place].logit)
    return [
        {
            "text": each.text,
            "score": _signed(each.score),
            "width": f"{100 * math.exp(min(0.0, each.score)):.1f}",
            "is_favourite": len(found) > 1 and place == favourite,
            **_verdict(each, language),
        }
        for place, each in enumerate(found)
    ]


def attention(answer: Answer, language: str) -> Markup:
    """For each stage, how much every piece of its best translation looked at every piece of the sentence."""
    stages = [
        {
            "name": say(f"sentences_{stage}", language),
            "columns": best.source_pieces,
            "rows": [
                (piece, [(f"{weight:.2f}", html.percent(weight)) for weight in weights])
                for piece, weights in zip(best.pieces, best.attention, strict=True)
            ],
        }
        for stage, best in ((stage, answer.found[stage][0]) for stage in STAGES)
    ]
    return _render("attention", language, stages=stages, codes=answer.languages)


def waiting(language: str) -> Markup:
    """What stands in the ranking's place while nobody has translated."""
    return _render("waiting", language)


def ranking(found: Sequence[Judged], code: str, language: str) -> Markup:
    """Your translation among the others, the one that the judge likes best first."""
    place = next(place for place, each in enumerate(found) if each.whom == "you")
    beaten = {each.whom for each in found[place + 1 :]}
    key = "both" if beaten >= set(STAGES) else "neither" if not beaten & set(STAGES) else "one"
    yours = found[place]
    if any(each.text == yours.text for each in found if each.whom in STAGES):
        key = "same"
    rows = [
        {
            "whom": say(f"sentences_by_{each.whom}", language),
            "kind": each.whom,
            "text": each.text,
            **_verdict(each, language),
        }
        for each in found
    ]
    summary = say("sentences_judged", language, percent=html.percent(_sigmoid(yours.logit)))
    return _render(
        "ranking", language, rows=rows, code=code, summary=f"{summary} {say(f'sentences_beats_{key}', language)}"
    )


def quiz(asked: Question | None, tally: Tally, language: str, stage: str, picked: int | None = None) -> Markup:
    """A question, with what is right once an answer was `picked`, and the score."""
    if asked is None:
        return _render("no_quiz", language)
    options = [
        {
            "place": place,
            "text": text,
            "whom": say("sentences_by_person" if place == asked.person else f"sentences_by_{stage}", language),
            "is_person": place == asked.person,
            "is_yours": place == picked,
            "is_judges": place == asked.judge,
            **_verdict(Judged(text, "", logit), language),
        }
        for place, (text, logit) in enumerate(zip(asked.texts, asked.logits, strict=True))
    ]
    right, wise = picked == asked.person, asked.judge == asked.person
    key = f"sentences_quiz_{'right' if right else 'wrong'}_{'right' if wise else 'wrong'}"
    return _render(
        "quiz",
        language,
        number=asked.number,
        count=asked.count,
        source=asked.source,
        codes=asked.languages,
        options=options,
        is_answered=picked is not None,
        outcome=say(key, language) if picked is not None else "",
        tally=tally,
    )


def _verdict(judged: Candidate | Judged, language: str) -> dict[str, Any]:
    """The judge's logit as text, as a probability, and as a bar that begins in the middle."""
    logit = judged.logit
    if not math.isfinite(logit):
        return {"logit": "–", "left": "50", "long": "0", "person": False, "percent": "0"}
    half = 50 * min(1.0, abs(logit) / REACH)
    return {
        "logit": _signed(logit),
        "left": f"{50 if logit >= 0 else 50 - half:.1f}",
        "long": f"{half:.1f}",
        "person": logit >= 0,
        "percent": html.percent(_sigmoid(logit)),
    }


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
