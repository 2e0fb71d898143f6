"""GAN: the first one, with both of its generator losses (arXiv:1406.2661)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from models_zoo.gan import GAN
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.dataset import Dataset
from train.loop import history
from train.metrics import judging
from train.objectives import losses
from train.variants.cards import Texts, card_texts, filled


@dataclass(frozen=True)
class PerceptronConfig(CommonConfig):
    """Options of the GANs made of multilayer perceptrons."""

    preset: Literal["mlp", "lecture"] = "mlp"
    """Networks: mlp is 100-256-512-512-784 and 784-512-256-1, lecture is 100-128-784 and 784-128-1."""
    steps: int = 60_000
    """Length of the training, in optimisation steps."""
    batch_size: int = 64
    """Images per step over all processes together; each process takes an equal share."""
    lr_decay: Literal["none", "linear"] = "linear"
    """Learning rate over the run; linear falls to zero over the second half."""
    ema_half_life: int = 20_000
    """Half-life of the running average of the weights, in images; 0 switches averaging off."""
    eval_every: int = 10_000
    """Steps between measurements that pick the best checkpoint; 0 switches them off."""
    latent_size: int = 100
    """Length of z."""
    r1: float = 0.0
    """Weight of the gradient penalty on real images (arXiv:1801.04406); 0 omits it."""
    r1_every: int = 16
    """Steps between gradient penalties; each is multiplied by this number (arXiv:1912.04958)."""


class PerceptronGAN(Variant[PerceptronConfig]):
    """Everything but the two losses, for the GANs with the networks of `models_zoo.gan`."""

    verdict: ClassVar[str]

    def __init__(self, config: PerceptronConfig):
        super().__init__(config)
        self.best = judging.best(config)
        # The generator goes first, so that the discriminator can learn from the same images.
        self.phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))
        if config.r1:
            self.phases += (Phase("r1", ("discriminator",), every=config.r1_every),)

    def build(self) -> GAN:
        return GAN(self.config.preset, self.shape.side, self.shape.channels, self.config.latent_size)

    @abstractmethod
    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss from its N logits of real and of generated images."""

    @abstractmethod
    def generator_loss(self, fake: Tensor) -> Tensor:
        """The generator's loss from the N logits of its images."""

    @abstractmethod
    def name(self) -> Texts:
        """The objective's name on the card."""

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries its images, N x C x H x W, to the discriminator's."""
        discriminator = nets["discriminator"]
        if phase == "r1":
            images = batch.images.clone().requires_grad_()
            penalty = losses.r1_penalty(discriminator(images).float(), images)
            return Step(self.config.r1 * self.config.r1_every * penalty)
        if phase == "generator":
            fake = nets["generator"](batch.normal(self.config.latent_size))
            return Step(self.generator_loss(discriminator(fake).float()), carried=fake.detach())
        # One pass for both: in this discriminator no image depends on the rest of the batch.
        both = torch.cat([batch.images, batch.carried.to(batch.images.dtype)])
        real, fake = discriminator(both).float().chunk(2)
        return Step(self.discriminator_loss(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()})

    def samples(self, model: GAN, data: Dataset) -> Tensor:
        return model.generate(model.latents(range(64)))

    def evaluate(self, model: GAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return judging.evaluate_unconditional(model, data, n, seed)

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])

    def card(self) -> CardText:
        texts, preset = card_texts("gan"), self.config.preset
        return CardText(
            task="unconditional",
            title=filled(texts["title"][preset], name=self.name()),
            summary=filled(texts["summary"][preset], name=self.name()),
            limits=texts["limits"],
            verdict=self.verdict,
        )


@register("gan")
class OriginalGAN(PerceptronGAN):
    """GAN (Goodfellow et al. 2014), minimax or non-saturating."""

    @dataclass(frozen=True)
    class Config(PerceptronConfig):
        """GAN on digits, with a choice of two generator losses."""

        loss: Literal["non-saturating", "minimax"] = "non-saturating"
        """The generator's loss: -log D(G(z)) (non-saturating) or log(1 - D(G(z))) (minimax)."""

    verdict = "logits"

    def name(self) -> Texts:
        return card_texts("gan")["name"][self.config.loss]

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return losses.discriminator_bce(real, fake)

    def generator_loss(self, fake: Tensor) -> Tensor:
        if self.config.loss == "minimax":
            return losses.generator_minimax(fake)
        return losses.generator_non_saturating(fake)
