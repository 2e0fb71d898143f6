"""Starting from the weights of another model (`--init-from`), and what a run remembers of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

import models_zoo
from models_zoo.card import SNAPSHOTS_FILE
from models_zoo.checkpoint import ZooModel
from train.errors import TrainError
from train.loop.runs import RunFolder
from train.loop.widen import can_widen, widened

LEAST_SHARE = 0.5
"""Of a network's weights that another model must have in the same shape, for the rest to learn beside them."""


def ancestor(folder: RunFolder, name: str) -> dict[str, Any]:
    """What `RunFolder.read_ancestor` will tell about the model `name`, whose snapshots are copied into `folder`."""
    card = models_zoo.load(name, "cpu").card
    strip = card.folder / SNAPSHOTS_FILE
    steps = list(card.snapshots) if strip.is_file() else []
    if steps:
        folder.write(folder.ancestor_snapshots, strip.read_bytes())
    return {"id": card.id, "command": card.command, "step": card.step, "images": card.images_seen, "snapshots": steps}


def take_over(model: ZooModel, name: str, needed: Sequence[str]) -> None:
    """Give `model` the weights of the model `name`; a network that only one of them has is left alone.

    The networks `needed` must be equal in shape, wider ones of the same kind, or, for pictures of another size, mostly of
    the same layers. Others, such as a discriminator, may be built differently and then keep their random weights.
    """
    parent = models_zoo.load(name, "cpu")
    theirs = dict(parent.named_children())
    shared = {child: net for child, net in model.named_children() if child in theirs}
    if not shared:
        raise TrainError(f"--init-from {name}: it has no network in common with this variant.")
    for child, net in shared.items():
        given, shapes = theirs[child].state_dict(), {key: value.shape for key, value in net.state_dict().items()}
        if shapes == {key: value.shape for key, value in given.items()}:
            net.load_state_dict(given)
        elif child in needed and can_widen(given, shapes):
            net.load_state_dict(widened(given, shapes))
            print(
                f"The {child} is wider than that of {name} and starts with the function of the narrower one.",
                flush=True,
            )
        elif parent.image_size != model.image_size and (share := _take_what_fits(net, given)) >= LEAST_SHARE:
            print(
                f"{share:.0%} of the {child}'s weights are those of {name}; the rest, of other shapes, starts from random ones.",
                flush=True,
            )
        elif child in needed:
            raise TrainError(f"--init-from {name}: its networks differ from those of this variant.")
        else:
            print(f"The {child} differs from that of {name} and starts from random weights.", flush=True)


def _take_what_fits(net: nn.Module, given: dict[str, Tensor]) -> float:
    """Give `net` those of the weights `given` that are of its names and shapes; returns their share of its weights.

    Nothing is taken where that is below `LEAST_SHARE`.
    """
    mine = net.state_dict()
    fitting = {key: value for key, value in given.items() if key in mine and mine[key].shape == value.shape}
    share = sum(value.numel() for value in fitting.values()) / max(1, sum(value.numel() for value in mine.values()))
    if share >= LEAST_SHARE:
        net.load_state_dict(fitting, strict=False)
    return share
