"""A StyleGAN2 of 300 MB from its makers' pickle, against the same tensors read from safetensors and written again.

Each turn is a process of its own, in turn; prints seconds and the largest resident memory of both, beyond what torch takes to
start: all that is imported for a first, small network. The sample sheet, which either would need, is left out.

    python -m benchmarks.importing
"""

from __future__ import annotations

import multiprocessing
import pickle
import statistics
import sys
import tempfile
import time
import types
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import tyro
from torch import Tensor, nn

from models_zoo.stylegan import StyleGAN
from train.publishing import foreign, weights

WIDTHS = (512, 512, 512, 512, 512, 256, 128)
"""From 4 to 256 pixels, as the makers' default has them."""
COPIES = ("G", "D", "G_ema")
"""Under which names the file has a network: the generator alone is 121 MB, and with two more of its size the file is as large as theirs."""


class _Persistent:
    """Pickled as the makers' code pickles a network: as a call of its own that gets the attributes of the object."""

    def __init__(self, state: dict[str, Any]):
        self.state = state

    def __reduce__(self) -> tuple:
        meta = {"type": "class", "version": 6, "module_src": "", "class_name": "Layer", "state": self.state}
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,)


def network(state: dict[str, Tensor]) -> _Persistent:
    """A network with the weights `state`, by the names of its `state_dict`."""
    inside: dict[str, dict[str, Tensor]] = {}
    for name, value in state.items():
        child, _, rest = name.partition(".")
        inside.setdefault(child, {})[rest] = value
    own = {name: nn.Parameter(rest[""]) for name, rest in inside.items() if "" in rest}
    children = {name: network(rest) for name, rest in inside.items() if "" not in rest}
    return _Persistent({"_parameters": OrderedDict(own), "_buffers": {}, "_modules": OrderedDict(children)})


def their_state(model: StyleGAN) -> dict[str, Tensor]:
    """The state of the generator of `model` under the makers' names."""
    named: dict[str, Tensor] = {}
    for name, value in model.generator.state_dict().items():
        part, kind, *rest = name.split(".")
        rest = [{"style": "affine", "noise": "noise_const"}.get(each, each) for each in rest]
        if (part, kind) == ("mapping", "layers"):
            named[f"mapping.fc{rest[0]}.{rest[1]}"] = value
        elif kind in ("layers", "pictures"):
            place = int(rest[0]) if kind == "pictures" else (int(rest[0]) + 1) // 2
            layer = "torgb" if kind == "pictures" else f"conv{1 - int(rest[0]) % 2}"
            named[".".join([f"synthesis.b{4 * 2**place}", layer, *rest[1:]])] = value
        else:
            named["synthesis.b4.const" if kind == "constant" else name] = value[0] if kind == "constant" else value
    return named


def pickled(states: Mapping[str, dict[str, Tensor]], protocol: int = 4) -> bytes:
    """A file like those of the makers' code with networks of the weights `states`, by what they are called in it."""

    def _reconstruct_persistent_obj(meta: dict[str, Any]) -> None:
        """Never called: only its name goes into the file."""

    module = types.ModuleType("torch_utils.persistence")
    _reconstruct_persistent_obj.__module__ = module.__name__
    _reconstruct_persistent_obj.__qualname__ = _reconstruct_persistent_obj.__name__
    module._reconstruct_persistent_obj = _reconstruct_persistent_obj
    places = {"torch_utils": types.ModuleType("torch_utils"), module.__name__: module}
    sys.modules |= places
    try:
        return pickle.dumps({name: network(state) for name, state in states.items()}, protocol)
    finally:
        for name in places:
            del sys.modules[name]


def write(folder: Path) -> tuple[Path, Path]:
    """The makers' kind of file and safetensors of the same tensors, in `folder`."""
    theirs, plain = folder / "network-snapshot.pkl", folder / "plain.safetensors"
    model = StyleGAN(256, latent_size=512, widths=WIDTHS, discriminator_widths=(), w_size=512, mapping_depth=8)
    state = their_state(model)
    copies = {name: {key: value.clone() for key, value in state.items()} for name in COPIES}
    theirs.write_bytes(pickled(copies))
    safetensors.torch.save_file(
        {f"{name}.{key}": value for name, each in copies.items() for key, value in each.items()}, plain
    )
    return theirs, plain


def imported(path: Path, out: Path) -> None:
    """What `python -m train import` does with the file at `path` until its weights are written."""
    model = foreign.recognised(weights.tensors_in(path), str(path)).model
    safetensors.torch.save_file(model.state_dict(), out)


def copied(path: Path, out: Path) -> None:
    """The tensors of the file at `path`, read by safetensors and written again."""
    safetensors.torch.save_file(safetensors.torch.load_file(path), out)


def _turn(does: Any, path: Path, out: Path, answers: Any) -> None:
    torch.set_num_threads(1)
    with torch.device("meta"):
        StyleGAN(8, widths=(4, 4), discriminator_widths=())
    before, begin = _most_memory(), time.perf_counter()
    does(path, out)
    answers.put((time.perf_counter() - begin, _most_memory() - before))


def _most_memory() -> int:
    """The largest resident memory of this process until now, in KB; Linux only."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def main(turns: int = 5) -> None:
    """Measure `turns` of both, alternately."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with tempfile.TemporaryDirectory() as temporary:
        theirs, plain = write(Path(temporary))
        print(f"{theirs.stat().st_size / 1e6:.0f} MB, {plain.stat().st_size / 1e6:.0f} MB as safetensors")
        found: dict[str, list[tuple[float, int]]] = {"imported": [], "copied": []}
        for _ in range(turns):
            for name, does, path in (("imported", imported, theirs), ("copied", copied, plain)):
                process = context.Process(target=_turn, args=(does, path, Path(temporary) / "out", answers))
                process.start()
                found[name].append(answers.get())
                process.join()
    seconds, memory = (
        {name: statistics.median(each[place] for each in turned) for name, turned in found.items()} for place in (0, 1)
    )
    for name in found:
        print(f"{name}: {seconds[name]:.2f} s, {memory[name] / 1024:.0f} MB")
    print(f"seconds {seconds['imported'] / seconds['copied']:.2f}, memory {memory['imported'] / memory['copied']:.2f}")


if __name__ == "__main__":
    tyro.cli(main)
