"""Every tab with the bundled models, on a phone, in Korean and by night: it opens, speaks, fits, and keeps nobody out.

What is asserted of every visit in the other tests stands in conftest.py: on a desk, in English and by day.
"""

import re
from pathlib import Path

from browser.helpers import fits, go_to, toast
from playwright.sync_api import expect

from explorer.page.tab import all_tabs

READY = {
    "sample": "button.tile",
    "classes": "button.cell img",
    "words": "#words-strip img",
    "styles": ".mixing td img",
    "interpolate": "button.key img",
    "arithmetic": ".sum-result img",
    "directions": "#directions-view img",
    "invert": "#inversion .inversion img",
    "translate": "#translate-cycle img",
    "sentences": "#sentences-quiz .said",
    "enlarge": "#enlarge-about h3",
    "colorize": "#colorized p",
    "lab": ".lab-numbers dd",
    "checkerboard": ".twin img",
    "convergence": "#convergence-repeated img",
}
"""For each tab what shows that it is filled."""
FOREIGN = ".image-container, .upload-container, .toast-wrap, [data-testid=image], #classes-canvas, #colorize-canvas"
"""Gradio's own editors and uploads, whose symbols are not ours."""
ONLY_SHOWN = "shown => document.querySelectorAll('[role=tabpanel]').forEach(each => each.toggleAttribute('data-shown', each === shown))"
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
"""What is wrong with what can be seen, by kind; tells nothing where all is well."""
FINGER = 44
"""CSS pixels that a button is high on a phone, at least (WCAG 2.5.5)."""


def test_the_menu_opens_each_on_a_phone_in_korean_and_by_night(visit, serious_barriers):
    """That links open tabs is told in the tests of each."""
    assert list(READY) == [tab.id for tab in all_tabs()]
    page = visit("?tab=sample", width=390, locale="ko-KR", scheme="dark", ready=READY["sample"])
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    assert page.evaluate("document.documentElement.lang") == "ko"
    for tab in READY:
        assert go_to(page, tab) <= 2
        expect(page.locator(READY[tab]).first).to_be_visible()
        page.wait_for_function("tab => new URLSearchParams(location.search).get('tab') === tab", arg=tab)
        panel = page.locator("[role=tabpanel]:visible").first
        # In one line, what to do first.
        assert 0 < panel.locator(".prose.first-step").bounding_box()["height"] < 60, tab
        words = panel.inner_text()
        assert re.search("[가-힣]", words), tab
        # Keys of texts, where a text is missing, and long English, where only one language was thought of.
        assert not re.search(r"\b[a-z]+_[a-z_]+\b(?!\()", re.sub(r"python -m.*", "", words)), tab
        assert fits(page), tab
        assert low_buttons(panel) == [], tab
        assert wrong_at_rest(page) == {}, tab
        # Nobody followed a link, so no link can have asked for anything.
        expect(toast(page).filter(has_text="링크")).to_have_count(0)
        # Alone, as the tabs visited before stay on the page, and axe looks at all of it.
        panel.evaluate(ONLY_SHOWN)
        assert serious_barriers(page, exclude=FOREIGN, include="[data-shown]") == [], tab


def test_the_menu_shows_all_tabs_in_their_groups_on_a_desk(visit):
    page = visit("?tab=sample", ready=READY["sample"])
    expect(page.locator(".menu-title p:visible")).to_have_text(["Draw", "Explore", "Transform", "Understand"])
    expect(page.locator(".menu-tabs button:visible")).to_have_count(len(READY))
    expect(page.locator(".menu-tabs [aria-current=page]")).to_have_text("Sample")
    assert go_to(page, "convergence") == 1
    expect(page.locator(READY["convergence"]).first).to_be_visible()
    expect(page.locator(".menu-tabs [aria-current=page]")).to_have_text("Convergence")
    expect(toast(page)).to_have_count(0)
    assert wrong_at_rest(page) == {}


def wrong_at_rest(page):
    """What is wrong with what can be seen, unless it is put right by itself: the page renames Gradio's labels a moment after they come."""
    for _ in range(20):
        if not (found := page.evaluate(LOOK)):
            break
        page.wait_for_timeout(250)
    return found


def low_buttons(panel):
    """What a finger may miss of the main buttons."""
    return panel.locator("button.dice:visible").evaluate_all(
        "(buttons, least) => buttons.filter(b => b.getBoundingClientRect().height < least - 0.5)"
        ".map(b => b.outerHTML.slice(0, 120))",
        FINGER,
    )
