"""The zoo: the bundled checkpoints, their cards, and loading.

The public interface is `find`, which lists cards without importing torch, and `load`, which returns
a module in eval mode with the methods of its task::

    import models_zoo

    for card in models_zoo.find(task="unconditional"):
        print(card.id, card.metrics)
    model = models_zoo.load("gan-mnist")
    images = model.generate(model.latents([7, 8, 9], truncation=0.8))  # 3 x 1 x 28 x 28, in [-1, 1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models_zoo.card import TASKS, Card, ZooError, find

if TYPE_CHECKING:
    import torch

    from models_zoo.checkpoint import ZooModel
    from models_zoo.hub import Cache

__all__ = ["TASKS", "Card", "ZooError", "find", "load"]


def load(name: str, device: str | torch.device | None = None, cache: Cache | None = None) -> ZooModel:
    """Load the model `name`, in eval mode and in fp32, with its `card`.

    `name` is tried as a folder, then as the id of a bundled model, then as a Hugging Face Hub id of
    the form ``user/name``. `device` defaults to the fastest one available. Models of the Hub are kept where everything
    from the Hub is, or in a `cache` that is bounded.

    Raises `ZooError`, in one sentence, for an unknown id, a damaged or tampered file, weights that are no numbers, a
    network this package does not have, or a hub that cannot be reached. What the folder of a stranger may cost is
    bounded, see `models_zoo.bounds` and `models_zoo.weights`.
    """
    from models_zoo.checkpoint import load as load_checkpoint

    return load_checkpoint(name, device, cache)
