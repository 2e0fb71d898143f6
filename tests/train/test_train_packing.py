"""Packs: what is in them, which pictures are left out, and when they are made anew."""

import os
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.train.noise import SMALL, drawn, listed, packs
from train.data import decoders, lock, packing, pictures
from train.data.items import Item
from train.data.packing import Packing, packed
from train.errors import TrainError


@pytest.fixture
def nothing_is_decoded(monkeypatch):
    """From when its value is called, decoding is an error."""

    def forbid():
        monkeypatch.setattr(decoders, "decoded", lambda *_: pytest.fail("decoded again"))

    return forbid


# ---- what is in a pack --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted", [SMALL, Packing(12, 1), Packing(16, fit="pad", background=(9, 0, 0)), Packing(16, fit="stretch")]
)
def test_a_pack_holds_the_squares_of_its_pictures_in_order(folder, cache, wanted):
    pack = packed(listed(folder), wanted, cache)
    expected = [
        pictures.square(pictures.opened(path, wanted.side), wanted.side, wanted.channels, wanted.fit, wanted.background)
        for path in pictures.listed(folder)
    ]
    assert torch.equal(pack.images, torch.stack(expected)) and pack.images.dtype == torch.uint8
    assert pack.kept == tuple(range(6)) and pack.broken == ()


def test_transparent_pictures_stand_on_the_background(tmp_path, cache):
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "x.png")
    pack = packed([Item("x.png", tmp_path / "x.png")], Packing(8, background=(1, 2, 3)), cache)
    assert pack.images[0, :, 4, 4].tolist() == [1, 2, 3]


def test_halves_of_pictures_side_by_side(tmp_path, cache):
    both = Image.new("RGB", (32, 16), (200, 0, 0))
    both.paste((0, 0, 100), (16, 0, 32, 16))
    both.save(tmp_path / "x.png")
    items = [Item("x.png", tmp_path / "x.png")]
    left, right = (packed(items, Packing(16, half=half), cache).images for half in ("left", "right"))
    assert left.flatten(2).unique(dim=2).flatten().tolist() == [200, 0, 0]
    assert right.flatten(2).unique(dim=2).flatten().tolist() == [0, 0, 100]


def archived(folder, path):
    """`folder` as an archive, in which files come in no particular order; its items."""
    names = [item.name for item in listed(folder)]
    shuffled = names[::2] + names[1::2]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in shuffled:
                archive.write(folder / name, name)
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
            for name in shuffled:
                archive.add(folder / name, name)
    return [Item(name, path, name) for name in names]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz"])
def test_archives_give_what_their_folders_give(folder, cache, tmp_path, name):
    expected = packed(listed(folder), SMALL, cache).images
    assert torch.equal(packed(archived(folder, tmp_path / name), SMALL, cache).images, expected)
    assert len(packs(cache)) == len(os.listdir(cache)) - 1 == 2


def test_a_compressed_archive_that_is_cut_short_is_named(folder, cache, tmp_path):
    items = archived(folder, tmp_path / "x.tgz")
    (tmp_path / "x.tgz").write_bytes((tmp_path / "x.tgz").read_bytes()[:2000])
    with pytest.raises(TrainError, match=r"x\.tgz could not be read: the archive is damaged"):
        packed(items, SMALL, cache)
    assert os.listdir(cache) == [".lock"]


def test_images_are_the_pages_of_the_file_and_released_ones_come_back(folder, cache):
    pack = packed(listed(folder), SMALL, cache)
    before = pack.images.clone()
    pack.release()
    assert torch.equal(pack.images, before)
    (name,) = packs(cache)
    # Of a copy in memory, no change of the file would be seen.
    with open(cache / name, "r+b") as file:
        file.write(b"\x07" * 10)
    pack.release()
    assert pack.images.flatten()[:10].tolist() == [7] * 10


