"""How far apart two sets of features are, real N x F and generated M x F, and how much of the real ones is covered.

All of them raise `TrainError` if a feature is NaN or infinite.
"""

from __future__ import annotations

import torch
from torch import Tensor

from train.errors import TrainError
from train.metrics.entries import finite

BLOCK = 1_000
"""Rows of a kernel matrix that are in memory at once."""


def frechet_distance(real: Tensor, made: Tensor) -> float:
    """|mu_r - mu_m|^2 + tr(C_r + C_m - 2 (C_r C_m)^1/2) between features N x F and M x F (arXiv:1706.08500).

    With centred features A and B, C_r = A'A / (N - 1) and C_m = B'B / (M - 1), so that the trace of the root is the sum of the
    singular values of AB' / ((N - 1)(M - 1))^1/2. The eigenvalues of C_r C_m, from which torchmetrics takes it, cost several
    times as much with as many features as lite0 has, and are mostly rounding errors where there are fewer pictures than that.
    """
    _check(real, made)
    sets = [features.cpu().double() for features in (real, made)]
    means = [features.mean(0) for features in sets]
    factors = [_covariance_factor(features - mean) for features, mean in zip(sets, means, strict=True)]
    between = finite(factors[0] @ factors[1].T, "the covariances of the features")
    variance = sum(factor.square().sum() for factor in factors)
    distance = (means[0] - means[1]).square().sum() + variance - 2 * torch.linalg.svdvals(between).sum()
    return distance.clamp(min=0).item()


def kernel_distance(real: Tensor, made: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy of features N x F and M x F with the kernel (x.y / F + 1)^3 (arXiv:1801.01401).

    Near 0, and sometimes below, where both come from one distribution. It is exact: every pair of features counts, and
    equal calls give equal numbers. Numbers on cards from before compared the smaller set with a random subset, of the same
    size, of the larger one: an estimate of the same quantity, and the same number where both sets are equally large.
    """
    _check(real, made)
    real, made = (features.cpu().double() for features in (real, made))
    within = sum(_kernel_sum(each, each, diagonal=False) / (len(each) * (len(each) - 1)) for each in (real, made))
    return within - 2 * _kernel_sum(real, made) / (len(real) * len(made))


def coverage(real: Tensor, fake: Tensor, k: int = 5) -> float:
    """Share of the real features N x F with one of the generated M x F closer than their k-th real neighbour.

    Near 1 where the generated ones are everywhere that the real ones are, near 0 where they have
    collapsed (Naeem et al. 2020, arXiv:2002.09797, equation 6).
    """
    _check(real, fake, least=1)
    # The faster way through a matrix product is not exact where two features are the same.
    exact = "donot_use_mm_for_euclid_dist"
    among_real = torch.cdist(real, real, compute_mode=exact)
    # The nearest neighbour of all is the feature itself.
    radius = among_real.kthvalue(min(k + 1, len(real)), 1).values
    nearest = torch.cdist(real, fake, compute_mode=exact).amin(1)
    return (nearest <= radius).float().mean().item()


def _covariance_factor(centred: Tensor) -> Tensor:
    """A matrix R of at most F rows with R'R = C, the covariance of centred features N x F."""
    rows, columns = centred.shape
    factor = torch.linalg.qr(centred, mode="r").R if rows > columns else centred
    return factor / (rows - 1) ** 0.5


def _check(real: Tensor, made: Tensor, least: int = 2) -> None:
    """Refuse features that are not finite, or fewer than `least` of either kind."""
    if min(len(real), len(made)) < least:
        raise TrainError(f"A distance needs at least {least} pictures of each kind, not {len(real)} and {len(made)}.")
    finite(real, "the features of the real pictures")
    finite(made, "the features of the pictures that are measured")


def _kernel_sum(a: Tensor, b: Tensor, diagonal: bool = True) -> float:
    """The sum of the kernel matrix N x M of features N x F and M x F, in blocks of `BLOCK` rows; without its `diagonal` if asked."""

    def kernel(products: Tensor) -> Tensor:
        return (products / a.shape[1] + 1) ** 3

    total = sum(kernel(rows @ b.T).sum() for rows in a.split(BLOCK))
    return float(total if diagonal else total - kernel((a * b).sum(1)).sum())
