"""Everything that a run needs before its first step: the `Run`, its folder, devices, networks and optimizers."""

from __future__ import annotations

import contextlib
import copy
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from models_zoo.card import first_line
from train import config as configs
from train.config import CommonConfig
from train.contract import Variant
from train.data import lock
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import init_from, precision, runs
from train.loop.batches import check_size
from train.loop.distributed import any_process, synchronise_batch_norm
from train.loop.precision import Hardware
from train.loop.runs import Progress, RunFolder
from train.loop.schedules import learning_rate, learning_rate_factor


@dataclass(frozen=True)
class Networks:
    """The networks and what every step needs of them, collected once: walking through modules takes longer than small layers.

    `averages` has, for every averaged network, the parameters of the average and of the network, and
    the buffers of both.
    """

    modules: dict[str, nn.Module]
    parameters: dict[str, list[nn.Parameter]]
    averages: list[tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]]


@dataclass(frozen=True)
class Run:
    """One sitting of a run: what is trained, on what, where, and how far it is."""

    variant: Variant
    data: Dataset
    folder: RunFolder
    accelerator: Accelerator
    autocast: torch.autocast
    progress: Progress
    nets: Networks

    @property
    def config(self) -> CommonConfig:
        return self.variant.config

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes files and prints."""
        return self.accelerator.is_main_process


@contextlib.contextmanager
def opened(name: str, variant: Variant, data: Dataset) -> Iterator[Run]:
    """The run that the variant's config asks for, ready for its next step; its folder is locked for the length of the block.

    Raises `TrainError` for what the user can mend: an unwritable folder, one in which somebody else trains, options that
    differ from those of the run to be resumed, a device that is not there.
    """
    config = variant.config
    data = variant.prepare(data)
    folder = RunFolder(config.out or runs.default_out(name, config))
    accelerator = make_accelerator(config, folder)
    # Every process looks, so that all stop together where something is wrong; one process writes.
    folder.create()
    with _locked(folder, accelerator):
        saved = _check_folder(folder, name, config, data)
        check_size(config, data, accelerator.num_processes)
        before = folder.read_hardware() if config.resume else None
        hardware, remark = precision.choose(config, accelerator.device, before)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            _write_config(folder, name, config, hardware, data)
        accelerator.wait_for_everyone()
        if accelerator.log_with:
            # TensorBoard takes no lists.
            shown = {
                name: str(value) if isinstance(value, list) else value
                for name, value in configs.to_json(config).items()
            }
            try:
                accelerator.init_trackers("gan-explorer", config=shown)
            except Exception as error:
                # Each tracker has errors of its own, such as wandb's where nobody is logged in.
                raise TrainError(
                    f"--tracker {config.tracker} could not start: {first_line(error).rstrip('.')}."
                ) from None

        torch.manual_seed(config.seed)
        # Every step has pictures of the same size, so it pays to try all ways of convolving them once.
        torch.backends.cudnn.benchmark = accelerator.device.type == "cuda"
        progress = make_progress(variant, accelerator.device)
        _check_batch_norm(progress.model, config)
        if accelerator.num_processes > 1:
            synchronise_batch_norm(progress.model)
        if saved is not None:
            runs.load_last(folder, progress)
            if accelerator.is_main_process:
                folder.forget_after(progress.step)
                _say_what_differs(config, saved, progress.step, remark)
        autocast = precision.autocast(hardware)
        yield Run(variant, data, folder, accelerator, autocast, progress, collect(progress))


# ---- devices ------------------------------------------------------------------------------------


def runs_on_cpu(config: CommonConfig) -> bool:
    """Whether training is to use the CPU, by choice or because there is nothing else."""
    faster = torch.cuda.is_available() or torch.backends.mps.is_available()
    return config.device == "cpu" or (config.device == "auto" and not faster)


def make_accelerator(config: CommonConfig, folder: RunFolder) -> Accelerator:
    """The processes, their device and the tracker of a run in `folder`, or a `TrainError` that says what is missing."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise TrainError("--device cuda: this machine has no CUDA GPU that torch can use.")
    if config.device == "mps" and not torch.backends.mps.is_available():
        raise TrainError("--device mps: this machine has no Apple GPU that torch can use.")
    tracker = None if config.tracker == "none" else config.tracker
    try:
        accelerator = Accelerator(cpu=runs_on_cpu(config), log_with=tracker, project_dir=folder.path)
    except (ValueError, ImportError) as error:
        raise TrainError(f"--tracker {config.tracker}: {error}") from None
    if tracker and not accelerator.log_with:
        raise TrainError(f"--tracker {config.tracker}: {config.tracker} is not installed.")
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    if accelerator.num_processes != launched:
        raise TrainError(f"{launched} processes were launched, but {accelerator.num_processes} found each other.")
    return accelerator


# ---- the folder ---------------------------------------------------------------------------------


TAKEN = "Another process is training in {path}: wait until it ends, or give another --out."


