"""Translations between two domains: what pictures are brought to, and what judges read in them."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.pictures import drawing
from explorer.tabs.translate import digits as digit_pairs
from explorer.tabs.translate import view as translation_html
from explorer.tabs.translate import work as translation
from explorer.tabs.translate.api import Request
from explorer.tabs.translate.facades import PALETTE, plain_facade, snapped
from explorer.tabs.translate.work import Digits, Findings, Photo, Translated, TranslateView
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
    colour, grey = (digit_pairs.reader(store, digits, domain) for domain in "ab")
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
    assert f'<strong class="stage-seed">{translation.cycle_error(pixels, again):.3f}</strong>' in (
        translation_html.cycle(made, again, "en")
    )
    drawn = translation.translate(store, facades, np.asarray(plain_facade(32))[None], "a2b")
    assert translation.back(store, facades, drawn) is None and translation_html.waiting(facades, "en") == ""
    assert not translation.is_strange(store, horses, made)


@pytest.mark.parametrize("domain", ["a", "b"])
def test_generated_digits_are_read_as_what_they_are(zoo, domain):
    store, _, digits, _ = zoo
    drawn = digit_pairs.generated(store, digits, domain, 7)
    assert drawn.shape == (digit_pairs.COUNT, 32, 32, 3)
    assert np.array_equal(drawn, digit_pairs.generated(store, digits, domain, 7))
    readings = digit_pairs.read(store, digit_pairs.reader(store, digits, domain), drawn)
    right = [label == str(place % 10) for place, (label, _) in enumerate(readings)]
    assert np.mean(right) > 0.8


def test_the_grid_marks_digits_that_became_others(zoo):
    pictures = np.zeros((3, 32, 32, 3), np.uint8)
    made = Translated("digits", "a2b", pictures, pictures)
    shown = Digits(made, [("1", 0.9), ("2", 0.8), ("3", 1.0)], [("1", 0.9), ("7", 0.6), ("3", 0.5)])
    markup = translation_html.digits(shown, "en")
    assert markup.count('class="flipped">7<') == 1 and "2 of 3 are read as the same digit" in markup
    assert translation_html.reads(shown, "en") == "A judge reads 1 (90 %) before and 1 (90 %) after."
    unread = Digits(made, [], [])
    assert "of 3" not in translation_html.digits(unread, "en")
    told = translation_html.found(zoo[2], "b2a", Findings(True, shown), "en")
    assert [sentence[:30] for sentence in told] == ["This picture is unlike those t", "A judge reads 1 (90 %) before "]
    assert "“zebra”" in told[0]
    assert translation_html.found(zoo[2], "a2b", Findings(False, unread), "en") == []


def test_soft_edges_of_strokes_become_no_third_colour():
    drawn = Image.new("RGB", (320, 320), PALETTE["wall"])
    ImageDraw.Draw(drawn).ellipse((60, 60, 260, 260), PALETTE["molding"])
    soft = np.asarray(drawn.resize((64, 64), Image.Resampling.BILINEAR))[None]
    made = snapped(soft)
    found = {tuple(colour) for colour in np.unique(made.reshape(-1, 3), axis=0).tolist()}
    assert found == {PALETTE["wall"], PALETTE["molding"]}
    # Between the two lies the dark red of shops, which plain rounding would have drawn around the circle.
    blank = snapped(np.full((1, 4, 4, 3), 255, np.uint8))
    assert (blank == PALETTE["wall"]).all()
    assert snapped(np.full((1, 4, 4, 3), 128, np.uint8)).shape == (1, 4, 4, 3)


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


# Arguments, links and files


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"direction": "b2c"}, "direction must be one of a2b, b2a, not 'b2c'"),
        ({"direction": None}, "direction must be one of a2b, b2a"),
        *(({"side": side}, "side must be a whole number from 128 to 512") for side in (64, 513, 256.0, "256", True)),
    ],
)
def test_bad_arguments_get_one_sentence(zoo, bad, said):
    with pytest.raises(UserError) as caught:
        Request.checked({"image": None, "model": "horses", **bad}, Asked(card=zoo[1]))
    assert said in caught.value.message and "\n" not in caught.value.message


def test_a_direction_must_be_one_of_the_models(zoo):
    store, horses, _, facades = zoo
    with pytest.raises(UserError, match="direction must be one of a2b, not 'b2a'"):
        Request.checked({"model": "facades", "direction": "b2a"}, Asked(card=facades))
    assert TranslateView.checked({"model": "facades", "direction": "b2a"}, Asked()).fitting(facades).direction == "a2b"
    assert TranslateView("horses", "b2a").fitting(horses).direction == "b2a"
    choice = Choice(store, (translation.TASK,), "horses", "wrong_task_translation", translation.serves)
    with pytest.raises(UserError, match="gan-mnist does not translate pictures: its task is “unconditional”"):
        choice.known("gan-mnist")


def test_links_bring_back_what_they_can(zoo, tmp_path, monkeypatch):
    monkeypatch.setattr(translation, "EXAMPLES", tmp_path)
    photo(40, 30).picture.save(tmp_path / "horse2zebra-b-1.png")
    asked, facades = Asked(card=zoo[1]), Asked(card=zoo[3])
    good = {"model": "horses", "direction": "b2a", "side": "256", "seed": "9", "example": "horse2zebra-b-1.png"}
    wanted = TranslateView("horses", "b2a", 256, 9, "horse2zebra-b-1.png")
    assert TranslateView.from_link(good, asked) == (wanted, set())
    bad = {**good, "direction": "a2b", "side": "90", "seed": "x"}
    found = TranslateView.from_link(bad, asked)
    assert found == (TranslateView("horses"), {"side", "seed", "example"})
    assert TranslateView.from_link({"model": "facades"}, facades) == (TranslateView("facades"), set())
    for direction in ("b2a", "up"):
        found = TranslateView.from_link({"model": "facades", "direction": direction}, facades)
        assert found == (TranslateView("facades"), {"direction"})


def file(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width, height):
    return photo(width, height).picture


@pytest.mark.parametrize(
    "content",
    [
        file(noise(40, 40).convert("CMYK"), "JPEG"),
        file(noise(40, 40).convert("RGBA")),
        file(Image.fromarray(np.full((40, 40), 40000, np.uint16))),
        file(noise(9, 12)),
        file(noise(40, 40), "GIF", save_all=True, append_images=[noise(40, 40)]),
    ],
    ids=["cmyk", "transparent", "sixteen bits", "small", "animated"],
)
def test_unusual_pictures_are_translated(zoo, content):
    store, horses, *_ = zoo
    fitted, made = translation.translated(store, horses, translation.opened(content), "a2b", 512)
    assert made.after.shape == fitted.pixels.shape and made.after.shape[-1] == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no picture", "no picture that can be read"),
        (file(noise(40, 40))[:900], "damaged or cut short"),
        (file(noise(1, 1)), "only 1 × 1 pixels"),
        (file(Image.new("1", (7_100, 7_100))), "more than 50 million pixels"),
    ],
    ids=["text", "short", "tiny", "huge"],
)
def test_what_is_no_picture_gets_one_sentence(content, said):
    with pytest.raises(UserError) as caught:
        translation.opened(content)
    assert said in caught.value.message and "\n" not in caught.value.message


def test_several_files_are_translated_and_bad_ones_named(zoo, monkeypatch):
    store, horses, *_ = zoo
    contents = {"one.png": file(noise(60, 40)), "broken.png": b"\x89PNG", "narrow.png": file(noise(900, 20))}
    monkeypatch.setattr(translation.files, "uploaded", lambda upload: contents.get(upload["orig_name"]))
    monkeypatch.setattr(translation, "MOST_FILES", 4)
    uploads = [{"orig_name": name} for name in (*contents, "missing.png", "fifth.png")]
    outcomes = list(translation.several(store, horses, uploads, "b2a", 128))
    assert [outcome.made is not None for outcome in outcomes] == [True, False, False, False]
    pixels = translation.fit(photo(60, 40), horses, "b2a", 128).pixels
    assert np.array_equal(outcomes[0].made.after, translation.translate(store, horses, pixels, "b2a").after)
    told = translation_html.batch(outcomes, [translation.file_name(each) for each in uploads], "en")
    for part in ("Translated: 1 of 5.", "broken.png: This file is no picture", "narrow.png: This picture is too long"):
        assert part in told
    assert "Only the first 4 were" in told and "fifth.png" in told
    assert translation.file_name("x") == translation.file_name({"orig_name": 7}) == "?"
    assert translation.file_name({"orig_name": "../a/b.png"}) == "b.png"
