"""Timing a function of the page over HTTP against the least that it could take."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import torch


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
    is_right: Callable[[Any], bool],
    rounds: int,
    port: int,
    options: Sequence[str] = (),
    target: float = 1.5,
) -> None:
    """Print the times of the function `name` and of `bare`, both given a seed, in turns; `is_right` looks at an answer."""
    torch.set_num_threads(1)
    with serve(port, options) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:

        def request(seed: int) -> None:
            body = {"data": arguments(seed), "session_hash": "benchmark"}
            answer = client.post(f"/gradio_api/run/{name}", json=body).raise_for_status().json()
            assert is_right(answer["data"][0])

        try:
            while True:
                try:
                    request(0)
                    break
                except httpx.TransportError:
                    if process.poll() is not None:
                        raise SystemExit(f"python app.py ended with exit code {process.returncode}") from None
                    time.sleep(0.1)
            bare(0)
            pairs = []
            for seed in range(rounds):
                slow = seconds(lambda seed=seed: request(seed))
                pairs.append((seconds(lambda seed=seed: bare(seed)), slow))
        finally:
            process.kill()
    pairs = pairs[rounds // 10 :]
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"bare {1e3 * base:.1f} ms, /{name} {1e3 * ours:.1f} ms, ratio {ratio:.2f} (target at most {target})")
