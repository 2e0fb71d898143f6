"""StyleGAN against its makers' code on one core: samples, a training step, and the memory that each of them takes.

The makers' networks have our defaults' widths, which are those of `stylegan-celeba64`, and the same parameters, and draw the
same pictures, with their reference operators, which is what they have for CPUs. Both sides take turns in one process; memory is measured in a process for each. A training step is
the mean of its phases over their intervals, without augmentation. Wanted is a checkout of NVlabs/stylegan2-ada-pytorch.

    python -m benchmarks.stylegan --checkout stylegan2-ada-pytorch
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import statistics
import sys
import time
import types
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import torch
import tyro
from torch import Tensor

from models_zoo import stylegan_ada
from models_zoo.stylegan import StyleGAN
from train.config import CommonConfig
from train.contract import Batch, Variant, variants
from train.variants.stylegan import widths_for

Side = Literal["makers", "ours"]
Work = Literal["sampling", "step"]
Calls = dict[str, tuple[Callable[[], Any], int]]
"""What to measure by its name, and in every how many steps it is done."""
CLOSE = 1e-3


def config(side: int, batch_size: int) -> CommonConfig:
    """Our defaults, without augmentation, for pictures of `side` pixels."""
    kind = variants()["stylegan"]
    usual = kind.Config(dataset=(str(Path(__file__).parent),), size=side, batch_size=batch_size, augment=False)
    widths = {name: tuple(widths_for(side, getattr(usual, name))) for name in ("widths", "discriminator_widths")}
    return dataclasses.replace(usual, **widths)


def makers(checkout: Path, side: int) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The makers' generator and discriminator."""
    if str(checkout) not in sys.path:
        # At the end: it has a train.py as well.
        sys.path.append(str(checkout))
    # What they download pictures and networks with; nothing is downloaded here.
    sys.modules.setdefault("requests", types.ModuleType("requests"))
    from training.networks import Discriminator, DiscriminatorBlock, Generator, SynthesisBlock

    usual = config(side, 4)
    torch.manual_seed(0)
    # Their own widths follow one rule, so that all blocks but the last of the discriminator are replaced.
    most = usual.discriminator_widths[0]
    discriminator = Discriminator(c_dim=0, img_resolution=side, img_channels=3, channel_max=most)
    for level, (outputs, inputs) in enumerate(pairwise(usual.discriminator_widths), 1):
        pixels = 4 * 2**level
        given = 0 if pixels == side else inputs
        discriminator.add_module(f"b{pixels}", DiscriminatorBlock(given, inputs, outputs, pixels, 3, 0))
    generator = Generator(
        usual.latent_size, 0, usual.w_size, side, 3, mapping_kwargs={"num_layers": usual.mapping_depth}
    )
    for level, (inputs, outputs) in enumerate(pairwise((0, *usual.widths))):
        pixels = 4 * 2**level
        block = SynthesisBlock(inputs, outputs, usual.w_size, pixels, 3, is_last=pixels == side)
        generator.synthesis.add_module(f"b{pixels}", block)
    return generator, discriminator


def ours(side: int, batch_size: int, given: tuple[torch.nn.Module, torch.nn.Module]) -> tuple[Variant, StyleGAN]:
    """Our variant, and its networks with the parameters of the makers'."""
    usual = config(side, batch_size)
    model = StyleGAN(
        side, 3, usual.latent_size, usual.widths, usual.discriminator_widths[::-1],
        w_size=usual.w_size, mapping_depth=usual.mapping_depth,
    )  # fmt: skip
    model.generator.load_state_dict(stylegan_ada.generator_state(given[0].state_dict()))
    state = stylegan_ada.discriminator_state(given[1].state_dict())
    model.discriminator.load_state_dict({**state, "usual_deviation": torch.zeros(())})
    return variants()["stylegan"](usual), model.to(memory_format=torch.channels_last)


def check(given: tuple[torch.nn.Module, torch.nn.Module], model: StyleGAN) -> float:
    """The largest difference between what both draw, and how both judge it."""
    with torch.inference_mode():
        z = model.latents(range(4))
        theirs, drawn = given[0].eval()(z, None, noise_mode="const"), model.eval().synthesize(model.mapping(z))
        verdicts = given[1](theirs, None)[:, 0], model.discriminator.train()(theirs)
        return max((a - b).abs().max().item() for a, b in ((theirs, drawn), verdicts))


def sampling(side: Side, given: torch.nn.Module, model: StyleGAN, n: int) -> Calls:
    """Drawing `n` pictures with each model's own noise."""
    z = model.latents(range(n))

    def draw() -> Tensor:
        with torch.inference_mode():
            if side == "ours":
                return model.eval().synthesize(model.mapping(z))
            return given.eval()(z, None, noise_mode="const")

    return {"pictures": (draw, 1)}


