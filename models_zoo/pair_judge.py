"""A judge of pairs: whether one sentence is a person's translation of another (after arXiv:1703.04887 and arXiv:1609.06038)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.seq2seq import Seq2Seq
from models_zoo.subwords import PAD, START

TRACES = 4
"""Numbers by which a `Telltale` recognises a machine."""
TEMPERATURE = 3.0
"""What a `PairJudge`'s logit is divided by beside a `Telltale`'s: of sentences that it never saw it is far too sure (arXiv:1706.04599)."""


class PairJudge(nn.Module):
    """Logits that a sentence is a person's translation of another; higher is more likely a person's.

    It reads each of them by itself, finds for every piece what corresponds to it in the other sentence, and compares the two.
    It knows nothing of how likely a translator finds them; that is what a `Telltale` looks at.
    """

    def __init__(self, sources: int, targets: int, width: int, dropout: float):
        super().__init__()
        self.source = nn.Embedding(sources, width, PAD)
        self.target = nn.Embedding(targets, width, PAD)
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=width**-0.5)
        self.source_reader, self.target_reader = (
            nn.GRU(width, width // 2, batch_first=True, bidirectional=True) for _ in range(2)
        )
        self.source_key, self.target_key = nn.Linear(width, width), nn.Linear(width, width)
        self.sharpness = nn.Parameter(torch.tensor(4.0))
        self.look = nn.Linear(4 * width + 1, width)
        self.head = nn.Linear(4 * width, 1)
        self.drop = nn.Dropout(dropout)
        self.scale = math.sqrt(width)

    def forward(self, source: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
        """N logits of sources N x S and targets N x T, piece numbers.

        Targets may be shares N x T x targets of all pieces instead; then `mask`, N x T, says where there are any.
        """
        read, there = self.source(source), source != PAD
        written = target @ self.target.weight if target.is_floating_point() else self.target(target)
        mask = target != PAD if mask is None else mask
        first = _states(self.source_reader, self.drop(read * self.scale), there)
        second = _states(self.target_reader, self.drop(written * self.scale), mask)
        near = F.normalize(read, dim=2) @ F.normalize(written, dim=2).transpose(1, 2)
        fit = self.source_key(first) @ self.target_key(second).transpose(1, 2) / self.scale + self.sharpness * near
        seen = []
        for fits, nears, own, other, own_mask, other_mask in (
            (fit, near, first, second, there, mask),
            (fit.transpose(1, 2), near.transpose(1, 2), second, first, mask, there),
        ):
            share = fits.masked_fill(~other_mask[:, None], float("-inf")).softmax(2)
            found = share @ other
            together = torch.cat([own, found, own * found, (own - found).abs(), (share * nears).sum(2, True)], 2)
            compared = F.gelu(self.look(self.drop(together)))
            hidden = ~own_mask[..., None]
            seen += [
                compared.masked_fill(hidden, 0).sum(1) / own_mask.sum(1, keepdim=True),
                compared.masked_fill(hidden, float("-inf")).amax(1),
            ]
        return self.head(self.drop(torch.cat(seen, 1)))[:, 0]


class Telltale(nn.Module):
    """How machines give themselves away: they say what a translator finds likely, people and mistakes do not (after GLTR, arXiv:1906.04043).

    What is too likely is a machine's, what is too unlikely no translation at all, hence two layers.
    """

    def __init__(self, width: int = 16):
        super().__init__()
        self.look = nn.Linear(TRACES, width)
        self.head = nn.Linear(width, 1)
        # Before it has learned anything it says nothing.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, seen: Tensor) -> Tensor:
        """N logits, to be added to those of a `PairJudge`, of N x 4 `traces`."""
        return 8 * self.head(self.look(seen).tanh())[:, 0]  # few steps have to do


def together(logits: Tensor, told: Tensor) -> Tensor:
    """N logits of a `PairJudge` and of a `Telltale` as one."""
    return logits / TEMPERATURE + told


def traces(translator: Seq2Seq, source: Tensor, target: Tensor) -> Tensor:
    """N x 4 numbers on how likely the `translator` finds targets N x T as translations of N x S sources, which it must not have learned.

    The log-probability per piece and of the least likely piece, and how far both are below the likeliest piece; all of them at most 0.
    """
    before = torch.cat([torch.full_like(target[:, :1], START), target[:, :-1]], 1)
    chances = translator(source, before).float().log_softmax(2)
    said = chances.gather(2, target[..., None])[..., 0]
    there = target != PAD
    found = []
    for each in (said, said - chances.amax(2)):
        each = each.masked_fill(~there, 0.0)
        # The least likely piece is about three times as unlikely as all of them.
        found += [each.sum(1) / there.sum(1).clamp_min(1), each.amin(1) / 3]
    return torch.stack(found, 1)


def _states(reader: nn.GRU, x: Tensor, mask: Tensor) -> Tensor:
    """What `reader` knows at every piece of N x L x width, of which only those in `mask` are read."""
    lengths = mask.sum(1).clamp_min(1).cpu()
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
    return nn.utils.rnn.pad_packed_sequence(reader(packed)[0], True, total_length=x.shape[1])[0]
