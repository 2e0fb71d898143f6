"""The tab *Translate*, in a real browser and through the API, on a server with tiny translators."""

import io
import re
import zipfile

import numpy as np
import pytest
from browser.conftest import connected, served
from browser.helpers import close_toasts, encoded, saved, toast, upload
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.translate import digits
from explorer.tabs.translate.facades import PALETTE

DOMAINS = {
    "horse2zebra": ("horse", "zebra"),
    "svhn2mnist": ("house digit", "handwritten digit"),
    "facades": ("label map", "facade"),
}


def make_translator(folder, model_id, dataset, image_size=32, **fields):
    """Write an untrained CycleGAN with a card to `folder / model_id`."""
    import torch

    from models_zoo.card import Card
    from models_zoo.cyclegan import CycleGAN

    torch.manual_seed(0)
    model = CycleGAN(image_size=image_size, width=4, blocks=1, discriminator_widths=(4, 8))
    model.card = Card(
        id=model_id,
        task="translation",
        dataset=dataset,
        architecture=model.architecture,
        arguments=model.arguments,
        image_size=image_size,
        channels=3,
        domains={domain: {"en": name} for domain, name in zip("ab", DOMAINS[dataset], strict=True)},
        **{"variant": "cyclegan", "directions": ("a2b", "b2a"), **fields},
    )
    model.save_pretrained(folder / model_id)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a page that has translators."""
    folder = tmp_path_factory.mktemp("translators")
    make_translator(folder, "tiny-horses", "horse2zebra")
    make_translator(folder, "tiny-digits", "svhn2mnist", readers={"a": "svhn", "b": "mnist"})
    make_translator(folder, "tiny-facades", "facades", image_size=64, variant="pix2pix", directions=("a2b",))
    with served(folder, tmp_path_factory, ["translate"]) as address:
        yield address


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    return connected(server, tmp_path_factory)


def photo(width, height):
    dice = np.random.default_rng(0)
    return Image.fromarray(dice.integers(0, 256, (height, width, 3), np.uint8))


def sent(name, content):
    return {"name": name, "mimeType": "image/png", "buffer": content}


def after(page):
    return page.locator("#translate-slider img").last


def test_an_upload_is_translated_both_ways_and_several_at_once(visit, serious_barriers):
    page = visit("?tab=translate&model=tiny-horses", ready="#translate-note p")
    page.wait_for_url(re.compile("direction=a2b&side=512&seed=7&example=horse2zebra-a-1.jpg"))
    page.locator("#translate-examples .tile").nth(1).click()
    page.wait_for_url(re.compile("example=horse2zebra-a-2.jpg"))
    expect(page.locator("#translate-examples .tile").nth(1)).to_have_attribute("aria-pressed", "true")
    upload(page, "#translate-upload", encoded(photo(160, 120)))
    expect(page.locator("#translate-note")).to_contain_text("taken as it is, 160 × 120 pixels", timeout=30_000)
    expect(page.locator("#translate-slider img")).to_have_count(2)
    expect(page.locator(".cycle figure")).to_have_count(4)
    error = page.locator(".cycle-error").get_attribute("data-error")
    assert 0 < float(error) < 1
    page.wait_for_url(lambda url: "example" not in url)
    # Of examples and the visitor's own picture one is shown as chosen.
    pressed = page.locator("#translate-examples .tile[aria-pressed=true]")
    expect(pressed).to_have_count(0)
    expect(page.locator("#translate-upload img")).to_have_count(1)
    # The other direction translates the same photograph by the other network.
    before = after(page).get_attribute("src")
    page.get_by_label("zebra → horse").check()
    page.wait_for_url(re.compile("direction=b2a"))
    expect(page.locator(f'.cycle-error:not([data-error="{error}"])')).to_have_count(1)
    assert after(page).get_attribute("src") != before
    assert Image.open(saved(page, "#translate-png").path()).size == (160, 120)
    page.locator("#translate-examples .tile").first.click()
    expect(page.locator("#translate-upload img")).to_have_count(0)
    expect(pressed).to_have_count(1)
    # What is no picture is refused in a sentence, and what is shown stays.
    upload(page, "#translate-upload", b"no picture at all", "notes.png")
    expect(toast(page)).to_contain_text("no picture that can be read")
    assert page.locator("#translate-slider img").count() == 2
    # A broken one among several is named, and the others still come.
    page.locator("#translate-batch input[type=file]").first.set_input_files(
        [
            sent("one.png", encoded(photo(60, 40))),
            sent("broken.png", b"\x89PNG"),
            sent("two.png", encoded(photo(50, 70))),
        ]
    )
    expect(page.locator("#translate-batch-note")).to_contain_text("Translated: 2 of 3.")
    expect(page.locator("#translate-batch-note")).to_contain_text("broken.png: This file is no picture")
    expect(page.locator("#translate-gallery .caption-label")).to_have_text(["one.png", "two.png"])
    with zipfile.ZipFile(saved(page, "#translate-zip").path()) as archive:
        assert archive.namelist() == ["01-one.png", "03-two.png", "translations.json"]
    # Gradio's toasts and its list of uploaded files have a button within a button.
    close_toasts(page)
    assert serious_barriers(page, exclude="#translate-batch") == []


def test_a_stroke_in_a_colour_of_the_palette_becomes_part_of_the_facade(visit):
    page = visit("?tab=translate&model=tiny-horses", ready="#facade-palette li")
    expect(page.locator("#facade-palette li")).to_have_count(12)
    board = page.locator("#translate-facade .pixi-target canvas")
    page.locator("#translate-facade .toolbar-wrap button.highlight").wait_for()
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=8)
    page.mouse.up()
    # Another model was chosen: the bundled one that takes label maps.
    page.wait_for_url(re.compile("model=pix2pix-facades&direction=a2b"))
    expect(page.locator("#translate-note")).to_contain_text("nearest of the twelve colours, 128 × 128")
    shown = page.request.get(page.locator("#translate-slider img").first.get_attribute("src")).body()
    colours = {colour for _, colour in Image.open(io.BytesIO(shown)).getcolors()}
    assert colours == {PALETTE["wall"], PALETTE["window"]}


def test_digits_of_a_link_follow_their_seed_and_what_the_link_has_wrong_is_named(visit, serious_barriers):
    page = visit(
        "?tab=translate&model=tiny-digits&direction=b2a&seed=5&side=9&example=none.png",
        locale="ko-KR",
        ready="[data-testid=toast-body]",
    )
    expect(toast(page)).to_contain_text("(example, side)")
    close_toasts(page)
    page.wait_for_url(re.compile("model=tiny-digits&direction=b2a&side=512&seed=5$"))
    expect(page.locator(".digit-pairs li")).to_have_count(digits.COUNT)
    expect(page.locator(".digits-kept")).to_contain_text("같은 숫자로 읽힙니다")
    first = page.locator(".digit-pairs img").first.get_attribute("src")
    page.locator("#translate-seed input").fill("6")
    page.wait_for_url(re.compile("seed=6"))
    assert page.locator(".digit-pairs img").first.get_attribute("src") != first
    page.locator("#translate-dice").click()
    page.wait_for_url(lambda url: not url.endswith("seed=6"))
    expect(toast(page)).to_have_count(0)
    # Gradio labels the placeholder of an empty picture without giving it a role.
    assert serious_barriers(page, exclude=".empty") == []


def test_programs_get_translation_way_back_and_error_or_one_sentence(client, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(photo(300, 200)))
    found = client.predict(handle_file(path), "tiny-horses", "b2a", 256, api_name="/translate")
    assert found["remarks"] == ["The picture was scaled from 300 × 200 to 256 × 171 pixels."]
    before = np.asarray(photo(300, 200).resize((256, 171), Image.Resampling.LANCZOS, reducing_gap=3)).astype(int)
    again = np.asarray(Image.open(found["cycle"]))
    assert found["cycle_error"] == pytest.approx(np.abs(before - again).mean() / 255)
    assert Image.open(found["image"]).size == (256, 171)
    facade = client.predict(handle_file(path), "tiny-facades", api_name="/translate")
    assert facade["cycle"] is None and facade["cycle_error"] is None and Image.open(facade["image"]).size == (64, 64)
    digit = client.predict(handle_file(path), "tiny-digits", api_name="/translate")
    assert digit["remarks"][1].startswith("A judge reads ")
    for model, direction, said in (
        ("gan-mnist", "a2b", "does not translate pictures"),
        ("tiny-facades", "b2a", "direction must be one of a2b, not"),
    ):
        with pytest.raises(AppError, match=said):
            client.predict(handle_file(path), model, direction, api_name="/translate")
