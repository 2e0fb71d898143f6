"""DiscoGAN (Kim et al. 2017, arXiv:1703.05192): two translators that undo each other, for what differs in shape as well."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from models_zoo.blocks import ResizeConvolution
from models_zoo.projected import ProjectedDiscriminator
from models_zoo.translation import TranslationModel


def halvings(channels: int, widths: Sequence[int]) -> list[nn.Sequential]:
    """One 4x4 convolution per width, each halving the picture; the first is not normalised."""
    return [
        nn.Sequential(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=place == 0),
            *[nn.BatchNorm2d(outputs)] * (place > 0),
            nn.LeakyReLU(0.2, inplace=True),
        )
        for place, (inputs, outputs) in enumerate(pairwise([channels, *widths]))
    ]


class EncoderDecoder(nn.Module):
    """Strided convolutions down to a small map and up again, with nothing that leads past that map."""

    def __init__(self, channels: int, widths: Sequence[int]):
        super().__init__()
        layers: list[nn.Module] = list(halvings(channels, widths))
        for inputs, outputs in pairwise(reversed(widths)):
            layers += [ResizeConvolution(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        # The last doubling gives its four pixels as channels: a convolution at full size is slow on CPUs.
        layers += [nn.Conv2d(widths[0], 4 * channels, 3, padding=1), nn.PixelShuffle(2), nn.Tanh()]
        self.net = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1], as large as those that came in; both sides multiples of two for each width."""
        return self.net(x)


class FeatureDiscriminator(nn.Module):
    """Strided convolutions whose maps generators can match, and a linear layer."""

    def __init__(self, image_size: int, channels: int, widths: Sequence[int]):
        super().__init__()
        self.layers = nn.ModuleList(halvings(channels, widths))
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(widths[-1] * (image_size >> len(widths)) ** 2, 1), nn.Flatten(0)
        )

    def features(self, x: Tensor) -> list[Tensor]:
        """The maps after each layer, of pictures N x C x H x W in [-1, 1]; `head` makes logits of the last."""
        found = []
        for layer in self.layers:
            x = layer(x)
            found.append(x)
        return found

    def forward(self, x: Tensor) -> Tensor:
        """N logits of pictures N x C x H x W in [-1, 1]; higher is more real."""
        return self.head(self.features(x)[-1])


class DiscoGAN(TranslationModel):
    """Generators ``a2b`` and ``b2a``, and a discriminator of whole pictures for each domain.

    With `projected`, the channels of a trained network's feature maps, each domain has discriminators of these, too.
    """

    def __init__(
        self,
        image_size: int = 64,
        channels: int = 3,
        widths: Sequence[int] = (32, 64, 128, 256),
        discriminator_widths: Sequence[int] = (32, 64, 128, 256),
        projected: Sequence[int] = (),
    ):
        super().__init__()
        for given in (widths, discriminator_widths):
            if not given or image_size % 2 ** len(given):
                raise ValueError(
                    f"{image_size} pixels cannot be halved as often as there are widths: {len(given)} times"
                )
        self.MULTIPLE = 2 ** len(widths)
        self.image_size, self.channels = image_size, channels
        self.a2b, self.b2a = EncoderDecoder(channels, widths), EncoderDecoder(channels, widths)
        self.discriminator_a = FeatureDiscriminator(image_size, channels, discriminator_widths)
        self.discriminator_b = FeatureDiscriminator(image_size, channels, discriminator_widths)
        if projected:
            self.projected_a, self.projected_b = ProjectedDiscriminator(projected), ProjectedDiscriminator(projected)
