"""Speed of translating: a photograph there and back through the API, against both forward passes plus Pillow's codecs.

python -m benchmarks.translating
"""

from __future__ import annotations

import io

import numpy as np
import torch
import tyro
from PIL import Image, ImageOps

import models_zoo
from benchmarks.serving import against_bare
from explorer.pictures import images
from models_zoo.cyclegan import CycleGAN


def photo(side: int) -> bytes:
    """A horse that comes with the page as a PNG file of `side` pixels a side."""
    with Image.open(images.EXAMPLES / "horse2zebra-a-1.jpg") as picture:
        square = ImageOps.fit(picture.convert("RGB"), (side, side))
    return images.png(np.asarray(square)[None])[0]


def bare(model: CycleGAN, file: bytes) -> None:
    """The least that it takes: a file is decoded, translated there and back, and two are encoded."""
    with Image.open(io.BytesIO(file)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float().div(127.5).sub(1)
    with torch.inference_mode():
        there = model.translate(x, "a2b")
        for made in (there, model.translate(there, "b2a")):
            encoded = made[0].add(1).mul(127.5).round().byte().permute(1, 2, 0).numpy()
            Image.fromarray(encoded).save(io.BytesIO(), "PNG")


def main(model_id: str = "cyclegan-horse2zebra", side: int = 256, rounds: int = 20, port: int = 7897) -> None:
    """Print both times of a photograph of `side` pixels a side and the ratio, medians of `rounds` turns."""
    model, file = models_zoo.load(model_id, "cpu"), photo(side)
    sent = images.data_uri(file)
    against_bare(
        "translate",
        lambda _: [sent, model_id, "a2b", side],
        lambda _: bare(model, file),
        lambda answer: answer["image"]["orig_name"].endswith(".png"),
        rounds,
        port,
        target=1.3,
    )


if __name__ == "__main__":
    tyro.cli(main)
