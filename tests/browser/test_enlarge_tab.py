"""The tab *Enlarge*, in a real browser and through the API: uploads, tiles, Stop, originals, downloads."""

import base64
import io
import re
import threading

import numpy as np
import pytest
from browser.conftest import connected, served
from browser.helpers import close_toasts, encoded, fits, go_to, saved, toast, upload
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.enlarge import work as enlarging


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    """A folder with untrained networks that enlarge twice and four times."""
    import torch

    from models_zoo.card import Card
    from models_zoo.srgan import SRGAN

    folder = tmp_path_factory.mktemp("enlarging")
    for scale in (2, 4):
        torch.manual_seed(0)
        model = SRGAN(scale, 8, 1)
        model.card = Card(
            f"tiny-x{scale}", "srgan", "super-resolution", "photographs", model.architecture, model.arguments, 128, 3,
            title={"en": f"Tiny, x{scale}", "ko": f"작은 {scale}배"}, licences={"weights": "Apache-2.0", "data": "none"},
        )  # fmt: skip
        model.save_pretrained(folder / model.card.id)
    return folder


@pytest.fixture(scope="module")
def server(zoo, tmp_path_factory):
    """The address of a page that has these networks, too."""
    with served(zoo, tmp_path_factory, ["sample", "interpolate", "enlarge"]) as address:
        yield address


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    return connected(server, tmp_path_factory)


@pytest.fixture
def open_enlarge(visit):
    def open_tab(model="tiny-x4", **options):
        page = visit(f"?tab=enlarge&model={model}", ready="#enlarge-about h3", **options)
        page.wait_for_url(re.compile("model="))
        return page

    return open_tab


def picture(height=40, width=56):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def given(page, content, name="mine.png"):
    upload(page, "#enlarge-upload", content, name)
    # Another picture is there before.
    expect(page.locator("#enlarge-upload img")).to_have_attribute("src", re.compile(name))


# In the browser


def test_a_photograph_is_enlarged_beside_interpolation_measured_and_saved(open_enlarge, serious_barriers):
    page = open_enlarge(width=390, scheme="dark")
    # What a visitor meets is an example that is enlarged already.
    expect(page.locator("#enlarge-about")).to_contain_text("Tiny, x4")
    expect(page.locator("#enlarge-status")).to_contain_text("64 × 64 → 256 × 256 pixels")
    expect(page.locator("#enlarge-slider img")).to_have_count(2)
    expect(page.locator("#enlarge-upload img")).to_have_attribute("src", re.compile("horse2zebra"))
    # A picture that is given is enlarged at once, and both it and what saves it are in sight.
    given(page, encoded(picture()))
    expect(page.locator("#enlarge-status")).to_contain_text("56 × 40 → 224 × 160 pixels")
    expect(page.locator("#enlarge-slider img")).to_have_count(2)
    expect(page.locator("#enlarge-slider")).to_be_in_viewport()
    expect(page.locator("#enlarge-save")).to_be_in_viewport(ratio=1)
    expect(page.locator("#enlarge-status table")).to_have_count(0)
    result = saved(page, "#enlarge-save")
    assert result.suggested_filename == "tiny-x4-224x160.png"
    assert Image.open(result.path()).size == (224, 160)
    # Shrunk first, it is its own original.
    given(page, encoded(picture(130, 160)), "other.png")
    page.get_by_role("button", name="More settings").filter(visible=True).click()
    expect(page.locator("#enlarge-original")).to_be_visible()
    page.locator("#enlarge-shrink input").check()
    expect(page.locator("#enlarge-original")).to_be_hidden()
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("40 × 32 → 160 × 128 pixels")
    rows = page.locator("#enlarge-status tbody tr")
    expect(rows).to_have_count(2)
    psnr = [float(rows.nth(place).locator("td").first.inner_text()) for place in (0, 1)]
    # An untrained network is about as good.
    assert abs(psnr[0] - psnr[1]) < 2
    check_the_original(page)
    for name in ("#enlarge-go", "#enlarge-stop", "#take-enlarge", "#enlarge-generated", "#enlarge-save"):
        assert page.locator(name).bounding_box()["height"] >= 44, name
    assert fits(page)
    assert serious_barriers(page) == []


def test_transparency_stays_transparency_on_the_page_and_in_the_file(open_enlarge):
    page = open_enlarge("tiny-x2")
    clear = picture().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    given(page, encoded(clear))
    expect(page.locator("#enlarge-status")).to_contain_text("56 × 40 → 112 × 80 pixels")
    shown = page.locator("#enlarge-slider img")
    expect(shown).to_have_count(2)
    for place, name in enumerate(("bicubic", "network")):
        expect(shown.nth(place)).to_have_attribute("src", re.compile(f"{name}.png"))
        with Image.open(io.BytesIO(page.request.get(shown.nth(place).get_attribute("src")).body())) as each:
            assert (each.mode, each.size) == ("RGBA", (112, 80))
    # Something must be seen to shine through, and not the other picture below.
    for each in shown.all():
        assert "conic-gradient" in each.evaluate("image => getComputedStyle(image).backgroundImage")
    with Image.open(saved(page, "#enlarge-save").path()) as result:
        alpha = np.asarray(result.getchannel("A"), int)
    assert alpha[0].max() < 10 and alpha[-1].min() > 245 and (np.diff(alpha.mean(1)) >= 0).all()
    given(page, encoded(picture()), "opaque.png")
    expect(shown.first).to_have_attribute("src", re.compile("bicubic.jpg"))
    assert "conic-gradient" not in shown.first.evaluate("image => getComputedStyle(image).backgroundImage")


