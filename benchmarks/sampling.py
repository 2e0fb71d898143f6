"""Sampling speed: 64 digits through the API, against the bare forward pass plus Pillow's PNG encoding.

The request is what a client sends for `/sample`, over HTTP on this machine, up to the last byte of the
answer; the pictures themselves are fetched later, each from its address.

    python -m benchmarks.sampling
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import httpx
import torch
import tyro
from PIL import Image

import models_zoo

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


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def serve(port: int, options: Sequence[str] = ()) -> subprocess.Popen:
    """The page in a process of its own, as its users have it."""
    command = [sys.executable, "app.py", "--no-browser", "--port", str(port), *options]
    # One thread on either side: two processes that both take every core would time each other.
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})


def against_bare(
    name: str,
    arguments: Callable[[int], list],
    bare: Callable[[int], object],
    count: int,
    rounds: int,
    port: int,
    options: Sequence[str] = (),
) -> None:
    """Print the times of the function `name` and of `bare`, both given a seed, in turns; both make `count` pictures."""
    torch.set_num_threads(1)
    with serve(port, options) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:

        def request(seed: int) -> None:
            body = {"data": arguments(seed), "session_hash": "benchmark"}
            answer = client.post(f"/gradio_api/run/{name}", json=body).raise_for_status().json()
            assert len(answer["data"][0]) == count

        try:
            while True:
                try:
                    request(0)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            pairs = []
            for seed in range(rounds):
                slow = seconds(lambda seed=seed: request(seed))
                pairs.append((seconds(lambda seed=seed: bare(seed)), slow))
        finally:
            process.kill()
    base, ours = (statistics.median(column) for column in zip(*pairs[rounds // 10 :], strict=True))
    print(f"bare {1e3 * base:.1f} ms, /{name} {1e3 * ours:.1f} ms, ratio {ours / base:.2f} (target at most 1.5)")


def main(model_id: str = "gan-mnist", rounds: int = 200, port: int = 7899) -> None:
    """Print both times and the ratio, medians of `rounds` turns."""
    model = models_zoo.load(model_id, "cpu")
    against_bare(
        "sample",
        lambda seed: [model_id, seed, COUNT, 1.0, False],
        lambda seed: bare(model, seed),
        COUNT,
        rounds,
        port,
    )


if __name__ == "__main__":
    tyro.cli(main)
