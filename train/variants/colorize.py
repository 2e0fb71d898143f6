"""Colorization guided by hints (arXiv:1705.02999), with a patch discriminator (arXiv:1611.07004)."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo import lab
from models_zoo.colorize import Colorizer, paint, patch_means
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_flip
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.metrics import colour as colour_metrics
from train.metrics.colour import any_colours, colourfulness
from train.objectives import losses
from train.variants.cards import card_texts

MOST_HINTS = 32
"""The greatest number of hints for a photograph."""
LARGEST_HINT = 9
"""The greatest side of a hint, in pixels."""
INVENTED = 2
"""The greatest number of hints for a photograph that ask for colours other than its own."""
MOST_CHROMA = 80.0
"""The greatest chroma of an invented colour, in Lab's units."""
REACH, LIKENESS = 0.1, 0.4
"""How far an invented colour spreads: as a share of the side, and as a difference of scaled lightness, which sets objects apart."""
EMPHASIS = 4.0
"""Additional weight of the pixels that were asked to have another colour, because they are few."""
HUBER = 0.02
"""Error of a and b in [-1, 1] from which the loss grows linearly: with squares alone, uncertain colours turn brown."""


@dataclass(frozen=True)
class Lesson:
    """One step's photographs with their hints and targets.

    `grey`, `hints` and `mask` are the arguments of `Colorizer.colorize`; `target` N x 2 x H x W is a and b, `spread`
    N x 1 x H x W in [0, 1] how much of it was invented, and `plain` N x 1 x 1 x 1 whether nothing was.
    """

    grey: Tensor
    hints: Tensor
    mask: Tensor
    target: Tensor
    spread: Tensor
    plain: Tensor


@dataclass(frozen=True)
class Coloured:
    """What the discriminator compares, both N x 3 x H x W in scaled Lab: the targets, and the generator's pictures, detached."""

    real: Tensor
    fake: Tensor


@register("colorize")
class Colorization(Variant):
    """Colorization of grey photographs, with hints (Zhang et al. 2017) and a patch discriminator."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """Landscapes at 128 pixels; the larger --adversarial and --colourfulness, the livelier the colours without hints."""

        takes: ClassVar[Takes] = Takes(("landscapes",), "pictures")
        dataset: tuple[str, ...] = ("landscapes",)
        """The data set landscapes, or a folder of your own photographs."""
        steps: int = 30_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 8
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 3e-4
        """Adam's learning rate."""
        lr_discriminator: float | None = 1e-4
        """Adam's learning rate for the discriminator, if different (two time-scales, arXiv:1706.08500)."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 5_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 3_000
        """Steps between measurements; 0 switches them off."""
        eval_samples: int = 200
        """Number of photographs of those measurements."""
        widths: tuple[int, ...] = (32, 64, 128, 192)
        """Channels of the generator at 1/2, 1/4, ... of the side."""
        blocks: int = 3
        """Residual blocks at the coarsest scale."""
        discriminator_widths: tuple[int, ...] = (32, 64, 128)
        """Channels of the discriminator after each halving of the picture."""
        adversarial: float = 0.05
        """Weight of the adversarial loss relative to the error of a and b in [-1, 1]; 0 trains without a discriminator."""
        colourfulness: float = 1.0
        """Weight of the squared error of each picture's colourfulness, in hundreds."""
        automatic: float = 0.25
        """Share of the photographs that get no hint."""
        hints: float = 8.0
        """Mean number of hints of the others, from a geometric distribution clipped at 32."""
        revealed: float = 0.02
        """Share of the photographs of which every pixel's colour is given."""
        invented: float = 0.3
        """Share of the photographs for which one or two hints ask for a colour other than their own."""

        def __post_init__(self) -> None:
            # Each scale is half of the one before.
            object.__setattr__(self, "takes", dataclasses.replace(self.takes, multiple=2 ** len(self.widths)))
            super().__post_init__()
            if self.monochrome:
                raise TrainError("--monochrome leaves no colours to learn.")
            for name in ("automatic", "revealed", "invented"):
                if getattr(self, name) > 1:
                    raise TrainError(f"--{name} must be from 0 to 1, not {getattr(self, name)}.")
            if self.hints < 1:
                raise TrainError(f"--hints must be at least 1, not {self.hints}.")
            if len(self.widths) < 2:
                raise TrainError("--widths needs at least two values.")
            if self.blocks < 1:
                raise TrainError(f"--blocks must be at least 1, not {self.blocks}.")

    config: Config
    # No metric picks a best checkpoint, because none covers all aims: the last one is kept, with a decayed learning rate and
    # averaged weights.

    def __init__(self, config: Config):
        super().__init__(config)
        self.phases = (Phase("generator", ("generator",)),)
        if config.adversarial:
            self.phases += (Phase("discriminator", ("discriminator",)),)

    def build(self) -> Colorizer:
        config = self.config
        image_size = self.shape.side
        return Colorizer(image_size, list(config.widths), config.blocks, list(config.discriminator_widths))

    def lesson(self, batch: Batch) -> Lesson:
        """True and invented hints for the photographs of `batch`, with the targets that follow from them."""
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

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries `Coloured` to the discriminator's."""
        config, discriminator = self.config, nets["discriminator"]
        if phase == "discriminator":
            coloured: Coloured = batch.carried
            real, fake = (discriminator(each).float() for each in (coloured.real, coloured.fake))
            loss = losses.discriminator_least_squares(real, fake)
            return Step(loss, {"score/real": real.mean(), "score/fake": fake.mean()})
        lesson = self.lesson(batch)
        colours = nets["generator"](lesson.grey, lesson.hints, lesson.mask).float()
        errors = F.smooth_l1_loss(colours, lesson.target, reduction="none", beta=HUBER)
        error = (errors * (1 + EMPHASIS * lesson.spread)).mean()
        fake, real = (torch.cat([lesson.grey, each], 1) for each in (colours, lesson.target))
        lively, wanted = (colourfulness(lab.to_rgb(each).clamp(-1, 1)) for each in (fake, real))
        loss = error + config.colourfulness * ((lively - wanted) / 100).square().mean()
        scalars = {"error/ab": errors.mean(), "colourfulness": lively.mean(), "colourfulness/wanted": wanted.mean()}
        if not config.adversarial:
            return Step(loss, scalars)
        # No photograph has the invented colours, so the discriminator must not pull the generator away from them.
        judged = discriminator(torch.where(lesson.plain, fake, fake.detach())).float()
        verdict = losses.generator_least_squares(judged)
        scalars["loss/verdict"] = verdict
        return Step(loss + config.adversarial * verdict, scalars, carried=Coloured(real, fake.detach()))

    def visible(self, seen: Tensor) -> Tensor:
        return lab.to_rgb(seen)

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
        texts = card_texts("colorize")
        return CardText(task="colorization", **{name: texts[name] for name in ("title", "summary", "limits")})


def _geometric(dice: Tensor, mean: float) -> Tensor:
    """N integers of at least 1 with this mean, from N uniform numbers, by the inverse of the geometric distribution."""
    if mean == 1:
        return torch.ones_like(dice, dtype=torch.long)
    return 1 + (torch.log1p(-dice) / math.log1p(-1 / mean)).long()


def _spread(grey: Tensor, lightness: Tensor, rows: Tensor, columns: Tensor, sizes: Tensor, asks: Tensor) -> Tensor:
    """N x 1 x H x W in [0, 1]: the reach of each picture's invented hint, 1 at its square, 0 far away and in other objects.

    `grey` is N x 1 x H x W and `lightness` N x 1, scaled; the rest are N. The reach falls slowly at first, then fast.
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
