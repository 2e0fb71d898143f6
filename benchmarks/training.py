"""Training speed: the loop against a plain script with the same nets, in turns in one process.

The plain script is what tutorials show: a DataLoader over torchvision's MNIST with ToTensor and
Normalize, two Adam optimizers, fp32. For DCGAN and SRResNet it is fed with tensors that are ready; for
DCGAN it doubles its pictures with nn.Upsample before a 3x3 convolution, which is the same function.

    python -m benchmarks.training --data-root data
"""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import torch
import tyro
from torch import nn
from torch.nn import functional as F

from models_zoo.blocks import ResizeConvolution
from models_zoo.checkpoint import LatentModel
from models_zoo.dcgan import DCGAN
from models_zoo.gan import GAN
from models_zoo.srgan import SRGAN, shrunk
from train.config import CommonConfig, default_data_root
from train.contract import Variant, variants
from train.data import datasets as data
from train.data import vision
from train.data.dataset import Dataset, to_float
from train.loop.batches import batches
from train.loop.setup import opened
from train.loop.trainer import step

Case = Literal["mlp", "lecture", "dcgan", "srresnet"]
TARGETS = {
    "mlp": "2",
    "lecture": "2",
    "dcgan": "2.5 where a CPU has bf16 tiles",
    "srresnet": "3 where a CPU has bf16 tiles",
}
STEPS = {"dcgan": 2, "srresnet": 2}
"""Steps of a turn, where they are long."""


def plain_digits(root: Path, batch_size: int) -> Iterable:
    """MNIST as tutorials load it."""
    vision.make_importable()
    from torchvision import transforms
    from torchvision.datasets import MNIST

    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    return torch.utils.data.DataLoader(MNIST(root, transform=transform), batch_size, shuffle=True, drop_last=True)


def plain_faces(batch_size: int) -> list[tuple]:
    """One batch of blobs in the shape of faces, as floats."""
    return [(to_float(data.synthetic("celeba", batch_size).train.images), None)]


def plainly(module: nn.Module) -> nn.Module:
    """`module` with nn.Upsample and nn.Conv2d in the place of each resize convolution."""
    for name, child in module.named_children():
        if isinstance(child, ResizeConvolution):
            convolution = nn.Conv2d(child.in_channels, child.out_channels, 3, padding=1, bias=False)
            setattr(module, name, nn.Sequential(nn.Upsample(scale_factor=2), convolution))
        else:
            plainly(child)
    return module


def plain_steps(batches: Iterable, model: LatentModel, batch_size: int) -> Iterator[None]:
    """The plain script, one training step per iteration."""
    generator, discriminator = model.generator, model.discriminator
    optimizer_g = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
    optimizer_d = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
    ones, zeros = torch.ones(batch_size), torch.zeros(batch_size)
    while True:
        for images, _ in batches:
            fake = generator(torch.randn(batch_size, model.latent_size))
            optimizer_d.zero_grad()
            loss = F.binary_cross_entropy_with_logits(discriminator(images), ones)
            loss = loss + F.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros)
            loss.backward()
            optimizer_d.step()
            optimizer_g.zero_grad()
            F.binary_cross_entropy_with_logits(discriminator(fake), ones).backward()
            optimizer_g.step()
            yield


def plain_enlarging_steps(model: SRGAN, crop: int, batch_size: int) -> Iterator[None]:
    """The plain script for SRResNet, one training step per iteration; its crops are ready, but not yet shrunk."""
    optimizer = torch.optim.Adam(model.generator.parameters(), 5e-4)
    originals = torch.rand(batch_size, 3, crop, crop).mul(2).sub(1)
    while True:
        optimizer.zero_grad()
        F.mse_loss(model.generator(shrunk(originals, model.scale)), originals).backward()
        optimizer.step()
        yield


def our_steps(variant: Variant, config: CommonConfig, dataset: Dataset) -> Iterator[None]:
    """The loop's step, averaging of the weights included."""
    with tempfile.TemporaryDirectory() as folder:
        config = dataclasses.replace(config, out=Path(folder) / "run")
        with opened("benchmark", type(variant)(config), dataset) as run:
            for batch in batches(config, dataset, run.accelerator, 0):
                step(run, batch)
                run.progress.step, run.progress.images = run.progress.step + 1, run.progress.images + config.batch_size
                yield


def sides(case: Case, root: Path, batch_size: int) -> tuple[Iterator[None], Iterator[None]]:
    """The steps of the plain script and of the loop."""
    if case == "dcgan":
        kind = variants()["dcgan"]
        config = kind.Config(batch_size=batch_size, augment=False)
        dataset = data.synthetic("celeba", 4 * batch_size)
        return plain_steps(plain_faces(batch_size), plainly(DCGAN()), batch_size), our_steps(
            kind(config), config, dataset
        )
    if case == "srresnet":
        kind = variants()["srgan"]
        config = kind.Config(batch_size=batch_size)
        dataset = data.synthetic(config.data_name, 4 * batch_size)
        return plain_enlarging_steps(SRGAN(), config.crop, batch_size), our_steps(kind(config), config, dataset)
    kind = variants()["gan"]
    config = kind.Config(preset=case, batch_size=batch_size, data_root=root)
    dataset = data.load(config.data_name, root)
    return plain_steps(plain_digits(root, batch_size), GAN(case), batch_size), our_steps(kind(config), config, dataset)


def seconds(steps: Iterator[None], count: int) -> float:
    """Wall time of the next `count` steps."""
    start = time.perf_counter()
    for _ in itertools.islice(steps, count):
        pass
    return time.perf_counter() - start


def main(
    data_root: Path = default_data_root(),  # noqa: B008
    batch_size: int = 64,
    rounds: int = 7,
    cases: tuple[Case, ...] = ("mlp", "lecture", "dcgan", "srresnet"),
) -> None:
    """Print images/s of both and the median ratio of `rounds` turns."""
    for case in cases:
        plain, ours = sides(case, data_root, batch_size)
        steps = STEPS.get(case, 60)
        seconds(plain, steps), seconds(ours, steps)
        pairs = [(seconds(plain, steps), seconds(ours, steps)) for _ in range(rounds)]
        slow, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        images = steps * batch_size
        print(
            f"{case}: plain {images / slow:,.0f} images/s, loop {images / fast:,.0f} images/s, "
            f"ratio {ratio:.2f} (target {TARGETS[case]})"
        )


if __name__ == "__main__":
    tyro.cli(main)
