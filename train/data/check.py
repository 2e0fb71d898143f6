"""`python -m train check`: what a collection of pictures is recognised as, and what is the matter with it."""

from __future__ import annotations

import shlex
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image
from tqdm import tqdm

from models_zoo import decoding
from models_zoo.decoding import PictureError
from train.data import duplicates, hub, pictures, sources
from train.data.archives import Archives
from train.data.decoders import LEAST_SIDE
from train.data.duplicates import Look
from train.data.items import Item
from train.data.packing import MOST_BROKEN
from train.data.sources import Items, Layout, Source
from train.data.splits import FROM
from train.errors import TrainError

T = TypeVar("T")
Line = tuple[str, str]
"""What is said about something, and before it what that is."""
NAMED = 5
"""How many of a kind are named."""
MOST_CLASSES = 20
"""More are not listed one by one."""
AT_A_TIME = 64
"""Files that are held in memory at the same time."""
COLUMNS, ROWS = 8, 4
SIDE, GAP = 128, 4
"""Of the contact sheet's pictures, and between them, in pixels."""
VARIANTS: dict[Layout, str] = {
    "pictures": "dcgan",
    "classes": "acgan",
    "domains": "cyclegan",
    "pairs": "pix2pix",
    "captions": "stackgan",
}
"""Which variant of each kind is proposed."""
MODES = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with transparency",
    "P": "palette",
    "RGB": "colour",
    "RGBA": "colour with transparency",
    "I": "grey, 16 or 32 bits",
    "I;16": "grey, 16 bits",
    "F": "grey, floats",
}
"""What Pillow's modes are; others, such as CMYK, speak for themselves."""


@dataclass(frozen=True)
class Seen:
    """What a picture's file holds."""

    size: tuple[int, int] = (0, 0)
    """Width and height."""
    mode: str = ""
    look: Look | None = None
    """None for what cannot be read."""
    wrong: str = ""
    """What is the matter with it, in a few words."""


def check(paths: Sequence[Path], sheet: Path, batches: Mapping[str, int]) -> str:
    """Say what a collection of pictures is recognised as, what is the matter with it, and how to train on it.

    Writes a contact sheet to `sheet`, a PNG file, and returns the variant that is proposed. `batches` are the usual batch
    sizes of variants. Raises `TrainError` where there is nothing to be seen.
    """
    if len(paths) > 2:
        raise TrainError(
            f"{len(paths)} paths are no collection: put the pictures into one folder, or name two for two domains; "
            "name shards as one, in quotes, such as 'a-{000..099}.tar'."
        )
    _check_sheet(sheet, paths)
    source = sources.recognised_any(hub.local(paths, hub.CACHE))
    seen = examined(source.items)
    readable = {item for item, found in seen.items() if found.look}
    if not readable:
        raise TrainError(f"None of the {len(seen):,} pictures can be read: {_wrong(seen)}.")
    lines = [
        ("recognised as", _recognised(source)),
        *_counts(source),
        *_files(seen),
        *_copies(source, seen),
        *_rest(source),
    ]
    shown = contact_sheet(_chosen(source, readable))
    try:
        shown.save(sheet, "PNG")
    except OSError as error:
        raise TrainError(
            f"{sheet} could not be written: {error.strerror or error}; name another file with --sheet."
        ) from None
    ahead = _next(source, paths, batches, 1 - len(readable) / len(seen))
    for name, text in [*lines, ("contact sheet", str(sheet.absolute())), *ahead]:
        say(name, text)
    return VARIANTS[source.layout]


def _check_sheet(sheet: Path, paths: Sequence[Path]) -> None:
    """Raise `TrainError` where `sheet` cannot be written, or would be one of the pictures the next time."""
    if sheet.suffix.lower() != ".png":
        raise TrainError(f"--sheet {sheet} must end in .png.")
    if not sheet.absolute().parent.is_dir():
        raise TrainError(f"There is no folder {sheet.absolute().parent} for --sheet; make it, or name another file.")
    for path in paths:
        if path.is_dir() and sheet.resolve().is_relative_to(path.resolve()):
            raise TrainError(f"{sheet} would lie among the pictures of {path}; name a file elsewhere with --sheet.")


def say(name: str, text: str) -> None:
    """Print a line of the report, whatever characters the names of files have."""
    encoding, line = sys.stdout.encoding or "utf-8", f"{name:<15} {text}"
    print(line.encode(encoding, "backslashreplace").decode(encoding))


def examined(items: Sequence[Item]) -> dict[Item, Seen]:
    """What the file of each of `items` holds."""
    found: dict[Item, Seen] = {}
    with Archives() as archives, ThreadPoolExecutor() as threads, warnings.catch_warnings():
        # Pillow warns of what is repaired here, and of sizes that `decoding` judges.
        warnings.simplefilter("ignore")
        order = archives.in_order(items)
        seldom = 0.2 if sys.stderr.isatty() else 10
        with tqdm(total=len(order), desc="Looking", unit="img", leave=False, mininterval=seldom, delay=seldom) as bar:
            for start in range(0, len(order), AT_A_TIME):
                part = order[start : start + AT_A_TIME]
                found |= zip(part, threads.map(_seen, [_read(archives, item) for item in part]), strict=True)
                bar.update(len(part))
    return {item: found[item] for item in items}


