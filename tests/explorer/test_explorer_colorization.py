"""Photographs to be coloured: from uploads to grey, from brush strokes to hints, and what is suggested."""

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.models.store import ModelStore
from explorer.page.tab import all_tabs
from explorer.pictures import drawing, images
from explorer.tabs.colorize import overlay, view
from explorer.tabs.colorize import work as colorization
from explorer.tabs.colorize.strokes import Strokes
from explorer.tabs.colorize.tab import on_canvas
from explorer.tabs.colorize.work import MAX_HINTS, Dab, Photo, disc, painted
from explorer.texts.errors import UserError
from models_zoo.card import Card

RED, BLUE = (200, 40, 40), (40, 60, 200)


def grey(width=512, height=256):
    """A photograph without colours, lighter to the right; by default as large as the canvas."""
    return Photo(np.tile(np.linspace(60, 200, width).astype(np.uint8), (height, 1)), None)


def background(photo):
    return np.repeat(photo.grey[..., None], 3, 2)


def stroked(photo, *strokes, width=14):
    """What a canvas shows after soft-edged strokes, each of a colour and points, as a browser would paint them."""
    large = Image.new("RGBA", [4 * side for side in photo.canvas])
    for colour, points in strokes:
        pen = ImageDraw.Draw(large)
        scaled = [(4 * x + 2, 4 * y + 2) for x, y in points]
        pen.line(scaled, (*colour, 255), 4 * width, joint="curve")
        for x, y in scaled:
            pen.ellipse([x - 2 * width, y - 2 * width, x + 2 * width, y + 2 * width], (*colour, 255))
    premultiplied = large.convert("RGBa").resize(photo.canvas, Image.Resampling.BOX).convert("RGBA")
    ground = Image.fromarray(background(photo)).convert("RGBA")
    return np.asarray(Image.alpha_composite(ground, premultiplied).convert("RGB"))


def test_strokes_are_undone_and_redone_one_by_one_and_a_new_one_ends_that():
    one, two, three = (disc(grey(), x, 0.5, RED) for x in (0.2, 0.5, 0.8))
    drawn = Strokes().after([one]).after([one, two, three])
    counts = []
    while drawn.past:
        drawn = drawn.undone()
        counts.append(len(drawn.dabs))
    assert counts == [2, 1, 0] and drawn.undone() is drawn
    drawn = drawn.redone().redone()
    assert drawn.dabs == (one, two) and len(drawn.future) == 1
    # The canvas's own buttons go the same way.
    assert drawn.seen([one, two, three]).future == () and len(drawn.seen([one]).future) == 2
    assert drawn.after([one]).future == () and drawn.after([one, two]) is drawn
    cleared = drawn.after([])
    assert cleared.future == () and cleared.redone() is cleared and cleared.undone().dabs == (one, two)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    import torch

    from models_zoo.colorize import Colorizer

    torch.manual_seed(0)
    model = Colorizer(32, widths=(4, 8), blocks=1, discriminator_widths=(4,))
    arguments = model.arguments
    model.card = Card("tiny", "colorize", "colorization", "landscapes", model.architecture, arguments, 32, 3)
    folder = tmp_path_factory.mktemp("zoo")
    model.save_pretrained(folder / "tiny")
    return ModelStore([folder])


def test_the_tab_is_there_for_models_that_colorize():
    (tab,) = (tab for tab in all_tabs() if tab.id == "colorize")
    assert tab.tasks == ("colorization",)


# Photographs


@pytest.mark.parametrize(("given", "kept"), [((1000, 500), (512, 256)), ((30, 40), (30, 40)), ((2000, 9), (512, 8))])
def test_a_photograph_keeps_its_shape_and_is_reduced_if_it_is_large(given, kept):
    assert colorization.photo(Image.new("RGB", given, "gray")).size == kept


def test_grey_is_as_light_as_the_colour_was():
    red, green, blue = (
        int(colorization.photo(Image.new("RGB", (16, 16), colour)).grey[0, 0]) for colour in ("#f00", "#0f0", "#00f")
    )
    assert green > red > blue, "CIELAB's lightness of these is 88, 53 and 32"


def test_a_colour_photograph_has_an_original_and_grey_or_sepia_ones_have_none():
    ramp = Image.fromarray(background(grey()))
    assert colorization.photo(ramp).original is None
    sepia = np.clip(np.asarray(ramp, float) * (1.05, 0.98, 0.88), 0, 255).astype(np.uint8)
    assert colorization.photo(Image.fromarray(sepia)).original is None
    half = background(grey()).copy()
    half[:, :200] = RED
    photo = colorization.photo(Image.fromarray(half))
    assert np.array_equal(photo.original, half)
    # What was grey stays as light as it was.
    assert abs(photo.grey[:, 200:].astype(int) - half[:, 200:, 0]).max() <= 1


