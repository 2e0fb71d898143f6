"""Sentences as subwords: normalised text, and a unigram model of pieces for each language (Kudo 2018, arXiv:1804.10959)."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property

import sentencepiece
import torch
from torch import Tensor, nn

from models_zoo.card import ZooError

PAD, UNKNOWN, START, END = range(4)
MEMORY, MEMORY_PER_PIECE = 4096, 24
"""Bytes reserved for a model of pieces, and for each piece of it."""
LETTERS = {"en": r"[A-Za-z]", "ko": r"[가-힣]"}
"""What the letters of each language look like."""
_QUOTES = str.maketrans("‘’‛“”„…", "'''\"\"\"\u2026")
_HALF_WIDTH = re.compile(r"[\uff01-\uffdc]+")
_OPEN_SYLLABLE = re.compile(r"([가-힣])([ᄀ-ᄒ])(?![ᅡ-ᅵ])")
_CONTRACTIONS = (
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b", "cannot"),
    (r"\blet's\b", "let us"),
    (r"n't\b", " not"),
    (r"\bi'm\b", "i am"),
    (r"'re\b", " are"),
    (r"'ll\b", " will"),
    (r"'ve\b", " have"),
    (r"(?<=\w)'s\b", " 's"),
)


def normalised(text: str) -> str:
    """`text` in NFC with plain quotes and single spaces; half-width jamo and full-width letters become ordinary ones.

    Hangul that a Mac took apart (NFD) is put together again, and so are syllables typed in half-width jamo.
    """
    text = _HALF_WIDTH.sub(lambda found: _composed(unicodedata.normalize("NFKC", found[0])), text)
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C").split())


def read_as(text: str, language: str) -> str:
    """`text` as a translator reads it: `normalised`, and English in small letters without contractions."""
    text = normalised(text)
    if language != "en":
        return text
    text = text.lower()
    for pattern, replacement in _CONTRACTIONS:
        text = re.sub(pattern, replacement, text)
    return text


def _composed(text: str) -> str:
    """Hangul in which an initial consonant behind an open syllable, with no vowel of its own, closes the syllable."""

    def close(found: re.Match[str]) -> str:
        # Conjoining finals are in another order than initials; the names of the characters agree.
        name = unicodedata.name(found[2]).replace("CHOSEONG", "JONGSEONG")
        is_open = (ord(found[1]) - 0xAC00) % 28 == 0
        try:
            final = unicodedata.lookup(name) if is_open else ""
        except KeyError:
            final = ""
        return unicodedata.normalize("NFC", found[1] + final) if final else found[0]

    return _OPEN_SYLLABLE.sub(close, text)


class Subwords(nn.Module):
    """At most `count` pieces of one language, kept in the state, so that weights and pieces cannot be parted."""

    def __init__(self, count: int):
        super().__init__()
        self.count = count
        self.register_buffer("model", torch.zeros(MEMORY + MEMORY_PER_PIECE * count, dtype=torch.uint8))

    def remember(self, model: bytes) -> None:
        """Store a model made by `learned`; raises `ValueError` where it has more pieces than there is room for."""
        data = len(model).to_bytes(4, "little") + model
        if len(data) > len(self.model):
            raise ValueError(f"a model of {len(model):,} bytes does not fit")
        self.model.zero_()
        self.model[: len(data)] = torch.tensor(list(data), dtype=torch.uint8)
        self.__dict__.pop("processor", None)

    @cached_property
    def processor(self) -> sentencepiece.SentencePieceProcessor:
        """Sentencepiece's reader of the model; raises `ZooError` where that is damaged."""
        data = bytes(self.model.tolist())
        try:
            made = sentencepiece.SentencePieceProcessor()
            made.LoadFromSerializedProto(data[4 : 4 + int.from_bytes(data[:4], "little")])
            count = made.vocab_size()
        except RuntimeError as error:
            raise ZooError(f"The pieces of the model are damaged: sentencepiece cannot read them ({error}).") from None
        if not END < count <= self.count:
            raise ZooError(f"The pieces of the model are damaged: there are {count:,}, of at most {self.count:,}.")
        return made

    def __len__(self) -> int:
        return self.processor.vocab_size()

    def ids(self, text: str) -> list[int]:
        """The numbers of the likeliest pieces of `text`."""
        return self.processor.encode(text)

    def segmentations(self, text: str, most: int) -> list[list[int]]:
        """The `most` likeliest ways of cutting `text` into pieces, the likeliest first."""
        return self.processor.nbest_encode(text, nbest_size=most, out_type=int)

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """What the pieces look like; ``▁`` stands for the space before a word."""
        return [self.processor.id_to_piece(number) if number < len(self) else "" for number in ids]

    def text(self, ids: Sequence[int]) -> str:
        """The text that the pieces make."""
        return self.processor.decode([number for number in ids if number < len(self)])

    def unknown(self, text: str) -> list[str]:
        """The words of `text` with characters that no piece has, each once, in their order."""
        found = [word.strip(".,!?\"'()") for word in text.split() if UNKNOWN in self.ids(word)]
        return list(dict.fromkeys(filter(None, found)))


def learned(sentences: Iterable[str], pieces: int) -> bytes:
    """A sentencepiece model of at most `pieces` pieces, which has every character of the `sentences`."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=written, model_type="unigram", vocab_size=pieces,
        hard_vocab_limit=False, character_coverage=1.0, normalization_rule_name="identity", num_threads=1,
        pad_id=PAD, unk_id=UNKNOWN, bos_id=START, eos_id=END, minloglevel=2,
    )  # fmt: skip
    return written.getvalue()


def padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """Rows of numbers as one tensor N x L, filled up with `PAD`; L is at least 1."""
    length = max(1, max(map(len, rows), default=1))
    return torch.tensor([[*row, *[PAD] * (length - len(row))] for row in rows], dtype=torch.long).view(-1, length)
