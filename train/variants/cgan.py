"""cGAN: the class goes into generator and discriminator (arXiv:1411.1784); and what class-aware GANs share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from models_zoo.blocks import ClassConditionalModel
from models_zoo.cgan import CGAN
from models_zoo.checkpoint import ZooModel
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_affine
from train.data.dataset import Dataset
from train.errors import TrainError
from train.metrics import classifiers, judging
from train.objectives import losses

Loss = tuple[Tensor, dict[str, Tensor]]


@dataclass(frozen=True)
class ClassConfig(CommonConfig):
    """Options of the GANs that draw the class they are asked for."""

    steps: int = 20_000
    """Length of the training, in steps of the whole batch."""
    batch_size: int = 64
    """Images per step over all processes together; each process takes an equal share."""
    lr: float = 1e-3
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
    """Channels of the generator's last hidden layer; its others are multiples of it."""
    discriminator_width: int = 16
    """Half the channels of the discriminator's first layer; its others are multiples of it."""
    augment: bool = False
    """Shift, turn and scale a little all that the discriminator sees (arXiv:2006.10738); for small datasets."""
    r1: float = 0.2
    """Weight of the gradient penalty at real images (arXiv:1801.04406); 0 leaves it out."""
    r1_every: int = 16
    """Steps between gradient penalties, each weighted as much more (arXiv:1912.04958)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("latent_size", "width", "discriminator_width", "r1_every"):
            if getattr(self, name) < 1:
                raise TrainError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(self, name)}.")


@dataclass(frozen=True)
class ClassifierConfig(ClassConfig):
    """Options of those whose discriminator also names the class."""

    labels: int | None = None
    """Labelled images, equally many of every class and chosen by `--seed`; all unless given."""
    discriminator_width: int = 24
    """Half the channels of the discriminator's first layer; its others are multiples of it."""
    # The papers drop half; with so much the discriminator is slow to see what generated strokes lack.
    dropout: float = 0.1
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
        # The generator goes first, so that the discriminator can learn from the very images it was judged by.
        self.phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))
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
            "discriminator_width": self.config.discriminator_width,
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

    def seen(self, images: Tensor, batch: Batch, every: int = 1) -> Tensor:
        """`images`, one for every `every`-th of the batch, as the discriminator sees them."""
        if not self.config.augment:
            return images
        return random_affine(images, batch.uniform(4)[::every] * 2 - 1, rotation=10, shift=0.08, zoom=0.1)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Loss:
        config, discriminator = self.config, nets["discriminator"]
        if phase == "r1":
            images = self.seen(batch.images, batch).clone().requires_grad_()
            penalty = losses.r1_penalty(self.source(discriminator, images, batch.classes).float(), images)
            return config.r1 * config.r1_every * penalty, {}
        if phase == "generator":
            asked = batch.integers(len(self.classes))
            fake = nets["generator"](batch.normal(config.latent_size), asked)
            batch.shared |= {"fake": fake.detach(), "asked": asked}
            return self.generator_loss(discriminator, batch, self.seen(fake, batch), asked)
        fake = batch.shared["fake"].to(batch.images.dtype)
        return self.discriminator_loss(discriminator, batch, self.seen(fake, batch), batch.shared["asked"])

    def samples(self, model: ClassConditionalModel, data: Dataset) -> Tensor:
        """Ten rows, each one z drawn as every class."""
        classes = len(self.classes)
        z = model.latents(range(10)).repeat_interleave(classes, 0)
        return model.generate(z, torch.arange(classes, device=z.device).repeat(10))

    def evaluate(self, model: ClassConditionalModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return judging.evaluate_class_conditional(model, data, n, seed)


class ClassifyingGAN(ClassConditionalGAN):
    """What those share whose discriminator also names the class, so that it is averaged and measured too."""

    config: ClassifierConfig
    name: ClassVar[str]
    averaged = ("generator", "discriminator")

    def __init__(self, config: ClassifierConfig):
        super().__init__(config)
        if config.classifier_only:
            self.phases, self.best = (Phase("classifier", ("discriminator",)),), None

    @abstractmethod
    def gan(self) -> ClassConditionalModel:
        """Both networks."""

    @abstractmethod
    def classifier(self) -> ZooModel:
        """The discriminator without a generator."""

    def build(self) -> ZooModel:
        return self.classifier() if self.config.classifier_only else self.gan()

    @abstractmethod
    def classifier_loss(self, discriminator: nn.Module, batch: Batch) -> Tensor:
        """The loss of a discriminator that learns to name classes and nothing else."""

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Loss:
        if phase == "classifier":
            return self.classifier_loss(nets["discriminator"], batch), {}
        return super().loss(phase, nets, batch)

    def samples(self, model: ZooModel, data: Dataset) -> Tensor:
        if isinstance(model, ClassConditionalModel):
            return super().samples(model, data)
        return classifiers.least_sure(model.classify, data, model.device)

    def evaluate(self, model: ZooModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        found = super().evaluate(model, data, n, seed) if isinstance(model, ClassConditionalModel) else {}
        found |= classifiers.evaluate_classifier(model.classify, data, model.device)
        return found | classifiers.evaluate_draws(model, data)

    def curves(self, model: ZooModel, data: Dataset) -> dict[str, dict[str, Any]]:
        return classifiers.error_under_noise(model, data) if isinstance(model, ClassConditionalModel) else {}

    def card(self) -> CardText:
        return self.classifier_card() if self.config.classifier_only else self.gan_card()

    @abstractmethod
    def gan_card(self) -> CardText:
        """The words of the card of `gan`."""

    def classifier_card(self) -> CardText:
        """The words of the card of `classifier`, whether or not a generator took part in its training."""
        name, alone = self.name.upper(), self.config.classifier_only
        return CardText(
            task="classifier",
            title={
                "en": f"Plain classifier, {name}'s network" if alone else f"Discriminator of an {name}",
                "ko": f"{name} 판별자 구조의 일반 분류기" if alone else f"{name}의 판별자",
            },
            summary={
                "en": f"The discriminator of {name}, trained on labelled images and nothing else: what the GAN's "
                "reading is compared with."
                if alone
                else f"The discriminator of one more {name}, trained like the bundled one from other labelled images, "
                "so that its test error can be averaged over several draws.",
                "ko": f"{name}의 판별자를 레이블 있는 이미지만으로 학습한 것입니다. GAN의 분류 성능과 비교하는 기준입니다."
                if alone
                else f"다른 레이블로 같은 방법으로 학습한 {name}의 판별자입니다. 여러 번 뽑아 오류율을 평균하는 데 씁니다.",
            },
            limits={
                "en": "It names a digit for any picture, also for one that shows none.",
                "ko": "숫자가 아닌 그림에도 숫자 하나를 답합니다.",
            },
            snapshots=False,
            reading=self.reading(),
            labels=self.config.labels,
        )

    def reading(self) -> dict[str, str]:
        """How the discriminator came to name classes: models of which this is the same are averaged."""
        name, labels = self.name.upper(), self.config.labels
        count = {"en": "all labels" if labels is None else f"{labels:,} labels", "ko": "모든 레이블"}
        if labels is not None:
            count["ko"] = f"레이블 {labels:,}개"
        if self.config.classifier_only:
            return {
                "en": f"plain classifier, {count['en']}",
                "ko": f"일반 분류기, {count['ko']}",
            }
        return {language: f"{name}, {text}" for language, text in count.items()}


@register("cgan")
class ConditionalGAN(ClassConditionalGAN):
    """cGAN (Mirza and Osindero 2014): generator and discriminator are told the class."""

    @dataclass(frozen=True)
    class Config(ClassConfig):
        """cGAN: is this picture real, and of this class?"""

        mismatched: float = 0.2
        """Weight of real images with a wrong class among what the discriminator learns to refuse (arXiv:1605.05396)."""

    config: Config

    def build(self) -> CGAN:
        return CGAN(**self.sizes())

    def source(self, discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        return discriminator(images, labels)

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        images, classes = self.seen(batch.images, batch), len(self.classes)
        wrong = (batch.classes + 1 + batch.integers(classes - 1)) % classes
        # One pass for all: nothing in this discriminator depends on what else is in the batch.
        logits = discriminator(torch.cat([images, fake, images]), torch.cat([batch.classes, asked, wrong]))
        real, fake, mismatched = logits.float().chunk(3)
        loss = losses.discriminator_bce(real, fake) + self.config.mismatched * losses.refusal(mismatched)
        return loss, {"score/real": real.mean(), "score/fake": fake.mean(), "score/mismatched": mismatched.mean()}

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
            labels=None,
        )
