"""The first screen and its scenes, in a real browser with the bundled models: each is one click away from a finished picture."""

import re

from browser.helpers import decoded, toast, view
from playwright.sync_api import expect

FINISHED = {
    "words": "#words-strip img",
    "arithmetic": ".sum-result img",
    "invert": "#inversion figure:nth-of-type(2) img",
    "translate": "#translate-slider img",
    "convergence": ".moment:not([hidden]) img",
}
"""For each tab that has a scene, the picture in which it ends."""
TABS = ["sample", *FINISHED]


def test_the_page_opens_on_faces_and_every_scene_ends_in_a_finished_picture(visit):
    page = visit("")
    face = decoded(page.locator("button.tile img").first.get_attribute("src"))
    assert face.size == (64, 64) and face.mode == "RGB"
    links = page.locator(".scenes a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert sorted(re.search(r"tab=(\w+)", link)[1] for link in links) == sorted(FINISHED)
    for link in links:
        page = visit(link, width=390, ready=".menu-open")
        tab = view(page)["tab"]
        picture = page.locator(FINISHED[tab]).first
        expect(picture).to_be_in_viewport()
        assert picture.evaluate("picture => picture.naturalWidth") > 0, tab
        expect(page.locator(f"#menu-{tab}")).to_have_attribute("aria-current", "page")
        expect(toast(page)).to_have_count(0)