def _read(archives: Archives, item: Item) -> bytes | Seen:
    try:
        return archives.read(item)
    except TrainError as error:
        return Seen(wrong=str(error).removeprefix(f"{item} ").rstrip("."))


def _seen(data: bytes | Seen) -> Seen:
    if isinstance(data, Seen):
        return data
    try:
        picture = decoding.opened(data, pictures.MOST_PIXELS, LEAST_SIDE)
        # Both change where a large JPEG is unpacked smaller.
        size, mode = sources.size_of(picture), picture.mode
        small = decoding.rgb(decoding.upright(picture, duplicates.SEEN_AT))
        return Seen(size, mode, duplicates.look(small))
    except PictureError as error:
        return Seen(wrong=pictures.WRONG[error.kind])
    except MemoryError:
        return Seen(wrong="does not fit into memory")


def _recognised(source: Source) -> str:
    if source.layout == "classes":
        return f"{len(source.classes)} classes"
    if source.layout == "pairs":
        return "pairs side by side" if source.halves else f"pairs of {' and '.join(source.domains)} with equal names"
    if source.layout == "domains":
        return f"two domains, {' and '.join(source.domains)}"
    return "pictures with captions" if source.layout == "captions" else "pictures"


def _counts(source: Source) -> list[Line]:
    """How many pictures there are, of each kind."""
    if source.layout == "domains":
        kinds = zip(source.domains, ((source.train, source.test), source.other), strict=True)
        return [(name, _sides(len(train), len(test))) for name, (train, test) in kinds]
    lines = [(source.layout if source.layout == "pairs" else "pictures", _sides(len(source.train), len(source.test)))]
    if source.layout == "classes":
        counts = [Counter(item.label for item in side) for side in (source.train, source.test)]
        fewest = sorted(source.classes, key=lambda name: counts[0][name])
        if len(fewest) > MOST_CLASSES:
            least, most = (counts[0][name] for name in (fewest[0], fewest[-1]))
            return [*lines, ("in each class", f"{least:,} ({fewest[0]}) to {most:,} ({fewest[-1]}) to train on")]
        lines += [(f"  {name}", _sides(*(count[name] for count in counts))) for name in source.classes]
    if source.layout == "captions":
        told = [len(sentences) for sentences in source.captions.values()]
        lines.append(("captions", f"{sum(told):,}; {min(told)} to {max(told)} for each picture"))
    return lines


def _sides(train: int, test: int) -> str:
    return f"{train:,} to train on, {test:,} held out"


