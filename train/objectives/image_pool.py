"""Earlier generated images, so that a discriminator does not forget them (Shrivastava et al. 2017, arXiv:1612.07828)."""

from __future__ import annotations

import torch
from torch import Tensor

from train.contract import Batch, State


def from_pool(state: State, name: str, images: Tensor, size: int, batch: Batch) -> Tensor:
    """`images` N x C x H x W, half of them exchanged for earlier ones of the pool `name`, which keeps `size` of them.

    The pool lies in `state`, so that a resumed run has it. Until it is full, it takes what comes and exchanges nothing.
    """
    if not size:
        return images
    pool = state.tensors.get(f"pool_{name}")
    if pool is None:
        pool = images.new_empty(0, *images.shape[1:])
    pool = pool.to(images.device, images.dtype)
    if len(pool) < size:
        state.tensors[f"pool_{name}"] = torch.cat([pool, images])[:size]
        return images
    place, exchanged = batch.integers(size), batch.uniform() < 0.5
    # Places may repeat in a large batch: the last of those that meet there stays, whatever the threads do.
    numbers = torch.where(exchanged, torch.arange(len(images), device=images.device), -1)
    newest = torch.full((size,), -1, device=images.device).scatter_reduce(0, place, numbers, "amax")
    state.tensors[f"pool_{name}"] = torch.where(_each(newest >= 0), images[newest.clamp(min=0)], pool)
    return torch.where(_each(exchanged), pool[place], images)


def _each(chosen: Tensor) -> Tensor:
    """A truth per image, for all its pixels."""
    return chosen[:, None, None, None]
