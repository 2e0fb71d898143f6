"""The generators of pytorch-CycleGAN-and-pix2pix, with which most CycleGANs and pix2pix models are trained.

Its residual generator (arXiv:1703.10593, after arXiv:1603.08155) and its U-Net (arXiv:1611.07004), layer by layer and under
that project's names, so that its weights draw here what they draw there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.translation import TranslationModel

DROPOUT = 0.5
NOISE_SEED = 0
"""Of what dropout leaves out at test time: a picture always gets the same translation."""


@dataclass(frozen=True)
class Style:
    """What all layers of a generator share."""

    affine: bool
    """Whether normalisation has a learned scale and shift: batch norm has, that project's instance norm has not."""
    running: bool
    """Whether pictures are normalised by the averages of the training, rather than each by its own mean and variance."""
    dropout: bool
    """Whether there is dropout in training."""
    noisy: bool
    """Whether there is dropout at test time as well."""

    @property
    def bias(self) -> bool:
        """Whether convolutions before a normalisation have a bias."""
        return not self.affine


class Norm(nn.Module):
    """Batch or instance normalisation of one picture at a time, or by running averages."""

    def __init__(self, channels: int, style: Style):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels)) if style.affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if style.affine else None
        if style.running:
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_var", torch.ones(channels))
        self.running = style.running

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W, normalised. In training mode every picture counts for itself: this project trains with batches of one."""
        if self.running and not self.training:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)
        return F.instance_norm(x, weight=self.weight, bias=self.bias)


class TestTimeDropout(nn.Module):
    """Dropout that, if `noisy`, leaves out the same values of every picture at test time, too."""

    def __init__(self, noisy: bool):
        super().__init__()
        self.noisy = noisy

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W, about half of it zero, the rest doubled."""
        if self.training or not self.noisy:
            return F.dropout(x, DROPOUT, self.training)
        kept = torch.rand(x.shape[1:], generator=torch.Generator().manual_seed(NOISE_SEED)) >= DROPOUT
        return x * (kept / (1 - DROPOUT)).to(x.device, x.dtype)


class ResnetBlock(nn.Module):
    """Two 3x3 convolutions whose result is added to what came in."""

    def __init__(self, channels: int, style: Style):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=style.bias), Norm(channels, style), nn.ReLU(),
            *[TestTimeDropout(style.noisy)] * style.dropout,
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=style.bias), Norm(channels, style),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C x H x W."""
        return x + self.conv_block(x)


class ResnetGenerator(nn.Module):
    """Down to a quarter of the side, `blocks` residual blocks, and up again by transposed or by resize convolutions."""

    def __init__(self, channels: int, width: int, blocks: int, upsampling: str, style: Style):
        super().__init__()
        widths = [width, 2 * width, 4 * width]
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7, bias=style.bias), Norm(width, style), nn.ReLU()]
        for inputs, outputs in pairwise(widths):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=style.bias), Norm(outputs, style), nn.ReLU()]
        layers += [ResnetBlock(widths[-1], style) for _ in range(blocks)]
        for inputs, outputs in pairwise(reversed(widths)):
            layers += [*_doubling(inputs, outputs, upsampling, style.bias), Norm(outputs, style), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1], as large as those that came in; both sides multiples of 4."""
        return self.model(x)


def _doubling(inputs: int, outputs: int, upsampling: str, bias: bool) -> list[nn.Module]:
    """Layers that double the picture: a transposed convolution, or the one that its authors advise against checkerboards."""
    if upsampling == "transposed":
        return [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1, bias=bias)]
    resized = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    return [resized, nn.ReflectionPad2d(1), nn.Conv2d(inputs, outputs, 3, bias=bias)]


class UnetBlock(nn.Module):
    """A level of a U-Net: halves the picture, has what is `inside` work on it, doubles it, and puts it beside what came in.

    `outer` are the channels that come in and go out, `inner` those inside; the outermost level is the network.
    """

    def __init__(
        self, outer: int, inner: int, inside: nn.Module | None, style: Style, *, is_noisy: bool, is_first: bool
    ):
        super().__init__()
        self.is_first = is_first
        down: list[nn.Module] = [nn.Conv2d(outer, inner, 4, 2, 1, bias=style.bias)]
        if not is_first:
            down = [nn.LeakyReLU(0.2), *down]
        if inside is not None:
            down += [inside] if is_first else [Norm(inner, style), inside]
        up = nn.ConvTranspose2d(inner if inside is None else 2 * inner, outer, 4, 2, 1, bias=is_first or style.bias)
        last = [nn.Tanh()] if is_first else [Norm(outer, style)]
        dropout = [TestTimeDropout(style.noisy)] * (style.dropout and is_noisy)
        self.model = nn.Sequential(*down, nn.ReLU(), up, *last, *dropout)

    def forward(self, x: Tensor) -> Tensor:
        """N x outer x H x W to N x 2 outer x H x W, or of the outermost level to N x outer x H x W."""
        return self.model(x) if self.is_first else torch.cat([x, self.model(x)], 1)


class UnetGenerator(nn.Module):
    """A U-Net of as many levels as there are `widths`, from the outermost one in; dropout in the equally wide ones but the last."""

    def __init__(self, channels: int, widths: Sequence[int], style: Style):
        super().__init__()
        block: nn.Module | None = None
        outer = [channels, *widths[:-1]]
        for place in reversed(range(len(widths))):
            is_noisy = block is not None and outer[place] == widths[place] == widths[-1]
            options = {"is_noisy": is_noisy, "is_first": place == 0}
            block = UnetBlock(outer[place], widths[place], block, style, **options)
        self.model = block

    def forward(self, x: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1], as large as those that came in; both sides multiples of ``2 ** len(widths)``."""
        return self.model(x)


class ImageToImage(TranslationModel):
    """A generator of pytorch-CycleGAN-and-pix2pix for each of `directions`: a residual one, or with `levels` a U-Net.

    `widths` are the channels after the first convolution, or of each level of the U-Net. With `affine` it normalises as
    batch norm does, else as instance norm; see `Style` for this and for `running`, `dropout` and `noisy`.
    """

    def __init__(
        self,
        image_size: int = 256,
        channels: int = 3,
        *,
        directions: Sequence[str] = ("a2b",),
        widths: Sequence[int] = (64,),
        blocks: int = 9,
        upsampling: str = "transposed",
        affine: bool = False,
        running: bool = False,
        dropout: bool = False,
        noisy: bool = False,
    ):
        super().__init__()
        if upsampling not in ("transposed", "resize") or not set(directions) <= {"a2b", "b2a"}:
            raise ValueError(f"{upsampling!r} and {directions!r} are not what such generators have")
        self.image_size, self.channels = image_size, channels
        style = Style(affine, running, dropout, noisy)
        if len(widths) > 1:
            self.MULTIPLE = self.LEAST = 2 ** len(widths)
        for direction in directions:
            if len(widths) > 1:
                self.add_module(direction, UnetGenerator(channels, widths, style))
            else:
                self.add_module(direction, ResnetGenerator(channels, widths[0], blocks, upsampling, style))
