"""The judge: a small convolutional classifier that later measures what generators make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.judge import Judge
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_affine, random_colour, random_look, random_stretch
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.metrics import classifiers
from train.metrics.entries import metric
from train.metrics.sampling import in_batches
from train.variants.cards import card_texts, filled

STRETCH = 1.3
"""Largest factor by which the training pictures of robust judges are stretched."""
NOISE, PALER = 0.3, 0.7
"""Largest standard deviation of the noise added for robust judges, and largest share of the contrast removed."""
INVERTED = {"mnist": 0.0, "svhn": 0.5}
"""Share of the pictures inverted for robust judges: handwriting is always bright on dark, house numbers may be either."""


@register("judge")
class DigitJudge(Variant):
    """Convolutional classifier that measures generators."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """A classifier whose predictions and features later measure generators."""

        takes: ClassVar[Takes] = Takes(("mnist", "svhn"), "classes")
        dataset: tuple[str, ...] = ("mnist",)
        """The data set mnist or svhn, or a folder of your own pictures with a sub-folder for each class."""
        steps: int = 5_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 128
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 2e-3
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
        colour: float = 0.3
        """Largest random change of each channel's contrast and brightness, for colour images."""
        width: int = 24
        """Channels of the first convolution; the others have twice and four times as many."""
        depth: int = 1
        """Convolutions before each halving of the picture."""
        robust: float = 0.0
        """Strength, from 0 to 1, of dimming and noise on the training images; above 0 they are also stretched and blurred, so that the
        judge reads digits of other collections."""
        adversarial: float = 0.0
        """Largest adversarial change of a pixel in [0, 1] of the training images (arXiv:2001.03994); such a judge responds to strokes,
        not to faint patterns (arXiv:1906.09453)."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.depth < 1:
                raise TrainError(f"--depth must be at least 1, not {self.depth}.")
            if not 0 <= self.robust <= 1:
                raise TrainError(f"--robust must be from 0 to 1, not {self.robust}.")
            if not 0 <= self.adversarial < 0.5:
                raise TrainError(f"--adversarial must be at least 0 and below 0.5, not {self.adversarial}.")

    phases = (Phase("classifier", ("trunk", "head")),)
    averaged = ("trunk", "head")

    def build(self) -> Judge:
        channels, image_size, classes = self.shape
        return Judge(len(classes), image_size, channels, self.config.width, self.config.depth)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        config = self.config
        images = random_affine(batch.images, batch.uniform(4) * 2 - 1, config.rotation, config.shift, config.zoom)
        if (channels := images.shape[1]) > 1:
            images = random_colour(images, batch.uniform(2 * channels) * 2 - 1, config.colour)
        if config.robust:
            wide = random_stretch(images, batch.uniform() * 2 - 1, STRETCH)
            images = random_look(wide, batch.uniform(4), PALER * config.robust, INVERTED[config.data_name])
            images = images + NOISE * config.robust * batch.uniform(1, 1, 1) * batch.normal(*images.shape[1:])
        if config.adversarial:
            start = 2 * batch.uniform(*images.shape[1:]) - 1
            images = hardened(nets, images, batch.classes, 2 * config.adversarial, start)
        logits = read(nets, images)
        accuracy = (logits.argmax(1) == batch.classes).float().mean()
        return Step(F.cross_entropy(logits, batch.classes), {"accuracy/train": accuracy})

    def samples(self, model: Judge, data: Dataset) -> Tensor:
        return classifiers.least_sure(model.classify, data, model.device)

    def evaluate(self, model: Judge, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        images = to_float(data.test.images, model.device)
        read = in_batches(lambda x: model.classify(x).argmax(1), images).cpu()
        accuracy = (read == data.test.classes).float().mean()
        commonest = data.test.classes.bincount().max() / len(data.test)
        return {
            "test_accuracy": metric(
                accuracy,
                commonest,
                card_texts("judge")["reference"],
                len(data.test),
                "higher",
            )
        }

    def card(self) -> CardText:
        texts, config = card_texts("judge"), self.config
        kind = "hardened" if config.adversarial else "robust" if config.robust else "plain"
        return CardText(
            task="judge",
            title=filled(texts["title"][kind], dataset=config.data_name.upper()),
            summary=texts["summary"][kind],
            limits=texts["limits"],
            snapshots=False,
            labels=None,
        )


def read(nets: Nets, images: Tensor) -> Tensor:
    """Class logits N x classes of images N x C x H x W."""
    return nets["head"](nets["trunk"](images)).float()


def hardened(nets: Nets, images: Tensor, labels: Tensor, most: float, start: Tensor) -> Tensor:
    """Adversarial versions of `images`, N x C x H x W in [-1, 1], against their N `labels` (arXiv:2001.03994, algorithm 3).

    No pixel changes by more than `most`: one step along the sign of the gradient, from a random `start` of the images'
    shape in [-1, 1].
    """
    moved = (images + most * start).requires_grad_()
    (slope,) = torch.autograd.grad(F.cross_entropy(read(nets, moved), labels), moved)
    change = (most * start + 1.25 * most * slope.sign()).clamp(-most, most)
    return (images + change).clamp(-1, 1)
