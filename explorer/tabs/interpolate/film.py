"""The film of a path: its frames, the points between keyframes, and the files that hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.latent import latents, paths
from explorer.latent.point import Point
from explorer.models import turns
from explorer.models.store import ModelStore
from explorer.pictures import files, images
from explorer.pictures.images import Pixels
from explorer.tabs.interpolate.work import CLASS_CONDITIONAL, Journey, Keyframe
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

FORMATS = ("gif", "mp4")
FPS = 20
"""Frames per second of a film; a GIF counts in hundredths of a second, so not every number will do."""
BATCH = 64
"""Pictures that are made at once, so that a long film takes no more memory than a short one."""
STRIP = 9
"""Frames side by side under the player and in the saved strip."""
STRIP_SIZE = 112
"""Pixels that a frame of the saved strip has at least."""


@dataclass(frozen=True)
class Film:
    """The frames of a journey, `pixels` N x H x W x C, how far along the path each lies, 0..1, and the norm of its z."""

    pixels: Pixels
    times: list[float]
    norms: list[float]


def shoot(store: ModelStore, card: Card, journey: Journey) -> Film:
    """The film of a `journey` with the model of `card`; between two classes their weights go evenly from one to the other.

    Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    places = journey.places()
    with store.using(card.id) as model, torch.inference_mode():
        z, weights = _along(model, card, journey, places)
        batches = []
        for start in range(0, len(z), BATCH):
            turns.look()
            part = slice(start, start + BATCH)
            labels = () if weights is None else (weights[part].to(model.device),)
            batches.append(images.pixels(model.generate(z[part].to(model.device), *labels)))
    times = [place / journey.stretches() for place in places]
    return Film(np.concatenate(batches), times, z.norm(dim=1).tolist())


def point(store: ModelStore, card: Card, journey: Journey, t: float, name: str) -> Point:
    """The point at `t` in 0..1 of the journey, under a `name`; between two classes it takes the nearer one."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        z, weights = _along(model, card, journey, [t * journey.stretches()])
    label = None if weights is None else int(weights[0].argmax())
    return Point(card.id, z=tuple(z[0].tolist()), label=label, name=name)


def _along(model: ZooModel, card: Card, journey: Journey, places: Sequence[float]) -> tuple[Tensor, Tensor | None]:
    """The latents at `places`, and the weights of the classes there if the model asks for classes; both on the CPU."""
    import torch

    points = [replace(key.point, truncation=journey.truncation) for key in journey.keys]
    ends = torch.stack([each.latent(model) for each in points])
    weights = None
    if card.task == CLASS_CONDITIONAL:
        one_hot = torch.eye(len(card.classes))[[key.label for key in journey.keys]]
        weights = paths.along(one_hot, places, "lerp", journey.loop)
    return paths.along(ends, places, journey.method, journey.loop), weights


def moving(film: Film, kind: str) -> bytes:
    """The film as a file of that kind, one of `FORMATS`."""
    large = images.enlarge(film.pixels, images.FILM_SIZE)
    return images.film(large, kind, FPS)


def strip(film: Film) -> bytes:
    """`STRIP` frames side by side as a PNG file, the first and the last among them."""
    last = len(film.times) - 1
    chosen = film.pixels[[round(index * last / (STRIP - 1)) for index in range(STRIP)]]
    (file,) = images.png(images.sheet(images.enlarge(chosen, STRIP_SIZE), STRIP, gap=4))
    return file


def packed(card: Card, journey: Journey, film: Film) -> bytes:
    """A ZIP file of the frames and of what makes them again."""
    made = {
        "model": card.id,
        "method": journey.method,
        "loop": journey.loop,
        "truncation": journey.truncation,
        "keyframes": [_recipe(card, key) for key in journey.keys],
        "frames": [
            {"keyframe": place, "t": t, "norm": norm}
            for place, t, norm in zip(journey.places(), film.times, film.norms, strict=True)
        ],
        "z": f"{latents.recipe(card)}; the z of a keyframe without a seed is written out",
    }
    pictures = ((f"frame-{index:03}.png", picture) for index, picture in enumerate(images.png(film.pixels)))
    return files.archive("path.json", made, pictures)


def _recipe(card: Card, key: Keyframe) -> dict[str, Any]:
    """A keyframe in the downloaded recipe."""
    point = key.point
    source = {"name": point.name, "z": point.z} if point.seed is None else {"seed": point.seed}
    return {**source, "label": key.label} if card.classes else source
