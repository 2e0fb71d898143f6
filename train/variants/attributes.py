"""The judge of faces: a small classifier of CelebA's attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.attributes import AttributeJudge
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_affine, random_colour
from train.data.dataset import Dataset, to_float
from train.metrics import classifiers
from train.metrics.sampling import in_batches


@register("attributes")
class FaceJudge(Variant):
    """Classifier of faces' attributes, with which generators of faces are measured and steered."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """A multi-label classifier of CelebA's 40 attributes."""

        dataset: Literal["celeba"] = "celeba"
        """Dataset to train on."""
        steps: int = 4_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 64
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 1e-3
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
        colour: float = 0.2
        """Largest random change of each channel's contrast and brightness."""
        width: int = 32
        """Channels of the first convolution; the others are multiples of it."""

    phases = (Phase("classifier", ("trunk", "head")),)
    averaged = ("trunk", "head")
    best = ("test_accuracy", "higher")

    def build(self) -> AttributeJudge:
        channels, image_size, _ = datasets.SHAPES[self.config.dataset]
        return AttributeJudge(len(datasets.ATTRIBUTES[self.config.dataset]), image_size, channels, self.config.width)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config = self.config
        images = torch.where(batch.uniform(1, 1, 1) < 0.5, batch.images.flip(3), batch.images)
        images = random_affine(images, batch.uniform(4) * 2 - 1, config.rotation, config.shift, config.zoom)
        images = random_colour(images, batch.uniform(2 * images.shape[1]) * 2 - 1, config.colour)
        logits, wanted = nets["head"](nets["trunk"](images)).float(), batch.attributes.float()
        accuracy = ((logits > 0) == (wanted > 0)).float().mean()
        return F.binary_cross_entropy_with_logits(logits, wanted), {"accuracy/train": accuracy}

    def samples(self, model: AttributeJudge, data: Dataset) -> Tensor:
        """The test faces with the least certain smile."""
        images = to_float(data.test.images, model.device)
        logits = in_batches(model.classify, images)[:, data.attributes.index("Smiling")]
        return images[logits.abs().argsort()[:64]]

    def evaluate(self, model: AttributeJudge, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return classifiers.evaluate_attributes(model.classify, data, model.device)

    def card(self) -> CardText:
        return CardText(
            task="judge",
            title={"en": "Judge of faces", "ko": "얼굴 판정 모델"},
            summary={
                "en": "A small convolutional classifier of 40 yes/no attributes of faces, such as glasses or a smile. It "
                "measures generators of faces and sorts what they draw.",
                "ko": "안경이나 웃음 같은 얼굴 속성 40가지를 예/아니오로 답하는 작은 합성곱 분류기입니다. "
                "얼굴 생성 모델을 재고 생성된 얼굴을 속성별로 나눕니다.",
            },
            limits={
                "en": "It repeats what CelebA's annotators said of celebrities, with their errors and prejudices: "
                "attributes such as 'attractive' are opinions, and 'male' is what somebody took a face for. It answers "
                "for any picture, also for one that shows no face. Not for judging people.",
                "ko": "유명인 사진에 CelebA 작업자가 단 답을 오류와 편견까지 그대로 따릅니다. ‘매력적인’ 같은 속성은 의견이고, "
                "‘남성’은 누군가 그렇게 본 것일 뿐입니다. 얼굴이 없는 그림에도 답합니다. 사람을 평가하는 용도가 아닙니다.",
            },
            snapshots=False,
            labels=None,
        )
