"""Base of the models that translate pictures between two domains."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.checkpoint import ZooModel


class TranslationModel(ZooModel):
    """A model with a generator per direction: children named ``a2b`` and ``b2a``, or one of them.

    The generators are fully convolutional and take pictures of any size.
    """

    MULTIPLE = 4
    LEAST = 8
    """Both sides of a generator's input must be multiples of `MULTIPLE` and at least `LEAST`; `translate` pads accordingly."""

    @property
    def directions(self) -> tuple[str, ...]:
        """Those of ``"a2b"`` and ``"b2a"`` for which this model has a generator."""
        return tuple(name for name, _ in self.named_children() if name in ("a2b", "b2a"))

    def translate(self, x: Tensor, direction: str) -> Tensor:
        """Translations of pictures N x C x H x W in [-1, 1], of the same shape.

        `direction` is ``"a2b"`` or ``"b2a"``; raises `ValueError` if it is not among `directions`.
        """
        if direction not in self.directions:
            raise ValueError(f"{direction!r} is none of {', '.join(self.directions)}")
        height, width = x.shape[2:]
        right, bottom = (max(self.LEAST, side + -side % self.MULTIPLE) - side for side in (width, height))
        padded = F.pad(x, (0, right, 0, bottom), mode="replicate") if right or bottom else x
        # In this layout convolutions on a CPU take a tenth less time, as they need not bring their input into it.
        padded = padded.contiguous(memory_format=torch.channels_last)
        return getattr(self, direction)(padded)[:, :, :height, :width]


class InstanceNorm(nn.Module):
    """Instance normalisation with scale and shift (arXiv:1607.08022) that preserves the channels-last layout.

    For a batch of one picture it equals batch normalisation, whose CPU kernels are faster and preserve the memory layout.
    """

    ALONE = 8
    """Largest batch whose pictures are normalised one by one on a CPU."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W, normalised over H and W."""
        if len(x) > self.ALONE or x.device.type != "cpu":
            return F.instance_norm(x, weight=self.weight, bias=self.bias)
        pictures = [F.batch_norm(one, None, None, self.weight, self.bias, training=True) for one in x.split(1)]
        return pictures[0] if len(pictures) == 1 else torch.cat(pictures)
