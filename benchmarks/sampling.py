"""Sampling speed: 64 digits through the API, against the bare forward pass plus Pillow's PNG encoding.

The request is what a client sends for `/sample`, over HTTP on this machine, up to the last byte of the
answer; the pictures themselves are fetched later, each from its address.

    python -m benchmarks.sampling
"""

from __future__ import annotations

import io

import torch
import tyro
from PIL import Image

import models_zoo
from benchmarks.serving import against_bare

COUNT = 64


def encoded(images: torch.Tensor) -> list[bytes]:
    """One PNG file per image of N x C x H x W in [-1, 1], by Pillow."""
    files = []
    for pixels in images.add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).squeeze(-1).numpy():
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        files.append(buffer.getvalue())
    return files


def bare(model, seed: int) -> list[bytes]:
    """The least that sampling takes: latents, forward pass, one PNG file per image."""
    with torch.inference_mode():
        return encoded(model.generate(model.latents(range(seed, seed + COUNT))))


def main(model_id: str = "gan-mnist", rounds: int = 200, port: int = 7899) -> None:
    """Print both times and the ratio, medians of `rounds` turns."""
    model = models_zoo.load(model_id, "cpu")
    against_bare(
        "sample",
        lambda seed: [model_id, seed, COUNT, 1.0, False],
        lambda seed: bare(model, seed),
        lambda answer: len(answer) == COUNT,
        rounds,
        port,
    )


if __name__ == "__main__":
    tyro.cli(main)
