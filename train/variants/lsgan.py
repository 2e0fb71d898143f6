"""LSGAN: least squares instead of cross-entropy (Mao et al. 2017, arXiv:1611.04076)."""

from __future__ import annotations

from torch import Tensor

from train.contract import register
from train.objectives import losses
from train.variants.cards import Texts, card_texts
from train.variants.gan import PerceptronConfig, PerceptronGAN


@register("lsgan")
class LSGAN(PerceptronGAN):
    """LSGAN (Mao et al. 2017): no sigmoid, targets 0, 1 and 1."""

    Config = PerceptronConfig
    verdict = "least-squares"

    def name(self) -> Texts:
        return card_texts("lsgan")["name"]

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return losses.discriminator_least_squares(real, fake)

    def generator_loss(self, fake: Tensor) -> Tensor:
        return losses.generator_least_squares(fake)
