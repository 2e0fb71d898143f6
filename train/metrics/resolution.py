"""Metrics of super-resolution: PSNR and SSIM as papers report them, and a perceptual distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo import lite0
from models_zoo.srgan import SRGAN, enlarged, in_bytes, luminance, shrunk, whole
from train.data import vision
from train.data.dataset import to_float
from train.metrics.entries import Metrics, finite, metric

SHAVE = 4
"""Pixels at every edge that are left out, as is usual at a scale of 4."""
BICUBIC = {"en": "bicubic interpolation", "ko": "바이큐빅 보간"}
BATCH = 50


def psnr(images: Tensor, originals: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of the luminance in dB, of each of N images in [-1, 1] without `SHAVE` pixels at the edges."""
    vision.make_importable()
    from torchmetrics.functional.image import peak_signal_noise_ratio

    pair = map(_compared, (images, originals))
    return peak_signal_noise_ratio(*pair, data_range=255.0, reduction="none", dim=(1, 2, 3))


def ssim(images: Tensor, originals: Tensor) -> Tensor:
    """Structural similarity of the luminance (Wang et al. 2004), of each of N images, computed on the same pixels as `psnr`."""
    vision.make_importable()
    from torchmetrics.functional.image import structural_similarity_index_measure

    pair = map(_compared, (images, originals))
    _, found = structural_similarity_index_measure(*pair, data_range=255.0, return_full_image=True)
    # As papers do, only where the window of 11 x 11 pixels fits; torchmetrics reflects the edges.
    return found[:, :, 5:-5, 5:-5].mean((1, 2, 3))


def perceptual_distance(images: Tensor, originals: Tensor) -> Tensor:
    """How far apart each of N images is from its original in `models_zoo.lite0.maps`, both N x 3 x H x W in [-1, 1]: N numbers.

    At every place of a map the vectors of channels are scaled to length one before their squared distance is taken, which
    is averaged over places and maps (as in arXiv:1801.03924, without learned weights): 0 where both are the same, 2 where
    they have nothing in common. Gradients reach `images`.
    """
    with torch.no_grad():
        wanted = lite0.maps(originals)
    pairs = zip(lite0.maps(images), wanted, strict=True)
    apart = [(_directions(a) - _directions(b)).square().sum(1).flatten(1).mean(1) for a, b in pairs]
    return torch.stack(apart).mean(0)


def evaluate(model: SRGAN, held_out: Tensor, benchmark: Sequence[Tensor], n: int) -> Metrics:
    """PSNR, SSIM and perceptual distance of `model` beside those of bicubic interpolation, as `models_zoo.Card.metrics` has them.

    Measured on the pictures of Set5, if they are at hand, and on at most `n` of the `held_out` ones, N x 3 x H x W; all are
    uint8. Pictures are shrunk by the model's scale and enlarged again.
    """
    found: Metrics = {}
    if benchmark:
        found |= _measure("set5", model, [picture[None] for picture in benchmark])
    spread = torch.linspace(0, len(held_out) - 1, min(n, len(held_out))).long()
    return found | _measure("held_out", model, held_out[spread].split(BATCH))


@torch.inference_mode()
def _measure(name: str, model: SRGAN, batches: Sequence[Tensor]) -> Metrics:
    measures: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str]] = {
        "psnr": (psnr, "higher"),
        "ssim": (ssim, "higher"),
        "perceptual": (perceptual_distance, "lower"),
    }
    values: dict[str, list[Tensor]] = {measure: [] for measure in measures}
    for batch in batches:
        originals = whole(to_float(batch, model.device), model.scale)
        small = shrunk(originals, model.scale)
        upscaled = finite(model.upscale(small), "the enlarged pictures")
        for images in (upscaled, enlarged(small, model.scale)):
            shown = in_bytes(images.float())
            for measure, (function, _) in measures.items():
                values[measure].append(function(shown, originals).cpu())
    n = sum(map(len, batches))
    return {
        f"{measure}_{name}": metric(
            torch.cat(values[measure][::2]).mean(), torch.cat(values[measure][1::2]).mean(), BICUBIC, n, better
        )
        for measure, (_, better) in measures.items()
    }


def _compared(images: Tensor) -> Tensor:
    return luminance(images)[:, :, SHAVE:-SHAVE, SHAVE:-SHAVE]


def _directions(features: Tensor) -> Tensor:
    return F.normalize(features.float(), dim=1)
