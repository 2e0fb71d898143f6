"""The tab *Sentences*, in a real browser and through the API: translations, your own, the quiz, links, what is no sentence."""

import re
from urllib.parse import quote_plus

import pytest
import tiny_translator
from browser.conftest import connected, served
from browser.helpers import close_toasts, fits, toast, view
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from explorer.tabs.sentences.known import EVERYDAY

EVIL = "<img src=x onerror=alert(1)> ${1} `go`"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A page of its own, with two translators: one reads English, one Korean."""
    folder = tmp_path_factory.mktemp("sentences")
    tiny_translator.made(folder)
    tiny_translator.made(folder, "tiny-back", ("ko", "en"), title={"en": "The way back", "ko": "거꾸로"})
    with served(folder, tmp_path_factory, ["sentences"]) as address:
        yield address


@pytest.fixture
def open_sentences(visit):
    def open_tab(more="", model="tiny-translator", **options):
        page = visit(f"?tab=sentences&model={model}{more}", ready="#sentences-best .said", **options)
        page.wait_for_url(re.compile("sentence="))
        return page

    return open_tab


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    return connected(server, tmp_path_factory)


def said(page):
    """The translations of both stages."""
    return page.locator("#sentences-best .said").all_inner_texts()


def translate(page, sentence):
    page.locator("#sentences-sentence textarea").fill(sentence)
    page.locator("#sentences-sentence textarea").press("Enter")


def test_a_sentence_is_translated_at_both_stages_with_beams_attention_and_what_is_known_of_it(
    open_sentences, serious_barriers
):
    page = open_sentences("&sentence=I+am+hungry.&beams=2")
    first = said(page)
    assert len(first) == 2 and first[0] != first[1]
    facts = page.locator(".sentence-facts")
    expect(facts).to_contain_text("나는 배고파.")
    expect(facts).to_contain_text("learned this very sentence")
    expect(page.locator("#sentences-beams li")).to_have_count(2 * 2)
    expect(page.locator("#sentences-attention table")).to_have_count(2)
    expect(page.locator("#sentences-attention thead th").first).to_have_text("▁i")
    expect(page.locator("#sentences-about h4").first).to_have_text("Tiny <translator>")

    translate(page, "Where is the ξstation?")
    page.wait_for_url(re.compile("CE%BEstation"))
    assert said(page) != first
    expect(facts).to_contain_text("Where is the station? → 역은 어디예요?")
    expect(facts).to_contain_text("“ξstation”")

    # An example and a drawn sentence are translated at once.
    page.locator("#sentences-examples button").nth(1).click()
    page.wait_for_url(re.compile(f"sentence={re.escape(quote_plus(EVERYDAY[1]))}"))
    page.locator("#sentences-dice").click()
    expect(facts).to_contain_text("Held out")
    assert view(page)["sentence"] in {text for text, _ in tiny_translator.HELD_OUT}
    assert serious_barriers(page) == []


def test_beams_and_chance_follow_their_controls_and_stand_in_the_link(open_sentences):
    page = open_sentences("&sentence=Tom+is+here.&beams=3&temperature=1.2&seed=5")
    drawn = said(page)
    expect(page.locator("#sentences-beams li")).to_have_count(2 * 3)
    page.get_by_role("button", name="More settings").click()
    field = page.locator("#sentences-seed input")
    assert field.input_value() == "5"
    field.fill("6")
    page.wait_for_url(re.compile("seed=6"))
    assert said(page) != drawn
    field.fill("5")
    page.wait_for_url(re.compile("seed=5"))
    assert said(page) == drawn
    assert view(page)["temperature"] == "1.2" and view(page)["beams"] == "3"


def test_your_own_translation_is_judged_beside_the_others_and_stays_in_the_link(open_sentences, serious_barriers):
    page = open_sentences("&sentence=I+am+hungry.")
    expect(page.locator("#sentences-ranking")).to_contain_text("Yours will stand here")
    page.locator("#sentences-yours textarea").fill("배가 고프다.")
    page.locator("#sentences-ask").click()
    ranking = page.locator("#sentences-ranking")
    expect(ranking.locator("li.you")).to_contain_text("배가 고프다.")
    expect(ranking.locator("li")).to_have_count(5)
    expect(ranking.get_by_role("status")).to_contain_text("sure that a person wrote yours")
    page.wait_for_url(re.compile("yours="))
    logits = [float(each.replace("−", "-")) for each in ranking.locator(".bar-value").all_inner_texts()]
    assert logits == sorted(logits, reverse=True)
    page.reload()
    expect(ranking.locator("li.you")).to_contain_text("배가 고프다.")

    page.locator("#sentences-yours textarea").fill(EVIL)
    page.locator("#sentences-yours textarea").press("Enter")
    expect(ranking.locator("li.you")).to_contain_text(EVIL)
    assert page.locator('img[src="x"]').count() == 0
    page.locator("#sentences-yours textarea").fill("🐦")
    page.locator("#sentences-ask").click()
    expect(toast(page)).to_contain_text("no word")
    close_toasts(page)
    # Another sentence, another translation.
    translate(page, "Go.")
    expect(ranking.locator("li")).to_have_count(0)
    expect(page.locator("#sentences-yours textarea")).to_have_value("")
    assert serious_barriers(page) == []


def test_the_quiz_tells_who_was_right_and_keeps_the_score_of_both(open_sentences, serious_barriers):
    page = open_sentences("&question=2")
    quiz = page.locator("#sentences-quiz")
    people = {translation for _, translation in tiny_translator.HELD_OUT}
    for answered, right in ((1, True), (2, False)):
        options = quiz.locator("button.quiz-answer")
        expect(options).to_have_count(2)
        texts = options.all_inner_texts()
        person = next(place for place, text in enumerate(texts) if text in people)
        options.nth(person if right else 1 - person).click()
        expect(quiz.locator(".quiz-outcome")).to_have_text(re.compile("^Right" if right else "^Wrong"))
        expect(quiz.locator(".right")).to_contain_text(texts[person])
        expect(quiz.locator(".quiz-tally")).to_contain_text(f"You: 1 of {answered}")
        expect(quiz.locator(".quiz-tally")).to_contain_text(re.compile(rf"Judge: \d of {answered}"))
        assert serious_barriers(page, include="#sentences-quiz") == []
        page.locator("#sentences-next").click()
        expect(quiz.locator(".quiz-number")).to_have_text(
            f"Question {answered % 3 + 2} of 3" if answered == 1 else "Question 1 of 3"
        )
    page.wait_for_url(re.compile("question=1"))
    after = quiz.locator("button.quiz-answer").all_inner_texts()
    page.locator("#sentences-opponent").get_by_label("Before the game").check()
    page.wait_for_url(re.compile("opponent=before"))
    assert quiz.locator("button.quiz-answer").all_inner_texts() != after


def test_a_phone_in_korean_and_by_night_shows_all_of_it_and_what_is_no_sentence_is_one_line(
    open_sentences, serious_barriers
):
    page = open_sentences("&sentence=%F0%9F%90%A6&beams=3", width=390, locale="ko-KR", scheme="dark")
    expect(toast(page)).to_contain_text("(sentence)")
    close_toasts(page)
    expect(page.locator("#sentences-sentence textarea")).to_have_value(EVERYDAY[0])
    assert fits(page)
    translate(page, EVIL)
    page.wait_for_url(re.compile("onerror"))
    assert page.locator('img[src="x"]').count() == 0 and fits(page)
    shown = said(page)
    for sentence, message in (("", "먼저"), ("배고파.", "영어"), ("x" * 300, "200자"), ("🐦", "낱말")):
        translate(page, sentence)
        expect(toast(page)).to_contain_text(message)
        expect(toast(page)).to_have_count(1)
        close_toasts(page)
        assert said(page) == shown
    assert serious_barriers(page) == []


def test_a_model_of_another_language_brings_a_sentence_that_it_reads(open_sentences):
    page = open_sentences()
    page.locator("input[role=listbox], input[aria-label=Model]").filter(visible=True).first.click()
    page.get_by_role("option", name="The way back").click()
    page.wait_for_url(re.compile("model=tiny-back"))
    expect(page.locator("#sentences-sentence textarea")).to_have_value(re.compile("[가-힣]"))
    expect(page.locator("#sentences-best .said").first).to_have_attribute("lang", "en")
    expect(page.locator("#sentences-quiz .said")).to_have_attribute("lang", "ko")


def test_programs_get_both_stages_and_the_judge_s_opinion_or_one_sentence(client):
    found = client.predict("tiny-translator", "I am hungry.", 2, api_name="/translate_text")
    assert (found["source_language"], found["target_language"], found["trained"]) == ("en", "ko", True)
    assert found["people"] == ["배고파.", "나는 배고파."]
    assert found["nearest"] == {"sentence": "I am hungry.", "translation": "배고파."}
    for stage in ("before", "after"):
        best, second = found[stage]
        assert best["score"] >= second["score"] and isinstance(best["logit"], float)
        assert len(best["attention"]) == len(best["pieces"])
        assert len(best["attention"][0]) == len(best["source_pieces"])
    opinion = client.predict("tiny-translator", "I am hungry.", "배고프다.", api_name="/judge_translation")
    assert 0 < opinion["probability"] < 1 and opinion["before"]["text"] != opinion["after"]["text"]
    for arguments, message in (
        (("tiny-translator", "x" * 10_000), "at most 200 letters, not 10,000"),
        (("tiny-translator", "배고파."), "translates from English"),
        (("tiny-back", "I am hungry."), "translates from Korean"),
        (("gan-mnist", "Go."), "no translator that has played"),
        (("tiny-translator", "Go.", 9), "beams must be a whole number"),
    ):
        with pytest.raises(AppError, match=re.escape(message)):
            client.predict(*arguments, api_name="/translate_text")
