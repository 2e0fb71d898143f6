"""cGAN: the class is an input of generator and discriminator (arXiv:1411.1784); and the base of all class-aware GANs."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from models_zoo.blocks import ClassConditionalModel
from models_zoo.cgan import CGAN
from models_zoo.checkpoint import ZooModel
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_affine
from train.data.dataset import Dataset
from train.errors import TrainError
from train.metrics import classifiers, judging
from train.objectives import losses
from train.variants.cards import Texts, card_texts, filled


@dataclass(frozen=True)
class Drawn:
    """Generated images, N x C x H x W in [-1, 1], and the N class ids they were asked for."""

    images: Tensor
    classes: Tensor


@dataclass(frozen=True)
class ClassConfig(CommonConfig):
    """Options of the class-conditional GANs."""

    takes: ClassVar[Takes] = Takes(("mnist",), "classes", multiple=4)
    dataset: tuple[str, ...] = ("mnist",)
    """The data set mnist, or a folder of your own pictures with a sub-folder for each class."""
    steps: int = 20_000
    """Length of the training, in optimisation steps."""
    batch_size: int = 64
    """Images per step over all processes together; each process takes an equal share."""
    lr: float = 1e-3
    """Adam's learning rate."""
    lr_decay: Literal["none", "linear"] = "linear"
    """Learning rate over the run; linear falls to zero over the second half."""
    ema_half_life: int = 20_000
    """Half-life of the running average of the weights, in images; 0 switches averaging off."""
    eval_every: int = 2_500
    """Steps between measurements that pick the best checkpoint; 0 switches them off."""
    latent_size: int = 64
    """Length of z."""
    width: int = 16
    """Channels of the generator's last hidden layer; its others are multiples of it."""
    discriminator_width: int = 16
    """Half the channels of the discriminator's first layer; its others are multiples of it."""
    augment: bool = False
    """Slightly shift, rotate and scale all images that the discriminator sees (arXiv:2006.10738); for small datasets; on by default for fewer than 5,000 pictures of your own."""
    r1: float = 0.2
    """Weight of the gradient penalty on real images (arXiv:1801.04406); 0 omits it."""
    r1_every: int = 16
    """Steps between gradient penalties; each is multiplied by this number (arXiv:1912.04958)."""


