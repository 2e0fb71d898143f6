"""How much each client may upload, so that none fills the disk for all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, MutableMapping
from typing import Any

from explorer.pictures.files import LIFETIME, MOST_BYTES

SHARE = MOST_BYTES // 4
"""Bytes that a client may upload while a file lives."""


class Allowance:
    """Bytes that clients have uploaded since the last `LIFETIME` seconds began, all at once for all of them."""

    def __init__(self, most: int = SHARE, clock: Callable[[], float] = time.monotonic):
        self._most, self._clock = most, clock
        self._taken: Counter[str] = Counter()
        self._since = clock()

    def take(self, client: str, size: int) -> bool:
        """Count `size` bytes more of a client; whether it may still upload."""
        if self._clock() - self._since > LIFETIME:
            self._taken.clear()
            self._since = self._clock()
        self._taken[client] += size
        return self._taken[client] <= self._most


def client_of(scope: MutableMapping[str, Any]) -> str:
    """Where a request comes from; behind a proxy, where that says it comes from."""
    headers = dict(scope.get("headers", ()))
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")[0].strip()
    return forwarded[:64] or (scope.get("client") or [""])[0]
