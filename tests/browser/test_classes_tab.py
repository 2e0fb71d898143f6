"""The tab *Classes*, in a real browser and through the API: grids, morphs, numbers, drawings."""

import base64
import io
import json
import re
import zipfile
from urllib.parse import parse_qs, urlparse

import httpx
import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw
from playwright.sync_api import expect

TABS = ["sample", "classes"]


def view(page):
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


@pytest.fixture
def open_classes(visit):
    """Open the tab with a model of this name and further values of the link."""

    def open_tab(model="tiny-sgan", more="", **options):
        page = visit(f"?tab=classes&model={model}{more}", ready="button.cell", **options)
        page.wait_for_url(re.compile("from=.*number="))
        return page

    return open_tab


def cell(page, seed, label):
    return page.locator(f"button.cell[data-seed='{seed}'][data-label='{label}']")


def pictures(page):
    return page.locator(".cell img").evaluate_all("images => images.map(image => image.src)")


def labelled(page, text, **options):
    """The control of that label in this tab, not in the one that is hidden."""
    return page.get_by_label(text, **options).filter(visible=True)


def alike(one, other):
    """Whether two addresses of pictures show the same; batches of different sizes round differently."""
    values = [np.asarray(picture_of(source), int) for source in (one, other)]
    return abs(values[0] - values[1]).max() <= 2


def toast(page):
    return page.get_by_test_id("toast-body")


def stage_name(page):
    return page.locator("#class-stage .stage-seed")


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


# In the browser


@pytest.mark.parametrize("width", [390])
def test_a_row_has_one_seed_in_all_classes_and_quick_clicks_end_at_the_last(open_classes, width):
    page = open_classes(more="&seed=40&count=3", width=width)
    expect(page.locator("button.cell")).to_have_count(30)
    expect(page.locator(".class-grid thead th")).to_have_text(list("0123456789"))
    expect(page.locator(".class-grid tbody th")).to_have_text(["40", "41", "42"])
    row = [cell(page, 41, label).locator("img").get_attribute("src") for label in range(10)]
    assert len(set(row)) == 10
    assert picture_of(row[0]).size == (28, 28)
    expect(stage_name(page)).to_have_text("Seed 40, class 0")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.evaluate("[2, 5, 8].forEach(n => document.querySelector(`.cell[data-label='${n}']`).click())")
    expect(stage_name(page)).to_have_text("Seed 40, class 8")
    if width == 390:
        check_the_phone(page)


def check_the_phone(page):
    """The grid begins on the first screen with whole rows, and the arrow leaves the name of the model alone."""
    boxes = [cell(page, 40, label).bounding_box() for label in (0, 9)]
    assert boxes[0]["y"] < 800
    assert boxes[1]["x"] + boxes[1]["width"] <= 390
    assert boxes[0]["width"] >= 24
    field, arrow = (page.locator(f".phone-pair .secondary-wrap {part}").first for part in ("input", ".icon-wrap"))
    end = field.evaluate(
        "field => field.getBoundingClientRect().right - parseFloat(getComputedStyle(field).paddingRight)"
    )
    assert end <= arrow.bounding_box()["x"] + 1


def test_opening_the_tab_by_a_click_fills_it(visit):
    page = visit("")
    page.get_by_role("tab", name="Classes").click()
    expect(page.locator("button.cell")).to_have_count(80)
    page.wait_for_url(re.compile("tab=classes&model="))
    page.get_by_role("tab", name="Sample").click()
    page.wait_for_url(re.compile("tab=sample&model="))
    expect(page.locator("button.tile")).to_have_count(32)


