"""The course of a training, as a model's card tells it, and what an auto-encoding discriminator makes of pictures."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

STILLS = ("grey", "noise")
"""Pictures to repeat that are no photographs."""
MAX_STEP = 10**9


def _step(value: Any, language: str) -> int:
    return checks.whole(value, 0, MAX_STEP, "step", language)


@dataclass(frozen=True)
class ConvergenceView(View):
    """What the tab shows: the training of `model` from its snapshot nearest to `step`, and the picture of `seed` repeated.

    The page's components do not have the step: it changes in the browser alone, and `script.js` adds it to the link.
    """

    model: str = control()
    seed: int = control(7, checks.seed)
    step: int = control(MAX_STEP, _step, page=False)


@dataclass(frozen=True)
class Repeated:
    """A picture, what an auto-encoder makes of it, both 1 x H x W x C, and the mean absolute error of values in [-1, 1]."""

    pixels: Pixels
    again: Pixels
    error: float


def told(card: Card) -> dict[str, dict[str, Any]]:
    """The curves of a card that the log of its training told, over the steps, by name."""
    return {name: curve for name, curve in card.curves.items() if curve.get("of_run") is True}


def tells(card: Card) -> bool:
    """Whether the card tells the course of its model's training."""
    return bool(told(card))


def at(curves: Mapping[str, Mapping[str, Any]], step: int) -> list[tuple[dict[str, str], float]]:
    """The last values that the curves had up to a step, with the labels of their series; of each label once, the finest."""
    found: dict[str, tuple[int, dict[str, str], float]] = {}
    for curve in curves.values():
        steps = curve["x"]["values"]
        place = bisect.bisect_right(steps, step) - 1
        if place < 0:
            continue
        for line in curve["series"]:
            name = str(line["label"])
            if name not in found or found[name][0] < len(steps):
                found[name] = (len(steps), line["label"], line["values"][place])
    return [(label, value) for _, label, value in found.values()]


def repeat(store: ModelStore, card: Card, pixels: Pixels, language: str = "en") -> Repeated:
    """What the discriminator of `card` makes of a picture 1 x H x W x C of its size.

    Raises `UserError` if it is no auto-encoder, and `ZooError` if the model cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        if not hasattr(model, "reconstruct"):
            raise UserError(say("no_auto_encoder", language, model=card.id))
        target = images.tensor(pixels).to(model.device)
        again = model.reconstruct(target)
        error = (target - again).abs().mean().item()
    return Repeated(pixels, images.pixels(again), error)


def repeats(store: ModelStore, card: Card) -> bool:
    """Whether the discriminator of `card` is an auto-encoder; raises `ZooError` if the model cannot be loaded."""
    return hasattr(store.get(card.id), "reconstruct")


def still(kind: str, card: Card) -> Pixels:
    """A picture of the size of a model's that is no photograph, one of `STILLS`: plain grey, or noise in every pixel."""
    shape = (1, card.image_size, card.image_size, card.channels)
    if kind == "grey":
        return np.full(shape, 128, np.uint8)
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)
