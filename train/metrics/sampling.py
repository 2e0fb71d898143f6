"""Pictures and answers of a model for more inputs than fit into memory at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from models_zoo.blocks import ClassConditionalModel
from models_zoo.checkpoint import LatentModel
from train.metrics.entries import finite

BATCH = 500
PIXELS = "the pictures that the model draws"


@torch.inference_mode()
def in_batches(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """`function` over the rows of `values`, `BATCH` at a time; raises `TrainError` if a result is NaN or infinite."""
    return finite(torch.cat([function(chunk) for chunk in values.split(BATCH)]), "the outputs of a network")


@torch.inference_mode()
def sample(model: LatentModel, n: int, seed: int) -> Tensor:
    """`n` images of an unconditional model, from the seeds `seed` to `seed + n - 1`, on the CPU.

    Raises `TrainError` if a pixel is NaN or infinite.
    """
    chunks = [range(start, min(start + BATCH, seed + n)) for start in range(seed, seed + n, BATCH)]
    images = [model.generate(model.latents(chunk)).float().cpu() for chunk in chunks]
    return finite(torch.cat(images), PIXELS)


@torch.inference_mode()
def sample_classes(model: ClassConditionalModel, labels: Tensor, seed: int) -> Tensor:
    """One image of each of the N class ids `labels`, from the seeds `seed` to `seed + N - 1`, on the CPU.

    Raises `TrainError` if a pixel is NaN or infinite.
    """
    chunks = []
    for start in range(0, len(labels), BATCH):
        asked = labels[start : start + BATCH]
        z = model.latents(range(seed + start, seed + start + len(asked)))
        chunks.append(model.generate(z, asked.to(model.device)).float().cpu())
    return finite(torch.cat(chunks), PIXELS)
