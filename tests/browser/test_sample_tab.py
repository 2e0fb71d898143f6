"""The tab *Sample*, in a real browser: seeds, verdicts, the current image, links, downloads, one's own checkpoint."""

import io
import json
import re
import threading
import zipfile
from urllib.parse import parse_qs

from browser.helpers import decoded, fits, saved, toast, view
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.sample import work

TABS = ["sample"]


def seeds(page):
    return [int(text) for text in page.locator(".tile-seed").all_inner_texts()]


def pictures(page):
    return page.locator(".tile img").evaluate_all("images => images.map(image => image.src)")


def tick(page, text):
    page.get_by_label(text).check()


def test_what_takes_long_dims_the_old_pictures_until_the_new_ones_are_there(visit, monkeypatch):
    page = visit()
    quick, go_on = work.samples, threading.Event()
    monkeypatch.setattr(work, "samples", lambda *arguments: go_on.wait(60) and quick(*arguments))
    before = seeds(page)
    page.locator("#dice").click()
    dimmed = (
        "() => [...document.querySelectorAll('#grid .html-container img')].some(e => getComputedStyle(e).opacity < 0.9)"
    )
    page.wait_for_function(dimmed)
    assert seeds(page) == before
    go_on.set()
    expect(page.locator(".tile-seed").first).not_to_have_text(str(before[0]))
    page.wait_for_function(f"() => !({dimmed})()")


def test_opening_the_page_shows_real_samples_and_every_control_changes_them(visit):
    page = visit("?model=gan-mnist")
    expect(page.locator("button.tile")).to_have_count(32)
    picture = decoded(pictures(page)[0])
    assert picture.size == (28, 28)
    assert picture.getextrema()[0] < picture.getextrema()[1]
    expect(page.locator(".stage-seed")).to_have_text(f"Seed {seeds(page)[0]}")
    assert fits(page)
    before, address = pictures(page), page.url
    page.locator("#dice").click()
    page.wait_for_url(lambda url: url != address)
    assert pictures(page) != before
    assert view(page)["seed"] == str(seeds(page)[0])
    page.locator("#seed input").fill("27")
    expect(page.locator(".tile-seed").first).to_have_text("27")
    assert pictures(page) == before and len(set(before)) == 32
    expect(page.locator(".tile-verdict")).to_have_count(0)
    tick(page, "Show the discriminator's verdict")
    expect(page.locator(".tile-verdict")).to_have_count(32)
    expect(page.locator(".tile-verdict").first).to_have_text(re.compile(r"^\d+\s% real$"))
    tick(page, "Most real first")
    page.wait_for_url(re.compile("sort=1"))
    shown = [int(text.split()[0]) for text in page.locator(".tile-verdict").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert sorted(seeds(page)) == list(range(27, 59))
    page.get_by_label("number input for Truncation ψ").fill("0")
    page.wait_for_url(re.compile("truncation=0(&|$)"))
    assert len(set(pictures(page))) == 1
    address = page.url
    # A number that is no seed is refused, and never gets into the link.
    page.locator("#seed input").fill("1.5")
    expect(toast(page).last).to_contain_text("The seed must be a whole number")
    page.locator("#seed input").fill("27")
    assert page.url == address and seeds(page)[0] == 27
    # The field is empty for a moment while somebody types another number.
    page.locator("#seed input").fill("")
    page.locator("#seed input").fill("4")
    page.wait_for_url(re.compile("seed=4&"))
    assert page.url == address.replace("seed=27", "seed=4")
    expect(toast(page)).to_have_count(0)


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
    page = visit(page.url[page.url.index("?") :])
    expect(page.locator(".stage-seed")).to_have_text("Seed 25")
    expect(page.locator(".tile[aria-pressed=true]")).to_have_attribute("data-seed", "25")
    page.wait_for_url(re.compile("sort=.*chosen=25"))
    page.locator("#seed input").fill("21")
    page.wait_for_url(re.compile("seed=21"))
    expect(page.locator(".stage-seed")).to_have_text("Seed 21")
    assert "chosen" not in view(page)


def test_card_snapshots_and_verdict_are_those_of_the_model(visit):
    page = visit("?model=tiny-gan&count=2&verdict=1")
    about = page.locator("#about")
    for text in ("It draws noise.", "Apache-2.0", "CC BY-SA 3.0", "python -m train gan", "real against real", "10,000"):
        expect(about).to_contain_text(text)
    expect(about.locator(".sheet")).to_be_visible()
    expect(page.locator(".strip figcaption")).to_have_text(["0", "100", "1,000"])
    expect(page.locator(".explain .katex-display")).to_have_count(3)
    expect(page.locator("#stage")).to_contain_text(re.compile(r"real with probability \d+"))
    choose(page, "tiny-lsgan")
    expect(page.locator(".tile-verdict").first).to_have_text(re.compile(r"^score -?\d+\.\d\d$"))
    expect(page.locator("#stage")).to_contain_text("1 = real")
    choose(page, "tiny-blind")
    expect(page.locator(".tile-verdict")).to_have_count(0)
    expect(page.get_by_label("Show the discriminator's verdict")).to_have_count(0)


def choose(page, model):
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name=f"Title of {model}").click()
    page.wait_for_url(re.compile(f"model={model}"))
    expect(page.locator("#about h4").first).to_have_text(f"Title of {model}")


