"""Pictures decoded once into one file of bytes, from which batches come through a memory map.

``<side>px-<digest>.pack`` holds the pictures one after the other, C x side x side bytes each, then a line of JSON that
says which could not be read, then `TAIL`. It gets this name when it is complete and on the disk, so whatever bears it is
whole; until then it is called ``packing-...``, and nobody reads that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import math
import mmap
import os
import secrets
import shutil
import stat
import struct
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import PIL
import torch
from torch import Tensor
from tqdm import tqdm

from train.data import decoders, lock, pictures
from train.data.decoders import LEAST_SIDE, Packing
from train.data.items import Item
from train.errors import TrainError

VERSION = 1
"""Of the file's format and of what is done to pictures: another one packs anew."""
TAIL = struct.Struct("<Q8s")
"""The end of a pack: the length of the JSON before it, and `MAGIC`."""
MAGIC = b"gan-pack"
PARTIAL = "packing-"
"""How the names of files begin that are not complete yet."""
MOST_BROKEN = 0.05
"""Share of the pictures that may be left out because they cannot be read."""
SHARE_OF_MEMORY = 0.5
"""Of larger packs, the system reads no more than is asked for: what lies around a picture would be gone before its turn comes."""
NAMED = 3
"""How many broken pictures a message names."""
SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True, eq=False)
class Pack:
    """Decoded pictures in a file, mapped into memory."""

    images: Tensor
    """N x C x side x side, uint8. The file's own pages, which cannot be written to: whoever tries is killed by the system."""
    kept: tuple[int, ...]
    """Which of the items they are, in order."""
    broken: tuple[tuple[str, str], ...]
    """Names of the others, and what is the matter with each."""
    pages: mmap.mmap = field(repr=False)
    fingerprint: str = ""
    """Of the names and sizes of the items, which stay when files are moved or copied."""

    def release(self) -> None:
        """Give back the memory of the pictures read so far, which counts as the process's; the system still has them at hand.

        `images` stays valid. Does nothing where the system has no such call.
        """
        if hasattr(mmap, "MADV_DONTNEED"):
            self.pages.madvise(mmap.MADV_DONTNEED)


def packed(
    items: Sequence[Item], packing: Packing, cache: Path, most_broken: float = MOST_BROKEN, among: int = 0
) -> Pack:
    """The pictures `items`, decoded into a file in the folder `cache`, or as they are found there from an earlier call.

    One of several processes packs at a time, as it uses all cores; the others wait. Pictures that cannot be read are
    left out and said on stderr.
    Raises `TrainError` where their share of `items`, or of `among` pictures of which these are some, is above `most_broken`,
    where no picture is left, and where the disk is full.
    """
    if not items:
        raise TrainError("There are no pictures to learn from.")
    digest, fingerprint = _digests(items, packing)
    path = cache / f"{packing.side}px-{digest}.pack"
    pack = _opened(path, items, packing)
    if pack is None:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with _alone(cache):
                pack = _opened(path, items, packing)
                if pack is None:
                    _pack(items, packing, path, most_broken, among)
                    pack = _opened(path, items, packing)
        except OSError as error:
            raise TrainError(
                f"The pictures could not be packed into {cache} ({error.strerror or error}): "
                "make room there, or name another folder with --cache."
            ) from None
    if pack is None:
        raise TrainError(f"{path} cannot be mapped into memory: name another folder with --cache.")
    check(pack.broken, len(items), most_broken, among)
    if pack.broken:
        print(f"{_complaint(pack.broken, len(items))}; left out.", file=sys.stderr)
    return dataclasses.replace(pack, fingerprint=fingerprint)


def check(broken: Sequence[tuple[str, str]], count: int, most_broken: float = MOST_BROKEN, among: int = 0) -> None:
    """Raise `TrainError` where too many of `count` pictures are broken: all, or more than `most_broken` allows (see `packed`)."""
    if len(broken) == count or len(broken) > most_broken * max(count, among):
        allowed = "" if len(broken) == count else f", more than the {100 * most_broken:g} % that may be left out"
        raise TrainError(f"{_complaint(broken, count)}{allowed}: mend or remove them.")


def _complaint(broken: Sequence[tuple[str, str]], count: int) -> str:
    named = "; ".join(f"{name} {reason}" for name, reason in broken[:NAMED])
    more = f"; and {len(broken) - NAMED:,} more" if len(broken) > NAMED else ""
    return f"{len(broken):,} of {count:,} pictures cannot be read ({named}{more})"


# ---- the file -----------------------------------------------------------------------------------


def _digests(items: Sequence[Item], packing: Packing) -> tuple[str, str]:
    """One for everything that the bytes of a pack depend on, where size and time stand for the contents of files, and one for
    names and sizes alone.
    """
    here, stated = os.getcwd(), functools.cache(_stated)
    # What Pillow can read, and how exactly, changes with its version.
    known = [f"{VERSION} {PIL.__version__} {pictures.MOST_PIXELS} {LEAST_SIDE} {packing}\n"]
    lasting = []
    for item in items:
        path = os.path.join(here, item.path)
        state = stated(path)
        known.append(f"{item.name}\0{item.member}\0{path}\0{state}\0")
        lasting.append(f"{item.name}\0{state.partition(' ')[0]}\0")
    # All at once: as many small pieces take longer than all the rest.
    made, fingerprint = (
        hashlib.blake2b(os.fsencode("".join(each)), digest_size=16).hexdigest() for each in (known, lasting)
    )
    return made, fingerprint