def _files(seen: dict[Item, Seen]) -> list[Line]:
    """Sizes and kinds of what can be read, and what cannot."""
    good = [each for each in seen.values() if each.look]
    sizes = sorted((each.size for each in good), key=lambda size: (size[0] * size[1], size))
    first, middle, last = (f"{size[0]} x {size[1]}" for size in (sizes[0], sizes[len(sizes) // 2], sizes[-1]))
    modes = Counter(MODES.get(each.mode, each.mode) for each in good).most_common()
    broken = len(seen) - len(good)
    return [
        ("sizes", first if first == last else f"{first} to {last}, median {middle}"),
        ("modes", ", ".join(f"{count:,} {mode}" for mode, count in modes)),
        ("broken", f"{broken:,}: {_wrong(seen)}" if broken else "none"),
    ]


def _wrong(seen: dict[Item, Seen]) -> str:
    return _listed([f"{item.name} {each.wrong}" for item, each in seen.items() if each.wrong])


def _listed(things: Sequence[str]) -> str:
    return "; ".join(things[:NAMED]) + ("; ..." if len(things) > NAMED else "")


def _copies(source: Source, seen: dict[Item, Seen]) -> list[Line]:
    """Files that are equal, and held-out pictures that are trained on in another file."""
    groups = duplicates.duplicates(source.items)
    parts = [(source.train, source.test), *([source.other] if source.other else [])]
    held_out = {item for _, test in parts for item in test}
    across = [group for group in groups if 0 < sum(item in held_out for item in group) < len(group)]
    number = {item: place for place, group in enumerate(groups) for item in group}
    pairs = [
        pair for part in parts for pair in _near(*part, seen) if len({number.get(item, item) for item in pair}) == 2
    ]
    lines = [("equal files", _shown(groups, "in all", " = "))]
    if across:
        lines.append(("", _shown(across, "in training and held-out pictures alike", " = ")))
    return [*lines, ("near copies", _shown(pairs, "of training pictures among the held-out ones", " ~ "))]


def _near(train: Items, test: Items, seen: dict[Item, Seen]) -> list[tuple[Item, Item]]:
    """Held-out pictures, each with a training picture that looks the same."""
    one, other = ([item for item in side if seen[item].look] for side in (train, test))
    looks = ([seen[item].look for item in side] for side in (one, other))
    return [(other[held_out], one[trained]) for trained, held_out in duplicates.near(*looks)]


def _shown(groups: Sequence[tuple[Item, ...]], what: str, sign: str) -> str:
    named = _listed([sign.join(item.name for item in group) for group in groups])
    return f"{len(groups):,} {what}: {named}" if groups else "none"


def _rest(source: Source) -> list[Line]:
    """What is not used, and why it is not recognised as more."""
    passed_over = ", ".join(f"{count:,} {kind}" for kind, count in source.passed_over.items())
    lines = [("passed over", passed_over)] if passed_over else []
    return [*lines, ("no classes", source.remark)] if source.remark else lines


def _next(source: Source, paths: Sequence[Path], batches: Mapping[str, int], broken: float) -> list[Line]:
    """The commands that train on the collection, of which a share `broken` cannot be read, and what must be done before."""

    def command(variant: str, count: int) -> str:
        fewer = [] if batches[variant] <= count else ["--batch-size", str(1 << count.bit_length() - 1)]
        return shlex.join(["python", "-m", "train", variant, "--dataset", *map(str, paths), *fewer])

    lines = []
    if broken > MOST_BROKEN:
        lines.append(("first", f"mend or remove the broken ones: at most {100 * MOST_BROKEN:g} % may be left out"))
    if not (source.test and (source.other is None or source.other[1])):
        lines.append(("first", f"add pictures: from {FROM} of each kind on, some can be held out"))
    trained = round(len(source.train) * (1 - broken))
    lines.append(("train with", command(VARIANTS[source.layout], max(1, trained))))
    counts = Counter(item.label for item in source.train)
    if source.layout == "classes":
        if len(counts) == 2 and min(counts.values()) >= FROM and len(paths) == 1:
            lines.append(("or translate", command(VARIANTS["domains"], min(counts.values()))))
        if len(paths) == 1:
            lines.append(("or all as one", command(VARIANTS["pictures"], max(1, trained))))
    if source.layout == "pairs" and source.other:
        lines.append(("or, if unpaired", command(VARIANTS["domains"], max(1, trained))))
    return lines


def _chosen(source: Source, readable: set[Item]) -> list[Image.Image]:
    """Pictures for the contact sheet, spread over classes or domains; of pairs the two beside each other."""
    count = COLUMNS * ROWS
    with Archives() as archives:
        if source.layout == "pairs" and source.other:
            both = zip(source.train + source.test, source.other[0] + source.other[1], strict=True)
            pairs = [pair for pair in both if readable.issuperset(pair)]
            return [_opened(archives, item) for pair in _spread([pairs], count // 2) for item in pair]
        if source.halves:
            whole = [item for item in source.items if item in readable]
            return [half for item in _spread([whole], count // 2) for half in _halves(_opened(archives, item))]
        groups: dict[str, list[Item]] = defaultdict(list)
        seconds = {*source.other[0], *source.other[1]} if source.other else set()
        for item in source.items:
            if item in readable:
                groups[source.domains[item in seconds] if seconds else item.label].append(item)
        return [_opened(archives, item) for item in _spread(list(groups.values()), count)]


def _spread(groups: Sequence[Sequence[T]], count: int) -> Iterator[T]:
    """`count` things, or fewer, evenly spread over `groups` and within each."""
    shares = Counter(place * len(groups) // count for place in range(count))
    for number, share in sorted(shares.items()):
        group = groups[number]
        few = min(share, len(group))
        yield from (group[place * len(group) // few] for place in range(few))


def _opened(archives: Archives, item: Item) -> Image.Image:
    try:
        return decoding.decode(archives.read(item), pictures.MOST_PIXELS, SIDE)
    except PictureError as error:
        # It could be read a moment ago.
        raise TrainError(f"{item} {pictures.WRONG[error.kind]}.") from None


def _halves(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    middle = picture.width // 2
    return picture.crop((0, 0, middle, picture.height)), picture.crop((middle, 0, picture.width, picture.height))


def contact_sheet(chosen: Sequence[Image.Image]) -> Image.Image:
    """`chosen` as the squares that networks learn from, `COLUMNS` in a row."""
    rows = -(-len(chosen) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + GAP) - GAP, rows * (SIDE + GAP) - GAP), decoding.WHITE)
    for place, picture in enumerate(chosen):
        pixels = pictures.square(picture, SIDE).permute(1, 2, 0).numpy()
        row, column = divmod(place, COLUMNS)
        sheet.paste(Image.fromarray(pixels), (column * (SIDE + GAP), row * (SIDE + GAP)))
    return sheet
