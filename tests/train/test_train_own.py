"""Pictures of the user's own, from a folder to a model that the zoo loads and that draws, for every variant that takes them."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import models_zoo
from train.__main__ import main
from train.contract import variants
from train.errors import TrainError

SMALL = {
    "gan": ("--preset", "lecture"),
    "lsgan": ("--preset", "lecture"),
    "dcgan": ("--widths", "8", "8", "8", "--discriminator-widths", "8", "8", "8"),
    "began": ("--width", "8"),
    "cgan": ("--width", "8"),
    "acgan": ("--width", "8"),
    "sgan": ("--width", "8", "--labels", "4"),
    "judge": ("--width", "8"),
    "cyclegan": ("--width", "4", "--blocks", "1", "--discriminator-widths", "4", "8"),
    "discogan": ("--widths", "8", "8", "--discriminator-widths", "8", "8"),
    "pix2pix": ("--widths", "8", "8", "8", "--discriminator-widths", "8", "8"),
    "stylegan": ("--widths", "8", "8", "8", "8", "--discriminator-widths", "8", "8", "8", "8"),
    "srgan": ("--blocks", "1", "--width", "8", "--crop", "32", "--scale", "2"),
    "colorize": (),
    "stackgan": (),
    "text-encoder": (),
}
"""Options that make networks small."""
SIDE = 32


def draw(path, dice, size=(40, 36)):
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = dice.integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(coarse).resize(size, Image.Resampling.BILINEAR).save(path)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of pictures in each layout."""
    root, dice = tmp_path_factory.mktemp("own"), np.random.default_rng(0)
    for index in range(24):
        draw(root / "pictures" / "deep" / f"{index}.png", dice)
        draw(root / "classes" / "red" / f"{index}.jpg", dice)
        draw(root / "classes" / "blue" / f"{index}.jpg", dice)
        draw(root / "domains" / "trainA" / f"{index}.png", dice)
        draw(root / "domains" / "trainB" / f"x{index}.png", dice)
        draw(root / "pairs" / f"{index}.png", dice, (2 * SIDE, SIDE))
        draw(root / "captions" / f"{index}.png", dice)
    lines = [json.dumps({"file_name": f"{i}.png", "text": f"a picture, number {i % 5}"}) for i in range(24)]
    (root / "captions" / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return root


def typed(name, folder, out, *more):
    options = ["--dataset", folder, "--out", out, "--batch-size", "4", "--device", "cpu", "--log-every", "1"]
    size = [] if name in ("stackgan", "text-encoder") else ["--size", SIDE]
    return main([name, *map(str, [*options, *size]), *SMALL[name], *more])


CASES = [(name, kind.Config.takes.layout) for name, kind in variants().items() if kind.Config.takes.layout]


@pytest.mark.parametrize(("name", "layout"), CASES)
def test_a_folder_becomes_a_model_of_every_variant(folders, tmp_path, name, layout):
    assert typed(name, folders / layout, tmp_path / "run", "--steps", "3", "--eval-every", "0") == 0
    zoo = tmp_path / "zoo"
    assert (
        main(["export", str(tmp_path / "run"), "--id", "mine", "--zoo", str(zoo), "--samples", "8", "--title", "Mine"])
        == 0
    )
    model = models_zoo.load(str(zoo / "mine"), "cpu")
    card = model.card
    assert (card.title["en"], card.licences["data"], card.dataset) == ("Mine", "unknown", f"own-{layout}")
    assert card.image_size in (SIDE, 64, 128) and "own" in card.text("trained_on", "en")


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
        ("dcgan", (16, 32, 128, 256), 96, "16, 32, 64, 128, 256 or 512"),
        ("began", (32, 128), 28, "16, 32, 64, 128, 256 or 512"),
        ("stylegan", (32, 128), 96, "32, 64, 128 or 256"),
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
            labels = [torch.zeros(2, dtype=torch.long)] if name == "cgan" else []
            assert model.eval().generate(model.latents([0, 1]), *labels).shape == (2, 3, size, size)
    with pytest.raises(TrainError, match=f"--size must be {allowed} here, not {refused}"):
        kind(kind.Config(dataset=folder, size=refused))
