"""Training against discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from models_zoo import lite0
from models_zoo.projected import ProjectedDiscriminator
from train import losses
from train.variants import Batch


def generator_loss(
    discriminator: ProjectedDiscriminator, maps: Sequence[Tensor], batch: Batch, name: str = ""
) -> Tensor:
    """The generator's loss for images of which the discriminator sees these `maps` (`models_zoo.lite0.maps`).

    What they are in its eyes is left in `batch.shared` under `name`, for `discriminator_loss` in the same step.
    """
    mixtures = discriminator.mix(maps)
    batch.shared |= {f"{name}mixture_{place}": mixture.detach() for place, mixture in enumerate(mixtures)}
    return losses.generator_hinge([logits.float() for logits in discriminator(mixtures)])


def discriminator_loss(discriminator: ProjectedDiscriminator, real: Tensor, batch: Batch, name: str = "") -> Tensor:
    """The discriminator's loss for real images, as it sees them, and for those that `generator_loss` saw last under `name`."""
    with torch.no_grad():
        mixtures = discriminator.mix(lite0.maps(real))
    fake = [batch.shared[f"{name}mixture_{place}"] for place in range(len(mixtures))]
    told = ([logits.float() for logits in discriminator(each)] for each in (mixtures, fake))
    return losses.discriminator_hinge(*told)
