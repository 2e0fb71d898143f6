"""Images from seeds, with the discriminator's verdict on each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked, View, control
from explorer.pictures import files, images
from explorer.pictures.images import Pixels
from models_zoo import Card

TASKS = ("unconditional",)


@dataclass(frozen=True)
class SampleView(View):
    """What the tab shows: the pictures of `count` seeds, and as the current one that of the seed `chosen`, or the first."""

    model: str = control()
    # The bundled StyleGAN draws a good face for it, which is the first that a visitor sees.
    seed: int = control(27, checks.seed)
    count: int = control(32, checks.count)
    truncation: float = control(1.0, checks.truncation)
    verdict: bool = control(False)
    sort: bool = control(False, api=False)
    chosen: int | None = control(None, checks.seed, api=False)

    @property
    def seeds(self) -> list[int]:
        """The seeds of the pictures, in order."""
        return latents.consecutive(self.seed, self.count)

    def settled(self, asked: Asked, linked: set[str]) -> tuple[SampleView, set[str]]:
        if self.chosen is None or self.chosen in self.seeds:
            return self, set()
        return replace(self, chosen=None), {"chosen"}


@dataclass(frozen=True)
class Samples:
    """`pixels` N x H x W x C, and for each image its seed and, if asked for, its verdict.

    A verdict is the probability of "real" for a card of verdict ``"logits"``, and the raw score, 1
    meaning real and 0 fake, for one of ``"least-squares"``.
    """

    pixels: Pixels
    seeds: list[int]
    verdicts: list[float] | None


def samples(store: ModelStore, card: Card, view: SampleView) -> Samples:
    """The pictures that the view asks for, in its order; raises `ZooError` if the model cannot be loaded."""
    drawn = draw(store, card, view.seeds, view.truncation, view.verdict or view.sort)
    if view.sort:
        drawn = order(drawn)
    return drawn if view.verdict else replace(drawn, verdicts=None)


def draw(store: ModelStore, card: Card, seeds: list[int], truncation: float, verdict: bool) -> Samples:
    """Sample the unconditional model of `card` at the `seeds`.

    The same arguments give the same images. `verdict` is ignored where the card offers none.
    Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        generated = model.generate(model.latents(seeds, truncation=truncation))
        verdicts = None
        if verdict and card.verdict:
            scores = model.score(generated)
            verdicts = (scores.sigmoid() if card.verdict == "logits" else scores).tolist()
        return Samples(images.pixels(generated), seeds, verdicts)


def order(samples: Samples) -> Samples:
    """`samples` from the most to the least real, as far as they have verdicts; those that look equally real stay as they are.

    Equally real are those whose verdicts agree in three digits. One picture may get two verdicts in one batch, whose last
    digits depend on its place in there and on the processor.
    """
    if samples.verdicts is None:
        return samples
    ranks = sorted(range(len(samples.seeds)), key=lambda index: -float(f"{samples.verdicts[index]:.3g}"))
    return Samples(samples.pixels[ranks], [samples.seeds[i] for i in ranks], [samples.verdicts[i] for i in ranks])


def packed(card: Card, samples: Samples, view: SampleView) -> bytes:
    """A ZIP file of the pictures and of what makes them again."""
    made = {
        "model": view.model,
        "truncation": view.truncation,
        "seeds": samples.seeds,
        "verdicts": samples.verdicts,
        "z": latents.recipe(card),
    }
    names = (f"seed-{seed}.png" for seed in samples.seeds)
    return files.archive("samples.json", made, zip(names, images.png(samples.pixels), strict=True))
