"""The tab *Checkerboard*, in a real browser and through the API."""

import re

import pytest
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.checkerboard import work as checkerboard


@pytest.fixture
def few_samples(monkeypatch):
    """The server runs in this process: spectra of a few pictures will do here."""
    monkeypatch.setattr(checkerboard, "SAMPLES", 8)


def test_both_networks_draw_the_same_seeds_and_the_loupes_follow(visit, few_samples, serious_barriers):
    page = visit("?tab=checkerboard&seed=12&networks=untrained&kernel=4&stride=3", ready=".twin")
    sides = page.locator("#checkerboard-faces section")
    expect(sides.nth(1).locator("h3")).to_have_text("Transposed convolution, kernel 4 × 4")
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    expect(page.locator("#overlap figcaption")).to_contain_text("Uneven")
    # Pointing at a face of one network frames the same part of the same face of the other.
    page.locator(".twin").nth(10).hover(position={"x": 2, "y": 2})
    expect(page.locator('.twin[aria-pressed="true"]')).to_have_count(2)
    for side in (sides.nth(0), sides.nth(1)):
        expect(side.locator(".twin").nth(2)).to_have_attribute("aria-pressed", "true")
        source = side.locator(".twin img").nth(2).get_attribute("src")
        assert source in side.locator(".loupe").evaluate("loupe => loupe.style.backgroundImage")
    # Another kernel builds another network; both pictures and link change, the resize convolution stays.
    before = [side.locator("img").first.get_attribute("src") for side in (sides.nth(0), sides.nth(1))]
    field = page.get_by_label("number input for Kernel")
    field.fill("3")
    field.press("Enter")
    page.wait_for_url(re.compile("networks=untrained&kernel=3&stride=3"))
    expect(page.locator("#overlap figcaption")).not_to_contain_text("Uneven")
    after = [side.locator("img").first.get_attribute("src") for side in (sides.nth(0), sides.nth(1))]
    assert after[0] == before[0] and after[1] != before[1]
    with page.expect_download() as download:
        page.locator("#checkerboard-png").click()
    assert Image.open(download.value.path()).width >= 8 * 128
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    assert serious_barriers(page) == []


def test_spectra_are_taken_only_for_who_opens_the_tab(visit, few_samples, monkeypatch):
    asked, power = [], checkerboard.power
    monkeypatch.setattr(checkerboard, "power", lambda *arguments: asked.append(arguments) or power(*arguments))
    page = visit()
    page.wait_for_timeout(1000)
    assert asked == []
    page.get_by_role("tab", name="Checkerboard").click()
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    assert asked


def test_a_phone_in_korean_shows_it_too(visit, few_samples, serious_barriers):
    page = visit(
        "?tab=checkerboard&networks=untrained&stride=3", width=390, scheme="dark", locale="ko-KR", ready=".twin"
    )
    expect(page.locator("#checkerboard-faces h3").nth(1)).to_contain_text("전치 합성곱")
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious_barriers(page) == []


def test_programs_get_picture_and_number(client):
    found = client.predict("tiny-faces", 8, 3, api_name="/spectrum")
    path = found["spectrum"]["path"] if isinstance(found["spectrum"], dict) else found["spectrum"]
    assert Image.open(path).size[0] >= 256 and isinstance(found["checkerboard"], float)
    assert found["photographs"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "There is no model"),
        (("tiny-cgan",), "its task is"),
        (("tiny-faces", 257), "count must be a whole number from 1 to 256, not 257"),
        (("tiny-faces", 1.5), "count must be"),
        (("tiny-faces", 1, -1), "seed must be"),
    ],
)
def test_what_has_no_spectrum_is_one_sentence(client, arguments, message):
    with pytest.raises(AppError, match=re.escape(message)):
        client.predict(*arguments, api_name="/spectrum")
