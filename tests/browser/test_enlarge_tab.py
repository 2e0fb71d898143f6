"""The tab *Enlarge*, in a real browser and through the API: uploads, tiles, Stop, originals, downloads."""

import base64
import io
import re
import time

import numpy as np
import pytest
from browser.conftest import connected, served
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


def file(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def upload(page, content, field="upload"):
    page.locator(f"#enlarge-{field} input[type=file]").first.set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": content}
    )


def given(page, content):
    upload(page, content)
    # The example is there before.
    expect(page.locator("#enlarge-upload img")).to_have_attribute("src", re.compile("mine"))


def toast(page):
    return page.get_by_test_id("toast-body").last


# In the browser


def test_a_visitor_meets_an_example_that_is_enlarged_already(open_enlarge):
    page = open_enlarge()
    expect(page.locator("#enlarge-status")).to_contain_text("64 × 64 → 256 × 256 pixels")
    expect(page.locator("#enlarge-slider img")).to_have_count(2)
    expect(page.locator("#enlarge-upload img")).to_have_attribute("src", re.compile("horse2zebra"))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark")])
def test_a_photograph_is_enlarged_beside_interpolation_and_saved(open_enlarge, serious_barriers, width, scheme):
    page = open_enlarge(width=width, scheme=scheme)
    given(page, file(picture()))
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("56 × 40 → 224 × 160 pixels")
    expect(page.locator("#enlarge-slider img")).to_have_count(2)
    expect(page.locator("#enlarge-status table")).to_have_count(0)
    with page.expect_download() as saving:
        page.locator("#enlarge-save").click()
    assert saving.value.suggested_filename == "tiny-x4-224x160.png"
    assert Image.open(saving.value.path()).size == (224, 160)
    for name in ("#enlarge-go", "#enlarge-stop", "#enlarge-current", "#enlarge-generated", "#enlarge-save"):
        assert page.locator(name).bounding_box()["height"] >= 44, name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious_barriers(page) == []