def makers_step(given: tuple[torch.nn.Module, torch.nn.Module], variant: Variant, images: Tensor) -> Calls:
    """The phases of a training step in the makers' own loss, at our intervals."""
    from training.loss import StyleGAN2Loss

    generator, discriminator = (net.train() for net in given)
    config = variant.config
    loss = StyleGAN2Loss(
        torch.device("cpu"), generator.mapping, generator.synthesis, discriminator,
        r1_gamma=2 * config.r1, pl_weight=config.path_length, style_mixing_prob=config.mixing,
    )  # fmt: skip
    labels = torch.zeros(len(images), 0)

    def phase(name: str, net: torch.nn.Module, gain: int) -> Callable[[], None]:
        optimizer = torch.optim.Adam(net.parameters(), config.lr, (config.beta1, config.beta2))

        def run() -> None:
            generator.requires_grad_(net is generator)
            discriminator.requires_grad_(net is discriminator)
            z = torch.randn(len(images), 128)
            loss.accumulate_gradients(name, images, labels, z, labels, sync=True, gain=gain)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

        return run

    nets = {"Gmain": (generator, 1), "Greg": (generator, config.path_every)}
    nets |= {"Dmain": (discriminator, 1), "Dreg": (discriminator, config.r1_every)}
    return {name: (phase(name, net, every), every) for name, (net, every) in nets.items()}


def our_step(model: StyleGAN, variant: Variant, images: Tensor) -> Calls:
    """The phases of a training step of our variant."""
    model.train()
    nets = {"generator": model.generator, "discriminator": model.discriminator}
    images = images.contiguous(memory_format=torch.channels_last)
    batch = Batch(images, slice(0, len(images)), len(images), torch.Generator().manual_seed(0))
    rates = {"lr": variant.config.lr, "betas": (variant.config.beta1, variant.config.beta2), "fused": True}
    optimizers = {name: torch.optim.Adam(net.parameters(), **rates) for name, net in nets.items()}

    def phase(name: str, learning: str) -> Callable[[], None]:
        def run() -> None:
            for each, net in nets.items():
                net.requires_grad_(each == learning)
            step = variant.loss(name, nets, batch)
            batch.carried = step.carried or batch.carried
            step.loss.backward()
            optimizers[learning].step()
            optimizers[learning].zero_grad(set_to_none=True)

        return run

    return {phase_.name: (phase(phase_.name, phase_.nets[0]), phase_.every) for phase_ in variant.phases}


def calls(side: Side, work: Work, checkout: Path, pixels: int, n: int) -> Calls:
    """What to measure of one side, for pictures of `pixels` a side, `n` at a time."""
    given = makers(checkout, pixels)
    variant, model = ours(pixels, n, given)
    if work == "sampling":
        return sampling(side, given[0], model, n)
    images = torch.rand(n, 3, pixels, pixels, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return makers_step(given, variant, images) if side == "makers" else our_step(model, variant, images)


def seconds(made: Calls) -> float:
    """Processor time of one step: that of each call, divided by its interval."""
    total = 0.0
    for call, every in made.values():
        start = time.process_time()
        call()
        total += (time.process_time() - start) / every
    return total


def _resident(name: Literal["VmRSS", "VmHWM"]) -> float:
    """MB of memory that this process has, or has had at most, as Linux tells it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _most_memory(side: Side, work: Work, checkout: Path, pixels: int, n: int) -> float:
    torch.set_num_threads(1)
    made = calls(side, work, checkout, pixels, n)
    before = _resident("VmRSS")
    # Forgets the most that there was until now.
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(2):
        for call, _every in made.values():
            call()
    return _resident("VmHWM") - before


def memory(side: Side, work: Work, checkout: Path, pixels: int, n: int) -> float:
    """MB that the work takes at most in a process of its own, beside networks and code."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_most_memory, (side, work, checkout, pixels, n))


def main(
    checkout: Path, pixels: tuple[int, ...] = (64, 256), batches: tuple[int, ...] = (16, 4), rounds: int = 5
) -> None:
    """Print the median ratio of `rounds` turns for each size in `pixels`, with as many pictures at a time as `batches` says."""
    torch.set_num_threads(1)
    for side, n in zip(pixels, batches, strict=True):
        given = makers(checkout, side)
        apart = check(given, ours(side, n, given)[1])
        print(f"{side} px, {n} at a time: pictures and verdicts differ by {apart:.1e} at most (at most {CLOSE:g})")
        for work in ("sampling", "step"):
            theirs, our = (calls(name, work, checkout, side, n) for name in ("makers", "ours"))
            seconds(theirs), seconds(our)
            pairs = [(seconds(theirs), seconds(our)) for _ in range(rounds)]
            slow, fast = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(a / b for a, b in pairs)
            print(f"  {work}: makers {slow:,.0f} ms, ours {fast:,.0f} ms, ratio {ratio:.2f} (target 2)", flush=True)
            most = [memory(name, work, checkout, side, n) for name in ("makers", "ours")]
            print(
                f"  {work}: peak memory above the start: makers {most[0]:,.0f} MB, ours {most[1]:,.0f} MB", flush=True
            )


if __name__ == "__main__":
    tyro.cli(main)
