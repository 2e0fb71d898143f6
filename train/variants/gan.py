"""GAN: the first one, with both of its generator losses (arXiv:1406.2661)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from models_zoo.gan import GAN
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data.dataset import Dataset
from train.loop import history
from train.metrics import judging
from train.objectives import losses

TINY = {"en": ", the lecture's tiny nets", "ko": ", 강의의 작은 망"}


@dataclass(frozen=True)
class PerceptronConfig(CommonConfig):
    """Options of the GANs made of multilayer perceptrons."""

    preset: Literal["mlp", "lecture"] = "mlp"
    """Networks: mlp is 100-256-512-512-784 and 784-512-256-1, lecture is 100-128-784 and 784-128-1."""
    steps: int = 60_000
    """Length of the training, in steps of the whole batch."""
    batch_size: int = 64
    """Images per step over all processes together; each process takes an equal share."""
    lr_decay: Literal["none", "linear"] = "linear"
    """Learning rate over the run; linear falls to zero over the second half."""
    ema_half_life: int = 20_000
    """Half-life of the weights' running average, in images; 0 switches the average off."""
    eval_every: int = 10_000
    """Steps between measurements that pick the best checkpoint; 0 measures never."""
    latent_size: int = 100
    """Length of z."""
    r1: float = 0.0
    """Weight of the gradient penalty at real images (arXiv:1801.04406); 0 leaves it out."""
    r1_every: int = 16
    """Steps between gradient penalties, each weighted as much more (arXiv:1912.04958)."""


class PerceptronGAN(Variant[PerceptronConfig]):
    """What the GANs on `models_zoo.gan`'s networks share: all but the two losses."""

    best = ("frechet_judge", "lower")
    verdict: ClassVar[str]

    def __init__(self, config: PerceptronConfig):
        super().__init__(config)
        # The generator goes first, so that the discriminator can learn from the very images it was judged by.
        self.phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))
        if config.r1:
            self.phases += (Phase("r1", ("discriminator",), every=config.r1_every),)

    def build(self) -> GAN:
        return GAN(self.config.preset, latent_size=self.config.latent_size)

    @abstractmethod
    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss from its N logits of real and of generated images."""

    @abstractmethod
    def generator_loss(self, fake: Tensor) -> Tensor:
        """The generator's loss from the N logits of its images."""

    @abstractmethod
    def name(self) -> dict[str, str]:
        """The objective's name on the card, by language."""

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        discriminator = nets["discriminator"]
        if phase == "r1":
            images = batch.images.clone().requires_grad_()
            penalty = losses.r1_penalty(discriminator(images).float(), images)
            return self.config.r1 * self.config.r1_every * penalty, {}
        if phase == "generator":
            fake = nets["generator"](batch.normal(self.config.latent_size))
            batch.shared["fake"] = fake.detach()
            return self.generator_loss(discriminator(fake).float()), {}
        # One pass for both: nothing in this discriminator depends on what else is in the batch.
        both = torch.cat([batch.images, batch.shared["fake"].to(batch.images.dtype)])
        real, fake = discriminator(both).float().chunk(2)
        return self.discriminator_loss(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()}

    def samples(self, model: GAN, data: Dataset) -> Tensor:
        return model.generate(model.latents(range(64)))

    def evaluate(self, model: GAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return judging.evaluate_unconditional(model, data, n, seed)

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])

    def card(self) -> CardText:
        tiny = self.config.preset == "lecture"
        nets = {
            "en": "the lecture's perceptrons, 100-128-784 and 784-128-1" if tiny else "two multilayer perceptrons",
            "ko": "강의에 나온 작은 퍼셉트론(100-128-784와 784-128-1)이" if tiny else "다층 퍼셉트론 두 개가",
        }
        return CardText(
            task="unconditional",
            title={language: name + TINY[language] * tiny for language, name in self.name().items()},
            summary={
                "en": f"{self.name()['en']} on handwritten digits: {nets['en']}, without convolutions and without "
                "labels, which learned from nothing but their game against each other.",
                "ko": f"손글씨 숫자로 학습한 {self.name()['ko']} 모델입니다. {nets['ko']} 합성곱도 레이블도 없이 "
                "서로 겨루며 배웠습니다.",
            },
            limits={
                "en": "Some samples are no digit, and edges are rough: a perceptron does not know that pixels have "
                "neighbours. One cannot ask for a digit. Not for reading or forging handwriting.",
                "ko": "숫자가 아닌 그림도 나오고 획의 가장자리가 거칩니다. 퍼셉트론은 픽셀의 이웃 관계를 모르기 때문입니다. "
                "원하는 숫자를 고를 수 없습니다. 필적을 읽거나 흉내 내는 용도가 아닙니다.",
            },
            verdict=self.verdict,
        )


@register("gan")
class OriginalGAN(PerceptronGAN):
    """GAN (Goodfellow et al. 2014), minimax or non-saturating."""

    @dataclass(frozen=True)
    class Config(PerceptronConfig):
        """GAN on digits, with the lecture's two generator objectives."""

        loss: Literal["non-saturating", "minimax"] = "non-saturating"
        """What the generator minimises: -log D(G(z)), or the game's own log(1 - D(G(z)))."""

    verdict = "logits"

    def name(self) -> dict[str, str]:
        if self.config.loss == "minimax":
            return {"en": "GAN, minimax", "ko": "GAN (미니맥스 손실)"}
        return {"en": "GAN, non-saturating", "ko": "GAN (비포화 손실)"}

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return losses.discriminator_bce(real, fake)

    def generator_loss(self, fake: Tensor) -> Tensor:
        if self.config.loss == "minimax":
            return losses.generator_minimax(fake)
        return losses.generator_non_saturating(fake)
