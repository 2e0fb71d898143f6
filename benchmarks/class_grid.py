"""Speed of the class grid: 10 classes x 8 seeds through the API, against the bare forward pass plus Pillow's PNG encoding.

python -m benchmarks.class_grid
"""

from __future__ import annotations

from pathlib import Path

import torch
import tyro

import models_zoo
from benchmarks.sampling import encoded
from benchmarks.serving import against_bare

CLASSES, SEEDS = 10, 8


def bare(model, seed: int) -> list[bytes]:
    """The least that the grid takes: one z per seed, forward pass, one PNG file per image."""
    with torch.inference_mode():
        z = model.latents(range(seed, seed + SEEDS)).repeat_interleave(CLASSES, 0)
        return encoded(model.generate(z, torch.arange(CLASSES).repeat(SEEDS)))


def main(model_id: str = "acgan-mnist", rounds: int = 200, port: int = 7899, checkpoints: Path | None = None) -> None:
    """Print both times and the ratio, medians of `rounds` turns; `checkpoints` is a folder with further models."""
    also = [checkpoints] if checkpoints else []
    (card,) = (card for card in models_zoo.find(also=also) if card.id == model_id)
    model = models_zoo.load(str(card.folder), "cpu")
    against_bare(
        "classes",
        lambda seed: [model_id, [], seed, SEEDS, 1.0, False],
        lambda seed: bare(model, seed),
        lambda answer: len(answer) == CLASSES * SEEDS,
        rounds,
        port,
        ["--checkpoints", str(checkpoints)] if checkpoints else [],
    )


if __name__ == "__main__":
    tyro.cli(main)
