"""One picture of somebody's collection: where its bytes are, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Item:
    """A picture in a file of its own, or in an archive."""

    name: str
    """Its path within the collection, ``a/b.jpg``: unique there, and the same on every machine."""
    path: str | Path
    """Its file, or the archive that holds it. Text where a folder was listed: a hundred thousand paths take a second to make."""
    member: str = ""
    """Its name in the archive; empty for a file of its own."""
    label: str = ""
    """The name of its class; empty where there are none."""

    def __str__(self) -> str:
        return f"{self.path}:{self.member}" if self.member else str(self.path)
