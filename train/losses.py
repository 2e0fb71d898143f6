"""Losses as pure functions of logits: each takes N raw discriminator outputs and gives a mean over N."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def discriminator_bce(real: Tensor, fake: Tensor, smooth: float = 0.0) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), with D = sigmoid(logits) (arXiv:1406.2661, equation 1).

    `smooth` lowers the target of real images to 1 - `smooth` (arXiv:1606.03498, section 3.4).
    """
    target = torch.full_like(real, 1 - smooth)
    return F.binary_cross_entropy_with_logits(real, target) + F.softplus(fake).mean()


def generator_minimax(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))), the game's own objective; its gradient vanishes where D is sure (arXiv:1406.2661)."""
    return -F.softplus(fake).mean()


def generator_non_saturating(fake: Tensor) -> Tensor:
    """-log D(G(z)): the same fixed point, with a gradient where D is sure (arXiv:1406.2661, section 3)."""
    return F.softplus(-fake).mean()


def discriminator_least_squares(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2, without a sigmoid (arXiv:1611.04076, equation 9)."""
    return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()


def generator_least_squares(fake: Tensor) -> Tensor:
    """1/2 (D(G(z)) - 1)^2 (arXiv:1611.04076, equation 9)."""
    return 0.5 * (fake - 1).square().mean()


def r1_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """1/2 E |grad_x D(x)|^2 at real images that require grad (arXiv:1801.04406, equation 9)."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return 0.5 * gradient.float().square().flatten(1).sum(1).mean()
