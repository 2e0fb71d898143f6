"""What changes over a run: the learning rate, and the decay of the running average of the weights."""

from __future__ import annotations

from train.config import CommonConfig

DISCRIMINATORS = ("discriminator", "projected")
"""How the names of networks begin that `--lr-discriminator` is for; the latter look through EfficientNet-lite0."""


def learning_rate(config: CommonConfig, net: str) -> float:
    """Adam's learning rate for the network called `net`, before any decay."""
    if net.startswith(DISCRIMINATORS) and config.lr_discriminator is not None:
        return config.lr_discriminator
    return config.lr


def learning_rate_factor(config: CommonConfig, step: int) -> float:
    """The factor in [0, 1] by which `--lr-decay` scales every learning rate at `step` (0-based)."""
    if config.lr_decay == "none":
        return 1.0
    return min(1.0, 2 * (1 - step / config.steps))


def average_decay(half_life: int, batch_size: int, images: int) -> float:
    """Decay per step, in [0, 1), of a running average whose half-life is `half_life` images, shorter at first.

    The half-life never exceeds a twentieth of the images seen, so that the random initial weights are
    forgotten quickly (as in arXiv:2006.06676's training code).
    """
    effective = min(half_life, images / 20)
    return 0.5 ** (batch_size / effective) if effective > 0 else 0.0
