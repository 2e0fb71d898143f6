"""The checkerboard of transposed convolutions (Odena, Dumoulin and Olah 2016, doi:10.23915/distill.00003), made visible."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent import latents
from explorer.models import turns
from explorer.models.memory import MEGABYTE, remembering
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import Card, spectrum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

TASKS = ("unconditional",)
STATES = ("trained", "untrained")
UPSAMPLINGS = ("resize", "transposed")
ARCHITECTURE = "dcgan.DCGAN"
KERNELS = (2, 6)
STRIDES = (1, 3)
FACES = 8
SAMPLES = 256
"""Pictures whose spectra are averaged, from seed 0 on."""
MOST_SPECTRA = 4 * MEGABYTE
"""Of spectra that are remembered."""
BATCH = 64
WEIGHTS_SEED = 0
"""The seed of the weights of networks before training."""
SHEET_SIZE = 128
"""Pixels that a face of the saved sheet has at least."""
HEAT = ((0.0, 16, 14, 22), (0.3, 84, 28, 78), (0.55, 190, 55, 70), (0.8, 243, 140, 70), (1.0, 252, 240, 190))
"""Colours of a spectrum from no power to most, as share and red, green and blue."""
LEAST, MOST = 10.0, 70.0
"""The decibels at the ends of `HEAT`."""


def _kernel(value: Any, language: str) -> int:
    return checks.whole(value, *KERNELS, "kernel", language)


def _stride(value: Any, language: str) -> int:
    return checks.whole(value, *STRIDES, "stride", language)


def _state(value: Any, language: str) -> str:
    return checks.option(value, STATES, "networks", language)


@dataclass(frozen=True)
class CheckerboardView(View):
    """What the tab shows: faces of both networks from `seed` on, and the weights that meet with `kernel` and `stride`."""

    seed: int = control(7, checks.seed)
    networks: str = control("trained", _state)
    kernel: int = control(5, _kernel)
    stride: int = control(2, _stride)

    @property
    def trained(self) -> bool:
        """Whether trained networks are asked for."""
        return self.networks == "trained"

    @property
    def seeds(self) -> list[int]:
        """The seeds of the faces, in order."""
        return latents.consecutive(self.seed, FACES)


@dataclass(frozen=True)
class Side:
    """One of two networks that differ in how they upsample.

    `model` is the id of a trained one, and `sha256` identifies its weights; before training both are empty, and the
    network is built with `arguments`, as JSON.
    """

    upsampling: str
    kernel: int
    model: str = ""
    sha256: str = ""
    arguments: str = ""


def pair(cards: Sequence[Card]) -> dict[str, Card | None]:
    """For each of `UPSAMPLINGS` the card of a trained network, or None; of several, the two that are most alike.

    How a network upsamples is read from its arguments, not from its name.
    """
    by_kind = {kind: [card for card in cards if _upsampling(card) == kind] for kind in UPSAMPLINGS}
    candidates = [(one, other) for one in by_kind["resize"] or [None] for other in by_kind["transposed"] or [None]]
    one, other = min(candidates, key=lambda both: _unlike(*both))
    return {"resize": one, "transposed": other}


def sides(cards: Sequence[Card], trained: bool, kernel: int) -> list[Side]:
    """The two networks to compare: trained ones, where there are any, or ones before training, with this `kernel`."""
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
    """The trained model of a card, however it upsamples."""
    return Side("", 0, card.id, card.sha256)


def draw(store: ModelStore, side: Side, seeds: Sequence[int]) -> Pixels:
    """The pictures of these seeds, N x H x W x C; raises `ZooError` if the model cannot be loaded."""
    return images.pixels(next(_batches(store, side, seeds)))


@remembering(MOST_SPECTRA)
def power(store: ModelStore, side: Side, seed: int, count: int) -> NDArray[np.float64]:
    """The mean power spectrum, H x W, of `count` pictures from this seed on; raises `ZooError` if the model cannot be loaded."""
    sums = [
        len(batch) * spectrum.power(batch.numpy()) for batch in _batches(store, side, latents.consecutive(seed, count))
    ]
    return sum(sums) / count


def powers(store: ModelStore, sides: Sequence[Side]) -> list[NDArray[np.float64]]:
    """The spectrum of each network that the page shows."""
    return [power(store, side, 0, SAMPLES) for side in sides]


@dataclass(frozen=True)
class Photographs:
    """What cards say of real photographs: their `spectrum` along the axes, with its name, and the strength of a checkerboard.

    The latter is in dB. Each is None where no card has it.
    """

    spectrum: tuple[dict[str, str], list[float]] | None
    level: float | None


def photographs(cards: Sequence[Card], size: int) -> Photographs:
    """What is known of real photographs of this size, from the first of the trained networks that knows it."""
    trained = [card for card in pair(cards).values() if card]
    lines = (spectrum.photographs(card.curves, size) for card in trained)
    levels = (reference(card) for card in trained)
    return Photographs(next(filter(None, lines), None), next((level for level in levels if level is not None), None))


def reference(card: Card) -> float | None:
    """The strength of a checkerboard in real photographs, in dB, where the card has it."""
    found = card.metrics.get("checkerboard", {}).get("reference")
    return found if isinstance(found, int | float) else None


def sheet(store: ModelStore, sides: Sequence[Side], seeds: Sequence[int]) -> Pixels:
    """Both rows of faces and both spectra in one picture, 1 x H x W x 3."""
    faces = [images.enlarge(draw(store, side, seeds), SHEET_SIZE) for side in sides]
    spectra = [images.enlarge(picture(power), 3 * SHEET_SIZE) for power in powers(store, sides)]
    rows = (*((row, len(seeds)) for row in faces), (np.concatenate(spectra), len(spectra)))
    return images.stacked([images.sheet(row, columns) for row, columns in rows])


def picture(power: NDArray[np.float64]) -> Pixels:
    """A spectrum in colours of its decibels, 1 x (H + 1) x (W + 1) x 3, frequency 0 in the middle and 1/2 at all edges."""
    # -1/2 and 1/2 are the same frequency, shown on both sides.
    levels = np.pad(spectrum.decibels(power), ((0, 1), (0, 1)), mode="wrap")
    share = ((levels - LEAST) / (MOST - LEAST)).clip(0, 1)
    stops = [stop[0] for stop in HEAT]
    channels = [np.interp(share, stops, [stop[channel] for stop in HEAT]) for channel in (1, 2, 3)]
    return np.stack(channels, -1).round().astype(np.uint8)[None]


def overlap(kernel: int, stride: int, outputs: int) -> list[int]:
    """How many weights of a transposed convolution contribute to each of so many output pixels, far from the ends of a row.

    Each input pixel paints `kernel` output pixels, beginning `stride` further than the one before. The numbers are
    equal exactly where the stride divides the kernel.
    """
    return [sum((place - tap) % stride == 0 for tap in range(kernel)) for place in range(outputs)]


def _upsampling(card: Card) -> str:
    """How the network of a card upsamples, empty for other architectures."""
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
        turns.look()
        part = seeds[start : start + BATCH]
        network = store.using(side.model) if side.model else nullcontext(_untrained(side.arguments))
        with network as model, torch.inference_mode():
            made = model.generate(model.latents(part)).float().cpu()
        yield made


@lru_cache(maxsize=8)
def _untrained(arguments: str) -> ZooModel:
    from models_zoo import checkpoint

    return checkpoint.untrained(ARCHITECTURE, json.loads(arguments), WEIGHTS_SEED)
