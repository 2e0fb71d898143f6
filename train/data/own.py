"""Pictures of the user's own as a dataset: recognised, decoded once, and mapped into memory."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from train.config import CommonConfig
from train.data import domains, hub, packing, sources, splits
from train.data.dataset import Dataset, Shape, Split, table
from train.data.items import Item
from train.data.packing import Pack, Packing, packed
from train.data.sources import Source
from train.errors import TrainError

FEW = 1_000
"""Fewer pictures than this are easily learned by heart."""
UNKNOWN = "unknown"
"""The licence of pictures of which nothing was said."""
SAID = {"en": "{n:,} pictures of the user's own, {side} x {side}", "ko": "사용자가 준비한 {side} x {side} 그림 {n:,}장"}


def shape(config: CommonConfig, usual: int) -> Shape:
    """The shape of the pictures that `config` names; `usual` is their side unless that says otherwise."""
    classes = _source(config).classes if config.takes.layout == "classes" else ()
    return Shape(1 if config.monochrome else 3, config.picture_size or usual, classes)


def count(config: CommonConfig) -> int:
    """How many of the pictures that `config` names are there to learn from; of two domains, those of the smaller one."""
    source = _source(config)
    return min(len(source.train), len(source.other[0]) if source.other else len(source.train))


def load(config: CommonConfig, wanted: Shape) -> Dataset:
    """The pictures that `config` names in the shape `wanted`; raises `TrainError` where they do not fit the variant."""
    source, layout = _source(config), config.takes.layout
    make = _Maker(config, wanted, len(source.items))
    if not (source.test and (source.other is None or source.other[1])):
        raise TrainError(
            f"{' and '.join(config.dataset)} has {len(source.items)} pictures, of which none can be held out for measurements: add some, "
            f"at least {splits.FROM} of each kind."
        )
    whole = wanted.side
    loaded = domains.stored_side(whole) if config.takes.is_cropped else whole
    if layout == "pairs":
        train, test = (make.pairs(source, place, side) for place, side in enumerate((loaded, whole)))
        return make.dataset(train, test, domains=_named(source))
    if layout == "domains":
        # Those that are held out are translated whole, which takes sides that can be halved twice.
        sides = loaded, 4 * round(loaded / 4)
        first, other = (
            [make.split(items, side)[0] for items, side in zip(parts, sides, strict=True)]
            for parts in ((source.train, source.test), source.other)
        )
        return make.dataset(*first, domains=_named(source), other=tuple(other))
    (train, kept), (test, held_out) = (make.split(items, whole) for items in (source.train, source.test))
    if layout == "captions":
        told = tuple(table([source.captions[item.name] for item in items]) for items in (kept, held_out))
        train, test = (dataclasses.replace(split, numbers=torch.arange(len(split))) for split in (train, test))
        return make.dataset(train, test, captions=told)
    if layout == "classes":
        _check_classes(wanted.classes, train)
    return make.dataset(train, test)


def _check_classes(classes: Sequence[str], train: Split) -> None:
    """Raise `TrainError` for a class of which no picture to train on can be read."""
    counts = train.classes.bincount(minlength=len(classes)).tolist()
    if 0 in counts:
        raise TrainError(
            f"None of the pictures of {classes[counts.index(0)]!r} to train on can be read: mend them, or remove the folder."
        )


def few(data: Dataset, size: int, held_out: int) -> Dataset:
    """The first `size` training and `held_out` held-out pictures of `data`; where there are classes, of each in turn."""

    def cut(train: Split, test: Split) -> tuple[Split, Split]:
        return train.rows(_first(train, size)), test.rows(_first(test, held_out))

    train, test = cut(data.train, data.test)
    return dataclasses.replace(
        data,
        train=train,
        test=test,
        other=data.other and cut(*data.other),
        captions=data.captions and (data.captions[0][:size], data.captions[1][:held_out]),
    )


def _first(split: Split, count: int) -> slice | Tensor:
    """Which rows are the first `count`, one of each class after the other."""
    if split.classes is None:
        return slice(count)
    order = split.classes.argsort(stable=True)
    each = split.classes.bincount()
    ranks = torch.empty_like(order)
    ranks[order] = torch.arange(len(order)) - (each.cumsum(0) - each).repeat_interleave(each)
    return ranks.argsort(stable=True)[:count].sort().values


def _source(config: CommonConfig) -> Source:
    return _recognised(config.own, _cache(config), config.takes.layout)


def _cache(config: CommonConfig) -> Path:
    """The folder for pictures in decoded form."""
    return config.cache or (config.out.parent / hub.CACHE.name if config.out else hub.CACHE)


@functools.lru_cache(maxsize=4)
def _recognised(paths: tuple[Path, ...], cache: Path, layout: sources.Layout) -> Source:
    return sources.recognised(hub.local(paths, cache), layout)


@dataclass(frozen=True)
class _Maker:
    """Makes splits of items as the options say."""

    config: CommonConfig
    wanted: Shape
    count: int
    """Pictures of the whole collection."""
    packs: list[Pack] = field(default_factory=list)

    def split(
        self, items: Sequence[Item], side: int, half: Literal["", "left", "right"] = ""
    ) -> tuple[Split, list[Item]]:
        """The items that can be read as a split, and these items."""
        config, classes = self.config, self.wanted.classes
        wanted = Packing(side, self.wanted.channels, config.fit, config.background, half)
        pack = packed(items, wanted, _cache(config), among=self.count)
        self.packs.append(pack)
        kept = [items[place] for place in pack.kept]
        labels = torch.tensor([classes.index(item.label) for item in kept]) if classes else None
        return Split(pack.images, classes=labels), kept

    def pairs(self, source: Source, place: int, side: int) -> Split:
        """The training (`place` 0) or held-out (1) pairs: pictures of the second domain with those of the first as their maps."""
        firsts = (source.train, source.test)[place]
        seconds = firsts if source.halves else source.other[place]
        first, kept = self.split(firsts, side, "left" if source.halves else "")
        second, others = self.split(seconds, side, "right" if source.halves else "")
        if len(kept) == len(others) == len(firsts) or source.halves:
            return Split(second.images, maps=first.images)
        places = {item: at for at, item in enumerate(kept)}
        both = [(places[one], at) for at, other in enumerate(others) if (one := firsts[seconds.index(other)]) in places]
        of_first, of_second = torch.tensor(both).T
        return Split(second.images[of_second], maps=first.images[of_first])

    def dataset(self, train: Split, test: Split, **more: object) -> Dataset:
        """A dataset of these splits, about which nothing else is known; raises `TrainError` if too many pictures are broken."""
        packing.check(list(dict(each for pack in self.packs for each in pack.broken).items()), self.count)
        text = {language: said.format(n=len(train), side=self.wanted.side) for language, said in SAID.items()}
        known = (self.config.data_name, train, test, self.wanted.classes, text, UNKNOWN)
        return Dataset(*known, fingerprint=self.fingerprint(), release=self.release, **more)

    def fingerprint(self) -> str:
        """See `Dataset.fingerprint`; the same for files that were moved or copied."""
        made = hashlib.blake2b(digest_size=16)
        for pack in self.packs:
            made.update(pack.fingerprint.encode())
        return made.hexdigest()

    def release(self) -> None:
        """See `Dataset.release`."""
        for pack in self.packs:
            pack.release()


def _named(source: Source) -> tuple[dict[str, str], ...]:
    return tuple({"en": name} for name in source.domains)
