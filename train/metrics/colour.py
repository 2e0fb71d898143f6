"""Metrics of colorization: similarity to the originals, colourfulness, and whether hints are followed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models_zoo import lab, lite0
from models_zoo.colorize import Colorizer, paint, patch_means, windows
from train.data.dataset import Dataset, to_float
from train.metrics.distances import kernel_distance
from train.metrics.entries import Metrics, finite, metric
from train.objectives import losses

BATCH = 25
HINTS = (0, 5, 20)
HINT_SIZE = 5
"""Side in pixels of a hint's square, true or invented."""
REGION = 13
"""Side in pixels of the square around an invented hint in which its colour is measured."""
SAME_LIGHTNESS = 10.0
"""How much the L of a pixel there may differ from the hint's to count as part of the same object."""
OBEYED = 10.0
"""CIE76 distance up to which a colour counts as the one that was asked for."""
ASKED_CHROMA = (15.0, 60.0)
TRIALS = 2
"""Invented hints per photograph, one at a time."""


def colourfulness(images: Tensor) -> Tensor:
    """Hasler and Suesstrunk's M (2003, doi:10.1117/12.477378) of N RGB images in [-1, 1]: N numbers, 0 for grey ones.

    sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2), with rg = R - G and yb = (R + G) / 2 - B for bytes.
    """
    red, green, blue = (127.5 * images).flatten(2).unbind(1)
    opponents = torch.stack([red - green, (red + green) / 2 - blue], 1)
    # A root has no gradient at 0, where grey pictures are.
    spread = (opponents.var(2, correction=0).sum(1) + 1e-6).sqrt()
    return spread + 0.3 * (opponents.mean(2).square().sum(1) + 1e-6).sqrt()


@dataclass(frozen=True)
class Trial:
    """One invented hint for each of N photographs: the square's middle (N x 1 each) and the colour asked for, N x 1 x 2."""

    rows: Tensor
    columns: Tensor
    asked: Tensor

    @property
    def sizes(self) -> Tensor:
        return torch.full_like(self.rows, HINT_SIZE)


def evaluate(model: Colorizer, data: Dataset, n: int, seed: int) -> Metrics:
    """The numbers of the model card, on `n` test photographs or all there are.

    `colour_psnr` (dB, mean over photographs) is taken without hints, and after a slash with 5 and 20 true ones: squares
    of `HINT_SIZE` pixels at seeded places, with their mean colour in the original. `colourfulness` is the ratio of the
    results' mean `colourfulness`, without hints, to the originals'. `hints_obeyed` is the share of invented hints whose
    region takes their colour (see `obeyed`). `kid_lite0` compares the results of half of the photographs with the originals
    of the other half, both ways: of the same half, they would show the same scenes, and lie closer than real to real.
    """
    chosen = torch.randperm(len(data.test), generator=torch.Generator().manual_seed(0))[:n]
    originals = to_float(data.test.images[chosen.sort().values])
    n, truth = len(originals), lab.from_rgb(originals)
    generator = torch.Generator().manual_seed(seed)
    rows, columns = (torch.randint(truth.shape[axis], (n, max(HINTS)), generator=generator) for axis in (2, 3))
    results = {count: with_true_hints(model, truth, rows[:, :count], columns[:, :count]) for count in HINTS}
    grey = lab.to_rgb(torch.cat([truth[:, :1], torch.zeros_like(truth[:, 1:])], 1)).clamp(-1, 1)
    without = results[0]
    plain = {"en": "the grey photographs", "ko": "흑백 사진"}

    def psnr(images: Tensor) -> float:
        return (-10 * losses.pixel_error(images, originals).log10()).mean().item()

    found = {
        "colour_psnr" if count == 0 else f"colour_psnr/{count}_hints": metric(
            psnr(images), psnr(grey), plain, n, "higher"
        )
        for count, images in results.items()
    }
    lively = colourfulness(originals).mean()
    ratio, ratio_of_grey = (colourfulness(images).mean() / lively for images in (without, grey))
    trials = [invented(truth, generator) for _ in range(TRIALS)]
    shares = [(obeyed(model, truth, trial), obeyed(model, truth, trial, hinted=False)) for trial in trials]
    hinted, unhinted = (sum(each) / TRIALS for each in zip(*shares, strict=True))
    return found | {
        "colourfulness": metric(
            ratio,
            1.0,
            {
                "en": f"the originals; the grey photographs get {ratio_of_grey:.2g}",
                "ko": f"원본 사진 (흑백 사진은 {ratio_of_grey:.2g})",
            },
            n,
            "",
        ),
        "hints_obeyed": metric(
            hinted, unhinted, {"en": "without the hint", "ko": "힌트를 주지 않았을 때"}, n * TRIALS, "higher"
        ),
        **_distance(originals, without),
    }


