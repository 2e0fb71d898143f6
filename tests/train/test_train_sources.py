"""What collections of pictures are recognised as: folders, archives and shards, arranged as people arrange them."""

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from tests.train.collected import files, folder, numbered, picture, tarred, zipped
from train.data import sources, splits
from train.data.archives import Archives
from train.data.items import Item
from train.data.sources import recognised, recognised_any
from train.errors import TrainError

KINDS = {"folder": folder, "x.zip": zipped, "x.tar": tarred, "x.tar.gz": tarred, "x.tgz": tarred}


@pytest.fixture(params=KINDS)
def written(request, tmp_path):
    """Writes names and bytes as a folder or archive, and returns its path."""
    return lambda content: KINDS[request.param](tmp_path / request.param, content)


def names(items):
    return [item.name for item in items]


# Layouts, in folders and archives alike


def test_pictures_at_any_depth(written):
    path = written(
        numbered("deep/er/{}.PNG", 30)
        | {"a.jpg": picture(99), "notes.txt": "", "._a.jpg": "", "README": "", "in.zip": ""}
    )
    found = recognised([path], "pictures")
    assert found.layout == recognised_any([path]).layout == "pictures"
    assert len(found.train) + len(found.test) == 31 and 1 <= len(found.test) <= 8
    assert found.passed_over == {".txt": 1, ".zip": 1, "files without an ending": 1}
    with Archives() as opened:
        assert {item.name: opened.read(item) for item in found.items}["a.jpg"] == picture(99)


def test_class_folders(written):
    content = numbered("all/10/{}.png", 12) | numbered("all/9/deep/{}.png", 3) | numbered("all/val-de-loire/{}.png", 2)
    path = written(content)
    found = recognised([path], "classes")
    assert found.classes == ("9", "10", "val-de-loire") and len(found.items) == 17
    assert {item.label for item in found.train} == {*found.classes}
    assert all(f"/{item.label}/" in item.name for item in found.items)
    assert sum(item.label == "10" for item in found.test) >= 1
    assert recognised_any([path]) == found
    assert not any(item.label for item in recognised([path], "pictures").items)


def test_splits_around_classes(written):
    content = numbered("train/cat/{}.png", 3) | numbered("train/dog/{}.png", 3)
    path = written(content | files("val/dog/x.png", "test/cat/y.png", "test/cat/z.png"))
    found = recognised_any([path])
    assert found.layout == "classes" and len(found.train) == 6
    assert sorted((item.name, item.label) for item in found.test) == [
        ("test/cat/y.png", "cat"), ("test/cat/z.png", "cat"), ("val/dog/x.png", "dog"),
    ]  # fmt: skip
    as_pictures = recognised([path], "pictures")
    assert {*names(as_pictures.test)} == {*names(found.test)}


def test_a_class_called_train_is_a_class(tmp_path):
    path = folder(tmp_path, numbered("train/{}.png", 2) | numbered("car/{}.png", 2) | numbered("test drive/{}.png", 2))
    assert recognised_any([path]).classes == ("car", "test drive", "train")


def test_two_domains_by_letters(written):
    path = written(numbered("h2z/trainA/{}.png", 4) | numbered("h2z/trainB/z{}.png", 3) | files("h2z/testA/t.png"))
    found = recognised_any([path])
    assert found == recognised([path], "domains")
    assert (found.layout, found.domains, names(found.test)) == ("domains", ("A", "B"), ["h2z/testA/t.png"])
    assert len(found.train) == 4 and len(found.other[0] + found.other[1]) == 3
    assert names(recognised([path], "pictures").test) == ["h2z/testA/t.png"]


def test_two_domains_in_two_paths_in_their_order(tmp_path):
    zebras = zipped(tmp_path / "zebras.zip", numbered("zebras/{}.png", 4))
    horses = folder(tmp_path / "horses", numbered("x/{}.png", 3))
    found = recognised_any([zebras, horses])
    assert (found.layout, found.domains) == ("domains", ("zebras", "horses"))
    assert len(found.train + found.test) == 4 and len(found.other[0] + found.other[1]) == 3
    assert recognised([zebras, horses], "classes").classes == ("horses", "zebras")


