"""The tab *Invert*, in a real browser and through the API: self-test, uploads, squares, Stop, keeping."""

import base64
import math
import re
import threading
import time

import numpy as np
import pytest
from browser.helpers import close_toasts, decoded, digit, encoded, fits, go_to, labelled, toast, upload, view
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from explorer.page import controls
from explorer.pictures import faces
from explorer.tabs.invert import search

TABS = ["sample", "invert"]

OVER = '.inverted[data-end]:not([data-end=""])'
FOREIGN = "#invert-upload, .toast-wrap"
"""Gradio's own parts, whose symbols are not ours."""


@pytest.fixture
def open_invert(visit):
    """Open the tab with a model of this name and further values of the link."""

    def open_tab(model="tiny-gan", more="", **options):
        page = visit(f"?tab=invert&model={model}{more}", ready="#inversion .inversion img", **options)
        page.wait_for_url(re.compile("restarts="))
        return page

    return open_tab


def shown(page, place):
    """The picture at `place` of target, reconstruction and difference."""
    source = page.locator(".inversion figure").nth(place).locator("img").get_attribute("src")
    return np.asarray(decoded(source), int)


def psnr(page):
    return float(page.locator(".psnr").inner_text().split()[0])


# In the browser


def test_the_self_test_finds_what_the_model_drew_and_it_is_kept_under_its_name(open_invert, serious_barriers):
    page = open_invert(width=390)
    check_the_phone(page)
    page.locator("#invert-keep").click()
    expect(toast(page)).to_contain_text("nothing to keep yet")
    page.locator("#take-invert").click()
    expect(toast(page).last).to_contain_text("There is no picture in hand yet")
    before = shown(page, 0)
    page.locator("#invert-test").click()
    page.locator(OVER).wait_for()
    assert psnr(page) > 30
    expect(page.locator(".inverted")).to_contain_text("Found: this generator can draw the picture.")
    target, best, difference = (shown(page, place) for place in range(3))
    assert not np.array_equal(target, before)
    assert abs(target - best).max() < 40
    assert np.array_equal(difference, np.minimum(4 * abs(target - best), 255))
    expect(page.locator(".inversion-curves figure.curve")).to_have_count(2)
    expect(page.locator(".restarts figcaption").first).to_contain_text(f"{psnr(page):.1f} dB")
    page.get_by_role("button", name="More settings").click()
    assert fits(page)
    assert serious_barriers(page, exclude=FOREIGN) == []
    name = labelled(page, "Keep this picture as")
    name.fill("my <b>seven</b>")
    page.locator("#invert-keep").click()
    expect(toast(page).last).to_contain_text("Kept as “my <b>seven</b>”")
    expect(name).to_have_value("")
    name.fill("my <b>seven</b>")
    page.locator("#invert-keep").click()
    expect(toast(page).filter(has_text="The name 'my <b>seven</b>' is taken")).to_have_count(1)


def check_the_phone(page):
    """Controls come first and are large enough."""
    assert page.locator("#invert-go").bounding_box()["y"] < page.locator("#inversion").bounding_box()["y"]
    for name in ("#invert-go", "#invert-stop", "#invert-test", "#invert-other", "#take-invert", "#invert-keep"):
        box = page.locator(name).bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44, name


@pytest.fixture
def left(monkeypatch):
    """A search that leaves time to end it, however quick the machine is, and a semaphore that counts searches left."""
    quick, left = search.invert, threading.Semaphore(0)

    def slow(*arguments):
        steps = quick(*arguments)
        try:
            for progress in steps:
                time.sleep(0.05)
                yield progress
        finally:
            left.release()

    monkeypatch.setattr(search, "invert", slow)
    return left


def wait_until_left(left):
    assert left.acquire(timeout=30)


