"""Sentences on the page: what is refused, what is translated and judged, the quiz and its tally, and what is shown of it."""

import dataclasses
import math
import unicodedata

import pytest
import tiny_translator

from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page import html as page_html
from explorer.page.view import Asked
from explorer.page.wiring import Visit
from explorer.tabs.sentences import known, quiz, work
from explorer.tabs.sentences import view as html
from explorer.tabs.sentences.api import Claim, Request
from explorer.tabs.sentences.quiz import Question, Tally
from explorer.tabs.sentences.tab import Handlers
from explorer.tabs.sentences.work import Candidate, Decoding, Judged, SentencesView
from explorer.texts.errors import UserError
from models_zoo import ZooError, translator
from models_zoo.card import PAIRS_FILE


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentences")
    tiny_translator.made(folder)
    tiny_translator.made(folder, "tiny-back", ("ko", "en"))
    return ModelStore([folder])


@pytest.fixture
def card(store):
    return store.card("tiny-translator")


@pytest.fixture
def handlers(store):
    return Handlers(Choice(store, (work.TASK,), "tiny-translator", "wrong_task_sentences", known.serves), None)


def seen(card, told=None, **values):
    """A visit of somebody who sees these values, and clicks where the browser tells `told`."""
    event = type("Event", (), {"pick": told})()
    return Visit(SentencesView(card.id, **values), Asked(card=card), event)


def test_a_sentence_is_put_into_one_form_and_nothing_else():
    assert work.sentence("  I am\n <b>hungry</b> 🐦 ") == "I am <b>hungry</b> 🐦"
    assert work.sentence(unicodedata.normalize("NFD", "배고파.")) == "배고파."
    assert work.sentence("\uffa4\uffc2") == "나"
    assert known.MAX_LETTERS == translator.MAX_LETTERS


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("value", ["", " \n ", None, 7, ["a"], "x" * 10_000, "🐦🐦", "…!?"])
def test_what_is_no_sentence_is_refused_in_one_line(value, language):
    with pytest.raises(UserError) as caught:
        work.sentence(value, language)
    assert "\n" not in caught.value.message and len(caught.value.message) < 120


@pytest.mark.parametrize(
    ("model", "text", "named"), [("tiny-translator", "배고파.", "English"), ("tiny-back", "Hi", "Korean")]
)
def test_another_language_is_refused_by_its_name(store, model, text, named):
    with pytest.raises(UserError, match=f"translates from {named}"):
        work.translated(store, store.card(model), text, Decoding())


def test_both_stages_translate_and_the_judge_sees_every_beam(store, card):
    answer = work.translated(store, card, "I am hungry.", Decoding(3))
    assert answer.languages == ("en", "ko") and set(answer.found) == set(work.STAGES)
    for found in answer.found.values():
        assert len(found) == 3 and [each.score for each in found] == sorted(
            (each.score for each in found), reverse=True
        )
        for each in found:
            assert math.isfinite(each.logit)
            assert len(each.attention) == len(each.pieces) and len(each.attention[0]) == len(each.source_pieces)
            assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in each.attention)
    assert answer.found["before"][0].text != answer.found["after"][0].text
    with store.using(card.id) as model:
        best = answer.found["after"][0]
        assert model.judge(["I am hungry."], [best.text]).item() == pytest.approx(best.logit, abs=1e-4)
        (alone,) = model.translate_text(["I am hungry."], 3)
        assert [each.text for each in answer.found["after"]] == [each.text for each in alone]


def test_what_is_drawn_depends_on_the_seed_alone(store, card):
    def texts(seed):
        return [each.text for each in work.translated(store, card, "Go.", Decoding(4, 1.0, seed)).found["after"]]

    first = texts(1)
    work._translated.cache_clear()
    assert texts(1) == first and texts(2) != first


