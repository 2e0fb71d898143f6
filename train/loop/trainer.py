"""The loop: one, for every variant.

Every random number of step t comes from generators seeded with (seed, t), and the data order from
(seed, epoch). So a resumed run needs no generator's state to repeat an uninterrupted one bit for
bit, and any number of processes draws the same batch, of which each keeps its rows.
"""

from __future__ import annotations

import contextlib
import copy
import json
import math
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm import tqdm

import models_zoo
from models_zoo.card import SNAPSHOTS_FILE
from models_zoo.checkpoint import ZooModel
from train import config as configs
from train.config import CommonConfig
from train.contract import Batch, Phase, Variant
from train.data.dataset import Dataset, Split, to_float
from train.errors import TrainError
from train.loop import runs
from train.loop.distributed import synchronise_batch_norm
from train.loop.runs import Progress, RunFolder
from train.loop.widen import can_widen, widened


def train(name: str, variant: Variant, data: Dataset) -> RunFolder:
    """Train `variant`, registered as `name`, on `data` as its config says; returns the run's folder.

    Raises `TrainError` for what the user can mend: an unwritable folder, a full disk, a run that
    differs from the one to be resumed, a loss that is no longer a number.
    """
    config = variant.config
    data = variant.prepare(data)
    folder = RunFolder(config.out or default_out(name, config))
    accelerator = _accelerator(config, folder)
    # Every process looks, so that all stop together where something is wrong; one process writes.
    folder.create()
    _check_folder(folder, name, config)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        _open_folder(folder, name, config)
    accelerator.wait_for_everyone()
    _start_trackers(accelerator, config)

    torch.manual_seed(config.seed)
    # Every step has pictures of the same size, so it pays to try all ways of convolving them once.
    torch.backends.cudnn.benchmark = accelerator.device.type == "cuda"
    progress = _begin(variant, accelerator.device)
    if accelerator.num_processes > 1:
        synchronise_batch_norm(progress.model)
    if config.resume:
        runs.load_last(folder, progress)
        if accelerator.is_main_process:
            folder.forget_after(progress.step)
    if config.batch_size % accelerator.num_processes:
        raise TrainError(f"--batch-size {config.batch_size} cannot be shared by {accelerator.num_processes} processes.")
    if config.batch_size > len(data.train):
        raise TrainError(f"--batch-size {config.batch_size} is more than the {len(data.train)} images of {data.name}.")

    nets = _collect(progress)
    autocast = _autocast(config, accelerator.device)
    batches = _batches(config, data.train, accelerator, progress.step)
    started, before = time.monotonic(), progress.seconds
    first = progress.step
    sums: dict[str, tuple[Tensor | float, int]] = {}

    with _interruptible() as interrupted, _bar(accelerator, config, progress) as bar:
        if progress.step == 0:
            _draw(accelerator, folder, variant, progress, data)
        while progress.step < config.steps:
            for key, value in _step(variant, progress, nets, next(batches), accelerator, autocast).items():
                total, count = sums.get(key, (0.0, 0))
                sums[key] = (total + value, count + 1)
            progress.step += 1
            progress.images += config.batch_size
            progress.seconds = before + time.monotonic() - started
            stop = _agree(accelerator, bool(interrupted) or _out_of_time(config, progress.seconds - before))
            done = stop or progress.step == config.steps
            bar.update(config.batch_size)

            logged = done or progress.step % config.log_every == 0
            saved = done or progress.step % config.checkpoint_every == 0
            if logged or saved:
                means = _reduce(accelerator, {key: total / count for key, (total, count) in sums.items()})
                _check_finite(folder, progress, means)
            if logged:
                speed = (progress.step - first) * config.batch_size / max(1e-9, progress.seconds - before)
                if accelerator.is_main_process:
                    _log(accelerator, folder, config, progress, means, speed)
                    _show(bar, config, progress, means, before)
                sums.clear()
            if done or _is_drawn(progress.step, config):
                _draw(accelerator, folder, variant, progress, data)
            if config.eval_every and (progress.step == config.steps or progress.step % config.eval_every == 0):
                _measure(accelerator, folder, variant, progress, data)
            if saved:
                _save(accelerator, folder, progress)
            if stop:
                break

    accelerator.end_training()
    if accelerator.is_main_process:
        if progress.step < config.steps and interrupted:
            print(f"Stopped at step {progress.step:,}; everything is saved. Continue with --resume --out {folder.path}")
        else:
            print(f"Trained to step {progress.step:,} in {progress.seconds / 60:.1f} min; the run is in {folder.path}")
    return folder


