"""Weights in eight bits on disk: half the size of fp16, without a visible difference in the pictures.

Each row of a large weight (one output of its layer) is stored as integers from -127 to 127 and one scale
(as in Jacob et al. 2017, arXiv:1712.05877, section 2.1, without zero point); everything else is fp16. Networks still compute in floats.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

LARGE = 4096
"""Least number of elements of a weight stored in eight bits."""
LEVELS = 127
SUFFIX = ":scale"
"""Suffix of the name of a weight's scales."""


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`tensors` on the CPU: large ones as int8 with their scales, other floats as fp16."""
    packed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        value = value.detach().cpu()
        if not value.is_floating_point():
            packed[name] = value.contiguous()
        elif value.ndim < 2 or value.numel() < LARGE or not torch.isfinite(value).all():
            packed[name] = value.half().contiguous()
        else:
            largest = value.float().flatten(1).abs().amax(1)
            # Rounded as in the file, so that the rounding of the scale is compensated for.
            scale = (largest / LEVELS).half()
            factors = _beside(scale.float(), value)
            whole = (value / factors).round().clamp(-LEVELS, LEVELS)
            packed[name] = torch.where(factors > 0, whole, 0).to(torch.int8).contiguous()
            packed[name + SUFFIX] = scale
    return packed


def unpack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `pack`, with floats as fp32. Scales without a matching int8 weight are returned like other tensors."""
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        scale = tensors.get(name + SUFFIX)
        if scale is not None and value.dtype == torch.int8 and scale.shape == value.shape[:1]:
            found[name] = value.float() * _beside(scale.float(), value)
        elif not _belongs(name, tensors):
            found[name] = value.float() if value.is_floating_point() else value
    return found


def _belongs(name: str, tensors: Mapping[str, Tensor]) -> bool:
    """Whether `name` are the scales of a weight that `unpack` restores."""
    weight = tensors.get(name.removesuffix(SUFFIX)) if name.endswith(SUFFIX) else None
    return weight is not None and weight.dtype == torch.int8 and tensors[name].shape == weight.shape[:1]


def _beside(scale: Tensor, value: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (value.ndim - 1))
