"""An exclusive lock on a file, which the operating system releases when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Lock the file at `path`, which is created if need be, for the length of the block; False where somebody else holds it.

    The file stays: if it were deleted, a third process could lock a new one under the same name. A file system
    without locks counts as locked, since refusing to train on it would help nobody.
    """
    with open(path, "ab") as file:
        yield _lock(file)


def _lock(file: IO[bytes]) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
