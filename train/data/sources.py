"""What somebody's collection is, by how its files are arranged: pictures, classes, two domains, pairs, or captions.

A collection is a folder, a ZIP or tar file, tar shards as WebDataset writes them, or several of these. Nothing is configured:
the folders ``train``, ``val`` and ``test`` are understood around or within any arrangement.
"""

from __future__ import annotations

import dataclasses
import gc
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from models_zoo import decoding
from models_zoo.decoding import PictureError
from train.data import archives, captions, splits
from train.data.archives import Archives, Entry
from train.data.items import Item
from train.data.pictures import MOST_PIXELS, is_picture
from train.data.splits import Parts
from train.errors import TrainError

Layout = Literal["pictures", "classes", "domains", "pairs", "captions"]
Items = tuple[Item, ...]
Groups = dict[str, list[Entry]]
"""Entries by the folders that they lie in."""
LOOK = 8
"""Pictures that tell whether it is worth looking at all of them."""
ORIENTATION = 274
"""The EXIF tag; from 5 on, it lays a picture on its side."""
ON_ITS_SIDE = 5


@dataclass(frozen=True)
class Source:
    """A collection as it was recognised."""

    layout: Layout
    train: Items
    """Pictures to train on; of two domains those of the first."""
    test: Items
    """Held-out pictures, likewise."""
    other: tuple[Items, Items] | None = None
    """Training and held-out pictures of the second domain, where they are in files of their own; those of pairs in the order of the first."""
    classes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    """What the two domains are called; empty where there are none."""
    captions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Sentences by `Item.name`."""
    passed_over: dict[str, int] = field(default_factory=dict)
    """How many files are not used, by what they are: mostly by the endings of their names."""
    halves: bool = False
    """Whether each picture is a pair side by side, of which the left half is of the first domain."""
    remark: str = ""
    """Why a collection with folders is of none of the layouts that have some; empty if that was not asked."""

    @property
    def items(self) -> Items:
        """All pictures, held out or not, of one domain and the other."""
        return self.train + self.test + (self.other[0] + self.other[1] if self.other else ())


@dataclass(frozen=True)
class Collection:
    """The files of a collection by what they are, and what else its layout follows from."""

    name: str
    pictures: list[Entry]
    others: list[Entry]
    folders: set[str]
    described: captions.Described
    is_two: bool
    """Whether it was named as two collections."""

    def source(self, layout: Layout, train: Items, test: Items, used: Sequence[Item] = (), **more: Any) -> Source:
        """The collection as `layout`; `used` are files that are no pictures and yet used."""
        known = {item.name for item in used} | self.described.used
        rest = [posixpath.splitext(item.name)[1].lower() for _, item in self.others if item.name not in known]
        passed_over = Counter(ending or "files without an ending" for ending in rest)
        return Source(layout, train, test, passed_over=dict(passed_over.most_common()), **more)


def recognised(paths: Sequence[Path], wanted: Layout) -> Source:
    """The collection in `paths` as a variant wants it; "pictures" takes any, whatever else is known of them.

    Raises `TrainError` with a sentence that says what to change.
    """
    with _all_kept():
        return READERS[wanted](_collected(paths, apart=wanted in ("domains", "pairs")))


def recognised_any(paths: Sequence[Path]) -> Source:
    """The collection in `paths` as what it looks like; raises `TrainError` for what is none, or broken."""
    with _all_kept():
        return _guessed(_collected(paths))


def _guessed(found: Collection) -> Source:
    lists = [entry for entry in captions.lists(found.others) if captions.has_sentences(entry)]
    if lists or found.described.captions:
        return _captions(found, lists)
    try:
        if found.described.classes:
            return _classes(found)
        parts = _two(found)
        if parts is not None and (found.is_two or {name.upper() for name in parts} == {"A", "B"}):
            return _paired(found, parts) if _are_equal(parts) else _domains(found)
        return _halves(found) if _odd(found.pictures[:LOOK]) is None else _classes(found)
    except TrainError as error:
        if found.is_two:
            raise
        train, _ = splits.parted(splits.inside(found.pictures))
        has_kinds = found.described.classes or len(splits.grouped(splits.inside(train))) > 1
        return dataclasses.replace(_pictures(found), remark=str(error) if has_kinds else "")


@contextmanager
def _all_kept() -> Iterator[None]:
    """Around the making of many objects none of which is garbage: Python would look at all of them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Nor later, when they are still there.
        gc.freeze()
        if was_enabled:
            gc.enable()


def _collected(paths: Sequence[Path], apart: bool = False) -> Collection:
    listing = archives.listing(paths, apart)
    name = " and ".join(map(str, paths))
    found: list[Entry] = []
    others: list[Entry] = []
    for entry in listing.files:
        (found if is_picture(entry[0]) else others).append(entry)
    kept, described = captions.read_samples(found, others)
    if len(kept) == 1:
        raise TrainError(f"{kept[0][1]} is the only picture in {name}; add more, for two are needed at least.")
    if len(kept) < len(found):
        used = {item.name for _, item in kept}
        others += [entry for entry in found if entry[1].name not in used]
    splits.check_train(kept, listing.folders, name)
    is_two = len(paths) == 2 and (apart or not archives.is_numbered(paths)) and splits.parted(kept)[1] is None
    return Collection(name, kept, others, listing.folders, described, is_two)