def mapped(name):
    """What Linux says of this process's mapping of the file `name`."""
    _, said = Path("/proc/self/smaps").read_text(encoding="utf-8").split(f"/{name}\n")
    lines = (line.partition(":") for line in said.splitlines())
    found = {}
    for key, _, value in lines:
        found.setdefault(key, value.split())
    return found


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says how much of a mapping is resident")
def test_released_pictures_take_no_memory(folder, cache):
    items = [Item(f"{number}", item.path) for number in range(32) for item in listed(folder)]
    pack = packed(items, Packing(64), cache)
    pack.images.sum()
    assert int(mapped(packs(cache)[0])["Rss"][0]) > 2000
    pack.release()
    assert int(mapped(packs(cache)[0])["Rss"][0]) == 0


# ---- pictures that cannot be read ---------------------------------------------------------------


def spoiled(folder):
    """Files in `folder` that are no usable pictures, each of its own kind; what is said of each."""
    whole = drawn(folder / "whole.png", size=(99, 99)).read_bytes()
    jpeg = drawn(folder / "whole.jpg", size=(99, 99)).read_bytes()
    (folder / "b-cut.png").write_bytes(whole[:5000])
    (folder / "b-cut.jpg").write_bytes(jpeg[:300])
    (folder / "b-text.jpg").write_text("no picture", encoding="utf-8")
    (folder / "b-folder.png").mkdir()
    (folder / "b-link.png").symlink_to(folder / "nothing")
    Image.new("RGB", (30_000, 1)).save(folder / "b-line.png")
    Image.new("1", (10_001, 10_001)).save(folder / "b-bomb.png")
    (folder / "b-vector.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    (folder / "b-nothing.png").write_bytes(b"")
    (folder / "b-blank.bmp").write_bytes(bytes(100))
    return {
        "b-cut.png": "is damaged or cut short",
        "b-cut.jpg": "is no picture that can be read",
        "b-text.jpg": "is no picture that can be read",
        "b-folder.png": "could not be read: Is a directory",
        "b-link.png": "could not be read: No such file or directory",
        "b-line.png": "is too small, under 8 pixels high or wide",
        "b-bomb.png": "has more than 100 million pixels",
        "b-vector.png": "is no picture that can be read",
        "b-nothing.png": "is no picture that can be read",
        "b-blank.bmp": "is no picture that can be read",
    }


def test_ten_kinds_of_broken_files_among_500_are_left_out_and_said_in_one_line(folder, cache, capsys):
    good = [Item(f"a{number}", item.path) for number in range(82) for item in listed(folder)][:490]
    said = spoiled(folder)
    bad = [Item(name, folder / name) for name in said]
    items = [*good[:200], *bad, *good[200:]]
    pack = packed(items, SMALL, cache)
    assert dict(pack.broken) == said
    assert pack.kept == (*range(200), *range(210, 500)) and len(pack.images) == 490
    assert torch.equal(pack.images, pack.images[:6].repeat(82, 1, 1, 1)[:490])
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "cannot be read" in line)
    assert "10 of 500 pictures" in line and "b-cut.png is damaged" in line and "and 7 more" in line
    assert packed(items, SMALL, cache).broken == pack.broken


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_left_out_until_it_may_be_read(folder, cache):
    (folder / "0.png").chmod(0)
    pack = packed(listed(folder), SMALL, cache, 0.5)
    assert pack.broken == (("0.png", "could not be read: Permission denied"),)
    (folder / "0.png").chmod(0o400)
    assert packed(listed(folder), SMALL, cache).kept == tuple(range(6))


def test_too_many_broken_pictures_stop_with_their_number_and_names(folder, cache):
    (folder / "0.png").write_bytes(b"")
    message = r"1 of 6 pictures cannot be read \(0\.png is no picture .*\), more than the 5 % that may be left out"
    for _ in range(2):
        with pytest.raises(TrainError, match=message):
            packed(listed(folder), SMALL, cache)
    assert os.listdir(cache) == [".lock"]
    assert packed(listed(folder), SMALL, cache, most_broken=1 / 6).kept == (1, 2, 3, 4, 5)
    with pytest.raises(TrainError, match=message):
        packed(listed(folder), SMALL, cache)


