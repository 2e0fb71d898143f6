"""The judge of faces: a small classifier of the attributes of CelebA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.attributes import AttributeJudge
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data import datasets
from train.data.augment import random_affine, random_colour
from train.data.dataset import Dataset, to_float
from train.metrics import classifiers
from train.metrics.sampling import in_batches
from train.variants.cards import card_texts


@register("attributes")
class FaceJudge(Variant):
    """Classifier of facial attributes that measures and steers generators of faces."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """A multi-label classifier of CelebA's 40 attributes."""

        takes: ClassVar[Takes] = Takes(("celeba",))
        dataset: tuple[str, ...] = ("celeba",)
        """Dataset to train on."""
        steps: int = 4_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 64
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 1e-3
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        rotation: float = 10.0
        """Largest random rotation of the training images, in degrees."""
        shift: float = 0.08
        """Largest random shift of the training images, as a share of their side."""
        zoom: float = 0.1
        """Largest random change of scale of the training images."""
        colour: float = 0.2
        """Largest random change of each channel's contrast and brightness."""
        width: int = 32
        """Channels of the first convolution; the others are multiples of it."""

    phases = (Phase("classifier", ("trunk", "head")),)
    averaged = ("trunk", "head")
    best = ("test_accuracy", "higher")

    def build(self) -> AttributeJudge:
        channels, image_size = self.shape.channels, self.shape.side
        return AttributeJudge(len(datasets.ATTRIBUTES[self.config.data_name]), image_size, channels, self.config.width)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        config = self.config
        images = torch.where(batch.uniform(1, 1, 1) < 0.5, batch.images.flip(3), batch.images)
        images = random_affine(images, batch.uniform(4) * 2 - 1, config.rotation, config.shift, config.zoom)
        images = random_colour(images, batch.uniform(2 * images.shape[1]) * 2 - 1, config.colour)
        logits, wanted = nets["head"](nets["trunk"](images)).float(), batch.attributes.float()
        accuracy = ((logits > 0) == (wanted > 0)).float().mean()
        return Step(F.binary_cross_entropy_with_logits(logits, wanted), {"accuracy/train": accuracy})

    def samples(self, model: AttributeJudge, data: Dataset) -> Tensor:
        """The 64 test faces whose smile is least certain."""
        images = to_float(data.test.images, model.device)
        logits = in_batches(model.classify, images)[:, data.attributes.index("Smiling")]
        return images[logits.abs().argsort()[:64]]

    def evaluate(self, model: AttributeJudge, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return classifiers.evaluate_attributes(model.classify, data, model.device)

    def card(self) -> CardText:
        return CardText(task="judge", **card_texts("attributes"), snapshots=False, labels=None)
