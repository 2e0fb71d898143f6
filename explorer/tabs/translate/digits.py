"""Digits for translators of digits: drawn by other models of the page, and read by judges."""

from __future__ import annotations

import numpy as np

from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.pictures import drawn, images
from explorer.pictures.images import Pixels
from explorer.pictures.reading import TASK as CLASS_CONDITIONAL
from models_zoo import Card

COUNT = 20
"""Digits in the grid: each class twice."""


def reader(store: ModelStore, card: Card, domain: str) -> Card | None:
    """The judge that reads the pictures of a domain, if there is one."""
    return next((judge for judge in store.cards("judge") if judge.dataset == card.readers.get(domain)), None)


def read(store: ModelStore, judge: Card | None, pixels: Pixels) -> list[tuple[str, float]]:
    """What `judge` reads in each of N x H x W x 3 pictures, and how surely from 0 to 1; nothing without a judge."""
    import torch

    if judge is None:
        return []
    with store.using(judge.id) as model, torch.inference_mode():
        shares, best = model.classify(images.tensor(_as_read(pixels, judge)).to(model.device)).softmax(1).max(1)
    return [(judge.classes[index], share) for index, share in zip(best.tolist(), shares.tolist(), strict=True)]


def generated(store: ModelStore, card: Card, domain: str, seed: int) -> Pixels | None:
    """Digits of a domain, each class in turn, from `seed` on: `COUNT` x H x W x 3, as the model of `card` takes them.

    They are drawn by a class-conditional model of the same data; None if there is none.
    """
    drawers = (
        each
        for each in store.cards(CLASS_CONDITIONAL)
        if each.dataset == card.readers.get(domain) and each.image_size <= card.image_size
    )
    drawer = next(drawers, None)
    if drawer is None:
        return None
    labels = [place % len(drawer.classes) for place in range(COUNT)]
    pixels = drawn.of_classes(store, drawer, latents.consecutive(seed, COUNT), labels)
    return as_colour(pixels, card.image_size)


def as_colour(pixels: Pixels, size: int) -> Pixels:
    """Pictures N x H x W x C, grey or not, in the middle of black N x size x size x 3."""
    count, height, width, channels = pixels.shape
    placed = np.zeros((count, size, size, 3), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    placed[:, top : top + height, left : left + width] = pixels.repeat(3 // channels, axis=3)
    return placed


def _as_read(pixels: Pixels, judge: Card) -> Pixels:
    """Pictures N x H x W x 3 as `judge` takes them: the middle, in grey if it knows no colour."""
    top, left = ((length - judge.image_size) // 2 for length in pixels.shape[1:3])
    middle = pixels[:, top : top + judge.image_size, left : left + judge.image_size]
    if judge.channels == 3:
        return middle
    return middle.mean(3, keepdims=True).round().astype(np.uint8)
