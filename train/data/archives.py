"""What lies in folders, ZIP and tar files, and shards: listed and read in place, never extracted."""

from __future__ import annotations

import itertools
import os
import posixpath
import re
import tarfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models_zoo.decoding import SUFFIXES
from train.data import pictures
from train.data.items import Item
from train.errors import TrainError

TARS = (".tar", ".tar.gz", ".tgz")
ENDINGS = (".zip", *TARS)
OTHER_ARCHIVES = (".tar.bz2", ".tar.xz", ".tar.zst", ".tbz2", ".txz", ".7z", ".rar", ".gz", ".xz")
HELD_OUT = ("val", "valid", "validation", "test")
"""What folders and shards of pictures are called that are not trained on, beside ``train``."""

Entry = tuple[str, Item]
"""A file, and where it lies: a path with slashes by which layouts are recognised. In shards it is not the item's name."""

MOST_SHARDS = 100_000
"""Files that a pair of braces may stand for."""


@dataclass
class Listing:
    """Files in the order of their names, and the folders among them, whose places have no slash at the end."""

    files: list[Entry] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)


def listing(paths: Sequence[Path], apart: bool = False) -> Listing:
    """Everything in `paths` that is not hidden: in folders, in archives, in shards such as ``a-{000..099}.tar``.

    Of several paths each becomes a folder; tar files that are numbered count as shards of one collection, unless they are to
    be kept `apart`. Raises `TrainError` for what is not there, cannot be listed, or holds no pictures.
    """
    if not paths:
        raise TrainError("Name a folder of pictures, or a ZIP or tar file of them.")
    if len(paths) == 1:
        return _one(paths[0])
    if not apart and is_numbered(paths):
        return _shards([(path.name, path) for path in paths])
    found = Listing()
    for path, name in zip(paths, _names(paths), strict=True):
        part = _one(path)
        found.folders |= {name, *(f"{name}/{folder}" for folder in part.folders)}
        found.files += [
            (f"{name}/{place}", Item(f"{name}/{item.name}", item.path, item.member)) for place, item in part.files
        ]
    return found


def is_numbered(paths: Sequence[Path]) -> bool:
    """Whether `paths` are tar files whose names differ in digits only, as a shell writes out ``a-{000..099}.tar``."""
    return is_tar(paths[0]) and len({re.sub(r"\d+", "#", path.name) for path in paths}) == 1


def is_tar(path: Path) -> bool:
    """Whether `path` is called as tar files are."""
    return path.name.lower().endswith(TARS)


def _names(paths: Sequence[Path]) -> list[str]:
    """A name for each of several paths: its last part, or the first part before that in which they all differ."""
    absolute = [Path(os.path.abspath(path)) for path in paths]
    for back in range(1, min(len(path.parts) for path in absolute)):
        names = [_bare(path.parts[-back]) for path in absolute]
        if len({*names}) == len(names):
            return names
    raise TrainError(f"{paths[0]} is named twice; name two collections.")


def _bare(name: str) -> str:
    """`name` without the ending of an archive."""
    ending = next((ending for ending in sorted(ENDINGS, key=len, reverse=True) if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)] or name


def _one(path: Path) -> Listing:
    found = _listed(path)
    if any(pictures.is_picture(place) for place, _ in found.files):
        return found
    archive = next((item for _, item in found.files if not item.member and item.name.lower().endswith(ENDINGS)), None)
    kinds = Counter(posixpath.splitext(place)[1].lower() for place, _ in found.files).most_common(1)
    but = "; put some there"
    if archive is not None:
        but = f", but {archive.path}; name that file"
    elif kinds:
        but = f", but other files ({kinds[0][0] or 'without an ending'}); convert them, or name another folder"
    raise TrainError(f"{path} holds no pictures ({', '.join(SUFFIXES)}){but}.")


def _listed(path: Path) -> Listing:
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        if not path.name.lower().endswith(ENDINGS):
            if path.name.lower().endswith(OTHER_ARCHIVES):
                raise TrainError(
                    f"{path} is an archive of a kind that is not read here: unpack it and name the folder."
                )
            raise TrainError(
                f"{path} is neither a folder nor a ZIP or tar file; name the folder that holds the pictures."
            )
        return _archive(path)
    shards = expanded(str(path))
    if shards == [path]:
        raise TrainError(f"There is no {path}; name a folder of pictures, or a ZIP or tar file of them.")
    for shard in shards:
        if shard.is_dir():
            raise TrainError(f"{shard} is a folder, but braces are for tar files: name one folder.")
        if not shard.is_file():
            raise TrainError(f"There is no {shard}, one of the {len(shards):,} shards of {path}: correct the numbers.")
        if not is_tar(shard):
            raise TrainError(f"{shard} is no tar file, as shards are.")
    return _shards([(shard.name, shard) for shard in shards])


def expanded(text: str) -> list[Path]:
    """The paths that `text` stands for, as a shell expands braces: ``a-{08..10}`` and ``{a,b}``."""
    parts = re.split(r"(\{[^{}]*\})", text)
    return [Path("".join(chosen)) for chosen in itertools.product(*map(_choices, parts))]


