"""One decoder for the page and for training: files as cameras, scanners and other programs write them."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from models_zoo import decoding
from models_zoo.decoding import PictureError

RAMP = np.linspace(0, 1, 48 * 64).reshape(48, 64)


def file(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(content, **options):
    return decoding.decode(content, 10**8, **options)


@pytest.mark.parametrize(
    ("kind", "white", "dtype"),
    [
        ("PNG", 65535, np.uint16),
        ("PNG", 4095, np.uint16),
        ("TIFF", 65535, np.uint16),
        ("TIFF", 4095, np.uint16),
        ("TIFF", 65535, np.int32),
        ("TIFF", 1, np.float32),
        ("TIFF", 255, np.float32),
    ],
)
def test_deep_grey_pictures_keep_their_full_range(kind, white, dtype):
    picture = decoded(file(Image.fromarray((RAMP * white).astype(dtype)), kind))
    pixels = np.asarray(picture, float)
    assert picture.mode == "RGB" and abs(pixels - 255 * RAMP[..., None]).max() <= 1


def test_what_is_transparent_lies_on_the_background():
    hidden = Image.new("RGBA", (8, 8), (200, 0, 0, 0))
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 200, 0, 0])
    grey = Image.new("LA", (8, 8), (90, 0))
    for content in (file(hidden), file(palette, transparency=1), file(palette, "GIF", transparency=1), file(grey)):
        assert decoded(content).getpixel((3, 3)) == (255, 255, 255)
        assert decoded(content, background=(0, 9, 0)).getpixel((3, 3)) == (0, 9, 0)


def test_half_transparent_is_mixed():
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert decoded(file(half)).getpixel((0, 0)) == pytest.approx((127, 127, 127), abs=1)


def swapped_profile():
    """A profile whose red is sRGB's green, and the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(profile[start : start + 4]): start for start in range(128, 128 + 12 * 24, 4)}
    red, green = at[b"rXYZ"], at[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile).replace(b"s\0R\0G\0B", b"o\0t\0h\0r").replace(b"\0s\0R\0G\0B", b"\0o\0t\0h\0r")


def test_colours_are_moved_from_the_profile_to_srgb():
    picture = Image.new("RGB", (8, 8), (220, 10, 10))
    red, green, _ = decoded(file(picture, icc_profile=swapped_profile())).getpixel((0, 0))
    assert green > 200 > 60 > red


@pytest.mark.parametrize(
    "profile", [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"no profile at all"]
)
def test_srgb_itself_and_broken_profiles_leave_every_pixel(profile):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    assert np.array_equal(decoded(file(Image.fromarray(pixels), icc_profile=profile)), pixels)


def test_print_colours_and_lab_become_rgb():
    red = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (8, 8), (200, 30, 40)),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    for content, expected in (
        (file(red, "TIFF"), (255, 0, 0)),
        (file(red, "JPEG"), (255, 0, 0)),
        (file(lab, "TIFF"), (200, 30, 40)),
    ):
        assert decoded(content).getpixel((0, 0)) == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_stand_upright(kind):
    turned = Image.Exif()
    turned[274] = 6
    assert decoded(file(Image.new("RGB", (40, 20)), kind, exif=turned)).size == (20, 40)


def test_of_an_animation_the_first_frame_is_taken():
    moving = file(Image.new("RGB", (8, 8), "red"), "GIF", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    assert decoded(moving).getpixel((0, 0)) == (255, 0, 0)


def test_a_large_jpeg_is_unpacked_small_but_never_smaller_than_asked():
    content = file(Image.new("RGB", (1600, 1200)), "JPEG")
    assert decoded(content, side=140).size == (200, 150)
    assert decoded(content, side=160).size == (400, 300)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "unreadable"),
        (b"not a picture", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (file(Image.new("RGB", (8, 8)), "EPS"), "unreadable"),
        (file(Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8)))[:9000], "damaged"),
        (file(Image.new("1", (10_001, 10_000))), "huge"),
    ],
    ids=["empty", "text", "svg", "eps", "cut", "huge"],
)
def test_what_is_no_picture_says_so(content, kind):
    with pytest.raises(PictureError) as caught:
        decoded(content)
    assert caught.value.kind == kind
