"""DiscoGAN: two translators, features to match, and a reconstruction that counts more later on (arXiv:1703.05192)."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

import models_zoo
from models_zoo import lite0
from models_zoo.card import DIRECTIONS, DOMAINS
from models_zoo.discogan import DiscoGAN, FeatureDiscriminator
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import history
from train.metrics import judging
from train.metrics import translation as measures
from train.objectives import losses, projected
from train.objectives.crops import other_domain

JUDGED = "celeba"
"""The dataset whose judge reads the faces of both domains."""
DRAWER = "dcgan-celeba64"
"""The model whose faces are translated on sample sheets."""


@register("discogan")
class RelationDiscoveringGAN(Variant):
    """DiscoGAN (Kim et al. 2017): men to women and back, without pairs; matched features, growing reconstruction."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """DiscoGAN at 64 pixels: pictures go through a small map, so that shapes can change as well as colours."""

        dataset: Literal["gender"] = "gender"
        """Two collections of pictures to train on."""
        steps: int = 15_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 64
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 10_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        eval_samples: int = 500
        """Number of samples of those measurements."""
        reconstruction_start: float = 0.01
        """Share of the reconstruction in the generators' loss at first."""
        reconstruction: float = 0.5
        """Share of the reconstruction in the generators' loss later on; discriminator and features have the rest."""
        reconstruction_after: int = 10_000
        """Step from which on the later share counts."""
        matching: float = 0.9
        """Share of the matched features in what is left of the generators' loss; the discriminator's verdict has the rest."""
        identity: float = 0.0
        """Weight of the L1 distance between a picture of the target domain and its own translation (arXiv:1703.10593)."""
        projected: float = 0.0
        """Weight of further discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007); 0: the paper's own alone."""
        discriminator_every: int = 2
        """Steps of the generators for one of the discriminators."""
        augment: bool = True
        """Shift and cut out parts of all that the discriminators see (arXiv:2006.10738)."""
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
        # Saved in checkpoints: what the reconstruction counts depends on it.
        self.state.scalars["steps"] = 0
        self._other: Tensor | None = None

    def prepare(self, data: Dataset) -> Dataset:
        self._other = data.other[0].images
        return data

    def build(self) -> DiscoGAN:
        return self._networks(list(lite0.WIDTHS) if self.config.projected else [])

    def bundled(self) -> DiscoGAN:
        """Without the discriminators that see through features: they are larger than all the rest, and learn anew in no time."""
        return self._networks([])

    def _networks(self, projected: list[int]) -> DiscoGAN:
        config = self.config
        channels, side, _ = datasets.SHAPES[config.dataset]
        try:
            return DiscoGAN(side, channels, list(config.widths), list(config.discriminator_widths), projected)
        except ValueError as error:
            raise TrainError(f"Such networks cannot be built: {error}.") from None

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images`, one for each of the batch, as the discriminators see them."""
        return shift_and_cut(images, batch.uniform(4)) if self.config.augment else images

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        if phase == "generators":
            return self.generators_loss(nets, batch)
        if phase == "projected":
            seen = {domain: self.seen(batch.shared[f"real_{domain}"], batch) for domain in DOMAINS}
            return projected.domains_loss(nets, seen, batch), {}
        parts, scalars = [], {}
        for domain in DOMAINS:
            discriminator = nets[f"discriminator_{domain}"]
            # In two passes: batch norm in one pass would mix the statistics of real and translated pictures.
            real, fake = (
                discriminator(self.seen(batch.shared[f"{kind}_{domain}"], batch)).float() for kind in ("real", "fake")
            )
            parts.append(losses.discriminator_bce(real, fake))
            scalars |= {f"score/real_{domain}": real.mean(), f"score/fake_{domain}": fake.mean()}
        return sum(parts), scalars

    def generators_loss(self, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """(1 - r) ((1 - m) L_GAN + m L_features) + r L_reconstruction, summed over both directions, r and m being shares."""
        config, a2b, b2a = self.config, nets["a2b"], nets["b2a"]
        self._other = self._other.to(batch.images.device)
        a, b = (
            random_flip(images, batch.uniform(1, 1, 1)) for images in (batch.images, other_domain(self._other, batch))
        )
        fake_b, fake_a = a2b(a), b2a(b)
        batch.shared |= {"real_a": a, "real_b": b, "fake_a": fake_a.detach(), "fake_b": fake_b.detach()}
        reconstruction = F.mse_loss(b2a(fake_b).float(), a) + F.mse_loss(a2b(fake_a).float(), b)
        of_a = self.deception(nets["discriminator_a"], a, fake_a, batch)
        of_b = self.deception(nets["discriminator_b"], b, fake_b, batch)
        adversarial, matching = of_a[0] + of_b[0], of_a[1] + of_b[1]
        deception = (1 - config.matching) * adversarial + config.matching * matching
        share = self.reconstruction_share()
        loss = (1 - share) * deception + share * reconstruction
        told = {"loss/adversarial": adversarial, "loss/matching": matching, "loss/reconstruction": reconstruction}
        if config.identity:
            with _unrecorded(a2b, b2a):
                identity = F.l1_loss(a2b(b).float(), b) + F.l1_loss(b2a(a).float(), a)
            loss, told["loss/identity"] = loss + config.identity * identity, identity
        if config.projected:
            seen = {"a": self.seen(fake_a, batch), "b": self.seen(fake_b, batch)}
            through_features = projected.translators_loss(nets, seen, batch)
            loss, told["loss/projected_generators"] = loss + config.projected * through_features, through_features
        return loss, told

    def deception(
        self, discriminator: FeatureDiscriminator, real: Tensor, fake: Tensor, batch: Batch
    ) -> tuple[Tensor, Tensor]:
        """-log D of translations, and how far the means of their features are from those of real pictures.

        Of all maps but the first, which hardly depends on more than colours.
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
        """The share of the reconstruction in this step's loss; called once a step, it counts them."""
        config, scalars = self.config, self.state.scalars
        scalars["steps"] += 1
        return config.reconstruction if scalars["steps"] > config.reconstruction_after else config.reconstruction_start

    def samples(self, model: DiscoGAN, data: Dataset) -> Tensor:
        """Faces that the bundled DCGAN drew, and below each its translation: the photographs may not be passed on."""
        rows = []
        for direction in DIRECTIONS:
            faces = self.drawn[direction[0]]
            rows += [faces, model.translate(faces.to(model.device), direction).cpu()]
        return measures.in_rows(8, *rows)

    @functools.cached_property
    def drawn(self) -> dict[str, Tensor]:
        """The first sixteen drawn faces of each domain, by the word of the judge."""
        generator, judge = models_zoo.load(DRAWER, "cpu"), judging.judge_for(JUDGED)
        with torch.inference_mode():
            faces = generator.generate(generator.latents(range(96)))
            male = judge.classify(faces)[:, judge.card.classes.index("Male")] > 0
        return {"a": faces[male][:16], "b": faces[~male][:16]}

    def evaluate(self, model: DiscoGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        """How near the first `n` held-out pictures of each domain come to the other one, and what the judge of faces sees in them."""
        judge, found = judging.judge_for(JUDGED), {}
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
        places = datasets.SHAPES[self.config.dataset][1] >> len(self.config.widths)
        return CardText(
            task="translation",
            title={"en": "DiscoGAN: man and woman", "ko": "DiscoGAN, 남자와 여자"},
            summary={
                "en": "Turns faces of men into faces of women and back, 64 x 64. It learned from two separate piles of photographs, "
                "without pairs: translations had to look like the other pile, down to the features that a discriminator sees in "
                f"them, and back again like the original. A picture goes through a map of {places} x {places} places, so shapes "
                "change, too.",
                "ko": "남자 얼굴을 여자 얼굴로, 여자 얼굴을 남자 얼굴로 바꿉니다(64 x 64). 짝 없이 따로 모은 두 사진 더미에서 배웠습니다. "
                f"바꾼 그림은 판별자가 보는 특징까지 다른 더미와 닮아야 하고, 되돌리면 원래 그림과 같아야 합니다. 그림이 {places} x {places} "
                "지도를 거치므로 모양도 바뀝니다.",
            },
            limits=projected.honest(
                {
                    "en": "What it takes for a man or a woman is what two labels on photographs of celebrities say, and it overdoes it: make-up, "
                    "long hair, beards. Expressions, glasses and the person may change on the way. Faces must be cut like CelebA's. Not for "
                    "telling anyone's gender, and not for passing off a picture as a person.",
                    "ko": "남녀의 기준은 유명인 사진에 붙은 두 레이블뿐이며, 화장, 긴 머리, 수염처럼 전형적인 특징을 과장합니다. 도중에 표정이나 "
                    "안경, 사람 자체가 달라질 수 있습니다. 얼굴은 CelebA처럼 잘라야 합니다. 누군가의 성별을 판단하거나 그림을 실제 인물처럼 "
                    "내세우는 용도가 아닙니다.",
                },
                self.config.projected,
            ),
            directions=DIRECTIONS,
        )


@contextlib.contextmanager
def _unrecorded(*nets: nn.Module) -> Iterator[None]:
    """Batch norms of `nets` go on normalising, but forget what they see: it is of a domain that they will not be given."""
    norms = [module for net in nets for module in net.modules() if isinstance(module, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