def _items(entries: Iterable[Entry]) -> Items:
    return tuple(item for _, item in entries)


def _sides(train: Sequence[Entry], held_out: Sequence[Entry] | None) -> tuple[Items, Items]:
    """Items to train on and held-out ones; a share of the former where no folder tells the latter."""
    return splits.held_out(_items(train)) if held_out is None else (_items(train), _items(held_out))


def _pictures(found: Collection) -> Source:
    return found.source("pictures", *_sides(*splits.everywhere(found.pictures)))


def _classes(found: Collection) -> Source:
    if found.described.classes:
        train, held_out = splits.everywhere(found.pictures)
        groups = _by_class(found, train)
        tests = None if held_out is None else _by_class(found, held_out)
    else:
        train, held_out = splits.parted(splits.inside(found.pictures))
        train = splits.inside(train)
        groups = splits.grouped(train)
        tests = None if held_out is None else _tests(groups, held_out)
        _check_folders(found, train, groups)
    if len(groups) < 2:
        raise TrainError(f"{found.name} has one class only; two are needed at least.")
    classes = tuple(sorted(groups, key=_natural))
    for name in classes:
        if not _is_text(name):
            raise TrainError(f"The name of the class {name!r} is no text in UTF-8: rename its folder.")
    sides = []
    for name in classes:
        parts = splits.parted(splits.inside(groups[name])) if tests is None else (groups[name], tests.get(name, []))
        sides.append([[Item(each.name, each.path, each.member, name) for each in side] for side in _sides(*parts)])
    train, test = (tuple(item for side in sides for item in side[place]) for place in (0, 1))
    return found.source("classes", train, test, classes=classes)


def _is_text(words: str) -> bool:
    """Whether `words` can be written into a card: names of files may hold bytes that stand for no letter."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True


def _by_class(found: Collection, entries: Sequence[Entry]) -> Groups:
    groups: Groups = {}
    for entry in entries:
        label = found.described.classes.get(entry[1].name)
        if label is None:
            raise TrainError(f"{entry[1]} has no class; put a .cls file beside it, as the other samples have.")
        groups.setdefault(label, []).append(entry)
    return groups


def _tests(groups: Groups, held_out: list[Entry]) -> Groups:
    """Held-out entries by the folders that `groups` have; raises `TrainError` for a picture in another one."""
    for entries in (held_out, splits.inside(held_out)):
        tests = splits.grouped(entries)
        if tests.keys() <= groups.keys():
            return tests
    stranger = next(item for place, item in held_out if place.partition("/")[0] not in groups)
    raise TrainError(
        f"{stranger} is held out, but its folder is none of those that are trained on; move it or rename the folder."
    )


def _check_folders(found: Collection, train: Sequence[Entry], groups: Groups) -> None:
    """Raise `TrainError` unless `groups` are class folders: two at least, none of them empty, and no picture beside them."""
    loose = groups.get("", [])
    if len(groups) - bool(loose) < 2 or splits.lettered(train):
        raise TrainError(f"{found.name} has no class folders; put the pictures of each class into a folder of its own.")
    if loose:
        raise TrainError(
            f"{loose[0][1]} lies beside the class folders; move it into one of them, or out of the collection."
        )
    place, item = train[0]
    above = item.name[: len(item.name) - len(place)]
    names = {folder[len(above) :] for folder in found.folders if folder.startswith(above)}
    for name in sorted(name for name in names - groups.keys() if name and "/" not in name):
        raise TrainError(
            f"The class folder {above}{name} of {found.name} has no picture; put some there, or remove it."
        )


def _natural(name: str) -> list[tuple[int, str]]:
    """Orders names such that 10 comes after 9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _two(found: Collection) -> dict[str, Parts] | None:
    """The two domains of a collection by their names, in order; None where there are not two."""
    entries = found.pictures if found.is_two else splits.inside(found.pictures)
    train, held_out = splits.parted(entries)
    if held_out is not None:
        groups = splits.grouped(splits.inside(train))
        tests = _tests(groups, held_out)
        parts = {name: (group, tests.get(name)) for name, group in groups.items()}
    else:
        parts = splits.lettered(entries) or {
            name: splits.parted(splits.inside(group)) for name, group in splits.grouped(entries).items()
        }
    return parts if len(parts) == 2 and "" not in parts else None


def _domains(found: Collection) -> Source:
    parts = _two(found)
    if parts is None:
        names = [item.name for _, item in found.pictures]
        for folder in sorted(found.folders - {""}):
            if not any(name.startswith(f"{folder}/") for name in names):
                raise TrainError(
                    f"The folder {folder} of {found.name} has no picture, and this needs two domains; put some there."
                )
        raise TrainError(
            f"{found.name} is one collection, and this needs two; name two folders, or one that holds trainA and trainB, or "
            "exactly two folders of pictures."
        )
    first, second = (_sides(*part) for part in parts.values())
    for name, side in zip(parts, (first, second), strict=True):
        if len(side[0]) < 2:
            raise TrainError(f"{side[0][0]} is the only picture of {name} to train on; add more.")
    return found.source("domains", *first, other=second, domains=tuple(parts))


