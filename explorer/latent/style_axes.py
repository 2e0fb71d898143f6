"""The w of a StyleGAN: their mean, and the axes along which random ones vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.stylegan import StyleGAN

SAMPLES = 4096
"""Random w from which mean and axes are computed."""


def axes(model: StyleGAN) -> tuple[Tensor, Tensor, Tensor]:
    """The mean of w, its principal axes as unit vectors (K x w_size) and its standard deviations along them, largest first.

    In double precision, and the same every time but for the signs of the axes.
    """
    import torch

    z = torch.randn(SAMPLES, model.latent_size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        w = model.mapping(z.to(model.device)).double()
        mean = w.mean(0)
        _, sizes, vectors = torch.linalg.svd(w - mean, full_matrices=False)
    return mean, vectors, sizes / (SAMPLES - 1) ** 0.5
