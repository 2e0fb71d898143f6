"""ACGAN: the discriminator predicts source and class, of generated images as well (arXiv:1610.09585)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.acgan import ACGAN, ACGANClassifier
from train.config import Takes
from train.contract import Batch, CardText, Step, register
from train.data.dataset import Dataset, with_labels
from train.objectives import losses
from train.variants.cards import card_texts, filled
from train.variants.cgan import ClassifierConfig, ClassifyingGAN, Drawn


@register("acgan")
class AuxiliaryClassifierGAN(ClassifyingGAN):
    """ACGAN (Odena et al. 2017): a discriminator with two heads, real or fake and class."""

    @dataclass(frozen=True)
    class Config(ClassifierConfig):
        """ACGAN: loss = source term + class term, over real and generated images."""

        takes: ClassVar[Takes] = Takes(("mnist", "svhn"), "classes", multiple=4)
        dataset: tuple[str, ...] = ("mnist",)
        """The data set mnist or svhn, or a folder of your own pictures with a sub-folder for each class."""
        # With the full weight a generator avoids digits that are hard to classify, such as a 7 that is nearly a 1.
        class_weight: float = 1.0
        """Weight of the class term in the generator's loss; 1 in the paper."""
        labels: int | None = None
        """Train on only this many images, equally many of every class and chosen by `--seed`; all unless given."""

    name = "acgan"

    def prepare(self, data: Dataset) -> Dataset:
        return data if self.config.labels is None else with_labels(data, self.config.labels, self.config.seed)

    def gan(self) -> ACGAN:
        return ACGAN(**self.sizes(), dropout=self.config.dropout)

    def classifier(self) -> ACGANClassifier:
        config = self.config
        return ACGANClassifier(
            len(self.classes), self.image_size, self.channels,
            discriminator_width=config.discriminator_width, dropout=config.dropout,
        )  # fmt: skip

    def source(self, discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        return discriminator(images)[0]

    def classifier_loss(self, discriminator: nn.Module, batch: Batch) -> Tensor:
        return F.cross_entropy(discriminator(self.seen(batch.images, batch))[1].float(), batch.classes)

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        # One pass for both: in this discriminator no image depends on the rest of the batch.
        both = discriminator(torch.cat([self.seen(batch.images, batch), fake.images]))
        (source, fake_source), (classes, fake_classes) = (logits.float().chunk(2) for logits in both)
        accuracy = (classes.argmax(1) == batch.classes).float().mean()
        loss = losses.discriminator_bce(source, fake_source)
        loss = loss + losses.class_term(classes, batch.classes, fake_classes, fake.classes)
        scalars = {"score/real": source.mean(), "score/fake": fake_source.mean(), "accuracy/real": accuracy}
        return Step(loss, scalars)

    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        source, classes = (logits.float() for logits in discriminator(fake.images))
        accuracy = (classes.argmax(1) == fake.classes).float().mean()
        class_term = self.config.class_weight * F.cross_entropy(classes, fake.classes)
        return Step(losses.generator_non_saturating(source) + class_term, {"accuracy/fake": accuracy})

    def gan_card(self) -> CardText:
        texts = card_texts("acgan")
        return CardText(
            task="class-conditional",
            title=filled(texts["title"], dataset=self.config.data_name.upper()),
            summary=texts["summary"],
            limits=texts["limits"],
            verdict="logits",
            reading=self.reading(),
            labels=self.config.labels,
        )
