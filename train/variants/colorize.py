"""Colorization that listens to hints (arXiv:1705.02999), with a discriminator of patches (arXiv:1611.07004)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo import lab
from models_zoo.colorize import Colorizer, paint, patch_means
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_flip
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.metrics import colour as colour_metrics
from train.metrics.colour import any_colours, colourfulness
from train.objectives import losses

MOST_HINTS = 32
LARGEST_HINT = 9
"""Pixels of a hint's side at most."""
INVENTED = 2
"""Hints of other colours that one photograph gets at most."""
MOST_CHROMA = 80.0
REACH, LIKENESS = 0.1, 0.4
"""How far an invented colour spreads: as a share of the side, and in scaled lightness, beyond which another thing begins."""
EMPHASIS = 4.0
"""How much more the pixels that were asked to have another colour count: they are few."""
HUBER = 0.02
"""Error, of a and b in [-1, 1], from which the loss grows no faster: squares alone would answer every doubt with brown."""


@dataclass(frozen=True)
class Lesson:
    """One step's photographs with their hints, and what they are to become.

    `grey`, `hints` and `mask` are the arguments of `Colorizer.colorize`; `target` N x 2 x H x W is a and b, `spread`
    N x 1 x H x W in [0, 1] how much of it was invented, and `plain` N x 1 x 1 x 1 whether nothing was.
    """

    grey: Tensor
    hints: Tensor
    mask: Tensor
    target: Tensor
    spread: Tensor
    plain: Tensor


