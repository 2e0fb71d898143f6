"""How unlike a translator's training pictures a picture is: what they look like in brief, in a file beside the weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models_zoo import bounds
from models_zoo.card import FAMILIAR_FILE, Card, ZooError

if TYPE_CHECKING:
    from torch import Tensor

COMPONENTS = 64
"""Principal components that are kept of a picture's features."""
SHARE = 0.95
"""Share of the held-out pictures that count as familiar."""
ARRAYS = ("mean", "components", "features")


@dataclass(frozen=True)
class Known:
    """The training pictures of one domain: N of them, each as K principal components of its F features at length 1.

    `mean` is F long, `components` K x F, `features` N x K. `threshold` is the distance to the nearest training
    picture that only 5 % of the held-out pictures exceed.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    features: NDArray[np.float32]
    threshold: float

    def distances(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """How far each row of `features`, M x F, points away from the nearest training picture: M numbers, 0 to 2.

        Rows are compared at length 1: how strong features are tells of contrast and size, and which ones of what is
        shown. The part of a picture that no component shows counts as well: it is what strange pictures consist of.
        """
        centred = _unit(features) - self.mean
        inside = centred @ self.components.T
        missing = np.square(centred).sum(1) - np.square(inside).sum(1)
        squares = np.square(inside).sum(1)[:, None] + np.square(self.features).sum(1) - 2 * inside @ self.features.T
        return np.sqrt(np.clip(squares.min(1) + missing, 0, None))


def learned(training: NDArray[np.float32], held_out: NDArray[np.float32]) -> Known:
    """What to know of training pictures by their features, N x F, and those of held-out pictures, M x F."""
    rows = _unit(training)
    mean = rows.mean(0)
    centred = rows - mean
    _, directions = np.linalg.eigh(centred.T @ centred)
    components = directions[:, : -COMPONENTS - 1 : -1].T.copy()
    # As it will be read again, so that the threshold is one of the distances that will be measured.
    arrays = (array.astype(np.float16).astype(np.float32) for array in (mean, components, centred @ components.T))
    known = Known(*arrays, threshold=1.0)
    return Known(known.mean, known.components, known.features, float(np.quantile(known.distances(held_out), SHARE)))


def _unit(features: NDArray[np.float32]) -> NDArray[np.float32]:
    return features / np.linalg.norm(features, axis=1, keepdims=True).clip(1e-6)


def unfamiliarity(card: Card, domain: str, image: Tensor) -> float | None:
    """How far an RGB picture, 1 x 3 x H x W in [-1, 1], is from all that the model of `card` learned ``"a"`` or ``"b"`` from.

    It is the distance to the nearest training picture, in units of the one that 95 % of held-out pictures keep: above
    1, expect little. None where the checkpoint does not know. Raises `ZooError` if its file is damaged.
    """
    from models_zoo import lite0

    known = read(card.folder, domain, card.sha256) if card.folder else None
    if known is None:
        return None
    (distance,) = known.distances(lite0.features(image.cpu()).numpy())
    return float(distance) / known.threshold


def write(folder: Path, known: Mapping[str, Known], sha256: str) -> None:
    """Keep what is `known` of the domains in half precision in the model's `folder`; `sha256` is the weights' checksum."""
    from safetensors.numpy import save

    arrays = {
        f"{domain}.{name}": getattr(each, name).astype(np.float16) for domain, each in known.items() for name in ARRAYS
    }
    facts = {"thresholds": {domain: each.threshold for domain, each in known.items()}, "sha256": sha256}
    (folder / FAMILIAR_FILE).write_bytes(save(arrays, metadata={"familiar": json.dumps(facts)}))


def read(folder: Path, domain: str, sha256: str) -> Known | None:
    """What is kept in `folder` of ``"a"`` or ``"b"``; None if nothing is, or for other weights than of the checksum `sha256`.

    Does not import torch. Raises `ZooError` where the file is damaged.
    """
    path = folder / FAMILIAR_FILE
    if not path.is_file():
        return None
    try:
        arrays, facts = bounds.read_arrays(path, "familiar")
        thresholds, learned_by = facts["thresholds"], facts["sha256"]
        if learned_by != sha256 or domain not in thresholds:
            return None
        own = [arrays[f"{domain}.{name}"].astype(np.float32) for name in ARRAYS]
        known = Known(*own, threshold=float(thresholds[domain]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ZooError(
            f"What the model knows of its training pictures is damaged: {path} cannot be read ({bounds.reason(error)})."
        ) from None
    if not _fits(known):
        raise ZooError(f"What the model knows of its training pictures is damaged: the numbers in {path} do not fit.")
    return known


def _fits(known: Known) -> bool:
    shapes = known.mean.ndim, known.components.ndim, known.features.ndim
    return (
        shapes == (1, 2, 2)
        and known.components.shape[1] == len(known.mean)
        and known.components.shape[0] == known.features.shape[1]
        and len(known.features) > 0
        and known.threshold > 0
        and all(np.isfinite(array).all() for array in (known.mean, known.components, known.features))
    )
