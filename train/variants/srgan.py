"""SRGAN: photographs enlarged, first for the least squared error, then so that they look like photographs (arXiv:1609.04802)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.srgan import SRGAN, enlarged, shrunk, whole
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.dataset import Dataset, to_float
from train.data.super_resolution import Photographs, random_crops
from train.errors import TrainError
from train.loop import history
from train.metrics import resolution as resolution_metrics
from train.objectives import losses

SHOWN = 4
"""Photographs on a sample sheet; with as many rows it is a square."""


@register("srgan")
class SuperResolutionGAN(Variant):
    """SRGAN (Ledig et al. 2017): enlarges photographs two or four times, by SRResNet first and then by a game."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """Stage mse trains SRResNet; stage adversarial goes on from it: --init-from srresnet-x4 --lr 1e-4 --steps 8000."""

        dataset: Literal["photographs"] = "photographs"
        """Dataset to train on."""
        scale: Literal[2, 4] = 4
        """How many times as wide and high photographs become."""
        stage: Literal["mse", "adversarial"] = "mse"
        """What is learned: the least squared error, which PSNR measures, or pictures that look like photographs."""
        steps: int = 16_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 16
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 5e-4
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 5_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        eval_samples: int = 200
        """Number of held-out photographs of those measurements."""
        crop: int = 96
        """Side of the crops that are trained on, in pixels of the large pictures."""
        width: int = 64
        """Channels of the generator."""
        blocks: int = 8
        """Residual blocks of the generator."""
        discriminator_widths: tuple[int, ...] = (48, 96, 192, 192)
        """Channels of the discriminator after each halving of the picture."""
        content: float = 1e-3
        """Weight of the content loss. With equal weights its slope at the picture is about ten times the discriminator's."""
        adversarial: float = 1e-3
        """Weight of the discriminator's opinion, as in the paper."""
        pixels: float = 1e-2
        """Weight of the mean absolute error in stage adversarial; it keeps colours where they are (arXiv:1809.00219)."""

        def __post_init__(self) -> None:
            super().__post_init__()
            side = datasets.SHAPES[self.dataset][1]
            if not 32 <= self.crop <= side or self.crop % self.scale:
                raise TrainError(f"--crop must be a multiple of {self.scale} from 32 to {side}, not {self.crop}.")
            if min(self.content, self.adversarial, self.pixels) < 0:
                raise TrainError("--content, --adversarial and --pixels cannot be negative.")

    def __init__(self, config: Config):
        super().__init__(config)
        self.phases = (Phase("generator", ("generator",)),)
        self.best = ("psnr_held_out", "higher")
        if config.stage == "adversarial":
            self.phases += (Phase("discriminator", ("discriminator",)),)
            self.best = ("perceptual_held_out", "lower")

    def build(self) -> SRGAN:
        config = self.config
        channels, image_size, _ = datasets.SHAPES[config.dataset]
        against = list(config.discriminator_widths) if config.stage == "adversarial" else []
        return SRGAN(
            config.scale, config.width, config.blocks, channels=channels, image_size=image_size,
            discriminator_widths=against,
        )  # fmt: skip

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config = self.config
        if phase == "discriminator":
            real = nets["discriminator"](batch.shared["original"]).float()
            fake = nets["discriminator"](batch.shared["made"]).float()
            return losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()}
        original = random_crops(batch.images, config.crop, batch.uniform(5))
        made = nets["generator"](shrunk(original, config.scale)).float()
        if config.stage == "mse":
            return F.mse_loss(made, original), {}
        batch.shared |= {"original": original, "made": made.detach()}
        content = resolution_metrics.perceptual_distance(made, original).mean()
        opinion = losses.generator_non_saturating(nets["discriminator"](made).float())
        pixels = F.l1_loss(made, original)
        loss = config.content * content + config.adversarial * opinion + config.pixels * pixels
        return loss, {"loss/content": content, "loss/adversarial": opinion, "loss/pixels": pixels}

    def samples(self, model: SRGAN, data: Dataset) -> Tensor:
        """Rows of the small picture, of bicubic interpolation, of the result, and of the original, of the same photographs each time."""
        chosen = torch.linspace(0, len(data.test) - 1, SHOWN).long()
        originals = whole(to_float(data.test.images[chosen], model.device), model.scale)
        small = shrunk(originals, model.scale)
        rows = (F.interpolate(small, scale_factor=model.scale), enlarged(small, model.scale), model.upscale(small))
        return torch.cat([*rows, originals])

    def evaluate(self, model: SRGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        benchmark = data.benchmark if isinstance(data, Photographs) else ()
        return resolution_metrics.evaluate(model, data.test.images, benchmark, n)

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        title = {"en": "How near the pictures come", "ko": "원본에 얼마나 가까워졌을까"}
        caption = {
            "en": "PSNR of held-out photographs, shrunk and enlarged again, measured on the way.",
            "ko": "학습에 쓰지 않은 사진을 줄였다가 다시 키워 학습 도중에 잰 PSNR입니다.",
        }
        label = {"en": "held-out photographs", "ko": "학습에 쓰지 않은 사진"}
        curve = history.over_steps(log, {"metric/psnr_held_out": label}, title, caption, {"en": "dB", "ko": "dB"})
        return {}, {"psnr": curve} if curve else {}

    def card(self) -> CardText:
        scale = self.config.scale
        if self.config.stage == "mse":
            return CardText(
                task="super-resolution",
                title={"en": f"SRResNet, x{scale}: few errors", "ko": f"SRResNet, {scale}배: 오차가 적은 그림"},
                summary={
                    "en": f"Makes photographs {scale} times as wide and high. It learned to be off by the least squared error, and so it "
                    "draws the mean of all pictures that might have been: sharper than bicubic interpolation, but smooth where "
                    "the small picture does not tell which texture was there.",
                    "ko": f"사진의 가로와 세로를 {scale}배로 키웁니다. 제곱 오차가 가장 작아지도록 배워서, 있을 법한 모든 그림의 평균을 "
                    "그립니다. 바이큐빅 보간보다 선명하지만, 작은 사진만으로는 알 수 없는 질감은 매끈하게 남습니다.",
                },
                limits=_LIMITS,
            )
        return CardText(
            task="super-resolution",
            title={"en": f"SRGAN, x{scale}: looks real", "ko": f"SRGAN, {scale}배: 진짜 같은 그림"},
            summary={
                "en": f"Makes photographs {scale} times as wide and high. Beside the content, compared in the features of EfficientNet-lite0, a "
                "discriminator asked for pictures that look like photographs: it draws texture where SRResNet stays smooth. The texture "
                "is made up, so PSNR falls.",
                "ko": f"사진의 가로와 세로를 {scale}배로 키웁니다. EfficientNet-lite0 특징으로 비교한 내용에 더해, 판별자가 진짜 사진처럼 보이는 "
                "그림을 요구했습니다. 그래서 SRResNet이 매끈하게 남기는 곳에도 질감을 그려 넣습니다. 지어낸 질감이라 PSNR은 낮아집니다.",
            },
            limits={
                "en": f"{_LIMITS['en']} The perceptual distance is taken in the features that the content loss was: read it with care.",
                "ko": f"{_LIMITS['ko']} 지각 거리는 내용 손실과 같은 특징으로 잰 값이므로 조심해서 읽으세요.",
            },
        )


_LIMITS = {
    "en": "It adds what is likely, not what was there: letters, faces and number plates do not become readable, and nothing that it "
    "draws is evidence. It knows sharp photographs that were shrunk; noise and JPEG blocks are enlarged as well.",
    "ko": "있었던 것이 아니라 있을 법한 것을 더합니다. 글자, 얼굴, 차량 번호판이 읽히게 되지는 않으며, 결과는 증거가 될 수 없습니다. "
    "선명한 사진을 줄인 것만 배웠기 때문에 잡음과 JPEG 블록도 함께 커집니다.",
}
