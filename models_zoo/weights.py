"""Whether the weights in a stranger's folder are those of the network that its card describes, before memory is taken for them."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from models_zoo import bounds, packed
from models_zoo import card as cards
from models_zoo.card import Card, ZooError

MOST_WEIGHTS = 500 * 2**20
"""Bytes of a file of weights."""
FACTS = ("image_size", "channels", "latent_size")
"""What a card says of its network, and what the network says itself."""
VERBS = {
    "unconditional": ("generate", 1),
    "class-conditional": ("generate", 2),
    "text-to-image": ("generate", 2),
    "translation": ("translate", 2),
    "super-resolution": ("upscale", 1),
    "colorization": ("colorize", 3),
    "encoder": ("encode", 2),
    "text-translation": ("translate_text", 1),
    "judge": ("classify", 1),
    "classifier": ("classify", 1),
}
"""The method by which a network does each task, and how many arguments it is called with."""
NAMING = ("class-conditional", "judge", "classifier")
"""Tasks whose networks have classes, of which the card names each."""
CALLS, CALLS_EACH = 1_000, 60
"""Functions of torch that building a network may call, and as many more for each tensor of its file: several times what ours need."""


class _Endless(Exception):
    """A network asks for more than its weights are."""


class _Bounded(TorchFunctionMode):
    """Within it, in this thread, only so many functions of torch are called, for layers without end would be built forever.

    Nor is arithmetic done: on the meta device there are no numbers, and for the first of its results torch imports hundreds
    of modules, which takes seconds (`findings/torch-meta-device-imports.sh`).
    """

    def __init__(self, most: int):
        super().__init__()
        self.left = most

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.left -= 1
        if self.left < 0:
            raise _Endless
        kwargs = kwargs or {}
        first = next(iter((*args, *kwargs.values())), None)
        if function is torch.randn:
            return torch.empty(*args, **kwargs)
        if function in (Tensor.normal_, nn.init.normal_, F.normalize):
            return first
        if function in (Tensor.mul, Tensor.div) and getattr(args[1], "ndim", 0) == 0:
            return first.new_empty(first.shape)
        if function is torch.mv:
            return first.new_empty(len(first))
        if function is torch.vdot:
            return first.new_empty(())
        if function is torch.norm_except_dim:
            return first.new_empty([size if place == args[2] else 1 for place, size in enumerate(first.shape)])
        return function(*args, **kwargs)


def skeleton(network: Callable[..., nn.Module], card: Card, tensors: int) -> nn.Module:
    """The network that `card` describes, on the meta device, where it costs no memory, for a file of so many `tensors`.

    Raises `ZooError` where there is none, where it is not what the card says, or cannot do its task.
    """
    for name in FACTS:
        # Before it is built: with other sizes than the card's, which were looked at, building may never end.
        if name in card.arguments and card.arguments[name] != getattr(card, name):
            raise _wrong(card, name, card.arguments[name])
    try:
        with _Bounded(CALLS + CALLS_EACH * tensors), torch.device("meta"):
            model = network(**card.arguments)
    except _Endless:
        raise ZooError(
            f"The weights of {card.id} do not fit {card.architecture}: its arguments ask for more layers than the "
            f"{tensors:,} tensors of the file."
        ) from None
    except Exception as error:
        # Arguments of other types raise all kinds of errors, in our code and in torch's.
        raise ZooError(
            f"{card.id} cannot be built: {card.architecture} does not take its arguments ({bounds.reason(error)})."
        ) from None
    _check_facts(card, model)
    return model


def read_shapes(folder: Path, card: Card) -> dict[str, bounds.Shape]:
    """The shapes of the weights in `folder` by their names, from the file's header alone."""
    path = folder / cards.WEIGHTS_FILE
    with _complaining(path, card):
        shapes, _ = bounds.read_header(path, MOST_WEIGHTS)
    # Scales belong to the weights that they scale.
    return {
        name: shape for name, shape in shapes.items() if name.removesuffix(packed.SUFFIX) not in shapes.keys() - {name}
    }


