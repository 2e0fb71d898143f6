"""Losses of translators: likelihood of people's translations, and policy gradients of judged ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.seq2seq import Seq2Seq
from models_zoo.subwords import END, PAD, START, UNKNOWN


def chances(network: Seq2Seq, source: Tensor, target: Tensor, heard: Tensor | None = None) -> Tensor:
    """Log-probabilities M x V of all pieces at each of the M places of `target`, N x T, that has a piece.

    `source` is N x S. The network is told the pieces before (teacher forcing): those of `target`, or of `heard` instead.
    """
    heard = target if heard is None else heard
    before = torch.cat([torch.full_like(heard[:, :1], START), heard[:, :-1]], 1)
    states, _, _ = network.write(before, network.read(source))
    return network.logits(states[target != PAD]).float().log_softmax(1)


def hidden(pieces: Tensor, share: float) -> Tensor:
    """`pieces` of which a `share`, drawn from torch's own generator as dropout is, is made unknown; `END` stays."""
    chosen = (torch.rand(pieces.shape, device=pieces.device) < share) & (pieces != PAD) & (pieces != END)
    return pieces.masked_fill(chosen, UNKNOWN)


def likelihood(found: Tensor, target: Tensor, smoothing: float) -> Tensor:
    """Sum of cross-entropies of the M pieces in `target`, N x T, given `chances` M x V, with label smoothing (arXiv:1512.00567)."""
    return F.nll_loss(found, target[target != PAD], reduction="sum") * (1 - smoothing) - smoothing * found.mean(1).sum()


def advantages(rewards: Tensor) -> Tensor:
    """How much better each of K drawn translations of N sentences is than the others of its sentence: N x K from rewards N x K.

    The mean of the others is the baseline, which leaves the gradient unbiased (Kool et al. 2019, "Buy 4 REINFORCE samples, get a
    baseline for free!"). The result has a root mean square of 1.
    """
    count = rewards.shape[1]
    better = (rewards - rewards.mean(1, keepdim=True)) * count / (count - 1)
    return better / better.square().mean().sqrt().clamp_min(1e-6)


def policy_gradient(found: Tensor, target: Tensor, advantage: Tensor) -> Tensor:
    """REINFORCE (arXiv:1609.05473, equation 6): its gradient is that of the expected reward of the N translations `target`, N x T.

    `found` are their `chances` M x V, `advantage` N (of whole translations) or N x T (of each piece). The mean over M pieces.
    """
    there = target != PAD
    weight = (advantage[:, None].expand(target.shape) if advantage.ndim == 1 else advantage)[there]
    return -(weight * found.gather(1, target[there][:, None])[:, 0]).mean()


def told_apart(people: Tensor, others: Tensor) -> Tensor:
    """The discriminator's loss: binary cross-entropy of logits of people's translations and of all others, in equal shares."""
    return (F.softplus(-people).mean() + F.softplus(others).mean()) / 2


def by_length(*rows: Tensor, parts: int) -> list[tuple[Tensor, ...]]:
    """Tensors N x L, sorted by the pieces in their rows and cut into `parts` without columns that are empty, which would cost time.

    Before the rows of a part come their numbers from 0 to N - 1.
    """
    order = sum((each != PAD).sum(1) for each in rows).argsort()
    cut = []
    for index in order.chunk(parts):
        chosen = [each[index] for each in rows]
        cut.append((index, *(each[:, : max(1, int((each != PAD).sum(1).max()))] for each in chosen)))
    return cut


def lexicon(
    sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], shape: tuple[int, int], width: int
) -> tuple[Tensor, Tensor]:
    """Vectors of length 1, S x width and T x width, of pieces that are near where they occur in the same pairs.

    `sources` and `targets` are the pairs' pieces, S and T of them. The vectors factorise the pieces' positive pointwise mutual
    information (Levy and Goldberg 2014), in which rare pieces count for less (Pantel and Lin 2002).
    """
    first, second = (_occurrences(rows, count) for rows, count in zip((sources, targets), shape, strict=True))
    both = torch.sparse.mm(first.t(), second.to_dense())
    one, other = (torch.sparse.sum(each, 0).to_dense() for each in (first, second))
    least = torch.minimum(one[:, None], other)
    information = (both * len(sources) / (one[:, None] * other).clamp_min(1)).clamp_min(1).log()
    information *= both / (both + 1) * least / (least + 1)
    left, sizes, right = torch.svd_lowrank(information, width)
    return F.normalize(left * sizes.sqrt(), dim=1), F.normalize(right * sizes.sqrt(), dim=1)


def _occurrences(rows: Sequence[Sequence[int]], count: int) -> Tensor:
    """A sparse matrix N x count with 1 where a row has a piece."""
    places = torch.tensor([(number, piece) for number, row in enumerate(rows) for piece in set(row)]).T
    return torch.sparse_coo_tensor(
        places, torch.ones(places.shape[1]), (len(rows), count), check_invariants=False
    ).coalesce()
