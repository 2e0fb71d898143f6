"""Encoder: from a picture to the latent vector that reproduces it, trained for one generator (arXiv:2104.02699)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

import models_zoo
from models_zoo.checkpoint import LatentModel
from models_zoo.encoder import Encoder, rounds
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_flip
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.metrics.entries import metric
from train.metrics.sampling import in_batches
from train.objectives import losses
from train.variants.cards import card_texts, filled

ROUNDS = 3
"""Corrections of z per training step."""


@register("encoder")
class LatentEncoder(Variant):
    """Encoder (Alaluf et al. 2021): from a picture to a generator's z, as the starting point of an inversion."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """An encoder of photographs for one generator, whose weights are frozen."""

        takes: ClassVar[Takes] = Takes(("celeba",))
        dataset: tuple[str, ...] = ("celeba",)
        """Dataset to train on: the generator's."""
        generator: str = "dcgan-celeba64"
        """Bundled id, folder or hub id of the generator."""
        steps: int = 4_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 32
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 1e-3
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        widths: tuple[int, ...] = (32, 64, 128, 256)
        """Channels after each halving of the picture."""

    phases = (Phase("encoder", ("corrector",)),)
    averaged = ("corrector",)
    best = ("encoding_error", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        self._generator: LatentModel | None = None

    def prepare(self, data: Dataset) -> Dataset:
        card = self.generator().card
        if card.dataset != data.name:
            raise TrainError(f"--generator: {card.id} draws {card.dataset}, not {data.name}.")
        return data

    def generator(self, device: torch.device | str = "cpu") -> LatentModel:
        """The frozen generator, on `device`."""
        if self._generator is None:
            self._generator = models_zoo.load(self.config.generator, "cpu")
            if self._generator.card.task != "unconditional":
                raise TrainError(f"--generator: {self._generator.card.id} is no unconditional generator.")
        return self._generator.to(device)

    def generator_of(self, model: Encoder) -> LatentModel:
        """The generator that `model` was trained for, on its device, whichever the options name."""
        name = model.arguments["generator"]
        if name == self.generator().card.id:
            return self.generator(model.device)
        return models_zoo.load(name, model.device)

    def build(self) -> Encoder:
        card = self.generator().card
        return Encoder(
            card.id, card.sha256, image_size=card.image_size, channels=card.channels, latent_size=card.latent_size,
            widths=list(self.config.widths),
        )  # fmt: skip

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The negative log-posterior of z up to constants, for pixel noise of unknown variance and z ~ N(0, I)."""
        images = random_flip(batch.images, batch.uniform(1, 1, 1))
        total, scalars = torch.zeros((), device=images.device), {}
        found = rounds(nets["corrector"], images, self.generator(images.device), ROUNDS)
        for number, (z, drawn) in enumerate(found, 1):
            error = losses.pixel_error(drawn.float(), images.float())
            prior = z.float().square().sum(1) / images[0].numel()
            total = total + (error.log() + prior).mean()
            scalars[f"error/{number}"] = error.mean()
        return Step(total, scalars)

    def samples(self, model: Encoder, data: Dataset) -> Tensor:
        """Pictures of the generator, each beside its reconstruction from the encoder's z: photographs may not be shown."""
        generator = self.generator_of(model)
        drawn = generator.generate(generator.latents(range(32)))
        found = generator.generate(model.encode(drawn, generator))
        return torch.stack([drawn, found], 1).flatten(0, 1)

    def evaluate(self, model: Encoder, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        generator = self.generator_of(model)
        images = to_float(data.test.images, model.device)
        found = in_batches(lambda part: generator.generate(model.encode(part, generator)), images)
        start = generator.generate(torch.zeros(1, generator.latent_size, device=model.device)).cpu()
        label = card_texts("encoder")["reference"]
        error, baseline = (losses.pixel_error(drawn, images.cpu()).mean() for drawn in (found, start))
        return {"encoding_error": metric(error, baseline, label, len(images), "lower")}

    def card(self) -> CardText:
        texts, name = card_texts("encoder"), self.generator().card.id
        return CardText(
            task="encoder",
            title=filled(texts["title"], generator=name),
            summary=filled(texts["summary"], generator=name),
            limits=texts["limits"],
            snapshots=False,
            labels=0,
        )
