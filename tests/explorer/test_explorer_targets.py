"""Pictures to invert: faces and squares that are cut out of photographs, and what programs send."""

import base64
import io
import math
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.pictures import faces, targets
from explorer.pictures.faces import MIDDLE, Square
from explorer.tabs.invert import api, work
from explorer.texts.errors import UserError
from models_zoo import Card
from models_zoo.faces import CROP, EYES


def portrait(eyes, box):
    """Stands in for OpenCV: a face's box, and its eyes where they are looked for."""

    def boxes(cascade, grey, *options, **limits):
        if cascade != "eye":
            return [box, (0, 0, 30, 30)]
        x, y, side, _ = box
        top = round(y + 0.15 * side)
        return [(2 * (a - x) - 20, 2 * (b - top) - 20, 40, 40) for a, b in eyes]

    return boxes


def test_the_square_lies_around_the_eyes_as_in_training(monkeypatch):
    # An aligned picture of CelebA's size, in the middle of a larger one.
    eyes = [(100 + a * 178, 50 + b * 218) for a, b in EYES]
    side = (CROP[2] - CROP[0]) * 178 / faces.BOX_SIDE
    monkeypatch.setattr(faces, "_boxes", portrait(eyes, (round(189 - side / 2), 110, round(side), round(side))))
    square, count = faces.find(Image.new("RGB", (400, 300)))
    assert count == 2
    assert square.x * 400 == pytest.approx(100 + (CROP[0] + CROP[2]) / 2 * 178, abs=1.5)
    assert square.y * 300 == pytest.approx(50 + (CROP[1] + CROP[3]) / 2 * 218, abs=1.5)
    assert square.side * 300 == pytest.approx((CROP[2] - CROP[0]) * 178, rel=0.02)
    assert square.tilt == pytest.approx(0, abs=0.1)


def test_tilted_eyes_tilt_the_square_and_a_box_alone_gives_one_too(monkeypatch):
    monkeypatch.setattr(faces, "_boxes", portrait([(150, 140), (200, 150)], (120, 90, 110, 110)))
    assert faces.find(Image.new("RGB", (400, 300)))[0].tilt == pytest.approx(math.degrees(math.atan2(10, 50)), abs=0.2)
    monkeypatch.setattr(faces, "_boxes", portrait([(150, 140)], (120, 90, 110, 110)))
    square, _ = faces.find(Image.new("RGB", (400, 300)))
    assert square.tilt == 0 and square.side * 300 == pytest.approx(faces.BOX_SIDE * 110)


@pytest.mark.parametrize("size", [(64, 40), (40, 64), (500, 700)])
def test_opencv_finds_no_face_where_there_is_none(size):
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    for picture in (Image.new("RGB", size, "white"), Image.fromarray(noise)):
        assert faces.find(picture) == (None, 0)


def test_squares_are_cut_out_upright():
    picture = Image.new("RGB", (200, 100), "blue")
    ImageDraw.Draw(picture).rectangle((120, 30, 159, 69), "red")
    part = np.asarray(faces.cut(picture, Square(0.7, 0.5, 0.4), 16))
    assert part.shape == (16, 16, 3) and (part[1:-1, 1:-1, 0] > 240).all()
    turned = picture.rotate(-20, center=(140, 50), resample=Image.Resampling.BICUBIC)
    part = np.asarray(faces.cut(turned, Square(0.7, 0.5, 0.4, tilt=20), 16))
    assert (part[1:-1, 1:-1, 0] > 230).all()
    beyond = np.asarray(faces.cut(picture, Square(0, 0, 3), 16))
    assert beyond.shape == (16, 16, 3) and (beyond[..., 2] > 0).any()


def a_card(**fields):
    values = {"image_size": 28, "channels": 1, "dataset": "mnist", **fields}
    return Card(id="m", variant="gan", task="unconditional", architecture="", arguments={}, **values)


def test_pictures_of_the_models_size_are_taken_as_they_are():
    noise = np.random.default_rng(0).integers(0, 256, (1, 28, 28, 1), np.uint8)
    picture = Image.fromarray(noise[0, :, :, 0]).convert("RGB")
    assert np.array_equal(targets.target(None, picture, a_card(), MIDDLE), noise)
    assert not targets.is_cut(picture, a_card(channels=3))


