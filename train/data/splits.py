"""Which pictures are held out: as folders say, or else a tenth by their names; and what lies in which folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from train.data.archives import HELD_OUT, Entry
from train.data.items import Item
from train.errors import TrainError

TRAIN = "train"
SHARE = 0.1
"""Of the pictures that no folder holds out."""
MOST = 1_000
"""More are not held out: numbers get no better from them."""
FROM = 10
"""With so many pictures at least one is held out."""
LETTERED = re.compile(rf"({TRAIN}|{'|'.join(HELD_OUT)})[ _-]?([ab])", re.IGNORECASE)

Parts = tuple[list[Entry], list[Entry] | None]
"""Entries for training, and held-out ones; None where no folder tells which these are."""


def inside(entries: list[Entry]) -> list[Entry]:
    """`entries` without the folders that hold all of them."""
    while entries:
        head, slash, _ = entries[0][0].partition("/")
        if not slash or not all(place.startswith(f"{head}/") for place, _ in entries):
            break
        entries = [(place[len(head) + 1 :], item) for place, item in entries]
    return entries


def grouped(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """`entries` by the first folder of their places, without it; those that lie in none by the empty name."""
    found: dict[str, list[Entry]] = {}
    for place, item in entries:
        head, slash, rest = place.partition("/")
        name, below = (head, rest) if slash else ("", place)
        found.setdefault(name, []).append((below, item))
    return found


def _folders(entries: Sequence[Entry]) -> set[str]:
    """The keys of `grouped`, which takes longer."""
    return {place.partition("/")[0] if "/" in place else "" for place, _ in entries}


def parted(entries: Sequence[Entry]) -> Parts:
    """`entries` as the folders ``train`` and ``val`` or ``test`` part them, without these.

    Raises `TrainError` for a picture beside these folders.
    """
    names = sorted(_folders(entries))
    held_out = [name for name in names if name.lower() in HELD_OUT]
    train = [name for name in names if name.lower() == TRAIN]
    if not (train and held_out):
        return list(entries), None
    groups = grouped(entries)
    for name in groups:
        if name not in (*train, *held_out):
            raise _beside(groups[name][0][1], f"the folders {', '.join(train + held_out)}")
    return _all(groups, train), _all(groups, held_out)


def check_train(entries: Sequence[Entry], folders: Iterable[str], collection: str) -> None:
    """Raise `TrainError` for an empty folder ``train`` beside held-out pictures, which else would be trained on."""
    for folder in folders:
        above, _, name = folder.rpartition("/")
        if name.lower() != TRAIN or any(place.startswith(f"{folder}/") for place, _ in entries):
            continue
        beside = above and f"{above}/"
        names = _folders([(place[len(beside) :], item) for place, item in entries if place.startswith(beside)])
        if any(each.lower() in HELD_OUT for each in names):
            raise TrainError(f"The folder {folder} of {collection} has no picture; put those to train on there.")


def lettered(entries: Sequence[Entry]) -> dict[str, Parts]:
    """The domains A and B of the folders ``trainA``, ``trainB`` and perhaps ``testA``, ``testB``; empty if there are none.

    Raises `TrainError` for a picture beside them, and where A or B has no pictures to train on.
    """
    found = {name: LETTERED.fullmatch(name) for name in sorted(_folders(entries))}
    if not any(match and match[1].lower() == TRAIN for match in found.values()):
        return {}
    groups = grouped(entries)
    for name, match in found.items():
        if not match:
            raise _beside(groups[name][0][1], "the folders trainA and trainB")
    parts = {}
    for letter in sorted({match[2].upper() for match in found.values()}):
        names = [name for name, match in found.items() if match[2].upper() == letter]
        train = [name for name in names if found[name][1].lower() == TRAIN]
        if not train:
            raise TrainError(f"{groups[names[0]][0][1]} is held out, but there is no folder train{letter} to train on.")
        rest = [name for name in names if name not in train]
        parts[letter] = _all(groups, train), _all(groups, rest) if rest else None
    return parts


def _all(groups: dict[str, list[Entry]], names: Sequence[str]) -> list[Entry]:
    return [entry for name in names for entry in groups[name]]


def _beside(item: Item, folders: str) -> TrainError:
    return TrainError(f"{item} lies beside {folders}; move it into one of them, or out of the collection.")


def everywhere(entries: list[Entry]) -> Parts:
    """`entries` as folders part them at whichever level: at the top, by letters, or in every folder."""
    entries = inside(entries)
    parts = [parted(entries)]
    if parts[0][1] is None and "" not in _folders(entries):
        parts = [*lettered(entries).values()] or [parted(inside(group)) for group in grouped(entries).values()]
    if all(held is None for _, held in parts):
        return entries, None
    return [entry for train, _ in parts for entry in train], [entry for _, held in parts for entry in held or ()]


def held_out(items: Sequence[Item]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """A share of `items` held out by a hash of their names: those to train on, and these.

    New items move none of the others, except that some are trained on again where more than `MOST` would be held out. At
    least one of `FROM` is held out, and never all.
    """
    order = sorted((_fraction(item.name), place) for place, item in enumerate(items))
    count = sum(fraction < SHARE for fraction, _ in order)
    least = 1 if len(items) >= FROM else 0
    chosen = {place for _, place in order[: min(max(count, least), MOST, len(items) - 1)]}
    parts = ([], [])
    for place, item in enumerate(items):
        parts[place in chosen].append(item)
    return tuple(parts[0]), tuple(parts[1])


def _fraction(name: str) -> float:
    """A number from 0 to 1 that only depends on `name`."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
