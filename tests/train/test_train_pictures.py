"""Files of pictures below a folder, whatever lies beside them, and the squares that are learned from."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from train.data import pictures
from train.errors import TrainError


def test_pictures_at_any_depth_and_of_any_kind_are_found_and_nothing_else(tmp_path):
    names = ["b.jpg", "a.PNG", "deep/er/c.webp", "deep/d.tiff", "e.bmp", "f.avif"]
    for name in [*names, "._b.jpg", "Thumbs.db", "notes.txt", ".hidden/g.jpg", "__MACOSX/h.jpg"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in pictures.listed(tmp_path)] == sorted(names)


def test_linked_folders_are_followed_but_not_in_circles(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.png").write_bytes(b"")
    (tmp_path / "here" / "linked").symlink_to(tmp_path / "there")
    (tmp_path / "there" / "back").symlink_to(tmp_path / "here")
    found = [path.relative_to(tmp_path).as_posix() for path in pictures.listed(tmp_path / "here")]
    assert found == ["here/linked/a.png"]


def test_a_folder_without_pictures_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("none", encoding="utf-8")
    with pytest.raises(TrainError, match=r"holds no pictures \(\.jpg"):
        pictures.listed(tmp_path)


@pytest.fixture
def circle():
    """A white disc in the middle of a picture three times as wide as high."""
    picture = Image.new("RGB", (480, 160))
    ImageDraw.Draw(picture).ellipse((165, 5, 314, 154), "white")
    return picture


def extent(pixels):
    """Width and height of what is bright in C x H x W."""
    bright = pixels.float().mean(0) > 127
    return tuple(
        int((places.nonzero().max() - places.nonzero().min()) + 1) for places in (bright.any(0), bright.any(1))
    )


def test_a_circle_stays_one_unless_stretching_is_asked_for(circle):
    cut, padded, stretched = (pictures.square(circle, 48, fit=fit) for fit in ("crop", "pad", "stretch"))
    assert {tuple(each.shape) for each in (cut, padded, stretched)} == {(3, 48, 48)}
    assert extent(cut) == pytest.approx((45, 45), abs=1) and extent(stretched) == pytest.approx((15, 45), abs=1)
    assert padded[:, 0].min() == 255
    dark = pictures.square(circle, 48, fit="pad", background=(0, 0, 0))
    assert extent(dark) == pytest.approx((15, 15), abs=1)


def test_one_channel_is_the_luminance():
    assert pictures.square(Image.new("RGB", (4, 4), (255, 0, 0)), 4, channels=1).unique().tolist() == [76]


def test_pictures_are_decoded_as_the_page_decodes_them(tmp_path):
    turned = Image.Exif()
    turned[274] = 6
    Image.new("RGB", (64, 32), (9, 9, 9)).save(tmp_path / "a.jpg", exif=turned)
    Image.new("RGBA", (32, 32), (200, 0, 0, 0)).save(tmp_path / "b.png")
    Image.fromarray(np.full((32, 32), 117 * 257, np.uint16)).save(tmp_path / "c.png")
    assert pictures.opened(tmp_path / "a.jpg").size == (32, 64)
    found = pictures.squares(tmp_path, 16)
    assert found.shape == (3, 3, 16, 16) and found.dtype == torch.uint8
    assert found.flatten(1).float().mean(1).round().tolist() == [9, 255, 117]


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is no picture"), (b"text", "is no picture"), ("cut", "is damaged or cut short")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, said):
    path = tmp_path / "x.png"
    if content == "cut":
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(path)
        content = path.read_bytes()[:5000]
    path.write_bytes(content)
    with pytest.raises(TrainError, match=rf"x\.png {said}"):
        pictures.opened(path)


def test_a_link_to_nothing_is_named(tmp_path):
    (tmp_path / "x.png").symlink_to(tmp_path / "gone")
    with pytest.raises(TrainError, match=r"x\.png could not be read: No such file"):
        pictures.opened(tmp_path / "x.png")
