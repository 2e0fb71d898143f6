"""Pairs of sentences: lines of an English one, a tab and its Korean translation."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from models_zoo import subwords
from models_zoo.subwords import Subwords
from train.data.dataset import Dataset, Pair, Split
from train.errors import TrainError

LAYOUT = "sentences"
NAME = "kor_eng"
MOST_WRONG = 0.05
"""Share of lines that may be no pairs; with more of them, the file is taken for another kind of file."""
NAMED = 5
"""How many lines of a kind are named."""
HELD_OUT = 20
"""One in this many English sentences of a user's own is held out, with all its translations."""
LEAST = 100
"""Pairs from which pieces can be learned and some held out."""


def load(root: Path) -> Dataset:
    """The pairs in `root`/kor_eng; raises `TrainError` where they are missing."""
    folder = root / NAME
    for part in ("train", "test"):
        if not (folder / f"{part}.tsv").is_file():
            raise TrainError(
                f"{NAME} has no source to download from: put pairs of English, a tab and Korean into {folder / 'train.tsv'} and "
                f"{folder / 'test.tsv'}, name another --data-root, or name a file of your own with --dataset pairs.tsv."
            )
    train, test = (read(folder / f"{part}.tsv") for part in ("train", "test"))
    text = {
        "en": f"{len(train):,} pairs of short English and Korean sentences by the contributors of tatoeba.org",
        "ko": f"tatoeba.org 기여자들이 쓴 짧은 영어-한국어 문장 {len(train):,}쌍",
    }
    return dataset(NAME, train, test, text, "CC BY 2.0 FR, tatoeba.org contributors")


def own(path: Path, name: str) -> Dataset:
    """The pairs in the file `path` of the user's own, of which about one in `HELD_OUT` is held out.

    Which ones are told by the English sentences alone, so that they stay the same however many are added. No sentence,
    in either language, is in both parts.
    """
    pairs = read(path)
    if len(pairs) < LEAST:
        raise TrainError(f"{path} has {len(pairs):,} pairs; at least {LEAST} are needed.")
    test = [pair for pair in pairs if int(hashlib.sha256(pair[0].encode()).hexdigest(), 16) % HELD_OUT == 0]
    kept = {korean for _, korean in test}
    english = {sentence for sentence, _ in test}
    train = [pair for pair in pairs if pair[0] not in english and pair[1] not in kept]
    if not test:
        raise TrainError(f"{path} has {len(pairs):,} pairs, of which none can be held out for measurements: add some.")
    text = {"en": f"{len(train):,} pairs of the user's own", "ko": f"사용자가 준비한 문장 {len(train):,}쌍"}
    fingerprint = hashlib.sha256("\n".join(map("\t".join, pairs)).encode()).hexdigest()
    return dataset(name, train, test, text, "unknown", fingerprint)


def made_up(size: int, held_out: int) -> tuple[list[Pair], list[Pair]]:
    """Pairs for dry runs and tests: numbers in both languages, other ones in either part."""
    digits = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    korean = ("영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")

    def pair(number: int) -> Pair:
        places = [int(digit) for digit in str(1000 + number)]
        return " ".join(digits[place] for place in places) + ".", " ".join(korean[place] for place in places) + "."

    return [pair(number) for number in range(size)], [pair(size + number) for number in range(held_out)]


def turned(pairs: Sequence[Pair], language: str) -> list[Pair]:
    """Pairs of English and Korean with the sentence in `language` first."""
    return [pair if language == "en" else (pair[1], pair[0]) for pair in pairs]


def dataset(
    name: str, train: Sequence[Pair], test: Sequence[Pair], text: dict[str, str], licence: str, fingerprint: str = ""
) -> Dataset:
    """A dataset of pairs, whose pictures are empty: the rows of a batch are told by `Split.numbers`."""
    splits = (
        Split(torch.zeros(len(pairs), 1, 1, 1, dtype=torch.uint8), numbers=torch.arange(len(pairs)))
        for pairs in (train, test)
    )
    return Dataset(name, *splits, (), text, licence, pairs=(tuple(train), tuple(test)), fingerprint=fingerprint)


def read(path: Path) -> list[Pair]:
    """The pairs of a file in UTF-8 with one pair per line: English, a tab, Korean; what follows another tab is ignored.

    Sentences are normalised (see `models_zoo.subwords.normalised`). Empty lines and doubles are passed over; lines that are no
    pairs are left out and named by their numbers on stderr. Raises `TrainError` where they are more than `MOST_WRONG`,
    where the languages are the other way round, and for a file that is no text.
    """
    try:
        # Windows writes a byte order mark, which is no letter of the first sentence.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TrainError(f"{path} is no text in UTF-8: save it as such.") from None
    except OSError as error:
        raise TrainError(f"{path} could not be read: {error.strerror or error}.") from None
    pairs: dict[Pair, None] = {}
    wrong: dict[str, list[int]] = {}
    count = doubles = swapped = 0
    # Not splitlines(), for which a sentence may contain line ends that an editor does not count.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        count += 1
        sides = [subwords.normalised(side) for side in line.split("\t")[:2]]
        if len(sides) < 2:
            wrong.setdefault("without a tab", []).append(number)
        elif not all(sides):
            wrong.setdefault("with an empty side", []).append(number)
        elif (sides[0], sides[1]) in pairs:
            doubles += 1
        else:
            pairs[sides[0], sides[1]] = None
            swapped += bool(re.search(subwords.LETTERS["ko"], sides[0])) and not re.search(
                subwords.LETTERS["ko"], sides[1]
            )
    told = "; ".join(f"{len(lines):,} {kind} ({_named(lines)})" for kind, lines in wrong.items())
    if count and sum(map(len, wrong.values())) > MOST_WRONG * count:
        raise TrainError(f"{path} is no file of pairs, English, a tab and Korean: of {count:,} lines, {told}.")
    if swapped > len(pairs) / 2:
        raise TrainError(f"{path} has Korean before the tab: swap its columns, English comes first.")
    if doubles:
        told = "; ".join(filter(None, [told, f"{doubles:,} that occurred before"]))
    if told:
        print(f"{path}: {len(pairs):,} pairs; left out of {count:,} lines: {told}.", file=sys.stderr)
    return list(pairs)


def _named(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:NAMED]))
    return f"line{'s' * (len(lines) > 1)} {shown}" + (", ..." if len(lines) > NAMED else "")


def learn(pieces: Subwords, texts: Sequence[str], flag: str) -> None:
    """Learn as many pieces of the `texts` as there is room for, or as these have; raises `TrainError`, naming `flag`, where there is too little."""
    try:
        pieces.remember(subwords.learned(texts, pieces.count))
    except (RuntimeError, ValueError):
        letters = len(set("".join(texts)))
        raise TrainError(
            f"{flag} {pieces.count} will not do: the sentences have {letters:,} different characters, and each needs a piece."
        ) from None
