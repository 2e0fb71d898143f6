"""Discriminators that see pictures through the features of a trained network (Sauer et al. 2021, arXiv:2111.01007).

The network itself is not among them: they take its feature maps. A fixed random mixture of all depths goes
before each head, so that none can rest on a few features that a generator finds easy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class ProjectedDiscriminator(nn.Module):
    """A head for each of several feature maps, from the finest to the coarsest, which halve from one to the next.

    `widths` are the channels of the maps, `mixed` those of their mixtures.
    """

    def __init__(self, widths: Sequence[int], mixed: int = 64):
        super().__init__()
        self.heads = nn.ModuleList()
        for place, inputs in enumerate(widths):
            # Buffers: what is fixed must not become trainable with the network.
            self.register_buffer(f"across_{place}", _fixed(mixed, inputs, 1))
            self.register_buffer(f"along_{place}", _fixed(mixed, mixed, 3))
            finer = len(widths) - 1 - place
            self.heads.append(_head([mixed, 2 * mixed, 4 * mixed][: min(finer, 2) + 1]))

    def mix(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Mixtures N x `mixed` x H x W of maps N x C x H x W: each of its own map and of all coarser ones."""
        mixtures: list[Tensor] = []
        for place in reversed(range(len(maps))):
            mixture = F.conv2d(maps[place], getattr(self, f"across_{place}"))
            if mixtures:
                coarser = F.interpolate(mixtures[0], size=mixture.shape[2:], mode="bilinear")
                mixture = (mixture + coarser) * 0.5**0.5
            mixtures.insert(0, F.conv2d(mixture, getattr(self, f"along_{place}"), padding=1))
        return mixtures

    def forward(self, mixtures: Sequence[Tensor]) -> list[Tensor]:
        """The heads' logits, each N x P for P places; higher is more real."""
        return [head(mixture).flatten(1) for head, mixture in zip(self.heads, mixtures, strict=True)]


def _fixed(outputs: int, inputs: int, side: int) -> Tensor:
    """Random weights that keep the variance."""
    return torch.randn(outputs, inputs, side, side) / (inputs * side**2) ** 0.5


def _head(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2)]
    if not layers:
        layers = [spectral_norm(nn.Conv2d(widths[0], 4 * widths[0], 1)), nn.LeakyReLU(0.2)]
        widths = [4 * widths[0]]
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 1)))