def test_stop_keeps_the_best_and_another_picture_ends_the_search(open_invert, left):
    page = open_invert(more="&method=paper&steps=1000&seconds=60")
    page.locator("#invert-go").click()
    page.locator('.inverted[data-end=""]').wait_for()
    page.locator("#invert-stop").click()
    expect(page.locator(".inverted")).to_have_attribute("data-end", "stopped")
    before = page.locator(".inverted").inner_text()
    assert "stopped" in before and int(re.search(r"step ([\d,]+)", before)[1].replace(",", "")) < 1000
    wait_until_left(left)
    page.locator("#invert-keep").click()
    expect(toast(page)).to_contain_text("Kept as “Found 1”")
    assert page.locator(".inverted").inner_text() == before
    page.locator("#invert-go").click()
    page.locator('.inverted[data-end=""]').wait_for()
    upload(page, "#invert-upload", encoded(digit()))
    page.wait_for_function("() => !location.search.includes('seed=')")
    expect(page.locator(".inverted")).to_contain_text("Press Invert")
    target = shown(page, 0)
    wait_until_left(left)
    expect(page.locator(".inverted")).to_contain_text("Press Invert")
    assert np.array_equal(shown(page, 0), target)
    page.locator("#invert-test").click()
    page.locator('.inverted[data-end=""]').wait_for()
    assert not np.array_equal(shown(page, 0), target)
    page.locator("#invert-stop").click()
    expect(page.locator(".inverted")).to_have_attribute("data-end", "stopped")


def test_a_link_restores_the_settings_an_upload_is_inverted_and_a_bad_file_changes_nothing(open_invert, monkeypatch):
    values = "&method=paper&class=2&seed=5&steps=30&seconds=60&restarts=2"
    page = open_invert("tiny-acgan", values)
    page.get_by_role("button", name="More settings").click()
    expect(page.get_by_label("The paper's, RMSprop")).to_be_checked()
    expect(labelled(page, "Class", exact=True)).to_have_value("2")
    expect(labelled(page, "number input for Steps at most")).to_have_value("30")
    assert view(page) == {
        "tab": "invert",
        "model": "tiny-acgan",
        **dict(part.split("=") for part in values[1:].split("&")),
    }
    # The paper's method starts once, the fast one several times.
    page.get_by_label("Fast, second order").check()
    page.wait_for_url(re.compile("method=fast"))
    before = shown(page, 0)
    upload(page, "#invert-upload", encoded(digit()))
    page.wait_for_function("() => !location.search.includes('seed=')")
    expect(page.locator(".inverted")).to_contain_text("Press Invert")
    target = shown(page, 0)
    assert target.shape == (28, 28) and not np.array_equal(target, before)
    page.locator("#invert-go").click()
    page.locator(OVER).wait_for()
    assert np.array_equal(shown(page, 0), target)
    expect(page.locator(".restarts li")).to_have_count(2)
    expect(page.locator(".restarts figcaption").first).to_contain_text("class")
    state = page.locator(".inverted").inner_text()
    clear(page)
    upload(page, "#invert-upload", b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    assert page.locator(".inverted").inner_text() == state
    expect(page.locator("#invert-upload img")).to_have_count(0)
    close_toasts(page)
    # A picture counts, too, that comes while the last one is still read.
    read, gate = controls.received, threading.Event()
    monkeypatch.setattr(controls, "received", lambda *arguments: gate.wait(30) and read(*arguments))
    upload(page, "#invert-upload", encoded(digit()))
    clear(page)
    upload(page, "#invert-upload", b"not a picture")
    gate.set()
    expect(toast(page)).to_contain_text("no picture that can be read")


def clear(page):
    page.get_by_label("Remove Image").or_(page.get_by_label("Clear")).first.click()


def test_the_picture_in_hand_is_taken_and_that_of_another_model(visit):
    page = visit("?tab=sample&model=tiny-gan&seed=20")
    page.get_by_role("button", name="Seed 25").click()
    expect(page.locator(".stage-seed").first).to_have_text("Seed 25")
    source = page.locator("#stage img").get_attribute("src")
    go_to(page, "invert")
    page.locator("#inversion .inversion img").first.wait_for()
    page.locator("#take-invert").click()
    expect(page.locator(".inversion img").first).to_have_attribute("src", source)
    page.locator("#invert-other").click()
    expect(page.locator(".inversion img").first).not_to_have_attribute("src", source)


def test_the_square_of_a_face_is_shown_and_can_be_moved_and_set_where_there_is_none(
    open_invert, monkeypatch, serious_barriers
):
    boxes = {"frontalface_alt2": [(150, 60, 80, 80), (20, 20, 40, 40)], "eye": []}
    monkeypatch.setattr(faces, "_boxes", lambda cascade, *arguments, **options: boxes[cascade])
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 320, 3), np.uint8))
    page = open_invert("tiny-faces")
    upload(page, "#invert-upload", encoded(photo))
    expect(toast(page)).to_contain_text("There are 2 faces in this picture; the largest was taken.")
    expect(page.locator("#invert-square .square img")).to_be_visible()
    expect(page.locator("#square-across input[type=number]")).to_have_value("0.594")
    before = shown(page, 0)
    assert before.shape == (64, 64, 3)
    source = page.locator(".inversion img").first.get_attribute("src")
    page.locator("#square-across input[type=number]").fill("0.3")
    expect(page.locator(".inversion img").first).not_to_have_attribute("src", source)
    expect(page.locator("#invert-square .square span")).to_have_attribute("style", re.compile("left: 30"))
    boxes["frontalface_alt2"] = []
    clear(page)
    upload(page, "#invert-upload", encoded(photo))
    expect(toast(page).last).to_contain_text("No face was found in this picture; set the square by hand.")
    expect(page.locator("#square-side input[type=number]")).to_have_value("1")
    expect(page.locator("#invert-square .square")).to_be_visible()
    close_toasts(page)
    assert serious_barriers(page, exclude=FOREIGN) == []


