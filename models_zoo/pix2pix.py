"""pix2pix (Isola et al. 2017, arXiv:1611.07004): a translator that learns from pairs, judged by patches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from models_zoo.blocks import ResizeConvolution
from models_zoo.cyclegan import PatchDiscriminator
from models_zoo.projected import ProjectedDiscriminator
from models_zoo.translation import InstanceNorm, TranslationModel

NOISY = 3
"""Layers of the decoder, from the smallest map on, that have dropout."""


class UNet(nn.Module):
    """Strided convolutions down to the smallest map and up again, each map on the way up beside its like on the way down.

    Dropout in the decoder's first layers is the only noise, and in eval mode there is none: the paper keeps it when
    it tests, and finds that it changes little (section 3.3); here the same picture always gets the same translation.
    """

    def __init__(self, channels: int, widths: Sequence[int], dropout: float):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        last = len(widths) - 1
        for place, (inputs, outputs) in enumerate(pairwise([channels, *widths])):
            # Not in the first layer, as in the paper, nor in the last, whose map may be of a single pixel.
            # Over single pictures: on a CPU as fast as over the batch, and the same in training and afterwards.
            normalised = 0 < place < last
            layers: list[nn.Module] = [nn.LeakyReLU(0.2)] if place else []
            layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not normalised))
            self.down.append(nn.Sequential(*layers, *[InstanceNorm(outputs)] * normalised))
        for place in range(last, 0, -1):
            inputs = widths[place] * (1 if place == last else 2)
            layers = [nn.ReLU(), ResizeConvolution(inputs, widths[place - 1]), InstanceNorm(widths[place - 1])]
            self.up.append(nn.Sequential(*layers, *[nn.Dropout(dropout)] * (last - place < NOISY)))
        # Four pixels of each place at half the size: a convolution of the whole picture takes a CPU as long as all the rest.
        self.picture = nn.Sequential(
            nn.ReLU(), nn.Conv2d(2 * widths[0], 4 * channels, 3, padding=1), nn.PixelShuffle(2), nn.Tanh()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1], as large as those that came in; both sides multiples of two for each width."""
        maps = []
        for layer in self.down:
            x = layer(x)
            maps.append(x)
        x = maps.pop()
        for layer in self.up:
            x = torch.cat([layer(x), maps.pop()], 1)
        return self.picture(x)


class Pix2Pix(TranslationModel):
    """A generator for one direction and a discriminator of pairs: what was given, and what may be its translation.

    Without `discriminator_widths` there is no discriminator: such a generator learned from the pairs alone. With
    `projected`, the channels of a trained network's feature maps, translations have discriminators of these, too.
    """

    def __init__(
        self,
        image_size: int = 128,
        channels: int = 3,
        *,
        direction: str = "a2b",
        widths: Sequence[int] = (32, 64, 128, 192, 192, 192),
        discriminator_widths: Sequence[int] = (64, 128, 256),
        dropout: float = 0.5,
        projected: Sequence[int] = (),
    ):
        super().__init__()
        if direction not in ("a2b", "b2a"):
            raise ValueError(f"{direction!r} is neither a2b nor b2a")
        self.MULTIPLE = 2 ** len(widths)
        if len(widths) < 2 or image_size % self.MULTIPLE:
            raise ValueError(
                f"{len(widths)} widths need a side that is a multiple of {self.MULTIPLE}, not {image_size}"
            )
        self.image_size, self.channels = image_size, channels
        self.add_module(direction, UNet(channels, widths, dropout))
        if discriminator_widths:
            self.discriminator = PatchDiscriminator(2 * channels, discriminator_widths)
        if projected:
            self.projected = ProjectedDiscriminator(projected)