def test_people_s_translations_and_the_nearest_pair_are_found_however_it_is_written(store, card):
    for text in ("I am hungry.", "i'm HUNGRY."):
        answer = work.translated(store, card, text, Decoding())
        assert [each.text for each in answer.people] == ["배고파.", "나는 배고파."] and answer.trained
    answer = work.translated(store, card, "Tom is tired.", Decoding())
    assert [each.text for each in answer.people] == ["톰은 피곤해.", "톰이 피곤해."] and not answer.trained
    answer = work.translated(store, card, "Where is the stadium?", Decoding())
    assert answer.nearest == ("Where is the station?", "역은 어디예요?") and answer.people == ()
    back = work.translated(store, store.card("tiny-back"), "배고파.", Decoding())
    assert back.languages == ("ko", "en") and back.people[0].text == "I am hungry."


def test_words_that_no_training_sentence_has_are_named_with_the_pieces_in_which_they_are_read(store, card):
    answer = work.translated(store, card, "Tom's stale, ½ξ station!", Decoding())
    assert [each.word for each in answer.strange] == ["stale", "½ξ"]
    stale, unreadable = answer.strange
    assert "".join(stale.pieces).strip("▁") == "stale," and unreadable.pieces == ()
    said = html.translations(answer, "en")
    assert "“stale” (read as " in said and "“½ξ” (has characters" in said
    assert "have them all" in html.translations(work.translated(store, card, "I AM tired.", Decoding()), "en")


def test_the_model_card_counts_pairs_and_tells_of_no_pictures(card):
    shown = page_html.model_card(dataclasses.replace(card, step=7, images_seen=896), "Tiny", "en")
    assert "896 pairs of sentences in 7 steps" in shown and "1 × 1" not in shown


def test_a_translation_learned_by_heart_is_told(store, card):
    answer = work.translated(store, card, "Go.", Decoding())
    assert answer.by_heart == ()
    learned = dataclasses.replace(answer.found["after"][0], text="가.")
    answer = dataclasses.replace(answer, found={**answer.found, "after": (learned,)})
    assert answer.by_heart == ("after",)
    assert "word for word after the game, so" in html.translations(answer, "en")


def test_yours_stands_among_the_others_by_what_the_judge_says(store, card):
    answer = work.translated(store, card, "I am hungry.", Decoding())
    ranked = work.judged(store, card, answer, unicodedata.normalize("NFD", "배고프다"))
    assert sorted(each.whom for each in ranked) == ["after", "before", "person", "person", "you"]
    assert [each.logit for each in ranked] == sorted((each.logit for each in ranked), reverse=True)
    assert next(each.text for each in ranked if each.whom == "you") == "배고프다"
    with pytest.raises(UserError, match="no word"):
        work.judged(store, card, answer, "🐦")


def test_what_the_judge_prefers_is_said():
    def said(order):
        texts = {"you": "나", "before": "가", "after": "다", "person": "라", "copy": "나"}
        found = [
            Judged(texts[each], "after" if each == "copy" else each, 2.0 - place) for place, each in enumerate(order)
        ]
        return html.ranking(found, "ko", "en")

    assert "sure that a person wrote yours. It prefers yours to both" in said(["you", "after", "before"])
    assert "to one translation of the machine" in said(["after", "you", "person", "before"])
    assert "prefers both translations" in said(["before", "after", "you"])
    assert "wrote the same" in said(["before", "copy", "you"])


def test_the_quiz_asks_every_held_out_sentence_once_and_begins_again(store, card):
    asked = [quiz.question(store, card, number, "after") for number in (1, 2, 3, 4)]
    assert sorted(each.source for each in asked[:3]) == ["Tom is hungry.", "Tom is tired.", "Where is she?"]
    assert asked[3] == asked[0] and {each.count for each in asked} == {3}
    people = dict(translator.examples(card.folder).held_out)
    for each in asked:
        assert each.texts[each.person] in people[each.source] and each.texts[1 - each.person] not in people[each.source]
        assert each.judge == max((0, 1), key=lambda place: each.logits[place])
    before = quiz.question(store, card, 1, "before")
    assert before.source == asked[0].source and before.texts != asked[0].texts


