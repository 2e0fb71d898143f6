"""The canvas of the tab *Classes*, in a real browser: drawn, uploaded and dropped digits."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

TABS = ["sample", "classes"]


@pytest.fixture
def open_classes(visit):
    """Open the tab with a model of this name and further values of the link."""

    def open_tab(model="tiny-sgan", more="", **options):
        page = visit(f"?tab=classes&model={model}{more}", ready="button.cell", **options)
        page.wait_for_url(re.compile("from=.*number="))
        return page

    return open_tab


def toast(page):
    return page.get_by_test_id("toast-body")


def panel(page, place, model):
    return page.locator(f"{place} .panel[data-model='{model}']")


def picture_of(source):
    return Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))


def digit(ink=(0, 0, 0), paper=(255, 255, 255), size=(200, 240), mode="RGB"):
    """A seven in thick strokes."""
    picture = Image.new("RGB", size, paper)
    points = [(0.25 * size[0], 0.2 * size[1]), (0.75 * size[0], 0.2 * size[1]), (0.4 * size[0], 0.8 * size[1])]
    ImageDraw.Draw(picture).line(points, ink, width=size[0] // 10, joint="curve")
    return picture.convert(mode)


def file(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def canvas(page):
    """The drawing board, ready and in view, with the brush in hand."""
    board = page.locator("#classes-canvas .pixi-target canvas")
    board.wait_for()
    page.locator("#classes-canvas button[aria-label='Brush'].highlight").wait_for()
    board.scroll_into_view_if_needed()
    return board


def stroke(page, *points):
    """Draw along `points`, which are offsets from the middle of the canvas in CSS pixels."""
    box = canvas(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + points[0][0], y + points[0][1])
    page.mouse.down()
    for across, down in points[1:]:
        page.mouse.move(x + across, y + down, steps=8)
    page.mouse.up()


def reading(page):
    return panel(page, "#drawn", "judge-mnist").locator(".panel-sum")


SEVEN = ((-60, -80), (60, -80), (-10, 90))


def test_a_drawn_digit_is_read_by_everyone_and_can_be_cleared_in_a_hurry(open_classes):
    page = open_classes(more="&count=1")
    canvas(page)
    page.locator("#draw-ask").click()
    expect(toast(page)).to_contain_text("Draw a digit first: the canvas is blank.")
    stroke(page, *SEVEN)
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
    for model in ("tiny-sgan", "tiny-acgan", "tiny-cgan"):
        expect(panel(page, "#drawn", model)).to_be_visible()
    seen = np.asarray(picture_of(page.locator("#drawn .seen img").get_attribute("src")))
    assert seen.shape == (28, 28) and seen[0].max() < 50 and seen.max() > 200
    page.locator("#draw-ask").click()
    page.get_by_role("button", name="Clear canvas").click()
    expect(page.locator("#drawn")).to_contain_text("Draw a digit on the canvas")
    stroke(page, (0, -90), (0, 90))
    expect(reading(page)).to_have_text(re.compile("^Reads 1"))
    for _ in range(2):
        stroke(page, *SEVEN)
        page.get_by_role("button", name="Clear canvas").click()
    # In one queue with the looks: once this is answered, no look can follow any more.
    page.locator("#draw-ask").click()
    expect(toast(page).last).to_contain_text("Draw a digit first")
    expect(page.locator("#drawn")).to_contain_text("Draw a digit on the canvas")
    expect(page.locator("#drawn .panel")).to_have_count(0)


def upload(page, content, name="photo.png"):
    canvas(page)
    page.locator("#classes-canvas input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )


def test_a_photo_of_another_shape_is_read_and_what_is_no_picture_leaves_it(open_classes):
    page = open_classes(more="&count=1")
    upload(page, file(digit(ink=(60, 60, 70), paper=(170, 165, 150), size=(160, 300))))
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
    upload(page, b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))


def drop(page, content):
    """Let go of a file over the canvas."""
    canvas(page)
    page.evaluate(
        """bytes => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([new Uint8Array(bytes)], "photo.png", { type: "image/png" }));
            const place = document.querySelector("#classes-canvas .upload-container, #classes-canvas canvas");
            for (const kind of ["dragenter", "dragover", "drop"])
                place.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
        }""",
        list(content),
    )


def test_a_dropped_photo_is_read_and_what_is_no_picture_leaves_it(open_classes):
    page = open_classes(more="&count=1")
    drop(page, file(digit()))
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
    drop(page, b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
