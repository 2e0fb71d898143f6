"""What a checkpoint is on disk, and how it becomes a model again.

A checkpoint is a Hugging Face model folder: weights in `model.safetensors`, in eight bits or fp16 (see `packed`), and
everything else in `config.json`. Pickles are never read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from models_zoo import bounds, chart, hub, packed, weights
from models_zoo import card as cards
from models_zoo.card import Card, ZooError

BESIDE = (
    cards.README_FILE,
    cards.SAMPLES_FILE,
    cards.SNAPSHOTS_FILE,
    cards.DIRECTIONS_FILE,
    cards.POOL_FILE,
    cards.FAMILIAR_FILE,
    cards.PAIRS_FILE,
)
"""Files of a model folder that a model can do without."""
HUB_FILES = [cards.CONFIG_FILE, cards.WEIGHTS_FILE, *BESIDE]
MOST_PATH = 4096
"""Bytes of a path, beyond which systems refuse to look for it."""
MOST_SHOWN = 120
"""Characters of a name that a sentence repeats."""


class ZooModel(nn.Module, PyTorchModelHubMixin, library_name="gan-explorer", license="apache-2.0"):
    """The networks of one paper under one roof, with their card.

    A subclass builds its networks as direct children in `__init__`, whose arguments must be JSON
    values: they are all that `config.json` needs to build the module again. Buffers must be
    persistent, because loading fills a skeleton that has no values of its own.
    """

    card: Card | None = None
    is_exact: bool = False
    """Whether the weights are saved in fp32, as those of other programs are that must draw here what they draw there."""
    image_size: int
    channels: int
    latent_size: int = 0

    @property
    def architecture(self) -> str:
        """``module.Class`` inside `models_zoo`, as `config.json` names it."""
        return f"{type(self).__module__.removeprefix('models_zoo.')}.{type(self).__qualname__}"

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments this module was built with, defaults included."""
        return dict(self._hub_mixin_config or {})

    @property
    def device(self) -> torch.device:
        """The device that the weights are on."""
        return next(self.parameters()).device

    def _save_pretrained(self, save_directory: Path) -> None:
        if self.card is None:
            raise ZooError("A model without a card cannot be saved: set model.card first.")
        data = self._file() or self._packed()
        self.card = dataclasses.replace(self.card, sha256=hashlib.sha256(data).hexdigest())
        (save_directory / cards.WEIGHTS_FILE).write_bytes(data)
        (save_directory / cards.CONFIG_FILE).write_text(self.card.to_json(), encoding="utf-8")
        if self.card.folder is not None and self.card.folder.resolve() != save_directory.resolve():
            charts = map(chart.file_name, self.card.curves)
            for name in (*BESIDE, *charts):
                if (self.card.folder / name).is_file():
                    shutil.copyfile(self.card.folder / name, save_directory / name)

    def _file(self) -> bytes | None:
        """The weights file that the model was loaded from, if it still holds these weights.

        A loaded model is saved as it was: packed again, weights that a file has in fp16 or fp32 would lose precision.
        """
        if self.card.folder is None or not (self.card.folder / cards.WEIGHTS_FILE).is_file():
            return None
        data = (self.card.folder / cards.WEIGHTS_FILE).read_bytes()
        try:
            found = packed.unpack(safetensors.torch.load(data))
        except (safetensors.SafetensorError, ValueError):
            return None
        mine = {name: value.detach().cpu() for name, value in self.state_dict().items()}
        same = found.keys() == mine.keys() and all(torch.equal(found[name], value) for name, value in mine.items())
        return data if same else None

    def _packed(self) -> bytes:
        """The weights as a new file; raises `ZooError` for those that it cannot hold."""
        state = self.state_dict()
        if self.is_exact:
            tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
        else:
            tensors = packed.pack(state)
        overflowed = [name for name, value in tensors.items() if not torch.isfinite(value).all()]
        if overflowed:
            raise ZooError(
                f"The weights cannot be saved: {overflowed[0]} has values that are infinite, not a number, or too large for fp16."
            )
        return safetensors.torch.save(tensors, metadata={"format": "pt"})

    @classmethod
    def _from_pretrained(cls, *, model_id: str, map_location: Any = "cpu", **_options: Any) -> ZooModel:
        folder = Path(model_id) if _is_folder(model_id) else download(model_id)
        card = cards.read(folder)
        shapes = weights.read_shapes(folder, card)
        model = weights.skeleton(cls, card, len(shapes))
        weights.check_shapes(card, model, shapes)
        # Only now: what does not fit the network, however large, is never in memory.
        tensors = weights.read_weights(folder, card)
        weights.check_shapes(card, model, {name: tuple(value.shape) for name, value in tensors.items()})
        # Whoever loads while measuring may train with the model afterwards, or change it.
        with torch.inference_mode(False):
            model = model.to_empty(device=map_location)
            model.load_state_dict(tensors)
        model.card = card
        return model.requires_grad_(False).eval()


