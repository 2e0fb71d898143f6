"""Pictures of the user's own, from a folder to a model that the zoo loads and that draws, for every variant that takes them."""

import json
import shlex
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import models_zoo
from tests.train.own_folders import CASES, SIDE, draw, filled, typed
from train.__main__ import main
from train.contract import variants
from train.data import own
from train.errors import TrainError
from train.publishing.readme import number


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of pictures in each layout."""
    return filled(tmp_path_factory.mktemp("own"))


@pytest.mark.parametrize(("name", "layout"), [case for case in CASES if case[0] != "text-encoder"])
def test_a_preview_shows_what_the_networks_see_and_leaves_nothing_else(folders, tmp_path, capsys, name, layout):
    shown = tmp_path / "seen.png"
    assert typed(name, folders / layout, tmp_path / "run", "--preview", str(shown)) == 0
    assert f"is in {shown}" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"seen.png", "pictures"}
    with Image.open(shown) as sheet:
        assert sheet.format == "PNG" and np.asarray(sheet).std() > 10
        # Its pictures lie in a square grid with gaps of two pixels; pairs of pix2pix lie beside each other.
        side = SIDE // 2 if name == "srgan" else SIDE
        assert (sheet.height - 2) % (side + 2) == 0 and (sheet.width - 2) % (
            2 * side + 2 if name == "pix2pix" else side + 2
        ) == 0


@pytest.mark.parametrize(
    ("name", "layout"),
    [case for case in CASES if case[1] in ("domains", "pairs", "captions") or case[0] in ("srgan", "dcgan")],
)
def test_grey_pictures_make_a_model_of_grey_pictures(folders, tmp_path, name, layout):
    options = ["--monochrome", "--steps", "1", "--eval-every", "1", "--eval-samples", "2"]
    assert typed(name, folders / layout, tmp_path / "run", *options) == 0
    export = ["export", tmp_path / "run", "--id", "mine", "--zoo", tmp_path / "zoo", "--samples", "2"]
    assert main([*map(str, export)]) == 0
    channels = models_zoo.card.read(tmp_path / "zoo" / "mine").channels
    assert channels == (3 if name == "text-encoder" else 1), "a reader sees grey pictures as any others"


def test_without_colours_there_is_nothing_to_colorize(folders, tmp_path, capsys):
    assert typed("colorize", folders / "pictures", tmp_path / "run", "--monochrome") == 2
    assert "--monochrome leaves no colours to learn." in capsys.readouterr().err


def test_a_network_that_sees_no_pictures_has_no_preview(folders, tmp_path, capsys):
    assert typed("text-encoder", folders / "captions", tmp_path / "run", "--preview", str(tmp_path / "seen.png")) == 2
    assert "--preview: the networks of text-encoder see no pictures" in capsys.readouterr().err


def test_a_model_of_own_pictures_is_measured_again_wherever_they_are_now(folders, tmp_path, capsys):
    mine, elsewhere = tmp_path / "mine", tmp_path / "elsewhere"
    for place in ("train", "test"):
        shutil.copytree(folders / "pictures", mine / place)
    assert typed("gan", mine, tmp_path / "run", "--steps", "2", "--eval-every", "0", "--fit", "pad") == 0
    zoo = tmp_path / "zoo"
    assert main([*map(str, ["export", tmp_path / "run", "--id", "mine", "--zoo", zoo, "--samples", "24"])]) == 0
    evaluate = ["evaluate", str(zoo / "mine"), "--samples", "24"]
    value = models_zoo.card.read(zoo / "mine").metrics["kid_lite0"]["value"]
    told = f"kid_lite0: {number(value)} (n = 24)"
    capsys.readouterr()
    assert main(evaluate) == 0
    assert told in capsys.readouterr().out
    mine.rename(elsewhere)
    assert main(evaluate) == 2
    assert "If the pictures have moved, name their folder with --dataset." in capsys.readouterr().err
    assert main([*evaluate, "--dataset", str(mine)]) == 2
    assert "If the pictures" not in capsys.readouterr().err
    assert main([*evaluate, "--dataset", str(elsewhere)]) == 0
    assert told in capsys.readouterr().out
    assert main(["evaluate", "gan-mnist", "--dataset", str(elsewhere)]) == 2
    assert "--dataset is for pictures of your own" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "layout"), [("sgan", "classes"), ("pix2pix", "pairs"), ("stackgan", "captions")])
def test_a_rehearsal_takes_a_few_of_every_kind_of_pictures(folders, tmp_path, name, layout):
    """SGAN looks for labelled pictures of every class, though folders come one after the other."""
    assert typed(name, folders / layout, tmp_path / "run", "--dry-run") == 0
    assert not (tmp_path / "run").exists()


def test_few_pictures_are_said_and_augmented_unless_the_options_say_otherwise(folders, tmp_path, capsys):
    for out, option, expected in (("a", [], True), ("b", ["--no-augment"], False)):
        assert typed("cgan", folders / "classes", tmp_path / out, "--steps", "1", "--eval-every", "0", *option) == 0
        assert "pictures are few, and a model may learn them by heart" in capsys.readouterr().err
        assert json.loads((tmp_path / out / "config.json").read_text())["config"]["augment"] is expected


def test_one_broken_picture_among_few_held_out_ones_is_left_out_and_too_many_in_all_stop(folders, tmp_path, capsys):
    """The share of broken pictures is that of the whole collection."""
    mine = tmp_path / "mine"
    for place in ("train", "test"):
        shutil.copytree(folders / "pictures", mine / place)
    held_out = sorted((mine / "test").rglob("*.png"))
    for path in held_out[10:]:
        path.unlink()
    held_out[0].write_bytes(b"")
    assert typed("gan", mine, tmp_path / "run", "--steps", "1", "--eval-every", "0") == 0
    assert "1 of 10 pictures cannot be read" in capsys.readouterr().err
    # Neither 24 nor 10 pictures have more broken ones than 5 % of 34 are, but together they have.
    next((mine / "train").rglob("*.png")).write_bytes(b"")
    assert typed("gan", mine, tmp_path / "other", "--steps", "1", "--eval-every", "0") == 2
    assert "2 of 34 pictures cannot be read" in capsys.readouterr().err


def test_pictures_of_which_none_can_be_held_out_are_too_few(folders, tmp_path, capsys):
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted((folders / "pictures").rglob("*.png"))[:8]:
        shutil.copy(path, few)
    assert typed("gan", few, tmp_path / "run", "--steps", "1") == 2
    assert f"{few} has 8 pictures, of which none can be held out for measurements: add some" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "sizes", "refused", "allowed"),
    [
        ("dcgan", (16, 28, 112, 256), 96, "16, 28, 32, 56, 64, 112, 128, 256 or 512"),
        ("began", (32, 128), 28, "16, 32, 64, 128, 256 or 512"),
        ("stylegan", (32, 128), 96, "32, 64, 128 or 256"),
        ("stackgan", (32, 128), 96, "32, 64, 128 or 256"),
        ("pix2pix", (32, 96, 256), 100, "a multiple of 16 from 16 to 512"),
        ("discogan", (32, 96), 100, "a multiple of 16 from 16 to 512"),
        ("cyclegan", (32, 100), 30, "a multiple of 4 from 16 to 512"),
        ("cgan", (28, 100), 30, "a multiple of 4 from 16 to 512"),
        ("srgan", (32, 100), 28, "at least 32"),
        ("gan", (28, 99), 8, "from 16 to 512"),
    ],
)
def test_networks_follow_the_size_and_others_are_refused_with_a_sentence(folders, name, sizes, refused, allowed):
    kind = variants()[name]
    folder = (str(folders / kind.Config.takes.layout),)
    for size in sizes:
        model = kind(kind.Config(dataset=folder, size=size)).build()
        assert model.image_size == size
        if hasattr(model, "latents") and not hasattr(model, "classify"):
            labels = {"cgan": [torch.zeros(2, dtype=torch.long)], "stackgan": [["a bird"] * 2]}.get(name, [])
            assert model.eval().generate(model.latents([0, 1]), *labels).shape == (2, 3, size, size)
    with pytest.raises(TrainError, match=f"--size must be {allowed} here, not {refused}"):
        kind(kind.Config(dataset=folder, size=refused))


def test_a_run_goes_on_and_is_exported_after_its_pictures_have_moved(folders, tmp_path, capsys):
    mine, moved, run = tmp_path / "my pictures", tmp_path / "elsewhere", tmp_path / "run"
    shutil.copytree(folders / "pictures", mine)
    assert typed("gan", mine, run, "--steps", "2", "--eval-every", "0") == 0
    mine.rename(moved)
    resume = ["gan", "--resume", "--out", str(run), "--steps", "3"]
    export = ["export", str(run), "--id", "mine", "--zoo", str(tmp_path / "zoo"), "--samples", "4"]
    for command in (export, resume):
        assert main(command) == 2
        assert f"no longer at {mine}: name where they are now with --dataset" in capsys.readouterr().err
        assert main([*command, "--dataset", str(moved)]) == 0
    # The command on the card can be run, whatever the folder is called.
    command = shlex.split(models_zoo.card.read(tmp_path / "zoo" / "mine").command)
    assert command[command.index("--dataset") + 1] == str(moved)
    for index in range(3):
        draw(moved / f"new {index}.png", np.random.default_rng(index))
    # A process lists a folder once.
    own._recognised.cache_clear()
    assert main([*export, "--dataset", str(moved)]) == 2
    assert "was not trained on the pictures that are in" in capsys.readouterr().err


def test_folders_with_blanks_are_written_so_that_the_card_can_be_run_and_measured(folders, tmp_path):
    mine, zoo = tmp_path / "내 사진 'x'", tmp_path / "zoo"
    for place in ("train", "test"):
        shutil.copytree(folders / "pictures", mine / place)
    assert typed("gan", mine, tmp_path / "run", "--steps", "1", "--eval-every", "0") == 0
    assert main(["export", str(tmp_path / "run"), "--id", "mine", "--zoo", str(zoo), "--samples", "12"]) == 0
    assert main(["evaluate", str(zoo / "mine"), "--samples", "12"]) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "{folder}/run"], "--out {folder}/run would lie among the pictures of {folder}"),
        (["--preview", "{folder}/seen.png"], "--preview {folder}/seen.png would lie among the pictures of {folder}"),
        (["--cache", "{folder}/packs"], "--cache {folder}/packs would lie among the pictures of {folder}"),
        (["--cache", "{file}"], "--cache {file} is a file: name a folder"),
        (["--preview", "{file}/seen.png"], "There is no folder {file} for --preview"),
        (["--preview", "seen.jpg"], "--preview seen.jpg must end in .png"),
        (["--batch-size", "99"], "take --batch-size 23 or less"),
    ],
)
def test_places_and_sizes_that_cannot_be_are_refused(folders, tmp_path, capsys, options, said):
    names = {"folder": folders / "pictures", "file": tmp_path / "a.txt"}
    names["file"].write_text("")
    assert typed("gan", folders / "pictures", tmp_path / "run", *(each.format(**names) for each in options)) == 2
    assert said.format(**names) in capsys.readouterr().err
    assert not any((folders / "pictures").glob("*.png"))


def test_sizes_that_no_colorizer_has_are_refused_before_anything_runs(folders, tmp_path, capsys):
    command = ["colorize", "--dataset", str(folders / "pictures"), "--out", str(tmp_path / "run"), "--size", "40"]
    assert main(command) == 2
    assert "--size must be a multiple of 16 from 16 to 512 here, not 40." in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_class_of_which_nothing_can_be_read_is_refused(tmp_path, capsys):
    dice = np.random.default_rng(0)
    for index in range(60):
        for name in ("red", "blue"):
            draw(tmp_path / "x" / name / f"{index}.png", dice)
    (tmp_path / "x" / "torn").mkdir()
    for index in range(2):
        (tmp_path / "x" / "torn" / f"{index}.png").write_text("nothing")
    assert typed("acgan", tmp_path / "x", tmp_path / "run", "--steps", "1") == 2
    assert "None of the pictures of 'torn' to train on can be read" in capsys.readouterr().err
