"""Training against discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from models_zoo import lite0
from models_zoo.projected import ProjectedDiscriminator
from train.contract import Nets
from train.objectives import losses

Mixtures = tuple[Tensor, ...]
"""What a discriminator's heads see of N pictures, detached: one tensor N x C x H x W per head, from finest to coarsest."""


def generator_loss(discriminator: ProjectedDiscriminator, seen: Tensor) -> tuple[Tensor, Mixtures]:
    """The generator's loss for its images N x 3 x H x W in [-1, 1], augmented as for the discriminator.

    Beside it what the discriminator sees of them, for `discriminator_loss` in a later phase of the same step.
    """
    mixtures = discriminator.mix(lite0.maps(seen))
    loss = losses.generator_hinge([logits.float() for logits in discriminator(mixtures)])
    return loss, tuple(mixture.detach() for mixture in mixtures)


def discriminator_loss(discriminator: ProjectedDiscriminator, real: Tensor, fake: Mixtures) -> Tensor:
    """The discriminator's loss for real images N x 3 x H x W in [-1, 1], augmented, and for what it sees of generated ones."""
    with torch.no_grad():
        mixtures = discriminator.mix(lite0.maps(real))
    logits = ([each.float() for each in discriminator(seen)] for seen in (mixtures, fake))
    return losses.discriminator_hinge(*logits)


def translators_loss(nets: Nets, seen: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Mixtures]]:
    """The sum of `generator_loss` over translations into each domain, and by domain what its discriminator sees of them.

    `seen` are the translations by the domain they are in, of which ``projected_<domain>`` of `nets` is the discriminator.
    """
    found = {domain: generator_loss(nets[f"projected_{domain}"], images) for domain, images in seen.items()}
    return sum(loss for loss, _ in found.values()), {domain: mixtures for domain, (_, mixtures) in found.items()}


def domains_loss(nets: Nets, real: Mapping[str, Tensor], fake: Mapping[str, Mixtures]) -> Tensor:
    """The sum of `discriminator_loss` over the domains, with real images and `translators_loss`'s mixtures of each."""
    return sum(discriminator_loss(nets[f"projected_{domain}"], images, fake[domain]) for domain, images in real.items())