# The API


def data_uri(content):
    return "data:image/png;base64," + base64.b64encode(content).decode()


SEVEN = data_uri(encoded(digit()))
GRADIENT = data_uri(encoded(Image.linear_gradient("L").convert("RGB")))


def test_programs_get_a_search_step_by_step_with_files_at_the_end_or_one_sentence(client):
    (sample,) = client.predict("tiny-gan", 3, 1, api_name="/sample")
    job = client.submit("tiny-gan", handle_file(sample["image"]), api_name="/invert")
    end = job.result(timeout=60)
    told = job.outputs()
    assert len(told) >= 2 and told[0]["end"] == "" and told[0]["target"] is None
    assert (end["end"], end["label"]) == ("converged", None) and end["psnr"] > 30
    assert len(end["z"]) == 100 and all(map(math.isfinite, end["z"]))
    target, best, apart = (
        np.asarray(Image.open(end[name]), int) for name in ("target", "reconstruction", "difference")
    )
    assert np.array_equal(target, np.asarray(Image.open(sample["image"]), int))
    assert np.array_equal(abs(target - best), apart)
    end = client.predict("tiny-cgan", SEVEN, label=5, method="paper", steps=3, api_name="/invert")
    assert (end["label"], end["step"], end["end"]) == (5, 3, "steps")
    assert [each["label"] for each in end["restarts"]] == [5]
    end = client.predict("tiny-faces", GRADIENT, square=[0.5, 0.5, 0.5], steps=1, api_name="/invert")
    with Image.open(end["target"]) as target:
        assert target.size == (64, 64)
    for changes, sentence in (
        ({"model": "judge-mnist"}, "its task is “judge”"),
        ({"model": "tiny-faces", "image": GRADIENT}, "No face was found"),
        ({"square": [0.5, 0.5]}, "square must be"),
        ({"steps": 0}, "number of steps must be"),
    ):
        with pytest.raises(AppError, match=sentence):
            client.predict(**{"model": "tiny-gan", "image": SEVEN, **changes}, api_name="/invert")
