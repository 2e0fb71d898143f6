"""ACGAN: the discriminator names source and class, and generated images count for both (arXiv:1610.09585)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.acgan import ACGAN, ACGANClassifier
from train.contract import Batch, CardText, register
from train.data.dataset import Dataset, with_labels
from train.objectives import losses
from train.variants.cgan import ClassifierConfig, ClassifyingGAN, Loss


@register("acgan")
class AuxiliaryClassifierGAN(ClassifyingGAN):
    """ACGAN (Odena et al. 2017): a discriminator with two heads, real or fake and class."""

    @dataclass(frozen=True)
    class Config(ClassifierConfig):
        """ACGAN: loss = source term + class term, over real and generated images."""

        dataset: Literal["mnist", "svhn"] = "mnist"
        """Dataset to train on."""
        # The whole weight makes a generator avoid what is hard to name, such as a 7 that is nearly a 1.
        class_weight: float = 1.0
        """Weight of the class term in the generator's loss; the paper has 1."""
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

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        # One pass for both: nothing in this discriminator depends on what else is in the batch.
        both = discriminator(torch.cat([self.seen(batch.images, batch), fake]))
        (source, fake_source), (classes, fake_classes) = (logits.float().chunk(2) for logits in both)
        accuracy = (classes.argmax(1) == batch.classes).float().mean()
        loss = losses.discriminator_bce(source, fake_source)
        loss = loss + losses.class_term(classes, batch.classes, fake_classes, asked)
        return loss, {"score/real": source.mean(), "score/fake": fake_source.mean(), "accuracy/real": accuracy}

    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        source, classes = (logits.float() for logits in discriminator(fake))
        accuracy = (classes.argmax(1) == asked).float().mean()
        class_term = self.config.class_weight * F.cross_entropy(classes, asked)
        return losses.generator_non_saturating(source) + class_term, {"accuracy/fake": accuracy}

    def gan_card(self) -> CardText:
        name = self.config.dataset.upper()
        return CardText(
            task="class-conditional",
            title={"en": f"ACGAN of {name}", "ko": f"ACGAN ({name})"},
            summary={
                "en": "Draws the digit that it is asked for. Its discriminator is not told the class but names it: "
                "one head says real or fake, the other which digit, and generated images count for both.",
                "ko": "요청한 숫자를 그립니다. 판별자는 클래스를 전달받지 않고 스스로 맞힙니다. 한쪽 출력은 진짜인지 가짜인지, "
                "다른 쪽은 어떤 숫자인지 답하고, 생성된 그림도 두 손실에 모두 들어갑니다.",
            },
            limits={
                "en": "It prefers digits that are easy to name, so that odd ones are rare. Its class head names a digit "
                "for any picture. Not for reading or forging handwriting or house numbers.",
                "ko": "알아보기 쉬운 숫자를 주로 그려 특이한 모양은 드뭅니다. 클래스 출력은 어떤 그림에도 숫자 하나를 답합니다. "
                "필적이나 집 번호를 읽거나 흉내 내는 용도가 아닙니다.",
            },
            verdict="logits",
            reading=self.reading(),
            labels=self.config.labels,
        )