def test_no_pictures_or_none_that_can_be_read_are_an_error(tmp_path, cache):
    with pytest.raises(TrainError, match="no pictures"):
        packed([], SMALL, cache)
    (tmp_path / "x.png").write_bytes(b"")
    with pytest.raises(TrainError, match=r"1 of 1 pictures cannot be read \(x\.png is no picture"):
        packed([Item("x.png", tmp_path / "x.png")], SMALL, cache, most_broken=1)


# ---- when packs are made ------------------------------------------------------------------------


def test_a_pack_is_used_again_without_decoding(folder, cache, nothing_is_decoded, capsys):
    first = packed(listed(folder), SMALL, cache)
    said = capsys.readouterr().err
    assert f"Packing 6 pictures of 16 x 16 into {cache}" in said and "0.0 MB" in said and said.count("\n") == 1
    nothing_is_decoded()
    again = packed(listed(folder), SMALL, cache)
    assert torch.equal(first.images, again.images) and again.kept == first.kept
    assert not capsys.readouterr().err


def changed(folder):
    drawn(folder / "0.png", 99)


def touched(folder):
    os.utime(folder / "0.png", ns=(1, 1))


def deleted(folder):
    (folder / "0.png").unlink()


def renamed(folder):
    (folder / "0.png").rename(folder / "z.png")


@pytest.mark.parametrize("change", [changed, touched, deleted, renamed])
def test_other_files_are_packed_anew(folder, cache, change):
    packed(listed(folder), SMALL, cache)
    change(folder)
    items = listed(folder)
    assert len(packed(items, SMALL, cache).images) == len(items)
    assert len(packs(cache)) == 2


def test_other_options_or_another_folder_are_packed_apart(folder, cache, tmp_path):
    options = [SMALL, Packing(17), Packing(16, 1), Packing(16, fit="pad"), Packing(16, background=(0, 0, 0))]
    for wanted in options:
        packed(listed(folder), wanted, cache)
    copy = tmp_path / "copy"
    for item in listed(folder):
        drawn(copy / item.name, 7)
        os.utime(copy / item.name, ns=(1, 1))
    packed(listed(copy), SMALL, cache)
    assert len(packs(cache)) == len(options) + 1


def test_a_picture_deleted_after_it_was_listed_is_left_out(folder, cache):
    items = listed(folder)
    deleted(folder)
    assert packed(items, SMALL, cache, 0.2).broken == (("0.png", "could not be read: No such file or directory"),)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:100], lambda data: b"", lambda data: data[7:]]
)
def test_a_damaged_pack_is_made_anew(folder, cache, damage):
    before = packed(listed(folder), SMALL, cache).images.clone()
    (path,) = cache.glob("*.pack")
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(damage(data))
    assert torch.equal(packed(listed(folder), SMALL, cache).images, before)


def test_a_pack_in_a_folder_that_cannot_be_written_to_is_used(folder, cache, monkeypatch):
    packed(listed(folder), SMALL, cache)
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: pytest.fail("wrote"))
    monkeypatch.setattr(lock, "exclusive", lambda *_: pytest.fail("locked"))
    assert len(packed(listed(folder), SMALL, cache).images) == 6


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says what was advised of a mapping")
def test_of_packs_larger_than_memory_single_pictures_are_read(folder, cache, monkeypatch):
    monkeypatch.setattr(packing, "_memory", lambda: 5000)
    pack = packed(listed(folder), SMALL, cache)
    assert "rr" in mapped(packs(cache)[0])["VmFlags"] and len(pack.images) == 6


def test_too_little_space_is_said_before_anything_is_written(folder, cache, monkeypatch, nothing_is_decoded):
    nothing_is_decoded()
    usage = packing.shutil.disk_usage(folder)._replace(free=1000)
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(TrainError, match=r"takes 0\.0 MB, but the disk of .* has 0\.0 MB left: .*--cache"):
        packed(listed(folder), SMALL, cache)


def test_a_cache_that_cannot_be_made_is_said(folder, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TrainError, match=r"could not be packed into .*file.*--cache"):
        packed(listed(folder), SMALL, tmp_path / "file" / "cache")
