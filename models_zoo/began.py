"""BEGAN (Berthelot et al. 2017, arXiv:1703.10717): the discriminator is an auto-encoder.

As in the paper, exponential linear units and no normalisation; its residuals stay here instead of fading.
Shaped for a CPU: the paper's convolutions at full size, which take most of the time, are gone. The encoder
begins with the pixels of each 2 x 2 square as channels of half the size, and a decoder ends with the
doubling to the picture.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.blocks import ResizeConvolution
from models_zoo.checkpoint import LatentModel

FIRST_SIDE = 8
"""Pixels of the side of the first feature map of a decoder, and of the last one of the encoder."""


class ResidualConvolution(nn.Conv2d):
    """A 3x3 convolution and its unit, whose result is added to its input."""

    def __init__(self, width: int):
        super().__init__(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """N x width x H x W from the same shape."""
        return x + F.elu(super().forward(x))


class Encoder(nn.Sequential):
    """The latent h, N x hidden_size, of images N x C x H x W in [-1, 1]; every halving adds `width` channels."""

    def __init__(self, image_size: int, channels: int, hidden_size: int, width: int):
        layers: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(4 * channels, width, 3, padding=1), nn.ELU()]
        side, features = image_size // 2, width
        while side > FIRST_SIDE:
            layers += [nn.Conv2d(features, features + width, 3, 2, 1), nn.ELU()]
            side, features = side // 2, features + width
            layers.append(ResidualConvolution(features))
        super().__init__(*layers, nn.Flatten(), nn.Linear(features * FIRST_SIDE**2, hidden_size))


class Decoder(nn.Sequential):
    """Images N x C x H x W in [-1, 1] from latents N x latent_size, with `width` channels at every scale.

    The first of the paper's two convolutions per scale is the one that doubles the picture.
    """

    def __init__(self, image_size: int, channels: int, latent_size: int, width: int):
        layers: list[nn.Module] = [
            nn.Linear(latent_size, width * FIRST_SIDE**2),
            nn.Unflatten(1, (width, FIRST_SIDE, FIRST_SIDE)),
            ResidualConvolution(width),
        ]
        side = 2 * FIRST_SIDE
        while side < image_size:
            layers += [ResizeConvolution(width, width), nn.ELU(), ResidualConvolution(width)]
            side *= 2
        super().__init__(*layers, ResizeConvolution(width, channels), nn.Tanh())


class BEGAN(LatentModel):
    """A generator and an auto-encoder that learns to tell its pictures by how badly it repeats them.

    The paper draws z uniformly from [-1, 1]; here z ~ N(0, I) as for every `LatentModel`, so that paths,
    averages and truncation in latent space mean the same for all models.

    There is no `score`: the auto-encoder's error is no verdict on a single picture. It repeats a plain grey
    one better than any photograph; only means over many real and many generated pictures can be compared.
    """

    def __init__(
        self, image_size: int = 64, channels: int = 3, latent_size: int = 64, hidden_size: int = 64, width: int = 32
    ):
        super().__init__()
        if image_size < 2 * FIRST_SIDE or image_size & (image_size - 1):
            raise ValueError(f"image_size must be a power of two from {2 * FIRST_SIDE} on, not {image_size}")
        self.image_size, self.channels, self.latent_size = image_size, channels, latent_size
        self.generator = Decoder(image_size, channels, latent_size, width)
        self.discriminator = nn.Sequential(
            Encoder(image_size, channels, hidden_size, width), Decoder(image_size, channels, hidden_size, width)
        )

    def generate(self, z: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] from latents N x latent_size."""
        return self.generator(z)

    def reconstruct(self, x: Tensor) -> Tensor:
        """What the discriminator, an auto-encoder, makes of images N x C x H x W in [-1, 1]: images of the same shape."""
        return self.discriminator(x)
