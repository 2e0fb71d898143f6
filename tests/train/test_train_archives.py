"""Archives and shards: read in place, and what lies beside pictures in them."""

import tarfile

import pytest

from tests.train.collected import files, numbered, picture, tarred, zipped
from train.data import archives
from train.data.archives import Archives
from train.data.sources import recognised, recognised_any
from train.errors import TrainError


def names(items):
    return [item.name for item in items]


def test_hidden_and_unsafe_members_are_passed_over(tmp_path):
    bad = ["../up.png", "/abs.png", "C:\\drive.png", "a/../../b.png", "__MACOSX/._a.png", ".hidden/c.png", "a/._d.png"]
    good = ["./a.png", "dir\\b.png"]
    for kind in (zipped(tmp_path / "x.zip", files(*bad, *good)), tarred(tmp_path / "x.tar", files(*bad, *good))):
        found = recognised([kind], "pictures")
        assert sorted(names(found.items)) == ["a.png", "dir/b.png"]
        with Archives() as opened:
            assert all(opened.read(item)[:4] == b"\x89PNG" for item in found.items)


def test_links_in_a_tar_file_are_not_followed(tmp_path):
    path = tarred(tmp_path / "x.tar", files("a.png", "b.png"))
    with tarfile.open(path, "a") as archive:
        info = tarfile.TarInfo("c.png")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    assert sorted(names(recognised([path], "pictures").items)) == ["a.png", "b.png"]


def test_damaged_and_encrypted_archives_are_named(tmp_path):
    whole = tarred(tmp_path / "whole.tar.gz", numbered("{}.png", 50)).read_bytes()
    for name, data in {
        "a.zip": b"PK",
        "b.tar": b"<html>" * 200,
        "c.tar.gz": whole[: len(whole) // 2],
        "d.tgz": b"",
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(TrainError, match=rf"{name} could not be read"):
            recognised([tmp_path / name], "pictures")
    data = bytearray(zipped(tmp_path / "e.zip", files("a.png", "b.png")).read_bytes())
    for start in (data.find(b"PK\x01\x02") + 8, data.rfind(b"PK\x01\x02") + 8):
        data[start] |= 1
    (tmp_path / "e.zip").write_bytes(data)
    with pytest.raises(TrainError, match=r"e\.zip is encrypted; unpack it"):
        recognised([tmp_path / "e.zip"], "pictures")


def sample(key, number, **beside):
    return {f"{key}.jpg": picture(number)} | {f"{key}.{ending}": text for ending, text in beside.items()}


def shards(path, split=""):
    """Two shards of four samples with classes and captions."""
    for shard in range(2):
        content = {"d/000.mask.png": picture(9)} | sample("d/000", 0, cls="1", txt="a cat\n")
        content |= sample("d/001", 1, cls="0", json='{"caption": ["a dog", "a hound"], "label": 0}')
        tarred(path / f"x-{split}{shard:02d}.tar", content)
    return path


@pytest.mark.parametrize("form", ["folder", "braces", "expanded"])
def test_shards_of_samples(tmp_path, form):
    path = shards(tmp_path)
    paths = {"folder": [path], "braces": [path / "x-{00..01}.tar"], "expanded": [path / "x-00.tar", path / "x-01.tar"]}[
        form
    ]
    found = recognised(paths, "classes")
    assert found.classes == ("0", "1") and sorted(names(found.items))[:2] == [
        "x-00.tar/d/000.jpg",
        "x-00.tar/d/001.jpg",
    ]
    assert {item.name: item.label for item in found.items}["x-01.tar/d/000.jpg"] == "1"
    assert found.passed_over == {".png": 2}
    told = recognised_any(paths)
    assert told.layout == "captions" and told.captions["x-01.tar/d/001.jpg"] == ("a dog", "a hound")
    assert told.captions["x-00.tar/d/000.jpg"] == ("a cat",)


def test_shards_tell_by_their_names_what_is_held_out(tmp_path):
    shards(shards(tmp_path, "train-"), "val-")
    for wanted in ("pictures", "classes", "captions"):
        found = recognised([tmp_path], wanted)
        assert len(found.train) == len(found.test) == 4 and all("val" in name for name in names(found.test))


def test_two_tar_files_are_two_domains_where_these_are_wanted(tmp_path):
    paths = [tarred(tmp_path / f"{number}.tar", numbered(f"{number}-{{}}.png", 3)) for number in range(2)]
    assert recognised(paths, "domains").domains == ("0", "1")
    assert recognised_any(paths).layout == "pictures"


def test_a_sample_without_a_class_is_named(tmp_path):
    path = tarred(tmp_path / "x.tar", sample("a", 0, cls="1") | sample("b", 1) | sample("c", 2, cls="0"))
    with pytest.raises(TrainError, match=r"x\.tar:b\.jpg has no class; put a \.cls file"):
        recognised([path], "classes")
    assert "b.jpg has no class" in recognised_any([path]).remark


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a{08..11}", ["a08", "a09", "a10", "a11"]), ("{a,b}-{0..1}", ["a-0", "a-1", "b-0", "b-1"]), ("{a}", ["{a}"])],
)
def test_braces_are_expanded_as_a_shell_does(text, expected):
    assert [str(path) for path in archives.expanded(text)] == expected


def test_a_single_sample_is_no_collection(tmp_path):
    path = tarred(tmp_path / "x.tar", sample("a", 0, cls="1") | {"a.mask.png": picture(1)})
    with pytest.raises(TrainError, match=r"x\.tar:a\.jpg is the only picture in .*x\.tar; add more"):
        recognised([path], "pictures")
