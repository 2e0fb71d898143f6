"""Against the spots that instance normalisation invites (Karras et al. 2020, arXiv:1912.04958, section 2).

What one place adds to its channels' deviations, all others are divided by: a network can turn a whole picture down by making a
few places very large in all channels. They grow from block to block, and in the picture they end as a black spot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.image_to_image import Norm
from models_zoo.translation import InstanceNorm

LIMIT = 3.0
"""Root mean square over the channels, in their standard deviations, beyond which a place is a spike: nature comes so far."""


def excess(x: Tensor) -> Tensor:
    """Mean square of how far places of N x C x H x W lie beyond `LIMIT`: 0 where no place stands out in most channels.

    What the deviations are made of has no gradient: spikes are to shrink, not all else to grow.
    """
    with torch.no_grad():
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        scale = (variance + 1e-5).rsqrt()
    return F.relu((scale * (x - mean)).square().mean(1, dtype=torch.float32).add(1e-5).sqrt() - LIMIT).square().mean()


@contextmanager
def watched(*nets: nn.Module) -> Iterator[list[Tensor]]:
    """A list to which every pass through `nets` adds the `excess` of all that is normalised on the way, while this is open."""
    found: list[Tensor] = []
    hooks = [
        module.register_forward_pre_hook(lambda _, arguments: found.append(excess(arguments[0])))
        for net in nets
        for module in net.modules()
        if isinstance(module, InstanceNorm | Norm)
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
