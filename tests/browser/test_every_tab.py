"""Every tab with the bundled models, on a phone, in Korean and by night: it opens, speaks, fits, and keeps nobody out.

What is asserted of every visit in the other tests stands in conftest.py: on a desk, in English and by day.
"""

import re

from browser.helpers import fits
from playwright.sync_api import expect

from explorer.page.tab import all_tabs
from explorer.texts import say

READY = {
    "sample": "button.tile",
    "lab": ".lab-numbers dd",
    "classes": "button.cell img",
    "words": "#words-strip img",
    "sentences": "#sentences-quiz .said",
    "interpolate": "button.key img",
    "arithmetic": ".sum-result img",
    "directions": "#directions-view img",
    "styles": ".mixing td img",
    "invert": "#inversion .inversion img",
    "translate": "#translate-cycle img",
    "enlarge": "#enlarge-about h3",
    "colorize": "#colorized p",
    "checkerboard": ".twin img",
    "convergence": "#convergence-repeated img",
}
"""For each tab what shows that it is filled."""
FOREIGN = ".image-container, .upload-container, .toast-wrap, [data-testid=image], #classes-canvas, #colorize-canvas"
"""Gradio's own editors and uploads, whose symbols are not ours."""
ONLY_SHOWN = "shown => document.querySelectorAll('[role=tabpanel]').forEach(each => each.toggleAttribute('data-shown', each === shown))"
FINGER = 44
"""CSS pixels that a button is high on a phone, at least (WCAG 2.5.5)."""


def name(tab, language):
    return next(say(each.name, language) for each in all_tabs() if each.id == tab)


def test_the_menu_opens_each_on_a_phone_in_korean_and_by_night(visit, serious_barriers):
    """That links open tabs is told in the tests of each."""
    assert list(READY) == [tab.id for tab in all_tabs()]
    page = visit("?tab=sample", width=390, locale="ko-KR", scheme="dark", ready=READY["sample"])
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    assert page.evaluate("document.documentElement.lang") == "ko"
    for tab in READY:
        choose(page, name(tab, "ko"))
        expect(page.locator(READY[tab]).first).to_be_visible()
        page.wait_for_function("tab => new URLSearchParams(location.search).get('tab') === tab", arg=tab)
        panel = page.locator("[role=tabpanel]:visible").first
        words = panel.inner_text()
        assert re.search("[가-힣]", words), tab
        # Keys of texts, where a text is missing, and long English, where only one language was thought of.
        assert not re.search(r"\b[a-z]+_[a-z_]+\b(?!\()", re.sub(r"python -m.*", "", words)), tab
        assert fits(page), tab
        assert low_buttons(panel) == [], tab
        # Alone, as the tabs visited before stay on the page, and axe looks at all of it.
        panel.evaluate(ONLY_SHOWN)
        assert serious_barriers(page, exclude=FOREIGN, include="[data-shown]") == [], tab


def test_tabs_that_do_not_fit_go_into_the_menu(visit):
    page = visit("?tab=sample", width=1024, ready=READY["sample"])
    bar = page.locator(".tab-container:not(.visually-hidden)")
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    choose(page, name("convergence", "en"))
    expect(page.locator(READY["convergence"]).first).to_be_visible()
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")


def choose(page, name):
    """Open a tab on a phone, where those that do not fit are in a menu."""
    tab = page.get_by_role("tab", name=name, exact=True).filter(visible=True)
    if not tab.count():
        page.locator(".overflow-menu > button").click()
        tab = page.locator(".overflow-dropdown button").filter(has_text=re.compile(f"^\\s*{re.escape(name)}\\s*$"))
    tab.first.click()


def low_buttons(panel):
    """What a finger may miss of the main buttons."""
    return panel.locator("button.dice:visible").evaluate_all(
        "(buttons, least) => buttons.filter(b => b.getBoundingClientRect().height < least - 0.5)"
        ".map(b => b.outerHTML.slice(0, 120))",
        FINGER,
    )
