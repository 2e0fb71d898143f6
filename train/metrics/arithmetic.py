"""Latent space arithmetic: how often its results have the attributes that its terms imply, according to a judge of faces."""

from __future__ import annotations

import torch
from torch import Tensor

from models_zoo import pool
from models_zoo.checkpoint import LatentModel, ZooModel
from models_zoo.pool import SEEDS, candidates, judged, margin, sought
from train.data.dataset import Dataset, to_float
from train.metrics.entries import Metrics, metric
from train.metrics.sampling import in_batches

SUMS = {f"arithmetic_{name}": terms for name, terms in pool.SUMS.items()}
"""The sums that are measured, by the names of their metrics."""
EXEMPLARS = 3
DRAWS = 200


def evaluate(model: LatentModel, judge: ZooModel, data: Dataset, n: int, seed: int) -> Metrics:
    """For each of `SUMS`, the share of `DRAWS` results, of `n` if that is less, in which `judge` sees all that is to come out.

    Each term is the mean of `EXEMPLARS` latents that are drawn with `seed` among those that the page draws among: the
    `candidates` in a pool of `SEEDS` faces, or of fewer in the same proportion where there are fewer draws. Read against
    the share of real test images of those traits in which the judge sees them. A sum whose terms too few of these faces show is left out.
    """
    draws = min(n, DRAWS)
    seeds = SEEDS * draws // DRAWS
    faces, z = judged(model, judge, seeds), model.latents(range(seeds))
    real = in_batches(judge.classify, to_float(data.test.images))
    generator, found = torch.Generator().manual_seed(seed), {}
    for name, terms in SUMS.items():
        wanted = sought(terms)
        groups = [torch.tensor(candidates(faces, terms, row)) for row in range(len(terms))]
        if min(map(len, groups)) < EXEMPLARS:
            continue
        means = torch.stack([z[drawn(group, draws, generator)].mean(1) for group in groups], 1)
        results = in_batches(lambda part: judge.classify(model.generate(part)), model.combined(means, pool.SIGNS))
        such = margin(data.test.attributes.numpy() - 0.5, faces.names, wanted) > 0
        label = {
            "en": f"seen in {int(such.sum())} real photographs that show it",
            "ko": f"실제로 그런 사진 {int(such.sum())}장에서 판정 모델이 알아본 비율",
        }
        reference = (margin(real.numpy(), faces.names, wanted) > 0)[such].mean() if such.any() else None
        share = (margin(results.numpy(), faces.names, wanted) > 0).mean()
        found[name] = metric(share, reference, label, draws, "higher")
    return found


def drawn(group: Tensor, draws: int, generator: torch.Generator) -> Tensor:
    """`draws` times `EXEMPLARS` different members of `group`."""
    rows = [group[torch.randperm(len(group), generator=generator)[:EXEMPLARS]] for _ in range(draws)]
    return torch.stack(rows)
