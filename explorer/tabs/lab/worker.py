"""The process that plays. In the page's own, whatever else it does would hold every one of these very small steps up.

Started as a command, not by `multiprocessing`, which runs the main module once more: a script that serves the page need not
be written for that. Both sides are this file, so what goes between them may be pickled.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

IDLE = 60
"""Seconds without a question after which the process is ended, and gives its memory back."""
ROOT = Path(__file__).parents[3]


class Worker:
    """Answers by a `table.Table` in a process of its own, which is there while anybody plays. May be asked from many threads."""

    def __init__(self, idle: float = IDLE) -> None:
        self._lock, self._idle = threading.Lock(), idle
        self._process: subprocess.Popen | None = None
        self._end = threading.Timer(0, self._stop)

    def ask(self, function: str, *arguments: Any) -> Any:
        """What that function of the table gives; raises `RuntimeError` where it failed, and `OSError` where no process can be had."""
        with self._lock:
            self._end.cancel()
            try:
                answer, error = self._asked(function, arguments)
            except (EOFError, OSError, pickle.UnpicklingError):
                # Somebody else has ended it, or it ran out of memory: its matches are gone, and begin anew.
                self._stopped()
                answer, error = self._asked(function, arguments)
            self._end = threading.Timer(self._idle, self._stop)
            self._end.daemon = True
            self._end.start()
        if error:
            raise RuntimeError(error)
        return answer

    def leave(self, run: str) -> None:
        """Forget a run, if there is a process at all."""
        if self._process:
            self.ask("leave", run)

    @property
    def process(self) -> int | None:
        """The number of the process; None where there is none."""
        return self._process.pid if self._process else None

    def _asked(self, function: str, arguments: tuple) -> tuple[Any, str]:
        self._process = self._process or _started()
        pickle.dump((function, arguments), self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)

    def _stop(self) -> None:
        with self._lock:
            self._stopped()

    def _stopped(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
        self._process = None


def _started() -> subprocess.Popen:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # Ctrl-C in a terminal reaches the page alone; without it, this process finds nobody to read from, and ends.
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.tabs.lab.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def main() -> None:
    """Answer what comes in, until the page is gone."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr

    import torch

    from explorer.tabs.lab.table import Table

    # Such small steps are not shared between cores, and looking for somebody to share them with takes time.
    torch.set_num_threads(1)
    table = Table()
    while True:
        try:
            function, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            told = getattr(table, function)(*arguments), ""
        except Exception as error:
            told = None, f"{type(error).__name__}: {error}"
        pickle.dump(told, answers)
        answers.flush()


if __name__ == "__main__":
    main()
