"""Encoder-decoders over subwords: a Transformer (arXiv:1706.03762) and a recurrent network with attention (arXiv:1508.04025).

Both read a sentence N x S of piece numbers, in which `PAD` fills up, and write another one piece at a time. What they need of
the pieces before is kept in a `Cache`, so that a step costs the same however long the sentence already is.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.subwords import PAD

ARCHITECTURES = ("transformer", "gru")


@dataclass(frozen=True)
class Cache:
    """What a decoder has to know for its next step; the first dimension of every tensor counts the N sentences.

    `memory` are what the encoder read (keys and values of every layer, or states), `mask` N x S is true where there is a
    piece, and `past` what the steps before left: keys and values of every layer, or the states of the recurrent layers.
    """

    memory: tuple[Tensor, ...]
    mask: Tensor
    past: tuple[Tensor, ...]
    words: Tensor | None = None
    """N x S x width: the vectors of the source's pieces themselves."""
    length: int = 0

    def rows(self, index: Tensor) -> Cache:
        """The cache of the sentences `index`, M numbers from 0 to N - 1."""
        memory, past = (tuple(each[index] for each in part) for part in (self.memory, self.past))
        return dataclasses.replace(self, memory=memory, mask=self.mask[index], past=past, words=self.words[index])

    def moved(self, index: Tensor) -> Cache:
        """As `rows`, where the sentences stay the same and only what was written of them changes places."""
        return dataclasses.replace(self, past=tuple(each[index] for each in self.past))