class LatentModel(ZooModel):
    """A model whose generator starts from a latent vector z ~ N(0, I)."""

    def latents(self, seeds: Sequence[int], truncation: float = 1.0) -> Tensor:
        """Draw one latent vector per seed, each from its own CPU generator: N x latent_size.

        A seed gives the same vector on every machine and device and in every batch. `truncation`
        in [0, 1] scales z towards the origin, the mode of its density: below 1 the samples grow
        more typical and less varied, at 0 all are the same.
        """
        generator = torch.Generator()
        rows = [torch.randn(self.latent_size, generator=generator.manual_seed(int(seed))) for seed in seeds]
        z = torch.stack(rows) if rows else torch.empty(0, self.latent_size)
        return (z * truncation).to(self.device)

    def combined(self, z: Tensor, coefficients: Sequence[float]) -> Tensor:
        """The sum of latents ... x K x latent_size, each times its coefficient, K in all: ... x latent_size.

        A - B + C (Radford, Metz and Chintala, 2016, arXiv:1511.06434) has the coefficients 1, -1 and 1.
        """
        return z.new_tensor(coefficients) @ z


def load(name: str, device: str | torch.device | None = None, cache: hub.Cache | None = None) -> ZooModel:
    """See `models_zoo.load`."""
    folder = _resolve(str(name), cache)
    card = cards.read(folder)
    network = _network(card.architecture, card.id)
    if device is None:
        device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    # Not by `from_pretrained`, which reads the card once more, without bounds.
    return network._from_pretrained(model_id=str(folder), map_location=torch.device(device))


def untrained(architecture: str, arguments: dict[str, Any], seed: int) -> ZooModel:
    """A network as `Card.architecture` and `Card.arguments` describe it, before training, in eval mode on the CPU.

    Its weights are drawn by `seed`. Where it normalises by batches, it does so by the statistics of 32 of its own pictures,
    so that a picture depends on its seed alone, and is as rich in contrast as in training.
    Raises `ZooError` if there is no such network, or none that takes these arguments.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            model = _network(architecture, architecture)(**arguments)
        except (TypeError, ValueError, KeyError, RuntimeError) as error:
            raise ZooError(f"{architecture} does not take these arguments: {cards.first_line(error)}.") from None
    layers = [layer for layer in model.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    if layers and isinstance(model, LatentModel):
        for layer in layers:
            layer.momentum = None  # the plain mean of all batches, which is one
        with torch.no_grad():
            model.generate(model.latents(range(32)))
    return model.requires_grad_(False).eval()


def _resolve(name: str, cache: hub.Cache | None) -> Path:
    """The folder of the model `name`: a path, else a bundled id, else what the hub has."""
    if not name.strip():
        raise ZooError("No model was named.")
    if _is_folder(name):
        return Path(name)
    if len(name) < MOST_PATH and Path(name).is_file():
        raise ZooError(f"{name} is a file; name the folder that holds {cards.CONFIG_FILE} and {cards.WEIGHTS_FILE}.")
    bundled = {card.id: card.folder for card in cards.find()}
    if name in bundled:
        return bundled[name]
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name) and len(name) <= MOST_SHOWN:
        return download(name, cache)
    raise ZooError(
        f"There is no model {bounds.shown(name, MOST_SHOWN)!r}: it is no folder, no hub id of the form user/name, "
        f"and not one of the bundled {', '.join(bundled) or '(none)'}."
    )


def _is_folder(name: str) -> bool:
    """Whether there is a folder of this name, which may be anything that somebody typed."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        # Too long for a name, or with a NUL in it.
        return False


def download(repo: str, cache: hub.Cache | None = None) -> Path:
    """The local folder of the Hugging Face Hub's model `repo`, downloaded unless it is in the cache.

    It is the cache of everything from the Hub unless a `cache` is given. Raises `ZooError`, in one sentence, for what is no
    hub id, not there, too large or out of reach.
    """
    from huggingface_hub import HfApi, snapshot_download

    def kept(size: int, **which: Any) -> Path:
        def get(folder: Path | None) -> Path:
            return Path(snapshot_download(repo, allow_patterns=HUB_FILES, cache_dir=folder, **which))

        return cache.kept(repo, size, get) if cache else get(None)

    with hub.errors(repo, "model", "a folder or bundled"):
        info = hub.asked(lambda: HfApi().model_info(repo, files_metadata=True))
        if info is None:
            return kept(0, local_files_only=True)
        size = sum(file.size or 0 for file in info.siblings if file.rfilename in HUB_FILES)
        if size > weights.MOST_WEIGHTS:
            raise ZooError(
                f"{repo} has {size / 2**20:.0f} MB of weights; the limit is {weights.MOST_WEIGHTS / 2**20:.0f} MB."
            )
        # The very revision whose size was looked at.
        return kept(size, revision=info.sha)


def _network(architecture: str, wanted_by: str) -> type[ZooModel]:
    """The class that `architecture` names, which must live in `models_zoo`; `wanted_by` is whom the complaint is about."""
    module_name, _, class_name = architecture.partition(".")
    network = None
    if re.fullmatch(r"[a-z_0-9]+", module_name):
        try:
            network = getattr(importlib.import_module(f"models_zoo.{module_name}"), class_name, None)
        except ImportError:
            network = None
    if not (isinstance(network, type) and issubclass(network, ZooModel)):
        raise ZooError(
            f"{wanted_by} needs the network {bounds.shown(architecture)!r}, which this version of models_zoo does not have."
        )
    return network