def with_true_hints(model: Colorizer, truth: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Photographs of scaled Lab `truth`, N x 3 x H x W, colorized with their own mean colours at K places, N x K each."""
    sizes = torch.full_like(rows, HINT_SIZE)
    return _colorized(model, truth, rows, columns, sizes, patch_means(truth[:, 1:], rows, columns, sizes))


def invented(truth: Tensor, generator: torch.Generator) -> Trial:
    """A random colour at a random place of each photograph: any hue, with as much chroma as sRGB has at that lightness."""
    n = len(truth)
    margin = REGION // 2
    rows, columns = (torch.randint(margin, truth.shape[axis] - margin, (n, 1), generator=generator) for axis in (2, 3))
    hue, chroma = torch.rand(2, n, 1, generator=generator)
    lightness = patch_means(truth[:, :1], rows, columns, torch.full_like(rows, HINT_SIZE))
    low, high = ASKED_CHROMA
    return Trial(rows, columns, any_colours(lightness, hue, low + (high - low) * chroma))


def any_colours(lightness: Tensor, hue: Tensor, chroma: Tensor) -> Tensor:
    """Scaled a and b, N x K x 2, of a hue in turns and a chroma in Lab's units (N x K each), as far as sRGB has them.

    `lightness` is scaled L, N x K x 1, of where they are asked for.
    """
    angle, length = 2 * torch.pi * hue, chroma / lab.AB_SCALE
    colours = torch.stack([length * angle.cos(), length * angle.sin()], 2)
    points = torch.cat([lightness, colours], 2).transpose(1, 2)[..., None]
    return lab.into_gamut(points)[:, 1:, :, 0].transpose(1, 2)


def obeyed(model: Colorizer, truth: Tensor, trial: Trial, hinted: bool = True) -> float:
    """Share of the hints whose region has, on average, a colour within `OBEYED` of what was asked (CIE76).

    The region are the pixels of the `REGION` x `REGION` square around the hint whose L differs by at most
    `SAME_LIGHTNESS` from the hint's. Lightness is the photograph's own and not asked for, so a and b alone count. Without
    `hinted`, what the model does anyhow.
    """
    sizes = trial.sizes if hinted else torch.zeros_like(trial.sizes)
    images = _colorized(model, truth, trial.rows, trial.columns, sizes, trial.asked)
    square = torch.full_like(trial.rows, REGION)
    around = torch.einsum(
        "nky,nkx->nyx",
        windows(trial.rows, square, truth.shape[2]),
        windows(trial.columns, square, truth.shape[3]),
    )[:, None]
    lightness = patch_means(truth[:, :1], trial.rows, trial.columns, trial.sizes)[..., None]
    region = around * ((truth[:, :1] - lightness).abs() * lab.L_SCALE <= SAME_LIGHTNESS)
    pixels = region.sum((2, 3))
    colours = (lab.from_rgb(images)[:, 1:] * region).sum((2, 3)) / pixels.clamp(min=1)
    distance = lab.AB_SCALE * (colours - trial.asked[:, 0]).norm(dim=1)
    # In rough texture no pixel may be as light as the hint is on average.
    return (distance <= OBEYED)[pixels[:, 0] > 0].float().mean().item()


@torch.inference_mode()
def _colorized(
    model: Colorizer, truth: Tensor, rows: Tensor, columns: Tensor, sizes: Tensor, colours: Tensor
) -> Tensor:
    """Photographs N x 3 x H x W with the hints that `paint` takes, on the CPU, a few at a time."""
    height, width = truth.shape[2:]
    results = []
    for part in torch.arange(len(truth)).split(BATCH):
        hints, mask = paint(rows[part], columns[part], sizes[part], colours[part], height, width)
        inputs = (each.to(model.device) for each in (truth[part, :1], hints, mask))
        results.append(model.colorize(*inputs).float().cpu())
    return finite(torch.cat(results), "the colorized photographs")


def _distance(originals: Tensor, results: Tensor) -> Metrics:
    """`kid_lite0` between halves, results against originals, and its floor, originals against originals."""
    real, made = lite0.features(originals), lite0.features(results)
    halves = real[::2], real[1::2]
    if min(map(len, halves)) < 2:
        return {}
    distances = [kernel_distance(real[1 - start :: 2], made[start::2]) for start in (0, 1)]
    label = {
        "en": f"{len(halves[0])} real test photographs against the other {len(halves[1])}",
        "ko": f"실제 테스트 사진 {len(halves[0])}장과 나머지 {len(halves[1])}장 사이",
    }
    floor = kernel_distance(*halves)
    return {"kid_lite0": metric(sum(distances) / 2, floor, label, len(real), "lower")}
