"""Inversion: the fast method against the paper's (Xiang and Li, arXiv:1704.03971), on one thread.

Both look for pictures that the model drew itself and, with --data-root, for held-out pictures of its
dataset. The paper's method takes 200 steps; the fast one is looked at when it has reached the same error,
when it has taken as long and, where the picture can be found exactly, after the time that the page gives it.
What it needs once per model is counted apart.

    python -m benchmarks.inversion
    python -m benchmarks.inversion --model-id acgan-mnist --data-root data
"""

from __future__ import annotations

import functools
import math
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import torch
import tyro
from torch import Tensor

import models_zoo
from explorer.models.store import ModelStore
from explorer.tabs.invert.search import Plan, Progress, invert

STEPS = 200
PATIENCE = 20.0
"""Seconds, as on the page."""


def drawn(model, n: int) -> tuple[Tensor, list[int | None]]:
    """`n` pictures of the model's own, in bytes' precision, and their classes, if it has any."""
    # Far from the seeds that the fast method draws for its regression.
    z, classes = model.latents(range(10**6, 10**6 + n)), len(model.card.classes)
    labels = [index % classes for index in range(n)] if classes else [None] * n
    with torch.inference_mode():
        pictures = model.generate(z, torch.tensor(labels)) if classes else model.generate(z)
    return pictures.mul(127.5).round().div(127.5), labels


def held_out(model, root: Path, n: int) -> tuple[Tensor, list[int | None]]:
    """`n` pictures from the test split of the model's dataset, and their classes, if the model has any."""
    from train.data import datasets as data
    from train.data.dataset import to_float

    test = data.load(model.card.dataset, root).test
    chosen = torch.linspace(0, len(test) - 1, n).long()
    labels = test.classes[chosen].tolist() if model.card.classes else [None] * n
    return to_float(test.images[chosen]), labels


def course(
    model, encode, picture: Tensor, label: int | None, method: str, *, steps: int, seconds: float
) -> list[Progress]:
    """Every progress report of one search."""
    return list(invert(model, picture, Plan(method, label, steps, seconds), encode))


def psnr(error: float) -> float:
    """In dB, of a mean squared error."""
    return -10 * math.log10(error)


def compare(
    name: str, model, encode, pictures: Tensor, labels: Sequence[int | None], patience: float | None = None
) -> None:
    """Print what both methods make of the pictures, 1 x C x H x W each; the fast one has as long as the paper's, or `patience`."""
    rows = []
    for picture, label in zip(pictures.split(1), labels, strict=True):
        paper = course(model, encode, picture, label, "paper", steps=STEPS, seconds=math.inf)[-1]
        fast = course(model, encode, picture, label, "fast", steps=10**6, seconds=patience or paper.seconds)
        reached = next((told.seconds for told in fast if told.best.error <= paper.best.error), math.inf)
        early, equal = ([told for told in fast if told.seconds <= share * paper.seconds] for share in (0.1, 1))
        # Where the fast search has no guess yet, the start of the paper's search counts.
        first = (
            early[-1].best
            if early
            else course(model, encode, picture, label, "paper", steps=0, seconds=math.inf)[0].best
        )
        rows.append((paper.best, fast[-1].best, first, equal[-1].best, reached / paper.seconds, paper.seconds))
    paper, final, first, equal, ratios, seconds = zip(*rows, strict=True)

    def above(found) -> str:
        share = sum(psnr(each.error) > 30 for each in found) / len(found)
        error = statistics.mean(each.error for each in found)
        median = statistics.median(psnr(each.error) for each in found)
        return f"{100 * share:.1f} % above 30 dB, median {median:.1f} dB, mean squared error {error:.5f}"

    lower = statistics.mean(mine.error < other.error for mine, other in zip(equal, paper, strict=True))
    within = statistics.mean(ratio <= 0.1 for ratio in ratios)
    print(f"{name}, n = {len(rows)}")
    print(f"  paper, {STEPS} steps ({statistics.median(seconds):.2f} s): {above(paper)}")
    print(f"  fast, after a tenth of the time: {above(first)}")
    print(f"  fast, at equal time: {above(equal)}; lower error in {100 * lower:.1f} %")
    if patience:
        print(f"  fast, within {patience:.0f} s: {above(final)}")
    print(
        f"  time until the paper's final error: median {statistics.median(ratios):.3f} of the paper's, "
        f"worst {max(ratios):.2f}, within a tenth in {100 * within:.1f} % (target: a tenth)"
    )


def main(
    model_id: str = "gan-mnist", n: int = 50, data_root: Path | None = None, checkpoints: Path | None = None
) -> None:
    """Compare both methods on `n` pictures; `checkpoints` is a folder with further models. Classes are given, not tried."""
    torch.set_num_threads(1)
    also = [checkpoints] if checkpoints else []
    store = ModelStore(also, load=functools.partial(models_zoo.load, device="cpu"))
    model, encoder = store.get(model_id), store.encoder(store.card(model_id))
    encode = encoder and functools.partial(encoder.encode, generator=model)
    pictures, labels = drawn(model, n)
    start = time.perf_counter()
    for label in dict.fromkeys(labels):
        next(invert(model, pictures[:1], Plan(label=label), encode))
    print(f"{model_id}: prepared once in {time.perf_counter() - start:.2f} s")
    compare("its own pictures", model, encode, pictures, labels, PATIENCE)
    if data_root:
        compare("held-out pictures", model, encode, *held_out(model, data_root, n))


if __name__ == "__main__":
    tyro.cli(main)