def test_nothing_on_a_picture_is_said_so():
    for card in (a_card(), a_card(channels=3, image_size=32)):
        with pytest.raises(UserError, match="nothing on this picture"):
            targets.target(None, Image.new("RGB", (90, 120), "white"), card, MIDDLE)


@pytest.mark.parametrize("values", [[0.5, 0.5], [0.5, 0.5, math.nan], [0.5, math.inf, 1], [2, 0, 1], "abc", None])
def test_a_square_is_three_finite_numbers(values):
    with pytest.raises(UserError, match="The square must be three numbers"):
        work.square(values)


def test_a_square_is_named_by_its_middle_and_its_side_and_shown_within_the_sliders():
    assert work.square([0.2, 0.3, 2]) == Square(0.2, 0.3, 2.0)
    assert work.within_limits(Square(-0.1, 0.12345, 3.5)) == (0, 0.123, 3)


def test_only_models_of_faces_look_for_one():
    picture = Image.new("RGB", (90, 120), "white")
    assert targets.place(picture, a_card(channels=3, image_size=32)) == (MIDDLE, None)
    assert targets.place(picture, a_card(channels=3, image_size=64, dataset="celeba")) == (MIDDLE, 0)


def digit(size=(200, 240)):
    """A seven in thick strokes."""
    picture = Image.new("RGB", size, "white")
    points = [(0.25 * size[0], 0.2 * size[1]), (0.75 * size[0], 0.2 * size[1]), (0.4 * size[0], 0.8 * size[1])]
    ImageDraw.Draw(picture).line(points, "black", width=size[0] // 10, joint="curve")
    return picture


def sent(picture, kind="PNG", **options):
    """A picture, or the bytes of a file, as a program sends it."""
    content = picture
    if isinstance(picture, Image.Image):
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        content = buffer.getvalue()
    return "data:image/png;base64," + base64.b64encode(content).decode()


def file(picture, kind="PNG"):
    return base64.b64decode(sent(picture, kind).split(",")[1])


def giant():
    """A PNG whose header promises 400 million pixels."""
    content = bytearray(file(Image.new("1", (8, 8))))
    content[16:24] = (20_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "LA"])
def test_all_kinds_of_pictures_become_targets(mode):
    plain = api.target(None, a_card(), sent(digit()), None)
    other = api.target(None, a_card(), sent(digit().convert(mode), {"CMYK": "TIFF"}.get(mode, "PNG")), None)
    assert plain.shape == other.shape == (1, 28, 28, 1) and plain.max() > 200
    assert abs(plain.astype(int) - other).mean() < 2


def test_of_an_animation_the_first_frame_is_the_target():
    moving = sent(digit(), "GIF", save_all=True, append_images=[Image.new("RGB", (200, 240), "white")])
    still = sent(digit(), "GIF")
    assert np.array_equal(*(api.target(None, a_card(), each, None) for each in (moving, still)))


FACES = {"image_size": 64, "channels": 3, "dataset": "celeba"}


GRADIENT = Image.linear_gradient("L").convert("RGB")


@pytest.mark.parametrize(
    ("image", "card", "sentence"),
    [
        (sent(b"not a picture"), {}, "no picture that can be read"),
        (sent(file(digit((400, 400)), "JPEG")[:3000]), {}, "damaged"),
        (sent(giant()), {}, "million pixels"),
        (sent(Image.new("RGB", (1, 1))), {}, "only 1 × 1 pixels"),
        (sent(Image.new("RGB", (90, 90), "white")), {}, "nothing on this picture"),
        ("/etc/hostname", {}, "Send a picture"),
        (None, {}, "[Ss]end"),
        (sent(GRADIENT), FACES, "No face was found"),
    ],
)
def test_what_cannot_be_a_target_gets_one_sentence(image, card, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        api.target(None, a_card(**card), image, None)
    assert "\n" not in caught.value.message and len(caught.value.message) < 300


def test_a_square_may_be_given_for_faces():
    middle, corner = (
        api.target(None, a_card(**FACES), sent(GRADIENT), work.square(square))
        for square in ([0.5, 0.5, 0.5], [0.2, 0.2, 0.3])
    )
    assert middle.shape == (1, 64, 64, 3) and not np.array_equal(middle, corner)