class _Attention(nn.Module):
    """Scaled dot-product attention with several heads."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values N x heads x L x D of states N x L x width."""
        keys, values = self.key_value(x).chunk(2, 2)
        return self._split(keys), self._split(values)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
        """What N x T x width find among L keys; `mask`, N x L, is true where they may look."""
        allowed = None if mask is None else mask[:, None, None]
        found = F.scaled_dot_product_attention(
            self._split(self.query(x)), keys, values, allowed, self.dropout * self.training, causal
        )
        return self.out(found.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Where `forward` looks, N x T x L, the mean of all heads; rows sum to 1."""
        fit = self._split(self.query(x)) @ keys.transpose(2, 3) / math.sqrt(keys.shape[-1])
        return fit.masked_fill(~mask[:, None, None], float("-inf")).softmax(3).mean(1)


class _Layer(nn.Module):
    """One layer of an encoder or, with `crossed`, of a decoder; normalised before each part (arXiv:2002.04745)."""

    def __init__(self, width: int, heads: int, dropout: float, crossed: bool):
        super().__init__()
        self.own = _Attention(width, heads, dropout)
        self.norm = nn.LayerNorm(width)
        if crossed:
            self.cross = _Attention(width, heads, dropout)
            self.cross_norm = nn.LayerNorm(width)
        self.norm_last = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(dropout)

    def think(self, x: Tensor) -> Tensor:
        return x + self.drop(self.narrow(self.drop(F.gelu(self.wide(self.norm_last(x))))))


class Transformer(nn.Module):
    """See `Seq2Seq` for the arguments and methods."""

    def __init__(self, width: int, depth: int, heads: int, dropout: float):
        super().__init__()
        self.encoder = nn.ModuleList(_Layer(width, heads, dropout, False) for _ in range(depth))
        self.decoder = nn.ModuleList(_Layer(width, heads, dropout, True) for _ in range(depth))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def read(self, x: Tensor, mask: Tensor) -> Cache:
        x = self.drop(x + _positions(x, 0))
        for layer in self.encoder:
            seen = layer.norm(x)
            x = layer.think(x + layer.drop(layer.own(seen, *layer.own.keys_values(seen), mask)))
        x = self.encoder_norm(x)
        return Cache(tuple(part for layer in self.decoder for part in layer.cross.keys_values(x)), mask, ())

    def write(self, x: Tensor, cache: Cache) -> tuple[Tensor, Tensor, Cache]:
        x, past = self.drop(x + _positions(x, cache.length)), []
        for number, layer in enumerate(self.decoder):
            seen = layer.norm(x)
            keys, values = layer.own.keys_values(seen)
            if cache.past:
                keys, values = (
                    torch.cat(pair, 2) for pair in zip(cache.past[2 * number :][:2], (keys, values), strict=True)
                )
            past += [keys, values]
            x = x + layer.drop(layer.own(seen, keys, values, None, causal=x.shape[1] > 1))
            seen, (keys, values) = layer.cross_norm(x), cache.memory[2 * number :][:2]
            x = x + layer.drop(layer.cross(seen, keys, values, cache.mask))
            if layer is self.decoder[-1]:
                attention = layer.cross.weights(seen, keys, cache.mask)
            x = layer.think(x)
        length = cache.length + x.shape[1]
        return self.decoder_norm(x), attention, dataclasses.replace(cache, past=tuple(past), length=length)


class Recurrent(nn.Module):
    """See `Seq2Seq` for the arguments and methods; the attention is between the two recurrent parts of the decoder."""

    def __init__(self, width: int, depth: int, dropout: float):
        super().__init__()
        self.encoder = nn.GRU(
            width, width // 2, depth, batch_first=True, bidirectional=True, dropout=dropout * (depth > 1)
        )
        self.first = nn.GRU(width, width, batch_first=True)
        self.second = nn.GRU(2 * width, width, batch_first=True)
        self.key = nn.Linear(width, width)
        self.start = nn.Linear(width, 2 * width)
        self.out = nn.Linear(2 * width, width)
        self.drop = nn.Dropout(dropout)

    def read(self, x: Tensor, mask: Tensor) -> Cache:
        lengths = mask.sum(1).clamp_min(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(self.drop(x), lengths, True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.encoder(packed)[0], True, total_length=x.shape[1])
        states = self.drop(states)
        mean = (states * mask[..., None]).sum(1) / lengths.to(x.device)[:, None]
        return Cache((self.key(states), states), mask, tuple(self.start(mean).tanh().chunk(2, 1)))

    def write(self, x: Tensor, cache: Cache) -> tuple[Tensor, Tensor, Cache]:
        keys, states = cache.memory
        first, last = self.first(self.drop(x), cache.past[0][None].contiguous())
        fit = first @ keys.transpose(1, 2) / math.sqrt(x.shape[2])
        attention = fit.masked_fill(~cache.mask[:, None], float("-inf")).softmax(2)
        found = attention @ states
        second, last_second = self.second(self.drop(torch.cat([first, found], 2)), cache.past[1][None].contiguous())
        written = self.drop(self.out(torch.cat([second, found], 2)).tanh())
        length = cache.length + x.shape[1]
        return written, attention, dataclasses.replace(cache, past=(last[0], last_second[0]), length=length)


def _positions(x: Tensor, first: int) -> Tensor:
    """Sinusoids L x width for the places from `first` on of N x L x width (arXiv:1706.03762, section 3.5)."""
    length, width = x.shape[1:]
    places = torch.arange(first, first + length, device=x.device)[:, None]
    rates = torch.exp(torch.arange(0, width, 2, device=x.device) * (-math.log(10_000) / width))
    return torch.cat([(places * rates).sin(), (places * rates).cos()], 1).to(x.dtype)


class Seq2Seq(nn.Module):
    """An encoder-decoder from `sources` pieces of one language into `targets` pieces of another.

    `architecture` is one of `ARCHITECTURES`, `depth` the layers of the encoder (and of a Transformer's decoder). The embedding of
    the target's pieces is also the last layer (arXiv:1608.05859), and the vectors of the pieces looked at reach it directly: rare
    words are translated as what they are, not as what usually stands there (after arXiv:1710.01329).
    """

    def __init__(
        self,
        sources: int,
        targets: int,
        width: int = 192,
        *,
        depth: int = 2,
        heads: int = 4,
        dropout: float = 0.3,
        architecture: str = "transformer",
    ):
        super().__init__()
        if architecture not in ARCHITECTURES:
            raise ValueError(f"there is no encoder-decoder {architecture!r}")
        self.source = nn.Embedding(sources, width, PAD)
        self.target = nn.Embedding(targets, width, PAD)
        self.bias = nn.Parameter(torch.zeros(targets))
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=width**-0.5)
        is_recurrent = architecture == "gru"
        self.body = Recurrent(width, depth, dropout) if is_recurrent else Transformer(width, depth, heads, dropout)
        self.sharpness = nn.Parameter(torch.tensor(4.0))
        self.scale = math.sqrt(width)

    def read(self, source: Tensor) -> Cache:
        """The cache before the first step, of sources N x S."""
        words = self.source(source)
        return dataclasses.replace(self.body.read(words * self.scale, source != PAD), words=words)

    def write(self, target: Tensor, cache: Cache) -> tuple[Tensor, Tensor, Cache]:
        """States N x T x width after each of the pieces `target`, N x T numbers or N x T x targets shares, and attention N x T x S.

        `target` continues what `cache` has; the cache that comes back has it as well.
        """
        embedded = target @ self.target.weight if target.is_floating_point() else self.target(target)
        states, attention, cache = self.body.write(embedded * self.scale, cache)
        return states + self.sharpness * (attention @ cache.words), attention, cache

    def logits(self, states: Tensor) -> Tensor:
        """For states ... x width, how likely each of the target's pieces is next: ... x targets."""
        return F.linear(states, self.target.weight, self.bias)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits N x T x targets of what follows each piece of `target`, N x T, as a translation of `source`, N x S."""
        states, _, _ = self.write(target, self.read(source))
        return self.logits(states)
