"""BEGAN: an auto-encoder as discriminator, held in balance with the generator (arXiv:1703.10717)."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

import torch
from scipy.stats import spearmanr
from torch import Tensor

from models_zoo.began import BEGAN
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_flip
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import history
from train.loop.distributed import mean_over_processes
from train.metrics import photographs
from train.metrics.entries import metric
from train.objectives import losses


@register("began")
class BoundaryEquilibriumGAN(Variant):
    """BEGAN (Berthelot et al. 2017): an auto-encoder as discriminator, in balance with the generator."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """BEGAN at 64 pixels: the discriminator repeats real pictures well and generated ones badly."""

        dataset: Literal["celeba"] = "celeba"
        """Dataset to train on."""
        steps: int = 20_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 16
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 3e-4
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        # The paper halves it whenever M_global stalls; a decay by the clock needs no judgement of what stalls.
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        eval_samples: int = 500
        """Number of samples of those measurements."""
        latent_size: int = 64
        """Length of z."""
        hidden_size: int = 64
        """Length of the auto-encoder's latent h."""
        width: int = 32
        """Channels of the generator and the decoder, and of the encoder's first scale."""
        gamma: float = 0.7
        """Error of generated images that is aimed at, as a share of the real ones'; more gives more diversity."""
        # In a short trial k settled near 0.16; at the paper's 0.001 the way there takes thousands of steps.
        lambda_k: float = 1e-2
        """Rate at which k, the weight of generated images in the discriminator's loss, is moved towards that aim."""

        def __post_init__(self) -> None:
            super().__post_init__()
            for name in ("latent_size", "hidden_size", "width"):
                if getattr(self, name) < 1:
                    raise TrainError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(self, name)}.")
            if not 0 <= self.gamma <= 1:
                raise TrainError(f"--gamma must be from 0 to 1, not {self.gamma}.")
            if not self.lambda_k > 0:
                raise TrainError(f"--lambda-k must be above 0, not {self.lambda_k}.")

    config: Config
    best = ("kid_lite0", "lower")
    # Both, because the auto-encoder's pictures are shown, too.
    averaged = ("generator", "discriminator")
    # Until the second phase has stepped, both see the same discriminator: the losses are those of one moment,
    # as in the paper, which moves both networks and k at once.
    phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))

    def __init__(self, config: Config):
        super().__init__(config)
        self.state.scalars["k"] = 0.0

    def build(self) -> BEGAN:
        config = self.config
        channels, image_size, _ = datasets.SHAPES[config.dataset]
        return BEGAN(image_size, channels, config.latent_size, config.hidden_size, config.width)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config, discriminator = self.config, nets["discriminator"]
        if phase == "generator":
            fake = nets["generator"](batch.normal(config.latent_size))
            batch.shared["fake"] = fake.detach()
            return losses.reconstruction(fake, discriminator(fake)), {}
        images = random_flip(batch.images, batch.uniform(1, 1, 1))
        fakes = batch.shared["fake"].to(images.dtype)
        # One pass for all: nothing in this discriminator depends on what else is in the batch.
        of_images, of_fakes = discriminator(torch.cat([images, fakes])).chunk(2)
        real, fake = losses.reconstruction(images, of_images), losses.reconstruction(fakes, of_fakes)
        k = self.state.scalars["k"]
        return losses.discriminator_equilibrium(real, fake, k), self.balance(real, fake)

    def balance(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Move k by the errors of this step's real and generated images; returns what the log says of them.

        Every process goes by the errors of the whole batch, so that k is the same in all.
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
        """The errors and k over the run, and whether M_global tells how good the pictures are: how alike it and `kid_lite0` rank.

        Nothing of the latter where fewer than three measurements were made.
        """
        measured = _measurements(log)
        if len(measured) < 3:
            return {}, _balance(log, self.config.gamma)
        steps, m_global, distances = zip(*measured, strict=True)
        correlation = metric(
            spearmanr(m_global, distances).statistic,
            spearmanr([-step for step in steps], distances).statistic,
            {"en": "the steps still to go, in place of M_global", "ko": "M_global 대신 남은 단계 수를 썼을 때"},
            len(steps),
            "higher",
        )
        return {"rank_correlation/M_global": correlation}, {
            "m_global": {
                "title": {
                    "en": "Does M_global tell how good the pictures are?",
                    "ko": "M_global로 그림의 품질을 알 수 있을까?",
                },
                "caption": {
                    "en": "M_global, BEGAN's own measure of convergence, is the mean since the measurement before. The kernel "
                    "distance compares samples with real test images on EfficientNet-lite0 features; 0 is best.",
                    "ko": "BEGAN이 스스로 재는 수렴 척도인 M_global은 바로 앞 측정 이후의 평균입니다. 커널 거리는 "
                    "EfficientNet-lite0의 특징으로 표본과 실제 테스트 이미지를 비교한 값이며 0이 가장 좋습니다.",
                },
                "x": {"label": {"en": "training step", "ko": "학습 단계"}, "values": list(steps)},
                "y": {"label": {"en": "M_global, kernel distance", "ko": "M_global, 커널 거리"}},
                "series": [
                    {"label": {"en": "M_global", "ko": "M_global"}, "values": [round(m, 5) for m in m_global]},
                    {"label": {"en": "kernel distance", "ko": "커널 거리"}, "values": list(distances)},
                ],
                "n": min(self.config.eval_samples, len(data.test)),
            }
        } | _balance(log, self.config.gamma)

    def card(self) -> CardText:
        return CardText(
            task="unconditional",
            title={"en": "BEGAN of faces", "ko": "BEGAN, 얼굴"},
            summary={
                "en": "The discriminator is an auto-encoder: it learns to repeat photographs well and generated pictures "
                "badly, while the generator learns to draw what it repeats well. How much the generated ones count "
                "is adjusted at every step, so that neither side wins, and the errors of both give a measure of "
                "convergence, M_global.",
                "ko": "판별자가 오토인코더입니다. 판별자는 사진은 잘 복원하고 생성된 그림은 잘 복원하지 못하도록 배우고, "
                "생성자는 판별자가 잘 복원하는 그림을 그리도록 배웁니다. 어느 한쪽이 이기지 않도록 생성된 그림의 비중을 "
                "매 단계 조절하며, 두 복원 오차에서 수렴 척도 M_global을 얻습니다.",
            },
            limits={
                "en": "Faces come out smooth and much alike: seen from the front, with few hats, glasses or dark lighting. "
                "They are as one-sided as the photographs of celebrities it learned from. No picture shows a real "
                "person, though one may resemble somebody. Not for deceiving anyone.",
                "ko": "얼굴이 매끈하고 서로 비슷합니다. 대부분 정면이고 모자나 안경, 어두운 조명은 드뭅니다. 유명인 사진으로 "
                "배워 그 치우침도 그대로입니다. 그림 속 인물은 실존하지 않지만 누군가와 닮아 보일 수 있습니다. "
                "남을 속이는 용도가 아닙니다.",
            },
        )


def _balance(log: list[dict[str, Any]], gamma: float) -> dict[str, dict[str, Any]]:
    """The curves of both errors with M_global and of k."""
    errors = history.over_steps(
        log,
        {
            "m_global": {"en": "M_global", "ko": "M_global"},
            "error/real": {"en": "L(x), photographs", "ko": "L(x), 사진"},
            "error/fake": {"en": "L(G(z)), generated", "ko": "L(G(z)), 생성된 그림"},
        },
        {"en": "The errors of the auto-encoder", "ko": "오토인코더의 오차"},
        {
            "en": f"M_global = L(x) + |γ L(x) - L(G(z))|, with γ = {gamma:g}. Mean absolute errors of pixels in [-1, 1].",
            "ko": f"M_global = L(x) + |γ L(x) - L(G(z))|, γ = {gamma:g}. 픽셀 값이 [-1, 1]일 때의 평균 절대 오차입니다.",
        },
        {"en": "error", "ko": "오차"},
    )
    k = history.over_steps(
        log,
        {"k": {"en": "k", "ko": "k"}},
        {"en": "The balance k", "ko": "균형 k"},
        {
            "en": "How much the generated pictures count in the discriminator's loss; moved at every step towards L(G(z)) = γ L(x).",
            "ko": "판별자의 손실에서 생성된 그림이 차지하는 비중입니다. 매 단계 L(G(z)) = γ L(x)에 가까워지도록 조절합니다.",
        },
        {"en": "k", "ko": "k"},
    )
    return {name: curve for name, curve in (("errors", errors), ("k", k)) if curve}


def _measurements(log: list[dict[str, Any]]) -> list[tuple[int, float, float]]:
    """Step, mean M_global since the measurement before, and `kid_lite0` of every measurement in a run's log."""
    found, since = [], []
    for line in log:
        if "m_global" in line:
            since.append(line["m_global"])
        elif "metric/kid_lite0" in line and since:
            found.append((line["step"], fmean(since), line["metric/kid_lite0"]))
            since = []
    return found
