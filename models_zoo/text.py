"""Sentence vectors: words as bags of hashed character n-grams, and a small network over them.

There is no vocabulary: a misspelt word shares most of its n-grams with the intended one (Bojanowski et al. 2017,
arXiv:1607.04606), and an unknown word still has a vector of its own.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo import lite0
from models_zoo.checkpoint import ZooModel

MAX_WORDS = 32
"""Number of words of a sentence that are read; the rest are ignored."""
MAX_LETTERS = 16
"""Number of letters of a word that are read."""
MAX_GRAMS = 48
"""N-grams of the longest word that is read: 17 bigrams, 16 trigrams, 14 5-grams and the word itself."""
LENGTHS = (2, 3, 5)
MEMORY = 24_576
"""Bytes reserved in an encoder's state for the list of words it was trained on."""


def words(text: str) -> list[str]:
    """The words of `text` in lower case, without characters other than letters and digits."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower())


@lru_cache(maxsize=50_000)
def grams(word: str, buckets: int) -> tuple[int, ...]:
    """Hashes of a word and of its n-grams with boundary marks: at most `MAX_GRAMS` numbers from 1 to `buckets` - 1."""
    marked = f"<{word[:MAX_LETTERS]}>"
    found = [marked[place : place + length] for length in LENGTHS for place in range(len(marked) - length + 1)]
    # Python's own hash differs between processes.
    return tuple(zlib.crc32(gram.encode()) % (buckets - 1) + 1 for gram in [f"<{word}>", *found])


def word_grams(found: Sequence[str], buckets: int) -> Tensor:
    """`grams` of N words, padded with 0: N x `MAX_GRAMS`, int32."""
    rows = [(*ids, *(0,) * (MAX_GRAMS - len(ids))) for ids in (grams(word, buckets) for word in found)]
    return torch.tensor(rows, dtype=torch.int32).view(-1, MAX_GRAMS)


def numbered(texts: Sequence[str]) -> tuple[Tensor, list[str]]:
    """The first `MAX_WORDS` words of each text as numbers, N x `MAX_WORDS`, and the list of all distinct words.

    Words are numbered from 1 in the order of that list; 0 is padding.
    """
    places: dict[str, int] = {}
    rows = [[places.setdefault(word, len(places) + 1) for word in words(text)[:MAX_WORDS]] for text in texts]
    filled = [row + [0] * (MAX_WORDS - len(row)) for row in rows]
    return torch.tensor(filled, dtype=torch.long).view(-1, MAX_WORDS), list(places)


class TextEncoder(nn.Module):
    """From sentences to vectors of `size` numbers: n-grams are averaged to words, and the sequence of words is pooled.

    `architecture` is ``"conv"``, two convolutions over the words, or ``"gru"``, a recurrent network in both directions.
    """

    def __init__(
        self, size: int = 128, buckets: int = 8192, width: int = 64, hidden: int = 192, architecture: str = "conv"
    ):
        super().__init__()
        if architecture not in ("conv", "gru"):
            raise ValueError(f"there is no text encoder {architecture!r}")
        self.size, self.buckets, self.architecture = size, buckets, architecture
        self.arguments = {
            "size": size, "buckets": buckets, "width": width, "hidden": hidden, "architecture": architecture,
        }  # fmt: skip
        self.grams = nn.EmbeddingBag(buckets, width, mode="mean", padding_idx=0)
        if architecture == "conv":
            self.first = nn.Conv1d(width, hidden, 3, padding=1)
            self.second = nn.Conv1d(hidden, hidden, 3, padding=1)
        else:
            self.recurrent = nn.GRU(width, hidden // 2, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(hidden, 1)
        self.head = nn.Linear(2 * hidden, size)
        self.register_buffer("memory", torch.zeros(MEMORY, dtype=torch.uint8))

    def forward(self, sentences: Tensor, table: Tensor) -> Tensor:
        """Vectors N x `size`, each with a mean square of 1, of sentences N x L whose entries are rows of `table`.

        `table` contains the `word_grams` of words; rows of zeros are padding. The vector of a sentence does not depend on
        the rest of the batch.
        """
        # In full precision: the products are small and their results are compared.
        with torch.autocast(table.device.type, enabled=False):
            there = (table[:, 0] > 0)[sentences][..., None]
            found = self.grams(table)[sentences]
            hidden = self._in_order(found) * there
            weights = self.attention(hidden).masked_fill(~there, -1e4).softmax(1) * there
            most = hidden.masked_fill(~there, -1e4).amax(1) * there.any(1)
            pooled = torch.cat([(weights * hidden).sum(1), most], 1)
            return F.normalize(self.head(pooled), dim=1) * self.size**0.5

    def _in_order(self, found: Tensor) -> Tensor:
        if self.architecture == "gru":
            return self.recurrent(found)[0]
        first = F.gelu(self.first(found.transpose(1, 2)))
        return (first + F.gelu(self.second(first))).transpose(1, 2)

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Vectors N x `size` of N texts, on the encoder's device."""
        sentences, found = numbered(texts)
        table = F.pad(word_grams(found, self.buckets), (0, 0, 1, 0))
        return self(sentences.to(self.memory.device), table.to(self.memory.device))

    def remember(self, known: Iterable[str]) -> None:
        """Store the words of the training data in the state, as many as fit into `MEMORY` bytes."""
        data = "\n".join(known).encode()[:MEMORY]
        if len(data) == MEMORY:
            data = data.rpartition(b"\n")[0]
        self.memory.zero_()
        self.memory[: len(data)] = torch.tensor(list(data), dtype=torch.uint8)

    def known(self) -> list[str]:
        """The words stored by `remember`."""
        return bytes(self.memory.tolist()).rstrip(b"\0").decode(errors="ignore").split()


