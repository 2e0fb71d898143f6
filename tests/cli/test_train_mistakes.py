"""Whatever is typed, and whatever lies in the files, ends in one clear sentence and exit code 2."""

import gzip
import json
import shutil
import struct
import zlib

import pytest

from models_zoo import card as cards
from tests.cli.test_train_cli import LECTURE, run
from tests.train.noise import drawn
from train.__main__ import main
from train.data import lock
from train.loop.runs import RunFolder

X = "x" * 5000
PICTURES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def refused(capsys, *arguments):
    """The sentence with which a command ends."""
    code, _, error = run(capsys, *arguments)
    assert code == 2 and error.startswith("error: ") and len(error.strip().splitlines()) == 1, error
    assert len(error) < 1500
    return error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gan", "--beta1", "2"], "--beta1 must be below 1"),
        (["gan", "--beta2", "-1"], "--beta2 cannot be negative"),
        (["gan", "--seed", str(2**64)], "--seed must be below 2^63"),
        (["gan", "--eval-samples", str(10**12)], "--eval-samples must be at most"),
        (["gan", "--batch-size", str(10**9)], "--batch-size must be at most"),
        (["gan", "--latent-size", str(10**30)], "--latent-size must be at most"),
        (["dcgan", "--widths", "8", str(10**9)], "--widths must be at most"),
        (["gan", "--log-every", str(10**30)], "--log-every must be at most"),
        (["gan", "--ema-half-life", "9" * 400], "--ema-half-life cannot have 400 characters"),
        (["gan", "--steps", "9" * 5000], "--steps cannot have 5,000 characters"),
        (["evaluate", "gan-mnist", "--seed", str(2**70)], "--seed must be a 64-bit integer"),
        (["evaluate", "gan-mnist", "--samples", str(10**15)], "--samples must be at most"),
        *((["gan", flag, "a\0b"], f"{flag} cannot have a NUL") for flag in ("--out", "--data-root", "--preview", "--cache")),
        *((["gan", flag, X], f"{flag} cannot have 5,000") for flag in ("--out", "--data-root", "--dataset", "--init-from")),
        *(([command, X], "A name cannot have 5,000") for command in ("evaluate", "directions", "check")),
        *(([command, "a\0b"], "A name cannot have a NUL") for command in ("evaluate", "directions", "check")),
        (["export", "run", "--id", X], "--id cannot have 5,000"),
        (["import", "file", "--id", "x", "--zoo", "a\0"], "--zoo cannot have a NUL"),
        (["publish", "gan-mnist", f"--repo={X}"], "--repo cannot have 5,000"),
        (["gan", "--resume", "--out", X], "--out cannot have 5,000"),
        ([X], "A name cannot have 5,000"),
        (["gan", "--out", ""], "--out cannot be empty"),
        (["gan", "--out="], "--out cannot be empty"),
        (["gan", "--data-root", " "], "--data-root cannot be empty"),
        (["export", ""], "A name cannot be empty"),
        (["evaluate", "gan-mnist", "--data-root", "nowhere"], "There is no folder nowhere for --data-root"),
        (["gan", "--data-root", "nowhere"], "There is no folder nowhere for --data-root"),
    ],
)  # fmt: skip
def test_what_no_option_can_be_is_said_and_leaves_nothing(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(capsys, *arguments)
    assert not list(tmp_path.iterdir())


# ---- data -----------------------------------------------------------------------------------------


@pytest.fixture
def mnist(data_root, tmp_path):
    """A copy of the small MNIST that may be damaged."""
    shutil.copytree(data_root, tmp_path / "data")
    return tmp_path / "data" / "MNIST" / "raw"


@pytest.mark.parametrize("name", [PICTURES, LABELS])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:7],
        lambda data: data[:-1],
        lambda data: data + b"x",
        gzip.compress,
        lambda data: b"junk" * 100,
        lambda data: b"\0\0\x0d" + data[3:],
        lambda data: b"\0\0\x08\xff" + data[4:],
    ],
)
def test_idx_files_that_are_none_are_named(capsys, mnist, tmp_path, name, spoil):
    (mnist / name).write_bytes(spoil((mnist / name).read_bytes()))
    said = refused(capsys, *LECTURE, "--data-root", tmp_path / "data", "--out", tmp_path / "run")
    assert name in said and "remove it" in said and not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (LABELS, struct.pack(">II", 2049, 512) + b"\xc8" * 512, "labels that are no digits"),
        (LABELS, struct.pack(">II", 2049, 5) + b"\1" * 5, "5 labels for the 512 pictures"),
        (PICTURES, struct.pack(">IIII", 2051, 512, 2, 3) + b"\1" * 512 * 6, "2 x 3 pixels"),
    ],
)
def test_idx_files_that_do_not_belong_together_are_named(capsys, mnist, tmp_path, name, data, said):
    (mnist / name).write_bytes(data)
    assert said in refused(capsys, *LECTURE, "--data-root", tmp_path / "data", "--out", tmp_path / "run")


