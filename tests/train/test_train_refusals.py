"""Options and files with which a training cannot go well are named before it begins, or as soon as it shows."""

import math
import os
from types import SimpleNamespace

import pytest
from accelerate import Accelerator

from tests.train.noise import drawn
from train.__main__ import main
from train.data import datasets, own
from train.errors import TrainError
from train.loop import watching


@pytest.fixture
def photos(tmp_path):
    """Twelve pictures of one's own."""
    for seed in range(12):
        drawn(tmp_path / "photos" / f"{seed}.png", seed)
    return tmp_path / "photos"


def trained(photos, out, *more, preset="lecture"):
    """The exit code of a short training of small networks on `photos`."""
    options = [
        "--dataset",
        photos,
        "--size",
        16,
        "--preset",
        preset,
        "--out",
        out,
        "--device",
        "cpu",
        "--eval-every",
        0,
    ]
    return main(["gan", *map(str, [*options, *more])])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cyclegan", "--crop", "256"), "--crop must be a multiple of 4 from 32 to 143 here, not 256."),
        (("cyclegan", "--crop", "30"), "--crop must be a multiple of 4 from 32 to 143 here, not 30."),
        (("dcgan", "--lr", "1e6"), "--lr must be above 0 and at most 1, not 1000000.0."),
        (("gan", "--lr-discriminator", "2"), "--lr-discriminator must be above 0 and at most 1, not 2.0."),
    ],
)
def test_options_that_cannot_work_are_refused_before_data_is_looked_for(tmp_path, capsys, arguments, message):
    assert main([*arguments, "--data-root", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
    assert not list(tmp_path.iterdir())


def test_batch_norm_of_one_picture_is_refused(photos, tmp_path, capsys):
    assert trained(photos, tmp_path / "run", "--batch-size", 1, preset="mlp") == 2
    assert "--batch-size must be at least 2 here: batch norm" in capsys.readouterr().err


@pytest.mark.parametrize("length", [0, 3, 9, 1000])
def test_a_file_of_mnist_that_was_cut_short_is_named(data_root, tmp_path, length):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in (data_root / "MNIST" / "raw").iterdir():
        (raw / path.name).write_bytes(path.read_bytes())
    os.truncate(raw / "train-images-idx3-ubyte", length)
    with pytest.raises(TrainError, match=r"train-images-idx3-ubyte is damaged or cut short; remove it"):
        datasets.load("mnist", tmp_path)


def test_a_run_goes_on_with_the_same_pictures_only(photos, tmp_path, capsys):
    out = tmp_path / "run"
    assert trained(photos, out, "--steps", 1, "--batch-size", 4) == 0
    drawn(photos / "new.png", 99)
    # A resumed run is another process, which looks at the folder anew.
    own._recognised.cache_clear()
    assert main(["gan", "--resume", "--steps", "2", "--out", str(out)]) == 2
    assert "cannot be resumed with other pictures" in capsys.readouterr().err
    (photos / "new.png").unlink()
    own._recognised.cache_clear()
    for path in photos.iterdir():
        os.utime(path)
    assert main(["gan", "--resume", "--steps", "2", "--out", str(out)]) == 0


def test_a_tracker_that_cannot_start_is_one_sentence(photos, tmp_path, capsys, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("No API key configured.\nUse `wandb login` to log in.")

    monkeypatch.setattr(Accelerator, "init_trackers", fail)
    assert trained(photos, tmp_path / "run", "--batch-size", 4, "--tracker", "tensorboard") == 2
    assert "error: --tracker tensorboard could not start: No API key configured.\n" in capsys.readouterr().err


def test_a_loss_beyond_all_reason_stops_the_training(tmp_path):
    folder = SimpleNamespace(last=tmp_path / "last.safetensors")
    run = SimpleNamespace(folder=folder, progress=SimpleNamespace(step=7))
    for value, said in ((3e26, "reached 3e\\+26"), (math.nan, "is no longer a finite number")):
        with pytest.raises(TrainError, match=f"loss/generator {said} at step 7; no checkpoint"):
            watching.check_finite(run, {"score/real": 1e9, "loss/generator": value})


def test_a_discriminator_that_is_always_right_is_worth_a_word_once(photos, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(watching, "SURE", math.inf)
    assert trained(photos, tmp_path / "run", "--steps", 25, "--batch-size", 4, "--log-every", 1) == 0
    said = capsys.readouterr().err
    assert said.count("almost without error since step 1, so the generator hardly learns") == 1