# Dabs


def test_a_dab_is_found_where_it_is_with_its_colour_and_without_its_soft_edge():
    photo = grey()
    (dab,) = painted(stroked(photo, (RED, [(40, 24)])), background(photo))
    rows, columns = np.nonzero(dab.area(photo.canvas))
    assert dab.colour == RED
    assert (columns.mean(), rows.mean()) == pytest.approx((40, 24), abs=0.6)
    assert 120 <= len(rows) <= 170


def test_nothing_painted_is_nothing_found():
    photo = grey()
    assert painted(background(photo), background(photo)) == []


def test_strokes_of_two_colours_that_cross_are_told_apart_and_those_of_one_that_touch_are_one():
    photo = grey()
    across, down = (RED, [(20, 60), (300, 60)]), (BLUE, [(100, 20), (100, 200)])
    found = painted(stroked(photo, across, down), background(photo))
    assert sorted(dab.colour for dab in found) == [BLUE, RED, RED]
    found = painted(stroked(photo, across, (RED, [(100, 20), (100, 200)])), background(photo))
    assert [dab.colour for dab in found] == [RED]


def test_dabs_that_are_put_back_on_the_canvas_are_found_again_unchanged():
    photo = grey()
    found = painted(stroked(photo, (RED, [(10, 10), (130, 130)]), (BLUE, [(250, 12)])), background(photo))
    whole, layer = colorization.on_canvas(photo, found)
    assert whole.size == layer.size == (512, 512)
    both = (Image.alpha_composite(whole, layer), whole)
    again = painted(*(np.asarray(each.crop(photo.box).convert("RGB")) for each in both))
    assert len(found) == 2 and colorization.same(again, found)


def test_every_answer_has_files_of_its_own_for_the_canvas():
    """Written over each other, they would be cut off in the browser that reads one meanwhile."""
    photo, dabs = grey(), [disc(grey(), 0.5, 0.5, RED)]
    first, second = (on_canvas(photo, dabs) for _ in range(2))
    assert first["background"] != second["background"] and first["layers"] != second["layers"]
    for each in (first, second):
        with Image.open(each["background"]) as ground, Image.open(*each["layers"]) as layer:
            assert ground.size == layer.size == (512, 512) and layer.getbbox()
    assert on_canvas(photo, [])["layers"] == []


@pytest.mark.parametrize(("size", "box"), [((512, 256), (0, 128, 512, 384)), ((30, 60), (128, 0, 384, 512))])
def test_a_photograph_of_any_size_lies_in_the_middle_of_the_canvas(size, box):
    photo = grey(*size)
    ground, _ = colorization.on_canvas(photo, [])
    assert photo.box == box and ground.getchannel("A").getbbox() == box
    assert np.asarray(ground.crop(box).convert("L")).mean() == pytest.approx(photo.grey.mean(), abs=1)


def test_what_was_there_keeps_its_place_in_the_order():
    photo = grey()
    first, second = disc(photo, 0.8, 0.5, RED, 0.03), disc(photo, 0.2, 0.2, BLUE, 0.05)
    grown = disc(photo, 0.8, 0.5, RED, 0.1)
    new = disc(photo, 0.5, 0.8, RED, 0.1)
    order = colorization.in_order([first, second], [new, grown, second], photo.canvas)
    assert [order.index(dab) for dab in (grown, second, new)] == [0, 1, 2]
    assert not colorization.same([first], [grown])


def test_of_a_canvas_full_of_colours_only_some_dabs_are_taken():
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    assert len(painted(noise, np.zeros_like(noise))) == MAX_HINTS


def test_a_disc_at_the_edge_or_without_a_radius_has_a_pixel():
    photo = grey()
    for x, y in ((0, 0), (1, 1), (0.5, 1)):
        assert disc(photo, x, y, RED, 0.0).area(photo.canvas).sum() == 1
    assert disc(photo, 1, 0, RED, 0.25).area(photo.canvas).any()


# Colour


def test_a_photograph_is_coloured_in_its_size_and_stays_as_light(store):
    from models_zoo import lab

    photo = grey(150, 90)
    result = colorization.colorize(store, store.card("tiny"), photo, [])
    assert result.shape == (90, 150, 3) and result.dtype == np.uint8
    lightness = [lab.from_rgb(images.tensor(each[None]))[0, 0] for each in (result, background(photo))]
    assert (lightness[0] - lightness[1]).abs().max() * lab.L_SCALE < 1
    assert np.array_equal(colorization.colorize(store, store.card("tiny"), photo, []), result)


def lightness(pixels):
    from models_zoo import lab

    return lab.L_SCALE * lab.from_rgb(images.tensor(pixels[None]))[0, 0]


