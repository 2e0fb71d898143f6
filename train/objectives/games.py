"""How a judge's verdict on sentences that are drawn piece by piece reaches the translator that drew them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.pair_judge import PairJudge
from models_zoo.seq2seq import Seq2Seq
from models_zoo.subwords import END, PAD, START, UNKNOWN
from models_zoo.translator import sampled
from train.objectives import sequences

TOGETHER = 24
"""Sentences of like length that are computed together, about."""


def parts(source: Tensor, target: Tensor) -> list[tuple[Tensor, ...]]:
    """Sources and targets in parts of like length, behind their numbers."""
    return sequences.by_length(source, target, parts=max(1, len(source) // TOGETHER))


def judged(judge: nn.Module, source: Tensor, written: Tensor) -> Tensor:
    """N logits of N x T translations, computed in parts of like length."""
    cut = parts(source, written)
    logits = torch.cat([judge(*part) for _, *part in cut])
    return logits[torch.cat([index for index, *_ in cut]).argsort()]


def verdict(generator: Seq2Seq, source: Tensor, drawn: Tensor, worth: Tensor) -> Tensor:
    """The policy gradient of translations N x T that were `drawn` of N x S sources; `worth`, N or N x T, says how good each is."""
    total, pieces = source.new_zeros((), dtype=torch.float32), (drawn != PAD).sum()
    for index, read, written in parts(source, drawn):
        advantage = worth[index] if worth.ndim == 1 else worth[index][:, : written.shape[1]]
        found = sequences.chances(generator, read, written)
        total = total + (written != PAD).sum() / pieces * sequences.policy_gradient(found, written, advantage)
    return total


def rolled_out(generator: Seq2Seq, source: Tensor, drawn: Tensor, rewards: Callable[[Tensor], Tensor]) -> Tensor:
    """How much better N x T pieces are than others at the same place: each is judged by the end that is drawn for what it begins."""
    worths = [rewards(sampled(generator, source, drawn[:, :length])) for length in range(1, drawn.shape[1] + 1)]
    worth, there = torch.stack(worths, 1), drawn != PAD
    mean = (worth * there).sum(0) / there.sum(0).clamp_min(1)
    better = (worth - mean) * there
    return better / (better.square().sum() / there.sum()).sqrt().clamp_min(1e-6)


def through_gumbel(generator: Seq2Seq, judge: PairJudge, source: Tensor) -> Tensor:
    """What the judge finds wrong with translations drawn as straight-through Gumbel samples (arXiv:1611.01144, section 2.2)."""
    cache, fresh = generator.read(source), torch.full_like(source[:, :1], START)
    steps, masks, going = [], [], torch.ones_like(source[:, 0], dtype=torch.bool)
    for _ in range(source.shape[1] + 4):
        states, _, cache = generator.write(fresh, cache)
        logits = generator.logits(states)
        logits = logits.index_fill(2, torch.tensor([PAD, UNKNOWN, START], device=source.device), float("-inf"))
        fresh = F.gumbel_softmax(logits, hard=True)
        steps.append(fresh)
        masks.append(going)
        going = going & (fresh[:, 0].argmax(1) != END)
        if not going.any():
            break
    return F.softplus(-judge(source, torch.cat(steps, 1), torch.stack(masks, 1))).mean()
