"""The tab *Styles*, in a real browser and through the API: mixing, noise, the pad, layers, walks, links."""

import re

import numpy as np
import pytest
from browser.helpers import out_of_sight, saved, toast, view
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

TABS = ["styles"]

MIXED, DRAGGED = ".mixing td img", "#styles-drawn img"


@pytest.fixture
def open_styles(visit):
    def open_tab(more="", ready="#styles-pane img", **options):
        page = visit(f"?tab=styles&model=tiny-stylegan{more}", ready=ready, **options)
        page.wait_for_url(re.compile("psi="))
        return page

    return open_tab


def show(page, name):
    page.get_by_role("radio", name=name, exact=True).click()
    page.wait_for_url(re.compile("show="))


def layer(page, number):
    return page.locator(f"#styles-layers input[name='{number}']")


def source(page, picture):
    return page.locator(picture).first.get_attribute("src")


def test_layers_are_mixed_by_group_and_by_number_and_the_table_is_saved(open_styles):
    page = open_styles("&seed=3&source=20")
    expect(page.locator(MIXED)).to_have_count(20)
    expect(page.locator(".mixing thead span").first).to_have_text("Seed 3")
    expect(page.locator(".mixing tbody th span").first).to_have_text("Seed 20")
    coarse = source(page, MIXED)
    page.locator("#styles-fine").click()
    page.wait_for_url(re.compile("low=6&high=8"))
    expect(page.locator(MIXED).first).not_to_have_attribute("src", coarse)
    expect(page.locator("#styles-pane p")).to_contain_text("in layers 6 to 8 of 8 (32 × 32 to 32 × 32 pixels)")
    page.locator("#styles-all").click()
    page.wait_for_url(re.compile("low=1&high=8"))
    expect(page.locator(MIXED).first).to_have_attribute("src", source(page, ".mixing tbody th img"))
    file = saved(page, "#styles-png")
    assert file.suggested_filename == "tiny-stylegan-mix-seed-3.png"
    with Image.open(file.path()) as picture:
        assert picture.width > picture.height > 256
    # What else the tab shows takes its own layers, and the film is there only where something moves.
    expect(page.locator("#styles-gif")).not_to_be_visible()
    show(page, "Noise")
    expect(page.locator(".noises figcaption").last).to_have_text("What noise changes")
    before = source(page, ".noises figure:nth-of-type(3) img")
    page.locator("#styles-noise-seed-dice").click()
    expect(page.locator(".noises figure:nth-of-type(3) img")).not_to_have_attribute("src", before)
    page.get_by_role("radio", name="none", exact=True).click()
    expect(page.locator(".noises figure:nth-of-type(3) img")).to_have_attribute(
        "src", source(page, ".noises figure:nth-of-type(1) img")
    )
    show(page, "Walks")
    expect(page.locator("#styles-pane .strip li")).to_have_count(18)
    assert saved(page, "#styles-gif").suggested_filename == "tiny-stylegan-walk-seed-3.gif"


def test_the_picture_follows_the_pad_to_its_last_position(open_styles):
    page = open_styles("&show=pad&low=1&high=8", ready=DRAGGED)
    expect(page.locator(".pad")).to_be_visible()
    middle = source(page, DRAGGED)
    box = page.locator(".pad").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(box["x"] + box["width"] * (0.5 + step / 24), box["y"] + box["height"] * (0.5 - step / 48))
    page.mouse.up()
    expect(page.locator(".dragged strong")).to_have_text("1.00 / 0.50")
    page.wait_for_url(re.compile("x=1&y=0.5"))
    moved = source(page, DRAGGED)
    assert moved != middle
    # The sliders stand where the point is, and move it.
    expect(page.locator("#styles-x input[type=number]")).to_have_value("1")
    page.locator(".pad").focus()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile("x=0&y=0"))
    expect(page.locator(DRAGGED)).to_have_attribute("src", middle)
    page.locator("#styles-x input[type=number]").fill("-0.5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("x=-0.5&y=0"))
    expect(page.locator(".pad")).to_have_attribute("data-x", "-0.5")
    assert source(page, DRAGGED) not in (middle, moved)


def test_a_link_restores_the_view_and_what_it_has_wrong_is_named(open_styles):
    page = open_styles("&show=layers&seed=5&psi=-0.5&component=2&moves=2:0.5,8:-1")
    expect(layer(page, 2)).to_have_value("0.5")
    expect(layer(page, 8)).to_have_value("-1")
    expect(layer(page, 9)).to_have_count(0)
    expect(page.locator("#styles-psi input[type=number]")).to_have_value("-0.5")
    before, after = (source(page, f"#styles-pane figure:nth-of-type({place}) img") for place in (1, 2))
    assert before != after
    page.locator("#styles-layers .steer-reset").click()
    page.wait_for_function("!location.search.includes('moves')")
    expect(page.locator("#styles-pane figure:nth-of-type(2) img")).to_have_attribute("src", before)
    layer(page, 1).fill("1")
    page.wait_for_url(re.compile("moves=1%3A1"))
    show(page, "Truncation")
    expect(page.locator("#styles-pane .stage-seed")).to_have_text("ψ = -0.5")
    expect(page.locator("#styles-pane [aria-current] figcaption")).to_have_text("-0.5")
    assert view(page)["show"] == "psi"
    page = open_styles("&psi=2&moves=9:1")
    expect(toast(page)).to_contain_text("moves, psi")


@pytest.mark.parametrize("width", [1280, 390])
def test_picture_and_sliders_are_in_sight_together(open_styles, width):
    page = open_styles("&show=layers", width=width)
    assert out_of_sight(page, "#styles-pane img", "#styles-layers input") == []
    page = open_styles("&show=pad", ready=DRAGGED, width=width)
    assert out_of_sight(page, DRAGGED, "#styles-pane .pad") == []
    page = open_styles(width=width)
    assert out_of_sight(page, "#styles-pane td img", "#styles-high input[type=range]") == []


# Through the API


def test_programs_mix_styles_and_what_cannot_be_is_one_sentence(client):
    plain, mixed = (
        client.predict("tiny-stylegan", 3, 1, source, [1, 2, 3], api_name="/styles") for source in (None, 20)
    )
    one, other = (
        np.asarray(Image.open(each["image"]["path"] if isinstance(each["image"], dict) else each["image"]), int)
        for each in (plain, mixed)
    )
    assert one.shape == (32, 32, 3) and np.abs(one - other).max() > 0
    assert len(plain["w"]) == 8 and plain["w"][3:] == mixed["w"][3:] and plain["w"][0] != mixed["w"][0]
    for arguments, message in (
        (("tiny-gan",), "tiny-gan is no StyleGAN, so it has no styles."),
        (("tiny-stylegan", 0, 2), "psi must be a number from -1 to 1"),
        (("tiny-stylegan", 0, 1, None, [9]), "layer must be a whole number from 1 to 8"),
    ):
        with pytest.raises(AppError, match=re.escape(message)):
            client.predict(*arguments, api_name="/styles")
