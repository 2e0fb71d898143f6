"""Start-up: from `python app.py` to its first answer, against what `import gradio, torch` alone costs.

python -m benchmarks.startup
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

import tyro


def importing() -> float:
    """Seconds of a Python process that only imports the two libraries."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio, torch"], check=True)
    return time.perf_counter() - start


def first_answer() -> float:
    """Seconds until a newly started page answers a request for itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.perf_counter()
    command = [sys.executable, "app.py", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read()
                    return time.perf_counter() - start
                except urllib.error.URLError:
                    time.sleep(0.01)
            raise SystemExit(f"python app.py ended with exit code {process.returncode}")
        finally:
            process.kill()


def main(rounds: int = 5) -> None:
    """Print both times and their difference, medians of `rounds` turns."""
    importing(), first_answer()  # fill the disk cache
    pairs = [(importing(), first_answer()) for _ in range(rounds)]
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    extra = statistics.median(b - a for a, b in pairs)
    print(
        f"import gradio, torch: {base:.2f} s; first answer: {ours:.2f} s; difference {extra:+.2f} s (target at most +1.5)"
    )


if __name__ == "__main__":
    tyro.cli(main)
