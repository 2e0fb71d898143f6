"""What a judge sees in a model's first pictures, so that those with wanted traits can be found: a file beside its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models_zoo.card import POOL_FILE, ZooError

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import LatentModel, ZooModel

Traits = Mapping[str, bool]
"""The names of traits, and whether a picture shall show them or lack them."""
SEEDS = 12_288
"""Pictures of which a stored pool tells."""
TYPICAL = 60
"""Exemplars are drawn among so many pictures that suit their row best."""
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
    """What a judge sees in the pictures of seeds 0 to N - 1, at truncation 1.

    `logits` is N x A, the log-odds that a picture has the trait of each of A `names`: above 0 if it rather
    has it. `exclusive` where a picture shows one of them and no other, as with digits. `linear`, N x A, is as much of
    the log-odds as is linear in z, see `linear_part`; pools kept before there was such a thing have none.
    """

    names: tuple[str, ...]
    logits: NDArray[np.float32]
    exclusive: bool = False
    linear: NDArray[np.float32] | None = None

    def order(self, traits: Traits) -> tuple[list[int], int]:
        """All seeds, those that show `traits` most clearly first, and how many of them do show them.

        Without traits every picture will do, and the seeds are in their own order.
        """
        if not traits:
            return list(range(len(self.logits))), len(self.logits)
        clear = margin(self.logits, self.names, traits)
        return (-clear).argsort(kind="stable").tolist(), int((clear > 0).sum())


def margin(logits: NDArray, names: Sequence[str], traits: Traits) -> NDArray:
    """How clearly each of N rows of logits (N x A, by `names`) shows all `traits`, of which there is one: above 0 if it does."""
    return np.stack([logits[:, names.index(name)] * (1 if wanted else -1) for name, wanted in traits.items()]).min(0)


def sought(terms: Sequence[Traits]) -> dict[str, bool]:
    """What A - B + C promises of the traits that all three terms speak of: glasses - no glasses + no glasses is glasses."""
    first, *others = terms
    shared = [name for name in first if all(name in traits for traits in others)]
    return {
        name: sum(sign * (1 if traits[name] else -1) for sign, traits in zip(SIGNS, terms, strict=True)) > 0
        for name in shared
    }


def candidates(pool: Pool, terms: Sequence[Traits], row: int) -> list[int]:
    """Seeds among which the exemplars of a row of A - B + C are drawn, the best first: all where it asks for no traits.

    They are at most `TYPICAL` pictures that show the row's traits. A sum of latents passes on what of a trait is linear
    in z, and nothing of the rest, however clearly its terms show it. So those come first whose linear part
    takes the sum farthest towards all that it promises: in the row that is subtracted, away from it. Where nothing is
    promised, or the linear part is unknown, the clearest do.
    """
    order, shown = pool.order(terms[row])
    if not terms[row]:
        return order
    seeds, promised = np.array(order[:shown], np.int64), sought(terms)
    if shown and promised and pool.linear is not None:
        linear = pool.linear[seeds]
        # Against the row's mean, or the trait that most pictures of the row are far from would decide alone.
        gain = margin(SIGNS[row] * (linear - linear.mean(0)), pool.names, promised)
        seeds = seeds[(-gain).argsort(kind="stable")]
    return seeds[:TYPICAL].tolist()


def log_odds(judge: ZooModel, pictures: Tensor) -> Tensor:
    """The log-odds that N pictures (N x C x H x W in [-1, 1]) have each of the judge's A traits: N x A.

    A judge of attributes gives them itself; one of classes gives logits of one softmax, of which each class is set
    against all others.
    """
    import torch

    logits = judge.classify(pictures)
    if not judge.exclusive:
        return logits
    itself = torch.eye(logits.shape[1], dtype=torch.bool, device=logits.device)
    others = logits[:, None].expand(-1, len(itself), -1).masked_fill(itself, -torch.inf)
    return logits - others.logsumexp(2)


def judged(model: LatentModel, judge: ZooModel, seeds: int) -> Pool:
    """The pool of so many first seeds of `model`, as `judge` sees them."""
    import torch

    with torch.inference_mode():
        z = model.latents(range(seeds))
        logits = torch.cat([log_odds(judge, model.generate(part)) for part in z.split(BATCH)]).cpu().numpy()
    return Pool(tuple(judge.card.classes), logits, judge.exclusive, linear_part(z, logits))


def linear_part(z: Tensor, logits: NDArray) -> NDArray[np.float32]:
    """What an affine function of z (N x L) can tell of logits (N x A), by least squares: N x A."""
    import torch

    points = torch.nn.functional.pad(z.cpu(), (0, 1), value=1.0)
    return (points @ torch.linalg.lstsq(points, torch.from_numpy(logits)).solution).numpy()


def write(folder: Path, pool: Pool, sha256: str) -> None:
    """Keep `pool` in half precision in the model's `folder`; `sha256` is the checksum of the weights that drew the pictures."""
    from safetensors.numpy import save

    facts = {"names": list(pool.names), "exclusive": pool.exclusive, "sha256": sha256}
    numbers = {"logits": pool.logits} if pool.linear is None else {"logits": pool.logits, "linear": pool.linear}
    halves = {name: values.astype(np.float16) for name, values in numbers.items()}
    data = save(halves, metadata={"pool": json.dumps(facts)})
    (folder / POOL_FILE).write_bytes(data)


def read(folder: Path, sha256: str) -> Pool | None:
    """The pool kept in `folder`; None if it has none, or one of other weights than those of the checksum `sha256`.

    Does not import torch. Raises `ZooError` where the file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / POOL_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            logits = file.get_tensor("logits").astype(np.float32)
            # Pools kept by earlier versions come without. `file` is no dict and knows no `in`.
            linear = file.get_tensor("linear").astype(np.float32) if "linear" in file.keys() else None  # noqa: SIM118
            facts = json.loads((file.metadata() or {})["pool"])
        names, exclusive, drawn_by = facts["names"], facts["exclusive"], facts["sha256"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ZooError(f"The pool of the model is damaged: {path} cannot be read ({error}).") from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ZooError(f"The pool of the model is damaged: {path} names its traits {str(names)[:60]!r}.")
    if logits.ndim != 2 or not len(logits) or logits.shape[1] != len(names) or not np.isfinite(logits).all():
        raise ZooError(
            f"The pool of the model is damaged: the logits in {path} are no numbers for {len(names)} traits."
        )
    if linear is not None and (linear.shape != logits.shape or not np.isfinite(linear).all()):
        raise ZooError(f"The pool of the model is damaged: the linear part in {path} does not fit the logits.")
    return Pool(tuple(names), logits, exclusive is True, linear) if drawn_by == sha256 else None
