"""The tab *Invert*, in a real browser and through the API: self-test, uploads, squares, Stop, keeping."""

import asyncio
import base64
import io
import math
import re
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from explorer.pictures import faces
from explorer.tabs.invert import tab as invert
from explorer.tabs.invert import work as inversion

TABS = ["sample", "classes", "invert"]

OVER = '.inverted[data-end]:not([data-end=""])'


def view(page):
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


@pytest.fixture
def open_invert(visit):
    """Open the tab with a model of this name and further values of the link."""

    def open_tab(model="tiny-gan", more="", **options):
        page = visit(f"?tab=invert&model={model}{more}", ready="#inversion .inversion img", **options)
        page.wait_for_url(re.compile("restarts="))
        return page

    return open_tab


def labelled(page, text, **options):
    return page.get_by_label(text, **options).filter(visible=True)


def toast(page):
    return page.get_by_test_id("toast-body")


def shown(page, place):
    """The picture at `place` of target, reconstruction and difference."""
    source = page.locator(".inversion figure").nth(place).locator("img").get_attribute("src")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))), int)


def psnr(page):
    return float(page.locator(".psnr").inner_text().split()[0])


def digit(size=(200, 240)):
    """A seven in thick strokes."""
    picture = Image.new("RGB", size, "white")
    points = [(0.25 * size[0], 0.2 * size[1]), (0.75 * size[0], 0.2 * size[1]), (0.4 * size[0], 0.8 * size[1])]
    ImageDraw.Draw(picture).line(points, "black", width=size[0] // 10, joint="curve")
    return picture


def file(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(page, content, name="photo.png"):
    page.locator("#invert-upload input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )


# In the browser


@pytest.mark.parametrize("width", [390])
def test_the_self_test_finds_what_the_model_drew(open_invert, width):
    page = open_invert(width=width)
    if width == 390:
        check_the_phone(page)
    before = shown(page, 0)
    page.locator("#invert-test").click()
    page.locator(OVER).wait_for()
    assert psnr(page) > 30
    expect(page.locator(".inverted")).to_contain_text("Found: this generator can draw the picture.")
    target, best, difference = (shown(page, place) for place in range(3))
    assert not np.array_equal(target, before)
    assert abs(target - best).max() < 40
    assert np.array_equal(difference, np.minimum(4 * abs(target - best), 255))
    expect(page.locator(".inversion-curves svg")).to_have_count(2)
    expect(page.locator(".restarts figcaption").first).to_contain_text(f"{psnr(page):.1f} dB")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def check_the_phone(page):
    """Controls come first and are large enough."""
    assert page.locator("#invert-go").bounding_box()["y"] < page.locator("#inversion").bounding_box()["y"]
    for name in ("#invert-go", "#invert-stop", "#invert-test", "#invert-other", "#invert-current", "#invert-keep"):
        box = page.locator(name).bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44, name


@pytest.fixture
def slow_search(monkeypatch):
    """A search that leaves time to press Stop, however quick the machine is."""
    quick = inversion.invert

    def slow(*arguments, **options):
        for progress in quick(*arguments, **options):
            time.sleep(0.05)
            yield progress

    monkeypatch.setattr(inversion, "invert", slow)


@pytest.mark.usefixtures("slow_search")
def test_stop_keeps_the_best_so_far(open_invert):
    page = open_invert(more="&method=paper&steps=1000&seconds=60")
    page.locator("#invert-go").click()
    page.locator('.inverted[data-end=""]').wait_for()
    page.locator("#invert-stop").click()
    expect(page.locator(".inverted")).to_have_attribute("data-end", "stopped")
    before = page.locator(".inverted").inner_text()
    assert "stopped" in before and int(re.search(r"step ([\d,]+)", before)[1].replace(",", "")) < 1000
    page.wait_for_timeout(1000)
    assert page.locator(".inverted").inner_text() == before
    page.locator("#invert-keep").click()
    expect(toast(page)).to_contain_text("Kept as “Found 1”")
    page.locator("#invert-go").click()
    page.locator('.inverted[data-end=""]').wait_for()
    page.locator("#invert-stop").click()
    expect(page.locator(".inverted")).to_have_attribute("data-end", "stopped")


@pytest.mark.usefixtures("slow_search")
def test_another_picture_ends_a_search_that_still_runs(open_invert):
    page = open_invert(more="&method=paper&steps=1000&seconds=60")
    page.locator("#invert-go").click()
    page.locator('.inverted[data-end=""]').wait_for()
    upload(page, file(digit()))
    page.wait_for_function("() => !location.search.includes('seed=')")
    expect(page.locator(".inverted")).to_contain_text("Press Invert")
    target = shown(page, 0)
    page.wait_for_timeout(1000)
    expect(page.locator(".inverted")).to_contain_text("Press Invert")
    assert np.array_equal(shown(page, 0), target)
    page.locator("#invert-test").click()
    page.locator('.inverted[data-end=""]').wait_for()
    assert not np.array_equal(shown(page, 0), target)
    page.locator("#invert-stop").click()
    expect(page.locator(".inverted")).to_have_attribute("data-end", "stopped")


def test_an_uploaded_digit_is_inverted_and_a_bad_file_changes_nothing(open_invert):
    page = open_invert("tiny-acgan", "&restarts=2&steps=30")
    before = shown(page, 0)
    upload(page, file(digit()))
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
    page.get_by_label("Remove Image").or_(page.get_by_label("Clear")).first.click()
    upload(page, b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    assert page.locator(".inverted").inner_text() == state
    expect(page.locator("#invert-upload img")).to_have_count(0)


def test_a_picture_counts_that_comes_while_the_last_one_is_still_read(open_invert, monkeypatch):
    page = open_invert()
    read = invert._receive

    def slowly(*arguments):
        time.sleep(2)
        return read(*arguments)

    monkeypatch.setattr(invert, "_receive", slowly)
    upload(page, file(digit()))
    page.get_by_label("Remove Image").or_(page.get_by_label("Clear")).first.click()
    upload(page, b"not a picture")
    expect(toast(page)).to_contain_text("no picture that can be read")


def test_a_result_is_kept_under_its_name_and_what_is_not_there_is_said(open_invert):
    page = open_invert()
    page.locator("#invert-keep").click()
    expect(toast(page)).to_contain_text("nothing to keep yet")
    page.locator("#invert-current").click()
    expect(toast(page).last).to_contain_text("No picture has been chosen in another tab yet.")
    page.locator("#invert-go").click()
    page.locator(OVER).wait_for()
    labelled(page, "Keep under a name").fill("my <b>seven</b>")
    page.locator("#invert-keep").click()
    expect(toast(page).last).to_contain_text("Kept as “my <b>seven</b>”")
    expect(labelled(page, "Keep under a name")).to_have_value("")
    labelled(page, "Keep under a name").fill("my <b>seven</b>")
    page.locator("#invert-keep").click()
    expect(toast(page).filter(has_text="The name 'my <b>seven</b>' is taken")).to_have_count(1)


def test_the_current_image_of_another_tab_is_taken_and_that_of_another_model(visit):
    page = visit("?tab=sample&model=tiny-gan&seed=20")
    page.get_by_role("button", name="Seed 25").click()
    expect(page.locator(".stage-seed").first).to_have_text("Seed 25")
    source = page.locator("#stage img").get_attribute("src")
    page.get_by_role("tab", name="Invert").click()
    page.locator("#inversion .inversion img").first.wait_for()
    page.locator("#invert-current").click()
    expect(page.locator(".inversion img").first).to_have_attribute("src", source)
    page.locator("#invert-other").click()
    expect(page.locator(".inversion img").first).not_to_have_attribute("src", source)


def test_the_square_of_a_face_is_shown_and_can_be_moved_and_set_where_there_is_none(open_invert, monkeypatch):
    boxes = {"frontalface_alt2": [(150, 60, 80, 80), (20, 20, 40, 40)], "eye": []}
    monkeypatch.setattr(faces, "_boxes", lambda cascade, *arguments, **options: boxes[cascade])
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 320, 3), np.uint8))
    page = open_invert("tiny-faces")
    upload(page, file(photo))
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
    page.get_by_label("Remove Image").or_(page.get_by_label("Clear")).first.click()
    upload(page, file(photo))
    expect(toast(page).last).to_contain_text("No face was found in this picture; set the square by hand.")
    expect(page.locator("#square-side input[type=number]")).to_have_value("1")
    expect(page.locator("#invert-square .square")).to_be_visible()


def test_a_link_restores_model_and_settings(open_invert):
    values = "&method=paper&class=2&seed=5&steps=60&seconds=9&restarts=3"
    page = open_invert("tiny-acgan", values)
    page.get_by_role("button", name="More settings").click()
    expect(page.get_by_label("The paper's, RMSprop")).to_be_checked()
    expect(labelled(page, "Class", exact=True)).to_have_value("2")
    expect(labelled(page, "number input for Steps at most")).to_have_value("60")
    assert view(page) == {
        "tab": "invert",
        "model": "tiny-acgan",
        **dict(part.split("=") for part in values[1:].split("&")),
    }


def test_a_bad_link_warns_and_shows_the_usual_view(open_invert):
    page = open_invert("nothing", "&method=magic&class=99&seed=-1&steps=0&seconds=999&restarts=x")
    expect(toast(page)).to_contain_text("class, method, model, restarts, seconds, seed, steps")
    assert (view(page)["method"], view(page)["class"], view(page)["steps"]) == ("fast", "every", "200")


# The API


def data_uri(content):
    return "data:image/png;base64," + base64.b64encode(content).decode()


SEVEN = data_uri(file(digit()))


def test_a_drawn_picture_comes_back_step_by_step_with_files_at_the_end(client):
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


def test_classes_are_tried_or_given(client):
    (sample,) = client.predict("tiny-cgan", [4], 3, 1, api_name="/classes")
    arguments = {"model": "tiny-cgan", "image": handle_file(sample["image"]), "api_name": "/invert"}
    end = client.predict(**arguments, restarts=8, seconds=60)
    assert end["psnr"] > 30 and end["label"] == 4
    other = client.predict(**arguments, label=5, method="paper", steps=3)
    assert (other["label"], other["step"], other["end"]) == (5, 3, "steps")
    assert [each["label"] for each in other["restarts"]] == [5]


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "LA"])
def test_all_kinds_of_pictures_are_inverted(client, mode):
    content = file(digit().convert(mode), {"CMYK": "TIFF"}.get(mode, "PNG"))
    assert client.predict("tiny-gan", data_uri(content), steps=2, api_name="/invert")["psnr"] > 0