def default_out(name: str, config: CommonConfig) -> Path:
    """The folder of a run for which no `--out` was given."""
    return Path("runs") / f"{name}-{config.dataset}"


def average_decay(half_life: int, batch_size: int, images: int) -> float:
    """Per-step decay of a running average whose half-life is `half_life` images, less in the beginning.

    The half-life never exceeds a twentieth of the images seen, so that the random first weights
    fade at once (as in arXiv:2006.06676's training code).
    """
    effective = min(half_life, images / 20)
    return 0.5 ** (batch_size / effective) if effective > 0 else 0.0


def learning_rate_factor(config: CommonConfig, step: int) -> float:
    """What the learning rate is multiplied with at `step` (0-based)."""
    if config.lr_decay == "none":
        return 1.0
    return min(1.0, 2 * (1 - step / config.steps))


@dataclass(frozen=True)
class _Networks:
    """The networks and what every step needs of them, collected once: walking through modules takes longer than small layers.

    `averages` has, for every averaged network, the parameters of the average and of the network, and
    the buffers of both.
    """

    modules: dict[str, nn.Module]
    parameters: dict[str, list[nn.Parameter]]
    averages: list[tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]]


def _collect(progress: Progress) -> _Networks:
    modules = dict(progress.model.named_children())
    return _Networks(
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


# ---- one step -----------------------------------------------------------------------------------


def _step(
    variant: Variant,
    progress: Progress,
    nets: _Networks,
    batch: Batch,
    accelerator: Accelerator,
    autocast: torch.autocast,
) -> dict[str, Tensor]:
    """Run the phases due at this step and move the averages; returns the scalars for the log."""
    config = variant.config
    factor = learning_rate_factor(config, progress.step)
    scalars: dict[str, Tensor] = {}
    for phase in variant.phases:
        if progress.step % phase.every:
            continue
        _require_grad(nets, phase)
        with autocast:
            loss, extra = variant.loss(phase.name, nets.modules, batch)
        progress.scaler.scale(loss).backward()
        for name in phase.nets:
            optimizer = progress.optimizers[name]
            _average_gradients(accelerator, nets.parameters[name])
            optimizer.param_groups[0]["lr"] = factor * _learning_rate(config, name)
            progress.scaler.step(optimizer)
            optimizer.zero_grad(set_to_none=True)
        progress.scaler.update()
        scalars |= {f"loss/{phase.name}": loss.detach(), **{k: v.detach() for k, v in extra.items()}}
    _move_averages(nets, average_decay(config.ema_half_life, config.batch_size, progress.images))
    return scalars


def _require_grad(nets: _Networks, phase: Phase) -> None:
    for name, parameters in nets.parameters.items():
        for parameter in parameters:
            parameter.requires_grad_(name in phase.nets)


def _average_gradients(accelerator: Accelerator, parameters: list[nn.Parameter]) -> None:
    """Mean of the processes' gradients, in one message.

    Not DistributedDataParallel's hooks: those expect one forward pass per backward pass, while a
    discriminator sees real and generated images and R1 differentiates twice.
    """
    if accelerator.num_processes == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "mean")
    for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


@torch.no_grad()
def _move_averages(nets: _Networks, decay: float) -> None:
    for average, live, average_buffers, live_buffers in nets.averages:
        torch._foreach_lerp_(average, live, 1 - decay)
        for old, new in zip(average_buffers, live_buffers, strict=True):
            old.copy_(new)


def _learning_rate(config: CommonConfig, net: str) -> float:
    if net.startswith("discriminator") and config.lr_discriminator is not None:
        return config.lr_discriminator
    return config.lr


# ---- setting up ---------------------------------------------------------------------------------


