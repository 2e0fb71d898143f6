"""What the variants share that draw photographs from noise against a discriminator of augmented pictures: DCGAN and StyleGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from models_zoo import spectrum
from models_zoo.checkpoint import LatentModel
from train.contract import Batch, Nets, Phase, Step
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset
from train.loop import history
from train.metrics import arithmetic, judging, photographs
from train.objectives import projected
from train.variants.featured import Options, WithFeatureDiscriminators


@dataclass(frozen=True)
class Generated:
    """What the generator's phase carries to the later ones of its step."""

    images: Tensor
    """N x C x H x W in [-1, 1], detached and not augmented."""
    mixtures: projected.Mixtures = ()
    """What the feature discriminator saw of the augmented images; empty without one."""


class DrawingOptions(Options, Protocol):
    """What the mixin reads of a variant's config."""

    @property
    def augment(self) -> bool:
        """Whether what the discriminator sees is augmented."""


class DrawsPhotographs(WithFeatureDiscriminators):
    """Mixin for a `Variant`, to be named before it: what its discriminators see, and what is told of its pictures."""

    config: DrawingOptions
    phases: tuple[Phase, ...]
    best = ("kid_lite0", "lower")

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images`, one for each of the batch, augmented for the discriminator if the options say so."""
        return shift_and_cut(images, batch.uniform(4)) if self.config.augment else images

    def real(self, batch: Batch) -> Tensor:
        """The batch's photographs as the discriminator sees them."""
        if not self.config.augment:
            return batch.images
        return self.seen(random_flip(batch.images, batch.uniform(1, 1, 1)), batch)

    def generated(self, loss: Tensor, fake: Tensor, seen: Tensor, nets: Nets) -> Step:
        """The generator's phase, from its `loss` by the discriminator: with `--projected` also the feature discriminator's verdict.

        `fake` are the generated images, carried as `Generated`, and `seen` what the discriminators saw of them.
        """
        if not self.config.projected:
            return Step(loss, carried=Generated(fake.detach()))
        through_features, mixtures = projected.generator_loss(nets["projected"], seen)
        return Step(
            loss + self.config.projected * through_features,
            {"loss/projected_generator": through_features},
            Generated(fake.detach(), mixtures),
        )

    def projected_loss(self, nets: Nets, batch: Batch) -> Step:
        """The feature discriminator's phase."""
        generated: Generated = batch.carried
        return Step(projected.discriminator_loss(nets["projected"], self.real(batch), generated.mixtures))

    def evaluate(self, model: LatentModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        found = photographs.evaluate_unconditional(model, data, n, seed)
        # During training only the distances are of use.
        if model.card is not None and (judge := judging.judge_for(data.name)):
            found |= arithmetic.evaluate(model, judge, data, n, seed)
        return found

    def curves(self, model: LatentModel, data: Dataset) -> dict[str, dict[str, Any]]:
        return {spectrum.CURVE: photographs.spectrum_curve(model, data)}

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])
