"""StyleGAN (Karras et al. 2019, arXiv:1812.04948) with the networks of 2020 (arXiv:1912.04958).

With the same parameters they compute what those of the makers' PyTorch code do (arXiv:2006.06676).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.blocks import class_weights
from models_zoo.checkpoint import LatentModel
from models_zoo.equalised import (
    GAIN,
    EqualConvolution,
    EqualLinear,
    doubled,
    doubling_convolution,
    leaky,
    unit_length,
)
from models_zoo.projected import ProjectedDiscriminator

FIRST_SIDE = 4
"""Pixels of the side of the learned constant, and of the discriminator's last feature map."""
MAPPING_RATE = 0.01
"""Factor of the mapping network's learning rate."""
GROUP = 4
"""Pictures over which the discriminator measures how much they differ."""

Noise = Sequence[Tensor | None]
"""Noise for each layer, N x 1 x S x S or 1 x 1 x S x S with S as `Synthesis.sides` says; None for no noise."""


class Mapping(nn.Module):
    """z, and the class where there are some, to w: linear layers with leaky ReLUs at a hundredth of the learning rate.

    `w_avg` is the mean of w, a running average that whoever trains must move.
    """

    def __init__(self, latent_size: int, w_size: int, depth: int, classes: int = 0):
        super().__init__()
        self.classes = classes
        if classes:
            self.embedding = EqualLinear(classes, w_size)
        sizes = [latent_size + (w_size if classes else 0), *[w_size] * depth]
        self.layers = nn.Sequential(*(EqualLinear(a, b, rate=MAPPING_RATE, is_active=True) for a, b in pairwise(sizes)))
        self.register_buffer("w_avg", torch.zeros(w_size))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """w, N x w_size, of z N x latent_size, whose length makes no difference, and of class ids or weights (see `generate`)."""
        with torch.autocast(z.device.type, enabled=False):
            x = unit_length(z.float())
            if self.classes:
                x = torch.cat([x, unit_length(self.embedding(class_weights(labels, self.classes)))], 1)
            return self.layers(x)