def test_each_discriminator_answers_as_it_can_and_choosing_a_picture_moves_everything(open_classes):
    page = open_classes(more="&seed=20&count=2")
    expect(page.locator("#class-panels .panel").first).to_have_attribute("data-model", "tiny-sgan")
    sgan = panel(page, "#class-panels", "tiny-sgan").locator("li .bar-name")
    assert [name.split()[0] for name in sgan.all_inner_texts()] == [*"0123456789", "fake"]
    acgan = panel(page, "#class-panels", "tiny-acgan").locator("li .bar-name")
    assert [name.split()[0] for name in acgan.all_inner_texts()] == ["real", *"0123456789"]
    expect(panel(page, "#class-panels", "tiny-cgan").locator("li")).to_have_count(10)
    expect(panel(page, "#class-panels", "tiny-cgan").locator(".panel-sum")).to_have_text(
        re.compile(r"^Real, if it is 0: <?\d+ %$")
    )
    expect(panel(page, "#class-panels", "judge-mnist").locator("li")).to_have_count(10)
    for stranger in ("tiny-colour", "tiny-clothes", "tiny-gan"):
        expect(panel(page, "#class-panels", stranger)).to_have_count(0)
    shares = panel(page, "#class-panels", "tiny-sgan").locator(".bar-value").all_inner_texts()
    assert 95 <= sum(float(share.strip("<> %")) for share in shares) <= 106
    bars, morph = page.locator("#class-panels"), page.locator("#morph img")
    before = bars.inner_html(), morph.get_attribute("src")
    cell(page, 21, 6).click()
    expect(stage_name(page)).to_have_text("Seed 21, class 6")
    expect(cell(page, 21, 6)).to_have_attribute("aria-pressed", "true")
    assert alike(
        *(place.locator("img").get_attribute("src") for place in (page.locator("#class-stage"), cell(page, 21, 6)))
    )
    expect(page.locator("#class-panels .asked .bar-name").first).to_have_text(re.compile("^6"))
    page.wait_for_url(re.compile("chosen=21-6"))
    assert bars.inner_html() != before[0] and morph.get_attribute("src") != before[1]
    cell(page, 20, 3).focus()
    page.keyboard.press("Enter")
    expect(stage_name(page)).to_have_text("Seed 20, class 3")


def test_dice_truncation_and_class_change_the_pictures(open_classes):
    page = open_classes(more="&count=2")
    # Opened first: for an instant after opening, Gradio still sets the controls to what they were.
    page.get_by_role("button", name="More settings").click()
    before, address = pictures(page), page.url
    page.locator("#classes-dice").click()
    page.wait_for_url(lambda url: url != address)
    assert pictures(page) != before
    labelled(page, "number input for Truncation ψ").fill("0")
    page.wait_for_url(re.compile("truncation=0(&|$)"))
    assert len(set(pictures(page))) == 10
    first = int(view(page)["seed"])
    labelled(page, "Class", exact=True).click()
    page.get_by_role("option", name="3", exact=True).click()
    expect(page.locator("button.cell[data-label='3']")).to_have_count(20)
    expect(page.locator(".cell-seed")).to_have_text([str(seed) for seed in range(first, first + 20)])
    expect(stage_name(page)).to_have_text(f"Seed {first}, class 3")
    page.wait_for_url(re.compile("class=3"))


def test_a_link_restores_everything(open_classes):
    values = "&class=all&seed=5&count=2&truncation=0.5&verdict=1&from=1&to=7&t=0.25&number=31&chosen=6-4"
    page = open_classes("tiny-acgan", values)
    expect(stage_name(page)).to_have_text("Seed 6, class 4")
    expect(page.locator(".cell-real")).to_have_count(20)
    expect(page.locator("#morph .stage-seed")).to_have_text("t = 0.25")
    expect(labelled(page, "From", exact=True)).to_have_value("1")
    expect(page.locator("#number input")).to_have_value("31")
    expect(page.locator("#written img")).to_have_attribute("alt", re.compile("^31"))
    page.wait_for_url(re.compile("chosen=6-4"))
    page.locator("#copy-link").click()
    page.locator("#copy-link[data-copied]").wait_for()
    assert view(page) == {
        "tab": "classes",
        "model": "tiny-acgan",
        **dict(part.split("=") for part in values[1:].split("&")),
    }


def test_a_bad_link_warns_and_shows_the_usual_view(open_classes):
    page = open_classes("nothing", "&class=12&count=99&from=x&to=-1&t=2&number=12a&chosen=1-1")
    expect(toast(page)).to_contain_text("chosen, class, count, from, model, number, t, to")
    expect(page.locator("button.cell")).to_have_count(80)


def test_a_model_of_few_classes_opens_without_a_complaint(open_classes):
    page = open_classes("tiny-three", "&count=1")
    expect(page.locator(".class-grid thead th")).to_have_text(list("xyz"))
    assert (view(page)["from"], view(page)["to"]) == ("2", "2")
    expect(page.locator("#morph-frames img")).to_have_count(9)
    expect(toast(page)).to_have_count(0)


