"""What processes that train together must agree on: batch statistics, means, and when to stop.

torch's own SyncBatchNorm runs on CUDA only; this one needs no more than a differentiable all-reduce, which
gloo offers as well, so that the number of processes does not change what is trained.
"""

from __future__ import annotations

import torch
from accelerate import Accelerator
from torch import Tensor, distributed, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm


class _Sum(torch.autograd.Function):
    """The sum of a tensor over all processes; its gradient is the sum of theirs, and can be differentiated again."""

    @staticmethod
    def forward(_context: object, mine: Tensor) -> Tensor:
        total = mine.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_context: object, gradient: Tensor) -> Tensor:
        return _Sum.apply(gradient.contiguous())


class SynchronisedBatchNorm(_BatchNorm):
    """Batch normalisation with the mean and variance, in training, of the whole batch over all processes."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        values = x.float()
        axes = [axis for axis in range(x.dim()) if axis != 1]
        shape = [1, -1] + [1] * (x.dim() - 2)
        count = values.new_full((1,), values.numel() / values.shape[1])
        total, count = _Sum.apply(torch.cat([values.sum(axes), count])).split([self.num_features, 1])
        mean = total / count
        # E[x^2] - E[x]^2 would cancel where the mean is large against the deviation, and may turn out negative.
        deviations = values - mean.view(shape)
        variance = _Sum.apply(deviations.square().sum(axes)) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        return (deviations * scale.view(shape) + self.bias.view(shape)).to(x.dtype)


def synchronise_batch_norm(model: nn.Module) -> None:
    """Let every batch normalisation in `model` see all processes' batches; names and weights stay."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.__class__ = SynchronisedBatchNorm


def mean_over_processes(values: Tensor) -> Tensor:
    """`values`, of the same shape in every process, averaged over all processes; without gradient."""
    values = values.detach()
    if not (distributed.is_available() and distributed.is_initialized()):
        return values
    total = values.clone()
    distributed.all_reduce(total)
    return total / distributed.get_world_size()


def any_process(accelerator: Accelerator, flag: bool) -> bool:
    """Whether `flag` is true in any process, so that all of them act alike."""
    if accelerator.num_processes == 1:
        return flag
    return bool(accelerator.reduce(torch.tensor(float(flag), device=accelerator.device), "sum").item())
