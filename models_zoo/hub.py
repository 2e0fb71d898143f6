"""What can go wrong with the Hugging Face Hub, each in one sentence."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from models_zoo.card import ZooError, first_line

T = TypeVar("T")
MOST_DISK = 4 * 2**30
"""Bytes that all the models together may take which visitors of a public page name."""


@dataclass(frozen=True)
class Cache:
    """A folder for models of the Hub whose files take at most `most` bytes: the least recently used ones make room for new ones.

    It is one of its own, so that what else this machine has downloaded from the Hub stays. All methods may be called from
    many threads.
    """

    folder: Path = field(default_factory=lambda: _own_folder())
    most: int = MOST_DISK
    coming: dict[Path, int] = field(default_factory=dict, repr=False, compare=False)
    """The bytes of what is being downloaded."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def kept(self, repo: str, size: int, get: Callable[[Path], Path]) -> Path:
        """What `get` makes of this folder: it downloads `repo`, whose files have `size` bytes in all, unless they are there.

        Raises `ZooError` where they take more than they should, and whatever `get` raises.
        """
        own = self.folder / f"models--{repo.replace('/', '--')}"
        with self.lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.coming[own] = max(size, _bytes(own))
            self._make_room()
        try:
            # Others need not wait for it.
            found = get(self.folder)
            os.utime(own)
            if _bytes(own) > self.most:
                shutil.rmtree(own, ignore_errors=True)
                raise ZooError(
                    f"{repo} takes more than the {self.most / 2**20:,.0f} MB that there are for models of the Hub."
                )
            return found
        finally:
            with self.lock:
                self.coming[own] = _bytes(own)
                self._make_room()
                self.coming.pop(own, None)

    def _make_room(self) -> None:
        """Delete the models used least recently until all that are there and those that are `coming` fit in."""
        sizes = {path: _bytes(path) for path in self.folder.iterdir() if path.is_dir()} | self.coming
        for path in sorted(sizes.keys() - self.coming.keys(), key=lambda each: each.stat().st_mtime_ns):
            if sum(sizes.values()) <= self.most:
                break
            shutil.rmtree(path, ignore_errors=True)
            del sizes[path]


def _own_folder() -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE).parent / "gan-explorer"


def _bytes(folder: Path) -> int:
    """What the files below `folder` take of the disk; links, of which the Hub's folders are full, take nothing."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def asked(ask: Callable[[], T]) -> T | None:
    """What `ask` gets from the Hub; None where that cannot be reached, and what was downloaded before has to do."""
    import httpx
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return ask()
    except (httpx.TransportError, OSError) as error:
        if isinstance(error, HfHubHTTPError):
            raise
        return None


@contextlib.contextmanager
def errors(repo: str, what: str, elsewhere: str) -> Iterator[None]:
    """Raise `ZooError` for what `huggingface_hub` raises in the block about `repo`.

    `what` is a "model" or a "dataset", and `elsewhere` says where else it was looked for in vain, such as "a folder".
    """
    import httpx
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        yield
    except RepositoryNotFoundError:
        raise ZooError(
            f"There is no {what} {repo!r}: neither {elsewhere}, nor public on the Hugging Face Hub."
        ) from None
    except LocalEntryNotFoundError:
        raise ZooError(
            f"There is no {what} {repo!r}: it is not {elsewhere}, and the Hugging Face Hub cannot be reached to look for it there."
        ) from None
    except HFValidationError:
        raise ZooError(f"{repo!r} is not a valid Hugging Face Hub id of the form user/name.") from None
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        raise ZooError(f"The Hugging Face Hub did not give {repo!r}: {first_line(error)}") from None
