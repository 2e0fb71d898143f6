"""pix2pix (Isola et al. 2017, arXiv:1611.07004): translation learned from pairs, with a patch discriminator."""

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
"""Number of decoder layers with dropout, starting from the smallest map."""


class UNet(nn.Module):
    """An encoder of strided convolutions and a decoder of resize convolutions, with skip connections.

    Dropout in the decoder's first layers is the only noise. The paper keeps it at test time and finds that it changes
    little (section 3.3); here it is off in eval mode, so that a picture always gets the same translation.
    """

    def __init__(self, channels: int, widths: Sequence[int], dropout: float):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        last = len(widths) - 1
        for place, (inputs, outputs) in enumerate(pairwise([channels, *widths])):
            # Not in the first layer, as in the paper, nor in the last, whose map may be a single pixel. Instance rather
            # than batch normalisation: as fast on a CPU, and the same in training and in eval mode.
            normalised = 0 < place < last
            layers: list[nn.Module] = [nn.LeakyReLU(0.2)] if place else []
            layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not normalised))
            self.down.append(nn.Sequential(*layers, *[InstanceNorm(outputs)] * normalised))
        for place in range(last, 0, -1):
            inputs = widths[place] * (1 if place == last else 2)
            layers = [nn.ReLU(), ResizeConvolution(inputs, widths[place - 1]), InstanceNorm(widths[place - 1])]
            self.up.append(nn.Sequential(*layers, *[nn.Dropout(dropout)] * (last - place < NOISY)))
        # A pixel shuffle, because a convolution at full size takes as long on a CPU as all the rest.
        self.picture = nn.Sequential(
            nn.ReLU(), nn.Conv2d(2 * widths[0], 4 * channels, 3, padding=1), nn.PixelShuffle(2), nn.Tanh()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1] of the same size as the input; both sides must be multiples of ``2 ** len(widths)``."""
        maps = []
        for layer in self.down:
            x = layer(x)
            maps.append(x)
        x = maps.pop()
        for layer in self.up:
            x = torch.cat([layer(x), maps.pop()], 1)
        return self.picture(x)


class Pix2Pix(TranslationModel):
    """A generator for one direction, and a discriminator of pairs of an input and its real or generated translation.

    Without `discriminator_widths` there is no discriminator, for generators trained by regression alone. `projected` are
    the channels of a pretrained network's feature maps; translations then also have discriminators of these.
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