class PictureEncoder(nn.Module):
    """Vectors of `size` numbers from `picture_features`, in the embedding space of a `TextEncoder`."""

    def __init__(self, size: int = 128, hidden: int = 512):
        super().__init__()
        self.size = size
        self.net = nn.Sequential(
            nn.LayerNorm(PICTURE_FEATURES),
            nn.Dropout(0.3),
            nn.Linear(PICTURE_FEATURES, hidden),
            nn.GELU(),
            nn.Dropout(0.3),
            nn.Linear(hidden, size),
        )

    def forward(self, features: Tensor) -> Tensor:
        """N x `size`, each with a mean square of 1, from N x `PICTURE_FEATURES`."""
        return F.normalize(self.net(features), dim=1) * self.size**0.5


SIDE = 128
"""Side to which pictures are resized before their features are computed."""
THUMB = 8
PICTURE_FEATURES = 2 * sum(lite0.WIDTHS) + 3 * THUMB**2


@torch.no_grad()
def picture_features(images: Tensor) -> Tensor:
    """Input N x `PICTURE_FEATURES` of a `PictureEncoder`, from RGB or grey images N x C x H x W in [-1, 1].

    Means of EfficientNet-lite0's maps over the whole picture and over its centre, and a thumbnail.
    """
    return torch.cat([_picture_features(chunk) for chunk in images.split(lite0.BATCH)])


def _picture_features(images: Tensor) -> Tensor:
    if images.shape[-1] != SIDE:
        images = F.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    found = []
    for layer in lite0.maps(images):
        edge = layer.shape[-1] // 4
        # The scales of layers differ by a factor of a hundred.
        layer = layer / layer.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-6)
        found += [layer.mean((2, 3)), layer[:, :, edge:-edge, edge:-edge].mean((2, 3))]
    return torch.cat([*found, F.adaptive_avg_pool2d(images, THUMB).expand(-1, 3, -1, -1).flatten(1)], 1).float()


class Matcher(ZooModel):
    """How well a sentence matches a picture: the cosine of their vectors in a joint embedding (Reed et al. 2016, arXiv:1605.05396)."""

    def __init__(
        self,
        size: int = 128,
        *,
        buckets: int = 8192,
        width: int = 64,
        hidden: int = 192,
        architecture: str = "conv",
        picture_hidden: int = 512,
    ):
        super().__init__()
        self.image_size, self.channels = SIDE, 3
        self.text = TextEncoder(size, buckets, width, hidden, architecture)
        self.picture = PictureEncoder(size, picture_hidden)

    def match(self, features: Tensor, texts: Sequence[str]) -> Tensor:
        """Cosines N x M of N pictures, given by their `picture_features`, and M texts."""
        return self.picture(features) @ self.text.encode(texts).T / self.text.size
