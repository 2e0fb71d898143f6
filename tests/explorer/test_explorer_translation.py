"""Translations between two domains: what pictures are brought to, and what judges read in them."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from explorer.models.store import ModelStore
from explorer.pictures import drawing
from explorer.tabs.translate import view as translation_html
from explorer.tabs.translate import work as translation
from explorer.tabs.translate.work import PALETTE, Digits, Photo, Translated
from explorer.texts.errors import UserError
from models_zoo.card import Card
from models_zoo.cyclegan import CycleGAN


def translator(folder, model_id, dataset="horse2zebra", **fields):
    """Write an untrained CycleGAN and give its card."""
    torch.manual_seed(0)
    model = CycleGAN(image_size=32, width=4, blocks=1, discriminator_widths=(4, 8))
    values = {"directions": ("a2b", "b2a"), "variant": "cyclegan", **fields}
    model.card = Card(
        id=model_id,
        task="translation",
        dataset=dataset,
        architecture=model.architecture,
        arguments=model.arguments,
        image_size=32,
        channels=3,
        domains={"a": {"en": "horse", "ko": "말"}, "b": {"en": "zebra"}},
        **values,
    )
    model.save_pretrained(folder / model_id)
    return model.card


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo")
    horses = translator(folder, "horses")
    digits = translator(folder, "digits", "svhn2mnist", readers={"a": "svhn", "b": "mnist"})
    facades = translator(folder, "facades", "facades", variant="pix2pix", directions=("a2b",))
    return ModelStore([folder]), horses, digits, facades


def photo(width, height, size=None):
    dice = np.random.default_rng(0)
    return Photo(Image.fromarray(dice.integers(0, 256, (height, width, 3), np.uint8)), size or (width, height))


@pytest.mark.parametrize(
    ("size", "side", "wanted"),
    [
        ((4000, 3000), 512, (512, 384)),
        ((256, 256), 512, (256, 256)),
        ((300, 200), 128, (128, 85)),
        ((10, 20), 512, (32, 64)),
        ((1000, 70), 512, (512, 36)),
    ],
)
def test_photographs_keep_their_proportions(zoo, size, side, wanted):
    _, horses, *_ = zoo
    small = photo(*(max(8, length // 10) for length in size), size) if size[0] > 2000 else photo(*size)
    fitted = translation.fit(small, horses, "a2b", side)
    assert fitted.pixels.shape == (1, wanted[1], wanted[0], 3)
    said = translation_html.how(small, fitted, "en")
    if size == wanted:
        assert said == "The picture was taken as it is, 256 × 256 pixels."
    else:
        assert f"from {size[0]} × {size[1]} to {wanted[0]} × {wanted[1]} pixels" in said


def test_what_is_too_long_and_narrow_is_refused(zoo):
    with pytest.raises(UserError, match=r"too long and narrow to be translated \(900 × 20 pixels\)"):
        translation.fit(photo(900, 20), zoo[1], "a2b", 512)


def test_digits_become_squares_as_the_judge_of_their_domain_knows_them(zoo):
    store, _, digits, _ = zoo
    drawn = Image.new("RGB", (200, 260), "white")
    ImageDraw.Draw(drawn).line([(100, 40), (100, 220)], "black", width=18)
    source = Photo(drawn, drawn.size)
    colour, grey = (translation.reader(store, digits, domain) for domain in "ab")
    assert (colour.channels, grey.channels) == (3, 1)
    house, hand = (translation.fit(source, digits, d, 512, r) for d, r in (("a2b", colour), ("b2a", grey)))
    assert house.how == "cut" and house.pixels.shape == hand.pixels.shape == (1, 32, 32, 3)
    # The handwritten one is white on black with MNIST's frame, the other stays as it was drawn.
    assert hand.how == "inked" and hand.pixels[0, :, :4].max() == 0 and hand.pixels.max() == 255
    assert house.pixels[0, 0].min() == 255
    assert translation.fit(Photo(drawn.resize((32, 32)), (32, 32)), digits, "b2a", 512, grey).how == "as_is"
    with pytest.raises(UserError, match="no digit"):
        translation.fit(Photo(Image.new("RGB", (60, 60), "white"), (60, 60)), digits, "b2a", 512, grey)


def test_the_way_back_and_its_error(zoo):
    store, horses, _, facades = zoo
    pixels = translation.fit(photo(45, 70), horses, "a2b", 512).pixels
    made = translation.translate(store, horses, pixels, "a2b")
    again = translation.back(store, horses, made)
    assert made.after.shape == again.shape == pixels.shape and not np.array_equal(made.after, pixels)
    assert np.array_equal(again, translation.translate(store, horses, made.after, "b2a").after)
    black, white = np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 255, np.uint8)
    assert translation.cycle_error(black, white) == 1 and translation.cycle_error(white, white) == 0
    assert f'data-error="{translation.cycle_error(pixels, again):.6f}"' in translation_html.cycle(made, again, "en")
    drawn = translation.translate(store, facades, np.asarray(translation.plain_facade(32))[None], "a2b")
    assert translation.back(store, facades, drawn) is None and translation_html.waiting(facades, "en") == ""
    assert not translation.is_strange(store, horses, made)


@pytest.mark.parametrize("domain", ["a", "b"])
def test_generated_digits_are_read_as_what_they_are(zoo, domain):
    store, _, digits, _ = zoo
    drawn = translation.generated(store, digits, domain, 7)
    assert drawn.shape == (translation.DIGITS, 32, 32, 3)
    assert np.array_equal(drawn, translation.generated(store, digits, domain, 7))
    readings = translation.read(store, translation.reader(store, digits, domain), drawn)
    right = [label == str(place % 10) for place, (label, _) in enumerate(readings)]
    assert np.mean(right) > 0.8


def test_the_grid_marks_digits_that_became_others():
    pictures = np.zeros((3, 32, 32, 3), np.uint8)
    made = Translated("digits", "a2b", pictures, pictures)
    shown = Digits(made, [("1", 0.9), ("2", 0.8), ("3", 1.0)], [("1", 0.9), ("7", 0.6), ("3", 0.5)])
    markup = translation_html.digits(shown, "en")
    assert markup.count("class=flipped>7<") == 1 and "2 of 3 are read as the same digit" in markup
    assert translation_html.reads(shown, "en") == "A judge reads 1 (90 %) before and 1 (90 %) after."
    assert "of 3" not in translation_html.digits(Digits(made, [], []), "en")


def test_soft_edges_of_strokes_become_no_third_colour():
    drawn = Image.new("RGB", (320, 320), PALETTE["wall"])
    ImageDraw.Draw(drawn).ellipse((60, 60, 260, 260), PALETTE["molding"])
    soft = np.asarray(drawn.resize((64, 64), Image.Resampling.BILINEAR))[None]
    snapped = translation.snapped(soft)
    found = {tuple(colour) for colour in np.unique(snapped.reshape(-1, 3), axis=0).tolist()}
    assert found == {PALETTE["wall"], PALETTE["molding"]}
    # Between the two lies the dark red of shops, which plain rounding would have drawn around the circle.
    blank = translation.snapped(np.full((1, 4, 4, 3), 255, np.uint8))
    assert (blank == PALETTE["wall"]).all()
    assert translation.snapped(np.full((1, 4, 4, 3), 128, np.uint8)).shape == (1, 4, 4, 3)


def test_the_facade_to_begin_with_is_a_label_map(zoo):
    facades = zoo[3]
    start = translation.usual(facades, "a2b")
    assert np.array_equal(translation.fit(start, facades, "a2b", 512).pixels[0], np.asarray(start.picture))
    assert translation.suits(start, facades, "a2b") and not translation.suits(start, zoo[1], "a2b")


def test_examples_belong_to_their_dataset_and_domain(zoo, tmp_path, monkeypatch):
    monkeypatch.setattr(translation, "EXAMPLES", tmp_path)
    horses = zoo[1]
    assert translation.usual(horses, "a2b") is None and translation_html.examples(horses, "a2b", "", "en") == ""
    for name in ("horse2zebra-a-2.jpg", "horse2zebra-a-1.png", "horse2zebra-b-1.jpg", "facades-a-1.png", "notes.txt"):
        photo(40, 30).picture.save(tmp_path / name, "PNG")
    first = translation.usual(horses, "a2b")
    assert (first.name, first.of, first.size) == ("horse2zebra-a-1.png", ("horse2zebra", "a"), (40, 30))
    markup = translation_html.examples(horses, "a2b", first.name, "ko")
    assert markup.count("<button") == 2 and "예시 1: 말" in markup and markup.count('aria-pressed="true"') == 1
    assert translation.example(horses, "b", first.name) is None and not translation.suits(first, horses, "b2a")
    assert translation.example(horses, "a", "../horse2zebra-a-1.png") is None


@pytest.mark.parametrize("turned", [False, True])
def test_the_size_of_a_file_is_that_of_the_upright_picture(turned):
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    buffer = io.BytesIO()
    Image.new("RGB", (2400, 1800)).save(buffer, "JPEG", exif=exif)
    opened = translation.opened(buffer.getvalue())
    assert opened.size == ((1800, 2400) if turned else (2400, 1800))
    assert max(opened.picture.size) <= drawing.DECODED_SIDE
