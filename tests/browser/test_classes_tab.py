"""The tab *Classes*, in a real browser and through the API: grids, morphs, numbers, discriminators."""

import json
import re
import zipfile

import numpy as np
import pytest
from browser.classes_page import canvas, open_classes, panel
from browser.helpers import decoded, digit, encoded, fits, go_to, labelled, saved, toast, upload, view
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

TABS = ["sample", "classes"]


def cell(page, seed, label):
    return page.locator(f"button.cell[data-seed='{seed}'][data-label='{label}']")


def picture(page, seed, label):
    return cell(page, seed, label).locator("img").get_attribute("src")


def pictures(page):
    return page.locator(".cell img").evaluate_all("images => images.map(image => image.src)")


def alike(one, other):
    """Whether two addresses of pictures show the same; batches of different sizes round differently."""
    values = [np.asarray(decoded(source), int) for source in (one, other)]
    return abs(values[0] - values[1]).max() <= 2


def stage_name(page):
    return page.locator("#class-stage .stage-seed")


# In the browser


def test_opening_the_tab_by_a_click_fills_it(visit):
    page = visit("")
    go_to(page, "classes")
    expect(page.locator("button.cell")).to_have_count(80)
    page.wait_for_url(re.compile("tab=classes&model="))
    go_to(page, "sample")
    page.wait_for_url(re.compile("tab=sample&model="))
    expect(page.locator("button.tile")).to_have_count(32)


def test_a_row_has_one_seed_in_all_classes_and_quick_clicks_end_at_the_last(visit):
    page = open_classes(visit, more="&seed=40&count=3", width=390)
    expect(page.locator("button.cell")).to_have_count(30)
    expect(page.locator(".class-grid thead th")).to_have_text(list("0123456789"))
    expect(page.locator(".class-grid tbody th")).to_have_text(["40", "41", "42"])
    row = [picture(page, 41, label) for label in range(10)]
    assert len(set(row)) == 10
    assert decoded(row[0]).size == (28, 28)
    expect(stage_name(page)).to_have_text("Seed 40, class 0")
    assert fits(page)
    check_the_phone(page)
    page.evaluate("[2, 5, 8].forEach(n => document.querySelector(`.cell[data-label='${n}']`).click())")
    expect(stage_name(page)).to_have_text("Seed 40, class 8")
    check_the_choice(page)


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


def check_the_choice(page):
    """A picture that is chosen moves stage, bars, morph and link, be it by a click or by the keyboard."""
    bars, morph = page.locator("#class-panels"), page.locator("#morph img")
    page.wait_for_url(re.compile("chosen=40-8"))
    before = bars.inner_html(), morph.get_attribute("src")
    cell(page, 41, 6).click()
    expect(stage_name(page)).to_have_text("Seed 41, class 6")
    expect(cell(page, 41, 6)).to_have_attribute("aria-pressed", "true")
    assert alike(page.locator("#class-stage img").get_attribute("src"), picture(page, 41, 6))
    expect(page.locator("#class-panels .asked .bar-name").first).to_have_text(re.compile("^6"))
    page.wait_for_url(re.compile("chosen=41-6"))
    assert bars.inner_html() != before[0] and morph.get_attribute("src") != before[1]
    cell(page, 40, 3).focus()
    page.keyboard.press("Enter")
    expect(stage_name(page)).to_have_text("Seed 40, class 3")


def test_dice_truncation_and_class_change_the_pictures_and_each_discriminator_answers_as_it_can(visit):
    page = open_classes(visit, more="&count=2")
    check_the_discriminators(page)
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


def check_the_discriminators(page):
    expect(page.locator("#class-panels .panel").first).to_have_attribute("data-model", "tiny-sgan")
    asked = {model: panel(page, "#class-panels", model) for model in ("tiny-sgan", "tiny-acgan", "tiny-cgan")}
    sgan, acgan = (asked[model].locator("li .bar-name").all_inner_texts() for model in ("tiny-sgan", "tiny-acgan"))
    assert [name.split()[0] for name in sgan] == [*"0123456789", "fake"]
    assert [name.split()[0] for name in acgan] == ["real", *"0123456789"]
    expect(asked["tiny-cgan"].locator("li")).to_have_count(10)
    expect(asked["tiny-cgan"].locator(".panel-sum")).to_have_text(re.compile(r"^Real, if it is 0: <?\d+ %$"))
    expect(panel(page, "#class-panels", "judge-mnist").locator("li")).to_have_count(10)
    for stranger in ("tiny-colour", "tiny-clothes", "tiny-gan"):
        expect(panel(page, "#class-panels", stranger)).to_have_count(0)
    shares = asked["tiny-sgan"].locator(".bar-value").all_inner_texts()
    assert 95 <= sum(float(share.strip("<> %")) for share in shares) <= 106


