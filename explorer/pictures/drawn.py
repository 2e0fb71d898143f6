"""Pictures that models draw, for whoever needs no more than these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel


def draw(store: ModelStore, point: Point) -> Pixels:
    """The picture of `point`, 1 x H x W x C; raises `ZooError` if its model cannot be loaded."""
    import torch

    with store.using(point.model) as model, torch.inference_mode():
        z = point.latent(model).to(model.device)[None]
        asked = () if point.label is None else (torch.tensor([point.label], device=model.device),)
        return images.pixels(model.generate(z, *asked))


def of_classes(store: ModelStore, card: Card, seeds: Sequence[int], labels: Sequence[int]) -> Pixels:
    """One picture per seed and label, both N long, of a class-conditional model: N x H x W x C; raises `ZooError`."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ids = torch.tensor(labels, device=model.device)
        return images.pixels(model.generate(latents_of(model, seeds, 1.0), ids))


def latents_of(model: ZooModel, seeds: Sequence[int], truncation: float) -> Tensor:
    """z of every seed, N x latent_size; what a seed stands for is drawn once."""
    distinct = list(dict.fromkeys(seeds))
    row = {seed: index for index, seed in enumerate(distinct)}
    return model.latents(distinct, truncation=truncation)[[row[seed] for seed in seeds]]
