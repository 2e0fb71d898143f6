"""An encoder of pictures into a generator's latent space, round by round (ReStyle, Alaluf et al. 2021, arXiv:2104.02699)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from models_zoo.checkpoint import LatentModel, ZooModel


class Corrector(nn.Module):
    """Strided convolutions over a picture and over what z gives so far, then a linear layer to a change of z."""

    def __init__(self, image_size: int, channels: int, latent_size: int, widths: Sequence[int]):
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise([2 * channels, *widths]):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        side = image_size // 2 ** len(widths)
        self.trunk = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(widths[-1] * side**2 + latent_size, latent_size)

    def forward(self, x: Tensor, drawn: Tensor, z: Tensor) -> Tensor:
        """A better z, N x latent_size, for pictures `x` where z gives `drawn`, both N x C x H x W in [-1, 1]."""
        return z + self.head(torch.cat([self.trunk(torch.cat([x, drawn], 1)), z], 1))


def rounds(
    correct: Callable[[Tensor, Tensor, Tensor], Tensor], x: Tensor, generator: LatentModel, count: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """z after each of `count` corrections, from z = 0 on, and what it gives; gradients stay within a round."""
    z = x.new_zeros(len(x), generator.latent_size)
    drawn = generator.generate(z[:1]).expand_as(x)
    for _ in range(count):
        z = correct(x, drawn.detach(), z.detach())
        drawn = generator.generate(z)
        yield z, drawn


class Encoder(ZooModel):
    """A `Corrector` for one generator: that whose weights have the checksum `generator_sha256`, of the id `generator`."""

    def __init__(
        self,
        generator: str,
        generator_sha256: str,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_size: int = 100,
        widths: Sequence[int] = (32, 64, 128, 256),
    ):
        super().__init__()
        self.image_size, self.channels, self.latent_size = image_size, channels, latent_size
        self.corrector = Corrector(image_size, channels, latent_size, widths)

    def encode(self, x: Tensor, generator: LatentModel, count: int = 5) -> Tensor:
        """z, N x latent_size, whose pictures by `generator` are like `x`, N x C x H x W in [-1, 1]; after `count` rounds."""
        *_, (z, _) = rounds(self.corrector, x, generator, count)
        return z
