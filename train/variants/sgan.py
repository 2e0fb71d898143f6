"""SGAN: semi-supervised, with fake as one more class (arXiv:1606.01583, arXiv:1606.03498)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models_zoo.sgan import SGAN, SGANClassifier
from train.contract import Batch, CardText, Step, register
from train.data.augment import random_affine
from train.data.dataset import Dataset, Split, labelled_subset, to_float
from train.objectives import losses
from train.variants.cards import card_texts, filled
from train.variants.cgan import ClassifierConfig, ClassifyingGAN, Drawn

SURE = 0.8
"""Least probability with which a prediction serves as a label; the paper's 0.95, for photographs, is slower here and no better."""


@register("sgan")
class SemiSupervisedGAN(ClassifyingGAN):
    """SGAN (Odena 2016, Salimans et al. 2016): a class for every digit and one for fake, from few labels."""

    @dataclass(frozen=True)
    class Config(ClassifierConfig):
        """SGAN: trained on a few labelled images, on all others without their labels, and on generated ones."""

        labels: int = 100
        """Number of labelled images, the same for every class and chosen by `--seed`; the others are unlabelled."""
        r1: float = 0.0
        """Weight of the gradient penalty on real images (arXiv:1801.04406); 0 omits it."""
        # Salimans et al. train the generator by feature matching alone, which ignores the digit asked for.
        # In addition to -log p(asked digit) and self-labelling it did not help: with a weight of 0.1 the test
        # error after 2,500 steps was 3.5 %, without it 2.8 %.
        feature_matching: float = 0.0
        """Weight of feature matching in the generator's loss."""
        # Not in the papers, whose 300 epochs take too long on a CPU. 0 trains as they did.
        self_labels: float = 1.0
        """Weight of confident predictions for unlabelled images as targets for their augmented copies (arXiv:2001.07685)."""
        # Salimans et al. give it a weight of one half. A discriminator with more of the game classifies digits worse.
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
        """`images`, one for each `every`-th image of the batch, rotated, shifted and scaled so that each stays the same digit."""
        return random_affine(images, batch.uniform(4)[::every] * 2 - 1, rotation=18, shift=0.1, zoom=0.18)

    def draw_labelled(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Augmented labelled images, half as many as the batch has, and their classes."""
        device = batch.images.device
        # There are few of them, and self-labelled images help as well: more would only cost time.
        index = batch.integers(len(self.labelled)).cpu()[::2]
        images = to_float(self.labelled.images[index], device)
        return self.changed(images, batch, every=2), self.labelled.classes[index].to(device)

    def classifier_loss(self, discriminator: nn.Module, batch: Batch) -> Tensor:
        labelled, labels = self.draw_labelled(batch)
        return losses.supervised(discriminator(labelled).float(), labels)

    def discriminator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        labelled, labels = self.draw_labelled(batch)
        images = [labelled, fake.images, self.seen(batch.images, batch)]
        if self.config.self_labels:
            images.append(self.changed(batch.images, batch))
        # One pass for all: in this discriminator no image depends on the rest of the batch.
        logits = discriminator(torch.cat(images)).float()
        of_labelled, of_fake, of_real, *of_changed = logits.split([len(part) for part in images])
        loss = losses.supervised(of_labelled, labels) + self.config.game * losses.unsupervised(of_real, of_fake)
        if of_changed:
            # Without noise and dropout, which would make predictions less sure and more often wrong.
            discriminator.eval()
            with torch.no_grad():
                plain = discriminator(batch.images).float()[:, :-1]
            discriminator.train()
            loss = loss + self.config.self_labels * losses.self_labelling(plain, of_changed[0][:, :-1], SURE)
        scalars = {
            "score/real": losses.log_odds_real(of_real).mean(),
            "score/fake": losses.log_odds_real(of_fake).mean(),
            # The hidden labels are only used for the log, never in the loss.
            "accuracy/unlabelled": (of_real[:, :-1].argmax(1) == batch.classes).float().mean(),
        }
        return Step(loss, scalars)

    def generator_loss(self, discriminator: nn.Module, batch: Batch, fake: Drawn) -> Step:
        features = discriminator.features(fake.images)
        loss = losses.generator_class(discriminator.head(features).float(), fake.classes)
        if self.config.feature_matching:
            with torch.no_grad():
                real = discriminator.features(self.seen(batch.images, batch))
            loss = loss + self.config.feature_matching * losses.feature_matching(real.float(), features.float())
        return Step(loss)

    def gan_card(self) -> CardText:
        texts, labels = card_texts("sgan"), self.config.labels
        return CardText(
            task="class-conditional",
            title=filled(texts["title"], labels=labels),
            summary=filled(texts["summary"], labels=labels),
            limits=texts["limits"],
            verdict="logits",
            reading=self.reading(),
            labels=labels,
        )
