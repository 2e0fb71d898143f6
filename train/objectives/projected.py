"""Training against discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from models_zoo import lite0
from models_zoo.projected import ProjectedDiscriminator
from train.contract import Batch, Nets
from train.objectives import losses

FLATTERED = {
    "en": " Beside the paper's discriminator it learned from others that look through EfficientNet-lite0, and the distances "
    "on its features flatter it for that.",
    "ko": " 논문의 판별자 외에 EfficientNet-lite0을 통해 보는 판별자에게서도 배웠으므로, 그 특징으로 잰 거리는 실제보다 좋게 나옵니다.",
}
"""What the card adds where the distances are measured with what the generator learned through."""


def honest(limits: dict[str, str], projected: float) -> dict[str, str]:
    """A card's `limits`, and `FLATTERED` beside them where such discriminators had a weight."""
    return {language: text + FLATTERED[language] for language, text in limits.items()} if projected else limits


def generator_loss(discriminator: ProjectedDiscriminator, seen: Tensor, batch: Batch, name: str = "") -> Tensor:
    """The generator's loss for images N x 3 x H x W in [-1, 1], as the discriminator sees them.

    What they are in its eyes is left in `batch.shared` under `name`, for `discriminator_loss` in the same step.
    """
    mixtures = discriminator.mix(lite0.maps(seen))
    batch.shared |= {f"{name}mixture_{place}": mixture.detach() for place, mixture in enumerate(mixtures)}
    return losses.generator_hinge([logits.float() for logits in discriminator(mixtures)])


def discriminator_loss(discriminator: ProjectedDiscriminator, real: Tensor, batch: Batch, name: str = "") -> Tensor:
    """The discriminator's loss for real images, as it sees them, and for those that `generator_loss` saw last under `name`."""
    with torch.no_grad():
        mixtures = discriminator.mix(lite0.maps(real))
    fake = [batch.shared[f"{name}mixture_{place}"] for place in range(len(mixtures))]
    told = ([logits.float() for logits in discriminator(each)] for each in (mixtures, fake))
    return losses.discriminator_hinge(*told)


def translators_loss(nets: Nets, seen: Mapping[str, Tensor], batch: Batch) -> Tensor:
    """`generator_loss` of translations into each domain, `seen` as its ``projected_<domain>`` of `nets` does."""
    return sum(generator_loss(nets[f"projected_{domain}"], images, batch, domain) for domain, images in seen.items())


def domains_loss(nets: Nets, seen: Mapping[str, Tensor], batch: Batch) -> Tensor:
    """`discriminator_loss` for real images of each domain, after `translators_loss` in the same step."""
    return sum(
        discriminator_loss(nets[f"projected_{domain}"], images, batch, domain) for domain, images in seen.items()
    )
