"""The tab *Directions*, in a real browser and through the API: sliders, strip, keeping, links."""

import re

import numpy as np
import pytest
from browser.helpers import decoded, drag_across, out_of_sight, saved, toast
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

TABS = ["directions"]

BEFORE, AFTER = (f"#directions-view figure:nth-of-type({place}) img" for place in (1, 2))


@pytest.fixture
def open_directions(visit):
    def open_tab(more="", **options):
        page = visit(f"?tab=directions&model=tiny-gan{more}", ready=BEFORE, **options)
        page.wait_for_url(re.compile("truncation="))
        return page

    return open_tab


def source(page, picture):
    return page.locator(picture).get_attribute("src")


def slider(page, title):
    return page.get_by_role("slider", name=title, exact=True)


def move(page, title, amount):
    slider(page, title).fill(amount)


def test_a_slider_moves_the_picture_and_the_moved_one_is_saved_and_becomes_where_to_start(open_directions):
    page = open_directions()
    assert source(page, BEFORE) == source(page, AFTER)
    expect(page.locator("#directions-strip h3")).to_have_text(re.compile("^Not smiling – Smiling,"))
    move(page, "Not smiling – Smiling", "0.5")
    page.wait_for_url(re.compile("move=Smiling%3A0.5"))
    expect(page.locator(AFTER)).not_to_have_attribute("src", source(page, BEFORE))
    moved = source(page, AFTER)
    expect(page.locator("#directions-strip li")).to_have_count(9)
    expect(page.locator("#directions-strip [aria-current] figcaption")).to_have_text("+0.5")
    assert page.locator("#directions-strip [aria-current] img").get_attribute("src") == moved
    check_the_files(page)
    keep(page, "grin")
    page.locator(".steer-reset").click()
    page.wait_for_url(re.compile("truncation=1$"))
    assert source(page, BEFORE) == source(page, AFTER)
    expect(slider(page, "Not smiling – Smiling")).to_have_value("0")
    page.get_by_label("Start from").click()
    page.get_by_role("option", name="grin").click()
    expect(page.locator("#directions-view .stage-seed")).to_have_text("grin")
    assert np.abs(pixels(page, BEFORE) - pixels_of(moved)).max() <= 2
    # Keeping another point leaves the page where it is.
    keep(page, "the same again")
    before = source(page, BEFORE)
    move(page, "Not smiling – Smiling", "1")
    page.wait_for_url(re.compile("move=Smiling%3A1"))
    assert source(page, BEFORE) == before
    expect(page.locator("#directions-view .stage-seed")).to_have_text("grin")


def pixels_of(uri):
    return np.asarray(decoded(uri).convert("L"), int)


def pixels(page, picture):
    return pixels_of(source(page, picture))


def keep(page, name):
    page.locator("#directions-keep-name input").fill(name)
    page.locator("#directions-keep").click()
    expect(toast(page).last).to_contain_text(f"Kept as {name}.")


def check_the_files(page):
    """The saved picture is the moved one, enlarged by whole pixels, and the film leads there and back."""
    file = saved(page, "#directions-png")
    assert file.suggested_filename == "tiny-gan-moved.png"
    shown = pixels(page, AFTER)
    with Image.open(file.path()) as picture:
        large = np.asarray(picture.convert("L"), int)
    times = large.shape[0] // shown.shape[0]
    assert times >= 9 and large.shape == (times * shown.shape[0], times * shown.shape[1])
    assert np.abs(large - shown.repeat(times, axis=0).repeat(times, axis=1)).max() <= 2
    assert not np.array_equal(shown, pixels(page, BEFORE))
    film = saved(page, "#directions-gif")
    assert film.suggested_filename == "tiny-gan-moved.gif"
    assert Image.open(film.path()).n_frames == 32