def test_of_an_animation_the_first_frame_is_inverted(client):
    content = file(digit(), "GIF", save_all=True, append_images=[Image.new("RGB", (200, 240), "white")])
    still, moving = (
        client.predict("tiny-gan", data_uri(c), steps=1, api_name="/invert") for c in (file(digit()), content)
    )
    assert np.array_equal(np.asarray(Image.open(still["target"])), np.asarray(Image.open(moving["target"])))


def giant():
    """A PNG whose header promises 400 million pixels."""
    content = bytearray(file(Image.new("1", (8, 8))))
    content[16:24] = (20_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


GRADIENT = data_uri(file(Image.linear_gradient("L").convert("RGB")))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"image": data_uri(b"not a picture")}, "no picture that can be read"),
        ({"image": data_uri(file(digit((400, 400)), "JPEG")[:3000])}, "damaged"),
        ({"image": data_uri(giant())}, "million pixels"),
        ({"image": data_uri(file(Image.new("RGB", (1, 1))))}, "only 1 × 1 pixels"),
        ({"image": data_uri(file(Image.new("RGB", (90, 90), "white")))}, "nothing on this picture"),
        ({"image": "/etc/hostname"}, "Send a picture"),
        ({"model": "tiny-faces", "image": GRADIENT}, "No face was found"),
        ({"model": "nothing"}, "There is no model"),
        ({"model": "judge-mnist"}, "its task is “judge”"),
        ({"method": "magic"}, "must be one of fast, paper"),
        ({"label": 3}, "knows no classes"),
        ({"model": "tiny-cgan", "label": 10}, "A class must be"),
        *(({"steps": bad}, "number of steps must be") for bad in (0, 1001, 1.5, True)),
        *(({"seconds": bad}, "seconds must be") for bad in (0, 61, "9")),
        *(({"restarts": bad}, "number of restarts must be") for bad in (0, 9, 2.5)),
        *(({"seed": bad}, "seed must be") for bad in (-1, 2**32, 1.5)),
        *(({"square": bad}, "square must be") for bad in ([0.5, 0.5], [2, 0, 1], ["a", 0, 1])),
    ],
)
def test_bad_input_gets_one_sentence(client, changes, sentence):
    arguments = {"model": "tiny-gan", "image": SEVEN, "steps": 1, **changes}
    with pytest.raises(AppError) as caught:
        client.predict(**arguments, api_name="/invert")
    said = str(caught.value)
    assert sentence in said and "\n" not in said and len(said) < 300


def test_a_square_may_be_named_for_faces(client):
    end = client.predict("tiny-faces", GRADIENT, square=[0.5, 0.5, 0.5], steps=1, api_name="/invert")
    with Image.open(end["target"]) as target:
        assert target.size == (64, 64)


def test_the_tool_gives_the_end_of_the_search(server):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk():
        async with (
            streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            (name,) = (tool.name for tool in (await session.list_tools()).tools if tool.name.endswith("invert"))
            return await session.call_tool(name, {"model": "tiny-gan", "image": SEVEN, "steps": 4})

    # Playwright's event loop runs in this thread already.
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asyncio.run, talk()).result()
    assert not answer.isError
    assert "psnr" in answer.content[0].text and "'end': ''" not in answer.content[0].text
