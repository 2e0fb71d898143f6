"""Losses as pure functions of raw discriminator outputs; each gives a mean over the N images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.sgan import log_odds_real


def discriminator_bce(real: Tensor, fake: Tensor, smooth: float = 0.0) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), with D = sigmoid(logits) (arXiv:1406.2661, equation 1).

    `smooth` lowers the target of real images to 1 - `smooth` (arXiv:1606.03498, section 3.4).
    """
    target = torch.full_like(real, 1 - smooth)
    return F.binary_cross_entropy_with_logits(real, target) + refusal(fake)


def refusal(logits: Tensor) -> Tensor:
    """-log(1 - D): what a discriminator is to take for fake (arXiv:1406.2661, equation 1)."""
    return F.softplus(logits).mean()


def generator_minimax(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))), the game's own objective; its gradient vanishes where D is sure (arXiv:1406.2661)."""
    return -refusal(fake)


def generator_non_saturating(fake: Tensor) -> Tensor:
    """-log D(G(z)): the same fixed point, with a gradient where D is sure (arXiv:1406.2661, section 3)."""
    return F.softplus(-fake).mean()


def discriminator_least_squares(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2, without a sigmoid (arXiv:1611.04076, equation 9)."""
    return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()


def generator_least_squares(fake: Tensor) -> Tensor:
    """1/2 (D(G(z)) - 1)^2 (arXiv:1611.04076, equation 9)."""
    return 0.5 * (fake - 1).square().mean()


def discriminator_hinge(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), mean over several discriminators (arXiv:2111.01007, section 3)."""
    return torch.stack([F.relu(1 - a).mean() + F.relu(1 + b).mean() for a, b in zip(real, fake, strict=True)]).mean()


def generator_hinge(fake: Sequence[Tensor]) -> Tensor:
    """-D(G(z)), mean over several discriminators (arXiv:2111.01007, section 3)."""
    return -torch.stack([logits.mean() for logits in fake]).mean()


def discriminator_wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """-E D(x) + E D(G(z)) of a critic whose slope a penalty holds near one (arXiv:1701.07875, equation 2)."""
    return fake.mean() - real.mean()


def generator_wasserstein(fake: Tensor) -> Tensor:
    """-E D(G(z)) (arXiv:1701.07875, equation 3)."""
    return -fake.mean()


def gradient_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """E (|grad_x D(x)| - 1)^2 at images that require grad, between real and generated ones (arXiv:1704.00028, equation 3)."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


def r1_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """1/2 E |grad_x D(x)|^2 at real images that require grad (arXiv:1801.04406, equation 9)."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return 0.5 * gradient.float().square().flatten(1).sum(1).mean()


def class_term(real: Tensor, real_labels: Tensor, fake: Tensor, fake_labels: Tensor) -> Tensor:
    """-E log P(C = c | x) - E log P(C = c | G(z, c)) from N x K class logits (ACGAN's L_C, arXiv:1610.09585, equation 3)."""
    return F.cross_entropy(real, real_labels) + F.cross_entropy(fake, fake_labels)


def supervised(logits: Tensor, labels: Tensor) -> Tensor:
    """-log p(y | x, y <= K) from K + 1 class logits of labelled images (arXiv:1606.03498, section 5)."""
    return F.cross_entropy(logits[:, :-1], labels)


def unsupervised(real: Tensor, fake: Tensor) -> Tensor:
    """-E log(1 - p(fake | x)) - E log p(fake | G(z)) from K + 1 class logits (arXiv:1606.03498, section 5)."""
    return discriminator_bce(log_odds_real(real), log_odds_real(fake))


def generator_class(fake: Tensor, asked: Tensor) -> Tensor:
    """-log p(asked class | G(z, asked class)) from K + 1 class logits: no fake, and the right class (arXiv:1606.01583)."""
    return F.cross_entropy(fake, asked)


def feature_matching(real: Tensor, fake: Tensor) -> Tensor:
    """Mean square of E f(x) - E f(G(z)) over the F features of N real and N generated images (arXiv:1606.03498, section 3.1)."""
    return (real.mean(0) - fake.mean(0)).square().mean()


def self_labelling(plain: Tensor, changed: Tensor, confidence: float = 0.95) -> Tensor:
    """Cross-entropy of the classes of changed images to what is surely read in the plain ones.

    N x K class logits each; images below `confidence` count as zero (FixMatch, arXiv:2001.07685,
    equation 4).
    """
    sure, read = plain.detach().softmax(1).max(1)
    return (F.cross_entropy(changed, read, reduction="none") * (sure >= confidence)).mean()


def reconstruction(images: Tensor, again: Tensor) -> Tensor:
    """L(v) = E |v - D(v)| of images and what an auto-encoder made of them (BEGAN, arXiv:1703.10717, section 3.1)."""
    return F.l1_loss(again.float(), images.float())


def discriminator_equilibrium(real: Tensor, fake: Tensor, k: float) -> Tensor:
    """L(x) - k L(G(z)) from the `reconstruction` of real and generated images (arXiv:1703.10717, section 3.4)."""
    return real - k * fake


def equilibrium_control(k: float, real: float, fake: float, gamma: float, rate: float) -> float:
    """k + rate (gamma L(x) - L(G(z))), held in [0, 1] (arXiv:1703.10717, section 3.4).

    It rises while generated images are repeated better than the share `gamma` of the real ones' error asks for.
    """
    return min(1.0, max(0.0, k + rate * (gamma * real - fake)))


def global_convergence(real: Tensor, fake: Tensor, gamma: float) -> Tensor:
    """M_global = L(x) + |gamma L(x) - L(G(z))|: small where real images are repeated well and the game is balanced
    (arXiv:1703.10717, section 3.4.1)."""
    return real + (gamma * real - fake).abs()


def pixel_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared error of each of N images in [-1, 1], of pixels in [0, 1]: N numbers."""
    return ((a - b) / 2).square().flatten(1).mean(1)