def test_a_link_restores_everything_and_the_files_hold_it(visit):
    values = "&class=all&seed=3&count=2&truncation=0.5&verdict=1&from=1&to=7&t=0.25&number=31&chosen=4-4"
    page = open_classes(visit, "tiny-acgan", values)
    expect(stage_name(page)).to_have_text("Seed 4, class 4")
    expect(page.locator("#morph .stage-seed")).to_have_text("t = 0.25")
    expect(labelled(page, "From", exact=True)).to_have_value("1")
    expect(page.locator("#number input")).to_have_value("31")
    expect(page.locator("#written img")).to_have_attribute("alt", re.compile("^31"))
    page.wait_for_url(re.compile("chosen=4-4"))
    page.locator("#copy-link").click()
    page.locator("#copy-link[data-copied]").wait_for()
    assert view(page) == {
        "tab": "classes",
        "model": "tiny-acgan",
        **dict(part.split("=") for part in values[1:].split("&")),
    }
    expect(page.locator("#noise")).to_contain_text("What noise does. (10,000 pictures at each point.)")
    expect(page.locator("#noise figure")).to_contain_text("Class head {}")
    # The card does not show the same chart again.
    expect(page.locator("#classes-about svg")).to_have_count(0)
    assert Image.open(saved(page, "#classes-png").path()).size == (10 * 30 + 2, 2 * 30 + 2)
    with zipfile.ZipFile(saved(page, "#classes-zip").path()) as archive:
        assert len(archive.namelist()) == 21 and "seed-4-class-9.png" in archive.namelist()
        made = json.loads(archive.read("classes.json"))
    assert (made["model"], made["pictures"][11]["seed"], made["pictures"][11]["label"]) == ("tiny-acgan", 4, 1)
    assert 0 <= made["pictures"][11]["verdict"]["real"] <= 1
    expect(page.locator(".cell-real")).to_have_count(20)
    misread = page.locator("button.cell:has(.cell-reads)")
    assert 0 < misread.count() < 20
    expect(misread.first).to_have_attribute("aria-label", re.compile(r"% real, read as \d$"))
    verdict = labelled(page, "Show the discriminator's verdict")
    verdict.uncheck()
    expect(page.locator(".cell-real")).to_have_count(0)
    verdict.check()
    expect(page.locator(".cell-real")).to_have_count(20)
    page.wait_for_url(re.compile("verdict=1"))


def test_a_bad_link_warns_and_a_model_of_few_classes_opens_without_a_complaint(visit):
    page = open_classes(visit, "nothing", "&class=12&count=99&from=x&to=-1&t=2&number=12a&chosen=1-1")
    expect(toast(page)).to_contain_text("chosen, class, count, from, model, number, t, to")
    expect(page.locator("button.cell")).to_have_count(80)
    page = open_classes(visit, "tiny-three", "&count=1")
    expect(page.locator(".class-grid thead th")).to_have_text(list("xyz"))
    assert (view(page)["from"], view(page)["to"]) == ("2", "2")
    expect(page.locator("#morph-frames img")).to_have_count(9)
    expect(toast(page)).to_have_count(0)


def test_the_slider_morphs_with_z_fixed_and_a_number_is_written_in_the_same_style(visit):
    page = open_classes(visit, more="&count=1&from=2&to=8")
    frames = page.locator("#morph-frames img")
    expect(frames).to_have_count(9)
    sources = frames.evaluate_all("images => images.map(image => image.src)")
    assert len(set(sources)) == 9
    assert alike(sources[0], picture(page, 7, 2))
    for t, index in (("1", 8), ("0", 0), ("0.75", 6)):
        labelled(page, "number input for Share of the second class").fill(t)
        expect(page.locator("#morph .stage-seed")).to_have_text(f"t = {float(t):.2f}")
        assert alike(page.locator("#morph img").get_attribute("src"), sources[index])
    expect(page.locator(".morph-said")).to_have_text(re.compile(r"\d %"))
    page.wait_for_url(re.compile("t=0.75"))
    check_the_gif(saved(page, "#save-gif"))
    check_the_number(page)


def check_the_gif(file):
    """It goes there and back."""
    assert file.suggested_filename == "tiny-sgan-2-to-8.gif"
    with Image.open(file.path()) as gif:
        assert (gif.format, gif.n_frames, gif.info["loop"]) == ("GIF", 34, 0)
        assert min(gif.size) >= 256
        shown = []
        for index in range(gif.n_frames):
            gif.seek(index)
            shown.append(np.asarray(gif.convert("L"), int))
    assert np.array_equal(shown[1], shown[33]) and not np.array_equal(shown[0], shown[17])


def check_the_number(page):
    """It is written in the digits of the chosen seed; what is no number leaves it as it is."""
    written = page.locator("#written img")
    expect(written).to_have_attribute("alt", re.compile("^2026"))
    page.locator("#number input").fill("1357")
    expect(written).to_have_attribute("alt", re.compile("^1357"))
    row = decoded(written.get_attribute("src"))
    assert row.size == (4 * 28, 28)
    three = np.asarray(decoded(picture(page, 7, 3)), int)
    assert abs(np.asarray(row, int)[:, 28:56] - three).max() <= 2
    file = saved(page, "#number-png")
    assert file.suggested_filename == "tiny-sgan-1357.png"
    assert Image.open(file.path()).size == (4 * 28, 28)
    page.locator("#number input").fill("12a")
    page.locator("#number input").press("Enter")
    expect(toast(page).filter(has_text="Only the digits 0 to 9").first).to_be_visible()
    expect(written).to_have_attribute("alt", re.compile("^1357"))


