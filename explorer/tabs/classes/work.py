"""Pictures of a class that one asks for, and what discriminators and judges read in a picture."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.pictures import images
from explorer.pictures.drawn import latents_of
from explorer.pictures.images import Pixels
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel


@dataclass(frozen=True)
class ClassSamples:
    """`pixels` N x H x W x C, and for each picture its seed, the class asked for and, if asked for, the verdict.

    A verdict is how probably the model's own discriminator takes the picture for real (None if it
    does not say), and the class it reads (None if it names none).
    """

    pixels: Pixels
    seeds: list[int]
    labels: list[int]
    verdicts: list[tuple[float | None, int | None]] | None


def draw(
    store: ModelStore,
    card: Card,
    seeds: Sequence[int],
    labels: Sequence[int],
    truncation: float = 1.0,
    verdict: bool = False,
) -> ClassSamples:
    """One picture per seed and label, both N long, from the class-conditional model of `card`.

    Equal seeds have equal z, drawn once. Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ids = torch.tensor(labels, device=model.device)
        pixels = images.pixels(model.generate(latents_of(model, seeds, truncation), ids))
        return ClassSamples(pixels, list(seeds), list(labels), _verdicts(model, pixels, ids) if verdict else None)


def pairs(seeds: Sequence[int], labels: Sequence[int]) -> tuple[list[int], list[int]]:
    """Seeds and labels of all pairs, as `draw` takes them: row by row, all labels of one seed in a row."""
    product = list(itertools.product(seeds, labels))
    return [seed for seed, _ in product], [label for _, label in product]


def morph(
    store: ModelStore,
    card: Card,
    seed: int,
    ends: tuple[int, int],
    steps: Sequence[float],
    truncation: float = 1.0,
    verdict: bool = False,
) -> ClassSamples:
    """One picture for every t of `steps` in 0..1 on the way from the first class of `ends` to the second, with z fixed.

    The generator gets the weights (1 - t, t) in place of a one-hot label. The labels of the result
    are the nearer of the two classes.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        one_hot = torch.eye(len(card.classes), device=model.device)
        t = torch.tensor(steps, device=model.device, dtype=torch.float32)[:, None]
        nearer = [ends[step > 0.5] for step in steps]
        weights = (1 - t) * one_hot[ends[0]] + t * one_hot[ends[1]]
        pixels = images.pixels(model.generate(latents_of(model, [seed] * len(steps), truncation), weights))
        verdicts = _verdicts(model, pixels, torch.tensor(nearer, device=model.device)) if verdict else None
        return ClassSamples(pixels, [seed] * len(steps), nearer, verdicts)


def there_and_back(count: int) -> list[float]:
    """The t of `count` frames that go from 0 to 1 and back so that the last leads into the first; `count` is even."""
    half = count // 2
    return [1 - abs(index - half) / half for index in range(count)]


def _verdicts(model: ZooModel, pixels: Pixels, ids: Tensor) -> list[tuple[float | None, int | None]]:
    """Probability of real and class read, for each picture as it is shown, which is rounded to bytes."""
    x = images.tensor(pixels).to(model.device)
    nothing = [None] * len(x)
    real = model.score(x, ids).sigmoid().tolist() if hasattr(model, "score") and model.card.verdict else nothing
    # A last logit beyond the classes is "fake", and fake is no class.
    reads = (
        model.classify(x)[:, : len(model.card.classes)].argmax(1).tolist() if hasattr(model, "classify") else nothing
    )
    return list(zip(real, reads, strict=True))


def rows(first: int, count: int, labels: Sequence[int], width: int) -> tuple[list[int], list[int]]:
    """Seeds and labels of a page's `count` rows of pictures from the seed `first` on.

    With many labels a row is one seed in all of them; with one label it is `width` seeds.
    """
    return pairs(latents.consecutive(first, count if len(labels) > 1 else count * width), labels)
