"""Inversion of a StyleGAN: its own pictures in w, and held-out photographs in w+ against w for as many seconds, on one thread.

python -m benchmarks.style_inversion --data-root data
"""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import torch
import tyro
from torch import Tensor

import models_zoo
from benchmarks.inversion import drawn, held_out, psnr
from explorer.tabs.invert import styled
from explorer.tabs.invert.search import Plan
from models_zoo.checkpoint import LatentModel

ENOUGH = 30.0
"""dB above which a picture of its own counts as found; the search ends there."""
PATIENCE = 20.0
"""Seconds, as on the page."""


def searched(model: LatentModel, picture: Tensor, method: str, seconds: float, enough: float) -> tuple[float, float]:
    """The error at the end of a search for `picture`, 1 x C x H x W, that ends at `enough` dB, and the seconds that it took."""
    for told in styled.invert(model, picture, Plan(method, steps=10**6, seconds=seconds)):
        if psnr(told.best.error) > enough:
            break
    return told.best.error, told.seconds


def main(
    model_id: str = "stylegan-celeba64",
    first: int = 0,
    n: int = 100,
    held: int = 20,
    seconds: float = 10.0,
    data_root: Path | None = None,
) -> None:
    """Look for `n` of the model's own pictures from the number `first` on, and for `held` photographs, each for `seconds` in w and in w+."""
    torch.set_num_threads(1)
    model = models_zoo.load(model_id, "cpu")
    own = drawn(model, first + n)[0][first:].split(1)
    found = [searched(model, picture, "w", PATIENCE, ENOUGH) for picture in own]
    share = statistics.mean(psnr(error) > ENOUGH for error, _ in found)
    took = statistics.median(seconds for _, seconds in found)
    print(
        f"its own pictures, n = {n}: {100 * share:.1f} % above {ENOUGH:.0f} dB within {PATIENCE:.0f} s in w, in {took:.1f} s (median); target 95 %",
        flush=True,
    )
    if data_root:
        photographs = held_out(model, data_root, held)[0].split(1)
        errors = {
            method: statistics.mean(searched(model, picture, method, seconds, math.inf)[0] for picture in photographs)
            for method in ("w", "w+")
        }
        print(
            f"held-out photographs, n = {held}, {seconds:.0f} s each: mean squared error {errors['w']:.5f} in w, {errors['w+']:.5f} in w+, "
            f"ratio {errors['w+'] / errors['w']:.2f} (target 0.6)"
        )


if __name__ == "__main__":
    tyro.cli(main)
