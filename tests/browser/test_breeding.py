"""Breeding two keyframes on the tab *Interpolate*, in a real browser and through the API."""

import re

import numpy as np
import pytest
from browser.helpers import out_of_sight, view
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

TABS = ["interpolate"]

CHILD, PARENTS = ".breed-children img", ".breeding select"


@pytest.fixture
def open_breeding(visit):
    def open_tab(more="", **options):
        page = visit(f"?tab=interpolate&model=tiny-gan{more}", ready="#path-keys .key", **options)
        page.wait_for_url(re.compile("truncation="))
        page.locator(".breeding").scroll_into_view_if_needed()
        expect(page.locator(CHILD).last).to_have_attribute("src", re.compile("^data:image"))
        return page

    return open_tab


def brood(page):
    return page.locator(CHILD).evaluate_all("images => images.map(image => image.src)")


def another(page, than):
    """The brood, once it is another one than that."""
    expect(page.locator(CHILD).first).not_to_have_attribute("src", than[0])
    return brood(page)


def test_strength_and_dice_change_the_brood_and_a_child_becomes_a_keyframe_and_a_parent(open_breeding):
    page = open_breeding()
    first = brood(page)
    assert len(set(first)) == 12 and "brood" not in page.url
    assert page.locator(PARENTS).evaluate_all("all => all.map(each => each.value)") == ["0", "3"]
    page.locator(".breed-strength input").fill("0.9")
    page.wait_for_url(re.compile("strength=0.9"))
    wild = another(page, first)
    page.locator(".breed-dice").click()
    page.wait_for_url(re.compile("brood=[1-9]"))
    rolled = another(page, wild)
    page.locator(PARENTS).first.select_option("1")
    page.wait_for_url(re.compile("parents=1-3"))
    shown = another(page, rolled)
    # The link has the same children.
    asked = view(page)
    query = "".join(f"&{name}={asked[name]}" for name in ("keys", "parents", "strength", "brood"))
    page = open_breeding(query)
    expect(page.locator(CHILD).first).to_have_attribute("src", shown[0])
    assert brood(page) == shown
    expect(page.locator("#path-keys .key")).to_have_count(4)
    page.locator(".breed-children .tile").nth(2).click()
    expect(page.locator("#path-keys .key")).to_have_count(5)
    expect(page.locator("#path-keys .key").last).to_contain_text("Child")
    expect(page.locator(PARENTS).first).to_have_value("4")
    expect(page.locator(PARENTS).last).to_have_value("3")
    expect(page.locator(".breed-parent img").first).to_have_attribute(
        "src", page.locator("#path-keys .key img").last.get_attribute("src")
    )
    another(page, shown)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_player_stays_in_sight_beside_keyframes_and_children(open_breeding, width):
    page = open_breeding(width=width)
    assert out_of_sight(page, "#path-player canvas", ".breed-strength input") == []


def test_programs_breed_and_what_cannot_be_is_one_sentence(client):
    bred, again, wild = (client.predict("tiny-gan", [5, 11], strength, 7, api_name="/breed") for strength in (0, 0, 1))
    assert len(bred["images"]) == 12 and np.shape(bred["z"]) == (12, 100) and bred["labels"] == []
    assert bred["z"] == again["z"] and bred["z"] != wild["z"]
    with Image.open(bred["images"][0]["path"] if isinstance(bred["images"][0], dict) else bred["images"][0]) as picture:
        assert picture.size == (28, 28)
    bred = client.predict("tiny-cgan", [5, 11], 0.2, 7, 1, [2, 8], api_name="/breed")
    assert set(bred["labels"]) == {2, 8}
    for arguments, message in (
        (("tiny-gan", [5]), "There must be two parents, not 1."),
        (("tiny-gan", [5, 6, 7]), "There must be two parents, not 3."),
        (("tiny-gan", [5, 6], 2), "strength must be a number from 0 to 1"),
    ):
        with pytest.raises(AppError, match=re.escape(message)):
            client.predict(*arguments, api_name="/breed")
