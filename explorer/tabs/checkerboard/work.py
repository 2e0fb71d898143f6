"""The checkerboard of transposed convolutions (Odena, Dumoulin and Olah 2016, doi:10.23915/distill.00003), made visible."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import Card, spectrum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

UPSAMPLINGS = ("resize", "transposed")
ARCHITECTURE = "dcgan.DCGAN"
KERNELS = (2, 6)
STRIDES = (1, 3)
FACES = 8
SAMPLES = 256
"""Pictures whose spectra are averaged, seeds 0 and up."""
BATCH = 64
WEIGHTS_SEED = 0
"""What the weights of networks before training are drawn by."""
HEAT = ((0.0, 16, 14, 22), (0.3, 84, 28, 78), (0.55, 190, 55, 70), (0.8, 243, 140, 70), (1.0, 252, 240, 190))
"""Colours of a spectrum from no power to most, as share and red, green and blue."""
LEAST, MOST = 10.0, 70.0
"""The decibels at the ends of `HEAT`."""


@dataclass(frozen=True)
class Side:
    """One of two networks that differ in how they double a picture.

    `model` is the id of a trained one, and `sha256` tells its weights; before training both are empty, and `arguments`, as
    JSON, build the network.
    """

    upsampling: str
    kernel: int
    model: str = ""
    sha256: str = ""
    arguments: str = ""


def pair(cards: Sequence[Card]) -> dict[str, Card | None]:
    """For each of `UPSAMPLINGS` the card of a trained network, or None; of several the two that are most alike.

    What a network does is read from its arguments, not from its name.
    """
    by_kind = {kind: [card for card in cards if _upsampling(card) == kind] for kind in UPSAMPLINGS}
    candidates = [(one, other) for one in by_kind["resize"] or [None] for other in by_kind["transposed"] or [None]]
    one, other = min(candidates, key=lambda both: _unlike(*both))
    return {"resize": one, "transposed": other}


def sides(cards: Sequence[Card], trained: bool, kernel: int) -> list[Side]:
    """The two networks to compare: trained, as far as there are such, or before training, with this `kernel`."""
    found = pair(cards)
    like = found["transposed"] or found["resize"]
    built = []
    for kind, card in found.items():
        if trained and card is not None:
            built.append(Side(kind, card.arguments.get("kernel", 5), card.id, card.sha256))
        else:
            arguments = {**(like.arguments if like else {}), "upsampling": kind, "kernel": kernel}
            built.append(Side(kind, kernel, arguments=json.dumps(arguments, sort_keys=True)))
    return built


def of(card: Card) -> Side:
    """The trained model of a card, whatever it doubles its pictures with."""
    return Side("", 0, card.id, card.sha256)


def draw(store: ModelStore, side: Side, seeds: Sequence[int]) -> Pixels:
    """The pictures of these seeds, N x H x W x C; raises `ZooError` if the network cannot be had."""
    return images.pixels(next(_batches(store, side, seeds)))


@lru_cache(maxsize=32)
def power(store: ModelStore, side: Side, seed: int, count: int) -> NDArray[np.float64]:
    """The mean power spectrum of `count` pictures of a network from this seed on; raises `ZooError` if it cannot be had."""
    sums = [
        len(batch) * spectrum.power(batch.numpy()) for batch in _batches(store, side, latents.consecutive(seed, count))
    ]
    return sum(sums) / count


def picture(power: NDArray[np.float64]) -> Pixels:
    """A spectrum in colours of its decibels, 1 x (H + 1) x (W + 1) x 3, frequency 0 in the middle and 1/2 at all edges."""
    # -1/2 and 1/2 are one frequency, and stand on both sides.
    levels = np.pad(spectrum.decibels(power), ((0, 1), (0, 1)), mode="wrap")
    share = ((levels - LEAST) / (MOST - LEAST)).clip(0, 1)
    stops = [stop[0] for stop in HEAT]
    channels = [np.interp(share, stops, [stop[channel] for stop in HEAT]) for channel in (1, 2, 3)]
    return np.stack(channels, -1).round().astype(np.uint8)[None]


def overlap(kernel: int, stride: int, outputs: int) -> list[int]:
    """How many weights of a transposed convolution meet each of so many output pixels in a row, far from its ends.

    Every input pixel paints `kernel` output pixels, and begins `stride` further than the one before. The numbers are the
    same for all pixels just where the stride divides the kernel.
    """
    return [sum((place - tap) % stride == 0 for tap in range(kernel)) for place in range(outputs)]


def _upsampling(card: Card) -> str:
    """How the network of a card doubles its pictures, empty where it does not say."""
    return card.arguments.get("upsampling", "resize") if card.architecture == ARCHITECTURE else ""


def _unlike(one: Card | None, other: Card | None) -> tuple[int, str, str]:
    """In how many things two networks differ; ids decide where several pairs are equally alike."""
    if one is None or other is None:
        return 0, one.id if one else "", other.id if other else ""
    names = one.arguments.keys() | other.arguments.keys()
    apart = sum(one.arguments.get(name) != other.arguments.get(name) for name in names)
    return apart + (one.dataset != other.dataset), one.id, other.id


def _batches(store: ModelStore, side: Side, seeds: Sequence[int]) -> Iterator[Tensor]:
    """The pictures of these seeds on the CPU, N x C x H x W, at most `BATCH` at once."""
    import torch

    for start in range(0, len(seeds), BATCH):
        part = seeds[start : start + BATCH]
        network = store.using(side.model) if side.model else nullcontext(_untrained(side.arguments))
        with network as model, torch.inference_mode():
            made = model.generate(model.latents(part)).float().cpu()
        yield made


@lru_cache(maxsize=8)
def _untrained(arguments: str) -> ZooModel:
    from models_zoo import checkpoint

    return checkpoint.untrained(ARCHITECTURE, json.loads(arguments), WEIGHTS_SEED)
