"""The tab *Sample*, in a real browser: seeds, verdicts, the current image, links, downloads, one's own checkpoint."""

import base64
import io
import json
import re
import zipfile
from urllib.parse import parse_qs, urlparse

from PIL import Image
from playwright.sync_api import expect

TABS = ["sample"]


def seeds(page):
    return [int(text) for text in page.locator(".tile-seed").all_inner_texts()]


def pictures(page):
    return page.locator(".tile img").evaluate_all("images => images.map(image => image.src)")


def view(page):
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def tick(page, text):
    page.get_by_label(text).check()


def test_opening_the_page_shows_real_samples_and_dice_bring_others(visit):
    page = visit("")
    expect(page.locator("button.tile")).to_have_count(32)
    picture = Image.open(io.BytesIO(base64.b64decode(pictures(page)[0].split(",")[1])))
    assert picture.size == (28, 28)
    assert picture.getextrema()[0] < picture.getextrema()[1]
    expect(page.locator(".stage-seed")).to_have_text(f"Seed {seeds(page)[0]}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    before, address = pictures(page), page.url
    page.locator("#dice").click()
    page.wait_for_url(lambda url: url != address)
    assert pictures(page) != before
    assert view(page)["seed"] == str(seeds(page)[0])


def test_the_same_seed_gives_the_same_pictures_and_truncation_zero_one(visit):
    page = visit("?model=tiny-gan&seed=3&count=4")
    before = pictures(page)
    page.locator("#seed input").fill("90")
    expect(page.locator(".tile-seed").first).to_have_text("90")
    assert pictures(page) != before
    page.locator("#seed input").fill("3")
    expect(page.locator(".tile-seed").first).to_have_text("3")
    assert pictures(page) == before
    assert len(set(pictures(page))) == 4
    page.get_by_label("number input for Truncation ψ").fill("0")
    page.wait_for_url(re.compile("seed=3&.*truncation=0(&|$)"))
    assert len(set(pictures(page))) == 1
    address = page.url
    # The field is empty for a moment while somebody types another number.
    page.locator("#seed input").fill("")
    page.locator("#seed input").fill("4")
    page.wait_for_url(re.compile("seed=4&"))
    assert page.url == address.replace("seed=3", "seed=4") and len(set(pictures(page))) == 1
    expect(page.get_by_test_id("toast-body")).to_have_count(0)


def test_verdicts_appear_on_request_and_sort(visit):
    page = visit("?model=tiny-gan&count=16")
    expect(page.locator(".tile-verdict")).to_have_count(0)
    tick(page, "Show the discriminator's verdict")
    expect(page.locator(".tile-verdict")).to_have_count(16)
    expect(page.locator(".tile-verdict").first).to_have_text(re.compile(r"^\d+\s% real$"))
    tick(page, "Most real first")
    page.wait_for_url(re.compile("sort=1"))
    shown = [int(text.split()[0]) for text in page.locator(".tile-verdict").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert sorted(seeds(page)) == list(range(7, 23))


def test_a_least_squares_verdict_is_a_score_and_no_discriminator_offers_none(visit):
    page = visit("?model=tiny-lsgan&verdict=1&count=2")
    expect(page.locator(".tile-verdict").first).to_have_text(re.compile(r"^score -?\d+\.\d\d$"))
    expect(page.locator("#stage")).to_contain_text("1 = real")
    page = visit("?model=tiny-blind&verdict=1&count=2")
    expect(page.locator(".tile-verdict")).to_have_count(0)
    expect(page.get_by_label("Show the discriminator's verdict")).to_have_count(0)


def test_a_click_or_the_keyboard_chooses_the_current_image_and_the_link_holds_it(visit):
    page = visit("?model=tiny-gan&seed=20&count=8")
    page.get_by_role("button", name="Seed 26").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".stage-seed")).to_have_text("Seed 26")
    page.get_by_role("button", name="Seed 25").click()
    expect(page.locator(".stage-seed")).to_have_text("Seed 25")
    expect(page.locator(".tile[aria-pressed=true]")).to_have_attribute("data-seed", "25")
    assert page.locator(".stage img").get_attribute("src") == pictures(page)[5]
    page.wait_for_url(re.compile("chosen=25"))
    again = visit(page.url[page.url.index("?") :])
    expect(again.locator(".stage-seed")).to_have_text("Seed 25")
    expect(again.locator(".tile[aria-pressed=true]")).to_have_attribute("data-seed", "25")
    again.wait_for_url(re.compile("sort=.*chosen=25"))
    again.locator("#seed input").fill("21")
    again.wait_for_url(re.compile("seed=21"))
    expect(again.locator(".stage-seed")).to_have_text("Seed 21")
    assert "chosen" not in view(again)


