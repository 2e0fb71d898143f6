"""The judge: a small convolutional classifier that later measures what generators make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.judge import Judge
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_affine, random_colour, random_look, random_stretch
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.metrics import classifiers
from train.metrics.entries import metric
from train.metrics.sampling import in_batches

STRETCH = 1.3
"""How many times as wide for their height robust judges see pictures at most."""
NOISE, PALER = 0.3, 0.7
"""Standard deviation of the noise that they see at most, and the share of the contrast that pictures lose at most."""
INVERTED = {"mnist": 0.0, "svhn": 0.5}
"""Share of the pictures that they see inverted: handwriting is bright on dark, house numbers are either."""


@register("judge")
class DigitJudge(Variant):
    """Convolutional classifier with which generators are measured."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """A classifier that later measures generators: its accuracy, and what it sees, go on their cards."""

        dataset: Literal["mnist", "svhn"] = "mnist"
        """Dataset to train on."""
        steps: int = 5_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 128
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 2e-3
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
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
        """How much to dim and grain the training images, up to 1; above 0 they are stretched and blurred, too, so that digits of
        another collection can be read."""
        adversarial: float = 0.0
        """Largest change of a pixel from 0 to 1 by which training images are made hard to read (arXiv:2001.03994): such a judge is
        convinced by strokes only, not by faint patterns (arXiv:1906.09453)."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if not 0 <= self.robust <= 1:
                raise TrainError(f"--robust must be from 0 to 1, not {self.robust}.")
            if not 0 <= self.adversarial < 0.5:
                raise TrainError(f"--adversarial must be at least 0 and below 0.5, not {self.adversarial}.")

    phases = (Phase("classifier", ("trunk", "head")),)
    averaged = ("trunk", "head")

    def build(self) -> Judge:
        channels, image_size, classes = datasets.SHAPES[self.config.dataset]
        return Judge(len(classes), image_size, channels, self.config.width, self.config.depth)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config = self.config
        images = random_affine(batch.images, batch.uniform(4) * 2 - 1, config.rotation, config.shift, config.zoom)
        if (channels := images.shape[1]) > 1:
            images = random_colour(images, batch.uniform(2 * channels) * 2 - 1, config.colour)
        if config.robust:
            wide = random_stretch(images, batch.uniform() * 2 - 1, STRETCH)
            images = random_look(wide, batch.uniform(4), PALER * config.robust, INVERTED[config.dataset])
            images = images + NOISE * config.robust * batch.uniform(1, 1, 1) * batch.normal(*images.shape[1:])
        if config.adversarial:
            start = 2 * batch.uniform(*images.shape[1:]) - 1
            images = hardened(nets, images, batch.classes, 2 * config.adversarial, start)
        logits = read(nets, images)
        accuracy = (logits.argmax(1) == batch.classes).float().mean()
        return F.cross_entropy(logits, batch.classes), {"accuracy/train": accuracy}

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
                {"en": "always naming the commonest class", "ko": "가장 흔한 클래스만 답할 때"},
                len(data.test),
                "higher",
            )
        }

    def card(self) -> CardText:
        name, robust = self.config.dataset.upper(), self.config.robust > 0 or self.config.adversarial > 0
        guide = HARDENED if self.config.adversarial else ROBUST
        summary = {
            "en": "A small convolutional classifier that measures generators: it says which digit a picture "
            "shows and how surely, and its penultimate features carry the Fréchet distance.",
            "ko": "생성 모델을 재는 작은 합성곱 분류기입니다. 그림이 어떤 숫자인지, 얼마나 확신하는지 답하고, "
            "끝에서 두 번째 층의 특징으로 프레셰 거리를 계산합니다.",
        }
        return CardText(
            task="judge",
            title={"en": f"Robust judge of {name}", "ko": f"{name} 판정 모델, 변형에 강함"}
            if robust
            else {"en": f"Judge of {name}", "ko": f"{name} 판정 모델"},
            summary=guide if robust else summary,
            limits={
                "en": "It names a digit for any picture, also for one that shows none, and is often sure of it.",
                "ko": "숫자가 아닌 그림에도 숫자 하나를 답하며, 틀렸을 때도 확신하는 일이 잦습니다.",
            },
            snapshots=False,
            labels=None,
        )


def read(nets: Nets, images: Tensor) -> Tensor:
    """Class logits N x classes of images N x C x H x W."""
    return nets["head"](nets["trunk"](images)).float()


def hardened(nets: Nets, images: Tensor, labels: Tensor, most: float, start: Tensor) -> Tensor:
    """`images` in [-1, 1] with each pixel changed by at most `most` against their `labels`: one step of the gradient's signs
    from a random `start`, like `images` in [-1, 1] (arXiv:2001.03994, algorithm 3)."""
    moved = (images + most * start).requires_grad_()
    (slope,) = torch.autograd.grad(F.cross_entropy(read(nets, moved), labels), moved)
    change = (most * start + 1.25 * most * slope.sign()).clamp(-most, most)
    return (images + change).clamp(-1, 1)


ROBUST = {
    "en": "A small convolutional classifier of digits that was trained on stretched, blurred, dim and noisy ones, so "
    "that it reads those of another collection, too. The semantic loss of CycleGAN asks it; nothing is measured with it.",
    "ko": "늘이고, 흐리고, 어둡게 하고, 잡음을 섞은 숫자로 학습해 다른 모음의 숫자도 읽는 작은 합성곱 분류기입니다. "
    "CycleGAN의 의미 손실이 이 모델에 묻습니다. 측정에는 쓰지 않습니다.",
}
HARDENED = {
    "en": "A small convolutional classifier of digits that was trained on ones changed to mislead it, so that only clear "
    "strokes convince it. The semantic loss of CycleGAN asks it; nothing is measured with it.",
    "ko": "속이려고 바꾼 숫자로 학습해 뚜렷한 획만 믿는 작은 합성곱 분류기입니다. CycleGAN의 의미 손실이 이 모델에 묻습니다. "
    "측정에는 쓰지 않습니다.",
}