def test_a_link_restores_sliders_and_seed_and_what_it_has_wrong_is_named(open_directions, visit):
    page = open_directions("&seed=12&move=Smiling:-1,1:0.25")
    expect(slider(page, "Not smiling – Smiling")).to_have_value("-1")
    expect(page.locator("#directions-view .stage-seed")).to_have_text("Seed 12")
    page.wait_for_url(re.compile("move=Smiling%3A-1%2C1%3A0.25"))
    assert source(page, BEFORE) != source(page, AFTER)
    before, address = source(page, BEFORE), page.url
    page.locator("#directions-dice").click()
    page.wait_for_url(lambda url: url != address)
    assert source(page, BEFORE) != before
    expect(slider(page, "Not smiling – Smiling")).to_have_value("-1")
    # Another model has other directions, here none.
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name="Title of tiny-lsgan").click()
    expect(toast(page)).to_contain_text("python -m train directions tiny-lsgan")
    expect(toast(page)).to_contain_text("has no directions yet")
    expect(slider(page, "Not smiling – Smiling")).to_have_count(0)
    expect(page.locator("#directions-about h4").first).to_have_text("Title of tiny-lsgan")
    page = open_directions("&seed=12&move=Frowning:1")
    expect(toast(page)).to_contain_text("(move)")
    assert source(page, BEFORE) == source(page, AFTER)
    page = visit("?tab=directions&model=tiny-lsgan", ready="[data-testid=toast-body]")
    expect(toast(page)).to_contain_text("has no directions yet")


def test_the_pad_moves_the_picture_along_two_directions_and_each_slider_shows_what_it_does(open_directions):
    page = open_directions()
    expect(page.locator(".steer-row .steer-end").first).to_have_css("background-image", re.compile("^url..data:image"))
    assert page.locator(".steer-row .steer-end").count() == 4
    drag_across(page, ".pad", (1, 0.25))
    page.wait_for_url(re.compile("move=Smiling%3A1%2C1%3A0.5"))
    expect(slider(page, "Not smiling – Smiling")).to_have_value("1")
    expect(page.locator(".steer-row .steer-value").first).to_have_text("+1")
    far = source(page, AFTER)
    assert far != source(page, BEFORE)
    page.locator(".pad").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("move=Smiling%3A0.9%2C1%3A0.5"))
    expect(page.locator(AFTER)).not_to_have_attribute("src", far)
    # The axes change places rather than being the same.
    page.locator("select[data-axis=across]").select_option("1")
    expect(page.locator("select[data-axis=up]")).to_have_value("Smiling")
    expect(page.locator(".pad")).to_have_attribute("data-y", "0.9")
    page.keyboard.press("Tab")
    page.locator(".pad").focus()
    page.keyboard.press("Home")
    page.wait_for_url(lambda url: "move" not in url)
    expect(page.locator(AFTER)).to_have_attribute("src", source(page, BEFORE))
    page.locator(".steer-row .steer-end").first.click()
    page.wait_for_url(re.compile("move=Smiling%3A-1"))
    page.locator(".steer-row .steer-value").first.click()
    page.wait_for_url(lambda url: "move" not in url)


def test_the_picture_follows_a_slider_while_it_is_dragged(open_directions):
    page = open_directions()
    page.evaluate(f"""() => {{
        window.drawn = new Set();
        const look = () => {{ drawn.add(document.querySelector("{AFTER}").src); requestAnimationFrame(look); }};
        look();
    }}""")
    drag_across(page, ".steer-row input", (1, 0.5))
    page.wait_for_url(re.compile("move=Smiling%3A1"))
    assert page.evaluate("drawn.size") >= 3


@pytest.mark.parametrize("width", [1280, 390])
def test_picture_and_last_slider_are_in_sight_together(open_directions, width):
    page = open_directions(width=width)
    if width == 390:
        page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".steer-more summary").click()
    assert out_of_sight(page, AFTER, ".steer-row input") == []
    page.set_viewport_size({"width": width, "height": 900})


# Through the API


def test_programs_move_pictures_too_and_what_cannot_be_moved_is_one_sentence(client):
    still = client.predict("tiny-gan", api_name="/directions")
    assert still["directions"] == ["Smiling", "1"] and len(still["z"]) == 100
    moved = client.predict("tiny-gan", {"Smiling": 1.5}, 0, still["z"], api_name="/directions")
    assert np.array(moved["z"]) - np.array(still["z"]) == pytest.approx(0.75, abs=1e-5)
    before, after = (
        np.asarray(Image.open(moved[key]["path"] if isinstance(moved[key], dict) else moved[key]), int)
        for key in ("before", "after")
    )
    assert before.shape == (28, 28) and abs(before - after).max() > 0
    for arguments, message in (
        (("nothing",), "There is no model"),
        (("tiny-cgan",), "its task is"),
        (("tiny-lsgan",), "has no directions yet"),
        (("tiny-gan", {"Frown": 1}), "There is no direction 'Frown'; there are Smiling, 1"),
    ):
        with pytest.raises(AppError, match=re.escape(message)):
            client.predict(*arguments, api_name="/directions")
