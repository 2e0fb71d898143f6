"""Seeds and the latent vectors they stand for."""

from __future__ import annotations

import secrets

from explorer.checks import MAX_SEED


def consecutive(first: int, count: int) -> list[int]:
    """The `count` seeds from `first` on, each in 0..`MAX_SEED`; after the last seed comes 0."""
    return [(first + index) % (MAX_SEED + 1) for index in range(count)]


def roll() -> int:
    """A fresh seed; below a million, so that captions and links stay short."""
    return secrets.randbelow(1_000_000)
