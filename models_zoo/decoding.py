"""Pictures as other people's files hold them, as the RGB that networks learn from and are shown.

One decoder for the page and for training, so that a network sees the same pixels of a file in both: upright (EXIF), in
sRGB (colour profiles), on a background where they are transparent, at their full range whatever their depth; of an
animation the first frame.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
from PIL import Image, ImageCms, ImageOps, features

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM") + (("AVIF",) if features.check("avif") else ())
"""What is opened at all; Pillow knows formats for which it starts other programs."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".avif")
"""How the names of such files end."""
WHITE = (255, 255, 255)
DEPTHS = (255, 4095, 65535)
"""What is white in a grey picture stored with 16 bits or more: the smallest that no value exceeds, for cameras and scanners store 12 bits in 16."""
FLATTENED = "flattened"
"""The key in the `info` of a picture that says that parts of it were transparent."""
BITS_PER_SAMPLE = 258
"""The TIFF tag."""

Colour = tuple[int, int, int]
Fit = Literal["crop", "pad", "stretch"]
"""How an oblong picture becomes a square."""


class PictureError(ValueError):
    """A file that holds no usable picture; `kind` is ``"unreadable"``, ``"damaged"``, ``"huge"`` or ``"tiny"``."""

    def __init__(self, kind: str, size: tuple[int, int] = (0, 0)):
        super().__init__(kind)
        self.kind = kind
        self.size = size
        """Width and height, where they are the reason."""


def opened(data: bytes, most_pixels: int, least_side: int = 1) -> Image.Image:
    """The picture in a file, judged by its header alone: nothing is unpacked yet.

    Raises `PictureError` for what is no picture of `FORMATS`, has more than `most_pixels`, or a side below `least_side`.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise PictureError("huge") from None
    except Exception:
        raise PictureError("unreadable") from None
    if picture.width * picture.height > most_pixels:
        raise PictureError("huge", picture.size)
    if min(picture.size) < least_side:
        raise PictureError("tiny", picture.size)
    return picture


def upright(picture: Image.Image, side: int | None = None) -> Image.Image:
    """An `opened` picture, unpacked and turned as its EXIF data say, in the mode of the file.

    With `side`, a large JPEG is unpacked at the smallest eighth whose shorter side still has that many pixels.
    """
    with _complaining():
        if side is not None:
            picture.draft(None, (side, side))
        picture.load()
        # In place, for a copy of a photograph takes a hundred megabytes.
        ImageOps.exif_transpose(picture, in_place=True)
        return picture


def parted(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours and opacity of an `upright` picture of any mode: RGB in sRGB, 8 bits a channel, and L, None if all of it is opaque.

    A grey one comes out with three equal channels. What colours lie below transparent pixels is up to the file.
    """
    with _complaining():
        if picture.mode == "F" or picture.mode.startswith("I"):
            return _eight_bits(picture).convert("RGB"), _keyed(picture)
        profile = picture.info.get("icc_profile")
        alpha = None
        if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            alpha = picture.getchannel("A")
            if alpha.getextrema() == (255, 255):
                alpha = None
        if picture.mode in ("P", "1", "RGBA"):
            picture = picture.convert("RGB")
        return _in_srgb(picture, profile), alpha


def rgb(picture: Image.Image, background: Colour = WHITE) -> Image.Image:
    """The colours of an `upright` picture as `parted` gives them, on `background` where it is transparent."""
    colours, alpha = parted(picture)
    if alpha is None:
        return colours
    ground = Image.new("RGB", colours.size, background)
    ground.paste(colours, mask=alpha)
    ground.info[FLATTENED] = True
    return ground


def decode(data: bytes, most_pixels: int, side: int | None = None, background: Colour = WHITE) -> Image.Image:
    """The picture in a file as `rgb` gives it; raises `PictureError`. For `side` see `upright`."""
    return rgb(upright(opened(data, most_pixels), side), background)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """`picture` in RGB, its colours moved from those of an ICC `profile` to sRGB's; a broken profile is passed over."""
    source = _known(profile)
    if picture.mode == "LAB" and source is None:
        source = ImageCms.createProfile("LAB")
    if source is not None:
        try:
            return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, ValueError, OSError):
            pass
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _known(profile: bytes | None) -> ImageCms.ImageCmsProfile | None:
    """What an ICC profile says; None where it is missing, unreadable or sRGB itself, whose pixels stay exactly as they are."""
    if not profile:
        return None
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return None if "srgb" in ImageCms.getProfileDescription(found).lower() else found
    except (ImageCms.PyCMSError, ValueError, OSError):
        return None


def _eight_bits(picture: Image.Image) -> Image.Image:
    """A grey picture of 16 or 32 bits, or of floats, with 8 bits; Pillow's own conversion would clip all above 255 to white."""
    values = np.nan_to_num(np.asarray(picture, np.float64), posinf=0, neginf=0)
    shares = values / _white(picture, float(values.max(initial=0)))
    return Image.fromarray((255 * shares.clip(0, 1)).round().astype(np.uint8))


def _keyed(picture: Image.Image) -> Image.Image | None:
    """The opacity of a deep grey picture one of whose values stands for transparent; None if none does."""
    key = picture.info.get("transparency")
    if not isinstance(key, int) or not (clear := np.asarray(picture) == key).any():
        return None
    return Image.fromarray(np.where(clear, 0, 255).astype(np.uint8))


def _white(picture: Image.Image, highest: float) -> int:
    """The value that stands for white in a grey picture whose largest value is `highest`."""
    bits = getattr(picture, "tag_v2", {}).get(BITS_PER_SAMPLE, (16,))[0]
    if bits < 16:
        return 2**bits - 1
    depths = (1, *DEPTHS) if picture.mode == "F" else DEPTHS
    return next((white for white in depths if highest <= white), math.ceil(highest))


@contextmanager
def _complaining() -> Iterator[None]:
    """Around the unpacking of a file; Pillow raises a dozen kinds of errors for damaged ones."""
    try:
        yield
    except PictureError:
        raise
    except Exception:
        raise PictureError("damaged") from None
