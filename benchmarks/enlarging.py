"""Speed of enlarging: a photograph through the API, PNG file included, against the bare forward pass over the same tiles.

python -m benchmarks.enlarging --model-id srresnet-x4
python -m benchmarks.enlarging              # an untrained network of the same size
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
import torch
import tyro

import models_zoo
from benchmarks.sampling import seconds, serve
from explorer import enlarging, images
from explorer.images import Pixels
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
    torch.set_num_threads(1)
    photo = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    sent = images.data_uri(images.png(photo[None])[0])
    with tempfile.TemporaryDirectory() as zoo:
        folder = untrained(Path(zoo)) if not model_id else models_zoo.load(model_id, "cpu").card.folder
        model = models_zoo.load(str(folder), "cpu")
        options = ["--checkpoints", str(folder)]
        with serve(port, options) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:

            def request() -> None:
                body = {"data": [sent, model.card.id], "session_hash": "benchmark"}
                answer = client.post("/gradio_api/run/enlarge", json=body).raise_for_status().json()
                assert answer["data"][0]["orig_name"].endswith((".png", ".jpg"))

            try:
                while True:
                    try:
                        request()
                        break
                    except httpx.TransportError:
                        time.sleep(0.1)
                bare(model, photo)
                pairs = [(seconds(lambda: bare(model, photo)), seconds(request)) for _ in range(rounds)]
            finally:
                process.kill()
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"bare {1e3 * base:.0f} ms, /enlarge {1e3 * ours:.0f} ms, ratio {ratio:.2f} (target at most 1.3)")


if __name__ == "__main__":
    tyro.cli(main)