def read_weights(folder: Path, card: Card) -> dict[str, Tensor]:
    """The weights in `folder` by their names; raises `ZooError` unless they are those of the card, and numbers."""
    path = folder / cards.WEIGHTS_FILE
    with _complaining(path, card):
        data = bounds.read_bytes(path, MOST_WEIGHTS)
        tensors = safetensors.torch.load(data)
    if card.sha256 and hashlib.sha256(data).hexdigest() != card.sha256:
        raise ZooError(
            f"The weights of {card.id} were altered: {path} does not match the checksum in its {cards.CONFIG_FILE}."
        )
    del data
    found = packed.unpack(tensors)
    for name, value in found.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise ZooError(
                f"The weights of {card.id} are no numbers: {bounds.shown(name)} in {path} has NaN or infinite values."
            )
    return found


@contextlib.contextmanager
def _complaining(path: Path, card: Card) -> Iterator[None]:
    """Raise `ZooError` for what can be wrong with the weights file `path` that is read in the block."""
    try:
        yield
    except FileNotFoundError:
        raise ZooError(f"{card.id} has no weights: {path} is missing.") from None
    except OSError as error:
        raise ZooError(f"{path} cannot be read: {bounds.reason(error)}.") from None
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise ZooError(
            f"The weights of {card.id} are damaged or cut short: {path} is not a whole safetensors file ({bounds.reason(error)})."
        ) from None


def _check_facts(card: Card, model: nn.Module) -> None:
    """Raise `ZooError` where `model` is not what `card` says, or cannot do what it is for."""
    for name in FACTS:
        built = getattr(model, name, None)
        if getattr(card, name) != built:
            raise _wrong(card, name, built)
    classes = next((model.arguments[name] for name in ("classes", "attributes") if name in model.arguments), 0)
    if card.task in NAMING and classes != len(card.classes):
        raise _wrong(card, "classes", classes, f"{len(card.classes):,} names")
    wanted, count = VERBS.get(card.task, ("", 0))
    verb = getattr(type(model), wanted, None) if wanted else None
    if (
        next(model.parameters(), None) is None
        or (wanted and not _takes(verb, count))
        or (card.verdict and not hasattr(model, "score"))
    ):
        raise ZooError(f"The card of {card.id} is wrong: {card.architecture} is no network for the task {card.task!r}.")
    if missing := set(card.directions) - set(getattr(model, "directions", ())):
        raise _wrong(card, "directions", list(getattr(model, "directions", ())), f"among others {missing.pop()}")


def _takes(verb: Any, count: int) -> bool:
    """Whether `verb` is a method that can be called with `count` arguments."""
    try:
        inspect.signature(verb).bind(*range(count + 1))
    except (TypeError, ValueError):
        return False
    return True


def _wrong(card: Card, name: str, built: Any, said: Any = None) -> ZooError:
    """The complaint about a card that does not say of its network what is true."""
    said = getattr(card, name) if said is None else said
    return ZooError(
        f"The card of {card.id} is wrong: its {name} is {said}, but {card.architecture} has {bounds.shown(built)}."
    )


def check_shapes(card: Card, model: nn.Module, found: Mapping[str, bounds.Shape]) -> None:
    """Raise `ZooError` unless weights of the shapes `found`, by their names, are those of `model`."""
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    misfit = f"The weights of {card.id} do not fit {card.architecture}: "
    for name, shape in wanted.items():
        if name not in found:
            raise ZooError(f"{misfit}{name} is missing.")
        if found[name] != shape:
            raise ZooError(f"{misfit}{name} is {bounds.shown(found[name])} instead of {shape}.")
    if extra := sorted(found.keys() - wanted.keys()):
        raise ZooError(f"{misfit}{bounds.shown(extra[0])} is unknown to it.")
