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
from collections.abc import Callable

import httpx
import torch
import tyro
from PIL import Image

import models_zoo

COUNT = 64


def bare(model, seed: int) -> list[bytes]:
    """The least that sampling takes: latents, forward pass, one PNG file per image."""
    with torch.inference_mode():
        images = model.generate(model.latents(range(seed, seed + COUNT)))
    files = []
    for pixels in images.add(1).mul(127.5).round().byte()[:, 0].numpy():
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        files.append(buffer.getvalue())
    return files


def request(client: httpx.Client, model_id: str, seed: int) -> None:
    """One call of `/sample`."""
    body = {"data": [model_id, seed, COUNT, 1.0, False], "session_hash": "benchmark"}
    answer = client.post("/gradio_api/run/sample", json=body).raise_for_status().json()
    assert len(answer["data"][0]) == COUNT


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def serve(port: int) -> subprocess.Popen:
    """The page in a process of its own, as its users have it."""
    command = [sys.executable, "app.py", "--no-browser", "--port", str(port)]
    # One thread on either side: two processes that both take every core would time each other.
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})


def main(model_id: str = "gan-mnist", rounds: int = 200, port: int = 7899) -> None:
    """Print both times and the ratio, medians of `rounds` turns."""
    torch.set_num_threads(1)
    model = models_zoo.load(model_id, "cpu")
    with serve(port) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        try:
            while True:
                try:
                    request(client, model_id, 0)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            pairs = []
            for seed in range(rounds):
                slow = seconds(lambda seed=seed: request(client, model_id, seed))
                pairs.append((seconds(lambda seed=seed: bare(model, seed)), slow))
        finally:
            process.kill()
    base, ours = (statistics.median(column) for column in zip(*pairs[rounds // 10 :], strict=True))
    print(f"bare {1e3 * base:.1f} ms, /sample {1e3 * ours:.1f} ms, ratio {ours / base:.2f} (target at most 1.5)")


if __name__ == "__main__":
    tyro.cli(main)