def _pairs(found: Collection) -> Source:
    parts = _two(found)
    if parts is not None and (found.is_two or _are_equal(parts) or _odd(found.pictures[:LOOK]) is not None):
        return _paired(found, parts)
    return _halves(found)


def _are_equal(parts: dict[str, Parts]) -> bool:
    """Whether the pictures of two domains are called alike, those for training and those held out."""
    first, second = ([sorted(_stem(place) for place, _ in side or ()) for side in part] for part in parts.values())
    return first == second


def _stem(place: str) -> str:
    return posixpath.splitext(place)[0]


def _paired(found: Collection, parts: dict[str, Parts]) -> Source:
    """Pairs of two collections; raises `TrainError` where one has a picture that the other has not."""
    (first, (train, held_out)), (second, (other, other_held_out)) = parts.items()
    pairs = _matched({first: train, second: other})
    if held_out is None and other_held_out is None:
        partners = dict(pairs)
        sides = [[(item, partners[item]) for item in side] for side in splits.held_out([item for item, _ in pairs])]
    else:
        sides = [pairs, _matched({first: held_out or [], second: other_held_out or []})]
    (train_a, train_b), (test_a, test_b) = ((_column(side, 0), _column(side, 1)) for side in sides)
    return found.source("pairs", train_a, test_a, other=(train_b, test_b), domains=(first, second))


def _column(pairs: Sequence[tuple[Item, Item]], place: int) -> Items:
    return tuple(pair[place] for pair in pairs)


def _matched(domains: Groups) -> list[tuple[Item, Item]]:
    """The pictures of two domains that are called alike but for the ending, in the order of the first."""
    known: list[dict[str, Item]] = []
    for entries in domains.values():
        stems: dict[str, Item] = {}
        for place, item in entries:
            if (before := stems.setdefault(_stem(place), item)) is not item:
                raise TrainError(f"{before} and {item} are both called {_stem(place)!r}; rename or remove one of them.")
        known.append(stems)
    missing = min(known[0].keys() ^ known[1].keys(), default=None)
    if missing is not None:
        where = missing in known[0]
        raise TrainError(
            f"{known[not where][missing]} has no partner called {missing!r} in {list(domains)[where]}; give both pictures of a "
            "pair the same name, or remove it."
        )
    return [(item, known[1][stem]) for stem, item in known[0].items()]


def _halves(found: Collection) -> Source:
    odd = _odd(found.pictures)
    if odd is not None:
        raise TrainError(
            f"{odd} is not twice as wide as high, as pairs side by side are; correct it, or name two folders whose pictures "
            "have equal names."
        )
    return found.source("pairs", *_sides(*splits.everywhere(found.pictures)), domains=("A", "B"), halves=True)


def _odd(entries: Sequence[Entry]) -> Item | None:
    """The first picture that is not twice as wide as high; those that cannot be read count only if there are no others."""
    seen = False
    with Archives() as opened:
        for item in opened.in_order(_items(entries)):
            try:
                width, height = size_of(decoding.opened(opened.read(item), MOST_PIXELS))
            except (PictureError, TrainError):
                continue
            if width != 2 * height:
                return item
            seen = True
    return None if seen else entries[0][1]


def size_of(picture: Image.Image) -> tuple[int, int]:
    """Width and height of an opened picture once it is upright, by its header alone; raises `PictureError`."""
    try:
        is_turned = picture.getexif().get(ORIENTATION, 1) >= ON_ITS_SIDE
    except Exception:
        # Pillow raises a dozen kinds of errors for damaged files.
        raise PictureError("damaged") from None
    return picture.size[::-1] if is_turned else picture.size


def _captions(found: Collection, lists: Sequence[Entry] | None = None) -> Source:
    lists = captions.lists(found.others) if lists is None else lists
    told = found.described.captions | captions.read_lists(lists, found.pictures)
    if not told:
        raise TrainError(
            f"{found.name} has no captions; put a file captions.jsonl beside the pictures, of lines such as "
            '{"file": "a.jpg", "caption": "a red bird"}.'
        )
    entries = [entry for entry in found.pictures if entry[1].name in told]
    if len(entries) < 2:
        raise TrainError(f"{entries[0][1]} is the only picture of {found.name} with a caption; describe more of them.")
    unused = len(found.pictures) - len(entries)
    sides = _sides(*splits.everywhere(entries))
    source = found.source("captions", *sides, used=_items(lists), captions=told)
    more = {"pictures without a caption": unused} if unused else {}
    return dataclasses.replace(source, passed_over=source.passed_over | more)


READERS: dict[Layout, Callable[[Collection], Source]] = {
    "pictures": _pictures,
    "classes": _classes,
    "domains": _domains,
    "pairs": _pairs,
    "captions": _captions,
}