def _choices(part: str) -> list[str]:
    if found := re.fullmatch(r"\{(\d+)\.\.(\d+)\}", part):
        first, last = found.groups()
        width = len(first) if first.startswith("0") else 0
        if int(last) - int(first) >= MOST_SHARDS:
            raise TrainError(f"{part} stands for more than {MOST_SHARDS:,} files: correct the numbers.")
        if int(last) < int(first):
            raise TrainError(f"{part} counts backwards: write {{{last}..{first}}}.")
        return [f"{number:0{width}d}" for number in range(int(first), int(last) + 1)]
    return part[1:-1].split(",") if re.fullmatch(r"\{.*,.*\}", part) else [part]


def _folder(folder: Path) -> Listing:
    found = Listing()
    tars = []
    for name, path in sorted(pictures.below(folder)):
        name = unicodedata.normalize("NFC", name)
        if name.endswith("/"):
            found.folders.add(name[:-1])
        else:
            found.files.append((name, Item(name, path)))
            if name.lower().endswith(TARS):
                tars.append((name, Path(path)))
    if tars and not any(pictures.is_picture(name) for name, _ in found.files):
        return _shards(tars)
    return found


def _archive(path: Path, prefix: str = "", name: str = "") -> Listing:
    """What `path` holds, at places that begin with `prefix`, as items whose names begin with `name`."""
    with Archives() as archives:
        places = {place: member for member in archives.members(path) if (place := _place(member))}
    found = Listing()
    for place, member in sorted(places.items()):
        if place.endswith("/"):
            found.folders.add(prefix + place[:-1])
        else:
            found.files.append((prefix + place, Item(name + place, path, member)))
    return found


def _place(member: str) -> str:
    """Where a member of an archive lies; empty if that is outside of it, or hidden."""
    name = unicodedata.normalize("NFC", member.replace("\\", "/"))
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or re.match("[A-Za-z]:/", name) or any(map(pictures.is_hidden, parts)):
        return ""
    return "/".join(parts) + ("/" if parts and name.endswith("/") else "")


def _shards(shards: Sequence[tuple[str, Path]]) -> Listing:
    """Samples of tar files, each with its name; where these say which are for training, at places below ``train`` and ``test``."""
    splits = [_split(name) for name, _ in shards]
    is_split = "train" in splits and "test" in splits and "" not in splits
    found = Listing()
    for (name, path), split in zip(shards, splits, strict=True):
        found.files += _archive(path, f"{split}/" if is_split else "", f"{name}/").files
    return found


def _split(shard: str) -> str:
    words = {*re.split(r"[/._-]", shard.lower())}
    return "test" if words & {*HELD_OUT} else "train" if "train" in words else ""


class Archives:
    """Reads items one after the other; the archive of the last one stays open, for listing one takes long."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._opened: zipfile.ZipFile | tarfile.TarFile | None = None
        self._known: dict[str, zipfile.ZipInfo | tarfile.TarInfo] = {}

    def __enter__(self) -> Archives:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def members(self, path: Path) -> list[str]:
        """The names of the files in the archive `path`, and of its folders, which end in a slash."""
        with _complaining(path):
            self._open(path)
        if any(isinstance(info, zipfile.ZipInfo) and info.flag_bits & 1 for info in self._known.values()):
            raise TrainError(f"{path} is encrypted; unpack it and name the folder.")
        return list(self._known)

    def read(self, item: Item) -> bytes:
        """The bytes of `item`; raises `TrainError` where they cannot be had."""
        with _complaining(item):
            if not item.member:
                return Path(item.path).read_bytes()
            self._open(item.path)
            info = self._known[item.member]
            return (
                self._opened.read(info) if isinstance(info, zipfile.ZipInfo) else self._opened.extractfile(info).read()
            )

    def size(self, item: Item) -> int:
        """How many bytes `item` has, without reading them."""
        with _complaining(item):
            if not item.member:
                return Path(item.path).stat().st_size
            self._open(item.path)
            info = self._known[item.member]
            return info.file_size if isinstance(info, zipfile.ZipInfo) else info.size

    def in_order(self, items: Sequence[Item]) -> list[Item]:
        """`items` as they lie in their archives: a compressed tar file is unpacked from the start for every step back.

        Raises `TrainError` for an archive that cannot be read.
        """

        def place(item: Item) -> tuple[str, int]:
            if not item.member:
                return "", 0
            with _complaining(item):
                self._open(item.path)
                info = self._known[item.member]
            return str(item.path), info.header_offset if isinstance(info, zipfile.ZipInfo) else info.offset

        return sorted(items, key=place)

    def _open(self, path: Path) -> None:
        if self._path == path:
            return
        self._close()
        if is_tar(path):
            self._opened = tarfile.open(path)  # noqa: SIM115
            # Links are no files of their own, and may lead anywhere.
            infos = (info for info in self._opened if info.isreg() or info.isdir())
            self._known = {info.name + "/" * info.isdir(): info for info in infos}
        else:
            self._opened = zipfile.ZipFile(path)
            self._known = {info.filename: info for info in self._opened.infolist()}
        self._path = path

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._path, self._opened, self._known = None, None, {}


@contextmanager
def _complaining(what: Path | Item) -> Iterator[None]:
    """Around the reading of a file; half a dozen kinds of errors tell of a damaged archive."""
    try:
        yield
    except OSError as error:
        raise TrainError(f"{what} could not be read: {error.strerror or error}.") from None
    except Exception:
        raise TrainError(
            f"{what} could not be read: the archive is damaged, or called what it is not; copy or make it again."
        ) from None
