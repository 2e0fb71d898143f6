"""A few steps that leave nothing behind: how long they take here, and what the networks that learn from pictures see."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from train.contract import Batch, Phase, Variant
from train.data.dataset import Dataset, spread
from train.errors import TrainError
from train.loop import trainer
from train.loop.batches import batches
from train.loop.setup import Run, opened

MOST_SHOWN = 16
"""Pictures of each kind in a preview."""


def seconds_per_step(name: str, variant: Variant, data: Dataset) -> float:
    """How long a training step takes on this machine, on average: phases that are not due at every step count for their share."""
    with _opened(name, variant, data) as run, contextlib.closing(_batches(run)) as upcoming:
        phases = run.variant.phases
        usual = [phase for phase in phases if phase.every == 1]
        # The first step allocates what the later ones use again.
        _timed(run, next(upcoming), phases)
        seconds = total = _timed(run, next(upcoming), usual)
        for seldom in phases:
            if seldom.every > 1:
                due = [phase for phase in phases if phase.every == 1 or phase is seldom]
                total += max(0.0, _timed(run, next(upcoming), due) - seconds) / seldom.every
        return total


def seen(name: str, variant: Variant, data: Dataset) -> Tensor:
    """Pictures N x C x H x W of one batch as the discriminators learn from them, augmented and cut; real ones and generated ones.

    A discriminator that sees several pictures at once, such as a label map and a photograph, has them beside each other here. Of
    a variant without discriminators, what its first network sees.
    """
    found: list[Tensor] = []

    def look(network: nn.Module, inputs: tuple[object, ...]) -> None:
        images = inputs[0]
        if not isinstance(images, Tensor) or images.ndim != 4:
            return
        # A generator's phase asks discriminators, too, but they learn nothing then; a gradient penalty shows the same ones again.
        if next(network.parameters()).requires_grad and not images.requires_grad:
            found.append(images.float().cpu())

    with _opened(name, variant, data) as run:
        for part in run.variant.judging(run.nets.modules):
            part.register_forward_pre_hook(look)
        trainer.step(run, next(_batches(run)))
        if not found:
            raise TrainError(
                f"--preview: the networks of {name} see no pictures, but features that were computed before."
            )
        few = [run.variant.visible(images[spread(len(images), MOST_SHOWN)]) for images in found]
        return torch.cat([_beside(images, run.variant.shape.channels) for images in few])


@contextlib.contextmanager
def _opened(name: str, variant: Variant, data: Dataset) -> Iterator[Run]:
    """A run with the options of `variant` in a folder that is deleted."""
    with tempfile.TemporaryDirectory() as folder:
        config = dataclasses.replace(variant.config, out=Path(folder) / "run", resume=False, tracker="none")
        with opened(name, type(variant)(config), data) as run:
            yield run


def _batches(run: Run) -> Iterator[Batch]:
    return batches(run.config, run.data, run.accelerator, 0)


def _timed(run: Run, batch: Batch, phases: Sequence[Phase]) -> float:
    """The seconds that a step of these phases takes."""
    run.variant.phases = tuple(phases)
    start = time.perf_counter()
    for scalar in trainer.step(run, batch).values():
        # A GPU has finished when it can tell the numbers.
        scalar.item()
    return time.perf_counter() - start


def _beside(images: Tensor, channels: int) -> Tensor:
    """N x C x H x W with `channels` channels: what comes behind these stands beside them if it is another picture."""
    pictures = images.split(channels, 1)
    return torch.cat([each for each in pictures if each.shape[1] == channels], 3)
