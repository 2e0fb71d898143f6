"""What the *Colorize* tab shows: the photograph in colour, and bundled photographs to try."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from PIL import Image

from explorer.page import html
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts import say

THUMBNAIL = 96
"""CSS pixels that an example is wide; its file has twice as many."""

_render = html.templates(__file__)


def coloured(pixels: Pixels, whole: tuple[int, int], count: int, language: str) -> Markup:
    """The coloured photograph H x W x 3, with the width and height it is saved in and the number of hints."""
    height, width = pixels.shape[:2]
    name = "colorize_told" if whole == (width, height) else "colorize_told_smaller"
    sizes = {"width": whole[0], "height": whole[1], "shown": f"{width} × {height}"}
    told = say(name, language, count=count, **sizes)
    return _render("coloured", language, uri=images.address(pixels), width=width, height=height, told=told)


def waiting(language: str) -> Markup:
    """What stands in its place until there is a photograph."""
    return _render("waiting", language)


def thumbnails(examples: Sequence[Path], chosen: int | None, language: str) -> str:
    """Buttons with the bundled photographs, if there are some; the one at the place `chosen` is pressed."""
    if not examples:
        return ""
    return _render("thumbnails", language, uris=list(map(_thumbnail, examples)), chosen=chosen, width=THUMBNAIL)


@lru_cache(maxsize=64)
def _thumbnail(path: Path) -> str:
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((2 * THUMBNAIL,) * 2)
    return images.data_uri(images.encoded(small))
