"""StackGAN (Zhang et al. 2017, arXiv:1612.03242): from a sentence to a small picture, and from that to a larger one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.blocks import ResizeConvolution
from models_zoo.checkpoint import LatentModel
from models_zoo.dcgan import FIRST_SIDE, DCGenerator
from models_zoo.projected import ProjectedDiscriminator
from models_zoo.text import TextEncoder

NEARLY = 0.98
"""Factor that keeps the first stage's pixels away from -1 and 1, where atanh is infinite."""


class ConditioningAugmentation(nn.Module):
    """From a sentence's vector to a normal distribution from which the condition is drawn (section 3.2)."""

    def __init__(self, text_size: int, size: int):
        super().__init__()
        self.size = size
        self.net = nn.Linear(text_size, 2 * size)

    def forward(self, text: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log-variances, both N x `size`, from N x `text_size`."""
        return self.net(text).chunk(2, 1)


def reparametrised(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """mu + sigma * epsilon."""
    return mean + (log_variance / 2).exp() * noise


class StageOne(nn.Module):
    """The first stage, shape and colours: from noise and a condition to a picture, of 64 x 64 with four widths."""

    def __init__(
        self, text_size: int, noise_size: int, condition: int, channels: int, widths: Sequence[int], *, last: int
    ):
        super().__init__()
        self.augment = ConditioningAugmentation(text_size, condition)
        self.draw = DCGenerator(
            noise_size + condition, channels, widths, upsampling="resize", kernel=4, norm="batch", last_width=last
        )

    def forward(self, noise: Tensor, text: Tensor, chance: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images N x C x H x W in [-1, 1] with means and log-variances; `chance` N x condition is standard normal."""
        mean, log_variance = self.augment(text)
        return self.draw(torch.cat([noise, reparametrised(mean, log_variance, chance)], 1)), mean, log_variance


def _convolution(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    side = 4 if stride == 2 else 3
    return [nn.Conv2d(inputs, outputs, side, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def _enlarging(inputs: int, outputs: int) -> list[nn.Module]:
    return [ResizeConvolution(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU()]


class _Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.net = nn.Sequential(*_convolution(width, width), *_convolution(width, width)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.net(x))


class StageTwo(nn.Module):
    """The second stage, details: from the first stage's picture and a new condition to one of twice its side (section 3.4).

    Unlike the paper's, it learns a correction of the enlarged first-stage picture. That costs nothing, and a few
    thousand steps are enough for it, but too few to redraw the whole picture.
    """

    def __init__(self, text_size: int, condition: int, channels: int, widths: Sequence[int], *, last: int, blocks: int):
        super().__init__()
        deep, shallow = widths[0], widths[-1]
        self.augment = ConditioningAugmentation(text_size, condition)
        self.fine = nn.Sequential(nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU())
        self.look = nn.Sequential(*_convolution(32, 64, 2), *_convolution(64, deep, 2))
        self.join = nn.Sequential(*_convolution(deep + condition, deep), *(_Residual(deep) for _ in range(blocks)))
        self.draw = nn.Sequential(*(layer for pair in pairwise(widths) for layer in _enlarging(*pair)))
        # A skip connection for details that the maps at a quarter of the size cannot hold.
        self.beside = nn.Conv2d(32, shallow, 1)
        self.finish = nn.Sequential(*_enlarging(shallow, last), nn.Conv2d(last, channels, 3, padding=1))
        nn.init.zeros_(self.finish[-1].weight)

    def forward(self, small: Tensor, text: Tensor, chance: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images N x C x 2H x 2W in [-1, 1] from those of the first stage, with means and log-variances."""
        mean, log_variance = self.augment(text)
        fine = self.fine(small)
        seen = self.look(fine)
        condition = reparametrised(mean, log_variance, chance)[:, :, None, None].expand(-1, -1, *seen.shape[2:])
        drawn = self.draw(self.join(torch.cat([seen, condition.to(seen.dtype)], 1))) + self.beside(fine)
        large = F.interpolate(small.float(), scale_factor=2, mode="bilinear", align_corners=False)
        # Added before the final tanh, so that the result stays in range; atanh(1) would be infinite.
        return torch.tanh(torch.atanh(NEARLY * large) + self.finish(drawn)), mean, log_variance


class MatchingDiscriminator(nn.Module):
    """Whether a picture is real and matches the sentence, whose vector is joined at the 4 x 4 map (section 3.3)."""

    def __init__(self, text_size: int, channels: int, widths: Sequence[int], text_width: int = 64):
        super().__init__()
        layers: list[nn.Module] = []
        for place, (inputs, outputs) in enumerate(pairwise([channels, *widths])):
            layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=place == 0))
            layers += [nn.BatchNorm2d(outputs)] if place else []
            layers.append(nn.LeakyReLU(0.2))
        self.trunk = nn.Sequential(*layers)
        self.shrink = nn.Sequential(nn.Linear(text_size, text_width), nn.LeakyReLU(0.2))
        self.head = nn.Sequential(
            nn.Conv2d(widths[-1] + text_width, widths[-1], 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(widths[-1], 1, FIRST_SIDE),
            nn.Flatten(0),
        )

    def look(self, x: Tensor) -> Tensor:
        """Features N x F x 4 x 4 of images N x C x H x W in [-1, 1]."""
        return self.trunk(x)

    def fit(self, features: Tensor, text: Tensor) -> Tensor:
        """N logits from features and sentences' vectors; higher is more real and better matching."""
        shrunk = self.shrink(text)[:, :, None, None].expand(-1, -1, *features.shape[2:])
        return self.head(torch.cat([features, shrunk.to(features.dtype)], 1))

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """N logits of images N x C x H x W in [-1, 1] and sentences' vectors N x text_size."""
        return self.fit(self.look(x), text)


class TextProjectedDiscriminator(ProjectedDiscriminator):
    """Projected discriminators conditioned on a sentence, which scales and shifts their channels (FiLM, arXiv:1709.07871)."""

    def __init__(self, widths: Sequence[int], text_size: int, mixed: int = 64):
        super().__init__(widths, mixed)
        self.read = nn.ModuleList(nn.Linear(text_size, 2 * mixed) for _ in widths)

    def fit(self, mixtures: Sequence[Tensor], text: Tensor) -> list[Tensor]:
        """The heads' logits, each N x P for P positions, of mixtures from `mix` and sentences' vectors N x text_size."""
        read = []
        for mixture, layer in zip(mixtures, self.read, strict=True):
            scale, shift = layer(text)[:, :, None, None].to(mixture.dtype).chunk(2, 1)
            read.append(mixture * (1 + scale) + shift)
        return self(read)


class StackGAN(LatentModel):
    """A frozen text encoder, and one or two stages with discriminators.

    The latent vector contains all random numbers: the noise of the first stage, then that of each stage's condition. A
    seed and a sentence therefore determine the picture, and interpolation between sentences is smooth. `text` are the
    arguments of the `TextEncoder`, and `widths` the channels of the first stage before each doubling from 4 x 4 on. Only one
    stage has discriminators: `opposed`, by default the last. `projected` are the channels of a pretrained network's feature
    maps; there are then discriminators of these as well.
    """

    def __init__(
        self,
        stage: int = 1,
        text: dict[str, Any] | None = None,
        *,
        channels: int = 3,
        noise_size: int = 100,
        condition: int = 64,
        widths: Sequence[int] = (192, 192, 128, 64),
        last_width: int = 32,
        second_widths: Sequence[int] = (128, 96, 64),
        second_last_width: int = 32,
        blocks: int = 2,
        discriminator_widths: Sequence[int] = (48, 96, 192, 256),
        projected: Sequence[int] = (),
        opposed: int = 0,
    ):
        super().__init__()
        opposed = opposed or stage
        if stage not in (1, 2) or opposed not in (1, stage):
            raise ValueError(f"there is no stage {opposed} of {stage}")
        self.stage, self.channels, self.image_size = stage, channels, stage * FIRST_SIDE * 2 ** len(widths)
        self.noise_size, self.condition = noise_size, condition
        self.latent_size = noise_size + stage * condition
        self.text = TextEncoder(**(text or {}))
        size = self.text.size
        self.stage1 = StageOne(size, noise_size, condition, channels, widths, last=last_width)
        if stage == 2:
            self.stage2 = StageTwo(size, condition, channels, second_widths, last=second_last_width, blocks=blocks)
        # Stages are trained one at a time, so the other needs no discriminator.
        seen = [discriminator_widths[0] // 2] * (opposed - 1) + list(discriminator_widths)
        self.add_module(f"discriminator{opposed}", MatchingDiscriminator(size, channels, seen))
        if projected:
            self.add_module(f"projected{opposed}", TextProjectedDiscriminator(projected, size))

    def embed(self, texts: Sequence[str]) -> Tensor:
        """The text encoder's vectors of N sentences: N x text_size."""
        return self.text.encode(texts)

    def draw(self, z: Tensor, embedded: Tensor) -> list[Tensor]:
        """Each stage's pictures from N latents and N sentences' vectors: N x C x H x W and N x C x 2H x 2W, in [-1, 1]."""
        noise, *chances = z.split([self.noise_size, *[self.condition] * self.stage], 1)
        drawn = [self.stage1(noise, embedded, chances[0])[0]]
        if self.stage == 2:
            drawn.append(self.stage2(drawn[0], embedded, chances[1])[0])
        return drawn

    def stages(self, z: Tensor, texts: Sequence[str]) -> list[Tensor]:
        """`draw` of N latents and N sentences."""
        return self.draw(z, self.embed(texts))

    def generate(self, z: Tensor, texts: Sequence[str]) -> Tensor:
        """Images N x C x H x W in [-1, 1] of the last stage from latents N x latent_size and N sentences."""
        return self.stages(z, texts)[-1]
