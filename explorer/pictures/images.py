"""Image tensors to pixels, PNG files and sheets, and back from picture files to pixels."""

from __future__ import annotations

import base64
import io
import itertools
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models_zoo import bounds, decoding

if TYPE_CHECKING:
    from torch import Tensor

Pixels = NDArray[np.uint8]
EXAMPLES = Path(__file__).parents[1] / "assets" / "examples"
"""Photographs that come with the page."""
FILM_SIZE = 256
"""Pixels that the shorter side of a saved film has at least: 28 of them are too few for most players."""

COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""What the header of a PNG file calls so many channels."""
MOST_PNG = 4_000_000
"""Pixels up to which a photograph is saved as PNG; larger ones would be files of tens of megabytes."""
MOST_EXACT = 300_000
"""Pixels up to which a photograph on the page is sent without loss."""

MOST_STRIP_BYTES, MOST_STRIP_PIXELS = 16 * 2**20, 16_000_000
"""Of a picture beside a model's weights; those of the bundled models have at most two million."""


def pixels(images: Tensor) -> Pixels:
    """Images N x C x H x W in [-1, 1] as bytes N x H x W x C; what lies outside the range is clipped."""
    scaled = images.mul(127.5).add_(127.5).round_().clamp_(0, 255)
    return scaled.byte().permute(0, 2, 3, 1).cpu().numpy()


def tensor(pixels: Pixels) -> Tensor:
    """Bytes N x H x W x C as images N x C x H x W in [-1, 1]: what `pixels` was made of, to the nearest 1/255."""
    import torch

    return torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2) / 127.5 - 1


def gif(images: Pixels, milliseconds: int = 60) -> bytes:
    """The frames N x H x W x C as a GIF that runs for ever, each shown for so many milliseconds."""
    first, *rest = (Image.fromarray(frame[:, :, 0] if frame.shape[2] == 1 else frame) for frame in images)
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return buffer.getvalue()


def swing(images: Pixels, milliseconds: int = 80) -> bytes:
    """The frames N x H x W x C there and back again as a GIF, large enough to be seen."""
    there_and_back = images[[*range(len(images)), *range(len(images) - 2, 0, -1)]]
    return gif(enlarge(there_and_back, FILM_SIZE), milliseconds)


def mp4(images: Pixels, fps: int) -> bytes:
    """The frames N x H x W x C as an H.264 film of so many frames per second, as phones play it.

    Their pixels are 4:2:0, which needs even sides: the last row or column comes again where one is odd.
    """
    # Only for films: it brings a codec library of its own.
    import av

    height, width, channels = images.shape[1:]
    frames = np.pad(images, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=fps, options={"crf": "18"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in frames if channels == 3 else frames[:, :, :, 0]:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24" if channels == 3 else "gray")
            film.mux(stream.encode(picture))
        film.mux(stream.encode())
    return buffer.getvalue()


def png(images: Pixels) -> list[bytes]:
    """One PNG file per image of N x H x W x C bytes, C being 1 (grey), 3 (RGB) or 4 (RGBA).

    Pillow spends more time on setting up each file than on compressing a digit, and the time of 64
    of them is what an API client waits for; so the four chunks of a PNG are written here.
    """
    count, height, width, channels = images.shape
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
    end = _chunk(b"IEND", b"")
    # Each row of a PNG begins with the number of its filter; 0 leaves the row as it is.
    rows = np.zeros((count, height, 1 + width * channels), np.uint8)
    rows[:, :, 1:] = images.reshape(count, height, width * channels)
    return [start + _chunk(b"IDAT", zlib.compress(image, 1)) + end for image in rows]


def film(images: Pixels, kind: str, fps: int) -> bytes:
    """The frames N x H x W x C as a film of so many frames per second, ``"gif"`` or ``"mp4"``."""
    return gif(images, 1000 // fps) if kind == "gif" else mp4(images, fps)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def sheet(images: Pixels, columns: int | None = None, gap: int = 2) -> Pixels:
    """All of N x H x W x C in one picture, row by row: 1 x H' x W' x C.

    The grid is as square as `columns` leaves it; images lie `gap` pixels apart on white.
    """
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    lines = math.ceil(count / columns)
    canvas = np.full((lines * (height + gap) + gap, columns * (width + gap) + gap, channels), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = (
            gap + step * (size + gap) for step, size in zip(divmod(index, columns), (height, width), strict=True)
        )
        canvas[top : top + height, left : left + width] = image
    return canvas[None]


def stacked(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures 1 x H x W x C one below the other on white, as wide as the widest: 1 x H' x W' x C."""
    widest = max(picture.shape[2] for picture in pictures)
    padding = ((0, 0), (0, 0))
    return np.concatenate(
        [np.pad(p, (*padding, (0, widest - p.shape[2]), (0, 0)), constant_values=255) for p in pictures], axis=1
    )


def enlarge(images: Pixels, least: int) -> Pixels:
    """N x H x W x C with each pixel repeated until the shorter side has at least `least` pixels."""
    factor = max(1, math.ceil(least / min(images.shape[1:3])))
    return images.repeat(factor, axis=1).repeat(factor, axis=2)


def encoded(picture: Image.Image) -> bytes:
    """A PNG file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(picture: Image.Image, quality: int = 95, is_subsampled: bool = False) -> bytes:
    """A JPEG file of an RGB picture, by default of a quality without visible loss."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=2 if is_subsampled else 0)
    return buffer.getvalue()


def compact(picture: Image.Image) -> tuple[str, bytes]:
    """The ending and the content of a file of an RGB or RGBA picture: PNG, or JPEG if it is opaque and has more than `MOST_PNG` pixels."""
    if picture.mode == "RGB" and picture.width * picture.height > MOST_PNG:
        return "jpg", jpeg(picture)
    return "png", png(np.asarray(picture)[None])[0]


def address(photograph: Pixels) -> str:
    """A photograph H x W x 3 as an address that needs no second request; one of more than `MOST_EXACT` pixels as JPEG."""
    if photograph.shape[0] * photograph.shape[1] <= MOST_EXACT:
        return data_uri(png(photograph[None])[0])
    return _address("jpeg", jpeg(Image.fromarray(photograph)))


def data_uri(png_file: bytes) -> str:
    """A PNG file as the address of a picture that needs no second request."""
    return _address("png", png_file)


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def thumbnails(images: Pixels) -> list[str]:
    """Pictures N x H x W x C as addresses that need no second request, coloured ones with a loss that nobody sees.

    They are a seventh of the size of exact ones, which whoever chooses a picture gets.
    """
    if images.shape[3] != 3:
        return [data_uri(picture) for picture in png(images)]
    return [_thumbnail(Image.fromarray(image)) for image in images]


def _thumbnail(picture: Image.Image) -> str:
    if picture.mode != "RGB":
        return data_uri(encoded(picture))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=88, method=2)
    return _address("webp", buffer.getvalue())


def split_strip(path: Path, count: int) -> list[str]:
    """The `count` equally wide cells of the picture at `path`, left to right, as addresses like those of `thumbnails`.

    Raises `OSError` if the file cannot be read as a picture, or is larger than one that lies beside a model.
    """
    try:
        strip = decoding.upright(decoding.opened(bounds.read_bytes(path, MOST_STRIP_BYTES), MOST_STRIP_PIXELS))
    except ValueError as error:
        raise OSError(f"{path} is no picture: {error}") from None
    edges = [round(strip.width * index / count) for index in range(count + 1)]
    return [_thumbnail(strip.crop((left, 0, right, strip.height))) for left, right in itertools.pairwise(edges)]