def test_shrunk_first_a_photograph_is_its_own_original(open_enlarge):
    page = open_enlarge(locale="ko-KR")
    given(page, file(picture(130, 160)))
    page.locator("#enlarge-shrink input").check()
    expect(page.locator("#enlarge-original")).to_be_hidden()
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("40 × 32 → 160 × 128픽셀")
    rows = page.locator("#enlarge-status tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("바이큐빅 보간")
    psnr = [float(rows.nth(place).locator("td").first.inner_text()) for place in (0, 1)]
    # An untrained network is about as good.
    assert abs(psnr[0] - psnr[1]) < 2


def test_an_original_of_ones_own_has_to_have_the_size_of_the_result(open_enlarge):
    page = open_enlarge("tiny-x2")
    given(page, file(picture()))
    page.get_by_role("button", name="More settings").filter(visible=True).click()
    for size, said in (((80, 100), None), ((80, 112), "PSNR")):
        upload(page, file(picture(*size)), "original")
        page.locator("#enlarge-original img").wait_for()
        page.locator("#enlarge-go").click()
        if said:
            expect(page.locator("#enlarge-status table")).to_contain_text(said)
        else:
            expect(toast(page)).to_contain_text("must have 112 x 80 pixels, as the result has, not 100 x 80")
            page.get_by_test_id("toast-close").last.click()
            page.locator("#enlarge-original").get_by_role("button", name=re.compile("Remove|Clear")).first.click()


def test_bad_files_and_missing_ones_are_one_sentence(open_enlarge):
    page = open_enlarge()
    page.locator("#enlarge-upload").get_by_role("button", name=re.compile("Remove|Clear")).first.click()
    page.locator("#enlarge-go").click()
    expect(toast(page)).to_contain_text("Choose a picture first.")
    page.locator("#enlarge-current").click()
    expect(toast(page)).to_contain_text("Click a picture in another tab first")
    upload(page, b"no picture")
    expect(toast(page)).to_contain_text("no picture that can be read")
    expect(page.locator("#enlarge-upload img")).to_have_count(0)
    upload(page, file(Image.new("L", (6000, 4000))))
    expect(toast(page)).to_contain_text("million pixels")


def test_the_picture_of_another_tab_is_taken(visit):
    page = visit("?tab=sample&model=gan-mnist&seed=20")
    page.get_by_role("button", name="Seed 25").click()
    expect(page.locator(".stage-seed").first).to_have_text("Seed 25")
    page.get_by_role("tab", name="Enlarge").click()
    page.locator("#enlarge-about h3").wait_for()
    page.locator("#enlarge-current").click()
    expect(page.locator("#enlarge-upload img")).to_have_attribute("src", re.compile("gan-mnist"))
    page.locator("#enlarge-go").click()
    expect(page.locator("#enlarge-status")).to_contain_text("28 × 28 →")


def test_a_picture_clicked_in_any_tab_is_taken_as_it_is(visit):
    page = visit("?tab=interpolate", ready=".key img")
    frame = page.locator(".key img").first
    size = frame.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    frame.click()
    page.get_by_role("tab", name="Enlarge").click()
    page.locator("#enlarge-about h3").wait_for()
    page.locator("#enlarge-current").click()
    taken = page.locator("#enlarge-upload img")
    expect(taken).to_have_attribute("src", re.compile("picture"))
    measure = "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
    assert taken.evaluate(measure) == size


def test_stop_ends_a_large_one_between_two_tiles(open_enlarge, monkeypatch):
    quick = enlarging.enlarge

    def slow(*arguments):
        for step in quick(*arguments):
            time.sleep(0.2)
            yield step

    monkeypatch.setattr(enlarging, "enlarge", slow)
    monkeypatch.setattr(enlarging, "TILE", 8)
    page = open_enlarge()
    given(page, file(picture(64, 64)))
    page.locator("#enlarge-go").click()
    page.locator("#enlarge-status progress").wait_for()
    page.locator("#enlarge-stop").click()
    expect(page.locator("#enlarge-status")).to_have_text("Stopped.")
    page.wait_for_timeout(600)
    expect(page.locator("#enlarge-status")).to_have_text("Stopped.")


def test_stop_leaves_the_numbers_alone_when_nothing_runs(open_enlarge):
    page = open_enlarge()
    told = page.locator("#enlarge-status").inner_text()
    page.locator("#enlarge-stop").click()
    page.wait_for_timeout(600)
    assert "Stopped" not in told and page.locator("#enlarge-status").inner_text() == told


def test_a_link_brings_the_model_back_and_a_bad_one_is_said(open_enlarge, visit):
    page = open_enlarge("tiny-x2")
    expect(page.locator("#enlarge-about")).to_contain_text("Tiny, x2")
    page = visit("?tab=enlarge&model=gan-mnist", ready="#enlarge-about h3")
    expect(toast(page)).to_contain_text("This link asks for something that is not there (model)")


# Through the API


def test_programs_get_a_file(client, tmp_path):
    (tmp_path / "mine.png").write_bytes(file(picture()))
    found = client.predict(handle_file(tmp_path / "mine.png"), "tiny-x2", api_name="/enlarge")
    with Image.open(found if isinstance(found, str) else found["path"]) as result:
        assert (result.format, result.size, result.mode) == ("PNG", (112, 80), "RGB")
    address = "data:image/png;base64," + base64.b64encode(file(picture())).decode()
    again = client.predict(address, "tiny-x4", api_name="/enlarge")
    with Image.open(again if isinstance(again, str) else again["path"]) as result:
        assert result.size == (224, 160)


@pytest.mark.parametrize(
    ("photo", "model", "said"),
    [
        (file(picture()), "gan-mnist", "gan-mnist does not enlarge photographs"),
        (file(picture()), "nothing", "There is no model"),
        (b"no picture", "tiny-x2", "no picture that can be read"),
        (file(picture(4, 4)), "tiny-x2", "4"),
        (file(Image.new("RGB", (1200, 1200)), "JPEG"), "tiny-x4", "may have 1.0 million pixels"),
    ],
)
def test_bad_calls_get_one_sentence(client, tmp_path, photo, model, said):
    (tmp_path / "mine.png").write_bytes(photo)
    with pytest.raises(AppError, match=said) as caught:
        client.predict(handle_file(tmp_path / "mine.png"), model, api_name="/enlarge")
    assert "\n" not in str(caught.value)
