"""Drawings and photographs become what MNIST looks like."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.pictures import drawing
from explorer.pictures.drawing import Blank
from explorer.texts.errors import UserError


def bar(size=(200, 300), ink=0, paper=255, width=30, box=None):
    """An upright bar, off the middle."""
    picture = Image.new("RGB", size, (paper,) * 3)
    left, top, bottom = box or (30, 40, 240)
    ImageDraw.Draw(picture).rectangle((left, top, left + width, bottom), (ink,) * 3)
    return picture


def extent(pixels):
    """Height and width of the ink, and its centre of mass, down and across."""
    values = pixels[0, :, :, 0].astype(float)
    rows, columns = (np.flatnonzero((values > 60).any(axis)) for axis in (1, 0))
    mass = values.sum()
    centre = [(values.sum(1 - axis) * np.arange(28)).sum() / mass for axis in (0, 1)]
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1, centre


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (90, 160), (200, 120)])
def test_ink_becomes_white_fills_the_box_and_is_centred(ink, paper):
    pixels = drawing.digit(bar(ink=ink, paper=paper))
    height, width, centre = extent(pixels)
    assert pixels.shape == (1, 28, 28, 1) and pixels.dtype == np.uint8
    assert height == 20 and 2 <= width <= 5
    assert centre == pytest.approx([13.5, 13.5], abs=0.6)
    assert pixels.max() == 255 and pixels[0, 0, 0, 0] == 0


def test_other_sizes_keep_the_proportions():
    assert drawing.digit(bar(), 56).shape == (1, 56, 56, 1)


def test_uneven_light_is_no_ink():
    picture = np.asarray(bar(ink=60, paper=200), float)
    down, across = np.mgrid[0 : 1 : picture.shape[0] * 1j, 0 : 1 : picture.shape[1] * 1j]
    shaded = picture * (1 - 0.35 * across - 0.25 * down)[:, :, None] + np.random.default_rng(0).normal(
        0, 3, picture.shape
    )
    height, width, _ = extent(drawing.digit(Image.fromarray(shaded.clip(0, 255).astype(np.uint8))))
    assert height >= 19 and width <= 6


def test_a_thin_pen_is_thickened():
    _, width, _ = extent(drawing.digit(bar(width=3)))
    assert width >= 2


def test_specks_do_not_count():
    picture = bar()
    ImageDraw.Draw(picture).rectangle((190, 290, 192, 292), (0, 0, 0))
    assert extent(drawing.digit(picture))[:2] == extent(drawing.digit(bar()))[:2]


def noise(deviation):
    values = np.random.default_rng(0).normal(200, deviation, (120, 120)).clip(0, 255)
    return Image.fromarray(values.astype(np.uint8)).convert("RGB")


@pytest.mark.parametrize(
    "picture", [Image.new("RGB", (50, 50), "white"), Image.new("RGB", (50, 50)), noise(2), noise(8)]
)
def test_paper_alone_is_blank(picture):
    with pytest.raises(Blank, match="the canvas is blank"):
        drawing.digit(picture)


def png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def test_the_empty_sides_of_a_canvas_are_cut_off():
    photo = bar(size=(100, 280), ink=40, paper=120, box=(30, 40, 240))
    canvas = Image.new("RGBA", (280, 280))
    canvas.paste(photo, (90, 0))
    assert drawing.from_canvas(png(canvas), png(canvas)).size == (100, 280)
    assert drawing.from_canvas(png(canvas), None).size == (280, 280)


def test_transparent_is_white_and_sixteen_bits_are_scaled():
    clear = Image.new("RGBA", (40, 40))
    assert drawing.decode(png(clear)).getpixel((0, 0)) == (255, 255, 255)
    deep = Image.fromarray(np.full((40, 40), 32768, np.uint16))
    assert abs(drawing.decode(png(deep)).getpixel((0, 0))[0] - 128) <= 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "I;16"])
def test_large_pictures_are_reduced_before_they_are_looked_at(mode):
    picture = bar(size=(1500, 2250), width=225, box=(225, 300, 1800)).convert(mode if mode != "I;16" else "L")
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture, np.uint16) * 257)
    decoded = drawing.decode(png(picture))
    assert (max(decoded.size), decoded.mode) == (750, "RGB")
    assert decoded.getpixel((1, 1)) == (255, 255, 255) and decoded.getpixel((110, 300)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_large_photo_stays_upright(kind):
    turned = Image.Exif()
    turned[0x0112] = 6
    buffer = io.BytesIO()
    bar(size=(2250, 1500)).convert("L").save(buffer, kind, exif=turned)
    width, height = drawing.decode(buffer.getvalue()).size
    assert height <= drawing.DECODED_SIDE and height / width == pytest.approx(1.5, abs=0.01)


def test_more_than_fifty_million_pixels_are_refused():
    with pytest.raises(UserError, match="more than 50 million pixels"):
        drawing.decode(png(Image.new("1", (10_001, 5_000))))


@pytest.mark.parametrize("text", ["", "x", "data:text/html;base64,AAAA", "data:image/png,AAAA", "http://host/a.png"])
def test_only_base64_pictures_are_taken_from_text(text):
    with pytest.raises(UserError, match="Send a picture"):
        drawing.from_base64(text)


def test_too_much_is_refused_before_it_is_looked_at():
    with pytest.raises(UserError, match="larger than 20 MB"):
        drawing.decode(b"\0" * (drawing.MAX_BYTES + 1))
    with pytest.raises(UserError, match="larger than 20 MB"):
        drawing.from_base64("data:image/png;base64," + "A" * (2 * drawing.MAX_BYTES + 1))
