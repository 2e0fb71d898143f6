"""CycleGAN (Zhu et al. 2017, arXiv:1703.10593): two translators that undo each other, for photographs and for digits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.blocks import ResizeConvolution
from models_zoo.image_to_image import ResnetGenerator, Style
from models_zoo.projected import ProjectedDiscriminator
from models_zoo.translation import InstanceNorm, TranslationModel


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose result is added to what came in."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False)
        self.first_norm = InstanceNorm(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False)
        self.second_norm = InstanceNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C x H x W."""
        hidden = F.relu(self.first_norm(self.first(x)), inplace=True)
        return x + self.second_norm(self.second(hidden))


class ResidualGenerator(nn.Module):
    """Down to a quarter of the side, `blocks` residual blocks, and up again.

    The paper's first and last layer are 7x7 convolutions of the whole picture, on a CPU a third of the time. Here
    the picture's 2 x 2 pixels become channels first, and 3x3 convolutions do, which see as many pixels.
    """

    def __init__(self, channels: int, width: int, blocks: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * channels, 2 * width, 3, padding=1, padding_mode="reflect", bias=False),
            InstanceNorm(2 * width),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * width, 4 * width, 3, 2, 1, bias=False),
            InstanceNorm(4 * width),
            nn.ReLU(inplace=True),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
            ResizeConvolution(4 * width, 2 * width),
            InstanceNorm(2 * width),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * width, 4 * channels, 3, padding=1, padding_mode="reflect"),
            nn.PixelShuffle(2),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1], as large as those that came in; both sides multiples of 4."""
        return self.net(x)


class Grey(nn.Module):
    """The mean of all channels in each of them."""

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C x H x W."""
        return x.mean(1, keepdim=True).expand_as(x)


class PatchDiscriminator(nn.Module):
    """Strided 4x4 convolutions, each halving the picture, then one logit per overlapping patch (arXiv:1611.07004)."""

    def __init__(self, channels: int, widths: Sequence[int]):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        for inputs, outputs in pairwise(widths):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), InstanceNorm(outputs)]
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        self.net = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """Logits N x 1 x h x w of pictures N x C x H x W in [-1, 1], one per patch; higher is more real."""
        return self.net(x)


def _authors_generator(channels: int, width: int, blocks: int) -> ResnetGenerator:
    style = Style(affine=False, running=False, dropout=False, noisy=False)
    return ResnetGenerator(channels, width, blocks, "transposed", style)


GENERATORS = {"pixels": ResidualGenerator, "resnet": _authors_generator}


class CycleGAN(TranslationModel):
    """Generators ``a2b`` and ``b2a``, and a discriminator of patches for each domain.

    With `projected`, the channels of a trained network's feature maps, each domain has discriminators of these, too.
    With `grey` the second domain has no colours: what is translated into it comes out grey. With `generator` ``"resnet"`` the
    generators are those of the authors' program, as `ImageToImage` has them, in place of ``"pixels"``, which are faster on CPUs.
    """

    def __init__(
        self,
        image_size: int = 128,
        channels: int = 3,
        width: int = 32,
        blocks: int = 6,
        discriminator_widths: Sequence[int] = (32, 64, 128, 256),
        *,
        projected: Sequence[int] = (),
        grey: bool = False,
        generator: str = "pixels",
    ):
        super().__init__()
        if generator not in GENERATORS or (grey and generator != "pixels"):
            raise ValueError(f"there are no {'grey ' * grey}generators of the kind {generator!r}")
        self.image_size, self.channels = image_size, channels
        self.a2b = GENERATORS[generator](channels, width, blocks)
        if grey:
            self.a2b.net.append(Grey())
        self.b2a = GENERATORS[generator](channels, width, blocks)
        self.discriminator_a = PatchDiscriminator(channels, discriminator_widths)
        self.discriminator_b = PatchDiscriminator(channels, discriminator_widths)
        if projected:
            self.projected_a = ProjectedDiscriminator(projected)
            self.projected_b = ProjectedDiscriminator(projected)
