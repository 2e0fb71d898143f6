"""Many pictures decoded by several processes, in the order asked for.

The processes are plain Python programs: forks of this one would lack its threads, and `multiprocessing` would run the
caller's script again in each of those that it spawns. They end when this one does, for then nobody writes to them.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import math
import os
import pickle
import queue
import subprocess
import sys
import time
import warnings
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from models_zoo import decoding
from models_zoo.decoding import WHITE, Colour, Fit, PictureError
from train.data import pictures
from train.data.archives import Archives
from train.data.items import Item
from train.errors import TrainError

LEAST_SIDE = 8
"""A picture with a shorter side shows nothing that could be learned."""
ALONE, WORTH_IT = 1.0, 4.0
"""Seconds that this process decodes alone, and for how many more it must have to do for others to be started, which takes some."""
MOST_PER_TASK, TASK_BYTES = 32, 2**20
"""How many pictures a process is given at a time, and how many bytes it makes of them."""
GZIP = b"\x1f\x8b"
"""How compressed files begin."""


@dataclass(frozen=True)
class Packing:
    """What becomes of each picture."""

    side: int
    """In pixels."""
    channels: int = 3
    """3 for RGB, 1 for luminance."""
    fit: Fit = "crop"
    """See `pictures.fitted`."""
    background: Colour = WHITE
    """Behind transparent pictures, and on both sides of padded ones."""
    half: Literal["", "left", "right"] = ""
    """Of files that show two pictures side by side, the one that is meant."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """C, H and W."""
        return self.channels, self.side, self.side


def pixels(item: Item, packing: Packing, archives: Archives) -> bytes | str:
    """Those of a picture as `packing` says, C x side x side, or in a few words why there are none."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of what is repaired here, and of sizes that `decoding` judges.
            warnings.simplefilter("ignore")
            picture = decoding.opened(archives.read(item), pictures.MOST_PIXELS, LEAST_SIDE)
            picture = decoding.rgb(decoding.upright(picture, packing.side), packing.background)
        if packing.half:
            middle = picture.width // 2
            begin = 0 if packing.half == "left" else picture.width - middle
            picture = picture.crop((begin, 0, begin + middle, picture.height))
        square = pictures.fitted(picture, packing.side, packing.channels, packing.fit, packing.background)
        return pictures.planes(square).tobytes()
    except PictureError as error:
        return pictures.WRONG[error.kind]
    except MemoryError:
        return "does not fit into memory"
    except TrainError as error:
        return str(error).removeprefix(f"{item} ").rstrip(".")


def unzipped(path: Path) -> Iterator[bytes]:
    """The contents of a tar file that is compressed, in parts; nothing if it is not. Raises `TrainError` for a damaged one."""
    try:
        with open(path, "rb") as file:
            if file.read(len(GZIP)) != GZIP:
                return
        with gzip.open(path) as file:
            while part := file.read(TASK_BYTES):
                yield part
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise TrainError(f"{path} could not be read: the archive is damaged.") from None
    except OSError as error:
        raise TrainError(f"{path} could not be read: {error.strerror or error}.") from None


def decoded(items: Sequence[Item], packing: Packing) -> Iterator[bytes | str]:
    """The `pixels` of each of `items`, in their order."""
    cores, begin = _cores(), time.monotonic()
    with Archives() as archives:
        for done, item in enumerate(items):
            spent = time.monotonic() - begin
            if cores > 1 and spent > ALONE and spent * (len(items) - done) > WORTH_IT * done:
                yield from _in_processes(items[done:], packing, cores)
                return
            yield pixels(item, packing, archives)


def _in_processes(items: Sequence[Item], packing: Packing, most: int) -> Iterator[bytes | str]:
    """`decoded` by up to `most` processes."""
    size = max(1, min(MOST_PER_TASK, TASK_BYTES // math.prod(packing.shape)))
    tasks = [items[begin : begin + size] for begin in range(0, len(items), size)]
    count = min(most, len(tasks))
    with contextlib.ExitStack() as stack:
        idle: queue.SimpleQueue[subprocess.Popen] = queue.SimpleQueue()
        processes = [stack.enter_context(_started()) for _ in range(count)]
        threads = stack.enter_context(ThreadPoolExecutor(count))
        for process in processes:
            # Before the threads are waited for, which may be waiting for an answer.
            stack.callback(_end, process)
            idle.put(process)
        ask = functools.partial(_ask, idle, packing)
        answers: deque = deque()
        for task in tasks:
            answers.append(threads.submit(ask, task))
            if len(answers) > 2 * count:
                yield from answers.popleft().result()
        while answers:
            yield from answers.popleft().result()


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _started() -> subprocess.Popen:
    """A process that runs `serve`; in a session of its own, for an interrupt from the keyboard is not meant for it."""
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def _end(process: subprocess.Popen) -> None:
    process.kill()
    with contextlib.suppress(OSError):
        # What it has not read yet.
        process.stdin.close()


def _ask(idle: queue.SimpleQueue[subprocess.Popen], packing: Packing, task: Sequence[Item]) -> list[bytes | str]:
    """The answer of one of the `idle` processes to `task`."""
    process = idle.get()
    try:
        _send((packing, task), process.stdin)
        return pickle.load(process.stdout)
    except (OSError, EOFError, pickle.UnpicklingError):
        raise TrainError(
            f"A process that decodes pictures ended at {task[0]} or one of the {len(task) - 1} after it, "
            "perhaps for lack of memory."
        ) from None
    finally:
        idle.put(process)


def _send(message: object, file: IO[bytes]) -> None:
    pickle.dump(message, file, pickle.HIGHEST_PROTOCOL)
    file.flush()


def serve() -> None:
    """What such a process does: answer every task that comes in, until whoever sends them is gone."""
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library might print must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with Archives() as archives, contextlib.suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):
        while True:
            packing, task = pickle.load(tasks)
            _send([pixels(item, packing, archives) for item in task], answers)
