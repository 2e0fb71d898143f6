"""Small runs on the CPU, and what their folders hold, for the tests of the loop."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from train.__main__ import main
from train.contract import variants
from train.data.datasets import synthetic
from train.loop import runs
from train.loop.runs import RunFolder

ROOT = Path(__file__).parent.parent.parent


def make(tmp_path, name="gan", **options):
    """A small variant that trains in `tmp_path`/run, and its data."""
    if name != "judge":
        options.setdefault("preset", "lecture")
    options.setdefault("lr_decay", "none")
    defaults = {"out": tmp_path / "run", "steps": 6, "batch_size": 8, "eval_every": 0, "precision": "fp32"}
    defaults |= {"log_every": 1, "device": "cpu"}
    kind = variants()[name]
    return kind(kind.Config(**{**defaults, **options})), synthetic("mnist")


def launch_two(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `python` with these `arguments` as two processes on the CPU that train together."""
    # --multi_gpu is how Accelerate says "several processes": with --device cpu they talk through gloo.
    launcher = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
    launcher += ["--mixed_precision", "no", "--dynamo_backend", "no", "--num_cpu_threads_per_process", "1"]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        environment = {**os.environ, "MASTER_PORT": str(probe.getsockname()[1])}
    return subprocess.run(
        [sys.executable, *launcher, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env=environment,
    )


def state(folder: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(folder.last)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def edit_config(folder, **changes):
    """Change entries of a run's config.json as a text editor would."""
    saved = json.loads(folder.config.read_text())
    folder.config.write_text(json.dumps({**saved, **changes}))


def command(data_root, out, *options):
    """A small run on the CPU, as it is typed."""
    return [
        *(sys.executable, "-m", "train", "gan", "--data-root", data_root, "--out", out, "--preset", "lecture"),
        *("--device", "cpu", "--precision", "fp32", "--batch-size", "16", "--eval-every", "0", "--lr-decay", "none"),
        *options,
    ]


def typed(data_root, out, *options):
    """Run `command` in this process, which saves the time of importing torch; returns the exit code."""
    return main(list(map(str, command(data_root, out, *options)[3:])))


class safetensors_meta:
    """The metadata of a run's last checkpoint."""

    def __init__(self, folder: RunFolder):
        self.folder = folder

    def __enter__(self):
        _, meta = runs._deserialize(self.folder.last)
        return meta

    def __exit__(self, *_):
        return False
