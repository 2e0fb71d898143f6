"""Work of a server's thread of which the others notice nothing: no line in the log, no random number of theirs."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

_drawing, _changing = threading.Lock(), threading.Lock()
_silent: set[int] = set()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Around work that seeds torch's global generator or draws from it: alone, and the generator is left as it was."""
    import torch

    with _drawing, torch.random.fork_rng(devices=[]):
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Around work of this thread that shall print nothing: what a command line tells its user is nobody's here.

    Not to be nested.
    """
    me = threading.get_ident()
    with _changing:
        if not _silent:
            sys.stdout, sys.stderr = _Filter(sys.stdout), _Filter(sys.stderr)
        _silent.add(me)
    try:
        yield
    finally:
        with _changing:
            _silent.discard(me)
            # Threads may be silent at the same time; the last one restores the streams, unless somebody else replaced them.
            if not _silent:
                sys.stdout, sys.stderr = _unfiltered(sys.stdout), _unfiltered(sys.stderr)


class _Filter:
    """A stream that passes on what all but the silent threads write."""

    def __init__(self, stream: IO[str]):
        self.stream = stream

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() in _silent else self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _unfiltered(stream: Any) -> Any:
    return stream.stream if isinstance(stream, _Filter) else stream
