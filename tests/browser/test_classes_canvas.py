"""The canvas of the tab *Classes*, in a real browser: drawn, uploaded and dropped digits."""

import re

import numpy as np
from browser.classes_page import canvas, open_classes, panel
from browser.helpers import close_toasts, decoded, digit, encoded, toast, upload
from playwright.sync_api import expect

TABS = ["sample", "classes"]
CANVAS = "#classes-canvas"


def stroke(page, *points):
    """Draw along `points`, which are offsets from the middle of the canvas in CSS pixels."""
    box = canvas(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + points[0][0], y + points[0][1])
    page.mouse.down()
    for across, down in points[1:]:
        page.mouse.move(x + across, y + down, steps=3)
    page.mouse.up()


def reading(page):
    return panel(page, "#drawn", "judge-mnist").locator(".panel-sum")


SEVEN = ((-60, -80), (60, -80), (-10, 90))


def test_a_drawn_digit_is_read_by_everyone_and_can_be_cleared_in_a_hurry(visit):
    page = open_classes(visit, more="&count=1")
    canvas(page)
    page.locator("#draw-ask").click()
    expect(toast(page)).to_contain_text("Draw a digit first: the canvas is blank.")
    stroke(page, *SEVEN)
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
    for model in ("tiny-sgan", "tiny-acgan", "tiny-cgan"):
        expect(panel(page, "#drawn", model)).to_be_visible()
    seen = np.asarray(decoded(page.locator("#drawn .seen img").get_attribute("src")))
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


def drop(page, content):
    """Let go of a file over the canvas."""
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


def test_a_photo_is_read_however_it_comes_and_what_is_no_picture_leaves_it(visit):
    page = open_classes(visit, more="&count=1")
    canvas(page)
    upload(page, CANVAS, encoded(digit(ink=(60, 60, 70), paper=(170, 165, 150), size=(160, 300))))
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
    seen = page.locator("#drawn .seen img").get_attribute("src")
    upload(page, CANVAS, b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    close_toasts(page)
    assert page.locator("#drawn .seen img").get_attribute("src") == seen
    drop(page, encoded(digit()))
    expect(page.locator("#drawn .seen img")).not_to_have_attribute("src", seen)
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
    drop(page, b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    expect(reading(page)).to_have_text(re.compile("^Reads 7"))
