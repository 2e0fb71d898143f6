"""SRGAN: enlarges photographs, trained for the least squared error first and then to look like photographs (arXiv:1609.04802)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.srgan import SRGAN, enlarged, shrunk, whole
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data import datasets
from train.data.dataset import Dataset, to_float
from train.data.super_resolution import Photographs, random_crops
from train.errors import TrainError
from train.loop import history
from train.metrics import resolution as resolution_metrics
from train.objectives import losses
from train.variants.cards import card_texts, filled

SHOWN = 4
"""Photographs on a sample sheet; with as many rows it is a square."""


@dataclass(frozen=True)
class Enlarged:
    """Crops N x C x S x S in [-1, 1], and what the generator makes of them after they were shrunk, detached."""

    original: Tensor
    made: Tensor


LEAST_CROP = 32
"""Pixels; smaller crops show too little of what is to be enlarged."""


@register("srgan")
class SuperResolutionGAN(Variant):
    """SRGAN (Ledig et al. 2017): enlarges photographs two or four times; SRResNet is its first stage."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """Stage mse trains SRResNet; stage adversarial starts from it: --init-from srresnet-x4 --blocks 16 --lr 1e-4 --steps 8000."""

        takes: ClassVar[Takes] = Takes(("photographs",), "pictures")
        dataset: tuple[str, ...] = ("photographs",)
        """The data set photographs, or a folder of your own."""
        scale: Literal[2, 4] = 4
        """Factor by which width and height grow."""
        stage: Literal["mse", "adversarial"] = "mse"
        """Objective: mse is the least squared error, which PSNR measures; adversarial makes pictures look like photographs."""
        steps: int = 16_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 16
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 5e-4
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 5_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 200
        """Number of held-out photographs of those measurements."""
        crop: int = 96
        """Side of the training crops, in pixels of the large pictures; the default is at most `--size`."""
        width: int = 64
        """Channels of the generator."""
        blocks: int = 8
        """Residual blocks of the generator."""
        discriminator_widths: tuple[int, ...] = (48, 96, 192, 192)
        """Channels of the discriminator after each halving of the picture."""
        content: float = 1e-3
        """Weight of the content loss. With equal weights, its gradient at the picture is about ten times the discriminator's."""
        adversarial: float = 1e-3
        """Weight of the adversarial loss; the default is the paper's."""
        pixels: float = 1e-2
        """Weight of the mean absolute error in stage adversarial, which keeps colours from drifting (arXiv:1809.00219)."""

        def __post_init__(self) -> None:
            super().__post_init__()
            side = self.size or datasets.SHAPES["photographs"].side
            if side < LEAST_CROP:
                raise TrainError(f"--size must be at least {LEAST_CROP} here, not {side}.")
            if self.crop == type(self).crop and self.crop > side:
                object.__setattr__(self, "crop", side - side % self.scale)
            if not LEAST_CROP <= self.crop <= side or self.crop % self.scale:
                raise TrainError(
                    f"--crop must be a multiple of {self.scale} from {LEAST_CROP} to {side}, not {self.crop}."
                )

    def __init__(self, config: Config):
        super().__init__(config)
        self.phases = (Phase("generator", ("generator",)),)
        self.best = ("psnr_held_out", "higher")
        if config.stage == "adversarial":
            self.phases += (Phase("discriminator", ("discriminator",)),)
            self.best = ("perceptual_held_out", "lower")

    def build(self) -> SRGAN:
        config = self.config
        channels, image_size = self.shape.channels, self.shape.side
        against = list(config.discriminator_widths) if config.stage == "adversarial" else []
        return SRGAN(
            config.scale, config.width, config.blocks, channels=channels, image_size=image_size,
            discriminator_widths=against,
        )  # fmt: skip

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """In stage adversarial, the generator's phase carries `Enlarged` to the discriminator's."""
        if phase == "discriminator":
            pair: Enlarged = batch.carried
            real, fake = (nets["discriminator"](each).float() for each in (pair.original, pair.made))
            return Step(losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()})
        config = self.config
        original = random_crops(batch.images, config.crop, batch.uniform(5))
        made = nets["generator"](shrunk(original, config.scale)).float()
        if config.stage == "mse":
            return Step(F.mse_loss(made, original))
        content = resolution_metrics.perceptual_distance(made, original).mean()
        adversarial = losses.generator_non_saturating(nets["discriminator"](made).float())
        pixels = F.l1_loss(made, original)
        return Step(
            config.content * content + config.adversarial * adversarial + config.pixels * pixels,
            {"loss/content": content, "loss/adversarial": adversarial, "loss/pixels": pixels},
            carried=Enlarged(original, made.detach()),
        )

    def samples(self, model: SRGAN, data: Dataset) -> Tensor:
        """Rows of small pictures, bicubic interpolations, results and originals, of the same photographs each time."""
        chosen = torch.linspace(0, len(data.test) - 1, SHOWN).long()
        originals = whole(to_float(data.test.images[chosen], model.device), model.scale)
        small = shrunk(originals, model.scale)
        rows = (F.interpolate(small, scale_factor=model.scale), enlarged(small, model.scale), model.upscale(small))
        return torch.cat([*rows, originals])

    def evaluate(self, model: SRGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        benchmark = data.benchmark if isinstance(data, Photographs) else ()
        return resolution_metrics.evaluate(model, data.test.images, benchmark, n)

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        texts = card_texts("srgan")["psnr"]
        series = {"metric/psnr_held_out": texts["held_out"]}
        curve = history.over_steps(log, series, texts["title"], texts["caption"], texts["axis"])
        return {}, {"psnr": curve} if curve else {}

    def card(self) -> CardText:
        texts, stage, scale = card_texts("srgan"), self.config.stage, self.config.scale
        return CardText(
            task="super-resolution",
            title=filled(texts["title"][stage], scale=scale),
            summary=filled(texts["summary"][stage], scale=scale),
            limits=filled(texts["limits"][stage], both=texts["limits"]["both"]),
        )