def runs_on_cpu(config: CommonConfig) -> bool:
    """Whether training is to use the CPU, by choice or because there is nothing else."""
    faster = torch.cuda.is_available() or torch.backends.mps.is_available()
    return config.device == "cpu" or (config.device == "auto" and not faster)


def _accelerator(config: CommonConfig, folder: RunFolder) -> Accelerator:
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


def _start_trackers(accelerator: Accelerator, config: CommonConfig) -> None:
    if accelerator.log_with:
        accelerator.init_trackers("gan-explorer", config=configs.to_json(config))


def _autocast(config: CommonConfig, device: torch.device) -> torch.autocast:
    precision = config.precision
    if precision == "fp16" and device.type != "cuda":
        raise TrainError("--precision fp16 needs a CUDA GPU; use bf16 or fp32 here.")
    if precision == "auto":
        if device.type == "cuda":
            fast = torch.cuda.is_bf16_supported()
        else:
            # AVX512-BF16 alone was measured slower than fp32; only the tile unit (AMX) is faster.
            fast = device.type == "cpu" and torch.cpu._is_amx_tile_supported()
        precision = "bf16" if fast else "fp32"
    dtype = torch.float16 if precision == "fp16" else torch.bfloat16
    return torch.autocast(device.type, dtype, enabled=precision != "fp32")


def _check_folder(folder: RunFolder, name: str, config: CommonConfig) -> None:
    if config.resume:
        if not folder.last.exists():
            raise TrainError(f"There is nothing to resume: {folder.last} does not exist.")
        trained, saved = folder.read_config()
        changed = configs.differences(config, saved) if trained == name else [f"it trained the variant {trained}"]
        if changed:
            raise TrainError(f"{folder.path} cannot be resumed with other options: {'; '.join(changed)}.")
    elif folder.last.exists():
        raise TrainError(f"{folder.path} already holds a run: continue it with --resume, or give another --out.")


def _open_folder(folder: RunFolder, name: str, config: CommonConfig) -> None:
    if not config.resume:
        # A run that died before its first checkpoint may have left pictures and numbers behind.
        folder.forget_after(-1)
        folder.best.unlink(missing_ok=True)
    # A model that others are trained from may be gone or changed once they are exported.
    ancestor = folder.read_ancestor() if config.resume else _ancestor(folder, config)
    text = json.dumps({"variant": name, "config": configs.to_json(config), "ancestor": ancestor}, indent=2)
    folder.write(folder.config, text.encode())


def _ancestor(folder: RunFolder, config: CommonConfig) -> dict[str, Any] | None:
    if not config.init_from:
        return None
    card = models_zoo.load(config.init_from, "cpu").card
    strip = card.folder / SNAPSHOTS_FILE
    steps = list(card.snapshots) if strip.is_file() else []
    if steps:
        folder.write(folder.ancestor_snapshots, strip.read_bytes())
    return {"id": card.id, "command": card.command, "step": card.step, "images": card.images_seen, "snapshots": steps}


def _begin(variant: Variant, device: torch.device) -> Progress:
    """Networks, averages and optimizers at step 0."""
    config = variant.config
    # Convolutions run faster with the channels innermost, on CPUs and on GPUs.
    model = variant.build().to(device, memory_format=torch.channels_last).train()
    # A run that goes on has its own weights, and what it began with may be gone.
    if config.init_from and not config.resume:
        _take_over(model, models_zoo.load(config.init_from, "cpu"), config.init_from, variant.averaged)
    averaged = copy.deepcopy(model)
    for name, net in model.named_children():
        if not (config.ema_half_life and name in variant.averaged):
            setattr(averaged, name, net)
    stepped = {name for phase in variant.phases for name in phase.nets}
    optimizers = {
        name: torch.optim.Adam(
            net.parameters(),
            _learning_rate(config, name),
            (config.beta1, config.beta2),
            fused=device.type in ("cpu", "cuda"),
        )
        for name, net in model.named_children()
        if name in stepped
    }
    scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")
    return Progress(model, averaged, optimizers, scaler, variant.state)