def test_a_link_restores_the_view_which_can_be_copied_and_saved_and_a_bad_one_is_named(visit):
    query = "?tab=sample&model=tiny-gan&seed=40&count=3&truncation=0.5&verdict=1&sort=1"
    page = visit(query)
    expect(page.locator(".tile-verdict")).to_have_count(3)
    assert sorted(seeds(page)) == [40, 41, 42]
    expect(page.locator("#seed input")).to_have_value("40")
    page.wait_for_url(re.compile("sort=1"))
    assert view(page) == {name: values[0] for name, values in parse_qs(query[1:]).items()}
    page.locator("#copy-link").click()
    page.locator("#copy-link[data-copied]").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    check_the_files(page)
    page = visit("?tab=sample&model=<b>nothing&seed=-5&count=1000&truncation=nan")
    expect(toast(page)).to_contain_text("count, model, seed, truncation")
    expect(page.locator("button.tile")).to_have_count(32)
    assert seeds(page)[0] == 27
    page = visit("?model=tiny-gan&seed=20&count=8&chosen=28")
    expect(toast(page)).to_contain_text("(chosen)")
    expect(page.locator(".stage-seed")).to_have_text("Seed 20")


def check_the_files(page):
    """PNG and ZIP hold the pictures and how they were made."""
    order = seeds(page)
    sheet = saved(page, "#save-png")
    assert sheet.suggested_filename == "tiny-gan-seed-40.png"
    assert Image.open(sheet.path()).size == (2 * 28 + 3 * 2,) * 2
    with zipfile.ZipFile(saved(page, "#save-zip").path()) as archive:
        assert archive.namelist() == [*(f"seed-{seed}.png" for seed in order), "samples.json"]
        assert Image.open(io.BytesIO(archive.read("seed-41.png"))).size == (28, 28)
        made = json.loads(archive.read("samples.json"))
    assert (made["model"], made["seeds"], made["truncation"]) == ("tiny-gan", order, 0.5)
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
        (str(own / "own-judge"), "is no network for the task"),
    ):
        open_own(page, name)
        expect(toast(page).filter(has_text=sentence).first).to_be_visible()
        assert pictures(page) == before
    open_own(page, str(own / "own-gan"))
    page.wait_for_url(re.compile("model=own-gan"))
    expect(page.locator("#about h4").first).to_have_text("Title of own-gan")
    page = visit(page.url[page.url.index("?") :])
    expect(page.get_by_label("Model", exact=True)).to_have_value("Title of own-gan")
    page.locator("#seed input").fill("90")
    expect(page.locator(".tile-seed").first).to_have_text("90")
    assert view(page)["model"] == "own-gan"