def test_two_folders_are_domains_where_these_are_wanted(tmp_path):
    path = folder(
        tmp_path, numbered("summer/train/{}.png", 3) | numbered("winter/{}.png", 20) | files("summer/test/x.png")
    )
    found = recognised([path], "domains")
    assert found.domains == ("summer", "winter") and names(found.test) == ["summer/test/x.png"]
    assert len(found.other[0]) > len(found.other[1]) > 0
    assert recognised_any([path]).layout == "classes"


@pytest.mark.parametrize("layout", ["{}/{}/{}.png", "{1}/{0}/{2}.png", "{1}{0}/{2}.png"])
def test_pairs_in_two_folders_with_equal_names(tmp_path, layout):
    content = {}
    for number in range(4):
        for domain in "AB":
            for part, name in (("train", number), ("test", f"t{number}")):
                content[layout.format(domain, part, name)] = picture(number)
    found = recognised_any([folder(tmp_path, content)])
    assert (found.layout, found.domains, found.halves) == ("pairs", ("A", "B"), False)
    for first, second in ((found.train, found.other[0]), (found.test, found.other[1])):
        assert len(first) == 4 and [Path(item.name).stem for item in first] == [Path(item.name).stem for item in second]


def test_pairs_are_held_out_together_and_may_differ_in_their_endings(tmp_path):
    photos, maps = (
        folder(tmp_path / "photos", numbered("{}.jpg", 40)),
        folder(tmp_path / "maps", numbered("{}.png", 40)),
    )
    found = recognised([photos, maps], "pairs")
    assert found == recognised_any([photos, maps]) and found.domains == ("photos", "maps") and len(found.test) >= 1
    for first, second in zip(found.train + found.test, found.other[0] + found.other[1], strict=True):
        assert Path(first.name).stem == Path(second.name).stem


def test_pairs_side_by_side(written):
    content = numbered("train/{}.png", 5, size=(32, 16)) | numbered("val/{}.png", 2, size=(16, 8))
    path = written(content | {"train/broken.png": b"text"})
    found = recognised_any([path])
    assert found == recognised([path], "pairs")
    assert (found.layout, found.halves, found.other, found.domains) == ("pairs", True, None, ("A", "B"))
    assert (len(found.train), len(found.test)) == (6, 2)


def test_a_picture_that_lies_on_its_side_is_measured_upright(tmp_path):
    exif = Image.Exif()
    exif[sources.ORIENTATION] = 6
    for name in "ab":
        Image.new("RGB", (16, 32)).save(tmp_path / f"{name}.jpg", exif=exif)
    assert recognised([tmp_path], "pairs").halves


LISTS = {
    "metadata.jsonl": '{"file_name": "a.png", "text": "one"}\n\n{"file_name": "./deep/b.png", "text": " two "}\n',
    "metadata.csv": '\ufefffile_name,number,text\na.png,1,one\ndeep/b.png,2,"two"\n',
    "captions.jsonl": '{"file": "a.png", "caption": "one"}\n{"file": "deep/b.png", "caption": "two"}',
}


@pytest.mark.parametrize("kind", LISTS)
def test_captions_in_lists(written, kind):
    path = written(files("a.png", "deep/b.png", "none.png") | {kind: LISTS[kind]})
    found = recognised_any([path])
    assert found == recognised([path], "captions")
    assert found.captions == {"a.png": ("one",), "deep/b.png": ("two",)}
    assert sorted(names(found.items)) == ["a.png", "deep/b.png"]
    assert found.passed_over == {"pictures without a caption": 1}


