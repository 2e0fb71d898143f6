"""Photographs of birds with captions that are generated from facts about each, and pictures with captions of your own."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from train.data import pictures, sources
from train.data.dataset import Captions, table
from train.errors import TrainError

SIDE = 128
HELD_OUT = 0.1
LEAST_HELD_OUT = 400
"""The least number of photographs that are held out, unless that is more than a quarter of all."""
CAPTIONS = 8
"""Sentences about each photograph."""
IMAGENET = (*range(7, 25), *range(80, 101), *range(127, 147))
"""Indices of the 59 birds among ImageNet's thousand classes."""
COLOURS = ("black", "grey", "white", "brown", "red", "yellow", "green", "blue")
NEIGHBOURS = {
    "black": ("grey",), "grey": ("black", "white"), "white": ("grey",), "brown": ("red", "yellow"), "red": ("brown",),
    "yellow": ("brown", "green"), "green": ("yellow", "blue"), "blue": ("green",),
}  # fmt: skip
"""Adjacent colours, which a measurement may confuse where they meet."""
SEEN_AT = 32
"""Side in pixels of the pictures in which colours are measured."""
BATCH = 500


@dataclass(frozen=True)
class Plumage:
    """The commonest colour of each of N birds, the next one, that of the background, as places in `COLOURS`, and more.

    `second_share` is the second colour's share of the bird, and `vivid` how saturated and bright the first one is, both
    from 0 to 1.
    """

    first: Tensor
    second: Tensor
    background: Tensor
    second_share: Tensor
    vivid: Tensor


def plumage(images: Tensor) -> Plumage:
    """Measure the colours of pictures N x 3 x H x W in [-1, 1] that each show one bird in the middle.

    The bird is the middle of the picture, as far as the colours of the border do not explain it.
    """
    small = F.interpolate(images.float(), (SEEN_AT, SEEN_AT), mode="area").add(1).div(2).clamp(0, 1)
    named, vivid = _named(small)
    place = (torch.arange(SEEN_AT, device=images.device) + 0.5) / SEEN_AT - 0.5
    inside = torch.exp(-(place[:, None].square() + place.square()) / (2 * 0.18**2))
    outside = (torch.maximum(place[:, None].abs(), place.abs()) > 0.4).float()
    middle, border = ((named * weight).sum((2, 3)) / weight.sum() for weight in (inside, outside))
    # A green bird among leaves stays green: only what the border has more of is taken away in full.
    bird = (middle - 0.6 * border).clamp_min(0) + 0.05 * middle
    share = bird / bird.sum(1, keepdim=True).clamp_min(1e-6)
    (_, second_share), (first, second) = (each.unbind(1) for each in share.topk(2))
    strength = (named * inside * vivid[:, None]).sum((2, 3)) / (named * inside).sum((2, 3)).clamp_min(1e-6)
    return Plumage(first, second, border.argmax(1), second_share, strength.gather(1, first[:, None])[:, 0])