def test_a_question_whose_answers_are_the_same_is_left_out(store, card, monkeypatch):
    people = dict(translator.examples(card.folder).held_out)

    def machine(_store, _model, _weights, sources, _stage):
        return [people[text][0] if text != "Where is she?" else "몰라." for text in sources], ("en", "ko")

    monkeypatch.setattr(quiz, "_machine", machine)
    assert {quiz.question(store, card, number, "after").source for number in (1, 2, 3)} == {"Where is she?"}
    monkeypatch.setattr(quiz, "_machine", lambda *args: ([people[text][-1] for text in args[3]], ("en", "ko")))
    assert quiz.question(store, card, 1, "after") is None
    assert "no questions" in html.quiz(None, Tally(), "en", "after")


def test_every_question_counts_once():
    asked = Question(1, 3, "Go.", ("en", "ko"), ("가.", "나."), (1.0, 2.0), person=0)
    tally = Tally().counted(("m", "after", 1), asked, 0)
    assert (tally.yours, tally.judge, len(tally.asked)) == (1, 0, 1)
    assert tally.counted(("m", "after", 1), asked, 1) == tally
    tally = tally.counted(("m", "before", 1), dataclasses.replace(asked, person=1), 0)
    assert (tally.yours, tally.judge, len(tally.asked)) == (1, 1, 2)


def test_an_answer_shows_who_was_right_and_what_is_no_answer_nothing(handlers, card):
    found = quiz.question(handlers.choice.store, card, 2, "after")
    shown, tally = handlers.answer(seen(card, str(found.person), question=2), Tally())
    assert "Right" in shown and tally.yours == 1 and "You: 1 of 1" in shown and "<button" not in shown
    shown, tally = handlers.answer(seen(card, str(1 - found.person), question=1 if found.number != 1 else 3), tally)
    assert len(tally.asked) == 2
    for told in ("2", None, {}, "x"):
        assert handlers.answer(seen(card, told, question=2), Tally())[0] == handlers.answer(seen(card, "7"), Tally())[0]
    number, shown = handlers.go_on(seen(card, question=work.MAX_QUESTION), tally)
    assert number == 1 and shown.count("<button") == 2


def test_only_examples_become_the_sentence_and_drawn_ones_are_held_out(handlers, card):
    assert handlers.take(seen(card, known.EVERYDAY[1])) == known.EVERYDAY[1]
    assert handlers.take(seen(card, "<b>")) != "<b>"
    held_out = {text for text, _ in tiny_translator.HELD_OUT}
    assert {handlers.draw(seen(card)) for _ in range(30)} <= held_out


def test_another_language_brings_its_own_sentences(handlers, store, card):
    back = store.card("tiny-back")
    assert known.usual_sentences(card) == known.EVERYDAY
    assert known.usual_sentences(back) == ("톰은 배고파.", "톰은 피곤해.", "톰이 피곤해.", "그녀는 어디 있어?")
    *_, text = handlers.change(seen(back, sentence="I am hungry."))
    assert text == "톰은 배고파."
    *_, text = handlers.change(seen(card, sentence="Tom is hungry."))
    assert text == "Tom is hungry."
    told = dataclasses.replace(card, sentences=("Good night.", "x" * 201))
    assert known.usual_sentences(told) == ("Good night.",)


def test_without_pairs_there_is_no_quiz_and_all_else_works(store, card, tmp_path):
    folder = tiny_translator.made(tmp_path, "alone")
    (folder / PAIRS_FILE).unlink()
    alone = ModelStore([tmp_path])
    answer = work.translated(alone, alone.card("alone"), "Go.", Decoding())
    assert answer.nearest is None and answer.people == () and "Nearest" not in html.translations(answer, "en")
    assert quiz.question(alone, alone.card("alone"), 1, "after") is None
    assert known.drawn(alone.card("alone")) in known.EVERYDAY


def test_a_link_with_what_is_no_sentence_opens_the_usual_one_and_names_it(card):
    asked = Asked(card=card)
    link = {
        "model": card.id,
        "sentence": "🐦",
        "yours": "배고파",
        "beams": "9",
        "temperature": "0.5",
        "opponent": "before",
    }
    shown, bad = SentencesView.from_link(link, asked)
    assert bad == {"sentence", "beams"}
    assert (shown.sentence, shown.yours, shown.beams, shown.opponent) == (known.EVERYDAY[0], "배고파", 8, "before")
    assert shown.decoding == Decoding(8, 0.5, 7)
    assert SentencesView.from_link({"model": card.id}, asked)[1] == set()


