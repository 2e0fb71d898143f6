"""The loop: one, for every variant. What is special about a variant, it asks the variant for."""

from __future__ import annotations

import torch
from torch import nn

from train.contract import Batch, Phase, Step, Variant
from train.data.dataset import Dataset
from train.loop import watching
from train.loop.batches import batches
from train.loop.distributed import any_process
from train.loop.runs import RunFolder
from train.loop.schedules import average_decay, learning_rate, learning_rate_factor
from train.loop.setup import Networks, Run, opened
from train.loop.stopping import interruptible
from train.loop.watching import Watch


def train(name: str, variant: Variant, data: Dataset) -> RunFolder:
    """Train `variant`, registered as `name`, on `data` as its config says; returns the run's folder.

    Raises `TrainError` for what the user can mend: an unwritable folder, a full disk, a run that
    differs from the one to be resumed, a loss that is no longer a number.
    """
    with opened(name, variant, data) as run:
        with interruptible() as interrupted, Watch(run) as watch:
            _loop(run, watch, interrupted)
        # Whoever leaves first would break the connections under the others' last message.
        run.accelerator.wait_for_everyone()
        run.accelerator.end_training()
        if run.is_main:
            step, path = run.progress.step, run.folder.path
            if step < run.config.steps and interrupted:
                print(f"Stopped at step {step:,}; everything is saved. Continue with --resume --out {path}")
            else:
                print(f"Trained to step {step:,} in {run.progress.seconds / 60:.1f} min; the run is in {path}")
    return run.folder


def _loop(run: Run, watch: Watch, interrupted: list[int]) -> None:
    config, progress = run.config, run.progress
    if progress.step == 0:
        watching.draw(run)
    upcoming = batches(config, run.data, run.accelerator, progress.step)
    while progress.step < config.steps:
        watch.count(step(run, next(upcoming)))
        stop = any_process(run.accelerator, bool(interrupted) or watch.out_of_time())
        end = progress.step == config.steps

        logged = stop or end or progress.step % config.log_every == 0
        drawn = stop or end or watching.is_drawn(progress.step, config)
        measured = bool(config.eval_every) and (end or progress.step % config.eval_every == 0)
        saved = stop or end or progress.step % config.checkpoint_every == 0
        if logged or drawn or measured or saved:
            means = watch.means()
            watching.check_finite(run, means)
        if logged:
            watch.log(means)
        if drawn:
            watching.draw(run)
        if measured:
            watching.measure(run)
        if saved:
            watching.save(run)
        if stop:
            break


def step(run: Run, batch: Batch) -> dict[str, torch.Tensor]:
    """Run the phases due at this step and move the averages; returns the scalars for the log."""
    config, progress = run.config, run.progress
    factor = learning_rate_factor(config, progress.step)
    scalars: dict[str, torch.Tensor] = {}
    for phase in run.variant.phases:
        if progress.step % phase.every:
            continue
        _require_grad(run.nets, phase)
        with run.autocast:
            outcome = run.variant.loss(phase.name, run.nets.modules, batch)
        if outcome.carried is not None:
            batch.carried = outcome.carried
        progress.scaler.scale(outcome.loss).backward()
        for name in phase.nets:
            optimizer = progress.optimizers[name]
            _average_gradients(run, run.nets.parameters[name])
            optimizer.param_groups[0]["lr"] = factor * learning_rate(config, name)
            progress.scaler.step(optimizer)
            # By hand, for `zero_grad` takes longer over small networks than a layer of theirs.
            for parameter in run.nets.parameters[name]:
                parameter.grad = None
        progress.scaler.update()
        scalars |= _logged(phase, outcome)
    _move_averages(run.nets, average_decay(config.ema_half_life, config.batch_size, progress.images))
    return scalars


def _logged(phase: Phase, outcome: Step) -> dict[str, torch.Tensor]:
    return {f"loss/{phase.name}": outcome.loss.detach()} | {k: v.detach() for k, v in outcome.scalars.items()}


def _require_grad(nets: Networks, phase: Phase) -> None:
    for name, parameters in nets.parameters.items():
        for parameter in parameters:
            parameter.requires_grad_(name in phase.nets)


def _average_gradients(run: Run, parameters: list[nn.Parameter]) -> None:
    """Mean of the processes' gradients, in one message.

    Not DistributedDataParallel's hooks: those expect one forward pass per backward pass, while a
    discriminator sees real and generated images and R1 differentiates twice.
    """
    if run.accelerator.num_processes == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = run.accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "mean")
    for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


@torch.no_grad()
def _move_averages(nets: Networks, decay: float) -> None:
    for average, live, average_buffers, live_buffers in nets.averages:
        torch._foreach_lerp_(average, live, 1 - decay)
        for old, new in zip(average_buffers, live_buffers, strict=True):
            old.copy_(new)
