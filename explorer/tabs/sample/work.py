"""Images from seeds, with the discriminator's verdict on each."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import Card


@dataclass(frozen=True)
class Samples:
    """`pixels` N x H x W x C, and for each image its seed and, if asked for, its verdict.

    A verdict is the probability of "real" for a card of verdict ``"logits"``, and the raw score, 1
    meaning real and 0 fake, for one of ``"least-squares"``.
    """

    pixels: Pixels
    seeds: list[int]
    verdicts: list[float] | None


def draw(store: ModelStore, card: Card, seed: int, count: int, truncation: float, verdict: bool) -> Samples:
    """Sample the unconditional model of `card` at the `count` seeds from `seed` on.

    The same arguments give the same images. `verdict` is ignored where the card offers none.
    Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    seeds = latents.consecutive(seed, count)
    with store.using(card.id) as model, torch.inference_mode():
        generated = model.generate(model.latents(seeds, truncation=truncation))
        verdicts = None
        if verdict and card.verdict:
            scores = model.score(generated)
            verdicts = (scores.sigmoid() if card.verdict == "logits" else scores).tolist()
        return Samples(images.pixels(generated), seeds, verdicts)


def order(samples: Samples) -> Samples:
    """`samples` from the most to the least real, as far as they have verdicts."""
    if samples.verdicts is None:
        return samples
    ranks = sorted(range(len(samples.seeds)), key=lambda index: -samples.verdicts[index])
    return Samples(samples.pixels[ranks], [samples.seeds[i] for i in ranks], [samples.verdicts[i] for i in ranks])
