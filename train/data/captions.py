"""Sentences and classes that lie in files beside pictures: lists of captions, and the samples of WebDataset shards."""

from __future__ import annotations

import csv
import io
import json
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from train.data.archives import Archives, Entry, is_tar
from train.data.items import Item
from train.data.pictures import is_picture
from train.errors import TrainError

LISTS = {
    "metadata.jsonl": ("file_name", "text"),
    "metadata.csv": ("file_name", "text"),
    "captions.jsonl": ("file", "caption"),
}
"""Lists of captions, the first two as Hugging Face's ImageFolder reads them: what names the picture, and what the sentence."""
FORMS = {
    ".jsonl": '{{"{}": "a.jpg", "{}": "a red bird"}}',
    ".csv": 'a header {},{} and lines such as a.jpg,"a red bird"',
}
"""What their lines look like."""
BESIDE = ("cls", "txt", "json")
"""Endings of what describes a sample in a shard."""
NAMES_OF = {"class": ("label", "cls", "class"), "caption": ("caption", "text")}
"""Keys of a sample's JSON file."""

Sentences = dict[str, tuple[str, ...]]


@dataclass
class Described:
    """What is known of pictures by the names of their items, and the names of the files that tell."""

    classes: dict[str, str] = field(default_factory=dict)
    captions: Sentences = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def lists(others: Sequence[Entry]) -> list[Entry]:
    """The lists of captions among files that are no pictures."""
    return [(place, item) for place, item in others if posixpath.basename(place) in LISTS]


def has_sentences(entry: Entry) -> bool:
    """Whether a list tells sentences at all; Hugging Face's may tell other things."""
    place, item = entry
    kind = posixpath.basename(place)
    if kind == "captions.jsonl":
        return True
    with Archives() as archives:
        first = archives.read(item).partition(b"\n")[0]
    key = LISTS[kind][1].encode()
    return bool(re.search(rb"\b%b\b" % key if kind.endswith(".csv") else rb'"%b"\s*:' % key, first))


def read_lists(found: Sequence[Entry], pictures: Iterable[Entry]) -> Sentences:
    """The sentences of the lists `found` about `pictures`, by the names of the items.

    Raises `TrainError` with the number of the line for what is no list, and for a picture that is not there.
    """
    known = dict(pictures)
    told: dict[str, list[str]] = {}
    for place, item in found:
        for number, (name, sentence) in _lines(item, posixpath.basename(place)):
            at = posixpath.normpath(posixpath.join(posixpath.dirname(place), unicodedata.normalize("NFC", name)))
            if at not in known:
                what = "is no picture's name" if not is_picture(name) else "is not there"
                raise TrainError(f"{item}, line {number}: {name} {what}; correct the line or add the picture.")
            told.setdefault(known[at].name, []).append(sentence)
    return {name: tuple(sentences) for name, sentences in told.items()}


def _lines(item: Item, kind: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """Numbers of lines, and the picture's name and the sentence of each."""
    with Archives() as archives:
        data = archives.read(item)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise TrainError(f"{item}, line {number}: not in UTF-8; save the file in that encoding.") from None
    keys = LISTS[kind]
    ending = posixpath.splitext(kind)[1]
    for number, entry in _rows(text) if ending == ".csv" else _objects(text):
        values = [entry.get(key) if isinstance(entry, dict) else None for key in keys]
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise TrainError(f"{item}, line {number}: not of the form {FORMS[ending].format(*keys)}.")
        if any("\ud800" <= letter <= "\udfff" for value in values for letter in value):
            raise TrainError(
                f"{item}, line {number}: holds half a character (\\ud800 to \\udfff); write the line anew."
            )
        yield number, (values[0], values[1].strip())


def _objects(text: str) -> Iterator[tuple[int, Any]]:
    # Sentences may hold what splitlines takes for the end of a line.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _rows(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        # The outer reader does not count the line that it could not read.
        yield reader.reader.line_num, None


def read_samples(pictures: Sequence[Entry], others: Sequence[Entry]) -> tuple[list[Entry], Described]:
    """The samples of tar files: one picture for each, and what ``.cls``, ``.txt`` and ``.json`` say of them.

    A sample's files are alike up to the first dot of their base names. Where nothing lies beside pictures, all of them stay.
    Raises `TrainError` for a file that cannot be read.
    """
    beside = [(key, item) for _, item in others if (key := _key(item)) and _ending(item) in BESIDE]
    if not beside:
        return list(pictures), Described()
    told_of = {key for key, _ in beside}
    best: dict[tuple[str, str], Item] = {}
    for _, item in pictures:
        key = _key(item)
        if key in told_of and (key not in best or _rank(item) < _rank(best[key])):
            best[key] = item
    found = Described()
    with Archives() as archives:
        for key, item in beside:
            if key in best:
                found.used.add(item.name)
                _describe(found, best[key].name, item, archives)
    kept = [(place, item) for place, item in pictures if best.get(_key(item), item) is item]
    return kept, found


def _key(item: Item) -> tuple[str, str] | None:
    """What the files of a sample share; None for what is in no tar file."""
    if not (item.member and is_tar(item.path)):
        return None
    folder, name = posixpath.split(item.name)
    return folder, name.partition(".")[0]


def _ending(item: Item) -> str:
    return posixpath.basename(item.name).partition(".")[2].lower()


def _rank(item: Item) -> tuple[bool, str]:
    """A sample's picture is ``.jpg`` rather than ``.mask.png``."""
    return "." in _ending(item), _ending(item)


def _describe(found: Described, name: str, item: Item, archives: Archives) -> None:
    """Note what the file `item` says of the picture `name`."""
    kind = _ending(item)
    try:
        text = archives.read(item).decode("utf-8-sig").strip()
        values = json.loads(text) if kind == "json" else {"class" if kind == "cls" else "caption": text}
    except (ValueError, RecursionError):
        raise TrainError(f"{item} is neither text in UTF-8 nor JSON; correct or remove it.") from None
    if not isinstance(values, dict):
        return
    label, told = _first(values, NAMES_OF["class"]), _first(values, NAMES_OF["caption"])
    if isinstance(label, (str, int)) and not isinstance(label, bool) and str(label).strip():
        found.classes.setdefault(name, str(label).strip())
    sentences = told if isinstance(told, list) else [told]
    sentences = [each.strip() for each in sentences if isinstance(each, str) and each.strip()]
    if sentences:
        found.captions[name] = tuple(dict.fromkeys([*found.captions.get(name, ()), *sentences]))


def _first(values: dict[str, Any], names: Sequence[str]) -> Any:
    return next((values[name] for name in names if name in values), None)