def choose(page, model):
    labelled(page, "Model", exact=True).click()
    page.get_by_role("option", name=f"Title of {model}").click()
    page.wait_for_url(re.compile(f"model={model}"))


def test_choosing_another_model_changes_everything_and_ones_own_checkpoint_can_be_loaded(visit, own):
    page = open_classes(visit, more="&count=1")
    choose(page, "tiny-clothes")
    expect(page.locator(".class-grid thead th")).to_have_text(list("abcdefghij"))
    expect(page.locator("#number")).to_have_count(0)
    choose(page, "tiny-colour")
    assert decoded(pictures(page)[0]).size == (32, 32)
    expect(page.locator("#class-panels .panel").first).to_have_attribute("data-model", "tiny-colour")
    expect(panel(page, "#class-panels", "judge-mnist")).to_have_count(0)
    expect(page.locator("#classes-about h4").first).to_have_text("Title of tiny-colour")
    canvas(page)
    upload(page, "#classes-canvas", encoded(digit(ink=(200, 30, 30), paper=(30, 60, 200), size=(300, 200))))
    expect(panel(page, "#drawn", "tiny-colour")).to_be_visible()
    expect(panel(page, "#drawn", "judge-mnist")).to_have_count(0)
    seen = np.asarray(decoded(page.locator("#drawn .seen img").get_attribute("src")))
    assert seen.shape == (32, 32, 3) and seen[0, 0, 2] > 150 > 100 > seen[0, 0, 0]
    page.get_by_role("button", name="More settings").click()
    page.get_by_role("button", name="Use your own checkpoint").click()
    for name, then in (("own-gan", "its task is “unconditional”"), ("own-classes", None)):
        labelled(page, "Folder or Hugging Face id").fill(str(own / name))
        page.locator("#classes-own-load").click()
        if then:
            expect(toast(page)).to_contain_text(then)
    page.wait_for_url(re.compile("model=own-classes"))
    expect(page.locator("#class-panels .panel").first).to_have_attribute("data-model", "own-classes")


# The API


def test_programs_get_classes_row_by_row_morphs_between_them_and_judgements(client, tmp_path):
    samples = client.predict("tiny-acgan", [3, 5], 10, 2, 1.0, True, api_name="/classes")
    assert [(sample["seed"], sample["label"]) for sample in samples] == [(10, 3), (10, 5), (11, 3), (11, 5)]
    for sample in samples:
        assert 0 <= sample["verdict"]["real"] <= 1 and sample["verdict"]["reads"] in range(10)
        assert Image.open(sample["image"]).size == (28, 28)
    assert len(client.predict("tiny-cgan", api_name="/classes")) == 80
    (alone,) = client.predict("tiny-cgan", [4], 0, 1, 1.0, True, api_name="/classes")
    assert 0 <= alone["verdict"]["real"] <= 1 and alone["verdict"]["reads"] is None
    with pytest.raises(AppError, match="A class must be a whole number from 0 to 9, not 12"):
        client.predict("tiny-cgan", [12], api_name="/classes")
    morph = client.predict("tiny-sgan", 2, 8, seed=3, steps=5, api_name="/morph")
    assert morph["weights"] == [0, 0.25, 0.5, 0.75, 1]
    first, last = (np.asarray(Image.open(morph["frames"][index]), int) for index in (0, -1))
    ends = client.predict("tiny-sgan", [2, 8], 3, 1, api_name="/classes")
    for frame, end in zip((first, last), ends, strict=True):
        assert abs(frame - np.asarray(Image.open(end["image"]), int)).max() <= 2
    assert Image.open(morph["gif"]).n_frames == 34
    check_the_judgements(client, tmp_path / "seven.png")


def check_the_judgements(client, file):
    """Everyone judges an uploaded digit, or the one who is named."""
    digit().save(file)
    said = client.predict(handle_file(file), api_name="/judge_digit")
    answers = {answer["model"]: answer for answer in said}
    kinds = {
        "tiny-sgan": "classes-or-fake",
        "tiny-acgan": "real-and-classes",
        "tiny-cgan": "real-per-class",
        "judge-mnist": "classes",
        "tiny-colour": "real-and-classes",
    }
    assert {model: answers[model]["kind"] for model in kinds} == kinds
    judge, sgan = answers["judge-mnist"], answers["tiny-sgan"]
    assert judge["classes"]["7"] > 0.9 and judge["real"] is None and judge["fake"] is None
    assert sum(sgan["classes"].values()) + sgan["fake"] == pytest.approx(1)
    assert sgan["real"] == pytest.approx(1 - sgan["fake"])
    assert answers["tiny-cgan"]["real"] is None
    (only,) = client.predict(handle_file(file), "judge-mnist", api_name="/judge_digit")
    assert only == judge
