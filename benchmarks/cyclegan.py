"""CycleGAN's training step: the loop against the customary way, in turns in one process.

The customary way is the paper's network as it is usually written down: 7x7 convolutions of the whole picture,
InstanceNorm2d, transposed convolutions, fp32, and an identity loss in every step. Widths and blocks are the same.

    python -m benchmarks.cyclegan
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from itertools import pairwise

import torch
import tyro
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.training import our_steps, seconds
from train.contract import variants
from train.data import datasets as data

TARGET = "2"


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> list[nn.Module]:
    pad = [nn.ReflectionPad2d(size // 2)] if stride == 1 else []
    convolution = nn.Conv2d(inputs, outputs, size, stride, 0 if stride == 1 else 1)
    return [*pad, convolution, nn.InstanceNorm2d(outputs), nn.ReLU(inplace=True)]


class CustomaryBlock(nn.Module):
    """A residual block."""

    def __init__(self, channels: int):
        super().__init__()
        self.net = nn.Sequential(*_convolution(channels, channels, 3), *_convolution(channels, channels, 3)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C x H x W."""
        return x + self.net(x)


def customary_generator(width: int, blocks: int) -> nn.Module:
    """The paper's generator."""
    layers = [
        *_convolution(3, width, 7),
        *_convolution(width, 2 * width, 3, 2),
        *_convolution(2 * width, 4 * width, 3, 2),
    ]
    layers += [CustomaryBlock(4 * width) for _ in range(blocks)]
    for inputs, outputs in pairwise((4 * width, 2 * width, width)):
        up = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)
        layers += [up, nn.InstanceNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())


def customary_discriminator(widths: tuple[int, ...]) -> nn.Module:
    """The paper's discriminator of patches."""
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
    for inputs, outputs in pairwise(widths):
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.InstanceNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))


def customary_steps(width: int, blocks: int, widths: tuple[int, ...], side: int, batch_size: int) -> Iterator[None]:
    """The customary training step, one per iteration."""
    a2b, b2a = customary_generator(width, blocks), customary_generator(width, blocks)
    judge_a, judge_b = customary_discriminator(widths), customary_discriminator(widths)
    generators = torch.optim.Adam(itertools.chain(a2b.parameters(), b2a.parameters()), 2e-4, (0.5, 0.999))
    judges = torch.optim.Adam(itertools.chain(judge_a.parameters(), judge_b.parameters()), 2e-4, (0.5, 0.999))

    def squares(logits: Tensor, target: float) -> Tensor:
        return F.mse_loss(logits, torch.full_like(logits, target))

    while True:
        a, b = torch.rand(2, batch_size, 3, side, side).mul(2).sub(1)
        for network in (judge_a, judge_b):
            network.requires_grad_(False)
        generators.zero_grad()
        fake_b, fake_a = a2b(a), b2a(b)
        loss = squares(judge_b(fake_b), 1) + squares(judge_a(fake_a), 1)
        loss = loss + 10 * (F.l1_loss(b2a(fake_b), a) + F.l1_loss(a2b(fake_a), b))
        loss = loss + 5 * (F.l1_loss(a2b(b), b) + F.l1_loss(b2a(a), a))
        loss.backward()
        generators.step()
        judges.zero_grad()
        for network, real, fake in ((judge_a, a, fake_a), (judge_b, b, fake_b)):
            network.requires_grad_(True)
            (0.5 * squares(network(real), 1) + 0.5 * squares(network(fake.detach()), 0)).backward()
        judges.step()
        yield


def main(batch_size: int = 1, rounds: int = 7, steps: int = 4) -> None:
    """Print ms per step of both and the median ratio of `rounds` turns of `steps` steps."""
    kind = variants()["cyclegan"]
    config = kind.Config(batch_size=batch_size)
    dataset = data.synthetic(config.data_name, 8)
    variant = kind(config)
    variant.prepare(dataset)
    side = data.SHAPES[config.data_name].side
    customary = customary_steps(config.width, config.blocks, config.discriminator_widths, side, batch_size)
    ours = our_steps(variant, config, dataset)
    seconds(customary, steps), seconds(ours, steps)
    pairs = [(seconds(customary, steps), seconds(ours, steps)) for _ in range(rounds)]
    slow, fast = (1000 * statistics.median(column) / steps for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"customary {slow:,.0f} ms, loop {fast:,.0f} ms per step, ratio {ratio:.2f} (target {TARGET})")


if __name__ == "__main__":
    tyro.cli(main)
