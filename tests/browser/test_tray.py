"""The tray: a picture in hand goes to other tabs in one click, and what is kept stays."""

import json
import re

import numpy as np
import pytest
from browser.helpers import close_toasts, decoded, fits, go_to, saved, toast
from playwright.sync_api import expect

TABS = ["sample", "classes", "interpolate", "directions", "invert", "enlarge"]
SEND = ("directions", "interpolate", "invert", "enlarge")


def as_array(uri):
    return np.asarray(decoded(uri)).astype(int)


def in_hand(page):
    return page.locator("#tray .tray-title strong")


def open_drawer(page):
    if page.locator("#tray-more").get_attribute("aria-expanded") == "false":
        page.locator("#tray-more").click()


def keep_in_hand(page, name):
    open_drawer(page)
    page.locator("#tray-name").fill(name)
    page.locator("#tray-keep").click()
    expect(page.locator("#tray-kept span")).to_contain_text([name])


@pytest.fixture
def face(visit):
    """A page on *Sample* with the face of seed 25 in hand."""
    page = visit("?tab=sample&model=tiny-gan&seed=20&truncation=0.5")
    page.get_by_role("button", name="Seed 25").click()
    expect(in_hand(page)).to_have_text("Seed 25")
    expect(page.locator("#stage .stage-seed")).to_have_text("Seed 25")
    return page


def check_the_other_side(page, tab, picture):
    """The picture has come to `tab`, whose model is that which drew it."""
    if tab == "directions":
        expect(page.locator("#directions-view .stage-seed")).to_have_text("Seed 25")
        before = page.locator("#directions-view img").first.get_attribute("src")
        assert np.abs(as_array(before) - picture).max() <= 2
    if tab == "interpolate":
        expect(page.locator(".key-name").last).to_contain_text("Seed 25")
        assert np.abs(as_array(page.locator(".key img").last.get_attribute("src")) - picture).max() <= 2
    if tab == "invert":
        target = page.locator("#inversion .inversion img").first
        expect(target).to_have_attribute("src", re.compile("."))
        page.wait_for_url(re.compile("model=tiny-gan"))
        assert np.abs(as_array(target.get_attribute("src")) - picture).max() <= 2
    if tab == "enlarge":
        expect(page.locator("#enlarge-status")).to_contain_text("28 × 28 →")
    else:
        page.wait_for_url(re.compile(f"tab={tab}&model=tiny-gan"))


@pytest.mark.parametrize("tab", SEND)
def test_a_face_of_sample_goes_to_another_tab_in_one_click_with_the_model_that_drew_it(face, tab):
    picture = as_array(face.locator("#stage img").get_attribute("src"))
    face.locator(f"#send-{tab}").click()
    check_the_other_side(face, tab, picture)
    # Once more, to a tab that has been opened before.
    go_to(face, "sample")
    face.locator(f"#send-{tab}").click()
    check_the_other_side(face, tab, picture)
    expect(toast(face)).to_have_count(0)


def test_opening_a_tab_takes_nothing_away_and_the_last_pictures_wait_in_the_drawer(face):
    go_to(face, "classes")
    face.locator(".cell").first.wait_for()
    expect(in_hand(face)).to_have_text("Seed 25")
    face.locator(".cell").nth(3).click()
    expect(face.locator("#tray .tray-title span")).to_have_text("ACGAN of MNIST")
    # A picture of classes has no place among directions, which another kind of model has.
    expect(face.locator("#send-directions")).to_have_count(0)
    open_drawer(face)
    face.locator("#tray-recent .tray-thumb").first.click()
    expect(in_hand(face)).to_have_text("Seed 25")
    face.reload()
    expect(in_hand(face)).to_have_text("Seed 25")


def test_what_is_kept_under_a_name_outlives_the_visit_and_goes_from_browser_to_browser(face, visit, tmp_path):
    keep_in_hand(face, "Anna")
    download = saved(face, "#tray-export")
    download.save_as(tmp_path / "mine.json")
    kept = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))["kept"]
    assert [(each["name"], each["point"]["seed"]) for each in kept] == [("Anna", 25)]
    other = visit("?tab=sample&model=tiny-gan", width=390)
    other.locator("#tray-more").click()
    other.locator("#tray-file").set_input_files(tmp_path / "mine.json")
    expect(other.locator("#tray-kept span")).to_have_text(["Anna"])
    other.reload()
    other.locator("#tray-more").click()
    expect(other.locator("#tray-kept span")).to_have_text(["Anna"])
    other.locator(".tray-forget").click()
    expect(other.locator("#tray-kept")).to_have_count(0)
    (tmp_path / "bad.json").write_text('{"kept": 7}', encoding="utf-8")
    other.locator("#tray-file").set_input_files(tmp_path / "bad.json")
    expect(other.locator("#tray").get_by_role("alert")).to_contain_text("no file of kept pictures")
    close_toasts(other)


def test_a_phone_sends_by_a_list_and_nothing_lies_beyond_the_screen(visit, serious_barriers):
    page = visit("?tab=sample&model=tiny-gan&seed=20", width=390)
    expect(in_hand(page)).to_have_text("Seed 20")
    open_drawer(page)
    assert fits(page) and serious_barriers(page) == []
    page.locator("#send-any").select_option("interpolate")
    expect(page.locator(".key-name").last).to_contain_text("Seed 20")


def test_what_a_tab_shows_can_be_taken_by_a_button_and_sent_on(visit):
    page = visit("?tab=directions&model=tiny-gan", ready="#directions-view img")
    open_drawer(page)
    page.locator("#tray-take").click()
    expect(page.locator("#tray .tray-title span")).to_have_text("Title of tiny-gan")
    page.locator("#send-interpolate").click()
    page.wait_for_url(re.compile("tab=interpolate&model=tiny-gan"))
    expect(page.locator("button.key")).to_have_count(5)
