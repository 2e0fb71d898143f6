"""The page of a checkout in a process of its own: its address, its log, its memory and its processor time."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent.parent
PATIENCE = 180
"""Seconds in which a page must have started, on a busy machine too."""
STARTED = "To create a public link"
"""What Gradio prints when it has seen that the page can be had."""
GIVEN_UP = "When localhost is not accessible"
ATTEMPTS = 3


@dataclass(frozen=True)
class Server:
    """A running page. `folder` holds its log, `files` its uploads and answers."""

    address: str
    process: subprocess.Popen
    folder: Path
    files: Path

    def log(self, start: int = 0) -> str:
        """What it has printed from the byte `start` on."""
        with open(self.folder / "log", "rb") as file:
            file.seek(start)
            return file.read().decode("utf-8", "replace")

    def printed(self) -> int:
        """How many bytes it has printed."""
        return (self.folder / "log").stat().st_size

    def resident(self) -> float:
        """Resident megabytes (2^20 bytes) of the process and of those that it started."""
        return sum(each.memory_info().rss for each in self._all()) / 2**20

    def processor(self) -> float:
        """Seconds of processor time that the process and those it started have used."""
        return sum(sum(each.cpu_times()[:2]) for each in self._all())

    def busy(self, seconds: float) -> float:
        """The share of one core that is used in the next `seconds`."""
        began, used = time.perf_counter(), self.processor()
        time.sleep(seconds)
        return (self.processor() - used) / (time.perf_counter() - began)

    def stop(self, patience: float = 10) -> int:
        """Ask it to end, as a machine that shuts down does, and give its exit code, which is negative if it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            for each in self._all():
                each.kill()
            return self.process.wait()

    def _all(self) -> list[psutil.Process]:
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(
    checkout: Path = HERE,
    options: Sequence[str] = (),
    command: Sequence[str] = ("app.py", "--no-browser"),
    files: Path | None = None,
) -> Iterator[Server]:
    """`python app.py` with these `options` in the folder `checkout`, once it answers.

    Temporary files lie in `files`, or else where they are deleted with the log in the end. `command` is what Python runs
    instead; it must take ``--port``.
    """
    with tempfile.TemporaryDirectory(prefix="served-") as made:
        folder = Path(made)
        for attempt in range(ATTEMPTS):
            server = _started(checkout, [*command, *options], folder, files or folder / "files")
            try:
                if _answers(server, attempt == ATTEMPTS - 1):
                    yield server
                    return
            finally:
                if server.process.poll() is None:
                    server.stop()


def _started(checkout: Path, command: Sequence[str], folder: Path, files: Path) -> Server:
    environment = {
        # One thread, so that its cores are shared as they are by visitors, and timings do not jump.
        "OMP_NUM_THREADS": "1",
        **os.environ,
        "GRADIO_TEMP_DIR": str(files),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    port = free_port()
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--port", str(port)],
            cwd=checkout,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    return Server(f"http://127.0.0.1:{port}", process, folder, files)


def _answers(server: Server, is_last: bool) -> bool:
    """Wait until the page is there. False if Gradio gave it up because the busy machine took over three seconds to show it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.process.poll() is not None:
            if GIVEN_UP in server.log() and not is_last:
                return False
            raise RuntimeError(f"The page ended with exit code {server.process.returncode}:\n{server.log()}")
        if STARTED in server.log():
            return True
        time.sleep(0.1)
    raise RuntimeError(f"The page did not start within {PATIENCE} seconds:\n{server.log()}")
