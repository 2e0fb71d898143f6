"""Options that every variant shares; the fields are the command's flags, the docstrings its help."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from train.errors import TrainError


def default_data_root() -> Path:
    """`GAN_DATA_ROOT`, or `data/` where that is not set."""
    return Path(os.environ.get("GAN_DATA_ROOT", "data"))


@dataclass(frozen=True)
class CommonConfig:
    """Options common to all variants."""

    data_root: Path = field(default_factory=default_data_root)
    """Folder of the datasets; what has a public source is downloaded into it. [env: GAN_DATA_ROOT]"""
    dataset: Literal["mnist"] = "mnist"
    """Dataset to train on."""
    out: Path | None = None
    """Folder of this run: checkpoints, samples and metrics. Default: runs/<variant>-<dataset>."""
    steps: int = 20_000
    """Length of the training, in steps of the whole batch."""
    minutes: float | None = None
    """Stop this sitting after so many minutes even if `--steps` is not reached; a decay still goes by `--steps`."""
    batch_size: int = 128
    """Images per step over all processes together; each process takes an equal share."""
    seed: int = 0
    """Seed of the weights, the order of the data and every latent."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to train; auto takes the fastest present."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Arithmetic of the networks; auto takes bf16 where the hardware multiplies it fast, else fp32."""
    resume: bool = False
    """Continue the run in `--out` where its last checkpoint stands, with its options."""
    init_from: str = ""
    """Start from the weights of this bundled id, folder or hub id instead of random ones."""
    lr: float = 2e-4
    """Adam's learning rate."""
    lr_discriminator: float | None = None
    """Adam's learning rate for the discriminator, if another (two time-scales, arXiv:1706.08500)."""
    beta1: float = 0.5
    """Adam's first decay rate."""
    beta2: float = 0.999
    """Adam's second decay rate."""
    lr_decay: Literal["none", "linear"] = "none"
    """Learning rate over the run; linear falls to zero over the second half."""
    ema_half_life: int = 5_000
    """Half-life of the weights' running average, in images; 0 switches the average off."""
    sample_every: int = 1_000
    """Steps between sample sheets (the steps 1, 2, 5, 10, 20, 50, ... always get one)."""
    eval_every: int = 5_000
    """Steps between measurements that pick the best checkpoint; 0 measures never."""
    eval_samples: int = 2_000
    """Number of samples of those measurements."""
    checkpoint_every: int = 1_000
    """Steps between checkpoints."""
    log_every: int = 100
    """Steps between lines of the metrics log."""
    tracker: Literal["none", "tensorboard", "wandb"] = "none"
    """Also log to this tracker, which must be installed."""
    dry_run: bool = False
    """Three steps on synthetic data through all the machinery, in a folder that is thrown away."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "sample_every", "eval_samples", "checkpoint_every", "log_every"):
            if getattr(self, name) < 1:
                raise TrainError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(self, name)}.")
        for name in ("eval_every", "ema_half_life", "seed"):
            if getattr(self, name) < 0:
                raise TrainError(f"--{name.replace('_', '-')} cannot be negative: {getattr(self, name)}.")
        if not self.lr > 0:
            raise TrainError(f"--lr must be above 0, not {self.lr}.")
        if self.minutes is not None and not self.minutes > 0:
            raise TrainError(f"--minutes must be above 0, not {self.minutes}.")


ConfigT = TypeVar("ConfigT", bound=CommonConfig)

# What may differ between a run and its resumption, because it does not change a single weight.
OPERATIONAL = {
    "data_root", "out", "steps", "minutes", "device", "resume", "init_from", "sample_every", "eval_every",
    "eval_samples", "checkpoint_every", "log_every", "tracker", "dry_run",
}  # fmt: skip


def to_json(config: CommonConfig) -> dict[str, Any]:
    """The config as JSON values."""
    return {name: _plain(value) for name, value in dataclasses.asdict(config).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def from_json(kind: type[ConfigT], values: dict[str, Any]) -> ConfigT:
    """The config whose `to_json` is `values`; what this version does not know is left out."""
    known = {field.name for field in dataclasses.fields(kind)} & values.keys()
    paths = {name: Path(values[name]) for name in ("data_root", "out") if values.get(name) is not None}
    tuples = {name: tuple(values[name]) for name in known if isinstance(values[name], list)}
    return kind(**{name: values[name] for name in known} | paths | tuples)


def differences(config: CommonConfig, saved: dict[str, Any]) -> list[str]:
    """What in `config` would train otherwise than `saved` (a `to_json`) did, as flags; for refusing to resume."""
    # A decaying learning rate depends on how far the end is.
    harmless = OPERATIONAL if config.lr_decay == "none" else OPERATIONAL - {"steps"}
    return [
        f"--{name.replace('_', '-')} was {saved.get(name)}, not {value}"
        for name, value in to_json(config).items()
        if name not in harmless and saved.get(name) != value
    ]


def command(variant: str, config: CommonConfig, ancestor: dict[str, Any] | None = None) -> str:
    """The command line that trains `config`: the flags that differ from the variant's defaults.

    For a model that began from `ancestor` (see `train.runs.RunFolder.read_ancestor`), the commands that
    made that one come first, a line each, with the export between; the folders have made-up names.
    """
    if ancestor is not None:
        stage = f"stage-{ancestor['command'].count('--out ') + 1}"
        config = dataclasses.replace(config, init_from=f"runs/zoo/{stage}")
        export = f"python -m train export runs/{stage} --id {stage} --checkpoint last --zoo runs/zoo"
        return f"{ancestor['command']} --out runs/{stage}\n{export}\n{command(variant, config)}"
    defaults = to_json(type(config)())
    left_out = OPERATIONAL - {"steps", "init_from", "eval_every", "eval_samples"}
    flags = [
        _flag(name, value)
        for name, value in to_json(config).items()
        if name not in left_out and value != defaults[name]
    ]
    return " ".join(["python -m train", variant, *flags])


def _flag(name: str, value: Any) -> str:
    """An option as it is typed: switches are flags without a value."""
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {' '.join(map(str, value)) if isinstance(value, list) else value}"