def check_the_original(page):
    """It has to have the size of the result."""
    given(page, encoded(picture()))
    page.locator("#enlarge-shrink input").uncheck()
    expect(page.locator("#enlarge-original")).to_be_visible()
    upload(page, "#enlarge-original", encoded(picture(160, 200)))
    page.locator("#enlarge-original img").wait_for()
    page.locator("#enlarge-go").click()
    expect(toast(page).last).to_contain_text("must have 224 x 160 pixels, as the result has, not 200 x 160")
    close_toasts(page)
    page.locator("#enlarge-original").get_by_role("button", name=re.compile("Remove|Clear")).first.click()
    upload(page, "#enlarge-original", encoded(picture(160, 224)))
    page.locator("#enlarge-original img").wait_for()
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("56 × 40 → 224 × 160 pixels")
    expect(page.locator("#enlarge-status tbody tr").first).to_contain_text("Bicubic")


def test_bad_links_and_files_and_missing_ones_are_one_sentence(visit):
    page = visit("?tab=enlarge&model=gan-mnist", ready="#enlarge-about h3")
    expect(toast(page).last).to_contain_text("(model)")
    page.wait_for_url(re.compile("tab=enlarge&model=srgan-x4$"))
    page.locator("#enlarge-upload").get_by_role("button", name=re.compile("Remove|Clear")).first.click()
    page.locator("#enlarge-go").click()
    expect(toast(page).last).to_contain_text("Choose a picture first.")
    page.locator("#take-enlarge").click()
    expect(toast(page).last).to_contain_text("There is no picture in hand yet")
    upload(page, "#enlarge-upload", b"no picture")
    expect(toast(page).last).to_contain_text("no picture that can be read")
    expect(page.locator("#enlarge-upload img")).to_have_count(0)
    upload(page, "#enlarge-upload", encoded(Image.new("L", (10_001, 5_000))))
    expect(toast(page).last).to_contain_text("million pixels")


def test_pictures_of_other_tabs_are_taken(visit):
    page = visit("?tab=sample&model=gan-mnist&seed=20")
    page.get_by_role("button", name="Seed 25").click()
    expect(page.locator(".stage-seed").first).to_have_text("Seed 25")
    go_to(page, "enlarge")
    page.locator("#enlarge-about h3").wait_for()
    # The server draws this one anew.
    page.locator("#take-enlarge").click()
    taken = page.locator("#enlarge-upload img")
    expect(taken).to_have_attribute("src", re.compile("picture"))
    drawn = taken.get_attribute("src")
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("28 × 28 →")
    # Of others the browser sends what it shows.
    go_to(page, "interpolate")
    frame = page.locator(".key img").first
    size = frame.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    frame.click()
    go_to(page, "enlarge")
    page.locator("#take-enlarge").click()
    expect(taken).not_to_have_attribute("src", drawn)
    measure = "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
    assert taken.evaluate(measure) == size
    page.locator("#enlarge-generated").click()
    expect(taken).not_to_have_attribute("src", re.compile("picture"))


def test_stop_ends_a_large_one_between_two_tiles(open_enlarge, monkeypatch):
    page = open_enlarge()
    quick, go_on, runs = enlarging.enlarge, threading.Event(), []

    def held(*arguments):
        done = []
        runs.append(done)
        for step in quick(*arguments):
            done.append(step)
            yield step
            go_on.wait(30)

    monkeypatch.setattr(enlarging, "enlarge", held)
    monkeypatch.setattr(enlarging, "TILE", 16)
    given(page, encoded(picture(64, 64)))
    page.locator("#enlarge-status progress").wait_for()
    # Until the server has answered, Gradio takes the run for one that is still going, and drops a click on the button.
    with page.expect_response(re.compile("/cancel$")):
        page.locator("#enlarge-stop").click()
        expect(page.locator("#enlarge-status")).to_have_text("Stopped.")
        go_on.set()
    # The next run has all its tiles, and the stopped one gets no more.
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("64 × 64 → 256 × 256 pixels")
    stopped, whole = runs
    assert len(whole) == 16 and len(stopped) <= 2


# Through the API


def test_programs_get_a_file_or_one_sentence(client, tmp_path):
    (tmp_path / "mine.png").write_bytes(encoded(picture()))
    found = client.predict(handle_file(tmp_path / "mine.png"), "tiny-x2", api_name="/enlarge")
    with Image.open(found if isinstance(found, str) else found["path"]) as result:
        assert (result.format, result.size, result.mode) == ("PNG", (112, 80), "RGB")
    address = "data:image/png;base64," + base64.b64encode(encoded(picture())).decode()
    again = client.predict(address, "tiny-x4", api_name="/enlarge")
    with Image.open(again if isinstance(again, str) else again["path"]) as result:
        assert result.size == (224, 160)
    clear = picture().convert("RGBA")
    clear.putalpha(90)
    (tmp_path / "clear.png").write_bytes(encoded(clear))
    found = client.predict(handle_file(tmp_path / "clear.png"), "tiny-x2", api_name="/enlarge")
    with Image.open(found if isinstance(found, str) else found["path"]) as result:
        assert (result.size, result.mode) == ((112, 80), "RGBA") and result.getextrema()[3] == (90, 90)
    (tmp_path / "none.png").write_bytes(b"no picture")
    for name, model, said in (
        ("mine.png", "gan-mnist", "gan-mnist does not enlarge photographs"),
        ("none.png", "tiny-x2", "no picture that can be read"),
    ):
        with pytest.raises(AppError, match=said) as caught:
            client.predict(handle_file(tmp_path / name), model, api_name="/enlarge")
        assert "\n" not in str(caught.value)
