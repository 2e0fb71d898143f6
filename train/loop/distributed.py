"""What processes that train together must agree on: batch statistics, and means.

torch's own SyncBatchNorm runs on CUDA alone; this one needs only a differentiable all-reduce, which
gloo has as well, so that the number of processes changes nothing in what is trained.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm


class SynchronisedBatchNorm(_BatchNorm):
    """Batch normalisation whose mean and variance in training are those of the whole batch."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        values = x.float()
        axes = [axis for axis in range(x.dim()) if axis != 1]
        count = values.new_full((1,), values.numel() / values.shape[1])
        mine = torch.cat([values.sum(axes), values.square().sum(axes), count])
        total, squares, count = all_reduce(mine).split([self.num_features, self.num_features, 1])
        mean, variance = total / count, squares / count - (total / count).square()
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        shape = [1, -1] + [1] * (x.dim() - 2)
        scale = self.weight * (variance + self.eps).rsqrt()
        return (values * scale.view(shape) + (self.bias - mean * scale).view(shape)).to(x.dtype)


def synchronise_batch_norm(model: nn.Module) -> None:
    """Let every batch normalisation in `model` see all processes' batches; names and weights stay."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.__class__ = SynchronisedBatchNorm


def mean_over_processes(values: Tensor) -> Tensor:
    """`values`, which must have the same shape everywhere, averaged over all processes; no gradient goes through."""
    values = values.detach()
    if not (distributed.is_available() and distributed.is_initialized()):
        return values
    total = values.clone()
    distributed.all_reduce(total)
    return total / distributed.get_world_size()
