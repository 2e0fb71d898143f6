"""Perceptrons so small that autograd takes longer over them than their arithmetic does: forward and backward in one piece each."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEAK = 0.2
ACTIVATIONS = {"relu": F.relu, "leaky": functools.partial(F.leaky_relu, negative_slope=LEAK), "tanh": torch.tanh}
_aten = torch.ops.aten
# From the gradient by what came out, and what came out.
_BACKWARD = {
    "relu": lambda gradient, out: _aten.threshold_backward(gradient, out, 0),
    "leaky": lambda gradient, out: _aten.leaky_relu_backward(gradient, out, LEAK, True),
    "tanh": _aten.tanh_backward,
}


class Perceptron(nn.Module):
    """Hidden layers of the given `widths[1:-1]`, from `widths[0]` to `widths[-1]` numbers; `activation` is a name of `ACTIVATIONS`."""

    def __init__(self, widths: list[int], activation: str):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in itertools.pairwise(widths))
        self.activation = activation
        # Walking through modules takes about as long as such small layers do.
        self._weights = [weight for layer in self.layers for weight in (layer.weight, layer.bias)]

    def forward(self, x: Tensor) -> Tensor:
        """N x `widths[-1]` for N x `widths[0]`; can be differentiated once."""
        return _Layers.apply(x, self.activation, *self._weights)

    def twice(self, x: Tensor) -> Tensor:
        """The same, for penalties on gradients: can be differentiated as often as one likes."""
        *hidden, last = self.layers
        for layer in hidden:
            x = ACTIVATIONS[self.activation](layer(x))
        return last(x)


class _Layers(torch.autograd.Function):
    """All layers of a perceptron. What is kept for the way back is kept plainly: `save_for_backward` takes longer than all else."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: str, *weights: Tensor) -> Tensor:
        activate, seen, last = ACTIVATIONS[activation], [x], len(weights) - 2
        for place in range(0, last, 2):
            x = activate(F.linear(x, weights[place], weights[place + 1]))
            seen.append(x)
        ctx.kept = activation, seen, weights
        return F.linear(x, weights[last], weights[last + 1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        activation, seen, weights = ctx.kept
        asked, back = ctx.needs_input_grad, _BACKWARD[activation]
        by_weights = asked[-1]
        found: list[Tensor | None] = []
        for place in range(len(seen) - 1, -1, -1):
            if by_weights:
                found.append(gradient.sum(0))
                found.append(gradient.t().mm(seen[place]))
            if place:
                gradient = back(gradient.mm(weights[2 * place]), seen[place])
        if not by_weights:
            found = [None] * len(weights)
        found.append(None)
        found.append(gradient.mm(weights[0]) if asked[0] else None)
        found.reverse()
        return tuple(found)
