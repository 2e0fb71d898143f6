"""Weights in eight bits on disk: half the size of fp16, and pictures that nobody tells apart.

Each row of a large weight (an output of its layer) is kept as whole numbers from -127 to 127 and one factor
(as in Jacob et al. 2017, arXiv:1712.05877, section 2.1, without zero point); all else is fp16. Networks compute with floats as ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

LARGE = 4096
"""Numbers from which on a weight is packed."""
LEVELS = 127
SUFFIX = ":scale"
"""What the factors' name adds to the weight's."""


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`tensors`, large ones as int8 with their factors beside them, other floats as fp16, on the CPU."""
    packed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        value = value.detach().cpu()
        if not value.is_floating_point():
            packed[name] = value.contiguous()
        elif value.ndim < 2 or value.numel() < LARGE or not torch.isfinite(value).all():
            packed[name] = value.half().contiguous()
        else:
            largest = value.float().flatten(1).abs().amax(1)
            # As it will be read, so that what is rounded away in the factor does not count twice.
            scale = (largest / LEVELS).half()
            factors = _beside(scale.float(), value)
            whole = (value / factors).round().clamp(-LEVELS, LEVELS)
            packed[name] = torch.where(factors > 0, whole, 0).to(torch.int8).contiguous()
            packed[name + SUFFIX] = scale
    return packed


def unpack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `pack` was given, floats as fp32. Factors whose weight is no matrix of int8 stay as they are, as strangers."""
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        scale = tensors.get(name + SUFFIX)
        if scale is not None and value.dtype == torch.int8 and scale.shape == value.shape[:1]:
            found[name] = value.float() * _beside(scale.float(), value)
        elif not _belongs(name, tensors):
            found[name] = value.float() if value.is_floating_point() else value
    return found


def _belongs(name: str, tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the factors of a weight that `unpack` puts together."""
    weight = tensors.get(name.removesuffix(SUFFIX)) if name.endswith(SUFFIX) else None
    return weight is not None and weight.dtype == torch.int8 and tensors[name].shape == weight.shape[:1]


def _beside(scale: Tensor, value: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (value.ndim - 1))
