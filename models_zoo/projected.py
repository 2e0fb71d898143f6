"""Discriminators of the feature maps of a pretrained network (Sauer et al. 2021, arXiv:2111.01007).

The network itself is not part of them. Each head sees a fixed random mixture of all depths, so that it cannot
rely on a few features that a generator matches easily.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class ProjectedDiscriminator(nn.Module):
    """A head for each of several feature maps, from finest to coarsest, each half the size of the previous one.

    `widths` are the channels of the maps, `mixed` those of their mixtures.
    """

    def __init__(self, widths: Sequence[int], mixed: int = 64):
        super().__init__()
        self.heads = nn.ModuleList()
        for place, inputs in enumerate(widths):
            # Buffers, because they must stay fixed when the module is set to require gradients.
            self.register_buffer(f"across_{place}", _fixed(mixed, inputs, 1))
            self.register_buffer(f"along_{place}", _fixed(mixed, mixed, 3))
            finer = len(widths) - 1 - place
            self.heads.append(_head([mixed, 2 * mixed, 4 * mixed][: min(finer, 2) + 1]))

    def mix(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Mixtures N x `mixed` x H x W of maps N x C x H x W; each combines a map with all coarser ones."""
        mixtures: list[Tensor] = []
        for place in reversed(range(len(maps))):
            mixture = F.conv2d(maps[place], getattr(self, f"across_{place}"))
            if mixtures:
                coarser = F.interpolate(mixtures[0], size=mixture.shape[2:], mode="bilinear")
                mixture = (mixture + coarser) * 0.5**0.5
            mixtures.insert(0, F.conv2d(mixture, getattr(self, f"along_{place}"), padding=1))
        return mixtures

    def forward(self, mixtures: Sequence[Tensor]) -> list[Tensor]:
        """The heads' logits, each N x P for P positions; higher is more real."""
        return [head(mixture).flatten(1) for head, mixture in zip(self.heads, mixtures, strict=True)]


def _fixed(outputs: int, inputs: int, side: int) -> Tensor:
    """Random weights that preserve the variance."""
    return torch.randn(outputs, inputs, side, side) / (inputs * side**2) ** 0.5


def _head(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2)]
    if not layers:
        layers = [spectral_norm(nn.Conv2d(widths[0], 4 * widths[0], 1)), nn.LeakyReLU(0.2)]
        widths = [4 * widths[0]]
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 1)))