@pytest.mark.parametrize(
    ("size", "kind", "turn"), [((1600, 1200), "PNG", 1), ((1600, 1200), "JPEG", 6), ((700, 2400), "PNG", 1)]
)
def test_a_large_photograph_keeps_its_size_its_lightness_and_its_detail(store, tmp_path, size, kind, turn):
    detail = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = turn
    file = tmp_path / "photo"
    Image.fromarray(detail).save(file, kind, exif=exif, quality=95, subsampling=0)
    data = file.read_bytes()
    picture = drawing.decode(data)
    photo = colorization.photo(picture, file, drawing.dimensions(data, picture))
    result = colorization.finished(store, store.card("tiny"), photo, [], data)
    whole = np.asarray(drawing.whole(data))
    assert result.size == photo.whole == whole.shape[1::-1] == (size[::-1] if turn == 6 else size)
    # A byte of grey is a quarter of a unit, and what is too light or too dark for a colour may lose another.
    assert (lightness(np.asarray(result)) - lightness(whole)).abs().max() < 1
    shown, original = colorization.preview(store, store.card("tiny"), photo, [])
    assert np.array_equal(shown, np.asarray(result)) and np.array_equal(original, whole)


def test_of_what_is_huge_the_page_shows_less_than_is_saved(store, tmp_path, monkeypatch):
    monkeypatch.setattr(colorization, "MOST_SHOWN", 20_000)
    file = tmp_path / "photo.png"
    Image.fromarray(np.full((300, 400, 3), 90, np.uint8)).save(file)
    photo = colorization.photo(Image.open(file), file, (400, 300))
    shown, original = colorization.preview(store, store.card("tiny"), photo, [])
    assert shown.shape == (122, 163, 3) and original is None
    assert colorization.finished(store, store.card("tiny"), photo, [], file.read_bytes()).size == (400, 300)
    told = view.coloured(shown, photo.whole, 0, "en")
    assert "400 × 300 pixels when saved, 163 × 122 here" in told and 'width="163"' in told
    with pytest.raises(UserError, match="no longer kept"):
        gone = dataclasses.replace(photo, file=tmp_path / "gone.png")
        colorization.preview(store, store.card("tiny"), gone, [])


def wash(grey, colours):
    """Colours h x w x 2, in Lab's units, that a network gave `grey` h x w."""
    from models_zoo import lab

    light = overlay._lightness()[grey]
    return overlay.Wash(np.stack([light, *np.moveaxis(np.float32(colours) / lab.AB_SCALE, 2, 0)]))