def check_free(folder: RunFolder) -> None:
    """Raise `TrainError` where somebody trains in `folder`: before data are read, whose absence would be told instead."""
    if not folder.lock.is_file() or int(os.environ.get("RANK", "0")) > 0:
        return
    with contextlib.suppress(OSError), lock.exclusive(folder.lock) as free:
        if not free:
            raise TrainError(TAKEN.format(path=folder.path))


@contextlib.contextmanager
def _locked(folder: RunFolder, accelerator: Accelerator) -> Iterator[None]:
    """Keep other runs out of `folder`; the main process holds the lock for all processes of this one."""
    with contextlib.ExitStack() as stack:
        free = not accelerator.is_main_process or stack.enter_context(lock.exclusive(folder.lock))
        if any_process(accelerator, not free):
            raise TrainError(TAKEN.format(path=folder.path))
        yield


def _check_folder(folder: RunFolder, name: str, config: CommonConfig, data: Dataset) -> CommonConfig | None:
    """The config with which the run to be resumed was trained until now; None for a new run.

    Raises `TrainError` where there is nothing to resume, where options or pictures differ, or where a new run would replace one.
    """
    if not config.resume:
        if folder.last.exists():
            raise TrainError(f"{folder.path} already holds a run: continue it with --resume, or give another --out.")
        return None
    if not folder.last.exists():
        raise TrainError(f"There is nothing to resume: {folder.last} does not exist.")
    saved = folder.config_of(name, type(config), config.own)
    changed = configs.differences(config, configs.to_json(saved))
    if changed:
        raise TrainError(f"{folder.path} cannot be resumed with other options: {'; '.join(changed)}.")
    before = folder.read_pictures()
    if before is not None and before != data.fingerprint:
        raise TrainError(
            f"{folder.path} cannot be resumed with other pictures: those of {' and '.join(config.dataset)} are not the ones that it was "
            "trained on. Put these back, or export the run and start a new one from it with --init-from."
        )
    return saved


def _write_config(folder: RunFolder, name: str, config: CommonConfig, hardware: Hardware, data: Dataset) -> None:
    if not config.resume:
        # A run that died before its first checkpoint may have left pictures and numbers behind.
        folder.forget_after(-1)
        folder.best.unlink(missing_ok=True)
    # A model that others are trained from may be gone or changed once they are exported.
    if config.resume:
        ancestor = folder.read_ancestor()
    else:
        ancestor = init_from.ancestor(folder, config.init_from) if config.init_from else None
    saved = {
        "variant": name,
        "config": configs.to_json(config),
        "ancestor": ancestor,
        "hardware": {"device": hardware.device, "precision": hardware.precision},
        "pictures": data.fingerprint,
    }
    folder.write(folder.config, json.dumps(saved, indent=2).encode())


def _say_what_differs(config: CommonConfig, saved: CommonConfig, step: int, remark: str) -> None:
    """Print what a resumed run does differently from one that was never interrupted."""
    if remark:
        print(remark, flush=True)
    if config.lr_decay != "none" and config.steps != saved.steps:
        print(
            f"--steps was {saved.steps:,} and is {config.steps:,} now: the {config.lr_decay} decay is computed from the new "
            f"number, so the learning rate continues at {learning_rate_factor(config, step):.0%} of --lr instead of "
            f"{max(0.0, learning_rate_factor(saved, step)):.0%}.",
            flush=True,
        )


# ---- networks -----------------------------------------------------------------------------------


def make_progress(variant: Variant, device: torch.device) -> Progress:
    """Networks, averages and optimizers at step 0."""
    config = variant.config
    # Convolutions run faster with the channels innermost, on CPUs and on GPUs.
    model = variant.build().to(device, memory_format=torch.channels_last).train()
    # A resumed run has its own weights, and what it was started from may be gone.
    if config.init_from and not config.resume:
        init_from.take_over(model, config.init_from, variant.averaged)
    averaged = copy.deepcopy(model)
    for name, net in model.named_children():
        if not (config.ema_half_life and name in variant.averaged):
            setattr(averaged, name, net)
    stepped = {name for phase in variant.phases for name in phase.nets}
    optimizers = {
        name: torch.optim.Adam(
            net.parameters(),
            learning_rate(config, name),
            (config.beta1, config.beta2),
            fused=device.type in ("cpu", "cuda"),
        )
        for name, net in model.named_children()
        if name in stepped
    }
    scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")
    return Progress(model, averaged, optimizers, scaler, variant.state)


def _check_batch_norm(model: nn.Module, config: CommonConfig) -> None:
    """Raise `TrainError` where a batch has one value for each mean that is subtracted, so that nothing is left of it."""
    if config.batch_size == 1 and any(isinstance(layer, nn.BatchNorm1d) for layer in model.modules()):
        raise TrainError("--batch-size must be at least 2 here: batch norm compares the pictures of a batch.")


def collect(progress: Progress) -> Networks:
    """The networks of `progress` as every step needs them."""
    modules = dict(progress.model.named_children())
    return Networks(
        modules,
        {name: list(net.parameters()) for name, net in modules.items()},
        [
            (
                list(net.parameters()),
                list(modules[name].parameters()),
                list(net.buffers()),
                list(modules[name].buffers()),
            )
            for name, net in runs.own_averages(progress).items()
        ],
    )
