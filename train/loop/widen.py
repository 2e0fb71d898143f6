"""Weights of a wider network that computes what a narrower one does (Net2WiderNet, Chen et al. 2016, arXiv:1511.05641)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Size, Tensor

LEAST = 0.3
"""The share of the original weight that is divided equally among the copies of an input; the rest is divided at random."""


def can_widen(narrow: Mapping[str, Tensor], shapes: Mapping[str, Size]) -> bool:
    """Whether `widened` applies: the same tensors, each axis longer by a whole factor, inputs and outputs of the network equal."""
    if narrow.keys() != shapes.keys():
        return False
    pairs = [(tuple(value.shape), tuple(shapes[name])) for name, value in narrow.items()]
    weights = [pair for pair in pairs if len(pair[0]) > 1]
    if not weights or weights[0][0][1] != weights[0][1][1] or weights[-1][0][0] != weights[-1][1][0]:
        return False
    return all(
        len(own) == len(longer) and all(b % a == 0 for a, b in zip(own, longer, strict=True)) for own, longer in pairs
    )


def widened(narrow: Mapping[str, Tensor], shapes: Mapping[str, Size]) -> dict[str, Tensor]:
    """The state of a network of these `shapes` that computes the same function as the one whose state is `narrow`.

    For chains of convolutions, linear layers and per-channel norms, whose weights are outputs x inputs x ...
    Outputs are repeated, and the weight of an input is divided among its copies, unevenly, since equal copies would
    receive equal gradients and never differ. The division is the same on every call.
    """
    generator = torch.Generator().manual_seed(0)
    return {name: _wider(value, shapes[name], generator) for name, value in narrow.items()}


def _wider(value: Tensor, shape: Size, generator: torch.Generator) -> Tensor:
    if value.dim() == 0:
        return value.clone()
    outputs = torch.cat([value] * (shape[0] // len(value)))
    if value.dim() == 1:
        return outputs
    times = shape[1] // value.shape[1]
    share = LEAST / times + (1 - LEAST) * _shares(times, value.shape[1], generator)
    return torch.cat([outputs * row.view(-1, *[1] * (value.dim() - 2)) for row in share.to(value)], 1)


def _shares(times: int, count: int, generator: torch.Generator) -> Tensor:
    """`times` x `count` numbers in [0, 1], each column summing to one."""
    cuts = torch.rand(times - 1, count, generator=generator).sort(0).values
    edges = torch.cat([torch.zeros(1, count), cuts, torch.ones(1, count)])
    return torch.stack([above - below for below, above in pairwise(edges)])
