"""The first GAN: two multilayer perceptrons (Goodfellow et al. 2014, arXiv:1406.2661)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from models_zoo.checkpoint import LatentModel


@dataclass(frozen=True)
class Preset:
    """Widths of the hidden layers, and whether they use techniques introduced after 2014.

    `modern` layers have leaky ReLUs, and batch normalisation in the generator; the others have ReLUs.
    """

    generator: tuple[int, ...]
    discriminator: tuple[int, ...]
    modern: bool


PRESETS = {
    "mlp": Preset(generator=(256, 512, 512), discriminator=(512, 256), modern=True),
    # The lecture's networks, 100-128-784 and 784-128-1: small enough for a blackboard.
    "lecture": Preset(generator=(128,), discriminator=(128,), modern=False),
}


def _perceptron(widths: Sequence[int], modern: bool, normalise: bool) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers.append(nn.Linear(inputs, outputs))
        if normalise:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(nn.LeakyReLU(0.2) if modern else nn.ReLU())
    return layers


class GAN(LatentModel):
    """Generator and discriminator of the first GAN.

    `preset` is ``"mlp"`` (100-256-512-512-784 and 784-512-256-1) or ``"lecture"`` (100-128-784 and
    784-128-1). Images are N x `channels` x `image_size` x `image_size` in [-1, 1].
    """

    def __init__(self, preset: str = "mlp", image_size: int = 28, channels: int = 1, latent_size: int = 100):
        super().__init__()
        self.image_size, self.channels, self.latent_size = image_size, channels, latent_size
        sizes = PRESETS[preset]
        shape = (channels, image_size, image_size)
        pixels = math.prod(shape)
        self.generator = nn.Sequential(
            *_perceptron((latent_size, *sizes.generator), sizes.modern, normalise=sizes.modern),
            nn.Linear(sizes.generator[-1], pixels),
            nn.Tanh(),
            nn.Unflatten(1, shape),
        )
        self.discriminator = nn.Sequential(
            nn.Flatten(),
            *_perceptron((pixels, *sizes.discriminator), sizes.modern, normalise=False),
            nn.Linear(sizes.discriminator[-1], 1),
            nn.Flatten(0),
        )

    def generate(self, z: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] from latents N x latent_size."""
        return self.generator(z)

    def score(self, x: Tensor) -> Tensor:
        """The discriminator's N logits for images N x C x H x W in [-1, 1]; higher is more real."""
        return self.discriminator(x)
