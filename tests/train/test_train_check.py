"""`python -m train check`: what it says of a collection, and the contact sheet."""

import io
import shlex

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.train.collected import files, folder, numbered, picture, tarred, zipped
from train.__main__ import main
from train.data import duplicates, sources
from train.data.check import GAP, SIDE
from train.data.items import Item


@pytest.fixture
def said(tmp_path, capsys, monkeypatch):
    """Checks paths, and returns what is said by what it is about."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    # That steps are timed is told in test_train_rehearsal.
    monkeypatch.setattr("train.loop.rehearsal.seconds_per_step", lambda *_: 0.6)

    def run(*arguments):
        assert main(["check", *map(str, arguments)]) == 0
        lines = capsys.readouterr().out.splitlines()
        return {line[:15].strip(): line[16:] for line in lines}

    return run


def scene(number, size=96):
    """A picture with shapes that stay what they are when it is scaled."""
    dice = np.random.default_rng(number)
    drawn = Image.new("RGB", (size, size), tuple(dice.integers(0, 256, 3).tolist()))
    pen = ImageDraw.Draw(drawn)
    for _ in range(12):
        x, y, r = (dice.random(3) * size).tolist()
        pen.ellipse((x - r / 3, y - r / 3, x + r / 3, y + r / 3), fill=tuple(dice.integers(0, 256, 3).tolist()))
    return drawn


def stored(drawn, kind="JPEG", scale=1.0, **options):
    """The bytes of a file that shows `drawn`."""
    file = io.BytesIO()
    drawn.resize((round(drawn.width * scale), round(drawn.height * scale)), Image.Resampling.BICUBIC).save(
        file, kind, **options
    )
    return file.getvalue()


LAYOUTS = {
    "pictures": (numbered("{}.png", 12), "pictures", "dcgan"),
    "classes": (numbered("a/{}.png", 12) | numbered("b/{}.png", 4) | numbered("c/{}.png", 4), "3 classes", "acgan"),
    "domains": (numbered("trainA/{}.png", 3) | numbered("trainB/{}.png", 4), "two domains, A and B", "cyclegan"),
    "pairs": (numbered("A/{}.png", 3) | numbered("B/{}.png", 3), "pairs of A and B with equal names", "pix2pix"),
    "halves": (numbered("{}.png", 3, size=(32, 16)), "pairs side by side", "pix2pix"),
    "captions": (
        files("a.png", "b.png")
        | {"captions.jsonl": "".join(f'{{"file": "{n}.png", "caption": "{n}"}}\n' for n in "ab")},
        "pictures with captions",
        "stackgan",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_named_and_the_next_command(said, tmp_path, layout):
    content, name, variant = LAYOUTS[layout]
    path = folder(tmp_path / "my pictures", content)
    found = said(path)
    assert found["recognised as"] == name and found["broken"] == "none"
    assert shlex.split(found["train with"])[:6] == ["python", "-m", "train", variant, "--dataset", str(path)]
    assert found["takes"].startswith("about 10 minutes per 1,000 steps on this machine, at ")
    assert found["contact sheet"] == str(tmp_path / "work" / "check.png")
    assert "or translate" not in found and "no classes" not in found
    assert ("or all as one" in found, "or, if unpaired" in found) == (layout == "classes", layout == "pairs")
    with Image.open("check.png") as sheet:
        assert sheet.format == "PNG" and sheet.width == 8 * (SIDE + GAP) - GAP


@pytest.mark.parametrize(("seconds", "wanted"), [(0.012, "0.2"), (0.51, "8.5"), (75.0, "1,250")])
def test_how_long_a_thousand_steps_take_is_said_in_minutes(said, tmp_path, monkeypatch, seconds, wanted):
    monkeypatch.setattr("train.loop.rehearsal.seconds_per_step", lambda *_: seconds)
    found = said(folder(tmp_path / "my pictures", numbered("{}.png", 12)))
    assert found["takes"] == f"about {wanted} minutes per 1,000 steps on this machine, at 64 x 64 pixels"


def test_numbers_of_pictures_sizes_and_modes(said, tmp_path):
    content = {f"train/{kind}/{number}.png": picture(number) for kind in ("9", "10") for number in range(3)}
    content |= {"test/9/a.png": stored(Image.new("L", (48, 32)), "PNG"), "train/9/b.png": stored(scene(0, 64), "PNG")}
    found = said(folder(tmp_path / "x", content | {"notes.txt": "", "more.txt": "", "x.zip": ""}))
    assert found["pictures"] == "7 to train on, 1 held out"
    assert (found["9"], found["10"]) == ("4 to train on, 1 held out", "3 to train on, 0 held out")
    assert found["sizes"] == "16 x 16 to 64 x 64, median 16 x 16"
    assert found["modes"] == "7 colour, 1 grey"
    assert found["passed over"] == "2 .txt, 1 .zip"
    assert "dcgan" in found["or all as one"] and "or translate" not in found


def test_the_next_command_can_be_run_and_what_must_be_done_before_is_said(said, tmp_path):
    found = said(folder(tmp_path / "x", numbered("red/{}.png", 24) | numbered("blue/{}.png", 12)))
    assert found["train with"].endswith("x --batch-size 32") and "first" not in found
    assert shlex.split(found["or translate"])[3] == "cyclegan" and shlex.split(found["or all as one"])[3] == "dcgan"
    found = said(folder(tmp_path / "few", numbered("{}.png", 8)))
    assert found["first"] == "add pictures: from 10 of each kind on, some can be held out"
    assert found["train with"].endswith("few --batch-size 8")
    broken = {f"broken {number}.png": b"nothing" for number in range(2)}
    found = said(folder(tmp_path / "broken", numbered("{}.png", 18) | broken))
    assert found["first"] == "mend or remove the broken ones: at most 5 % may be left out"


def test_two_domains_in_two_archives(said, tmp_path):
    paths = [zipped(tmp_path / "x.zip", numbered("{}.png", 3)), tarred(tmp_path / "y.tar.gz", numbered("y{}.png", 20))]
    found = said(*paths)
    assert found["recognised as"] == "two domains, x and y" and found["x"].startswith("3 to train on")
    assert shlex.split(found["train with"])[-2:] == list(map(str, paths))


def test_many_classes_are_summed_up(said, tmp_path):
    content = numbered("{}/a.png", 25) | {"7/b.png": picture(99)}
    assert said(folder(tmp_path / "x", content))["in each class"] == "1 (0) to 2 (7) to train on"


def test_broken_pictures_are_counted_and_the_first_are_named_with_reasons(said, tmp_path):
    whole = stored(scene(0), "PNG")
    content = numbered("{}.png", 20) | {"a.png": "text", "b.png": whole[:800], "c.png": picture(0, (16, 1))}
    content |= {f"d{number}.png": b"" for number in range(4)}
    path = folder(tmp_path / "x", content)
    (path / "aa.png").symlink_to("gone")
    broken = said(path)["broken"]
    assert broken.startswith("8: a.png is no picture that can be read; aa.png could not be read: No such file")
    assert (
        "; b.png is damaged or cut short; c.png is too small, under 8 pixels high or wide; d0.png is no picture"
        in broken
    )
    assert broken.endswith("; ...") and "d1.png" not in broken


def test_equal_files_and_copies_among_the_held_out_pictures(said, tmp_path):
    content = {f"train/{number}.jpg": stored(scene(number), quality=95) for number in range(6)}
    content |= {"train/same.jpg": content["train/0.jpg"], "test/same.jpg": content["train/1.jpg"]}
    content |= {"test/near.jpg": stored(scene(2), scale=0.6, quality=50), "test/other.jpg": stored(scene(99))}
    found = said(folder(tmp_path / "x", content))
    assert found["equal files"] == "2 in all: train/0.jpg = train/same.jpg; train/1.jpg = test/same.jpg"
    assert found[""] == "1 in training and held-out pictures alike: train/1.jpg = test/same.jpg"
    assert found["near copies"] == "1 of training pictures among the held-out ones: test/near.jpg ~ train/2.jpg"


def test_why_folders_are_no_classes_is_said(said, tmp_path):
    path = folder(tmp_path / "x", numbered("a/{}.png", 3) | numbered("b/{}.png", 3) | {"loose.png": picture(9)})
    found = said(path)
    assert found["recognised as"] == "pictures" and "loose.png lies beside the class folders" in found["no classes"]


def test_the_sheet_shows_domains_in_rows_and_pairs_beside_each_other(said, tmp_path):
    def plain(*colour):
        return stored(Image.new("RGB", (16, 16), colour), "PNG")

    content = {
        f"train{domain}/{number}.png": plain(200 * (domain == "A"), number, 99)
        for domain in "AB"
        for number in range(40)
    }
    content |= {"trainA/more.png": plain(200, 50, 99)}
    said(folder(tmp_path / "domains", content))
    assert reds()[:, 0].tolist() == [200, 200, 0, 0] and reds().shape == (4, 8)
    del content["trainA/more.png"]
    said(
        folder(tmp_path / "pairs", {name.replace("train", ""): data for name, data in content.items()}),
        "--sheet",
        "y.png",
    )
    assert reds("y.png")[1].tolist() == 4 * [200, 0]


def reds(path="check.png"):
    """The red in the middle of each square."""
    with Image.open(path) as sheet:
        return np.asarray(sheet)[SIDE // 2 :: SIDE + GAP, SIDE // 2 :: SIDE + GAP, 0].astype(int)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone"], "There is no gone"),
        ([], "Name a folder of pictures"),
        (["x", "--sheet", "x.jpg"], "must end in .png"),
        (["x", "--sheet", "gone/x.png"], "There is no folder"),
        (["x", "--sheet", "x/sheet.png"], "would lie among the pictures of x"),
        (["broken"], "None of the 2 pictures can be read: a.png is no picture that can be read; b.png"),
    ],
)
def test_mistakes_get_one_sentence(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    folder(tmp_path / "x", files("a.png", "b.png"))
    folder(tmp_path / "broken", {"a.png": "", "b.png": ""})
    assert main(["check", *arguments]) == 2
    out, error = capsys.readouterr()
    assert message in error and error.count("\n") == 1 and not out
    assert not list(tmp_path.rglob("*sheet.png")) and not (tmp_path / "check.png").exists()


def looks(*drawn):
    return [duplicates.look(each) for each in drawn]


@pytest.mark.parametrize(
    "options",
    [{"quality": 30}, {"scale": 0.5, "quality": 75}, {"scale": 0.8}, {"scale": 1.6}, {"kind": "WEBP", "quality": 50}],
)
def test_copies_are_found_and_nothing_else(options):
    known = [scene(number) for number in range(40)]
    copies = [Image.open(io.BytesIO(stored(each, **options))).convert("RGB") for each in known[10:20]]
    strangers = [scene(number) for number in range(100, 140)]
    assert duplicates.near(looks(*known), looks(*strangers, *copies)) == [(10 + n, 40 + n) for n in range(10)]


def test_pictures_of_one_colour_are_no_copies_of_each_other():
    assert duplicates.near(looks(Image.new("RGB", (64, 64), "white")), looks(Image.new("RGB", (64, 64), "black"))) == []
    assert duplicates.near([], looks(scene(0))) == []


def test_equal_files_in_folders_and_archives(tmp_path):
    content = files("a.png", "b.png", "c.png") | {"d.png": picture(1), "e.png": picture(0), "f.png": picture(0)}
    for path in (
        folder(tmp_path / "x", content),
        zipped(tmp_path / "x.zip", content),
        tarred(tmp_path / "x.tgz", content),
    ):
        items = sorted(sources.recognised([path], "pictures").items, key=lambda item: item.name)
        groups = duplicates.duplicates([*items, Item("gone.png", tmp_path / "gone.png")])
        assert [[item.name for item in group] for group in groups] == [["a.png", "e.png", "f.png"], ["b.png", "d.png"]]
