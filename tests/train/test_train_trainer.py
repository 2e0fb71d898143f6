"""The loop's promises: bit-exact resumption, whole checkpoints, clear words when something breaks."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from models_zoo import card as cards
from train import config as configs
from train.contract import variants
from train.data.datasets import synthetic
from train.errors import TrainError
from train.loop import runs, trainer
from train.loop.runs import RunFolder
from train.publishing import export


def make(tmp_path, name="gan", **options):
    """A small variant that trains in `tmp_path`/run, and its data."""
    if name != "judge":
        options.setdefault("preset", "lecture")
    options.setdefault("lr_decay", "none")
    defaults = {"out": tmp_path / "run", "steps": 6, "batch_size": 8, "eval_every": 0, "precision": "fp32"}
    defaults |= {"log_every": 1, "device": "cpu"}
    kind = variants()[name]
    return kind(kind.Config(**{**defaults, **options})), synthetic("mnist")


def state(folder: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(folder.last)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("name", ["gan", "lsgan", "judge"])
def test_resuming_repeats_the_uninterrupted_run_bit_for_bit(tmp_path, name):
    options = {"lr_decay": "linear", **({"r1": 0.5, "r1_every": 2} if name != "judge" else {})}
    whole = trainer.train(name, *make(tmp_path / "whole", name, **options))
    trainer.train(name, *make(tmp_path / "parts", name, **options, steps=6, minutes=1e-9))  # stops after one step
    variant, data = make(tmp_path / "parts", name, **options, resume=True)
    parts = trainer.train(name, variant, data)
    assert same(state(whole), state(parts))


def test_another_seed_trains_other_weights(tmp_path):
    a = trainer.train("gan", *make(tmp_path / "a"))
    b = trainer.train("gan", *make(tmp_path / "b", seed=1))
    assert not same(state(a), state(b))


def test_the_run_folder_holds_what_it_should(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, sample_every=3, eval_every=3, eval_samples=64))
    assert list(folder.sheets()) == [0, 1, 2, 3, 5, 6]
    log = [entry for entry in folder.read_log() if "loss/generator" in entry]
    assert [entry["step"] for entry in log] == [1, 2, 3, 4, 5, 6]
    assert log[-1]["images"] == 48 and log[-1]["images_per_second"] > 0
    assert folder.best.exists()
    assert json.loads(folder.config.read_text())["variant"] == "gan"


def test_the_log_of_a_resumed_run_has_every_step_once(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, steps=3))
    with open(folder.log, "a") as file:
        file.write('{"step": 4, "loss/generator": 1}\n{"step": 5, "lo')  # logged after the last checkpoint, then killed
    trainer.train("gan", *make(tmp_path, resume=True))
    assert [entry["step"] for entry in folder.read_log()] == [1, 2, 3, 4, 5, 6]


def test_best_is_the_best_measured_not_the_last(tmp_path, monkeypatch):
    values = iter([3.0, 1.0, 2.0])

    def evaluate(self, model, data, n, seed):
        return {"frechet_judge": {"value": next(values)}}

    monkeypatch.setattr(variants()["gan"], "evaluate", evaluate)
    folder = trainer.train("gan", *make(tmp_path, eval_every=2))
    meta = runs.load_networks(folder, variants()["gan"](variants()["gan"].Config(preset="lecture")).build(), "best")
    assert meta["step"] == 4 and meta["metrics"]["frechet_judge"]["value"] == 1.0


def test_init_from_starts_at_the_given_weights(tmp_path, tiny_model):
    variant, data = make(tmp_path, init_from=str(tiny_model), latent_size=7, steps=1, lr=1e-12)
    trained = state(trainer.train("gan", variant, data))
    given = load_file(tiny_model / "model.safetensors")
    assert torch.allclose(trained["model.generator.0.weight"], given["generator.0.weight"].float(), atol=1e-6)


def test_a_run_goes_on_without_the_model_that_it_began_from(tmp_path):
    parent, data = make(tmp_path / "parent", steps=1)
    trainer.train("gan", parent, data)
    folder = export.export(parent.config.out, "parent", data, zoo=tmp_path / "zoo", samples=20)
    options = {"init_from": str(folder), "steps": 2}
    trainer.train("gan", make(tmp_path / "child", minutes=1e-9, **options)[0], data)
    shutil.rmtree(folder)
    trainer.train("gan", make(tmp_path / "child", resume=True, **options)[0], data)
    assert RunFolder(tmp_path / "child" / "run").read_log()[-1]["step"] == 2


def test_a_model_that_began_from_another_tells_both_commands_and_all_it_saw(tmp_path, tiny_model, edit_card):
    edit_card(tiny_model, command="python -m train gan --steps 9", step=9, images_seen=900)
    variant, data = make(tmp_path, init_from=str(tiny_model), latent_size=7, steps=2)
    trainer.train("gan", variant, data)
    card = cards.read(export.export(variant.config.out, "child", data, zoo=tmp_path / "zoo", samples=20))
    first, then, second = card.command.splitlines()
    assert first == "python -m train gan --steps 9 --out runs/stage-1"
    assert then == "python -m train export runs/stage-1 --id stage-1 --checkpoint last --zoo runs/zoo"
    assert second.startswith("python -m train gan ") and "--init-from runs/zoo/stage-1" in second
    grandchild = configs.command("gan", variant.config, {"command": card.command})
    assert "--out runs/stage-2\n" in grandchild
    assert "--init-from runs/zoo/stage-2" in grandchild.splitlines()[-1] and str(tmp_path) not in grandchild
    assert card.step == 11 and card.images_seen == 900 + 2 * variant.config.batch_size


def test_the_snapshots_of_a_model_that_began_from_another_begin_with_those(tmp_path):
    parent, data = make(tmp_path / "parent", steps=3000, minutes=1e-9)
    trainer.train("gan", parent, data)
    folder = export.export(parent.config.out, "parent", data, zoo=tmp_path / "zoo", samples=20)
    child, _ = make(tmp_path / "child", init_from=str(folder), steps=4)
    trainer.train("gan", child, data)
    old = cards.read(folder)
    new = cards.read(export.export(child.config.out, "child", data, zoo=tmp_path / "zoo", samples=20))
    assert new.snapshots == (*old.snapshots, *(old.step + step for step in (1, 2, 4)))
    with Image.open(folder / "snapshots.png") as before, Image.open(new.folder / "snapshots.png") as after:
        assert after.size == (before.width // len(old.snapshots) * len(new.snapshots), before.height)
        assert after.crop((0, 0, *before.size)).tobytes() == before.tobytes()
    for step, sheet in RunFolder(child.config.out).sheets().items():
        if step < 4:
            sheet.unlink()
    alone = cards.read(export.export(child.config.out, "child", data, zoo=tmp_path / "zoo", samples=20))
    assert alone.snapshots == (*old.snapshots, old.step + 4)


def test_init_from_other_networks_is_refused(tmp_path, tiny_model):
    with pytest.raises(TrainError, match="networks differ"):
        trainer.train("gan", *make(tmp_path, init_from=str(tiny_model)))


def test_the_average_follows_the_weights_quickly_at_first():
    assert trainer.average_decay(5000, 128, 0) == 0
    assert trainer.average_decay(5000, 128, 2560) == pytest.approx(0.5)
    assert trainer.average_decay(128, 128, 10**7) == pytest.approx(0.5)


def test_a_diverged_loss_stops_the_run_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    folder = trainer.train("gan", *make(tmp_path, steps=3))
    before = folder.last.read_bytes()
    monkeypatch.setattr(variants()["gan"], "generator_loss", lambda self, fake: fake.mean() * float("nan"))
    with pytest.raises(TrainError, match=r"diverged: loss/generator .* step 4"):
        trainer.train("gan", *make(tmp_path, resume=True))
    assert folder.last.read_bytes() == before


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ({}, {}, "already holds a run"),
        ({}, {"resume": True, "lr": 0.1}, "--lr was 0.0002, not 0.1"),
        ({"lr_decay": "linear"}, {"resume": True, "lr_decay": "linear", "steps": 9}, "--steps was 6, not 9"),
        (None, {"resume": True}, "nothing to resume"),
        (None, {"batch_size": 1000}, "more than the 64 images"),
        (None, {"precision": "fp16"}, "CUDA"),
        (None, {"device": "cuda"}, "no CUDA GPU"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(tmp_path, first, then, said):
    if "cuda" in then.values() and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA GPU")
    if first is not None:
        trainer.train("gan", *make(tmp_path, **first))
    with pytest.raises(TrainError, match=said) as caught:
        trainer.train("gan", *make(tmp_path, **then))
    assert "\n" not in str(caught.value)


def test_a_restarted_run_keeps_nothing_of_one_that_died_before_its_first_checkpoint(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, seed=5, sample_every=3, eval_every=3, eval_samples=64))
    folder.last.unlink()
    trainer.train("gan", *make(tmp_path, steps=2))
    assert list(folder.sheets()) == [0, 1, 2] and not folder.best.exists()
    assert [entry["step"] for entry in folder.read_log()] == [1, 2]


def test_a_lazy_phase_is_logged_although_no_logged_step_runs_it(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, r1=1.0, r1_every=4, log_every=3))
    assert [entry["loss/r1"] > 0 for entry in folder.read_log()] == [True, True]


def test_logged_losses_are_means_since_the_line_before(tmp_path):
    every = trainer.train("gan", *make(tmp_path / "every", log_every=1)).read_log()
    third = trainer.train("gan", *make(tmp_path / "third", log_every=3)).read_log()
    mean = sum(entry["loss/generator"] for entry in every[:3]) / 3
    assert third[0]["loss/generator"] == pytest.approx(mean, rel=1e-4)


def test_a_variant_does_not_resume_the_run_of_another(tmp_path):
    trainer.train("gan", *make(tmp_path))
    with pytest.raises(TrainError, match="trained the variant gan"):
        trainer.train("lsgan", *make(tmp_path, "lsgan", resume=True))


def test_an_unwritable_folder_is_named(tmp_path):
    (tmp_path / "run").write_text("a file stands in the way")
    with pytest.raises(TrainError, match="cannot be written"):
        trainer.train("gan", *make(tmp_path))


def test_a_run_without_its_config_is_named(tmp_path):
    folder = trainer.train("gan", *make(tmp_path))
    folder.config.unlink()
    with pytest.raises(TrainError, match=r"no readable config\.json"):
        trainer.train("gan", *make(tmp_path, resume=True))


def test_a_folder_that_cannot_be_one_is_named_before_a_tracker_writes_there(tmp_path):
    with pytest.raises(TrainError, match="cannot be written"):
        trainer.train("gan", *make(tmp_path, out=Path("/dev/null/run"), tracker="tensorboard"))


def test_a_damaged_checkpoint_is_named(tmp_path):
    folder = trainer.train("gan", *make(tmp_path))
    folder.last.write_bytes(folder.last.read_bytes()[:1000])
    with pytest.raises(TrainError, match="damaged"):
        trainer.train("gan", *make(tmp_path, resume=True))


def command(data_root, out, *options):
    return [
        *(sys.executable, "-m", "train", "gan", "--data-root", data_root, "--out", out, "--preset", "lecture"),
        *(
            "--device",
            "cpu",
            "--precision",
            "fp32",
            "--batch-size",
            "16",
            "--eval-every",
            "0",
            "--lr-decay",
            "none",
            *options,
        ),
    ]


def wait_for(condition, process, seconds=90):
    """Poll until `condition()`; fail if the process ends or time runs out before."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_killed_run_resumes_to_the_same_weights(tmp_path, data_root):
    long, short = RunFolder(tmp_path / "killed"), RunFolder(tmp_path / "whole")
    options = ["--steps", "600", "--checkpoint-every", "50"]
    process = subprocess.Popen(command(data_root, long.path, *options), stderr=subprocess.DEVNULL)
    wait_for(long.last.exists, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with safetensors_meta(long) as meta:
        assert 0 < meta["step"] < 600
    subprocess.run(command(data_root, long.path, *options, "--resume"), check=True, capture_output=True)
    subprocess.run(command(data_root, short.path, *options), check=True, capture_output=True)
    assert same(state(long), state(short))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_and_says_how_to_go_on(tmp_path, data_root, number):
    folder = RunFolder(tmp_path / "run")
    arguments = command(
        data_root, folder.path, "--steps", "1000000", "--checkpoint-every", "1000000", "--log-every", "1"
    )
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(folder.read_log, process)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "--resume" in said and str(folder.path) in said
    with safetensors_meta(folder) as meta:
        assert f"step {meta['step']:,}" in said


def test_a_full_disk_is_said_and_leaves_the_last_checkpoint_whole(tmp_path, data_root):
    resource = pytest.importorskip("resource", reason="file size limits, which stand in for a full disk, are Unix's")
    folder = RunFolder(tmp_path / "run")
    subprocess.run(command(data_root, folder.path, "--steps", "3"), check=True, capture_output=True)
    before = folder.last.read_bytes()

    def limit_file_size():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, len(before) // 2))

    done = subprocess.run(
        command(data_root, folder.path, "--steps", "6", "--resume"),
        capture_output=True,
        text=True,
        preexec_fn=limit_file_size,
    )
    assert done.returncode == 2
    assert "could not be written" in done.stderr and "--resume" in done.stderr and "Traceback" not in done.stderr
    assert folder.last.read_bytes() == before
    assert not [name for name in os.listdir(folder.path) if name.endswith(".partial")]


def test_progress_shows_speed_and_remaining_time(tmp_path, data_root):
    done = subprocess.run(command(data_root, tmp_path / "run", "--steps", "20"), capture_output=True, text=True)
    assert "img/s" in done.stderr and "step 20" in done.stderr
    assert "00:00" in done.stderr  # elapsed<remaining


def test_a_tensorboard_log_is_written_on_request(tmp_path, data_root):
    pytest.importorskip("tensorboard", reason="the tracker is an option that its user installs")
    subprocess.run(
        command(data_root, tmp_path / "run", "--steps", "2", "--log-every", "1", "--tracker", "tensorboard"), check=True
    )
    assert list((tmp_path / "run").rglob("events.out.tfevents*"))


def test_two_processes_train_as_one_does_with_the_whole_batch(tmp_path, data_root):
    options = ["--steps", "20", "--log-every", "1", "--batch-size", "32", "--preset", "mlp"]
    single, double = RunFolder(tmp_path / "one"), RunFolder(tmp_path / "two")
    subprocess.run(command(data_root, single.path, *options), check=True, capture_output=True)
    # --multi_gpu is how Accelerate says "several processes": with --device cpu they talk through gloo.
    launcher = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
    launcher += ["--mixed_precision", "no", "--dynamo_backend", "no", "--num_cpu_threads_per_process", "1"]
    arguments = command(data_root, double.path, *options)
    arguments = [arguments[0], *launcher, *arguments[1:]]
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=300, env={**os.environ, "MASTER_PORT": "29641"}
    )
    assert done.returncode == 0, done.stderr
    assert len(double.read_log()) == 20
    for a, b in zip(single.read_log(), double.read_log(), strict=True):
        assert (a["step"], a["processes"], b["processes"]) == (b["step"], 1, 2)
        for name in ("loss/discriminator", "loss/generator"):
            assert a[name] == pytest.approx(b[name], abs=1e-4)


class safetensors_meta:
    """The metadata of a run's last checkpoint."""

    def __init__(self, folder: RunFolder):
        self.folder = folder

    def __enter__(self):
        _, meta = runs._deserialize(self.folder.last)
        return meta

    def __exit__(self, *_):
        return False


def test_configs_tell_what_differs(tmp_path):

    variant, _ = make(tmp_path)
    saved = configs.to_json(variant.config)
    assert configs.differences(dataclasses.replace(variant.config, steps=9, out=None), saved) == []
    assert configs.differences(dataclasses.replace(variant.config, seed=9), saved) == ["--seed was 0, not 9"]
    assert configs.command("gan", variants()["gan"].Config(loss="minimax")) == "python -m train gan --loss minimax"
