"""Speed of enlarging: a photograph through the API, PNG file included, against the bare forward pass over the same tiles.

python -m benchmarks.enlarging --model-id srresnet-x4
python -m benchmarks.enlarging              # an untrained network of the same size
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
import tyro

import models_zoo
from benchmarks.serving import against_bare
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.tabs.enlarge import work as enlarging
from models_zoo.card import Card
from models_zoo.srgan import SRGAN


def untrained(folder: Path) -> Path:
    """A model folder with a network of the usual size that has learned nothing, which takes as long."""
    model = SRGAN()
    model.card = Card(
        "untrained-x4", "srgan", "super-resolution", "photographs", model.architecture, model.arguments,
        model.image_size, model.channels, licences={"weights": "Apache-2.0", "data": "none"},
    )  # fmt: skip
    model.save_pretrained(folder / model.card.id)
    return folder / model.card.id


def bare(model: SRGAN, photo: Pixels) -> None:
    """The least that enlarging in tiles takes: the forward passes."""
    with torch.inference_mode():
        for tile in enlarging.tiles(*photo.shape[:2], model.reach):
            model.upscale(images.tensor(photo[tile.seen][None]))


def main(model_id: str = "", side: int = 256, rounds: int = 10, port: int = 7898) -> None:
    """Print both times of a photograph of `side` pixels a side and the ratio, medians of `rounds` turns."""
    photo = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    sent = images.data_uri(images.png(photo[None])[0])
    with tempfile.TemporaryDirectory() as zoo:
        folder = untrained(Path(zoo)) if not model_id else models_zoo.load(model_id, "cpu").card.folder
        model = models_zoo.load(str(folder), "cpu")
        against_bare(
            "enlarge",
            lambda _: [sent, model.card.id],
            lambda _: bare(model, photo),
            lambda answer: answer["orig_name"].endswith((".png", ".jpg")),
            rounds,
            port,
            ["--checkpoints", str(folder)],
            target=1.3,
        )


if __name__ == "__main__":
    tyro.cli(main)