def test_several_captions_and_a_list_in_every_split(tmp_path):
    lines = [
        {"file_name": name, "text": text}
        for name, text in (("a.png", "one"), ("b.png", "two\u2028three"), ("a.png", "four"))
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    content = files("train/a.png", "train/b.png", "test/a.png", "test/b.png")
    found = recognised_any([folder(tmp_path, content | {"train/metadata.jsonl": text, "test/metadata.jsonl": text})])
    assert names(found.test) == ["test/a.png", "test/b.png"]
    assert found.captions["train/a.png"] == ("one", "four") and found.captions["test/b.png"] == ("two\u2028three",)


def test_a_list_that_tells_other_things_is_passed_over(tmp_path):
    path = folder(tmp_path, files("a.png", "b.png") | {"metadata.jsonl": '{"file_name": "a.png", "label": 3}'})
    assert recognised_any([path]).layout == "pictures"


def test_names_are_alike_however_a_system_writes_accents(tmp_path):
    content = {unicodedata.normalize("NFD", f"고양이{number}.png"): picture(number) for number in range(2)}
    lines = "\n".join(json.dumps({"file": f"고양이{number}.png", "caption": "cat"}) for number in range(2))
    assert len(recognised_any([folder(tmp_path, content | {"captions.jsonl": lines})]).captions) == 2


# Mistakes


def mistaken(tmp_path, content, wanted, *paths):
    """What is said of `content`, without the folder in which it lies."""
    path = folder(tmp_path, content)
    with pytest.raises(TrainError) as raised:
        recognised([path / each for each in paths or ("",)], wanted)
    said = str(raised.value)
    assert said.endswith(".") and "\n" not in said
    return said.replace(f"{path}/", "").replace(str(path), "HERE")


@pytest.mark.parametrize(
    ("content", "wanted", "said"),
    [
        ({"a.txt": ""}, "pictures", r"HERE holds no pictures \(.*\), but other files \(\.txt\); convert them"),
        ({"in/x.zip": ""}, "pictures", r"HERE holds no pictures \(.*\), but in/x\.zip; name that file"),
        (files("in/a.png"), "pictures", "in/a.png is the only picture in HERE; add more"),
        (files("train/a.png", "test/b.png", "c.png"), "pictures", "c.png lies beside the folders train, test; move it"),
        (files("a.png", "in/b.png"), "classes", "HERE has no class folders; put the pictures of each class into"),
        (files("trainA/1.png", "testA/1.png"), "classes", "HERE has no class folders"),
        (
            files("in/test/1.png", "in/test/2.png") | {"in/train/n.txt": ""},
            "pictures",
            "The folder in/train of HERE has no picture",
        ),
        (files("a/1.png", "b/1.png", "c.png"), "classes", "c.png lies beside the class folders; move it"),
        (files("x/a/1.png", "x/b/1.png") | {"x/c/n.txt": ""}, "classes", "The class folder x/c of HERE has no picture"),
        (
            files("train/a/1.png", "train/b/1.png", "test/c/1.png"),
            "classes",
            "test/c/1.png is held out, but its folder is none",
        ),
        (
            files("train/a/1.png", "train/b/1.png", "test/1.png"),
            "classes",
            "test/1.png is held out, but its folder is none",
        ),
        (files("a.png", "b.png"), "domains", "HERE is one collection, and this needs two; name two folders, or"),
        (numbered("{0}/{0}.png", 3), "domains", "HERE is one collection"),
        (
            files("trainA/1.png", "trainA/2.png") | {"trainB/n.txt": ""},
            "domains",
            "The folder trainB of HERE has no picture, and this needs two domains; put some there",
        ),
        (
            files("trainA/1.png", "trainB/1.png", "trainB/2.png"),
            "domains",
            "trainA/1.png is the only picture of A to train",
        ),
        (files("trainA/1.png", "trainB/1.png", "c.png"), "domains", "c.png lies beside the folders trainA and trainB"),
        (files("trainA/1.png", "testB/1.png"), "domains", "testB/1.png is held out, but there is no folder trainB"),
        (files("A/1.png", "A/2.png", "B/2.jpg"), "pairs", "A/1.png has no partner called '1' in B; give both pictures"),
        (files("A/1.png", "A/1.jpg", "B/1.png"), "pairs", "A/1.jpg and A/1.png are both called '1'; rename or remove"),
        (
            files("A/train/1.png", "A/test/2.png", "B/train/1.png"),
            "pairs",
            "A/test/2.png has no partner called '2' in B",
        ),
        (files("a.png", "b.png"), "pairs", "a.png is not twice as wide as high, as pairs side by side are; correct it"),
        ({"a.png": "text", "b.png": ""}, "pairs", "a.png is not twice as wide"),
        (files("a.png", "b.png"), "captions", r"HERE has no captions; put a file captions\.jsonl beside the pictures"),
    ],
)
def test_mistakes_name_the_file_and_the_remedy(tmp_path, content, wanted, said):
    assert re.search(said, mistaken(tmp_path, content, wanted))


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (
            "captions.jsonl",
            '{"file": "a.png", "caption": "x"}\n\n{"file": "c.png", "caption": "x"}',
            "line 3: c.png is not there",
        ),
        ("captions.jsonl", '{"file": "n.txt", "caption": "x"}', "line 1: n.txt is no picture's name"),
        ("captions.jsonl", '{"file": "../a.png", "caption": "x"}', "line 1: ../a.png is not there"),
        ("captions.jsonl", '{"file": "a.png"}', 'line 1: not of the form {"file": "a.jpg", "caption": "a red bird"}'),
        ("captions.jsonl", '{"file": "a.png", "caption": "x"}\n{"fi', "line 2: not of the form"),
        ("captions.jsonl", '{"file": "a.png", "caption": "x"}\n[1]', "line 2: not of the form"),
        ("captions.jsonl", '{"file": "a.png", "caption": "x"}\n', "a.png is the only picture of HERE with a caption"),
        ("captions.jsonl", b'{"file": "a.png", "caption": "x"}\n\xff', "line 2: not in UTF-8; save the file in that"),
        ("metadata.jsonl", '{"file_name": "a.png", "text": " "}', "line 1: not of the form"),
        ("metadata.csv", "file_name,text\na.png,x\nc.png,x", "line 3: c.png is not there"),
        ("metadata.csv", 'file_name,text\na.png,x\nb.png,"x', "line 3: not of the form a header file_name,text and"),
        ("metadata.csv", "name,words\na.png,x", "line 2: not of the form"),
    ],
)
def test_mistakes_in_lists_of_captions_name_the_line(tmp_path, kind, text, said):
    assert said in mistaken(tmp_path, files("a.png", "b.png") | {"n.txt": "", kind: text}, "captions")


