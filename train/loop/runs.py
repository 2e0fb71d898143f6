"""A run's folder: atomic checkpoints, sample sheets and the metrics log.

runs/x/config.json       the options, the hardware, and the model that the run started from
runs/x/last.safetensors  everything needed to continue (networks, averages, optimizers, state)
runs/x/best.safetensors  the networks that measured best so far, averages in place
runs/x/metrics.jsonl     one JSON line per log step
runs/x/samples/          one sheet of pictures per stored step
runs/x/.lock             held by the process that trains here, so that no second one does
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from PIL import Image
from torch import Tensor, nn

from models_zoo import bounds
from models_zoo.checkpoint import ZooModel
from train import config as configs
from train.config import CommonConfig, ConfigT
from train.contract import State
from train.errors import TrainError
from train.loop.precision import Hardware

SHEET_PADDING = 2
SHEET = re.compile(r"[0-9]{1,15}\.png")
"""What a sample sheet is called: by its step."""
LAST = {"step", "images", "seconds", "metrics", "scaler", "scalars"}
"""What `last.safetensors` tells of a training besides its tensors."""
MOST_META = 2**20
"""Characters of that."""
ANCESTOR = {"id": str, "command": str, "step": int, "images": int, "snapshots": list}
"""What `RunFolder.read_ancestor` returns, and of which type each value is."""


def default_out(name: str, config: CommonConfig) -> Path:
    """The folder of a run of the variant `name` for which no `--out` was given."""
    return Path("runs") / f"{name}-{config.data_name}"


@dataclass
class Progress:
    """Everything that a checkpoint holds. `averaged` shares with `model` the networks that are not averaged."""

    model: ZooModel
    averaged: ZooModel
    optimizers: dict[str, torch.optim.Optimizer]
    scaler: torch.amp.GradScaler
    state: State
    step: int = 0
    images: int = 0
    seconds: float = 0.0
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFolder:
    """Names and writes the files of one run."""

    path: Path

    @property
    def last(self) -> Path:
        return self.path / "last.safetensors"

    @property
    def best(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    @property
    def log(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def ancestor_snapshots(self) -> Path:
        return self.path / "ancestor.png"

    def sheet(self, step: int) -> Path:
        """The sample sheet of `step`."""
        return self.path / "samples" / f"{step:08d}.png"

    def sheets(self) -> dict[int, Path]:
        """All sample sheets by step; other files may lie beside them."""
        found = sorted((self.path / "samples").glob("*.png"))
        return {int(path.stem): path for path in found if SHEET.fullmatch(path.name) and path.is_file()}

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    def read_config(self) -> tuple[str, dict[str, Any]]:
        """The variant's name and the config as JSON values, as they were written when the run began."""
        saved = self._read_whole_config()
        return saved["variant"], saved["config"]

    def config_of(self, name: str, kind: type[ConfigT], moved: Sequence[str | Path] = ()) -> ConfigT:
        """The config of the run, which must be one of the variant `name`, whose configs are of the type `kind`.

        `moved` are the paths at which pictures of the user's own are now, if they are not where they were.

        Raises `TrainError` where another variant was trained, or where `kind` does not allow what the file says.
        """
        trained, values = self.read_config()
        if trained != name:
            raise TrainError(
                f"{self.path} cannot be resumed with other options: it trained the variant {trained}, not {name}."
            )
        return configs.from_json(kind, values, moved)

    def read_ancestor(self) -> dict[str, Any] | None:
        """The model that the run was started from, as its card describes it; None if from random weights.

        ``{"id", "command", "step", "images", "snapshots"}``, the last being the steps of the cells in
        `ancestor_snapshots`.
        """
        found = self._read_whole_config().get("ancestor")
        if found is None:
            return None
        if not (isinstance(found, dict) and all(isinstance(found.get(key), kind) for key, kind in ANCESTOR.items())):
            raise TrainError(f"{self.config} is damaged: its ancestor is not one that a run writes.")
        return found

    def read_hardware(self) -> Hardware | None:
        """What the run computed on and in until now; None in a run of a version that did not keep this."""
        found = self._read_whole_config().get("hardware")
        if isinstance(found, dict) and found.keys() == {"device", "precision"}:
            hardware = Hardware(**found)
            if hardware.precision in ("fp32", "bf16", "fp16"):
                return hardware
        return None

    def read_pictures(self) -> str | None:
        """The `Dataset.fingerprint` of what the run was trained on; None in a run of a version that did not keep this."""
        found = self._read_whole_config().get("pictures")
        return found if isinstance(found, str) else None

    def _read_whole_config(self) -> dict[str, Any]:
        try:
            saved = bounds.read_json(self.config)
        except (OSError, ValueError):
            saved = None
        if not (
            isinstance(saved, dict) and isinstance(saved.get("variant"), str) and isinstance(saved.get("config"), dict)
        ):
            raise TrainError(f"{self.path} is not a run: it has no readable {self.config.name}.")
        return saved

    def create(self) -> None:
        """Make the folder, or say in one sentence why it cannot be made."""
        try:
            (self.path / "samples").mkdir(parents=True, exist_ok=True)
            # Its name is unique: others may be looking at the same time.
            with tempfile.NamedTemporaryFile(dir=self.path, prefix=".writable-"):
                pass
        except OSError as error:
            raise TrainError(f"--out {self.path} cannot be written to: {error.strerror or error}.") from None

    def write(self, path: Path, data: bytes) -> None:
        """Replace `path` with `data` at once or not at all, so that a crash or a full disk leaves the old file intact."""
        partial = path.with_name(path.name + ".partial")
        try:
            with open(partial, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            kept = (
                "the last checkpoint is intact: solve this and continue with --resume"
                if self.last.exists()
                else "nothing was saved yet"
            )
            raise TrainError(f"{path} could not be written ({error.strerror or error}); {kept}.") from None

    def append_log(self, entry: dict[str, Any]) -> None:
        """Add one line to the metrics log."""
        try:
            with open(self.log, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            raise TrainError(
                f"{self.log} could not be written ({error.strerror or error}); continue with --resume."
            ) from None

    def read_log(self) -> list[dict[str, Any]]:
        """The complete lines of the metrics log; a line that a crash cut short is skipped.

        Raises `TrainError` for a log that no run writes: each line has a step, and nothing but numbers.
        """
        try:
            lines = self.log.read_bytes().decode("utf-8").splitlines() if self.log.exists() else ()
        except OSError as error:
            raise TrainError(f"{self.log} could not be read: {error.strerror or error}.") from None
        except UnicodeDecodeError:
            raise TrainError(f"{self.log} is damaged: it is no text in UTF-8. Remove it or mend it.") from None
        entries = []
        for number, line in enumerate(lines, start=1):
            try:
                entry = bounds.parsed(line)
            except json.JSONDecodeError:
                continue
            except bounds.BoundError as error:
                raise TrainError(f"{self.log} is damaged: of line {number}, {error}. Remove the line.") from None
            if not (isinstance(entry, dict) and type(entry.get("step")) is int):
                raise TrainError(f"{self.log} is damaged: line {number} has no step. Remove the line.")
            if not all(isinstance(value, int | float) for value in entry.values()):
                raise TrainError(f"{self.log} is damaged: line {number} has more than numbers. Remove the line.")
            entries.append(entry)
        return entries

    def forget_after(self, step: int) -> None:
        """Drop what was logged and drawn after the checkpoint that the run continues from."""
        log = self.read_log() if step >= 0 else []
        kept = [json.dumps(entry) + "\n" for entry in log if entry["step"] <= step]
        self.write(self.log, "".join(kept).encode())
        for drawn, path in self.sheets().items():
            if drawn > step:
                path.unlink()


def save_last(folder: RunFolder, progress: Progress) -> None:
    """Write `last.safetensors`."""
    tensors = {f"model.{name}": value for name, value in progress.model.state_dict().items()}
    for name, net in own_averages(progress).items():
        tensors |= {f"average.{name}.{key}": value for key, value in net.state_dict().items()}
    for name, optimizer in progress.optimizers.items():
        for index, slots in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{name}.{index}.{key}": value for key, value in slots.items()}
    tensors |= {f"state.{name}": value for name, value in progress.state.tensors.items()}
    meta = {
        "step": progress.step,
        "images": progress.images,
        "seconds": progress.seconds,
        "metrics": progress.metrics,
        "scaler": progress.scaler.state_dict(),
        "scalars": progress.state.scalars,
    }
    folder.write(folder.last, _serialize(tensors, meta))


def load_last(folder: RunFolder, progress: Progress) -> None:
    """Fill `progress` from `last.safetensors`."""
    tensors, meta = _deserialize(folder.last)
    if missing := sorted(LAST - meta.keys()):
        raise TrainError(
            f"{folder.last} cannot be continued: it lacks the {missing[0]} of a training, as {folder.best.name} does. Put back "
            "what was there, or export it and start a new run with --init-from."
        )
    _load_into(progress.model, _part(tensors, "model."), folder.last)
    for name, net in own_averages(progress).items():
        _load_into(net, _part(tensors, f"average.{name}."), folder.last)
    with _fitting(folder.last):
        _load_rest(progress, tensors, meta)


def _load_rest(progress: Progress, tensors: dict[str, Tensor], meta: dict[str, Any]) -> None:
    """Fill what `progress` has besides networks."""
    for name, optimizer in progress.optimizers.items():
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in _part(tensors, f"optimizer.{name}.").items():
            index, slot = key.split(".", 1)
            parameter = optimizer.param_groups[0]["params"][int(index)]
            if value.shape == parameter.shape:
                # The fused optimizer walks through memory: its averages must lie there as the weights do.
                value = torch.empty_like(parameter).copy_(value)
            slots.setdefault(int(index), {})[slot] = value
        optimizer.load_state_dict({"state": slots, "param_groups": optimizer.state_dict()["param_groups"]})
    progress.state.tensors.update(_part(tensors, "state."))
    progress.state.scalars.update(meta["scalars"])
    progress.scaler.load_state_dict(meta["scaler"])
    progress.step, progress.images, progress.seconds = meta["step"], meta["images"], meta["seconds"]
    progress.metrics = meta["metrics"]


def save_best(folder: RunFolder, progress: Progress) -> None:
    """Write `best.safetensors` from the averaged networks."""
    meta = {"step": progress.step, "images": progress.images, "metrics": progress.metrics}
    folder.write(folder.best, _serialize(dict(progress.averaged.state_dict()), meta))


def load_networks(folder: RunFolder, model: ZooModel, which: str) -> dict[str, Any]:
    """Fill `model` with a run's ``"best"`` or ``"last"`` averaged networks; returns the step and images seen."""
    path = folder.best if which == "best" else folder.last
    tensors, meta = _deserialize(path)
    if which == "last":
        tensors = _part(tensors, "model.") | _part(tensors, "average.")
    # A run's discriminator may be wanted without its generator.
    _load_into(model, {name: tensors[name] for name in model.state_dict() if name in tensors}, path)
    return meta


def sheet_png(images: Tensor) -> bytes:
    """A PNG of images N x C x H x W in [-1, 1], in a grid as square as N allows."""
    from train.data import vision

    vision.make_importable()
    from torchvision.utils import make_grid

    columns = math.ceil(math.sqrt(len(images)))
    grid = make_grid(images.float().cpu().add(1).div(2).clamp(0, 1), nrow=columns, padding=SHEET_PADDING, pad_value=1.0)
    pixels = grid.mul(255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    picture = Image.fromarray(pixels[..., 0] if images.shape[1] == 1 else pixels)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def own_averages(progress: Progress) -> dict[str, nn.Module]:
    """The averaged networks by name, without those that `averaged` shares with `model`."""
    live = dict(progress.model.named_children())
    return {name: net for name, net in progress.averaged.named_children() if net is not live[name]}


@contextlib.contextmanager
def _fitting(path: Path) -> Iterator[None]:
    """Raise `TrainError` for what in the checkpoint `path`, read in the block, no run of these options writes."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError, AttributeError):
        raise TrainError(f"{path} is damaged: it is not what a run with these options writes.") from None


def _load_into(net: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Load `tensors`, read from `path`, or say in one sentence that the config describes other networks."""
    expected, found = ({name: value.shape for name, value in each.items()} for each in (net.state_dict(), tensors))
    if expected != found:
        raise TrainError(f"{path} does not fit the networks that {path.with_name('config.json')} describes.")
    net.load_state_dict(tensors)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those of `tensors` whose names begin with `prefix`, under what follows it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _serialize(tensors: dict[str, Tensor], meta: dict[str, Any]) -> bytes:
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    return safetensors.torch.save(plain, metadata={"gan_explorer": json.dumps(meta)})


def _deserialize(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            meta = bounds.parsed(file.metadata()["gan_explorer"], MOST_META)
            if not isinstance(meta, dict) or not all(type(meta[name]) is int for name in ("step", "images")):
                raise TypeError("it does not say how far the run was")
            return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118
    except FileNotFoundError:
        raise TrainError(f"{path.parent} holds no checkpoint yet: {path.name} is missing.") from None
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise TrainError(f"The checkpoint {path} is damaged: {bounds.reason(error)}.") from None