def _take_over(model: ZooModel, source: ZooModel, name: str, needed: Sequence[str]) -> None:
    """Give `model` the weights of `source`, called `name`; a network that only one of them has is left alone.

    Networks `needed` must be alike, or wider ones of the same kind. Others, such as a discriminator, may be built
    differently and begin anew then.
    """
    theirs = dict(source.named_children())
    shared = {child: net for child, net in model.named_children() if child in theirs}
    if not shared:
        raise TrainError(f"--init-from {name}: it has no network in common with this variant.")
    for child, net in shared.items():
        given, shapes = theirs[child].state_dict(), {key: value.shape for key, value in net.state_dict().items()}
        if shapes == {key: value.shape for key, value in given.items()}:
            net.load_state_dict(given)
        elif child not in needed:
            print(f"The {child} differs from that of {name} and begins anew.", flush=True)
        elif can_widen(given, shapes):
            net.load_state_dict(widened(given, shapes))
            print(f"The {child} is wider than that of {name} and begins with its function.", flush=True)
        else:
            raise TrainError(f"--init-from {name}: its networks differ from those of this variant.")


def _batches(config: CommonConfig, split: Split, accelerator: Accelerator, step: int) -> Iterator[Batch]:
    """The batches from `step` on; each process gets its rows of the same whole batch."""
    share = config.batch_size // accelerator.num_processes
    rows = slice(accelerator.process_index * share, (accelerator.process_index + 1) * share)
    per_epoch = len(split) // config.batch_size
    # As bytes all of them fit on a GPU, which need not wait for batches then.
    pictures, labels = split.images.to(accelerator.device), split.labels.to(accelerator.device)
    generator, order, epoch = torch.Generator(), torch.empty(0), -1
    while True:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = torch.randperm(len(split), generator=generator.manual_seed(_mix(config.seed, epoch, 1)))
        generator.manual_seed(_mix(config.seed, step, 2))
        # Dropout and the like draw from torch's own generators, which cannot be sliced by rows.
        _seed_default_generators(accelerator.device, _mix(config.seed, step, 3 + accelerator.process_index))
        index = order[step % per_epoch * config.batch_size :][: config.batch_size][rows]
        index = index.to(accelerator.device)
        yield Batch(to_float(pictures[index], accelerator.device), labels[index], rows, config.batch_size, generator)
        step += 1