def test_a_link_to_an_image_that_is_not_shown_warns(visit):
    page = visit("?model=tiny-gan&seed=20&count=8&chosen=28")
    expect(page.get_by_test_id("toast-body")).to_contain_text("(chosen)")
    expect(page.locator(".stage-seed")).to_have_text("Seed 20")


def test_card_and_snapshots_tell_what_the_model_is_and_change_with_it(visit):
    page = visit()
    about = page.locator("#about")
    for text in ("It draws noise.", "Apache-2.0", "CC BY-SA 3.0", "python -m train gan", "real against real", "10,000"):
        expect(about).to_contain_text(text)
    expect(about.locator(".sheet")).to_be_visible()
    expect(page.locator(".strip figcaption")).to_have_text(["0", "100", "1,000"])
    expect(page.locator(".explain .katex-display")).to_have_count(3)
    before = page.url
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name="Title of tiny-lsgan").click()
    page.wait_for_url(lambda url: url != before)
    assert view(page)["model"] == "tiny-lsgan"
    expect(page.locator("#about h4").first).to_have_text("Title of tiny-lsgan")


def test_a_link_restores_the_view(visit):
    query = "?tab=sample&model=tiny-lsgan&seed=123&count=9&truncation=0.8&verdict=1&sort=1"
    page = visit(query)
    expect(page.locator(".tile-verdict")).to_have_count(9)
    assert sorted(seeds(page)) == list(range(123, 132))
    expect(page.locator("#seed input")).to_have_value("123")
    page.wait_for_url(re.compile("sort=1"))
    assert view(page) == {name: values[0] for name, values in parse_qs(query[1:]).items()}
    page.locator("#copy-link").click()
    page.locator("#copy-link[data-copied]").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    again = visit(copied[copied.index("?") :])
    assert pictures(again) == pictures(page)


def test_a_bad_link_warns_and_shows_the_usual_view(visit):
    page = visit("?tab=sample&model=<b>nothing&seed=-5&count=1000&truncation=nan")
    expect(page.get_by_test_id("toast-body")).to_contain_text("count, model, seed, truncation")
    expect(page.locator("button.tile")).to_have_count(32)
    assert seeds(page)[0] == 7


def test_png_and_zip_hold_the_pictures_and_how_they_were_made(visit):
    page = visit("?model=tiny-gan&count=3&seed=40&verdict=1&truncation=0.5")
    with page.expect_download() as download:
        page.locator("#save-png").click()
    assert download.value.suggested_filename == "tiny-gan-seed-40.png"
    assert Image.open(download.value.path()).size == (2 * 28 + 3 * 2,) * 2
    with page.expect_download() as download:
        page.locator("#save-zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["seed-40.png", "seed-41.png", "seed-42.png", "samples.json"]
        assert Image.open(io.BytesIO(archive.read("seed-41.png"))).size == (28, 28)
        made = json.loads(archive.read("samples.json"))
    assert (made["model"], made["seeds"], made["truncation"]) == ("tiny-gan", [40, 41, 42], 0.5)
    assert len(made["verdicts"]) == 3


def open_own(page, name):
    if not page.locator("#own").is_visible():
        page.get_by_role("button", name="Use your own checkpoint").click()
    page.get_by_label("Folder or Hugging Face id").fill(name)
    page.locator("#own-load").click()


def test_ones_own_checkpoint_can_be_loaded_and_linked_to_and_a_wrong_one_gets_a_sentence(visit, own):
    page = visit()
    before = pictures(page)
    for name, sentence in (
        ("", "first"),
        ("/nowhere/at/all", "There is no model"),
        ("nobody/nothing", "cannot be reached"),
        (str(own / "own-judge"), "its task is “judge”"),
    ):
        open_own(page, name)
        expect(page.get_by_test_id("toast-body").filter(has_text=sentence).first).to_be_visible()
        assert pictures(page) == before
    open_own(page, str(own / "own-gan"))
    page.wait_for_url(re.compile("model=own-gan"))
    expect(page.locator("#about h4").first).to_have_text("Title of own-gan")
    again = visit(page.url[page.url.index("?") :])
    expect(again.get_by_label("Model", exact=True)).to_have_value("Title of own-gan")
    again.locator("#seed input").fill("90")
    expect(again.locator(".tile-seed").first).to_have_text("90")
    assert view(again)["model"] == "own-gan"
