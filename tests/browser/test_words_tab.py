"""The tab *Words*, in a real browser and through the API: sentences, reading, walk, links, and what is no sentence."""

import re

import pytest
from browser.conftest import connected, make_checkpoint, served
from browser.helpers import close_toasts, fits, saved, toast
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

NARROW = {
    "text": {"size": 16, "buckets": 512, "width": 16, "hidden": 16}, "noise_size": 8, "condition": 4, "widths": [8] * 4,
    "last_width": 8, "second_widths": [8] * 3, "second_last_width": 8, "blocks": 1, "discriminator_widths": [8] * 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A page of its own, with two models that draw sentences: those of the other tabs do without this one."""
    import torch

    from models_zoo.stackgan import StackGAN

    folder = tmp_path_factory.mktemp("words")
    for stage in (1, 2):
        torch.manual_seed(0)
        model = StackGAN(stage, **NARROW)
        for name, network in model.named_children():
            if name.startswith("stage"):
                for parameter in network.parameters():
                    parameter.data *= 4
        model.text.remember(["a", "bird", "red", "blue", "yellow"])
        make_checkpoint(
            folder, f"tiny-stage-{stage}", "", model, task="text-to-image", variant="stackgan", dataset="birds"
        )
    with served(folder, tmp_path_factory, ["words"]) as address:
        yield address


@pytest.fixture
def open_words(visit):
    def open_tab(more="", model="tiny-stage-2", **options):
        page = visit(f"?tab=words&model={model}{more}", ready="#words-pictures img", **options)
        page.wait_for_url(re.compile("sentence="))
        return page

    return open_tab


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    return connected(server, tmp_path_factory)


def test_a_sentence_is_drawn_in_both_stages_read_and_walked(open_words, serious_barriers):
    page = open_words("&sentence=a+red+bird&to=a+blue+bird&seed=12&truncation=1")
    pictures = page.locator("#words-pictures img")
    # Both stages, and the first one enlarged by bicubic and by the bundled model.
    expect(pictures).to_have_count(4 * 4)
    expect(page.locator("#words-pictures tbody th").first).to_have_text("12")
    before = pictures.first.get_attribute("src")
    expect(page.locator("#words-strip li")).to_have_count(9)
    strip = page.locator("#words-strip li img").last.get_attribute("src")

    field = page.locator("#words-sentence textarea")
    field.fill("a yelow bird")
    field.press("Enter")
    page.wait_for_url(re.compile(r"sentence=a\+yelow\+bird"))
    assert pictures.first.get_attribute("src") != before
    expect(page.locator("#words-reading")).to_contain_text("“yelow” (read much like “yellow”)")
    expect(page.locator(".read-word")).to_have_text(["a", "yelow", "bird"])
    assert page.locator("#words-strip li img").last.get_attribute("src") == strip

    # An example is drawn at once; a known word joins the sentence.
    page.locator("#words-examples button").nth(3).click()
    page.wait_for_url(re.compile(r"sentence=a\+white\+gull"))
    page.get_by_role("button", name="Words this model understands best").click()
    page.locator("#words-known button", has_text="red").click()
    page.wait_for_url(re.compile(r"sentence=a\+white\+gull\+red"))

    for button, kind in (("words-png", "PNG"), ("words-gif", "GIF"), ("words-strip-png", "PNG")):
        assert Image.open(saved(page, f"#{button}").path()).format == kind
    assert serious_barriers(page) == []


def test_a_phone_shows_one_stage_markup_and_korean_are_as_they_are_and_what_is_no_sentence_is_one_line(
    open_words, serious_barriers
):
    page = open_words("&sentence=%F0%9F%90%A6&seed=3", model="tiny-stage-1", width=390, locale="ko-KR", scheme="dark")
    expect(toast(page)).to_contain_text("(sentence)")
    close_toasts(page)
    expect(page.locator("#words-pictures img")).to_have_count(4)
    expect(page.locator("#words-pictures")).to_contain_text("1단계만")
    assert fits(page)
    draw(page, "<img src=x onerror=alert(1)> ${1}")
    expect(page.locator("#words-strip h3")).to_contain_text("<img src=x onerror=alert(1)> ${1}")
    assert page.locator('img[src="x"]').count() == 0
    draw(page, "빨간 새")
    expect(page.locator("#words-strip h3")).to_contain_text("빨간 새")
    expect(page.locator(".read-word")).to_have_text(["빨간", "새"])
    before = page.locator("#words-pictures img").first.get_attribute("src")
    page.locator("#words-sentence textarea").fill("")
    page.locator("#words-draw").click()
    expect(toast(page)).to_have_count(1)
    assert page.locator("#words-pictures img").first.get_attribute("src") == before
    close_toasts(page)
    assert serious_barriers(page) == []


def draw(page, sentence):
    page.locator("#words-sentence textarea").fill(sentence)
    page.locator("#words-sentence textarea").press("Enter")


def test_programs_get_both_stages_and_how_the_words_were_read_or_one_sentence(client):
    found = client.predict("tiny-stage-2", "a zzz bird", 5, 2, api_name="/words")
    assert [picture["seed"] for picture in found["pictures"]] == [5, 6]
    for stage, side in (("stage_1", 64), ("stage_2", 128)):
        path = found["pictures"][0][stage]
        assert Image.open(path["path"] if isinstance(path, dict) else path).size == (side, side)
    assert [(word["word"], word["known"]) for word in found["words"]] == [("a", True), ("zzz", False), ("bird", True)]
    assert client.predict("tiny-stage-1", "a bird", api_name="/words")["pictures"][0]["stage_2"] is None
    with pytest.raises(AppError, match=re.escape("at most 300 letters, not 10,000")):
        client.predict("tiny-stage-2", "x" * 10_000, api_name="/words")
    with pytest.raises(AppError, match=re.escape("does not draw sentences")):
        client.predict("gan-mnist", "a bird", api_name="/words")