def test_a_link_to_a_sentence_in_the_wrong_language_opens_the_usual_one(handlers, card, monkeypatch):
    warned = []
    monkeypatch.setattr("gradio.Warning", warned.append)
    desk = type("Desk", (), {"values": lambda self, view, **instead: [view.sentence]})()
    told = dataclasses.replace(handlers, desk=desk).arrive(seen(card, sentence="안녕하세요", yours="배고파"), Tally())
    assert told[0] == known.EVERYDAY[0] and len(warned) == 1 and "(sentence)" in warned[0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sentence": " "}, "Type a sentence first"),
        ({"sentence": "x" * 10_000}, "at most 200 letters, not 10,000"),
        ({"beams": 9}, "beams must be a whole number from 1 to 8"),
        ({"beams": True}, "beams must be"),
        ({"temperature": math.nan}, "The temperature must be a number from 0 to 1.5"),
        ({"temperature": "1"}, "The temperature must be"),
        ({"seed": -1}, "The seed must be"),
    ],
)
def test_what_programs_cannot_have_translated_is_one_sentence(values, message):
    with pytest.raises(UserError, match=message):
        Request.checked({"model": "m", "sentence": "Go.", **values}, Asked())


def test_what_programs_cannot_have_judged_is_one_sentence():
    for name in ("sentence", "translation"):
        with pytest.raises(UserError, match="no word"):
            Claim.checked({"model": "m", "sentence": "Go.", "translation": "가.", name: "🐦"}, Asked())


def test_only_translators_that_played_are_offered(store, card):
    choice = Choice(store, (work.TASK,), card.id, "wrong_task_sentences", known.serves)
    assert {each.id for each in choice.cards()} >= {"tiny-translator", "tiny-back"}
    assert not known.serves(dataclasses.replace(card, arguments={}))
    with pytest.raises(UserError, match="no translator that has played"):
        choice.known("gan-mnist")
    with pytest.raises(ZooError):
        store.card("nothing")


def test_the_page_escapes_what_visitors_and_models_say(store, card):
    text = "<script>alert(`${1}`)</script> I go"
    answer = work.translated(store, card, text, Decoding(2))
    evil = Candidate("<b>`$x`", -1.0, 1.0, ("<i>", "</s>"), ("<s>", "<u>"), ((0.5, 0.5), (1.0, 0.0)))
    answer = dataclasses.replace(answer, found={stage: (evil, evil) for stage in work.STAGES}, nearest=("<b>", "<i>"))
    asked = Question(1, 3, text, ("en", "ko"), ("<b>", "<i>"), (1.0, -2.0), person=0)
    for language in ("en", "ko"):
        parts = [
            html.translations(answer, language),
            html.beams(answer, language),
            html.attention(answer, language),
            html.ranking([Judged(text, "you", 0.0), Judged("<b>", "after", -1.0)], "ko", language),
            html.quiz(asked, Tally(), language, "after"),
            html.quiz(asked, Tally(), language, "after", 1),
            html.chips([text], "en", language),
        ]
        for part in parts:
            assert not any(tag in part for tag in ("<script", "<b>", "<i>", "<u>", "<s>"))
            assert not set("{}$`") & set(part)


def test_bars_begin_in_the_middle_and_end_at_the_edge():
    assert html._verdict(Judged("", "", 0.5), "en") | {"percent": ""} == {
        "logit": "+0.50", "left": "50.0", "long": "5.0", "person": True, "percent": "",
    }  # fmt: skip
    lost = html._verdict(Judged("", "", -40.0), "en")
    assert (lost["logit"], lost["left"], lost["long"], lost["percent"]) == ("−40.00", "0.0", "50.0", "0")
    assert html._verdict(Judged("", "", -math.inf), "en")["logit"] == "–"