def _stated(path: str) -> str:
    """Size, time and permission to read of a file, by which a change of it is noticed."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return "missing"
    return f"{found.st_size} {found.st_mtime_ns} {stat.S_IFMT(found.st_mode)} {found.st_mode & 0o444}"


def _opened(path: Path, items: Sequence[Item], packing: Packing) -> Pack | None:
    """The complete pack at `path`; None where there is none."""
    each = math.prod(packing.shape)
    try:
        with open(path, "rb") as file:
            end = file.seek(-TAIL.size, os.SEEK_END)
            length, magic = TAIL.unpack(file.read(TAIL.size))
            file.seek(end - length)
            broken = {int(place): reason for place, reason in json.loads(file.read(length)).items()}
            kept = tuple(place for place in range(len(items)) if place not in broken)
            if magic != MAGIC or end - length != len(kept) * each:
                return None
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if hasattr(mmap, "MADV_RANDOM") and len(pages) > SHARE_OF_MEMORY * _memory():
                pages.madvise(mmap.MADV_RANDOM)
    except (OSError, ValueError, struct.error):
        return None
    with warnings.catch_warnings():
        # torch cannot mark a tensor as read-only, and says so.
        warnings.simplefilter("ignore")
        images = torch.frombuffer(pages, dtype=torch.uint8, count=len(kept) * each)
    named = tuple((items[place].name, reason) for place, reason in broken.items())
    return Pack(images.view(-1, *packing.shape), kept, named, pages)


def _memory() -> float:
    """Bytes of the machine's memory; endless where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return math.inf


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Keep other packers out of `cache` for the length of the block, and remove what dead ones left there."""
    is_said = False
    while True:
        with lock.exclusive(cache / ".lock") as is_free:
            if is_free:
                for left in cache.glob(f"{PARTIAL}*"):
                    left.unlink(missing_ok=True)
                yield
                return
        if not is_said:
            print(f"Another process is packing pictures in {cache}: waiting for it.", file=sys.stderr)
            is_said = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _pack(items: Sequence[Item], packing: Packing, path: Path, most_broken: float, among: int) -> None:
    """Write the pack at `path`: all of it, or none after an error."""
    size, free = len(items) * math.prod(packing.shape), shutil.disk_usage(path.parent).free
    what = f"{len(items):,} pictures of {packing.side} x {packing.side}"
    if size > free:
        raise TrainError(
            f"Packing {what} takes {_in_bytes(size)}, but the disk of {path.parent} has {_in_bytes(free)} left: "
            "make room there, or name another folder with --cache."
        )
    print(f"Packing {what} into {path}: {_in_bytes(size)}.", file=sys.stderr)
    broken: dict[int, str] = {}
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(_partial(path.parent))
        items = _plain(items, path.parent, stack)
        found = stack.enter_context(contextlib.closing(decoders.decoded(items, packing)))
        for place, pixels in enumerate(_shown(found, len(items))):
            if isinstance(pixels, str):
                broken[place] = pixels
            else:
                file.write(pixels)
        named = [(items[place].name, reason) for place, reason in broken.items()]
        check(named, len(items), most_broken, among)
        index = json.dumps(broken).encode()
        file.write(index + TAIL.pack(len(index), MAGIC))
        file.flush()
        os.fsync(file.fileno())
        file.close()
        os.replace(file.name, path)
    _settle(path.parent)


@contextlib.contextmanager
def _partial(folder: Path, ending: str = "") -> Iterator[IO[bytes]]:
    """A new file in `folder` that is removed at the end of the block, unless it was renamed."""
    with open(folder / f"{PARTIAL}{secrets.token_hex(8)}{ending}", "xb") as file:
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):
                # What could not be written is tried again when the file is closed.
                file.close()
            Path(file.name).unlink(missing_ok=True)


def _plain(items: Sequence[Item], folder: Path, stack: contextlib.ExitStack) -> Sequence[Item]:
    """`items`, of which those in compressed tar files are in plain copies, which last as long as `stack`.

    Whoever wants a member of a compressed one must read all that comes before it.
    """
    copies: dict[Path, Path] = {}
    for path in sorted({item.path for item in items if item.member}):
        for part in decoders.unzipped(path):
            if path not in copies:
                file = stack.enter_context(_partial(folder, ".tar"))
                copies[path] = Path(file.name)
            file.write(part)
        if path in copies:
            file.flush()
    return [dataclasses.replace(item, path=copies.get(item.path, item.path)) for item in items] if copies else items


def _settle(folder: Path) -> None:
    """Have the names in `folder` on the disk, where a system can be asked for this."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _shown(found: Iterable[bytes | str], count: int) -> Iterable[bytes | str]:
    """`found` with a bar on stderr, if it takes long."""
    seldom = 0.2 if sys.stderr.isatty() else 10
    return tqdm(found, "Packing", count, leave=False, unit="img", mininterval=seldom, delay=seldom, dynamic_ncols=True)


def _in_bytes(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