def _named(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Which of `COLOURS` each pixel of N x 3 x H x W in [0, 1] has, one-hot N x 8 x H x W, and how vivid it is, N x H x W."""
    high, low = pixels.amax(1), pixels.amin(1)
    chroma = high - low
    saturation = chroma / high.clamp_min(1e-6)
    red, green, blue = pixels.unbind(1)
    step = chroma.clamp_min(1e-6)
    hue = torch.where(
        high == red,
        ((green - blue) / step) % 6,
        torch.where(high == green, (blue - red) / step + 2, (red - green) / step + 4),
    )
    degrees = 60 * hue
    # Sky and shade tint what is grey.
    dull = (saturation < 0.16) | (chroma < 0.07) | ((degrees >= 165) & (degrees < 290) & (saturation < 0.28))
    dark = (high < 0.2) | ((high < 0.33) & (saturation < 0.4))
    earth = (degrees < 48) & ((high < 0.6) | (saturation < 0.5))
    colour = torch.full_like(degrees, COLOURS.index("red"), dtype=torch.long)
    for name, where in (
        ("yellow", (degrees >= 24) & (degrees < 66)),
        ("green", (degrees >= 66) & (degrees < 165)),
        ("blue", (degrees >= 165) & (degrees < 290)),
        ("brown", earth & (degrees >= 8)),
        ("grey", dull),
        ("white", dull & (high > 0.76)),
        ("black", dark),
    ):
        colour = torch.where(where, COLOURS.index(name), colour)
    return F.one_hot(colour, len(COLOURS)).movedim(3, 1).float(), saturation * high


def captions(
    species: str, colours: tuple[str, str, str], second: bool, vivid: bool, phrases: Sequence[str], dice: random.Random
) -> tuple[str, ...]:
    """`CAPTIONS` sentences about one photograph.

    `colours` are those of bird, bird and background, `second` tells whether the second is worth a word, and `vivid` whether the
    first is bright; `phrases` are about the species.
    """
    first, other, behind = colours
    shade = f"{dice.choice(['bright', 'vivid'])} {first}" if vivid else first
    size = dice.choice(["", "", "little ", "small "])
    both = [
        f"a {first} and {other} bird",
        f"a {first} bird with some {other}",
        f"this bird is {first} with {other} parts",
    ]
    plain = [f"a bird that is mostly {first}", f"this bird is {first}", f"a photo of a {first} bird"]
    told = [_phrase(species, phrase) for phrase in dice.sample(list(phrases), min(2, len(phrases)))]
    found = [
        f"a {shade} bird",
        dice.choice(both if second else plain),
        _a(species),
        f"a {size}{shade} bird in front of a {behind} background",
        f"{_a(species)}, {first} and {other}" if second else f"a {first} {species}",
        f"{dice.choice([f'a photo of {_a(species)}', f'the {species}'])} with {behind} behind it",
        *(told or [f"a {size}bird of {first} colour"]),
        dice.choice(plain + both if second else plain),
    ]
    return tuple((found + found)[:CAPTIONS])


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _phrase(species: str, phrase: str) -> str:
    """A phrase about a species as a sentence; some phrases are sentences already."""
    phrase = " ".join(phrase.split()).rstrip(".")
    return phrase if phrase[:1].isupper() else f"{_a(species)} with {phrase}"


def recoloured(caption: str, dice: random.Random) -> str:
    """`caption` with every colour replaced by another one; unchanged if it names none."""
    swap = dict(zip(COLOURS, _deranged(COLOURS, dice), strict=True))
    return re.sub(r"\b(" + "|".join(COLOURS) + r")\b", lambda found: swap[found[0]], caption)


def _deranged(names: Sequence[str], dice: random.Random) -> list[str]:
    """Each name mapped to another one, as a list in the order of `names`: a random derangement."""
    turn = dice.sample(list(names), len(names))
    after = dict(zip(turn, [*turn[1:], turn[0]], strict=True))
    return [after[name] for name in names]


def misspelt(word: str, dice: random.Random) -> str:
    """`word` with one letter left out, doubled, replaced or swapped with the next; short words stay."""
    if len(word) < 3:
        return word
    place = dice.randrange(len(word) - 1)
    return dice.choice(
        [
            word[:place] + word[place + 1 :],
            word[: place + 1] + word[place:],
            word[:place] + dice.choice("abcdefghijklmnopqrstuvwxyz") + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        ]
    )


def read(root: Path) -> tuple[Tensor, Captions]:
    """All photographs of ``birds`` below `root`, N x 3 x 128 x 128 as uint8, and the captions of each.

    Raises `TrainError` where they are not there.
    """
    folder = root / "birds"
    if not (folder / "photos").is_dir():
        raise TrainError(
            f"birds has no public source to download from: put photographs into {folder / 'photos'}/<species>/, or pictures with "
            f"sentences of your own into {root / 'captioned'} for --dataset captioned, or name another --data-root."
        )
    kinds = sorted(path for path in (folder / "photos").iterdir() if path.is_dir())
    found = [pictures.squares(kind, SIDE) for kind in kinds]
    images = torch.cat(found)
    species = [kind.name for kind, photos in zip(kinds, found, strict=True) for _ in range(len(photos))]
    return images, described(images, species, _phrases(folder / "phrases.json"))


def described(images: Tensor, species: Sequence[str], phrases: dict[str, Sequence[str]]) -> Captions:
    """`captions` of photographs N x 3 x H x W as uint8, each of one of the N `species`; the same every time."""
    parts = [plumage(part.float() / 127.5 - 1) for part in images.split(BATCH)]
    first, second, background, share, vivid = (
        torch.cat([getattr(part, name) for part in parts]).tolist()
        for name in ("first", "second", "background", "second_share", "vivid")
    )
    told = []
    for place, kind in enumerate(species):
        colours = tuple(COLOURS[each[place]] for each in (first, second, background))
        bright = vivid[place] > 0.4 and colours[0] not in ("black", "grey", "white", "brown")
        dice = random.Random(place)
        told.append(captions(kind.lower(), colours, share[place] > 0.2, bright, phrases.get(kind, ()), dice))
    return tuple(told)


def _phrases(path: Path) -> dict[str, Sequence[str]]:
    """Phrases by species; none if there is no such file."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {kind: tuple(map(str, phrases)) for kind, phrases in found.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise TrainError(f"{path} must map species to lists of phrases ({error}).") from None


def read_own(root: Path) -> tuple[Tensor, Captions]:
    """Pictures and captions of your own: the folder ``captioned`` below `root`, like `read`.

    Raises `TrainError` for what is missing or broken, as `sources.recognised` does.
    """
    source = sources.recognised((root / "captioned",), "captions")
    items = sorted(source.items, key=lambda item: item.name)
    images = [pictures.square(pictures.opened(Path(item.path), SIDE), SIDE) for item in items]
    return torch.stack(images), table([source.captions[item.name] for item in items])


def held_out(count: int) -> Tensor:
    """Which of `count` photographs are for testing, as booleans; the same every time."""
    test = min(max(round(HELD_OUT * count), LEAST_HELD_OUT), max(1, count // 4))
    chosen = torch.zeros(count, dtype=torch.bool)
    chosen[torch.randperm(count, generator=torch.Generator().manual_seed(0))[:test]] = True
    return chosen


def chosen(rows: Captions, which: Tensor) -> Captions:
    """The rows for which `which` is true."""
    return tuple(row for row, wanted in zip(rows, which.tolist(), strict=True) if wanted)


def made_up(training: int, testing: int) -> tuple[Captions, Captions]:
    """Captions for that many synthetic pictures, for dry runs and tests."""
    rows = [
        tuple(f"a {COLOURS[(place + number) % 8]} bird" for number in range(2)) for place in range(training + testing)
    ]
    return tuple(rows[:training]), tuple(rows[training:])


READERS: dict[str, Callable[[Path], tuple[Tensor, Captions]]] = {"birds": read, "captioned": read_own}
"""The reader of each dataset that has captions."""
DESCRIPTIONS = {
    "birds": {
        "en": "{n:,} photographs of birds, scaled to 128 x 128, with sentences that were generated: from the species' "
        "name, from colours measured on the photograph, and from phrases about the species",
        "ko": "새 사진 {n:,}장(128 x 128)과 자동으로 만든 문장: 종 이름, 사진에서 잰 색, 종에 대한 구절로 지었습니다",
    },
    "captioned": {
        "en": "{n:,} pictures of one's own, scaled to 128 x 128, with their captions",
        "ko": "직접 모은 그림 {n:,}장(128 x 128)과 그 설명 문장",
    },
}
LICENCES = {
    "birds": "public collections of photographs without a stated licence, for research only; no licence stated for the phrases",
    "captioned": "as the owner of the pictures says",
}
