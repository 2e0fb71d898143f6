"""What a variant is, and the register of them all.

A variant states what is special about one paper. The loop in `train.loop.trainer` owns the rest:
devices, optimizers, precision, averaging, checkpoints, logs.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn

from models_zoo.checkpoint import ZooModel
from train.config import CommonConfig
from train.data import chosen
from train.data.dataset import Dataset, Shape

ConfigT = TypeVar("ConfigT", bound=CommonConfig)
Nets = dict[str, nn.Module]


@dataclass(frozen=True)
class Phase:
    """One optimizer step within a training step: which networks learn, and every how many steps."""

    name: str
    nets: tuple[str, ...]
    every: int = 1


@dataclass
class Batch:
    """What one process sees of one training step.

    Every process draws the random numbers of the whole batch from the same generator and keeps its
    rows, so the number of processes does not change what is trained.
    """

    images: Tensor
    """N x C x H x W in [-1, 1]."""
    rows: slice
    """Which rows of the whole batch these are."""
    total: int
    """Rows of the whole batch."""
    generator: torch.Generator
    classes: Tensor | None = None
    """This field and the next three are the rows of the fields of `train.data.dataset.Split`; None where the data has none."""
    attributes: Tensor | None = None
    maps: Tensor | None = None
    numbers: Tensor | None = None
    step: int = 0
    """Steps before this one."""
    carried: Any = None
    """What the last phase of this step that carried something left for the later ones (see `Step`)."""

    def normal(self, *shape: int) -> Tensor:
        """N x `shape` standard normal numbers, new on every call."""
        return self._mine(torch.randn(self.total, *shape, generator=self.generator))

    def uniform(self, *shape: int) -> Tensor:
        """N x `shape` uniform numbers in [0, 1), new on every call."""
        return self._mine(torch.rand(self.total, *shape, generator=self.generator))

    def integers(self, high: int) -> Tensor:
        """N uniform integers in [0, `high`), new on every call."""
        return self._mine(torch.randint(high, (self.total,), generator=self.generator))

    def _mine(self, values: Tensor) -> Tensor:
        return values[self.rows].to(self.images.device, non_blocking=True)


@dataclass(frozen=True)
class Step:
    """What a phase makes of a batch."""

    loss: Tensor
    """What the phase's networks descend: a scalar."""
    scalars: dict[str, Tensor] = field(default_factory=dict)
    """Scalars for the log."""
    carried: Any = None
    """What the later phases of the same step find in `Batch.carried`, such as detached samples."""


@dataclass
class State:
    """What a variant must remember between steps beside its networks; saved in every checkpoint."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    scalars: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CardText:
    """What the model card says of a variant, in English (``en``) and Korean (``ko``)."""

    task: str
    title: dict[str, str]
    summary: dict[str, str]
    limits: dict[str, str]
    verdict: str = ""
    snapshots: bool = True
    """Whether the sample sheets of a run show how it learned, so that the card carries some of them."""
    reading: dict[str, str] = field(default_factory=dict)
    """See `models_zoo.Card.reading`."""
    labels: int | None = 0
    """Labelled training images; None for all there are."""
    directions: tuple[str, ...] = ()
    readers: dict[str, str] = field(default_factory=dict)
    """See `models_zoo.Card` for these two; what the domains are called is told by the dataset."""


class Variant(ABC, Generic[ConfigT]):
    """One paper: a config, its networks, its phases, its losses, its pictures and its numbers."""

    Config: ClassVar[type[CommonConfig]] = CommonConfig
    phases: tuple[Phase, ...]
    averaged: tuple[str, ...] = ("generator",)
    """Networks whose running average is what gets sampled, measured and exported."""
    is_adversarial: ClassVar[bool] = True
    """Whether the loss of a discriminator tells how often it errs."""
    best: tuple[str, str] | None = None
    """The metric that picks the best checkpoint, and ``"lower"`` or ``"higher"``."""

    def __init__(self, config: ConfigT):
        self.config = config
        self.state = State()

    @functools.cached_property
    def shape(self) -> Shape:
        """The shape of what it is trained on."""
        return chosen.shape(self.config)

    def prepare(self, data: Dataset) -> Dataset:
        """Called once before training: what the batches are drawn from, usually `data` itself.

        Here a variant holds its options against the data, and keeps what its losses need besides
        the batch, such as the few images that are labelled. What it keeps must follow from config
        and `data` alone, so that a resumed run finds the same.
        """
        return data

    @abstractmethod
    def build(self) -> ZooModel:
        """The networks, freshly initialised, as the direct children of one zoo model."""

    def bundled(self) -> ZooModel:
        """The networks of an export: those of `build`, unless some of them are of no use to anybody afterwards."""
        return self.build()

    @abstractmethod
    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """What the phase makes of the batch: the loss that its networks descend, scalars for the log, what later phases need."""

    @abstractmethod
    def samples(self, model: ZooModel, data: Dataset) -> Tensor:
        """Pictures N x C x H x W in [-1, 1] that show what `model` can do; the same inputs every time."""

    @abstractmethod
    def evaluate(self, model: ZooModel, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        """The numbers of the model card, as `models_zoo.Card.metrics` describes them."""

    def judging(self, nets: Nets) -> list[nn.Module]:
        """The parts of the networks that are given the pictures which are judged; without discriminators, the first network."""
        named = [net for name, net in nets.items() if name.startswith("discriminator")]
        return named or [nets[self.phases[0].nets[0]]]

    def visible(self, seen: Tensor) -> Tensor:
        """What a discriminator saw, N x C x H x W, as pictures in [-1, 1]; it usually sees such."""
        return seen

    def curves(self, model: ZooModel, data: Dataset) -> dict[str, dict[str, Any]]:
        """The curves of the model card, as `models_zoo.Card.curves` describes them; none unless overridden."""
        return {}

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        """Metrics and curves of the model card that only a run can tell; none unless overridden.

        `log` are the lines of the whole run's metrics log. Called once, at export: whoever measures the
        model again has no run, and keeps these.
        """
        return {}, {}

    @abstractmethod
    def card(self) -> CardText:
        """The words of the model card."""


_VARIANTS: dict[str, type[Variant]] = {}


def register(name: str) -> Callable[[type[Variant]], type[Variant]]:
    """Class decorator: make the variant known to `python -m train` under `name`."""

    def add(variant: type[Variant]) -> type[Variant]:
        _VARIANTS[name] = variant
        return variant

    return add


def variants() -> dict[str, type[Variant]]:
    """All registered variants by name: every module of this package that registers one."""
    # Not imported above: variants import this module.
    rooms = importlib.import_module("train.variants")
    for module in pkgutil.iter_modules(rooms.__path__):
        importlib.import_module(f"{rooms.__name__}.{module.name}")
    return dict(sorted(_VARIANTS.items()))
