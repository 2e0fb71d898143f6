"""The frame around the tabs, in a real browser: light and dark, links, rendering on the server."""

import re
import shutil

import pytest
from playwright.sync_api import expect

TABS = ["sample"]


def test_the_theme_follows_the_system_and_the_button(visit):
    page = visit(scheme="dark")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    page.locator("#theme").click()
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))
    page.reload()
    page.locator("button.tile").first.wait_for()
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))


def test_the_page_works_when_rendered_on_the_server(browser, zoo):
    from explorer.app import build, launch

    if shutil.which("node") is None:
        pytest.skip("server-side rendering needs node")
    demo = build(also=[zoo], tabs=TABS)
    address, _ = launch(demo, quiet=True, ssr_mode=True, server_name="127.0.0.1")
    try:
        context = browser.new_context(locale="ko-KR", viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(f"{address}?model=tiny-gan&seed=30&count=5")
        expect(page.locator("button.tile")).to_have_count(5)
        expect(page.locator("#dice")).to_have_text("새 시드 뽑기")
        page.locator("#dice").click()
        expect(page.locator(".tile-seed").first).not_to_have_text("30")
        context.close()
    finally:
        demo.close(verbose=False)


def test_a_link_to_a_tab_that_is_not_there_says_so_and_opens_the_first(visit):
    page = visit("?tab=nothing&seed=9")
    expect(page.get_by_test_id("toast-body")).to_contain_text("(tab)")
    expect(page.locator("#seed input")).to_have_value("9")