def test_broken_captions_are_an_error_whatever_is_wanted(tmp_path):
    with pytest.raises(TrainError, match=r"captions\.jsonl, line 1"):
        recognised_any([folder(tmp_path, files("a.png", "b.png") | {"captions.jsonl": "text"})])


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["gone"], "There is no gone; name a folder of pictures, or a ZIP or tar file of them"),
        (["b", "gone"], "There is no gone"),
        (["a.png"], "a.png is neither a folder nor a ZIP or tar file; name the folder"),
        (["x-{0..2}.tar"], "There is no x-0.tar, one of the 3 shards of"),
        (["x-{2..0}.tar"], "{2..0} counts backwards: write {0..2}"),
        (["x-{0..9999999999}.tar"], "{0..9999999999} stands for more than 100,000 files"),
        (["{b,empty}"], "b is a folder, but braces are for tar files"),
        (["x.tar.xz"], "x.tar.xz is an archive of a kind that is not read here: unpack it"),
        (["b", "empty"], "empty holds no pictures"),
        (["b", "b"], "b is named twice; name two collections"),
    ],
)
def test_paths_that_cannot_be_are_named(tmp_path, paths, said):
    assert said in mistaken(
        tmp_path, files("a.png", "b/1.png", "b/2.png", "x.tar.xz") | {"empty/n.txt": ""}, "domains", *paths
    )


def test_names_of_classes_and_captions_that_no_card_can_hold_are_refused(tmp_path):
    root = folder(tmp_path, files(*(f"{name}/{number}.png" for name in "ab" for number in range(2))))
    os.rename(os.fsencode(root / "a"), os.fsencode(root) + b"/caf\xe9")
    with pytest.raises(TrainError, match=r"The name of the class .* is no text in UTF-8: rename its folder"):
        recognised([root], "classes")
    lines = {"captions.jsonl": '{"file": "a.png", "caption": "\\ud800 x"}'}
    assert "captions.jsonl, line 1: holds half a character" in mistaken(
        tmp_path / "x", files("a.png", "b.png") | lines, "captions"
    )


def test_a_folder_without_pictures_says_what_to_do(tmp_path):
    with pytest.raises(TrainError, match=r"holds no pictures .*; put some there"):
        recognised([tmp_path], "pictures")


# What is held out


def items(count, start=0):
    return [Item(f"{number}.png", Path(f"{number}.png")) for number in range(start, start + count)]


def test_adding_pictures_moves_none_of_the_others():
    few, many = splits.held_out(items(400)), splits.held_out(items(600))
    assert 25 <= len(few[1]) <= 55
    assert {*few[0]} <= {*many[0]} and {*few[1]} <= {*many[1]}
    assert few == splits.held_out(items(400))


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_one_of_ten_is_held_out_at_least_and_never_all(start):
    assert len(splits.held_out(items(10, start))[1]) >= 1
    assert all(len(splits.held_out(items(count, start))[0]) >= 1 for count in range(1, 5))


def test_no_more_than_a_thousand_are_held_out():
    assert len(splits.held_out(items(12_000))[1]) == splits.MOST
