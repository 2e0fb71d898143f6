"""cGAN: the class goes into generator and discriminator (arXiv:1411.1784); and what class-aware GANs share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from models_zoo.blocks import ClassConditionalModel
from models_zoo.cgan import CGAN
from train import data as datasets
from train import losses, metrics
from train.augment import random_affine
from train.config import CommonConfig
from train.data import Dataset
from train.errors import TrainError
from train.variants import Batch, CardText, Nets, Phase, Variant, register

Loss = tuple[Tensor, dict[str, Tensor]]


@dataclass(frozen=True)
class ClassConfig(CommonConfig):
    """Options of the GANs that draw the class they are asked for."""

    steps: int = 20_000
    """Length of the training, in steps of the whole batch."""
    batch_size: int = 64
    """Images per step over all processes together; each process takes an equal share."""
    lr: float = 4e-4
    """Adam's learning rate."""
    lr_decay: Literal["none", "linear"] = "linear"
    """Learning rate over the run; linear falls to zero over the second half."""
    ema_half_life: int = 20_000
    """Half-life of the weights' running average, in images; 0 switches the average off."""
    eval_every: int = 2_500
    """Steps between measurements that pick the best checkpoint; 0 measures never."""
    latent_size: int = 64
    """Length of z."""
    width: int = 16
    """Channels of the generator's last hidden layer; all others are multiples of it."""
    augment: bool = False
    """Shift, turn and scale a little all that the discriminator sees (arXiv:2006.10738); for small datasets."""
    r1: float = 1.0
    """Weight of the gradient penalty at real images (arXiv:1801.04406); 0 leaves it out."""
    r1_every: int = 16
    """Steps between gradient penalties, each weighted as much more (arXiv:1912.04958)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("latent_size", "width", "r1_every"):
            if getattr(self, name) < 1:
                raise TrainError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(self, name)}.")


@dataclass(frozen=True)
class ClassifierConfig(ClassConfig):
    """Options of those whose discriminator also names the class."""

    dropout: float = 0.3
    """Share of the discriminator's activations that are dropped in training."""
    classifier_only: bool = False
    """Train the discriminator on labelled real images alone, without a generator: what the GAN's is compared with."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.dropout < 1:
            raise TrainError(f"--dropout must be at least 0 and below 1, not {self.dropout}.")


class ClassConditionalGAN(Variant[ClassConfig]):
    """What the class-aware GANs share: all but the discriminator and the two losses."""

    best = ("frechet_judge", "lower")

    def __init__(self, config: ClassConfig):
        super().__init__(config)
        self.channels, self.image_size, self.classes = datasets.SHAPES[config.dataset]
        self.phases = (Phase("discriminator", ("discriminator",)), Phase("generator", ("generator",)))
        if config.r1:
            self.phases += (Phase("r1", ("discriminator",), every=config.r1_every),)

    def sizes(self) -> dict[str, int]:
        """The arguments that all networks of `models_zoo.blocks.ClassConditionalModel` take."""
        return {
            "classes": len(self.classes),
            "image_size": self.image_size,
            "channels": self.channels,
            "latent_size": self.config.latent_size,
            "width": self.config.width,
        }

    @abstractmethod
    def source(self, discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        """The discriminator's N logits of being real, for R1."""

    @abstractmethod
    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        """The discriminator's loss; `fake` are N generated images of the classes `asked`."""

    @abstractmethod
    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        """The generator's loss; `fake` are its N images of the classes `asked`."""

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images` as the discriminator sees them."""
        if not self.config.augment:
            return images
        return random_affine(images, batch.uniform(4) * 2 - 1, rotation=10, shift=0.08, zoom=0.1)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Loss:
        config, discriminator = self.config, nets["discriminator"]
        if phase == "r1":
            images = self.seen(batch.images, batch).clone().requires_grad_()
            penalty = losses.r1_penalty(self.source(discriminator, images, batch.labels).float(), images)
            return config.r1 * config.r1_every * penalty, {}
        asked = batch.integers(len(self.classes))
        fake = self.seen(nets["generator"](batch.normal(config.latent_size), asked), batch)
        if phase == "generator":
            return self.generator_loss(discriminator, batch, fake, asked)
        return self.discriminator_loss(discriminator, batch, fake.detach(), asked)

    def samples(self, model: ClassConditionalModel, data: Dataset) -> Tensor:
        """Ten rows, each one z drawn as every class."""
        classes = len(self.classes)
        z = model.latents(range(10)).repeat_interleave(classes, 0)
        return model.generate(z, torch.arange(classes, device=z.device).repeat(10))

    def evaluate(self, model: ClassConditionalModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return metrics.evaluate_class_conditional(model, data, n, seed)


class ClassifyingGAN(ClassConditionalGAN):
    """What those share whose discriminator also names the class, so that it is averaged and measured too."""

    config: ClassifierConfig
    averaged = ("generator", "discriminator")

    def __init__(self, config: ClassifierConfig):
        super().__init__(config)
        if config.classifier_only:
            self.phases, self.best = (Phase("classifier", ("discriminator",)),), None

    @abstractmethod
    def classifier_loss(self, discriminator: nn.Module, batch: Batch) -> Tensor:
        """The loss of a discriminator that learns to name classes and nothing else."""

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Loss:
        if phase == "classifier":
            return self.classifier_loss(nets["discriminator"], batch), {}
        return super().loss(phase, nets, batch)

    def evaluate(self, model: ClassConditionalModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        found = {} if self.config.classifier_only else super().evaluate(model, data, n, seed)
        return found | metrics.evaluate_classifier(model.classify, data, model.device)


@register("cgan")
class ConditionalGAN(ClassConditionalGAN):
    """cGAN (Mirza and Osindero 2014): generator and discriminator are told the class."""

    Config = ClassConfig

    def build(self) -> CGAN:
        return CGAN(**self.sizes())

    def source(self, discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        return discriminator(images, labels)

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        real = discriminator(self.seen(batch.images, batch), batch.labels).float()
        fake = discriminator(fake, asked).float()
        return losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()}

    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        return losses.generator_non_saturating(discriminator(fake, asked).float()), {}

    def card(self) -> CardText:
        return CardText(
            task="class-conditional",
            title={"en": "cGAN of digits", "ko": "cGAN (조건부 GAN), 숫자"},
            summary={
                "en": "Draws the handwritten digit that it is asked for: the class enters the generator beside z, "
                "and the discriminator beside the picture, so that a fine 3 is no good where a 5 was asked.",
                "ko": "요청한 손글씨 숫자를 그립니다. 클래스를 생성자에는 z와 함께, 판별자에는 그림과 함께 넣으므로, "
                "5를 요청했는데 잘 그린 3이 나오면 판별자가 가짜로 봅니다.",
            },
            limits={
                "en": "The discriminator judges only a picture with its class and cannot name one. Some strokes break "
                "off or blur. Not for reading or forging handwriting.",
                "ko": "판별자는 그림과 클래스의 짝만 판정하고 숫자를 읽지는 못합니다. 획이 끊기거나 흐릿한 그림도 있습니다. "
                "필적을 읽거나 흉내 내는 용도가 아닙니다.",
            },
            verdict="logits",
        )
