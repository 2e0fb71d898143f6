"""SRResNet and SRGAN (Ledig et al. 2017, arXiv:1609.04802): photographs enlarged two or four times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from models_zoo.blocks import leaky_convolution
from models_zoo.checkpoint import ZooModel

FACTORS = (2, 4)
SMALL = 0.05
"""Gain of the initial weights of a layer whose output is added to another path."""


def bicubic(images: Tensor, height: int, width: int) -> Tensor:
    """Images N x C x H x W in [-1, 1] at another size, by the cubic kernel (a = -1/2) of Pillow and MATLAB, antialiased.

    The result is not clipped: overshoots may exceed the range.
    """
    return F.interpolate(images, (height, width), mode="bicubic", antialias=True, align_corners=False)


def enlarged(images: Tensor, scale: int) -> Tensor:
    """Images N x C x H x W in [-1, 1] enlarged by bicubic interpolation: N x C x sH x sW, not clipped."""
    return bicubic(images, scale * images.shape[2], scale * images.shape[3])


def shrunk(images: Tensor, scale: int) -> Tensor:
    """Images N x C x H x W in [-1, 1] with both sides divided by `scale`, rounded to 8 bits as in a file.

    They are first cropped by `whole`.
    """
    height, width = images.shape[2] // scale, images.shape[3] // scale
    return in_bytes(bicubic(whole(images, scale), height, width))


def whole(images: Tensor, scale: int) -> Tensor:
    """Images N x C x H x W cropped at the right and the bottom so that both sides are multiples of `scale`."""
    return images[:, :, : images.shape[2] // scale * scale, : images.shape[3] // scale * scale]


def in_bytes(images: Tensor) -> Tensor:
    """Images clipped to [-1, 1] and rounded to 8 bits, as in a file."""
    return images.clamp(-1, 1).add(1).mul(127.5).round().div(127.5).sub(1)


def luminance(images: Tensor) -> Tensor:
    """Y of BT.601, N x 1 x H x W from 16 to 235, of RGB images N x 3 x H x W in [-1, 1]."""
    weights = images.new_tensor((65.481, 128.553, 24.966)).view(1, 3, 1, 1)
    return 16 + ((images + 1) / 2 * weights).sum(1, keepdim=True)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose result is added to what came in, without batch norm (EDSR, arXiv:1707.02921)."""

    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight *= SMALL

    def forward(self, x: Tensor) -> Tensor:
        """N x width x H x W to the same."""
        return x + self.second(F.relu(self.first(x), inplace=True))


class SRResNet(nn.Module):
    """Residual blocks at the size of the input, followed by a pixel shuffle to the size of the output.

    Unlike the paper's, it has no batch norm, which costs time, memory and PSNR (arXiv:1707.02921), and no convolution at
    the large size, which would take scale^2 times as long. The output is added to bicubic interpolation, so that an
    untrained network is about as good as that.
    """

    def __init__(self, scale: int, channels: int, width: int, blocks: int):
        super().__init__()
        self.scale = scale
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.fusion = nn.Conv2d(width, width, 3, padding=1)
        self.last = nn.Conv2d(width, channels * scale**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(scale)
        with torch.no_grad():
            # Equal weights for all output pixels of an input pixel, so that training starts without a checkerboard
            # (ICNR, arXiv:1707.02937).
            self.last.weight.copy_(SMALL * self.last.weight[:: scale**2].repeat_interleave(scale**2, 0))
            self.last.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """N x C x sH x sW, not clipped, from images N x C x H x W in [-1, 1]."""
        hidden = self.first(x)
        hidden = hidden + self.fusion(self.blocks(hidden))
        return self.shuffle(self.last(hidden)) + enlarged(x, self.scale)


class SRDiscriminator(nn.Module):
    """One strided convolution per width, each halving the picture, then one logit per overlapping patch.

    Spectral normalisation (arXiv:1802.05957) bounds its Lipschitz constant: photographs and their enlargements have the same
    content, and without a bound it would soon be certain of every patch.
    """

    def __init__(self, channels: int, widths: Sequence[int]):
        super().__init__()
        layers = [leaky_convolution(inputs, outputs, 4) for inputs, outputs in pairwise([channels, *widths])]
        self.net = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))
        for module in list(self.net.modules()):
            if isinstance(module, nn.Conv2d):
                spectral_norm(module)

    def forward(self, x: Tensor) -> Tensor:
        """Logits N x 1 x h x w of images N x C x H x W in [-1, 1], one per patch; higher is more real."""
        return self.net(x)


class SRGAN(ZooModel):
    """A network that enlarges photographs `scale` times and, with `discriminator_widths`, its discriminator.

    `image_size` is the side of the training photographs; any size can be enlarged.
    """

    def __init__(
        self,
        scale: int = 4,
        width: int = 64,
        blocks: int = 8,
        *,
        channels: int = 3,
        image_size: int = 128,
        discriminator_widths: Sequence[int] = (),
    ):
        super().__init__()
        if scale not in FACTORS:
            raise ValueError(f"scale must be one of {', '.join(map(str, FACTORS))}, not {scale}")
        self.scale, self.channels, self.image_size = scale, channels, image_size
        self.reach = 3 + 2 * blocks
        """Radius of the receptive field, in input pixels: one for every 3x3 convolution."""
        self.generator = SRResNet(scale, channels, width, blocks)
        if discriminator_widths:
            self.discriminator = SRDiscriminator(channels, discriminator_widths)

    def upscale(self, x: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] enlarged `scale` times: N x C x sH x sW in [-1, 1]."""
        return self.generator(x.contiguous(memory_format=torch.channels_last)).clamp(-1, 1)
