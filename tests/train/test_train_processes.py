"""The loop's promises where processes meet: killed, interrupted, in the same folder, out of disk, several in one training."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.train.small_runs import ROOT, command, launch_two, make, safetensors_meta, same, state, typed
from train.errors import TrainError
from train.loop import trainer
from train.loop.runs import RunFolder
from train.loop.setup import opened


def test_processes_that_look_at_a_folder_at_the_same_time_do_not_disturb_each_other(tmp_path):
    folder, wrong = RunFolder(tmp_path / "run"), []

    def look():
        try:
            for _ in range(40):
                folder.create()
        except TrainError as error:
            wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and os.listdir(folder.path) == ["samples"]


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_run_in_the_same_folder_is_refused_while_the_first_one_lives(tmp_path, resume):
    if resume:
        trainer.train("gan", *make(tmp_path, steps=3))
    with opened("gan", *make(tmp_path, resume=resume)), pytest.raises(TrainError, match="Another process is training"):
        trainer.train("gan", *make(tmp_path, resume=resume))
    trainer.train("gan", *make(tmp_path, resume=resume))


def test_of_two_runs_started_at_the_same_time_exactly_one_goes_on(tmp_path, data_root):
    arguments = command(data_root, tmp_path / "run", "--steps", "20")
    both = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], said
    (refused,) = (text for process, text in zip(both, said, strict=True) if process.returncode == 2)
    assert "Another process is training in" in refused or "already holds a run" in refused
    assert "Traceback" not in refused
    with safetensors_meta(RunFolder(tmp_path / "run")) as meta:
        assert meta["step"] == 20


def wait_for(condition, process, seconds=90):
    """Poll until `condition()`; fail if the process ends or time runs out before."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_killed_run_resumes_to_the_same_weights(tmp_path, data_root):
    long, short = RunFolder(tmp_path / "killed"), RunFolder(tmp_path / "whole")
    options = ["--steps", "300", "--checkpoint-every", "20"]
    process = subprocess.Popen(command(data_root, long.path, *options), stderr=subprocess.DEVNULL)
    wait_for(long.last.exists, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with safetensors_meta(long) as meta:
        assert 0 < meta["step"] < 300
    assert typed(data_root, long.path, *options, "--resume") == typed(data_root, short.path, *options) == 0
    assert same(state(long), state(short))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_and_says_how_to_go_on(tmp_path, data_root, capsys, monkeypatch, number):
    folder = RunFolder(tmp_path / "run")

    def interrupt(run, batch, step=trainer.step):
        if run.progress.step == 6:
            os.kill(os.getpid(), number)
        return step(run, batch)

    monkeypatch.setattr(trainer, "step", interrupt)
    assert typed(data_root, folder.path, "--steps", "1000000", "--checkpoint-every", "1000000") == 0
    said = capsys.readouterr()
    assert "--resume" in said.out and str(folder.path) in said.out and "step 7;" in said.out
    assert "again to stop at once" in said.err
    with safetensors_meta(folder) as meta:
        assert meta["step"] == 7


def test_a_full_disk_is_said_and_leaves_the_last_checkpoint_whole(tmp_path, data_root):
    resource = pytest.importorskip("resource", reason="file size limits, which stand in for a full disk, are Unix's")
    folder = RunFolder(tmp_path / "run")
    assert typed(data_root, folder.path, "--steps", "3") == 0
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


def test_two_processes_train_as_one_does_with_the_whole_batch(tmp_path, data_root):
    options = ["--steps", "20", "--log-every", "1", "--batch-size", "32", "--preset", "mlp"]
    single, double = RunFolder(tmp_path / "one"), RunFolder(tmp_path / "two")
    assert typed(data_root, single.path, *options) == 0
    _, *arguments = command(data_root, double.path, *options)
    done = launch_two(arguments)
    assert done.returncode == 0, done.stderr
    assert len(double.read_log()) == 20
    for a, b in zip(single.read_log(), double.read_log(), strict=True):
        assert (a["step"], a["processes"], b["processes"]) == (b["step"], 1, 2)
        for name in ("loss/discriminator", "loss/generator"):
            assert a[name] == pytest.approx(b[name], abs=1e-3)


BATCH_NORM = """
import sys
import torch
from train.loop.distributed import synchronise_batch_norm
rank = int(sys.argv[1])
torch.distributed.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
for mean, deviation, tolerance in ((0, 1, 1e-5), (100, 1, 1e-4), (300, 0.01, 1e-2)):
    torch.manual_seed(0)
    whole = torch.randn(64, 3, 8, 8, dtype=torch.float64) * deviation + mean
    weights = torch.randn(64, 3, 8, 8, dtype=torch.float64)
    found = []
    for dtype in (torch.float64, torch.float32):
        norm = torch.nn.BatchNorm2d(3, dtype=dtype)
        x, mine = whole.float().to(dtype), slice(None)
        if dtype == torch.float32:
            synchronise_batch_norm(norm)
            mine = slice(32 * rank, 32 * rank + 32)
        x = x[mine].requires_grad_()
        y = norm(x)
        (y * weights[mine].to(dtype)).sum().backward()
        found.append((y, x.grad * deviation, norm.running_mean, norm.running_var))
    rows = slice(32 * rank, 32 * rank + 32)
    for expected, got in zip((found[0][0][rows], found[0][1][rows], *found[0][2:]), found[1]):
        assert (expected - got).abs().max() <= tolerance, (mean, deviation)
# Whoever leaves first would break the connections under the other's last message.
torch.distributed.barrier()
torch.distributed.destroy_process_group()
"""


def test_batch_norm_over_processes_is_exact_where_the_mean_is_large(tmp_path):
    both = [
        subprocess.Popen(
            [sys.executable, "-c", BATCH_NORM, rank, str(tmp_path / "meeting")],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