def test_colours_do_not_spill_over_an_edge_that_only_the_photograph_knows():
    # Of a dark blue and a light orange half the network saw a few pixels; the edge lies within one of them.
    edge, factor = 22 * 16 + 5, 16
    grey = np.full((160, 640), 200, np.uint8)
    grey[:, :edge] = 60
    small = np.asarray(Image.fromarray(grey).resize((640 // factor, 160 // factor), Image.Resampling.BOX))
    share = ((small - 60.0) / 140)[..., None]
    result = wash(small, share * (20, 50) + (1 - share) * (10, -40)).over(grey)
    found = colorization._colours(result)
    for side, wanted in ((found[:, edge - 8 : edge], (10, -40)), (found[:, edge : edge + 8], (20, 50))):
        assert np.abs(side - wanted).mean() < 6
    plain = np.asarray(
        Image.fromarray(np.float32(90 * share[..., 0] - 40)).resize((640, 160), Image.Resampling.BILINEAR)
    )
    assert np.abs(plain[:, edge : edge + 8] - 50).mean() > 20, "which plain interpolation does not do"


def test_where_the_photograph_is_flat_colours_are_those_of_the_network():
    rng = np.random.default_rng(0)
    colours = rng.uniform(-20, 20, (10, 40, 2))
    result = wash(np.full((10, 40), 128, np.uint8), colours).over(np.full((10, 40), 128, np.uint8))
    assert np.abs(colorization._colours(result) - colours).max() < 1


def test_colours_beyond_the_screens_are_fainter_and_keep_lightness_and_hue():
    grey = np.tile(np.arange(0, 256, dtype=np.uint8), (8, 1))
    found = wash(grey, np.full((8, 256, 2), (60, -90))).over(grey)
    assert (lightness(found) - lightness(np.repeat(grey[..., None], 3, 2))).abs().max() < 1
    a, b = np.moveaxis(colorization._colours(found), 2, 0)
    strong = np.hypot(a, b) > 20
    assert strong.any() and np.abs(np.degrees(np.arctan2(b, a) - np.arctan2(-90, 60)))[strong].max() < 3
    assert (found[:, [0, -1]] == [[0] * 3, [255] * 3]).all()


def test_strips_fit_together(monkeypatch):
    rng = np.random.default_rng(0)
    made = wash(rng.integers(0, 256, (24, 32), np.uint8), rng.uniform(-40, 40, (24, 32, 2)))
    grey = rng.integers(0, 256, (480, 640), np.uint8)
    whole = made.over(grey)
    monkeypatch.setattr(overlay, "STRIP", 640 * 7)
    assert np.abs(made.over(grey).astype(int) - whole).max() <= 1
    picture = Image.fromarray(np.repeat(grey[..., None], 3, 2))
    made.cover(picture)
    assert np.abs(np.asarray(picture, int) - whole).max() <= 1


def test_a_dab_changes_the_result_and_so_does_its_colour(store):
    photo, card = grey(), store.card("tiny")
    results = [
        colorization.colorize(store, card, photo, dabs)
        for dabs in ([], [disc(photo, 0.5, 0.5, RED, 0.1)], [disc(photo, 0.5, 0.5, BLUE, 0.1)])
    ]
    for one, other in ((0, 1), (1, 2)):
        assert not np.array_equal(results[one], results[other])


def test_a_stroke_becomes_hints_along_its_way_no_larger_than_those_of_the_training():
    photo = grey()
    (dab,) = painted(stroked(photo, (RED, [(40, 100), (440, 100)])), background(photo))
    rows, columns, sizes, colours = (each[0] for each in colorization._squares([dab], photo.canvas, (256, 128)))
    assert len(rows) >= 200 // colorization.CELL
    assert sizes.max() <= colorization.CELL and sizes.min() >= 2
    assert (rows - 50).abs().max() <= 5 and columns.min() < 30 and columns.max() > 210
    assert (colours == colours[0]).all() and colours[0, 0] > 0.3


def test_suggestions_for_a_colour_photograph_are_true_and_where_the_result_is_most_wrong():
    shown = background(grey())
    whole = shown.copy()
    whole[:, 256:] = RED
    photo = Photo(grey().grey, whole)
    found = colorization.suggest(photo, shown, [], count=2)
    assert [dab.colour for dab in found] == [RED, RED]
    assert all(dab.left >= 256 for dab in found)
    # Not again where there is a hint already, and nowhere where nothing is wrong.
    (third,) = colorization.suggest(photo, shown, found, count=1)
    taken = found[0].area(photo.canvas) | found[1].area(photo.canvas)
    assert not (third.area(photo.canvas) & taken).any()
    assert colorization.suggest(photo, whole, []) == []


def test_suggestions_for_a_grey_photograph_are_the_models_guesses_only_livelier():
    photo = grey(128, 64)
    shown = background(photo).copy()
    shown[:, 80:] = (120, 150, 110)
    (dab,) = colorization.suggest(photo, shown, [], count=1)
    red, green, blue = dab.colour
    assert dab.left > 4 * 70 and green - red > 35 and green - blue > 45


# What programs send


def test_hints_of_programs_are_dabs_where_they_say():
    photo = grey(100, 50)
    plain, wide = colorization.hints(
        [{"x": 0.5, "y": 0.5, "colour": "#C82828"}, {"x": 0, "y": 1, "colour": "#283cc8", "radius": 0.1}], photo
    )
    assert plain.colour == RED and wide.colour == BLUE
    assert plain.area(photo.canvas)[128, 256] and wide.area(photo.canvas)[255, 0]
    assert wide.pixels.sum() > plain.pixels.sum()
    assert colorization.hints([], photo) == []


GOOD = {"x": 0.5, "y": 0.5, "colour": "#c82828"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("#c82828", "a list of at most 64"),
        ([GOOD] * 65, "at most 64, not 65"),
        ([[0.5, 0.5]], "A hint is an object"),
        ([{"x": 0.5, "y": 0.5}], "A hint is an object"),
        ([{**GOOD, "z": 1}], "A hint is an object"),
        ([{**GOOD, "x": 1.01}], "from 0 to 1"),
        ([{**GOOD, "y": float("nan")}], "from 0 to 1"),
        ([{**GOOD, "y": True}], "from 0 to 1"),
        ([{**GOOD, "colour": "red"}], "#rrggbb"),
        ([{**GOOD, "colour": "#c8282"}], "#rrggbb"),
        ([{**GOOD, "colour": "#c82828\n"}], "#rrggbb"),
        ([{**GOOD, "colour": 7}], "#rrggbb"),
        ([{**GOOD, "radius": float("inf")}], "radius"),
        ([{**GOOD, "radius": -0.1}], "radius"),
        ([{**GOOD, "radius": None}], "radius"),
    ],
)
def test_a_bad_hint_is_one_sentence(value, said):
    with pytest.raises(UserError, match=said):
        colorization.hints(value, grey())


def test_dabs_are_compared_by_what_they_are():
    dab = Dab(1, 2, np.ones((2, 2), bool), RED)
    assert dab.like(dataclasses.replace(dab)) and not dab.like(dataclasses.replace(dab, colour=BLUE))
