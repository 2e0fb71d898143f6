"""Training speed: the loop against a plain script with the same nets, in turns in one process.

The plain script is what tutorials show: a DataLoader over torchvision's MNIST with ToTensor and
Normalize, two Adam optimizers, fp32.

    python -m benchmarks.training --data-root data
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import tyro
from torch.nn import functional as F

from models_zoo.gan import GAN
from train import data, trainer, vision
from train.config import default_data_root
from train.runs import RunFolder
from train.variants import variants


def plain_steps(root: Path, preset: str, batch_size: int) -> Iterator[None]:
    """The plain script, one training step per iteration."""
    vision.make_importable()
    from torchvision import transforms
    from torchvision.datasets import MNIST

    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    loader = torch.utils.data.DataLoader(MNIST(root, transform=transform), batch_size, shuffle=True, drop_last=True)
    model = GAN(preset)
    generator, discriminator = model.generator, model.discriminator
    optimizer_g = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
    optimizer_d = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
    ones, zeros = torch.ones(batch_size), torch.zeros(batch_size)
    while True:
        for images, _ in loader:
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


def our_steps(root: Path, preset: str, batch_size: int) -> Iterator[None]:
    """The loop's step with its defaults, averaging of the weights included."""
    kind = variants()["gan"]
    config = kind.Config(preset=preset, batch_size=batch_size, data_root=root)
    variant, dataset = kind(config), data.load(config.dataset, root)
    with tempfile.TemporaryDirectory() as folder:
        accelerator = trainer._accelerator(config, RunFolder(Path(folder)))
        progress = trainer._begin(variant, accelerator.device)
        nets = trainer._collect(progress)
        autocast = trainer._autocast(config, accelerator.device)
        for batch in trainer._batches(config, dataset.train, accelerator, 0):
            trainer._step(variant, progress, nets, batch, accelerator, autocast)
            progress.step, progress.images = progress.step + 1, progress.images + batch_size
            yield


def seconds(steps: Iterator[None], count: int) -> float:
    """Wall time of the next `count` steps."""
    start = time.perf_counter()
    for _ in itertools.islice(steps, count):
        pass
    return time.perf_counter() - start


def main(data_root: Path = default_data_root(), batch_size: int = 64, steps: int = 60, rounds: int = 7) -> None:  # noqa: B008
    """Print images/s of both and the median ratio of `rounds` turns of `steps` steps."""
    for preset in ("mlp", "lecture"):
        plain, ours = plain_steps(data_root, preset, batch_size), our_steps(data_root, preset, batch_size)
        seconds(plain, 20), seconds(ours, 20)
        pairs = [(seconds(plain, steps), seconds(ours, steps)) for _ in range(rounds)]
        slow, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        images = steps * batch_size
        print(
            f"{preset}: plain {images / slow:,.0f} images/s, loop {images / fast:,.0f} images/s, ratio {ratio:.2f} (target 2)"
        )


if __name__ == "__main__":
    tyro.cli(main)