def test_the_slider_morphs_with_z_fixed_and_the_gif_goes_there_and_back(open_classes):
    page = open_classes(more="&count=1&from=2&to=8")
    frames = page.locator("#morph-frames img")
    expect(frames).to_have_count(9)
    sources = frames.evaluate_all("images => images.map(image => image.src)")
    assert len(set(sources)) == 9
    assert alike(sources[0], cell(page, 7, 2).locator("img").get_attribute("src"))
    for t, index in (("1", 8), ("0", 0), ("0.75", 6)):
        labelled(page, "number input for Share of the second class").fill(t)
        expect(page.locator("#morph .stage-seed")).to_have_text(f"t = {float(t):.2f}")
        assert alike(page.locator("#morph img").get_attribute("src"), sources[index])
    expect(page.locator(".morph-said")).to_have_text(re.compile(r"\d %"))
    page.wait_for_url(re.compile("t=0.75"))
    with page.expect_download() as download:
        page.locator("#save-gif").click()
    assert download.value.suggested_filename == "tiny-sgan-2-to-8.gif"
    with Image.open(download.value.path()) as gif:
        assert (gif.format, gif.n_frames, gif.info["loop"]) == ("GIF", 34, 0)
        assert min(gif.size) >= 256
        shown = []
        for index in range(gif.n_frames):
            gif.seek(index)
            shown.append(np.asarray(gif.convert("L"), int))
    assert np.array_equal(shown[1], shown[33]) and not np.array_equal(shown[0], shown[17])


def test_a_number_is_written_in_the_chosen_style_and_what_is_none_leaves_it(open_classes):
    page = open_classes(more="&count=1")
    written = page.locator("#written img")
    expect(written).to_have_attribute("alt", re.compile("^2026"))
    page.locator("#number input").fill("1357")
    expect(written).to_have_attribute("alt", re.compile("^1357"))
    row = picture_of(written.get_attribute("src"))
    assert row.size == (4 * 28, 28)
    three = np.asarray(picture_of(cell(page, 7, 3).locator("img").get_attribute("src")), int)
    assert abs(np.asarray(row, int)[:, 28:56] - three).max() <= 2
    with page.expect_download() as download:
        page.locator("#number-png").click()
    assert download.value.suggested_filename == "tiny-sgan-1357.png"
    assert Image.open(download.value.path()).size == (4 * 28, 28)
    for text, sentence in (
        ("12a", "Only the digits 0 to 9"),
        ("1" * 13, "At most 12 digits"),
        ("", "Type a number first"),
    ):
        page.locator("#number input").fill(text)
        page.locator("#number input").press("Enter")
        expect(toast(page).filter(has_text=sentence).first).to_be_visible()
        expect(written).to_have_attribute("alt", re.compile("^1357"))


