"""The tab *Checkerboard*, in a real browser and through the API."""

import re

import pytest
from browser.helpers import go_to, saved, toast
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.checkerboard import work

TABS = ["sample", "checkerboard"]


@pytest.fixture
def few_samples(monkeypatch):
    """The server runs in this process: spectra of a few pictures will do here."""
    monkeypatch.setattr(work, "SAMPLES", 8)


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
    assert Image.open(saved(page, "#checkerboard-png").path()).width >= 8 * 128
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    assert serious_barriers(page) == []


def test_spectra_are_taken_only_for_who_opens_the_tab(visit, few_samples, monkeypatch):
    asked, power = [], work.power
    monkeypatch.setattr(work, "power", lambda *arguments: asked.append(arguments) or power(*arguments))
    page = visit()
    # Events that compute with models run one after the other: when these are through, so is what the page began with.
    for seed in ("90", "91"):
        page.locator("#seed input").fill(seed)
        expect(page.locator(".tile-seed").first).to_have_text(seed)
    assert asked == []
    go_to(page, "checkerboard")
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    assert asked
    # The spectra do not wait for a seed, which is empty while somebody types another one.
    before = page.locator("#checkerboard-faces img").first.get_attribute("src")
    page.locator("#checkerboard-seed input").fill("")
    page.get_by_label("before training").check()
    expect(page.locator("#checkerboard-spectra .spectrum")).to_have_count(2)
    page.locator("#checkerboard-dice").click()
    expect(page.locator("#checkerboard-faces img").first).not_to_have_attribute("src", before)
    expect(toast(page)).to_have_count(0)


def test_programs_get_picture_and_number_or_one_sentence(client):
    found = client.predict("tiny-faces", 8, 3, api_name="/spectrum")
    path = found["spectrum"]["path"] if isinstance(found["spectrum"], dict) else found["spectrum"]
    assert Image.open(path).size[0] >= 256 and isinstance(found["checkerboard"], float)
    assert found["photographs"] is None
    for arguments, message in (
        (("nothing",), "There is no model"),
        (("tiny-cgan",), "its task is"),
        (("tiny-faces", 257), "count must be a whole number from 1 to 256, not 257"),
    ):
        with pytest.raises(AppError, match=re.escape(message)):
            client.predict(*arguments, api_name="/spectrum")