def with_text(path):
    """Give a PNG file a text chunk that unpacks to more than Pillow takes."""
    data = path.read_bytes()
    body = b"zTXt" + b"k\0\0" + zlib.compress(b" " * 3_000_000)
    end = data.rindex(b"IEND") - 4
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:33] + chunk + data[33:end] + chunk + data[end:])


def test_a_png_with_a_huge_text_is_one_that_cannot_be_read(capsys, tmp_path):
    for seed in range(30):
        drawn(tmp_path / "photos" / f"{seed}.png", seed)
    with_text(tmp_path / "photos" / "3.png")
    code, said, error = run(capsys, "check", tmp_path / "photos", "--sheet", tmp_path / "sheet.png")
    assert code == 0 and "3.png" in said, error
    options = ["--size", "16", "--steps", "1", "--batch-size", "4", "--eval-every", "0", "--device", "cpu"]
    code, _, error = run(capsys, *LECTURE[:3], *options, "--dataset", tmp_path / "photos", "--out", tmp_path / "run")
    assert code in (0, 2) and "3.png" in error and "Traceback" not in error


# ---- runs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(data_root, tmp_path_factory):
    """A run of four steps that was measured once."""
    out = tmp_path_factory.mktemp("runs") / "run"
    options = ["--steps", "4", "--eval-every", "2", "--eval-samples", "16", "--log-every", "1"]
    assert main([*LECTURE, "--data-root", str(data_root), "--out", str(out), *options]) == 0
    return out


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of it that may be damaged."""
    shutil.copytree(finished, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def resume(folder):
    return ["gan", "--resume", "--steps", "5", "--out", folder.path]


def export(folder, *more):
    return ["export", folder.path, "--id", "x", "--zoo", folder.path.parent / "zoo", "--samples", "16", *more]


@pytest.mark.parametrize("command", [resume, export])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"loss/generator": 1}\n', "has no step"),
        (b'{"step": "3"}\n', "has no step"),
        (b"[3]\n", "has no step"),
        (b"5\n", "has no step"),
        (b'{"step": 3, "loss/generator": "low"}\n', "more than numbers"),
        (b'{"step": 3, "loss/generator": NaN}\n', "not finite"),
        ('{"step": 3}\n'.encode("utf-16"), "no text in UTF-8"),
    ],
)
def test_a_log_that_no_run_writes_is_told(capsys, copied, command, data, said):
    copied.log.write_bytes(data)
    assert said in refused(capsys, *command(copied))


def test_foreign_files_among_the_sheets_are_left_alone(capsys, copied):
    strangers = [copied.path / "samples" / name for name in ("notes.png", "00000002 copy.png", "-5.png", "²³.png")]
    for path in strangers:
        path.write_bytes(b"mine")
    code, _, error = run(capsys, *resume(copied))
    assert code == 0, error
    code, _, error = run(capsys, *export(copied))
    assert code == 0, error
    assert all(path.read_bytes() == b"mine" for path in strangers)


def test_a_sheet_that_is_no_picture_any_more_is_named(capsys, copied):
    copied.sheet(2).write_bytes(b"text")
    assert f"{copied.sheet(2)} is not the picture" in refused(capsys, *export(copied))


def test_the_best_checkpoint_in_the_place_of_the_last_is_told(capsys, copied):
    shutil.copyfile(copied.best, copied.last)
    assert "cannot be continued" in refused(capsys, *resume(copied))


def test_the_last_checkpoint_in_the_place_of_the_best_is_told(capsys, copied):
    shutil.copyfile(copied.last, copied.best)
    assert "does not fit the networks" in refused(capsys, *export(copied, "--checkpoint", "best"))


@pytest.mark.parametrize("meta", ["[]", "{}", '{"step": "x", "images": 1}', "[" * 100_000, "9" * 5000, "null"])
def test_a_checkpoint_that_says_nothing_sensible_is_damaged(capsys, copied, meta):
    import safetensors.torch

    tensors = safetensors.torch.load_file(copied.last)
    safetensors.torch.save_file(tensors, copied.last, {"gan_explorer": meta})
    assert "damaged" in refused(capsys, *resume(copied))


def test_one_run_trains_in_a_folder_and_others_are_told_so(capsys, copied, tmp_path):
    with lock.exclusive(copied.lock):
        assert "Another process is training in" in refused(capsys, *resume(copied))
        # Before its first checkpoint, and where the others' data are not there.
        copied.last.unlink()
        assert "Another process is training in" in refused(capsys, *resume(copied))
        elsewhere = ["--data-root", tmp_path / "nowhere", "--out", copied.path]
        assert "Another process is training in" in refused(capsys, *LECTURE, *elsewhere)


# ---- models ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"variant": "cyclegan", "dataset": "horse2zebra"}, "not for the task unconditional"),
        ({"dataset": "own-photos", "command": "python -m train gan 'unfinished"}, "none that can be typed"),
        ({"dataset": "own-photos", "command": "python -m train gan --nonsense 3"}, "has options that gan does not"),
    ],
)
def test_a_card_that_does_not_fit_its_variant_is_told(capsys, tiny_model, edit_card, data_root, changes, said):
    edit_card(tiny_model, **changes)
    assert said in refused(capsys, "evaluate", tiny_model, "--samples", "16", "--data-root", data_root)


@pytest.mark.parametrize("command", ["evaluate", "directions"])
def test_weights_that_are_no_numbers_are_told(capsys, tiny_model, edit_card, command):
    import safetensors.torch

    path = tiny_model / cards.WEIGHTS_FILE
    tensors = safetensors.torch.load_file(path)
    tensors["generator.0.bias"][0] = float("nan")
    safetensors.torch.save_file(tensors, path)
    edit_card(tiny_model, sha256="")
    assert "NaN or infinite" in refused(capsys, command, tiny_model)


def test_faces_that_are_no_numbers_cannot_be_sorted(tiny_model):
    import torch

    import models_zoo
    from models_zoo.pool import judged

    model = models_zoo.load(str(tiny_model), "cpu")
    with torch.no_grad():
        model.generator[2].weight.fill_(torch.nan)
    with pytest.raises(models_zoo.ZooError, match="weights are broken"):
        judged(model, models_zoo.load("judge-mnist", "cpu"), 16)


def test_a_config_nested_without_end_is_no_run(capsys, copied):
    copied.config.write_text("[" * 100_000)
    assert "no readable config.json" in refused(capsys, *resume(copied))
    copied.config.write_text(json.dumps({"variant": "gan", "config": {}})[:-1] + ', "x": ' + "9" * 5000 + "}")
    assert "no readable config.json" in refused(capsys, *resume(copied))
