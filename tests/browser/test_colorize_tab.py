"""The tab *Colorize*, in a real browser and through the API: uploads, strokes, undoing, suggestions."""

import base64
import contextlib
import re

import numpy as np
import pytest
from browser.conftest import connected, served
from browser.helpers import close_toasts, decoded, encoded, fits, saved, toast, upload
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

UPLOAD = "#colorize-upload"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a page with a colorizer, which has the tab."""
    import torch

    from models_zoo.card import Card
    from models_zoo.colorize import Colorizer

    torch.manual_seed(0)
    model = Colorizer(32, widths=(4, 8), blocks=1, discriminator_widths=(4,))
    arguments = model.arguments
    model.card = Card(
        "tiny-colorizer", "colorize", "colorization", "landscapes", model.architecture, arguments, 32, 3,
        title={"en": "A tiny colorizer", "ko": "작은 채색 모델"},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("colorizers")
    model.save_pretrained(folder / "tiny-colorizer")
    with served(folder, tmp_path_factory, ["colorize"]) as address:
        yield address


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    return connected(server, tmp_path_factory)


@pytest.fixture
def open_tab(visit):
    def open_tab(**options):
        page = visit("?tab=colorize&model=tiny-colorizer", ready="#colorized p", **options)
        page.wait_for_url(re.compile("tab=colorize&model=tiny-colorizer"))
        return page

    return open_tab


def landscape(size=(240, 180), colour=True):
    """Sky above and grass below, lighter to the right."""
    across = np.linspace(0.6, 1.0, size[0])[None, :, None]
    rows = np.arange(size[1])[:, None, None] < size[1] / 2
    pixels = (np.where(rows, (120, 170, 240), (110, 170, 70)) * across).astype(np.uint8)
    picture = Image.fromarray(pixels)
    return picture if colour else picture.convert("L").convert("RGB")


def result(page):
    """The colorized picture that the page shows."""
    return np.asarray(decoded(page.locator("#colorized img").get_attribute("src")), int)


def expect_hints(page, count):
    expect(page.locator("#colorized figcaption")).to_contain_text(re.compile(rf"(hints: {count}|힌트 {count}개)$"))


@contextlib.contextmanager
def laying(page):
    """Around what lays a photograph on the canvas; afterwards it can be painted on: the editor drops what it got before."""
    with page.expect_response(re.compile("photograph.png")) as response:
        yield
    response.value.finished()
    page.wait_for_timeout(500)


def stroke(page, start, end):
    """Paint between two points, shares of the canvas, with a real mouse."""
    canvas = page.locator("#colorize-canvas .pixi-target canvas")
    canvas.wait_for()
    page.locator("#colorize-canvas .toolbar-wrap button.highlight").wait_for()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=3)
    page.mouse.up()


# In the browser


def test_strokes_colour_the_photograph_and_can_be_undone_in_either_way(open_tab, serious_barriers):
    page = open_tab()
    with laying(page):
        upload(page, UPLOAD, encoded(landscape()))
    expect_hints(page, 0)
    expect(page.locator("#colorize-slider")).to_be_visible()
    without = result(page)
    assert without.shape == (180, 240, 3)
    stroke(page, (0.4, 0.4), (0.5, 0.4))
    expect_hints(page, 1)
    once = result(page)
    assert not np.array_equal(once, without)
    stroke(page, (0.7, 0.7), (0.8, 0.7))
    expect_hints(page, 2)
    page.locator("#colorize-canvas").get_by_role("button", name="Undo").click()
    expect_hints(page, 1)
    assert np.array_equal(result(page), once)
    with laying(page):
        page.locator("#colorize-undo").click()
    expect_hints(page, 0)
    assert np.abs(result(page) - without).mean() < 2
    # What the tab put on the canvas can be painted on.
    stroke(page, (0.6, 0.3), (0.6, 0.4))
    expect_hints(page, 1)
    page.locator("#colorize-clear").click()
    expect_hints(page, 0)
    assert np.array_equal(result(page), without)
    assert serious_barriers(page, exclude="#colorize-canvas") == []


def test_suggested_hints_are_taken_back_one_by_one_and_the_result_is_saved(open_tab):
    page = open_tab()
    upload(page, UPLOAD, encoded(landscape()))
    expect_hints(page, 0)
    page.locator("#colorize-suggest").click()
    expect_hints(page, "[1-6]")
    shown = page.locator("#colorized figcaption").inner_text()
    count = int(re.search(r"hints: (\d)", shown)[1])
    page.locator("#colorize-undo").click()
    expect_hints(page, count - 1)
    file = saved(page, "#colorize-save")
    assert file.suggested_filename == "tiny-colorizer.png"
    assert np.array_equal(np.asarray(Image.open(file.path()), int), result(page))


def test_strokes_are_undone_and_redone_as_far_as_there_are_some(open_tab):
    page = open_tab()
    undo, redo = page.locator("#colorize-undo"), page.locator("#colorize-redo")
    for button in (undo, redo):
        expect(button).to_be_disabled()
    with laying(page):
        upload(page, UPLOAD, encoded(landscape()))
    expect_hints(page, 0)
    expect(undo).to_be_disabled()
    stroke(page, (0.4, 0.4), (0.5, 0.4))
    expect_hints(page, 1)
    once = result(page)
    undo.click()
    expect_hints(page, 0)
    expect(undo).to_be_disabled()
    redo.click()
    expect_hints(page, 1)
    assert np.array_equal(result(page), once)
    expect(redo).to_be_disabled()
    # The keys do that before they go back to another view.
    page.locator("#colorize-suggest").focus()
    page.keyboard.press("Control+z")
    expect_hints(page, 0)
    page.keyboard.press("Control+Shift+z")
    expect_hints(page, 1)
    page.locator("#colorize-clear").click()
    expect_hints(page, 0)
    undo.click()
    expect_hints(page, 1)


def test_a_large_photograph_comes_back_in_its_own_size(open_tab):
    page = open_tab()
    upload(page, UPLOAD, encoded(landscape((1600, 1200)), "JPEG"), "photo.jpg")
    expect_hints(page, 0)
    expect(page.locator("#colorized figcaption")).to_contain_text("1600 × 1200 pixels, hints: 0")
    assert result(page).shape == (1200, 1600, 3)
    measure = "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
    assert page.locator("#colorize-slider img").first.evaluate(measure) == [1600, 1200]
    assert Image.open(saved(page, "#colorize-save").path()).size == (1600, 1200)
    # Of what is larger than any screen less is shown, and that is told.
    upload(page, UPLOAD, encoded(landscape((6000, 4000)), "JPEG"), "large.jpg")
    expect(page.locator("#colorized figcaption")).to_contain_text("6000 × 4000 pixels when saved, 1936 × 1290 here")
    assert result(page).shape == (1290, 1936, 3)
    file = saved(page, "#colorize-save")
    assert file.suggested_filename == "tiny-colorizer.jpg" and Image.open(file.path()).size == (6000, 4000)


def test_it_is_said_that_transparent_parts_become_white(open_tab):
    page = open_tab()
    clear = landscape().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    upload(page, UPLOAD, encoded(clear))
    expect(toast(page)).to_contain_text("Transparent parts of the picture count as white.")
    expect_hints(page, 0)
    close_toasts(page)


def test_a_grey_photograph_on_a_phone_and_what_is_no_picture(open_tab, serious_barriers):
    page = open_tab(width=390, locale="ko-KR", scheme="dark")
    with laying(page):
        upload(page, UPLOAD, encoded(landscape((600, 800), colour=False)))
    expect_hints(page, 0)
    assert result(page).shape == (800, 600, 3)
    expect(page.locator("#colorize-slider")).to_be_hidden()
    without = result(page)
    stroke(page, (0.4, 0.4), (0.6, 0.4))
    expect_hints(page, 1)
    assert not np.array_equal(result(page), without)
    assert fits(page)
    # Gradio opens these beside the tools, where a phone has no room.
    for tool, inside in (("색", "button.color"), ("붓 크기", "input[type=range]")):
        page.locator("#colorize-canvas").get_by_role("button", name=tool, exact=True).click()
        control = page.locator(f"#colorize-canvas .toolbar-wrap {inside}").last
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, tool
        control.click(trial=True)
    for name in ("suggest", "undo", "clear", "save"):
        assert page.locator(f"#colorize-{name}").bounding_box()["height"] >= 44, name
    assert serious_barriers(page, exclude="#colorize-canvas") == []
    hinted = result(page)
    upload(page, UPLOAD, b"no picture")
    expect(toast(page)).to_contain_text("읽을 수 있는 그림 파일이 아닙니다")
    assert np.array_equal(result(page), hinted)


def test_of_examples_and_the_visitors_own_picture_one_is_shown_as_chosen(open_tab):
    page = open_tab()
    examples = page.locator("#colorize-examples .tile")
    pressed = page.locator("#colorize-examples .tile[aria-pressed=true]")
    examples.first.click()
    expect(examples.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#colorized img")).to_have_count(1)
    before = page.locator("#colorized img").get_attribute("src")
    page.locator("#colorize-canvas .pixi-target canvas").wait_for()
    upload(page, UPLOAD, encoded(landscape()))
    expect(page.locator("#colorized img")).not_to_have_attribute("src", before)
    expect(pressed).to_have_count(0)
    expect(page.locator(f"{UPLOAD} img")).to_have_count(1)
    own = page.locator("#colorized img").get_attribute("src")
    examples.nth(1).click()
    expect(page.locator("#colorized img")).not_to_have_attribute("src", own)
    expect(pressed).to_have_count(1)
    expect(page.locator(f"{UPLOAD} img")).to_have_count(0)


# By programs


def written(tmp_path, content, name="photo.png"):
    (tmp_path / name).write_bytes(content)
    return handle_file(tmp_path / name)


def colorized(client, *arguments):
    with Image.open(client.predict(*arguments, api_name="/colorize")) as picture:
        return np.asarray(picture, int)


def test_programs_give_a_photograph_and_hints_and_get_a_file_or_one_sentence(client, tmp_path):
    photo = written(tmp_path, encoded(landscape((1000, 500))))
    without = colorized(client, photo)
    assert without.shape == (500, 1000, 3)
    hinted = colorized(client, photo, [{"x": 0.5, "y": 0.2, "colour": "#d05a30"}], "tiny-colorizer")
    assert not np.array_equal(hinted, without)
    uri = "data:image/png;base64," + base64.b64encode(encoded(landscape((1000, 500)))).decode()
    assert np.array_equal(colorized(client, uri), without)
    with pytest.raises(AppError, match="at most 64, not 65"):
        colorized(client, photo, [{"x": 0.2, "y": 0.5, "colour": "#d05a30"}] * 65)
    with pytest.raises(AppError, match="gan-mnist does not colorize photographs"):
        colorized(client, photo, [], "gan-mnist")
    with pytest.raises(AppError, match="no picture that can be read"):
        colorized(client, written(tmp_path, b"no picture"))
