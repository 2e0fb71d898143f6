"""Layers of StyleGAN's networks: equalised learning rates, and resampling with a low-pass filter.

Weights are drawn from N(0, 1) and scaled when they are used, so that Adam, whose steps do not depend on the size of a
gradient, changes all layers at the same relative speed (arXiv:1710.10196, section 4.1). Leaky ReLUs have a gain of
sqrt(2), which keeps the variance; the gain is multiplied into weights and biases beforehand, as it passes through the ReLU.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Change = Callable[[Tensor], Tensor]

LEAK = 0.2
"""Slope of the leaky ReLUs below zero."""
GAIN = math.sqrt(2)
"""What keeps the variance through a leaky ReLU."""
TAPS = (1, 3, 3, 1)
"""The low-pass filter along each axis, before it is scaled to a sum of one (arXiv:1812.04948, after arXiv:1904.11486)."""


@functools.cache
def _filter(channels: int, gain: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """`TAPS` in two dimensions with the sum `gain`, one copy per channel: channels x 1 x 4 x 4."""
    with torch.inference_mode(False):
        row = torch.tensor(TAPS, dtype=torch.float32, device=device) / sum(TAPS)
        return (gain * torch.outer(row, row)).to(dtype).repeat(channels, 1, 1, 1)


def _filter_for(x: Tensor, gain: int) -> Tensor:
    return _filter(x.shape[1], gain, x.device, x.dtype)


class _Linear(torch.autograd.Function):
    """A linear function of pictures, whose gradient is its `adjoint`, and so on.

    PyTorch would differentiate a convolution twice by its weights as well, channel by channel, though these are fixed.
    """

    @staticmethod
    def forward(context: Any, x: Tensor, function: Change, adjoint: Change) -> Tensor:
        context.functions = function, adjoint
        return function(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        function, adjoint = context.functions
        return _Linear.apply(gradient, adjoint, function), None, None


def _blurred(padding: int, gain: int) -> Change:
    return lambda x: F.conv2d(x, _filter_for(x, gain), padding=padding, groups=x.shape[1])


def _halved(x: Tensor) -> Tensor:
    return F.conv2d(x, _filter_for(x, 1), stride=2, padding=1, groups=x.shape[1])


def _spread(x: Tensor) -> Tensor:
    return F.conv_transpose2d(x, _filter_for(x, 1), stride=2, padding=1, groups=x.shape[1])


def blurred(x: Tensor, padding: int, gain: int = 1) -> Tensor:
    """N x C x H x W filtered by `TAPS` along both axes, after `padding` zeros on every side: sides grow by 2 `padding` - 3."""
    return _Linear.apply(x, _blurred(padding, gain), _blurred(len(TAPS) - 1 - padding, gain))


def halved(x: Tensor) -> Tensor:
    """N x C x H x W filtered and subsampled to N x C x H/2 x W/2."""
    return _Linear.apply(x, _halved, _spread)


def doubled(x: Tensor) -> Tensor:
    """N x C x H x W with zeros between its pixels, filtered: N x C x 2H x 2W of the same brightness.

    For pictures: with few channels, a matrix product along each axis takes less time than a convolution.
    """
    down, along = (_doubling(size, x.device, x.dtype) for size in x.shape[2:])
    with torch.autocast(x.device.type, enabled=False):
        return down @ x @ along.T


@functools.cache
def _doubling(size: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """The matrix, 2 `size` x `size`, that doubles a row of pixels."""
    with torch.inference_mode(False):
        taps = 2 * torch.tensor(TAPS, dtype=dtype, device=device) / sum(TAPS)
        rows = torch.eye(size, dtype=dtype, device=device)[:, None]
        return F.conv_transpose1d(rows, taps[None, None], stride=2, padding=1)[:, 0].T.contiguous()


def doubling_convolution(x: Tensor, weight: Tensor) -> Tensor:
    """N x I x H x W with zeros between its pixels, convolved with `weight` O x I x 3 x 3 and filtered: N x O x 2H x 2W."""
    return blurred(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), padding=1, gain=4)


class EqualLinear(nn.Module):
    """A linear layer at an equalised learning rate; `rate` multiplies the learning rate of weights and bias."""

    def __init__(self, inputs: int, outputs: int, *, rate: float = 1.0, bias: float = 0.0, is_active: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.rate, self.is_active = rate, is_active

    def forward(self, x: Tensor) -> Tensor:
        """N x outputs from N x inputs; with `is_active` after a leaky ReLU."""
        gain = GAIN * self.rate if self.is_active else self.rate
        y = F.linear(x, self.weight * (gain / math.sqrt(x.shape[1])), self.bias * gain)
        return leaky(y) if self.is_active else y


class EqualConvolution(nn.Module):
    """A convolution at an equalised learning rate, with bias and leaky ReLU where it `is_active`.

    With `halves` the picture is filtered before it is subsampled.
    """

    def __init__(self, inputs: int, outputs: int, size: int, *, halves: bool = False, is_active: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs)) if is_active else None
        self.halves = halves

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """N x outputs x H x W from N x inputs x H x W, or half as high and wide; the result is multiplied by `gain`."""
        size = self.weight.shape[-1]
        gain = gain if self.bias is None else gain * GAIN
        weight = self.weight * (gain / math.sqrt(self.weight[0].numel()))
        bias = None if self.bias is None else self.bias * gain
        if self.halves and size == 1:
            y = F.conv2d(halved(x), weight, bias)
        elif self.halves:
            y = F.conv2d(blurred(x, padding=size // 2 + 1), weight, bias, stride=2)
        else:
            y = F.conv2d(x, weight, bias, padding=size // 2)
        return y if self.bias is None else leaky(y)


def leaky(x: Tensor) -> Tensor:
    """A leaky ReLU in the place of `x`, which nobody else may need: a layer's own result."""
    return F.leaky_relu(x, LEAK, inplace=True)


def unit_length(x: Tensor) -> Tensor:
    """Rows ... x F divided by the root of their mean square."""
    return x * (x.square().mean(-1, keepdim=True) + 1e-8).rsqrt()
