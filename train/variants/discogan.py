"""DiscoGAN: two translators, features to match, and a reconstruction that counts more later on (arXiv:1703.05192)."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

import models_zoo
from models_zoo.card import DIRECTIONS, DOMAINS
from models_zoo.discogan import DiscoGAN, FeatureDiscriminator
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.loop import history
from train.metrics import judging
from train.metrics import translation as measures
from train.objectives import losses, projected
from train.objectives.crops import other_domain
from train.variants.cards import card_texts, filled
from train.variants.featured import ProjectedWeight, Translations, WithFeatureDiscriminators

JUDGED = "celeba"
"""The dataset whose judge measures the faces of both domains."""
DRAWER = "dcgan-celeba64"
"""The model whose faces are translated on sample sheets."""


@register("discogan")
class RelationDiscoveringGAN(WithFeatureDiscriminators, Variant):
    """DiscoGAN (Kim et al. 2017): men to women and back, without pairs; matched features, growing reconstruction."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """DiscoGAN at 64 pixels: pictures pass through a small feature map, so that shapes can change as well as colours."""

        takes: ClassVar[Takes] = Takes(("gender",), "domains", multiple=16)
        dataset: tuple[str, ...] = ("gender",)
        """Two collections of pictures: gender, or your own as two folders, or one with trainA and trainB."""
        steps: int = 15_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 64
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 10_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 500
        """Number of samples of those measurements."""
        reconstruction_start: float = 0.01
        """Share of the reconstruction in the generators' loss at first."""
        reconstruction: float = 0.5
        """Share of the reconstruction in the generators' loss later on; the discriminators' verdict and features have the rest."""
        reconstruction_after: int = 10_000
        """Steps after which the later share holds."""
        matching: float = 0.9
        """Share of feature matching in what is left of the generators' loss; the discriminators' verdict has the rest."""
        identity: float = 0.0
        """Weight of the L1 distance between a picture of the target domain and its own translation (arXiv:1703.10593)."""
        projected: ProjectedWeight = 0.0
        discriminator_every: int = 2
        """Steps of the generators for every step of the discriminators."""
        augment: bool = True
        """Shift and cut out parts of all images that the discriminators see (arXiv:2006.10738)."""
        widths: tuple[int, ...] = (32, 64, 128, 256)
        """Channels of the generators after each halving of the picture."""
        discriminator_widths: tuple[int, ...] = (32, 64, 128, 256)
        """Channels of the discriminators after each halving of the picture."""

        def __post_init__(self) -> None:
            super().__post_init__()
            for name in ("reconstruction_start", "reconstruction", "matching"):
                if not 0 <= getattr(self, name) <= 1:
                    raise TrainError(f"--{name.replace('_', '-')} must be from 0 to 1, not {getattr(self, name)}.")
            if self.discriminator_every < 1:
                raise TrainError(f"--discriminator-every must be at least 1, not {self.discriminator_every}.")

    config: Config
    averaged = DIRECTIONS
    best = ("kid_lite0", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        self.phases = (
            Phase("generators", DIRECTIONS),
            Phase("discriminators", ("discriminator_a", "discriminator_b"), every=config.discriminator_every),
        )
        if config.projected:
            self.phases += (Phase("projected", ("projected_a", "projected_b")),)
        # Saved in checkpoints, because the share of the reconstruction depends on it.
        self.state.scalars["steps"] = 0
        self._other: Tensor | None = None

    def prepare(self, data: Dataset) -> Dataset:
        self._other = data.other[0].images
        return data

    def networks(self, feature_widths: list[int]) -> DiscoGAN:
        config = self.config
        channels, side = self.shape.channels, self.shape.side
        return DiscoGAN(side, channels, list(config.widths), list(config.discriminator_widths), feature_widths)

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images`, one for each of the batch, augmented for the discriminators if the options say so."""
        return shift_and_cut(images, batch.uniform(4)) if self.config.augment else images

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generators' phase carries its pictures as `Translations` to the discriminators'."""
        if phase == "generators":
            return self.generators_loss(nets, batch)
        pictures: Translations = batch.carried
        if phase == "projected":
            seen = {domain: self.seen(images, batch) for domain, images in pictures.real.items()}
            return Step(projected.domains_loss(nets, seen, pictures.mixtures))
        parts, scalars = [], {}
        for domain in DOMAINS:
            discriminator = nets[f"discriminator_{domain}"]
            # In two passes: batch norm in one pass would mix the statistics of real and translated pictures.
            real, fake = (
                discriminator(self.seen(images[domain], batch)).float() for images in (pictures.real, pictures.fake)
            )
            parts.append(losses.discriminator_bce(real, fake))
            scalars |= {f"score/real_{domain}": real.mean(), f"score/fake_{domain}": fake.mean()}
        return Step(sum(parts), scalars)

    def generators_loss(self, nets: Nets, batch: Batch) -> Step:
        """(1 - r) ((1 - m) L_GAN + m L_features) + r L_reconstruction, summed over both directions, r and m being shares."""
        config, a2b, b2a = self.config, nets["a2b"], nets["b2a"]
        self._other = self._other.to(batch.images.device)
        a, b = (
            random_flip(images, batch.uniform(1, 1, 1)) for images in (batch.images, other_domain(self._other, batch))
        )
        fake_b, fake_a = a2b(a), b2a(b)
        reconstruction = F.mse_loss(b2a(fake_b).float(), a) + F.mse_loss(a2b(fake_a).float(), b)
        of_a = self.deception(nets["discriminator_a"], a, fake_a, batch)
        of_b = self.deception(nets["discriminator_b"], b, fake_b, batch)
        adversarial, matching = of_a[0] + of_b[0], of_a[1] + of_b[1]
        deception = (1 - config.matching) * adversarial + config.matching * matching
        share = self.reconstruction_share()
        loss = (1 - share) * deception + share * reconstruction
        scalars = {"loss/adversarial": adversarial, "loss/matching": matching, "loss/reconstruction": reconstruction}
        if config.identity:
            with _unrecorded(a2b, b2a):
                identity = F.l1_loss(a2b(b).float(), b) + F.l1_loss(b2a(a).float(), a)
            loss, scalars["loss/identity"] = loss + config.identity * identity, identity
        pictures = Translations({"a": a, "b": b}, {"a": fake_a.detach(), "b": fake_b.detach()})
        if config.projected:
            seen = {"a": self.seen(fake_a, batch), "b": self.seen(fake_b, batch)}
            through_features, mixtures = projected.translators_loss(nets, seen)
            loss = loss + config.projected * through_features
            scalars["loss/projected_generators"] = through_features
            pictures = dataclasses.replace(pictures, mixtures=mixtures)
        return Step(loss, scalars, pictures)

    def deception(
        self, discriminator: FeatureDiscriminator, real: Tensor, fake: Tensor, batch: Batch
    ) -> tuple[Tensor, Tensor]:
        """-log D of translations, and the distance of their mean features to those of real pictures.

        The features are all maps but the first, which depends on little more than colours.
        """
        with torch.no_grad():
            wanted = discriminator.features(self.seen(real, batch))
        found = discriminator.features(self.seen(fake, batch))
        distances = [
            losses.feature_matching(one.float(), other.float())
            for one, other in zip(wanted[1:], found[1:], strict=True)
        ]
        return losses.generator_non_saturating(discriminator.head(found[-1]).float()), sum(distances)

    def reconstruction_share(self) -> float:
        """The share of the reconstruction in this step's loss; counts the steps, and must be called once in each."""
        config, scalars = self.config, self.state.scalars
        scalars["steps"] += 1
        return config.reconstruction if scalars["steps"] > config.reconstruction_after else config.reconstruction_start

    def samples(self, model: DiscoGAN, data: Dataset) -> Tensor:
        """Held-out pictures, and below each its translation.

        Photographs of CelebA may not be redistributed: in their place there are faces that the bundled DCGAN drew.
        """
        rows = []
        for direction in DIRECTIONS:
            faces = (
                to_float(measures.ends(data, direction)[0][1].images[:16])
                if self.config.own
                else self.drawn[direction[0]]
            )
            rows += [faces, model.translate(faces.to(model.device), direction).cpu()]
        return measures.in_rows(8, *rows)

    @functools.cached_property
    def drawn(self) -> dict[str, Tensor]:
        """The first sixteen drawn faces of each domain, as the judge tells them apart, N x 3 x 64 x 64 in [-1, 1]."""
        generator, judge = models_zoo.load(DRAWER, "cpu"), judging.judge_for(JUDGED)
        with torch.inference_mode():
            faces = generator.generate(generator.latents(range(96)))
            male = judge.classify(faces)[:, judge.card.classes.index("Male")] > 0
        return {"a": faces[male][:16], "b": faces[~male][:16]}

    def evaluate(self, model: DiscoGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        """The distance of the first `n` held-out pictures, translated, to the other domain, and what the judge sees in them."""
        judge, found = None if self.config.own else judging.judge_for(JUDGED), {}
        for direction in DIRECTIONS:
            (_, source), (training, target) = measures.ends(data, direction)
            made = measures.translated(model, source.images[:n], direction)
            found[direction] = measures.gap_closed(source.images, made, target.images, training.images)
            if judge:
                to_men = direction == "b2a"
                found[direction] |= measures.as_judged(judge, source, made, target, "Male", to_men)
        return measures.of_directions({measures.spoken(data, direction): found[direction] for direction in found})

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])

    def card(self) -> CardText:
        texts, places = card_texts("discogan"), self.shape.side >> len(self.config.widths)
        return CardText(
            task="translation",
            title=texts["title"],
            summary=filled(texts["summary"], places=places),
            limits=self.honest(texts["limits"]),
            directions=DIRECTIONS,
        )


@contextlib.contextmanager
def _unrecorded(*nets: nn.Module) -> Iterator[None]:
    """Keep the running statistics of `nets`' batch norms, because these pictures are of a domain that they are not given in use."""
    norms = [module for net in nets for module in net.modules() if isinstance(module, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
