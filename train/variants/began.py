"""BEGAN: an auto-encoder as discriminator, kept in equilibrium with the generator (arXiv:1703.10717)."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar, Literal

import torch
from scipy.stats import spearmanr
from torch import Tensor

from models_zoo.began import BEGAN
from train.config import POWERS_OF_TWO, CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_flip
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import history
from train.loop.distributed import mean_over_processes
from train.metrics import photographs
from train.metrics.entries import metric
from train.objectives import losses
from train.variants.cards import card_texts, filled


@register("began")
class BoundaryEquilibriumGAN(Variant):
    """BEGAN (Berthelot et al. 2017): an auto-encoder as discriminator, in equilibrium with the generator."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """BEGAN at 64 pixels: the discriminator learns to reconstruct real images well and generated ones badly."""

        takes: ClassVar[Takes] = Takes(("celeba",), "pictures", sides=POWERS_OF_TWO)
        dataset: tuple[str, ...] = ("celeba",)
        """The data set celeba, or a folder of your own pictures."""
        steps: int = 20_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 16
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 3e-4
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        # The paper halves it whenever M_global stalls; a fixed schedule needs no criterion for that.
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 500
        """Number of samples of those measurements."""
        latent_size: int = 64
        """Length of z."""
        hidden_size: int = 64
        """Length of the auto-encoder's latent h."""
        width: int = 32
        """Channels of the generator and the decoder, and of the encoder's first scale."""
        gamma: float = 0.7
        """Target ratio of the error of generated images to that of real ones; higher values give more diversity."""
        # In a short trial k settled near 0.16, which takes thousands of steps at the paper's 0.001.
        lambda_k: float = 1e-2
        """Step size of k, the weight of generated images in the discriminator's loss."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if not 0 <= self.gamma <= 1:
                raise TrainError(f"--gamma must be from 0 to 1, not {self.gamma}.")
            if not self.lambda_k > 0:
                raise TrainError(f"--lambda-k must be above 0, not {self.lambda_k}.")

    config: Config
    best = ("kid_lite0", "lower")
    # Its discriminator reconstructs; a small loss means balance.
    is_adversarial = False
    # Both, because the page also shows reconstructions of the auto-encoder.
    averaged = ("generator", "discriminator")
    # Both phases see the discriminator as it was before the step, because it learns last: as in the paper, which
    # updates both networks and k at once.
    phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))

    def __init__(self, config: Config):
        super().__init__(config)
        self.state.scalars["k"] = 0.0

    def build(self) -> BEGAN:
        config = self.config
        channels, image_size = self.shape.channels, self.shape.side
        return BEGAN(image_size, channels, config.latent_size, config.hidden_size, config.width)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries its images, N x C x H x W, to the discriminator's."""
        config, discriminator = self.config, nets["discriminator"]
        if phase == "generator":
            fake = nets["generator"](batch.normal(config.latent_size))
            return Step(losses.reconstruction(fake, discriminator(fake)), carried=fake.detach())
        images = random_flip(batch.images, batch.uniform(1, 1, 1))
        fakes = batch.carried.to(images.dtype)
        # One pass for both: in this discriminator no image depends on the rest of the batch.
        of_images, of_fakes = discriminator(torch.cat([images, fakes])).chunk(2)
        real, fake = losses.reconstruction(images, of_images), losses.reconstruction(fakes, of_fakes)
        k = self.state.scalars["k"]
        return Step(losses.discriminator_equilibrium(real, fake, k), self.balance(real, fake))

    def balance(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Update k from this step's reconstruction errors; returns the scalars for the log.

        The errors are averaged over all processes, so that k is the same in each.
        """
        config, scalars = self.config, self.state.scalars
        real, fake = mean_over_processes(torch.stack([real, fake]))
        scalars["k"] = losses.equilibrium_control(scalars["k"], real.item(), fake.item(), config.gamma, config.lambda_k)
        return {
            "error/real": real,
            "error/fake": fake,
            "k": real.new_tensor(scalars["k"]),
            "m_global": losses.global_convergence(real, fake, config.gamma),
        }

    def samples(self, model: BEGAN, data: Dataset) -> Tensor:
        return model.generate(model.latents(range(64)))

    def evaluate(self, model: BEGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return photographs.evaluate_unconditional(model, data, n, seed)

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        """The errors and k over the run, and how well M_global ranks the checkpoints by quality.

        The latter is the rank correlation of M_global and `kid_lite0`; it needs at least three measurements.
        """
        measured = _measurements(log)
        curves = _balance(log, self.config.gamma)
        if len(measured) < 3:
            return {}, curves
        texts = card_texts("began")
        steps, m_global, distances = zip(*measured, strict=True)
        correlation = metric(
            spearmanr(m_global, distances).statistic,
            spearmanr([-step for step in steps], distances).statistic,
            texts["correlation"]["reference"],
            len(steps),
            "higher",
        )
        quality = texts["quality"]
        curve = {
            "title": quality["title"],
            "caption": quality["caption"],
            "x": {"label": history.STEPS, "values": list(steps)},
            "y": {"label": quality["axis"]},
            "series": [
                {"label": quality["m_global"], "values": [round(m, 5) for m in m_global]},
                {"label": quality["distance"], "values": list(distances)},
            ],
            "n": min(self.config.eval_samples, len(data.test)),
        }
        return {"rank_correlation/M_global": correlation}, {"m_global": curve} | curves

    def card(self) -> CardText:
        texts = card_texts("began")
        return CardText(task="unconditional", **{name: texts[name] for name in ("title", "summary", "limits")})


def _balance(log: list[dict[str, Any]], gamma: float) -> dict[str, dict[str, Any]]:
    """The curves of both errors with M_global, and of k; without those for which the log has too few values."""
    texts = card_texts("began")
    errors, balance = texts["errors"], texts["balance"]
    curves = {
        "errors": history.over_steps(
            log,
            {"m_global": errors["m_global"], "error/real": errors["real"], "error/fake": errors["fake"]},
            errors["title"],
            filled(errors["caption"], gamma=gamma),
            errors["axis"],
        ),
        "k": history.over_steps(log, {"k": balance["axis"]}, balance["title"], balance["caption"], balance["axis"]),
    }
    return {name: curve for name, curve in curves.items() if curve}


def _measurements(log: list[dict[str, Any]]) -> list[tuple[int, float, float]]:
    """For every measurement in a run's log: step, mean M_global since the previous measurement, and `kid_lite0`."""
    found, since = [], []
    for line in log:
        if "m_global" in line:
            since.append(line["m_global"])
        elif "metric/kid_lite0" in line and since:
            found.append((line["step"], fmean(since), line["metric/kid_lite0"]))
            since = []
    return found
