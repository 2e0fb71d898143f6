"""The tab *Arithmetic*, in a real browser and through the API: presets, rows, undo, links, the saved equation."""

import math
import re

import pytest
from browser.helpers import labelled, saved, toast
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.arithmetic import work

TABS = ["arithmetic"]
RESULT = ".sum-result img"
MAN, WOMAN = {"Male": True, "Eyeglasses": False}, {"Male": False, "Eyeglasses": False}


@pytest.fixture
def open_sum(visit):
    def open_tab(more="", model="tiny-faces", **options):
        page = visit(f"?tab=arithmetic&model={model}{more}", ready=RESULT, **options)
        page.wait_for_url(re.compile("length="))
        return page

    return open_tab


def source(page):
    return page.locator(RESULT).get_attribute("src")


def row(page, place):
    return page.locator(f".term:nth-of-type({place})")


def changes(page, act):
    """Do something that changes the link, and wait for that."""
    before = page.url
    act()
    page.wait_for_url(lambda url: url != before)


def test_presets_work_at_the_first_click_and_every_change_can_be_undone(open_sum):
    page = open_sum()
    titles = ["Man", "Glasses"], ["Man", "No glasses"], ["Woman", "No glasses"]
    for place, names in enumerate(titles, start=1):
        expect(row(page, place).locator(".chip")).to_have_text([f"{name} ×" for name in names])
        expect(row(page, place).locator(".exemplar")).to_have_count(3)
    expect(page.locator(".term > .sign")).to_have_text(["", "−", "+"])
    expect(page.locator(".sum-strip li")).to_have_count(7)
    expect(page.locator(".sum-verdict li")).to_have_count(2)
    first, address = source(page), page.url
    undo = page.locator("#sums").get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()

    changes(page, lambda: page.get_by_role("button", name="Smiling woman − neutral woman + neutral man").click())
    expect(row(page, 1).locator(".chip")).to_have_text(["Woman ×", "Smiling ×"])
    assert source(page) != first
    changes(page, undo.click)
    assert (source(page), page.url) == (first, address)

    model = labelled(page, "Model")
    model.click()
    changes(page, lambda: page.get_by_role("option", name="Title of tiny-gan").click())
    expect(row(page, 1).locator(".chip")).to_have_text("5 ×")
    changes(page, undo.click)
    expect(model).to_have_value("Title of tiny-faces")
    assert (source(page), page.url) == (first, address)

    expect(undo).to_be_disabled()


def test_a_row_is_changed_by_traits_weights_and_hand(open_sum):
    page = open_sum()
    changes(page, lambda: page.get_by_label("Ask for a trait in row A").select_option(label="Smiling"))
    expect(row(page, 1).locator(".chip")).to_have_text(["Man ×", "Glasses ×", "Smiling ×"])
    changes(page, lambda: page.get_by_role("button", name="Find me three for row B").click())

    row(page, 3).locator(".exemplar").first.click()
    weight = row(page, 3).get_by_role("slider")
    changes(page, lambda: weight.fill("0.5"))
    expect(row(page, 3).locator(".weight")).to_have_text("×0.5")
    assert re.search(r"x0\.5", page.url)
    changes(page, lambda: row(page, 3).get_by_role("button", name="Take out").click())
    expect(row(page, 3).locator(".exemplar")).to_have_count(2)

    page.get_by_role("button", name="Choose by hand for row C").click()
    expect(page.locator("#sums-pool h3")).to_have_text("Choose for row C: Woman, No glasses")
    free = page.locator("#sums-pool .tile[aria-pressed=false]").first
    seed = free.inner_text()
    changes(page, free.click)
    expect(page.locator("#sums-pool").get_by_role("button", name=f"Seed {seed}", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_label("Seed", exact=True).fill("4294967295")
    changes(page, lambda: page.get_by_role("button", name="Add this seed").click())
    expect(row(page, 3).locator(".exemplar").last).to_contain_text("4294967295")

    page.locator("#sums-keep-name input").fill("spectacles")
    page.locator("#sums-keep").click()
    page.get_by_role("button", name="Add this point").click()
    expect(row(page, 3).locator(".exemplar").last).to_contain_text("spectacles")
    expect(page.locator("#sums")).to_contain_text("the kept points in these rows are not in it")


def test_a_link_brings_the_sum_back_and_the_equation_is_saved(open_sum):
    page = open_sum("&a=Male:5,9x2&b=Smiling.-Male:12&c=:1,2,3,4&length=1")
    expect(row(page, 1).locator(".exemplar")).to_have_count(2)
    expect(row(page, 1).locator(".weight")).to_have_text("×2")
    expect(row(page, 3)).to_contain_text("Any pictures")
    expect(page.locator("#sums-length input")).to_be_checked()
    expect(page.locator(".length")).to_contain_text(f"{math.sqrt(8):.1f}; random")
    page.wait_for_url(re.compile("c=%3A1%2C2%2C3%2C4&length=1"))
    with Image.open(saved(page, "#sums-png").path()) as poster:
        assert poster.width > 1000 and poster.height > 400
    with Image.open(saved(page, "#sums-gif").path()) as film:
        assert film.format == "GIF" and film.n_frames == 2 * work.FILM - 2
    page.goto(page.url.replace("Male", "Bald"))
    expect(toast(page)).to_contain_text("(a, b)")
    expect(row(page, 1).locator(".chip")).to_have_text(["Man ×", "Glasses ×"])


# Through the API


def test_programs_add_and_subtract_too_and_what_cannot_be_calculated_is_one_sentence(client):
    answer = client.predict("tiny-faces", {"Male": True, "Eyeglasses": True}, MAN, WOMAN, api_name="/arithmetic")
    assert [len(seeds) for seeds in answer["exemplars"]] == [3, 3, 3] and len(answer["z"]) == 8
    assert len(answer["strip"]) == 7 and len(answer["averages"]) == 3 and len(answer["readings"]) == 4
    assert 0 <= answer["readings"][3]["Eyeglasses"] <= 1
    again = client.predict("tiny-faces", *answer["exemplars"], [[1, 1, 1]] * 3, api_name="/arithmetic")
    assert again["z"] == pytest.approx(answer["z"])
    same = client.predict("tiny-faces", [answer["z"]], [5], [5], api_name="/arithmetic")
    assert same["z"] == pytest.approx(answer["z"], abs=1e-5) and same["exemplars"] == [[None], [5], [5]]
    digits = client.predict("tiny-gan", [1], [2], [3], usual_length=True, api_name="/arithmetic")
    assert math.hypot(*digits["z"]) == pytest.approx(10) and set(digits["readings"][0]) == set("0123456789")
    with pytest.raises(AppError, match=re.escape("A row must hold 1 to 6 seeds or latent vectors, not 0")):
        client.predict("tiny-faces", [], [2], [3], api_name="/arithmetic")
    with pytest.raises(AppError, match="its task is"):
        client.predict("tiny-cgan", [1], [2], [3], api_name="/arithmetic")
