"""pix2pix: translation learned from pairs, by L1 and by a discriminator of patches (arXiv:1611.07004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from models_zoo.pix2pix import Pix2Pix
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.loop import history
from train.metrics.entries import metric
from train.metrics.photographs import scaled
from train.metrics.translation import distance_to, in_rows, translated
from train.objectives import losses, projected
from train.objectives.crops import random_crop
from train.variants.cards import card_texts, filled
from train.variants.featured import ProjectedWeight, WithFeatureDiscriminators


@dataclass(frozen=True)
class Pairs:
    """What the translator's phase carries to the discriminators', all of it detached.

    Of each pair the given picture comes first and its counterpart second, as channels of one: N x 2C x H x W in [-1, 1].
    """

    real: Tensor
    """Pictures with the counterparts that were wanted."""
    fake: Tensor
    """The same pictures with their translations."""
    mixtures: projected.Mixtures = ()
    """What the feature discriminator saw of the augmented translations; empty without one."""


@register("pix2pix")
class PairedTranslation(WithFeatureDiscriminators, Variant):
    """pix2pix (Isola et al. 2017): label maps to photographs, learned from pairs of both."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """pix2pix at 128 pixels: a U-Net, the L1 distance to the paired picture, and a discriminator of pairs."""

        takes: ClassVar[Takes] = Takes(("facades",), "pairs", is_cropped=True, multiple=16)
        dataset: tuple[str, ...] = ("facades",)
        """Pairs of pictures: facades, or your own side by side in each file, or as two folders with equal names."""
        batch_size: int = 4
        """Images per step over all processes together; each process takes an equal share."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 2_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        direction: Literal["a2b", "b2a"] = "a2b"
        """What is translated: a2b makes facades of label maps, b2a label maps of facades."""
        gan: bool = True
        """Also learn from a discriminator; without one only the L1 distance is left, the paper's baseline."""
        l1: float = 100.0
        """Weight of the L1 distance to the paired picture; the discriminator's is 1."""
        projected: ProjectedWeight = 0.0
        dropout: float = 0.5
        """Dropout rate of the decoder's first layers in training, the only noise there is."""
        widths: tuple[int, ...] = (32, 64, 128, 192, 192, 192)
        """Channels of the generator after each halving of the picture; the default follows `--size`."""
        # Three halvings see patches of 38 pixels, as large a part of 128 as the paper's 70 are of 256.
        discriminator_widths: tuple[int, ...] = (64, 128, 256)
        """Channels of the discriminator after each halving of the picture."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.l1 < 0 or not (self.gan or self.l1):
                raise TrainError(
                    f"--l1 cannot be negative, nor 0 with --no-gan: nothing would be learned with {self.l1}."
                )
            if self.projected and not self.gan:
                raise TrainError("--projected adds discriminators, which --no-gan leaves out.")

    config: Config
    best = ("kid_lite0", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        self.averaged = (config.direction,)
        self.phases = (Phase("translator", (config.direction,)),)
        if config.gan:
            self.phases += (Phase("discriminator", ("discriminator",)),)
        if config.projected:
            self.phases += (Phase("projected", ("projected",)),)

    def networks(self, feature_widths: list[int]) -> Pix2Pix:
        config = self.config
        channels, side = self.shape.channels, self.shape.side
        discriminator_widths = list(config.discriminator_widths) if config.gan else []
        # As often as the side can be halved.
        halvings = (side & -side).bit_length() - 1 if config.widths == type(config).widths else None
        return Pix2Pix(
            side, channels, direction=config.direction, widths=list(config.widths[:halvings]),
            discriminator_widths=discriminator_widths, dropout=config.dropout, projected=feature_widths,
        )  # fmt: skip

    def ordered(self, photographs: Tensor, maps: Tensor, direction: str) -> tuple[Tensor, Tensor]:
        """What is given and what is wanted in that direction, of photographs and their label maps."""
        return (maps, photographs) if direction == "a2b" else (photographs, maps)

    def pairs(self, batch: Batch) -> Tensor:
        """What is given and what is wanted as channels of one picture, so that one crop and one mirror serve both."""
        maps = to_float(batch.maps, batch.images.device)
        pairs = torch.cat(self.ordered(batch.images, maps, self.config.direction), 1)
        side = self.shape.side
        return random_flip(random_crop(pairs, side, batch.uniform(2)), batch.uniform(1, 1, 1))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The translator's phase carries its pictures as `Pairs` to the discriminators'."""
        if phase == "translator":
            return self.translator_loss(nets, batch)
        pairs: Pairs = batch.carried
        if phase == "projected":
            _, wanted = pairs.real.chunk(2, 1)
            seen = shift_and_cut(wanted, batch.uniform(4))
            return Step(projected.discriminator_loss(nets["projected"], seen, pairs.mixtures))
        # One pass for both: in this discriminator no picture depends on the rest of the batch.
        real, fake = nets["discriminator"](torch.cat([pairs.real, pairs.fake])).float().chunk(2)
        return Step(losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()})

    def translator_loss(self, nets: Nets, batch: Batch) -> Step:
        """-log D of the pair and the L1 distance (equation 4), with `--projected` also the feature discriminator's verdict."""
        config = self.config
        real = self.pairs(batch)
        given, wanted = real.chunk(2, 1)
        made = nets[config.direction](given)
        distance = losses.reconstruction(wanted, made)
        if not config.gan:
            return Step(config.l1 * distance, {"loss/l1": distance})
        fake = torch.cat([given, made], 1)
        adversarial = losses.generator_non_saturating(nets["discriminator"](fake).float())
        loss = adversarial + config.l1 * distance
        scalars = {"loss/adversarial": adversarial, "loss/l1": distance}
        if not config.projected:
            return Step(loss, scalars, Pairs(real, fake.detach()))
        seen = shift_and_cut(made, batch.uniform(4))
        through_features, mixtures = projected.generator_loss(nets["projected"], seen)
        return Step(
            loss + config.projected * through_features,
            scalars | {"loss/projected_generator": through_features},
            Pairs(real, fake.detach(), mixtures),
        )

    def samples(self, model: Pix2Pix, data: Dataset) -> Tensor:
        """Held-out pictures, and below each what is made of it."""
        (direction,) = model.directions
        given, _ = self.ordered(data.test.images[:8], data.test.maps[:8], direction)
        return in_rows(4, to_float(given), translated(model, given, direction))

    def evaluate(self, model: Pix2Pix, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        """`kid_lite0` to the held-out pictures that were wanted, and `absolute_error`, of pixels in [0, 1].

        No Fréchet distance: a hundred pictures are too few for the covariance of 1280 features.
        """
        (direction,) = model.directions
        (given, wanted), (_, training) = (
            self.ordered(split.images, split.maps, direction) for split in (data.test, data.train)
        )
        made = translated(model, given[:n], direction)
        pixels = to_float(wanted[:n])
        average = scaled(to_float(training).mean(0, keepdim=True), pixels.shape[2:])
        error, error_of_average = ((each - pixels).abs().mean() / 2 for each in (made, average))
        return {
            **distance_to(made, wanted, training),
            "absolute_error": metric(error, error_of_average, card_texts("pix2pix")["reference"], len(made), "lower"),
        }

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])

    def card(self) -> CardText:
        texts, config = card_texts("pix2pix"), self.config
        change, teacher = texts["change"][config.direction], "discriminator" if config.gan else "l1"
        return CardText(
            task="translation",
            title=filled(texts["title"][teacher], change=change),
            summary=filled(texts["summary"], change=change, teacher=texts["teacher"][teacher]),
            limits=self.honest(texts["limits"]),
            directions=(config.direction,),
        )