@dataclass(frozen=True)
class ClassifierConfig(ClassConfig):
    """Options of the GANs whose discriminator also predicts the class."""

    labels: int | None = None
    """Labelled images, equally many of every class and chosen by `--seed`; all unless given."""
    discriminator_width: int = 24
    """Half the channels of the discriminator's first layer; its others are multiples of it."""
    # The papers drop half; with that much, the discriminator is slow to notice flaws in generated strokes.
    dropout: float = 0.1
    """Dropout rate of the discriminator in training."""
    classifier_only: bool = False
    """Train the discriminator on labelled real images alone, without a generator, as a baseline for the GAN's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.dropout < 1:
            raise TrainError(f"--dropout must be at least 0 and below 1, not {self.dropout}.")


class ClassConditionalGAN(Variant[ClassConfig]):
    """Everything but the discriminator and the two losses, for the class-aware GANs."""

    def __init__(self, config: ClassConfig):
        super().__init__(config)
        self.channels, self.image_size, self.classes = self.shape
        self.best = judging.best(config)
        # The generator goes first, so that the discriminator can learn from the same images.
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
    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        """The discriminator's loss on the batch and on N generated images."""

    @abstractmethod
    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        """The generator's loss on its N images."""

    def seen(self, images: Tensor, batch: Batch, every: int = 1) -> Tensor:
        """`images`, one for each `every`-th image of the batch, augmented for the discriminator if the options say so."""
        if not self.config.augment:
            return images
        return random_affine(images, batch.uniform(4)[::every] * 2 - 1, rotation=10, shift=0.08, zoom=0.1)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries its images as `Drawn` to the discriminator's."""
        config, discriminator = self.config, nets["discriminator"]
        if phase == "r1":
            images = self.seen(batch.images, batch).clone().requires_grad_()
            penalty = losses.r1_penalty(self.source(discriminator, images, batch.classes).float(), images)
            return Step(config.r1 * config.r1_every * penalty)
        if phase == "generator":
            asked = batch.integers(len(self.classes))
            images = nets["generator"](batch.normal(config.latent_size), asked)
            result = self.generator_loss(discriminator, batch, Drawn(self.seen(images, batch), asked))
            return dataclasses.replace(result, carried=Drawn(images.detach(), asked))
        fake: Drawn = batch.carried
        images = self.seen(fake.images.to(batch.images.dtype), batch)
        return self.discriminator_loss(discriminator, batch, Drawn(images, fake.classes))

    def samples(self, model: ClassConditionalModel, data: Dataset) -> Tensor:
        """Ten rows; each shows one z drawn as every class."""
        classes = len(self.classes)
        z = model.latents(range(10)).repeat_interleave(classes, 0)
        return model.generate(z, torch.arange(classes, device=z.device).repeat(10))

    def evaluate(self, model: ClassConditionalModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return judging.evaluate_class_conditional(model, data, n, seed)


class ClassifyingGAN(ClassConditionalGAN):
    """Base of the GANs whose discriminator also predicts the class, and is therefore averaged and measured as well."""

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
        """The loss of a discriminator that only learns to classify."""

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        if phase == "classifier":
            return Step(self.classifier_loss(nets["discriminator"], batch))
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
        """The texts of the card of `gan`."""

    def classifier_card(self) -> CardText:
        """The texts of the card of `classifier`, whether or not a generator took part in its training."""
        texts, name = card_texts("classifier"), self.name.upper()
        return CardText(
            task="classifier",
            title=filled(texts["title"][self._origin], name=name),
            summary=filled(texts["summary"][self._origin], name=name),
            limits=texts["limits"],
            snapshots=False,
            reading=self.reading(),
            labels=self.config.labels,
        )

    def reading(self) -> Texts:
        """How the discriminator was trained to classify; models that say the same are averaged."""
        texts, labels = card_texts("classifier"), self.config.labels
        count = texts["labels"]["all"] if labels is None else filled(texts["labels"]["some"], count=labels)
        return filled(texts["reading"][self._origin], name=self.name.upper(), labels=count)

    @property
    def _origin(self) -> str:
        return "alone" if self.config.classifier_only else "of_gan"


@register("cgan")
class ConditionalGAN(ClassConditionalGAN):
    """cGAN (Mirza and Osindero 2014): generator and discriminator are told the class."""

    @dataclass(frozen=True)
    class Config(ClassConfig):
        """cGAN: is this picture real, and of this class?"""

        mismatched: float = 0.2
        """Weight of real images with a wrong class, which the discriminator learns to reject (arXiv:1605.05396)."""

    config: Config

    def build(self) -> CGAN:
        return CGAN(**self.sizes())

    def source(self, discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        return discriminator(images, labels)

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        images, classes = self.seen(batch.images, batch), len(self.classes)
        wrong = (batch.classes + 1 + batch.integers(classes - 1)) % classes
        # One pass for all: in this discriminator no image depends on the rest of the batch.
        logits = discriminator(
            torch.cat([images, fake.images, images]), torch.cat([batch.classes, fake.classes, wrong])
        )
        of_real, of_fake, mismatched = logits.float().chunk(3)
        loss = losses.discriminator_bce(of_real, of_fake) + self.config.mismatched * losses.refusal(mismatched)
        return Step(
            loss,
            {"score/real": of_real.mean(), "score/fake": of_fake.mean(), "score/mismatched": mismatched.mean()},
        )

    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        return Step(losses.generator_non_saturating(discriminator(fake.images, fake.classes).float()))

    def card(self) -> CardText:
        return CardText(task="class-conditional", **card_texts("cgan"), verdict="logits", labels=None)
