"""Named directions in a model's latent space, kept in a file of their own beside its weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models_zoo import bounds
from models_zoo.card import DIRECTIONS_FILE, ZooError, are_metrics
from models_zoo.texts import are_texts

KINDS = ("attribute", "principal")
MOST_BYTES = 4 * 2**20
"""Of the file; its numbers become objects of Python, which take sixteen times as much."""


@dataclass(frozen=True)
class Direction:
    """A direction to move z in.

    `kind` is ``"attribute"`` for one fitted to what a judge sees (as in arXiv:1907.10786) and
    ``"principal"`` for one along which the first layer varies most (as in arXiv:2004.02546). `name`
    is the judge's attribute, or a number. Adding `vector` to z is as far as a slider goes; subtracting it is
    as far the other way. `title` is for people, by language. `metrics` are as in `models_zoo.Card`.
    """

    name: str
    kind: str
    vector: tuple[float, ...]
    title: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)


def write(folder: Path, directions: Sequence[Direction]) -> None:
    """Keep `directions` in the model's `folder`, in place of those that are there."""
    from safetensors.numpy import save

    facts = [{key: value for key, value in asdict(d).items() if key != "vector"} for d in directions]
    vectors = np.array([d.vector for d in directions], np.float32)
    data = save({"vectors": vectors}, metadata={"directions": json.dumps(facts)})
    (folder / DIRECTIONS_FILE).write_bytes(data)


def read(folder: Path, latent_size: int) -> list[Direction]:
    """The directions of the model in `folder`, whose z has `latent_size` numbers; none if it has no file of them.

    Does not import torch, so that a page can tell what a model offers before it is loaded.

    Raises `ZooError` where the file is damaged or belongs to another model.
    """
    path = folder / DIRECTIONS_FILE
    if not path.is_file():
        return []
    try:
        arrays, facts = bounds.read_arrays(path, "directions", MOST_BYTES)
        vectors = arrays["vectors"]
        fits = vectors.shape == (len(facts), latent_size) and np.isfinite(vectors).all()
        rows = vectors.tolist() if fits else ()
        directions = [Direction(**fact, vector=tuple(vector)) for fact, vector in zip(facts, rows, strict=fits)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ZooError(
            f"The directions of the model are damaged: {path} cannot be read ({bounds.reason(error)})."
        ) from None
    if not fits:
        raise ZooError(f"The directions of the model are damaged: {path} does not fit a z of {latent_size} numbers.")
    for direction in directions:
        is_named = isinstance(direction.name, str) and direction.kind in KINDS and are_texts(direction.title)
        if not (is_named and are_metrics(direction.metrics)):
            raise ZooError(f"The directions of the model are damaged: {path} says {bounds.shown(direction.name)!r}.")
    return directions
