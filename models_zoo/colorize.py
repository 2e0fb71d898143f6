"""Colour for grey photographs, guided by hints (Zhang et al. 2017, arXiv:1705.02999), with a game of patches (arXiv:1611.07004).

A U-Net sees the lightness and a few points whose colour is given, and answers with the colour of every pixel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo import lab
from models_zoo.blocks import ResizeConvolution
from models_zoo.checkpoint import ZooModel
from models_zoo.cyclegan import PatchDiscriminator


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose result is added to what came in."""

    def __init__(self, channels: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C x H x W."""
        return F.relu(x + self.net(x))


class HintSpread(nn.Module):
    """What hints find wrong is put right around them, as far as each reaches.

    A convolution learns slowly that a single point overrules what a whole picture suggests. So the difference between each
    hint and the colour found there is carried on to pixels that are near it and alike, by attention: the keys are cells of
    `CELL` x `CELL` values in which there are hints, and beside them stands one that changes nothing.
    """

    CELL = 4
    MOST = 128
    """Cells that are attended to at most; those with the largest hints are."""
    REACH = 0.15
    """How far a hint reaches at first, as a share of the longer side."""

    def __init__(self, channels: int, size: int = 16):
        super().__init__()
        self.embedding = nn.Conv2d(channels + 1, size, 1)
        self.nearness = nn.Parameter(torch.tensor(-math.log(self.REACH)))
        self.doubt = nn.Parameter(torch.tensor(-3.0))

    def forward(self, hidden: Tensor, grey: Tensor, found: Tensor, hints: Tensor, mask: Tensor) -> Tensor:
        """Changes N x 2 x H x W of the colours `found` from `hints` N x 2 x H x W, which are 0 where `mask` N x 1 x H x W is.

        `hidden` is N x C x H x W, `grey` N x 1 x H x W.
        """
        count, _, height, width = found.shape
        places = _grid(height, width, found).expand(count, -1, -1, -1) * self.nearness.exp()
        values = torch.cat([self.embedding(torch.cat([hidden, grey], 1)), places], 1).float()
        wrong = (hints - found * mask).float()
        cells = F.avg_pool2d(torch.cat([mask, wrong, values * mask], 1).float(), self.CELL).flatten(2)
        share, chosen = cells[:, 0].topk(min(self.MOST, cells.shape[2]), 1)
        cells = cells.gather(2, chosen[:, None].expand(-1, cells.shape[1], -1))[:, 1:]
        cells = cells / share.clamp(min=1e-6)[:, None]
        keys, queries = cells[:, 2:].transpose(1, 2), values.flatten(2).transpose(1, 2)
        alike = -torch.cdist(queries, keys, compute_mode="use_mm_for_euclid_dist").square()
        alike = alike.masked_fill((share <= 0)[:, None], -torch.inf)
        doubt = self.doubt.expand(count, height * width, 1).float()
        attention = torch.cat([alike, doubt], 2).softmax(2)[..., :-1]
        return (cells[:, :2] @ attention.transpose(1, 2)).view(count, 2, height, width)


def _grid(height: int, width: int, like: Tensor) -> Tensor:
    """Rows and columns, 1 x 2 x H x W, in parts of the longer side."""
    rows, columns = (torch.arange(side, device=like.device) / max(height, width) for side in (height, width))
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None]


class HintedUNet(nn.Module):
    """Lightness and hints down to a fraction of the side and up again to colours, with `widths` channels at every scale.

    The first scale is half the side: a square of 2 x 2 pixels becomes channels first and last, which on a CPU takes a
    quarter of the time. Hints enter at every scale anew, as their mean in each cell: strided convolutions would water
    down a single point, and from the coarsest scale, with its `blocks` residual blocks, it reaches a whole picture of
    128 pixels. Last, `HintSpread` sees to it that they are obeyed.
    """

    def __init__(self, widths: Sequence[int], blocks: int):
        super().__init__()
        self.first = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(16, widths[0], 3, padding=1), nn.ReLU(inplace=True))
        self.hints = nn.ModuleList(nn.Conv2d(3, width, 1) for width in widths[1:])
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, 2, 1, bias=False), nn.BatchNorm2d(b)) for a, b in pairwise(widths)
        )
        self.inward = nn.ModuleList(ResidualBlock(width) for width in widths[1:-1])
        self.inmost = nn.Sequential(*(ResidualBlock(widths[-1]) for _ in range(blocks)))
        self.up = nn.ModuleList(
            nn.Sequential(ResizeConvolution(b, a), nn.BatchNorm2d(a)) for a, b in reversed(list(pairwise(widths)))
        )
        self.outward = nn.ModuleList(ResidualBlock(width) for width in reversed(widths[:-1]))
        self.last = nn.Sequential(nn.Conv2d(widths[0], 8, 3, padding=1), nn.PixelShuffle(2), nn.Tanh())
        self.spread = HintSpread(widths[0])

    def forward(self, grey: Tensor, hints: Tensor, mask: Tensor) -> Tensor:
        """Colours N x 2 x H x W in [-1, 1], a / 110 and b / 110.

        Takes `Colorizer.colorize`'s arguments, with both sides multiples of ``2 ** len(widths)``.
        """
        hints = hints * mask
        hidden = self.first(torch.cat([grey, hints, mask], 1))
        half, known = F.avg_pool2d(hints, 2), F.avg_pool2d(mask, 2)
        summed, shares, skips = half, known, []
        for scale, down in enumerate(self.down):
            skips.append(hidden)
            summed, shares = F.avg_pool2d(summed, 2), F.avg_pool2d(shares, 2)
            there = (shares > 0).to(shares.dtype)
            told = torch.cat([summed / (shares + (1 - there)), there], 1)
            hidden = F.relu(down(hidden) + self.hints[scale](told))
            hidden = self.inmost(hidden) if down is self.down[-1] else self.inward[scale](hidden)
        for up, outward, skip in zip(self.up, self.outward, reversed(skips), strict=True):
            hidden = outward(F.relu(up(hidden) + skip))
        colours = self.last(hidden)
        change = self.spread(hidden, F.avg_pool2d(grey, 2), F.avg_pool2d(colours, 2), half, known)
        return (colours + F.interpolate(change, scale_factor=2, mode="bilinear")).clamp(-1, 1)


class Colorizer(ZooModel):
    """A generator of colours for lightness and hints, and a discriminator of patches of Lab pictures.

    The generator is fully convolutional; `image_size` is that of the photographs it learned from.
    """

    channels = 3

    def __init__(
        self,
        image_size: int = 128,
        widths: Sequence[int] = (32, 64, 128, 192),
        blocks: int = 3,
        discriminator_widths: Sequence[int] = (32, 64, 128),
    ):
        super().__init__()
        self.image_size = image_size
        self.multiple = 2 ** len(widths)
        self.generator = HintedUNet(widths, blocks)
        self.discriminator = PatchDiscriminator(3, discriminator_widths)

    def colorize(self, grey: Tensor, hints: Tensor, mask: Tensor) -> Tensor:
        """RGB pictures N x 3 x H x W in [-1, 1] of this very lightness, of any size.

        `grey` is N x 1 x H x W in [-1, 1], CIELAB's L / 50 - 1; `hints` N x 2 x H x W in [-1, 1], a / 110 and b / 110
        where `mask`, N x 1 x H x W, is 1, and whatever where it is 0. `models_zoo.lab` converts, `paint` lays out hints.
        Raises `ValueError` for shapes that do not belong together.
        """
        count, _, height, width = grey.shape
        wanted = [(count, channels, height, width) for channels in (1, 2, 1)]
        if [tuple(each.shape) for each in (grey, hints, mask)] != wanted:
            raise ValueError(f"grey, hints and mask must be of the shapes {wanted}")
        missing = (0, -width % self.multiple, 0, -height % self.multiple)
        colours = self.generator(F.pad(grey, missing, mode="replicate"), F.pad(hints, missing), F.pad(mask, missing))
        found = torch.cat([grey, colours[:, :, :height, :width].to(grey.dtype)], 1)
        return lab.to_rgb(lab.into_gamut(found)).clamp(-1, 1)


def windows(places: Tensor, sizes: Tensor, side: int) -> Tensor:
    """N x K x `side`: 1 for the pixels along one axis that lie in the window of each size N x K around each place N x K.

    A window that would begin outside of the picture is cut off; the pixel of its middle is always in it.
    """
    first = (places - (sizes - 1).div(2, rounding_mode="floor"))[..., None]
    pixels = torch.arange(side, device=places.device)
    return ((pixels >= first) & (pixels < first + sizes[..., None])).float()


def paint(
    rows: Tensor, columns: Tensor, sizes: Tensor, colours: Tensor, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """Hints N x 2 x H x W and their mask N x 1 x H x W from K square hints for each of N pictures.

    `rows`, `columns` and `sizes` are N x K whole pixels, of the squares' middles and sides; size 0 is no hint. `colours`
    are N x K x 2, a / 110 and b / 110. Where squares overlap, the colour is the mean.
    """
    down, across = windows(rows, sizes, height), windows(columns, sizes, width)
    counts = torch.einsum("nky,nkx->nyx", down, across)[:, None]
    summed = torch.einsum("nky,nkx,nkc->ncyx", down, across, colours)
    return summed / counts.clamp(min=1), (counts > 0).to(summed.dtype)


def patch_means(values: Tensor, rows: Tensor, columns: Tensor, sizes: Tensor) -> Tensor:
    """Means N x K x C of N x C x H x W over the same squares as `paint` fills; 0 where the size is 0."""
    down, across = windows(rows, sizes, values.shape[2]), windows(columns, sizes, values.shape[3])
    summed = torch.einsum("ncyx,nky,nkx->nkc", values, down, across)
    return summed / (down.sum(2) * across.sum(2)).clamp(min=1)[..., None]
