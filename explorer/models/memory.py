"""What this process holds in memory, and giving back what it no longer needs."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cachetools import LRUCache, cached

Function = TypeVar("Function", bound=Callable[..., Any])

MEGABYTE = 2**20
USUAL = 1_100 * MEGABYTE
SHARE = 0.5
"""Of the machine's memory that the page takes at most unless it is told otherwise."""
ARENAS = 2
"""Heaps of the C library; by default each thread may have one, none of which gives back what its neighbour could use."""
M_ARENA_MAX = -8


def usual() -> int:
    """The bytes that the page should stay within on this machine."""
    return min(USUAL, int(SHARE * _of_machine()))


def resident() -> int:
    """The bytes of this process in memory; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def remembering(most: int) -> Callable[[Function], Function]:
    """Have a function remember its latest answers, arrays of `most` bytes in all; one that is larger alone is not remembered."""
    return cached(LRUCache(most, getsizeof=size), lock=threading.Lock())


def size(value: Any) -> int:
    """The bytes of the arrays in `value`, and at least one."""
    if isinstance(found := getattr(value, "nbytes", None), int):
        return max(found, 1)
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    return 1 + sum(map(size, value)) if isinstance(value, list | tuple) else 1


def give_back() -> None:
    """Return freed memory to the system."""
    if library := _glibc():
        library.malloc_trim(0)


def few_arenas() -> None:
    """Have threads share `ARENAS` heaps; to be called before there are threads."""
    if library := _glibc():
        library.mallopt(M_ARENA_MAX, ARENAS)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None


def _of_machine() -> int:
    """Bytes of memory of the machine, or of the container if that has less."""
    found = []
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            found.append(int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    with contextlib.suppress(ValueError, AttributeError, OSError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(found, default=4096 * MEGABYTE)