def test_verdicts_stand_under_the_pictures_on_request_and_in_the_files(open_classes):
    page = open_classes("tiny-acgan", "&count=2&seed=3")
    expect(page.locator(".cell-real")).to_have_count(0)
    labelled(page, "Show the discriminator's verdict").check()
    expect(page.locator(".cell-real")).to_have_count(20)
    misread = page.locator("button.cell:has(.cell-reads)")
    assert 0 < misread.count() < 20
    expect(misread.first).to_have_attribute("aria-label", re.compile(r"% real, read as \d$"))
    page.wait_for_url(re.compile("verdict=1"))
    for place in ("#noise", "#classes-about"):
        expect(page.locator(place)).to_contain_text("What noise does. (10,000 pictures at each point.)")
        expect(page.locator(f"{place} svg")).to_contain_text("Class head {}")
    with page.expect_download() as download:
        page.locator("#classes-png").click()
    assert Image.open(download.value.path()).size == (10 * 30 + 2, 2 * 30 + 2)
    with page.expect_download() as download:
        page.locator("#classes-zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert len(archive.namelist()) == 21 and "seed-4-class-9.png" in archive.namelist()
        made = json.loads(archive.read("classes.json"))
    assert (made["model"], made["pictures"][11]["seed"], made["pictures"][11]["label"]) == ("tiny-acgan", 4, 1)
    assert 0 <= made["pictures"][11]["verdict"]["real"] <= 1


def test_ones_own_checkpoint_can_be_loaded(open_classes, own):
    page = open_classes(more="&count=1")
    page.get_by_role("button", name="More settings").click()
    page.get_by_role("button", name="Use your own checkpoint").click()
    for name, then in (("own-gan", "its task is “unconditional”"), ("own-classes", None)):
        labelled(page, "Folder or Hugging Face id").fill(str(own / name))
        page.locator("#classes-own-load").click()
        if then:
            expect(toast(page)).to_contain_text(then)
    page.wait_for_url(re.compile("model=own-classes"))
    expect(page.locator("#class-panels .panel").first).to_have_attribute("data-model", "own-classes")


def upload(page, content, name="photo.png"):
    page.locator("#classes-canvas button[aria-label='Brush'].highlight").wait_for()
    page.locator("#classes-canvas input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )


def choose(page, model):
    labelled(page, "Model", exact=True).click()
    page.get_by_role("option", name=f"Title of {model}").click()
    page.wait_for_url(re.compile(f"model={model}"))


def test_choosing_another_model_changes_everything(open_classes):
    page = open_classes(more="&count=1")
    choose(page, "tiny-clothes")
    expect(page.locator(".class-grid thead th")).to_have_text(list("abcdefghij"))
    expect(page.locator("#number")).to_have_count(0)
    choose(page, "tiny-colour")
    assert picture_of(pictures(page)[0]).size == (32, 32)
    expect(page.locator("#class-panels .panel").first).to_have_attribute("data-model", "tiny-colour")
    expect(panel(page, "#class-panels", "judge-mnist")).to_have_count(0)
    expect(page.locator("#classes-about h4").first).to_have_text("Title of tiny-colour")
    upload(page, file(digit(ink=(200, 30, 30), paper=(30, 60, 200), size=(300, 200))))
    expect(panel(page, "#drawn", "tiny-colour")).to_be_visible()
    expect(panel(page, "#drawn", "judge-mnist")).to_have_count(0)
    seen = np.asarray(picture_of(page.locator("#drawn .seen img").get_attribute("src")))
    assert seen.shape == (32, 32, 3) and seen[0, 0, 2] > 150 > 100 > seen[0, 0, 0]


# The API


def test_classes_come_row_by_row_with_verdicts(client):
    samples = client.predict("tiny-acgan", [3, 5], 10, 2, 1.0, True, api_name="/classes")
    assert [(sample["seed"], sample["label"]) for sample in samples] == [(10, 3), (10, 5), (11, 3), (11, 5)]
    for sample in samples:
        assert 0 <= sample["verdict"]["real"] <= 1 and sample["verdict"]["reads"] in range(10)
        assert Image.open(sample["image"]).size == (28, 28)
    assert len(client.predict("tiny-cgan", api_name="/classes")) == 80
    (alone,) = client.predict("tiny-cgan", [4], 0, 1, 1.0, True, api_name="/classes")
    assert 0 <= alone["verdict"]["real"] <= 1 and alone["verdict"]["reads"] is None


def test_a_morph_begins_and_ends_at_its_classes(client):
    morph = client.predict("tiny-sgan", 2, 8, seed=3, steps=5, api_name="/morph")
    assert morph["weights"] == [0, 0.25, 0.5, 0.75, 1]
    first, last = (np.asarray(Image.open(morph["frames"][index]), int) for index in (0, -1))
    ends = client.predict("tiny-sgan", [2, 8], 3, 1, api_name="/classes")
    for frame, end in zip((first, last), ends, strict=True):
        assert abs(frame - np.asarray(Image.open(end["image"]), int)).max() <= 2
    assert Image.open(morph["gif"]).n_frames == 34


def test_everyone_judges_an_uploaded_digit(client, tmp_path):
    digit().save(tmp_path / "seven.png")
    answers = {
        answer["model"]: answer
        for answer in client.predict(handle_file(tmp_path / "seven.png"), api_name="/judge_digit")
    }
    kinds = {
        model: answers[model]["kind"]
        for model in ("tiny-sgan", "tiny-acgan", "tiny-cgan", "judge-mnist", "tiny-colour")
    }
    assert list(kinds.values()) == [
        "classes-or-fake",
        "real-and-classes",
        "real-per-class",
        "classes",
        "real-and-classes",
    ]
    judge, sgan = answers["judge-mnist"], answers["tiny-sgan"]
    assert judge["classes"]["7"] > 0.9 and judge["real"] is None and judge["fake"] is None
    assert sum(sgan["classes"].values()) + sgan["fake"] == pytest.approx(1) and sgan["real"] == pytest.approx(
        1 - sgan["fake"]
    )
    assert answers["tiny-cgan"]["real"] is None
    (only,) = client.predict(handle_file(tmp_path / "seven.png"), "judge-mnist", api_name="/judge_digit")
    assert only == judge


def test_gradio_client_raises_the_sentence(client):
    with pytest.raises(AppError, match="A class must be a whole number from 0 to 9, not 12"):
        client.predict("tiny-cgan", [12], api_name="/classes")


def test_no_picture_of_this_machine_can_be_judged_or_copied(server, tmp_path):
    digit().save(tmp_path / "private.png")
    sent = {"path": f"{tmp_path}/private.png", "meta": {"_type": "gradio.FileData"}}
    for name, arguments in (("judge_digit", [sent, ""]), ("classes", [sent, [], 0, 1, 1.0, False])):
        answer = httpx.post(f"{server}/gradio_api/run/{name}", json={"data": arguments}, timeout=60)
        assert answer.status_code == 500 and "Traceback" not in answer.json()["error"]
