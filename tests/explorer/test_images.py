"""Pictures as files: PNG, sheets, films, strips."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.pictures import images


@pytest.mark.parametrize("channels", [1, 3])
def test_png_files_hold_the_pixels(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 7, channels), np.uint8)
    for array, file in zip(pixels, images.png(pixels), strict=True):
        picture = Image.open(io.BytesIO(file))
        picture.load()
        assert picture.mode == ("L" if channels == 1 else "RGB")
        assert np.array_equal(np.asarray(picture).reshape(array.shape), array)


def test_pixels_span_black_to_white_and_clip():
    torch = pytest.importorskip("torch")
    values = images.pixels(torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]).reshape(1, 1, 1, 5))
    assert values.shape == (1, 1, 5, 1)
    assert values.ravel().tolist() == [0, 0, 128, 255, 255]


def test_a_sheet_keeps_reading_order():
    pixels = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    assert images.sheet(pixels, columns=2, gap=0)[0, :, :, 0].tolist() == [[0, 1], [2, 255]]


def test_enlarging_repeats_whole_pixels():
    large = images.enlarge(np.array([[[[1], [2]]]], np.uint8), least=2)
    assert large[0, :, :, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


@pytest.mark.parametrize("channels", [1, 3])
def test_films_play_on_phones_and_keep_every_frame(channels):
    import av

    # As many steps of grey as frames, in pictures whose sides are odd.
    pixels = np.arange(0, 250, 25, dtype=np.uint8).reshape(10, 1, 1, 1).repeat(33, 1).repeat(65, 2).repeat(channels, 3)
    with av.open(io.BytesIO(images.mp4(pixels, 20))) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (66, 34, 20)
        shown = [frame.to_ndarray(format="gray")[16, 32] for frame in film.decode(video=0)]
    assert shown == pytest.approx([*range(0, 250, 25)], abs=4)


def opened(address):
    """The picture at an address that holds it."""
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_strip_splits_into_its_cells(tmp_path):
    Image.fromarray(np.repeat(np.array([[10, 20, 30]], np.uint8), 4, axis=1)).save(tmp_path / "strip.png")
    cells = [opened(cell) for cell in images.split_strip(tmp_path / "strip.png", 3)]
    assert [cell.getpixel((0, 0)) for cell in cells] == [10, 20, 30]
    assert {cell.size for cell in cells} == {(4, 1)}


def test_thumbnails_of_photographs_are_a_fraction_of_exact_ones_and_look_the_same():
    ramp = np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3)
    noisy = np.clip(ramp + np.random.default_rng(0).normal(0, 4, ramp.shape), 0, 255).astype(np.uint8)
    (address,) = images.thumbnails(noisy[None])
    assert len(address) < len(images.data_uri(images.png(noisy[None])[0])) / 3
    assert np.abs(np.asarray(opened(address), int) - noisy).mean() < 4
    grey = noisy[None, :, :, :1]
    assert images.thumbnails(grey) == [images.data_uri(images.png(grey)[0])]