class StyledLayer(nn.Module):
    """A 3x3 convolution whose weights are scaled by a style and normalised again, noise, bias and a leaky ReLU.

    Scaling the inputs of a convolution that all pictures share, and its outputs, is the same as scaling weights for each
    picture (arXiv:1912.04958, section 2.2), but makes no weights for each picture. As norms are positive, they pass
    through the leaky ReLU: the next layer multiplies them into its own style, at no cost for each pixel.
    """

    def __init__(self, inputs: int, outputs: int, w_size: int, side: int, *, doubles: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.style = EqualLinear(w_size, inputs, bias=1.0)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise", torch.randn(side, side))
        self.doubles = doubles

    def forward(self, x: Tensor, norm: Tensor, w: Tensor, noise: Tensor | None) -> tuple[Tensor, Tensor]:
        """Features N x outputs x S x S and their norm N x outputs, by which they are still to be multiplied.

        From such features x, N x inputs x S x S or half that side, their `norm` N x inputs, w N x w_size and noise as in `Noise`.
        """
        with torch.autocast(x.device.type, enabled=False):
            style = self.style(w)
            own = torch.rsqrt(style.square() @ self.weight.square().sum((2, 3)).T + 1e-8) * GAIN
            scales = (style * norm)[:, :, None, None]
            shift, strength = ((value * GAIN / own)[:, None] for value in (self.bias, self.noise_strength))
        scaled = x * scales.to(x.dtype)
        y = doubling_convolution(scaled, self.weight) if self.doubles else F.conv2d(scaled, self.weight, padding=1)
        shift, strength = shift.to(y.dtype), strength.to(y.dtype)
        pixels = y.movedim(1, 3).flatten(1, 2)
        noise = None if noise is None else noise.to(y.dtype).flatten(2).movedim(1, 2)
        if torch.is_grad_enabled():
            pixels = _added(pixels, shift, noise, strength)
        else:
            # Where nothing is learned, large pictures take less time in memory that is already there.
            pixels = (pixels if noise is None else pixels.addcmul_(noise, strength)).add_(shift)
        return leaky(pixels).unflatten(1, y.shape[2:]).movedim(3, 1), own


def _added(pixels: Tensor, shift: Tensor, noise: Tensor | None, strength: Tensor) -> Tensor:
    """`pixels` N x P x C with `shift` and `noise`, N x P x 1, times `strength`, both N x 1 x C.

    As a matrix product of ones and noise, whose gradients are matrix products, too, and need no copies of the pixels.
    """
    if noise is None:
        return pixels + shift
    seen = torch.cat([torch.ones_like(noise), noise], 2).expand(len(pixels), -1, -1)
    return torch.baddbmm(pixels, seen, torch.cat([shift, strength], 1))


class _Weighted(torch.autograd.Function):
    """N x O x P of `pixels` N x P x I and `weights` N x O x I, with gradients in the same order of dimensions.

    With few outputs, other orders take up to six times as long.
    """

    @staticmethod
    def forward(context: Any, pixels: Tensor, weights: Tensor) -> Tensor:
        context.save_for_backward(pixels, weights)
        return weights @ pixels.movedim(1, 2)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        pixels, weights = context.saved_tensors
        return gradient.movedim(1, 2) @ weights, gradient @ pixels


class ToPicture(nn.Module):
    """A 1x1 convolution to the channels of the picture, scaled by a style, not normalised."""

    def __init__(self, inputs: int, channels: int, w_size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.style = EqualLinear(w_size, inputs, bias=1.0)

    def forward(self, x: Tensor, norm: Tensor, w: Tensor) -> Tensor:
        """N x channels x S x S, fp32, from features x N x inputs x S x S, their `norm` N x inputs, and w N x w_size."""
        with torch.autocast(x.device.type, enabled=False):
            style = self.style(w) / math.sqrt(x.shape[1]) * norm
            # Few outputs: weights for each picture are cheaper here than scaled inputs.
            weights = style[:, None] * self.weight[:, :, 0, 0]
        picture = _Weighted.apply(x.movedim(1, 3).flatten(1, 2), weights.to(x.dtype))
        return picture.float().unflatten(2, x.shape[2:]) + self.bias[:, None, None]


class Synthesis(nn.Module):
    """A learned constant of 4 x 4 to a picture: one layer at 4 x 4, then two at each doubled side; pictures of all sides add up."""

    def __init__(self, channels: int, w_size: int, widths: Sequence[int]):
        super().__init__()
        self.constant = nn.Parameter(torch.randn(1, widths[0], FIRST_SIDE, FIRST_SIDE))
        self.layers = nn.ModuleList([StyledLayer(widths[0], widths[0], w_size, FIRST_SIDE, doubles=False)])
        self.pictures = nn.ModuleList([ToPicture(widths[0], channels, w_size)])
        for place, (inputs, outputs) in enumerate(pairwise(widths), 1):
            side = FIRST_SIDE * 2**place
            self.layers.append(StyledLayer(inputs, outputs, w_size, side, doubles=True))
            self.layers.append(StyledLayer(outputs, outputs, w_size, side, doubles=False))
            self.pictures.append(ToPicture(outputs, channels, w_size))

    @property
    def rows(self) -> int:
        """Rows of w: one for each layer, and one for the last picture; the others share that of the layer after them."""
        return len(self.layers) + 1

    @property
    def sides(self) -> list[int]:
        """Pixels of the side of each layer's noise."""
        return [len(layer.noise) for layer in self.layers]

    def forward(self, ws: Tensor, noise: Noise) -> Tensor:
        """Pictures N x C x S x S, mostly in [-1, 1], from w for each row, N x rows x w_size, and noise for each layer."""
        x, norm = self.constant.expand(len(ws), -1, -1, -1), ws.new_ones(())
        picture: Tensor | None = None
        for row, layer in enumerate(self.layers):
            x, norm = layer(x, norm, ws[:, row], noise[row])
            if row % 2 == 0:
                added = self.pictures[row // 2](x, norm, ws[:, row + 1])
                picture = added if picture is None else doubled(picture) + added
        return picture


class StyleGenerator(nn.Module):
    """The mapping and the synthesis network."""

    def __init__(self, mapping: Mapping, synthesis: Synthesis):
        super().__init__()
        self.mapping, self.synthesis = mapping, synthesis


class Residual(nn.Module):
    """Two convolutions, the second of which halves the picture, beside a 1x1 convolution that halves it as well."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = EqualConvolution(inputs, inputs, 3)
        self.second = EqualConvolution(inputs, outputs, 3, halves=True)
        self.beside = EqualConvolution(inputs, outputs, 1, halves=True, is_active=False)

    def forward(self, x: Tensor) -> Tensor:
        """N x outputs x H/2 x W/2 from N x inputs x H x W."""
        return self.second(self.first(x), 0.5**0.5) + self.beside(x, 0.5**0.5)


class StyleDiscriminator(nn.Module):
    """Residual blocks down to 4 x 4, a map of how much the pictures of a group differ, and two linear layers.

    In eval mode a picture is judged by itself: `usual_deviation`, a running average that whoever trains must move,
    stands for how much pictures differ.
    """

    def __init__(self, channels: int, widths: Sequence[int], classes: int = 0):
        super().__init__()
        last = widths[-1]
        self.start = EqualConvolution(channels, widths[0], 1)
        self.blocks = nn.Sequential(*(Residual(a, b) for a, b in pairwise(widths)))
        self.convolution = EqualConvolution(last + 1, last, 3)
        self.hidden = EqualLinear(last * FIRST_SIDE**2, last, is_active=True)
        self.out = EqualLinear(last, last if classes else 1)
        # The makers' code names the classes to a mapping network of eight layers, whose output is held against the picture's.
        self.classes = ClassMapping(classes, last) if classes else None
        self.register_buffer("usual_deviation", torch.zeros(()))

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """N logits of images N x C x H x W in [-1, 1]; in training mode they are judged in groups."""
        features = self.features(x)
        return self.judged(features, self.deviations(features), labels)

    def features(self, x: Tensor) -> Tensor:
        """The last feature map, N x F x 4 x 4 in fp32, of images N x C x H x W in [-1, 1]."""
        return self.blocks(self.start(x)).float()

    def deviations(self, features: Tensor) -> Tensor:
        """How much each feature map differs from the others of its group of `GROUP` neighbours in the batch, N.

        Of a batch that cannot be divided so, smaller groups are made (arXiv:1710.10196, section 3).
        """
        if not self.training:
            return self.usual_deviation.expand(len(features))
        size = math.gcd(len(features), GROUP)
        variance = features.unflatten(0, (-1, size)).var(1, correction=0)
        return (variance + 1e-8).sqrt().mean((1, 2, 3)).repeat_interleave(size)

    def judged(self, features: Tensor, deviations: Tensor, labels: Tensor | None) -> Tensor:
        """N logits of `features` and their `deviations`, and of class ids or weights where there are classes."""
        beside = deviations[:, None, None, None].expand(-1, 1, *features.shape[2:])
        hidden = self.convolution(torch.cat([features, beside], 1)).flatten(1)
        out = self.out(self.hidden(hidden)).float()
        if self.classes is None:
            return out[:, 0]
        return (out * self.classes(labels)).sum(1) / math.sqrt(out.shape[1])


class ClassMapping(nn.Module):
    """Classes to vectors against which a discriminator holds its pictures (projection, arXiv:1802.05637)."""

    DEPTH = 8

    def __init__(self, classes: int, size: int):
        super().__init__()
        self.count = classes
        self.embedding = EqualLinear(classes, size)
        self.layers = nn.Sequential(
            *(EqualLinear(size, size, rate=MAPPING_RATE, is_active=True) for _ in range(self.DEPTH))
        )

    def forward(self, labels: Tensor) -> Tensor:
        """N x size from N class ids, or N x classes weights."""
        return self.layers(unit_length(self.embedding(class_weights(labels, self.count))))


class StyleGAN(LatentModel):
    """StyleGAN for squares whose side is 4 times a power of two; widths go from 4 x 4 up, the discriminator's back down.

    Only the direction of z says what is drawn. Its length is the truncation: z whose mean square is 1 is drawn as it is,
    shorter z nearer to the average w, 0 as the average itself. Without `discriminator_widths` there is no discriminator.
    """

    def __init__(
        self,
        image_size: int = 64,
        channels: int = 3,
        latent_size: int = 128,
        widths: Sequence[int] = (128, 128, 64, 64, 32),
        discriminator_widths: Sequence[int] = (32, 64, 64, 128, 128),
        *,
        w_size: int = 128,
        mapping_depth: int = 4,
        classes: int = 0,
        projected: Sequence[int] = (),
    ):
        super().__init__()
        for given in (widths, discriminator_widths or widths):
            if FIRST_SIDE * 2 ** (len(given) - 1) != image_size:
                raise ValueError(
                    f"{len(given)} widths make {FIRST_SIDE * 2 ** (len(given) - 1)} pixels, not {image_size}"
                )
        self.image_size, self.channels, self.latent_size = image_size, channels, latent_size
        self.generator = StyleGenerator(
            Mapping(latent_size, w_size, mapping_depth, classes), Synthesis(channels, w_size, widths)
        )
        if discriminator_widths:
            self.discriminator = StyleDiscriminator(channels, discriminator_widths, classes)
        if projected:
            self.projected = ProjectedDiscriminator(projected)

    @property
    def rows(self) -> int:
        """Rows of w that a picture takes; from coarse to fine."""
        return self.generator.synthesis.rows

    def latents(self, seeds: Sequence[int], truncation: float = 1.0) -> Tensor:
        """One z per seed as in `LatentModel.latents`, at a mean square of exactly 1 before it is multiplied by `truncation`."""
        return unit_length(super().latents(seeds)) * truncation

    def combined(self, z: Tensor, coefficients: Sequence[float]) -> Tensor:
        """The sum as in `LatentModel.combined`, at the mean length of its terms.

        Length truncates here, and a sum is longer than its terms: means of three faces are drawn near the average, and
        their sum, as it is, at the rim of what the model draws, where faces fall apart.
        """
        total = super().combined(z, coefficients)
        return unit_length(total) * (z.square().mean(-1).sqrt().mean(-1, keepdim=True))

    def mapping(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """w, N x w_size, of z N x latent_size of any length and, where there are classes, of labels as in `generate`."""
        return self.generator.mapping(z, labels)

    def truncated(self, ws: Tensor, psi: float | Tensor) -> Tensor:
        """w of any shape ... x w_size moved towards the average: at `psi` 1 as it is, at 0 the average, below 0 its opposite."""
        average = self.generator.mapping.w_avg
        return average + psi * (ws - average)

    def synthesize(
        self, ws: Tensor, noise: Literal["constant", "none", "random"] | Noise = "constant", seed: int | None = None
    ) -> Tensor:
        """Pictures N x C x H x W, mostly in [-1, 1], of w N x w_size, or of one w for each row, N x rows x w_size.

        `noise` is that which belongs to the model, or none, or new noise for every picture, by `seed` if there is one, or
        what is to be added in each layer.
        """
        if ws.dim() == 2:
            ws = ws[:, None].expand(-1, self.rows, -1)
        return self.generator.synthesis(ws, self.noise(noise, len(ws), seed) if isinstance(noise, str) else noise)

    def noise(self, kind: Literal["constant", "none", "random"], n: int, seed: int | None = None) -> Noise:
        """Noise of a `kind` of `synthesize` for each layer of `n` pictures; random noise by `seed` if there is one."""
        synthesis = self.generator.synthesis
        if kind == "none":
            return [None] * len(synthesis.layers)
        if kind == "constant":
            return [layer.noise[None, None] for layer in synthesis.layers]
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return [torch.randn(n, 1, side, side, generator=generator).to(self.device) for side in synthesis.sides]

    def mixed(self, ws: Tensor, others: Tensor, rows: Sequence[int]) -> Tensor:
        """`ws` with the `rows` (of `self.rows`, coarse ones first) of `others`; both N x w_size or N x rows x w_size."""
        ws, others = (each if each.dim() == 3 else each[:, None].expand(-1, self.rows, -1) for each in (ws, others))
        taken = torch.tensor([row in rows for row in range(self.rows)], device=ws.device)
        return torch.where(taken[:, None], others, ws)

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images N x C x H x W in [-1, 1] from latents N x latent_size, whose length truncates, with the model's own noise.

        A model with classes also takes `labels`, N class ids, or N x classes weights that sum to one in every row.
        """
        length = torch.linalg.vector_norm(z.float(), dim=1, keepdim=True) / math.sqrt(self.latent_size)
        # Sums of latent vectors are longer than any that was trained on; what they mean is their direction.
        ws = self.truncated(self.mapping(z, labels), length.clamp(max=1))
        return self.synthesize(ws).clamp(-1, 1)

    def score(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """N logits for images N x C x H x W in [-1, 1], and their classes where there are some; higher is more real."""
        return self.discriminator(x, labels)