@register("colorize")
class Colorization(Variant):
    """Colorization of grey photographs, with hints (Zhang et al. 2017) and a discriminator of patches."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """Landscapes at 128 pixels; the larger the first two weights, the livelier colours without hints."""

        dataset: Literal["landscapes"] = "landscapes"
        """Dataset to train on."""
        steps: int = 30_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 8
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 3e-4
        """Adam's learning rate."""
        lr_discriminator: float | None = 1e-4
        """Adam's learning rate for the discriminator, if another (two time-scales, arXiv:1706.08500)."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 5_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        eval_every: int = 3_000
        """Steps between measurements; 0 measures never."""
        eval_samples: int = 200
        """Number of photographs of those measurements."""
        widths: tuple[int, ...] = (32, 64, 128, 192)
        """Channels of the generator at a half, a quarter ... of the side."""
        blocks: int = 3
        """Residual blocks at the coarsest scale."""
        discriminator_widths: tuple[int, ...] = (32, 64, 128)
        """Channels of the discriminator after each halving of the picture."""
        adversarial: float = 0.05
        """Weight of the discriminator's verdict beside the error of a and b in [-1, 1]; 0 leaves the game out."""
        colourfulness: float = 1.0
        """Weight of the squared error of each picture's colourfulness, in hundreds."""
        automatic: float = 0.25
        """Share of the photographs that get no hint."""
        hints: float = 8.0
        """Mean number of hints of the others, drawn from a geometric distribution cut off at 32."""
        revealed: float = 0.02
        """Share of the photographs whose every colour is given."""
        invented: float = 0.3
        """Share of the photographs of whose hints one or two ask for a colour that is not theirs."""

        def __post_init__(self) -> None:
            super().__post_init__()
            for name in ("adversarial", "colourfulness"):
                if not getattr(self, name) >= 0:
                    raise TrainError(f"--{name} cannot be negative: {getattr(self, name)}.")
            for name in ("automatic", "revealed", "invented"):
                if not 0 <= getattr(self, name) <= 1:
                    raise TrainError(f"--{name} is a share from 0 to 1, not {getattr(self, name)}.")
            if not self.hints >= 1:
                raise TrainError(f"--hints must be at least 1, not {self.hints}.")
            if len(self.widths) < 2 or min(self.widths) < 1 or self.blocks < 1:
                raise TrainError("--widths takes two numbers or more, and they and --blocks must be at least 1.")

    config: Config
    # No measure of a single aim picks a best checkpoint: with a decaying rate and averaged weights, the last one is it.

    def __init__(self, config: Config):
        super().__init__(config)
        self.phases = (Phase("generator", ("generator",)),)
        if config.adversarial:
            self.phases += (Phase("discriminator", ("discriminator",)),)

    def build(self) -> Colorizer:
        config = self.config
        _, image_size, _ = datasets.SHAPES[config.dataset]
        return Colorizer(image_size, list(config.widths), config.blocks, list(config.discriminator_widths))

    def lesson(self, batch: Batch) -> Lesson:
        """Hints for the photographs of `batch`, true and invented ones, and what is to come of them."""
        config, n = self.config, len(batch.images)
        photographs = lab.from_rgb(random_flip(batch.images, batch.uniform(1, 1, 1)))
        grey, truth = photographs[:, :1], photographs[:, 1:]
        height, width = truth.shape[2:]
        kind = batch.uniform(3)
        count = _geometric(batch.uniform(), config.hints).clamp(max=MOST_HINTS) * (kind[:, 0] >= config.automatic)
        dice = batch.uniform(3, MOST_HINTS)
        rows, columns = ((dice[:, axis] * side).long() for axis, side in enumerate((height, width)))
        sizes = 1 + (dice[:, 2] * LARGEST_HINT).long()
        sizes = sizes * (torch.arange(MOST_HINTS, device=sizes.device) < count[:, None])
        colours = patch_means(truth, rows, columns, sizes)

        asks = (kind[:, 1] < config.invented)[:, None] & (sizes[:, :INVENTED] > 0)
        hue, chroma, second = batch.uniform(3, INVENTED).unbind(1)
        asks = torch.stack([asks[:, 0], asks[:, 1] & (second[:, 1] < 0.5)], 1)
        lightness = patch_means(grey, rows[:, :INVENTED], columns[:, :INVENTED], sizes[:, :INVENTED])
        others = any_colours(lightness, hue, MOST_CHROMA * chroma)
        colours = torch.cat([torch.where(asks[..., None], others, colours[:, :INVENTED]), colours[:, INVENTED:]], 1)

        target, spread = truth, torch.zeros_like(grey)
        for place in range(INVENTED):
            around = _spread(grey, lightness[:, place], *(each[:, place] for each in (rows, columns, sizes, asks)))
            target = target.lerp(colours[:, place, :, None, None], around)
            spread = torch.maximum(spread, around)
        plain = ~asks.any(1)
        hints, mask = paint(rows, columns, sizes, colours, height, width)
        revealed = ((kind[:, 2] < config.revealed) & plain & (count > 0)).view(n, 1, 1, 1)
        hints, mask = torch.where(revealed, truth, hints), torch.where(revealed, torch.ones_like(mask), mask)
        return Lesson(grey, hints, mask, target, spread, plain.view(n, 1, 1, 1))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config, discriminator = self.config, nets["discriminator"]
        if phase == "discriminator":
            # In two passes, as elsewhere: real and generated pictures must not share statistics.
            real, fake = (discriminator(batch.shared[name]).float() for name in ("real", "fake"))
            return losses.discriminator_least_squares(real, fake), {
                "score/real": real.mean(),
                "score/fake": fake.mean(),
            }
        lesson = self.lesson(batch)
        colours = nets["generator"](lesson.grey, lesson.hints, lesson.mask).float()
        errors = F.smooth_l1_loss(colours, lesson.target, reduction="none", beta=HUBER)
        error = (errors * (1 + EMPHASIS * lesson.spread)).mean()
        pictures = torch.cat([lesson.grey, colours], 1)
        asked = torch.cat([lesson.grey, lesson.target], 1)
        lively, wanted = (colourfulness(lab.to_rgb(each).clamp(-1, 1)) for each in (pictures, asked))
        loss = error + config.colourfulness * ((lively - wanted) / 100).square().mean()
        told = {"error/ab": errors.mean(), "colourfulness": lively.mean(), "colourfulness/wanted": wanted.mean()}
        if config.adversarial:
            batch.shared |= {"fake": pictures.detach(), "real": torch.cat([lesson.grey, lesson.target], 1)}
            # A colour that no photograph has there was asked for: the discriminator is not to talk the generator out of it.
            verdict = losses.generator_least_squares(
                discriminator(torch.where(lesson.plain, pictures, pictures.detach())).float()
            )
            loss = loss + config.adversarial * verdict
            told["loss/verdict"] = verdict
        return loss, told

    def samples(self, model: Colorizer, data: Dataset) -> Tensor:
        """Four test photographs: grey, without hints, and with 5 and 20 hints."""
        chosen = torch.linspace(0, len(data.test) - 1, 6).long()[1:-1]
        truth = lab.from_rgb(to_float(data.test.images[chosen]))
        generator = torch.Generator().manual_seed(0)
        rows, columns = (torch.randint(truth.shape[axis], (4, 20), generator=generator) for axis in (2, 3))
        grey = lab.to_rgb(torch.cat([truth[:, :1], torch.zeros_like(truth[:, 1:])], 1))
        results = [colour_metrics.with_true_hints(model, truth, rows[:, :k], columns[:, :k]) for k in (0, 5, 20)]
        return torch.cat([grey, *results])

    def evaluate(self, model: Colorizer, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return colour_metrics.evaluate(model, data, n, seed)

    def card(self) -> CardText:
        return CardText(
            task="colorization",
            title={"en": "Colorization of landscapes, with hints", "ko": "풍경 사진 채색, 색 힌트"},
            summary={
                "en": "Gives grey photographs colour. It sees how light each pixel is and answers with a colour, so the picture's "
                "lightness stays exactly as it was. Dabs of colour guide it: each is carried on to what belongs together. In "
                "the samples: grey, without hints, with 5 and with 20 colours of the original.",
                "ko": "흑백 사진에 색을 입힙니다. 픽셀의 밝기를 보고 색만 답하므로 밝기는 원본 그대로입니다. 색을 점찍어 주면 그 색이 "
                "같은 대상 전체로 퍼집니다. 표본은 위에서부터 흑백, 힌트 없음, 원본의 색 5곳과 20곳을 알려 준 결과입니다.",
            },
            limits={
                "en": "Learned from landscapes and townscapes at 128 pixels. Without hints it guesses what is common: grass is "
                "green, skies are blue. People, rooms and things close by come out dull or blotchy. Its colours say nothing of "
                "what an old photograph really looked like.",
                "ko": "128픽셀 풍경과 거리 사진으로 배웠습니다. 힌트가 없으면 풀은 초록, 하늘은 파랑처럼 흔한 색으로 짐작합니다. 사람, 실내, "
                "가까운 사물은 색이 탁하거나 얼룩집니다. 옛 사진의 실제 색이 무엇이었는지는 알려 주지 못합니다.",
            },
        )


def _geometric(dice: Tensor, mean: float) -> Tensor:
    """N whole numbers from 1 on with this mean, from N uniform ones (by the inverse of the geometric distribution)."""
    if mean == 1:
        return torch.ones_like(dice, dtype=torch.long)
    return 1 + (torch.log1p(-dice) / math.log1p(-1 / mean)).long()


def _spread(grey: Tensor, lightness: Tensor, rows: Tensor, columns: Tensor, sizes: Tensor, asks: Tensor) -> Tensor:
    """N x 1 x H x W: how far each picture's invented hint is to reach, 1 at its square, 0 far off and in other things.

    `grey` is N x 1 x H x W and `lightness` N x 1, scaled; the rest N. It falls off slowly at first, then fast.
    """
    height, width = grey.shape[2:]
    half = (sizes / 2)[:, None]
    down, across = (
        (torch.arange(side, device=grey.device) - place[:, None]).abs().sub(half).clamp(min=0) / (REACH * height)
        for side, place in ((height, rows), (width, columns))
    )
    unlike = (grey - lightness[..., None, None]) / LIKENESS
    distance = down.square()[:, None, :, None] + across.square()[:, None, None, :] + unlike.square()
    return (-distance.square()).exp() * asks.view(-1, 1, 1, 1)
