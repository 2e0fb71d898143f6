"""DCGAN (Radford et al. 2015, arXiv:1511.06434), with its upsampling and its normalisation to choose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from models_zoo.blocks import ResizeConvolution
from models_zoo.checkpoint import LatentModel
from models_zoo.projected import ProjectedDiscriminator

FIRST_SIDE = 4
"""Pixels of the side of the first feature map, and of the last one of the discriminator, for pictures of 4, 8, 16, ... pixels."""
FIRST_SIDE_OF_DIGITS = 7
"""The same for pictures of 7, 14, 28, ... pixels, as digits have."""


def first_side(image_size: int) -> int:
    """The side of the smallest feature map of pictures of that side: 7 for 7 times a power of two, else 4."""
    times, rest = divmod(image_size, FIRST_SIDE_OF_DIGITS)
    return FIRST_SIDE if rest or times & (times - 1) or not times else FIRST_SIDE_OF_DIGITS


class TranslatedReLU(nn.Module):
    """max(x, a) with one learned a per channel, 0 at first: what goes with weight normalisation (arXiv:1704.03971)."""

    def __init__(self, channels: int, leak: float = 0.0):
        super().__init__()
        self.threshold = nn.Parameter(torch.zeros(channels, 1, 1))
        self.leak = leak

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.leaky_relu(x - self.threshold, self.leak) + self.threshold


def doubling(upsampling: str, kernel: int, inputs: int, outputs: int) -> nn.Module:
    """A layer that doubles the picture: a resize convolution, or a transposed one of `kernel` 4 or 5.

    Where the stride does not divide the kernel, as with the 5 of the paper's code, some pixels meet
    more weights than their neighbours: the checkerboard (doi:10.23915/distill.00003).
    """
    if upsampling == "resize":
        return ResizeConvolution(inputs, outputs)
    return nn.ConvTranspose2d(inputs, outputs, kernel, 2, (kernel - 1) // 2, kernel % 2, bias=False)


class DCGenerator(nn.Module):
    """A linear layer to a map of `first_side`, then one doubling per width, the last of them to the picture.

    With a `last_width` the last doubling is to so many channels, and a 3x3 convolution makes the picture of
    them: a resize convolution alone has only nine weights for the four pixels that it makes of each.
    """

    def __init__(
        self,
        latent_size: int,
        channels: int,
        widths: Sequence[int],
        *,
        upsampling: str,
        kernel: int,
        norm: str,
        last_width: int,
        first_side: int = FIRST_SIDE,
    ):
        super().__init__()
        first = nn.Linear(latent_size, widths[0] * first_side**2, bias=False)
        layers: list[nn.Module] = [
            _weights(first, norm),
            nn.Unflatten(1, (widths[0], first_side, first_side)),
            *_normalised(widths[0], norm),
        ]
        for inputs, outputs in pairwise([*widths, last_width] if last_width else widths):
            layer = doubling(upsampling, kernel, inputs, outputs)
            layers += [_weights(layer, norm), *_normalised(outputs, norm)]
        if last_width:
            layers.append(nn.Conv2d(last_width, channels, 3, padding=1))
        else:
            layers.append(doubling(upsampling, kernel, widths[-1], channels))
        layers.append(nn.Tanh())
        self.net = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] from z N x latent_size."""
        return self.net(z)


class DCDiscriminator(nn.Module):
    """One strided convolution per width, each halving the picture down to `last_side`, and a linear layer.

    The first convolution is not normalised.
    """

    def __init__(self, channels: int, widths: Sequence[int], norm: str, last_side: int = FIRST_SIDE):
        super().__init__()
        layers: list[nn.Module] = []
        for place, (inputs, outputs) in enumerate(pairwise([channels, *widths])):
            convolution = nn.Conv2d(inputs, outputs, 4, 2, 1, bias=place == 0 or norm == "weight")
            layers.append(_weights(convolution, norm))
            layers += [nn.LeakyReLU(0.2)] if place == 0 else _normalised(outputs, norm, leak=0.2)
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * last_side**2, 1), nn.Flatten(0))

    def forward(self, x: Tensor) -> Tensor:
        """N logits of images N x C x H x W in [-1, 1]."""
        return self.net(x)


def _weights(layer: nn.Module, norm: str) -> nn.Module:
    """`layer` with what `norm` asks for.

    Where activations are not normalised, weights must not let them fade: with PyTorch's own, z hardly reaches the picture.
    """
    if norm != "weight":
        return layer
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return weight_norm(layer)


def _normalised(channels: int, norm: str, leak: float = 0.0) -> list[nn.Module]:
    """What follows a convolution of that many channels: normalisation, unless it is of weights, and activation."""
    if norm == "weight":
        return [TranslatedReLU(channels, leak)]
    return [nn.BatchNorm2d(channels), nn.LeakyReLU(leak) if leak else nn.ReLU()]


class DCGAN(LatentModel):
    """Convolutional GAN without pooling and hidden perceptrons, for images whose side is 4 or 7 times a power of two.

    With `projected`, the channels of a trained network's feature maps, discriminators of these are kept beside the
    paper's own, which alone gives scores: a generator that had both for opponents can go on learning from both.
    Without `discriminator_widths` there is a generator alone, as other programs save it.
    """

    def __init__(
        self,
        image_size: int = 64,
        channels: int = 3,
        latent_size: int = 100,
        widths: Sequence[int] = (256, 256, 128, 64),
        discriminator_widths: Sequence[int] = (48, 96, 192, 288),
        *,
        upsampling: str = "resize",
        kernel: int = 5,
        norm: str = "batch",
        last_width: int = 0,
        projected: Sequence[int] = (),
    ):
        super().__init__()
        smallest = first_side(image_size)
        for given in (widths, discriminator_widths or widths):
            if smallest * 2 ** len(given) != image_size:
                raise ValueError(f"{len(given)} widths make {smallest * 2 ** len(given)} pixels, not {image_size}")
        self.image_size, self.channels, self.latent_size = image_size, channels, latent_size
        self.generator = DCGenerator(
            latent_size, channels, widths,
            upsampling=upsampling, kernel=kernel, norm=norm, last_width=last_width, first_side=smallest,
        )  # fmt: skip
        if discriminator_widths:
            self.discriminator = DCDiscriminator(channels, discriminator_widths, norm, smallest)
        if projected:
            self.projected = ProjectedDiscriminator(projected)

    def generate(self, z: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] from latents N x latent_size."""
        return self.generator(z)

    def score(self, x: Tensor) -> Tensor:
        """N logits for images N x C x H x W in [-1, 1]; higher is more real."""
        return self.discriminator(x)
