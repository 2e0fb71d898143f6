"""A judge's predictions for a model's first pictures, in a file beside its weights, for finding pictures with given traits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models_zoo import bounds
from models_zoo.card import POOL_FILE, ZooError

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import LatentModel, ZooModel

Traits = Mapping[str, bool]
"""Names of traits, and whether a picture must have each of them."""
SEEDS = 12_288
"""Number of pictures in a stored pool."""
TYPICAL = 60
"""Exemplars of a row are drawn from this many of the best candidates."""
BATCH = 256
SIGNS = (1, -1, 1)
SUMS: dict[str, tuple[Traits, Traits, Traits]] = {
    "glasses": (
        {"Male": True, "Eyeglasses": True},
        {"Male": True, "Eyeglasses": False},
        {"Male": False, "Eyeglasses": False},
    ),
    "smile": (
        {"Male": False, "Smiling": True},
        {"Male": False, "Smiling": False},
        {"Male": True, "Smiling": False},
    ),
}
"""The terms of the lecture's two sums A - B + C (arXiv:1511.06434, figure 7)."""


@dataclass(frozen=True)
class Pool:
    """A judge's predictions for the pictures of the seeds 0 to N - 1, at truncation 1.

    `logits`, N x A, are the log-odds of each of the A traits in `names`. `exclusive` is true where every picture has
    exactly one of them, as with digits. `linear`, N x A, is the part of the log-odds that is linear in z, see
    `linear_part`; pools of earlier versions have none.
    """

    names: tuple[str, ...]
    logits: NDArray[np.float32]
    exclusive: bool = False
    linear: NDArray[np.float32] | None = None

    def order(self, traits: Traits) -> tuple[list[int], int]:
        """All seeds, sorted by how clearly they show `traits`, and the number of those that do show them.

        Without traits, all seeds in ascending order.
        """
        if not traits:
            return list(range(len(self.logits))), len(self.logits)
        clear = margin(self.logits, self.names, traits)
        return (-clear).argsort(kind="stable").tolist(), int((clear > 0).sum())


def margin(logits: NDArray, names: Sequence[str], traits: Traits) -> NDArray:
    """How clearly each of N rows of logits (N x A, by `names`) shows all `traits`, at least one: above 0 if it does."""
    return np.stack([logits[:, names.index(name)] * (1 if wanted else -1) for name, wanted in traits.items()]).min(0)


def sought(terms: Sequence[Traits]) -> dict[str, bool]:
    """The traits that A - B + C should have, among those named in all three: glasses - no glasses + no glasses is glasses."""
    first, *others = terms
    shared = [name for name in first if all(name in traits for traits in others)]
    return {
        name: sum(sign * (1 if traits[name] else -1) for sign, traits in zip(SIGNS, terms, strict=True)) > 0
        for name in shared
    }


def candidates(pool: Pool, terms: Sequence[Traits], row: int) -> list[int]:
    """Candidate seeds for the exemplars of a row of A - B + C, the best first; all seeds for a row without traits.

    They are at most `TYPICAL` pictures that show the row's traits. Arithmetic on latents only transfers the part of a
    trait that is linear in z, however clearly the pictures show it. Therefore the seeds are sorted by how far their
    linear part moves the sum towards the traits it should have; in the subtracted row, away from them. Where there
    are no such traits, or the linear part is unknown, they are sorted by how clearly they show the row's traits.
    """
    order, shown = pool.order(terms[row])
    if not terms[row]:
        return order
    seeds, promised = np.array(order[:shown], np.int64), sought(terms)
    if shown and promised and pool.linear is not None:
        linear = pool.linear[seeds]
        # Relative to the row's mean; otherwise the trait with the lowest values in the row would decide alone.
        gain = margin(SIGNS[row] * (linear - linear.mean(0)), pool.names, promised)
        seeds = seeds[(-gain).argsort(kind="stable")]
    return seeds[:TYPICAL].tolist()


def log_odds(judge: ZooModel, pictures: Tensor) -> Tensor:
    """The log-odds that N pictures (N x C x H x W in [-1, 1]) have each of the judge's A traits: N x A.

    They are the outputs of a judge of attributes; for a judge of classes, they are computed from its softmax for each
    class against all others.
    """
    import torch

    logits = judge.classify(pictures)
    if not judge.exclusive:
        return logits
    itself = torch.eye(logits.shape[1], dtype=torch.bool, device=logits.device)
    others = logits[:, None].expand(-1, len(itself), -1).masked_fill(itself, -torch.inf)
    return logits - others.logsumexp(2)


def judged(model: LatentModel, judge: ZooModel, seeds: int) -> Pool:
    """The pool of the first `seeds` seeds of `model`, with the predictions of `judge`."""
    import torch

    with torch.inference_mode():
        z = model.latents(range(seeds))
        logits = torch.cat([log_odds(judge, model.generate(part)) for part in z.split(BATCH)]).cpu().numpy()
    if not np.isfinite(logits).all():
        raise ZooError(
            "The pictures cannot be sorted: what the judge says of them is no number, so the weights are broken."
        )
    return Pool(tuple(judge.card.classes), logits, judge.exclusive, linear_part(z, logits))


def linear_part(z: Tensor, logits: NDArray) -> NDArray[np.float32]:
    """The least-squares fit of logits (N x A) by an affine function of z (N x L): N x A."""
    import torch

    points = torch.nn.functional.pad(z.cpu(), (0, 1), value=1.0)
    return (points @ torch.linalg.lstsq(points, torch.from_numpy(logits)).solution).numpy()


def write(folder: Path, pool: Pool, sha256: str) -> None:
    """Store `pool` in half precision in the model's `folder`; `sha256` is the checksum of the generator's weights."""
    from safetensors.numpy import save

    facts = {"names": list(pool.names), "exclusive": pool.exclusive, "sha256": sha256}
    numbers = {"logits": pool.logits} if pool.linear is None else {"logits": pool.logits, "linear": pool.linear}
    halves = {name: values.astype(np.float16) for name, values in numbers.items()}
    data = save(halves, metadata={"pool": json.dumps(facts)})
    (folder / POOL_FILE).write_bytes(data)


def read(folder: Path, sha256: str) -> Pool | None:
    """The pool in `folder`; None if there is none for weights with the checksum `sha256`.

    Does not import torch. Raises `ZooError` where the file is damaged.
    """
    path = folder / POOL_FILE
    if not path.is_file():
        return None
    try:
        arrays, facts = bounds.read_arrays(path, "pool")
        logits = arrays["logits"].astype(np.float32)
        # Absent in pools of earlier versions.
        linear = arrays["linear"].astype(np.float32) if "linear" in arrays else None
        names, exclusive, drawn_by = facts["names"], facts["exclusive"], facts["sha256"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ZooError(f"The pool of the model is damaged: {path} cannot be read ({bounds.reason(error)}).") from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ZooError(f"The pool of the model is damaged: {path} names its traits {bounds.shown(names)}.")
    if logits.ndim != 2 or not len(logits) or logits.shape[1] != len(names) or not np.isfinite(logits).all():
        raise ZooError(
            f"The pool of the model is damaged: the logits in {path} are no numbers for {len(names)} traits."
        )
    if linear is not None and (linear.shape != logits.shape or not np.isfinite(linear).all()):
        raise ZooError(f"The pool of the model is damaged: the linear part in {path} does not fit the logits.")
    return Pool(tuple(names), logits, exclusive is True, linear) if drawn_by == sha256 else None