def _seed_default_generators(device: torch.device, seed: int) -> None:
    """What `torch.manual_seed` does, for the CPU and `device` only.

    Without a GPU, `torch.manual_seed` keeps a traceback of every call for a CUDA that never starts.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


def _mix(seed: int, counter: int, stream: int) -> int:
    """A 63-bit seed in which neighbouring seeds, counters and streams have nothing in common (splitmix64)."""
    mask = (1 << 64) - 1
    value = (seed * 0x9E3779B97F4A7C15 + counter * 0xD1B54A32D192ED03 + stream * 0x8CB92BA72F3D8DD7) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return (value ^ (value >> 31)) >> 1


# ---- watching -----------------------------------------------------------------------------------


def _is_drawn(step: int, config: CommonConfig) -> bool:
    leading = str(step).rstrip("0")
    return leading in ("1", "2", "5") or step % config.sample_every == 0


def _draw(accelerator: Accelerator, folder: RunFolder, variant: Variant, progress: Progress, data: Dataset) -> None:
    if accelerator.is_main_process:
        with _shown(progress) as model:
            folder.write(folder.sheet(progress.step), runs.sheet_png(variant.samples(model, data)))
    accelerator.wait_for_everyone()


def _measure(accelerator: Accelerator, folder: RunFolder, variant: Variant, progress: Progress, data: Dataset) -> None:
    """Measure the averaged networks and keep them as the best if they are."""
    if accelerator.is_main_process:
        with _shown(progress) as model:
            metrics = variant.evaluate(model, data, variant.config.eval_samples, seed=0)
        values = {f"metric/{name}": entry["value"] for name, entry in metrics.items()}
        if metrics:
            folder.append_log({"step": progress.step, **values})
            accelerator.log(values, step=progress.step)
        if variant.best and variant.best[0] in metrics:
            name, better = variant.best
            new, old = metrics[name]["value"], progress.metrics.get(name, {}).get("value")
            if old is None or (new < old if better == "lower" else new > old):
                progress.metrics = metrics
                runs.save_best(folder, progress)
    accelerator.wait_for_everyone()


@contextlib.contextmanager
def _shown(progress: Progress) -> Iterator[ZooModel]:
    """The averaged networks in eval mode, without gradients; training mode comes back afterwards."""
    progress.averaged.eval()
    with torch.no_grad():
        yield progress.averaged
    progress.model.train()


def _save(accelerator: Accelerator, folder: RunFolder, progress: Progress) -> None:
    if accelerator.is_main_process:
        runs.save_last(folder, progress)
    accelerator.wait_for_everyone()


def _reduce(accelerator: Accelerator, scalars: dict[str, Tensor]) -> dict[str, float]:
    """Means over the processes."""
    values = accelerator.reduce(torch.stack([value.float() for value in scalars.values()]), "mean")
    return dict(zip(scalars, values.tolist(), strict=True))


def _check_finite(folder: RunFolder, progress: Progress, means: dict[str, float]) -> None:
    broken = [name for name, value in means.items() if not math.isfinite(value)]
    if not broken:
        broken = [n for n, p in progress.model.named_parameters() if not torch.isfinite(p).all()]
    if broken:
        kept = (
            f"the last whole checkpoint is in {folder.last}"
            if folder.last.exists()
            else "no checkpoint was saved before"
        )
        raise TrainError(
            f"Training diverged: {broken[0]} is no longer a finite number at step {progress.step:,}; {kept}. Try a lower --lr."
        )


def _log(
    accelerator: Accelerator,
    folder: RunFolder,
    config: CommonConfig,
    progress: Progress,
    means: dict[str, float],
    speed: float,
) -> None:
    entry = {
        "step": progress.step,
        "images": progress.images,
        "seconds": round(progress.seconds, 2),
        "images_per_second": round(speed, 1),
        "lr": config.lr * learning_rate_factor(config, progress.step - 1),
        "processes": accelerator.num_processes,
        **means,
    }
    folder.append_log(entry)
    accelerator.log({k: v for k, v in entry.items() if k != "step"}, step=progress.step)


def _bar(accelerator: Accelerator, config: CommonConfig, progress: Progress) -> tqdm:
    """Progress in images, so that the bar's rate is images/s and its remaining time the ETA."""
    return tqdm(
        total=config.steps * config.batch_size,
        initial=progress.images,
        unit="img",
        unit_scale=True,
        dynamic_ncols=True,
        mininterval=0.2 if sys.stderr.isatty() else 10,
        disable=not accelerator.is_main_process,
    )


def _show(bar: tqdm, config: CommonConfig, progress: Progress, means: dict[str, float], before: float) -> None:
    if config.minutes is not None:
        share = (progress.seconds - before) / (60 * config.minutes)
        seen = bar.n - bar.initial
        bar.total = min(config.steps * config.batch_size, bar.initial + int(seen / max(share, 1e-9)))
    bar.set_postfix_str(
        " ".join([f"step {progress.step:,}", *(f"{k} {v:.3g}" for k, v in means.items())]), refresh=False
    )


# ---- stopping -----------------------------------------------------------------------------------


def _out_of_time(config: CommonConfig, seconds: float) -> bool:
    return config.minutes is not None and seconds >= 60 * config.minutes


def _agree(accelerator: Accelerator, stop: bool) -> bool:
    """Whether any process wants to stop: they must do so at the same step."""
    if accelerator.num_processes == 1:
        return stop
    return bool(accelerator.reduce(torch.tensor(float(stop), device=accelerator.device), "sum").item())


@contextlib.contextmanager
def _interruptible() -> Iterator[list[Any]]:
    """A list that is no longer empty once Ctrl-C or SIGTERM has come; a second one stops at once."""
    received: list[Any] = []

    def note(number: int, _frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        print("\nStopping after this step and saving; once more to stop at once.", file=sys.stderr)

    try:
        previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs the thread stops it
        previous = {}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
