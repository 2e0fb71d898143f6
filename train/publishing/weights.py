"""The tensors in a checkpoint of any program, read without executing anything in it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from train.errors import TrainError
from train.publishing import pickles
from train.publishing.pickles import Network, PickleError, printable

ZIP, PICKLE = b"PK\x03\x04", b"\x80"
"""How files of `torch.save` begin, and pickles."""
OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How files of `torch.save` began before 2020: with a number in a pickle of its own."""
USUAL = {"activation": "lrelu", "lr_multiplier": 0.01, "architecture": "skip"}
"""What StyleGAN2 generators are made with, as long as nobody asks for something else."""
MOST_NETWORKS = 10_000
"""Networks inside networks, at most; the largest published ones have a hundred."""
DEEPEST = 8
"""How many containers may lie in each other around a tensor."""
REMEDY = "save only the networks' state_dict with the program that made it"


def tensors_in(path: Path) -> dict[str, Tensor]:
    """All tensors in the file at `path` by name; those of containers in it have its name and a dot before theirs.

    Of an optimizer's state only the name ``param_groups`` is kept, by which it is known. Raises `TrainError` in a sentence for
    what is no checkpoint, is damaged, or would have to be executed.
    """
    if path.exists() and not path.is_file():
        raise TrainError(f"{path} is no file.")
    try:
        with open(path, "rb") as file:
            head = file.read(len(OLD_TORCH))
        if not head:
            raise TrainError(f"{path} is empty.")
        found = dict(_flat(_read(path, head)))
    except OSError as error:
        raise TrainError(f"{path} cannot be read: {error.strerror or error}.") from None
    except PickleError as error:
        raise TrainError(f"{path} is not read: it {error}.") from None
    if not found:
        raise TrainError(f"{path} holds no weights.")
    return found


def _read(path: Path, head: bytes) -> Any:
    if head.startswith(ZIP) or head == OLD_TORCH:
        return _of_torch(path)
    if head.startswith(PICKLE):
        return pickles.read(path)
    try:
        return safetensors.torch.load_file(path)
    except (SafetensorError, ValueError, KeyError, RuntimeError):
        raise TrainError(
            f"{path} is no checkpoint: neither of torch.save, nor a pickle of StyleGAN2, nor safetensors, or it is cut short."
        ) from None


def _of_torch(path: Path) -> Any:
    """What `torch.save` wrote; torch itself makes tensors and plain containers of it and nothing else."""
    try:
        with warnings.catch_warnings():
            # Of versions of pickles, which say nothing to whoever has the file.
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # Damaged files have torch raise a dozen kinds of errors, among them those of a disk.
        called = re.search(r"(?:Unsupported global: GLOBAL|GLOBAL|class) ([\w.]+\.[\w.]+)", str(error))
        if called:
            raise TrainError(f"{path} would have {called[1]} executed, which is not done here: {REMEDY}.") from None
        raise TrainError(f"{path} is damaged, cut short, or no checkpoint of torch.save.") from None


def _flat(found: Any) -> Iterator[tuple[str, Tensor]]:
    """Tensors in nested containers with their names, in the order in which they lie there."""
    waiting: list[tuple[str, Any, int]] = [("", found, 0)]
    seen: set[int] = set()
    while waiting:
        name, value, depth = waiting.pop()
        if isinstance(value, Tensor):
            yield name or "a tensor", value
            continue
        if id(value) in seen or depth > DEEPEST:
            continue
        seen.add(id(value))
        inside = f"{name}." if name else ""
        if isinstance(value, Network):
            _check_recorded(value)
            yield from ((f"{inside}{own}", each) for own, each in _tensors(value))
        elif isinstance(value, Mapping) and "param_groups" in value:
            yield f"{inside}param_groups", torch.empty(0)
        elif isinstance(value, Mapping | list | tuple):
            items = list(value.items() if isinstance(value, Mapping) else enumerate(value))
            named = [(printable(str(key)), each) for key, each in items if isinstance(key, str | int)]
            waiting += [(f"{inside}{key}", each, depth + 1) for key, each in reversed(named)]


def _check_recorded(network: Network) -> None:
    """Raise `PickleError` where a StyleGAN2 generator was made with what its weights do not tell and is not built here."""
    kwargs = network.state.get("_init_kwargs")
    kwargs = kwargs if network.kind == "Generator" and isinstance(kwargs, dict) else {}
    parts = [
        each
        for each in (kwargs, kwargs.get("mapping_kwargs"), kwargs.get("synthesis_kwargs"))
        if isinstance(each, dict)
    ]
    for name, usual in USUAL.items():
        for part in parts:
            if part.get(name, usual) != usual:
                raise PickleError(
                    f"has a generator with {name} {printable(str(part[name])[:80])}, of which only {usual} is built here"
                )


def _tensors(network: Network) -> Iterator[tuple[str, Tensor]]:
    """The parameters and buffers of a network and those inside it, under the names of its `state_dict`."""
    waiting: list[tuple[str, Network]] = [("", network)]
    for _ in range(MOST_NETWORKS):
        if not waiting:
            return
        prefix, each = waiting.pop()
        for group in ("_parameters", "_buffers"):
            for name, value in _attribute(each, group).items():
                if isinstance(value, Tensor):
                    yield f"{prefix}{name}", value
        inside = _attribute(each, "_modules").items()
        waiting += [(f"{prefix}{name}.", child) for name, child in inside if isinstance(child, Network)]
    raise PickleError(f"has more than {MOST_NETWORKS:,} networks inside each other")


def _attribute(network: Network, name: str) -> dict[str, Any]:
    found = network.state.get(name, {})
    return found if isinstance(found, dict) else {}
