"""The page around the tabs, in a real browser: light and dark, links, rendering on the server."""

import re
import shutil

import pytest
from browser.conftest import served
from browser.helpers import toast
from playwright.sync_api import expect

TABS = ["sample"]


def test_a_link_to_no_tab_opens_the_first_and_the_theme_follows_the_system_and_the_button(visit):
    page = visit("?tab=nothing&seed=9", scheme="dark")
    expect(toast(page)).to_have_count(1)
    expect(toast(page)).to_contain_text("(tab)")
    expect(page.locator("#seed input")).to_have_value("9")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    page.locator("#theme").click()
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))
    page.reload()
    page.locator("button.tile").first.wait_for()
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))


def test_one_toast_names_all_that_a_link_asks_for_in_vain(visit):
    page = visit("?tab=nothing&model=none&seed=1.5")
    expect(toast(page)).to_have_count(1)
    expect(toast(page)).to_contain_text("(model, seed, tab)")


def test_a_visitor_chooses_the_language_and_keeps_the_view(visit):
    page = visit("?model=tiny-gan&seed=9")
    page.locator("#language").click()
    expect(page.locator("#dice")).to_have_text("새 시드 뽑기")
    expect(page.locator(".stage-seed")).to_have_text("시드 9")
    assert page.evaluate("document.documentElement.lang") == "ko"
    page.reload()
    expect(page.locator(".stage-seed")).to_have_text("시드 9")
    page.locator("#language").click()
    expect(page.locator("#dice")).to_have_text("Roll new seeds")
    expect(page.locator(".stage-seed")).to_have_text("Seed 9")


def test_the_page_works_when_rendered_on_the_server(browser, zoo, tmp_path_factory):
    if shutil.which("node") is None:
        pytest.skip("server-side rendering needs node")
    with served(zoo, tmp_path_factory, TABS, ssr_mode=True) as address:
        context = browser.new_context(locale="ko-KR", viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(f"{address}/?model=tiny-gan&seed=30&count=5")
        expect(page.locator("button.tile")).to_have_count(5)
        expect(page.locator("#dice")).to_have_text("새 시드 뽑기")
        page.locator("#dice").click()
        expect(page.locator(".tile-seed").first).not_to_have_text("30")
        context.close()
