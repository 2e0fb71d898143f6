"""CycleGAN: from one collection of pictures to another and back, without pairs (arXiv:1703.10593)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

import models_zoo
from models_zoo.card import DIRECTIONS, DOMAINS
from models_zoo.checkpoint import ZooModel
from models_zoo.cyclegan import CycleGAN
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data import domains
from train.data.augment import random_affine, random_flip, random_inversion, shift_and_cut
from train.data.dataset import Dataset
from train.data.disguise import HOUSE_DICE, on_a_house
from train.errors import TrainError
from train.metrics import cycle as cycle_metrics
from train.metrics import judging
from train.objectives import losses, projected, spikes
from train.objectives.crops import other_domain, random_crop
from train.objectives.image_pool import from_pool
from train.variants.cards import EMPTY, card_texts, filled
from train.variants.featured import ProjectedWeight, Translations, WithFeatureDiscriminators

DIGITS = "svhn2mnist"
"""The dataset of digits, to which some of the options are limited."""
READERS = {"a": "svhn", "b": "mnist"}
"""The dataset whose judge reads the digits of each domain."""
LEAST_CROP = 32
"""Smaller crops of photographs leave nothing of them after two halvings and the discriminator's."""
TURNED = (10.0, 0.08, 0.1)
"""Largest rotation in degrees, shift and zoom of digits, see `train.data.augment.random_affine`."""
NOISE = 0.15
"""Standard deviation of the noise on translations that a fixed classifier reads."""


@register("cyclegan")
class CycleConsistentGAN(WithFeatureDiscriminators, Variant):
    """CycleGAN (Zhu et al. 2017): horses to zebras and back, without pairs; translating there and back must give the original.

    The adversarial losses are LSGAN's with its factor of 1/2 (arXiv:1611.04076, equation 9). The published code
    (https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix) halves the discriminators' loss only. These losses are
    therefore equal to the published ones for the discriminators, but half of them for the generators, where cycle and
    identity count twice as much in comparison: `--cycle 10`, the default, is 20 in the published code, and its 10 is
    `--cycle 5`. It is this ratio that matters; Adam all but ignores a factor on the whole loss of a network, such as
    the 1/2 on the discriminators'.
    """

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """CycleGAN; for digits --width 32 --blocks 3 --batch-size 64 --identity 0 --discriminator-widths 64 128 256 is enough."""

        takes: ClassVar[Takes] = Takes(
            ("horse2zebra", "summer2winter", "svhn2mnist"), "domains", is_cropped=True, multiple=4
        )
        dataset: tuple[str, ...] = ("horse2zebra",)
        """Two collections of pictures: horse2zebra, summer2winter, svhn2mnist, or your own as two folders, or one with trainA and trainB."""
        steps: int = 30_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 1
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 2_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        crop: int = 0
        """Side of the random crops that are trained on; 0 takes the dataset's own size."""
        width: int = 32
        """Channels of the generators at full size, in the paper's layout; the residual blocks have four times as many."""
        blocks: int = 6
        """Residual blocks of the generators."""
        generator: Literal["pixels", "resnet"] = "pixels"
        """Generators that are fast on a CPU, or those of the authors' program, to go on with one that was imported (--init-from)."""
        discriminator_widths: tuple[int, ...] = (32, 64, 128, 256)
        """Channels of the discriminators after each halving of the picture."""
        cycle: float = 10.0
        """Weight of the L1 distance between a picture and its translation there and back; 10 is 20 in the published code, whose adversarial loss of the generators is twice this one."""
        identity: float = 0.5
        """Weight, relative to the cycle's, of leaving unchanged what is in the target domain already; computed at random in half of the steps, and doubled there."""
        first: float = 1.0
        """Weight of the first domain's cycle and identity, relative to the second's: small where its pictures hold more than the other domain's can."""
        semantic: float = 0.0
        """Digits only: weight of the loss with which fixed classifiers must read the same before and after (arXiv:1711.03213)."""
        semantic_judges: tuple[str, str] = ("judge-svhn-robust", "judge-mnist-robust")
        """Ids of the classifiers that read translations into the first and the second domain: not those that measure, and trained with --robust."""
        looks: bool = False
        """Digits only: disguise handwriting as house numbers might look; the identity loss asks for the original."""
        grey: bool = False
        """Make translations into the second domain grey, for one that has no colours."""
        noise: float = 0.0
        """Standard deviation of the noise on what discriminators see and what is translated back, so that shapes count more than fine patterns."""
        negatives: float = 0.0
        """Digits only: weight of the L1 distance between the translations of a house number and of its negative (after arXiv:1809.05852)."""
        pool: int = 50
        """Earlier translations that the discriminators may see instead of new ones (arXiv:1612.07828)."""
        augment: bool = False
        """Shift and cut out parts of all images that the discriminators see, for small collections (arXiv:2006.10738); on by default for fewer than 5,000 pictures of your own."""
        projected: ProjectedWeight = 0.0
        spikes: float = 0.0
        """Weight of a penalty on positions that stand out in most channels, which become black spots (arXiv:1912.04958)."""

    config: Config
    phases = (Phase("generators", DIRECTIONS), Phase("discriminators", ("discriminator_a", "discriminator_b")))
    averaged = DIRECTIONS

    def __init__(self, config: Config):
        super().__init__(config)
        digits = config.data_name == DIGITS
        if config.semantic and not digits:
            raise TrainError(f"--semantic needs a classifier of the source domain, which only {DIGITS} has.")
        if (config.looks or config.negatives) and not digits:
            raise TrainError(f"--looks and --negatives are for digits, which only {DIGITS} has.")
        most = domains.stored_side(self.shape.side)
        if config.crop and not digits and (config.crop % 4 or not LEAST_CROP <= config.crop <= most):
            raise TrainError(f"--crop must be a multiple of 4 from {LEAST_CROP} to {most} here, not {config.crop}.")
        self.best = ("digit_kept", "higher") if digits else ("kid_lite0", "lower")
        if config.projected:
            self.phases += (Phase("projected", ("projected_a", "projected_b")),)
        self._other: Tensor | None = None
        self._readers: dict[str, ZooModel] = {}
        self._guides: dict[str, ZooModel] = {}

    def prepare(self, data: Dataset) -> Dataset:
        self._other = data.other[0].images
        return data

    def networks(self, feature_widths: list[int]) -> CycleGAN:
        config = self.config
        channels, side = self.shape.channels, self.shape.side
        widths = list(config.discriminator_widths)
        options = {"projected": feature_widths, "grey": config.grey, "generator": config.generator}
        return CycleGAN(side, channels, config.width, config.blocks, widths, **options)

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """A random crop of each photograph, mirrored half the time; digits are slightly rotated, shifted and scaled instead."""
        config = self.config
        if config.data_name == DIGITS:
            return random_affine(images, 2 * batch.uniform(4) - 1, *TURNED)
        squares = random_crop(images, config.crop or self.shape.side, batch.uniform(2))
        return random_flip(squares, batch.uniform(1, 1, 1))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generators' phase carries its pictures as `Translations` to the discriminators'."""
        if phase == "generators":
            return self.generators_loss(nets, batch)
        pictures: Translations = batch.carried
        if phase == "projected":
            seen = {domain: self.cut(images, batch) for domain, images in pictures.real.items()}
            return Step(projected.domains_loss(nets, seen, pictures.mixtures))
        total, scalars = torch.zeros((), device=batch.images.device), {}
        for domain in DOMAINS:
            discriminator = nets[f"discriminator_{domain}"]
            fake = from_pool(self.state, domain, pictures.fake[domain], self.config.pool, batch)
            real, fake = (discriminator(self.shown(images, batch)).float() for images in (pictures.real[domain], fake))
            loss = losses.discriminator_least_squares(real, fake)
            total = total + loss
            scalars |= {f"loss/discriminator_{domain}": loss, f"score/fake_{domain}": fake.mean()}
        return Step(total, scalars)

    def generators_loss(self, nets: Nets, batch: Batch) -> Step:
        """Least squares, cycle and identity (equations 1 to 3 and section 5.2), for both directions at once."""
        config, a2b, b2a = self.config, nets["a2b"], nets["b2a"]
        self._other = self._other.to(batch.images.device)
        a, other = self.seen(batch.images, batch), other_domain(self._other, batch)
        b = self.seen(other, batch)
        if config.data_name == DIGITS:
            # House numbers are dark on light as often as light on dark, and there are few of them.
            a = random_inversion(a, batch.uniform(1, 1, 1))
        with spikes.watched(*((a2b, b2a) if config.spikes else ())) as excesses:
            fake_b, fake_a, identity = self.translations(nets, a, b, batch)
        pictures = Translations({"a": a, "b": b}, {"a": fake_a.detach(), "b": fake_b.detach()})
        adversarial = sum(
            losses.generator_least_squares(nets[f"discriminator_{domain}"](self.shown(fake, batch)).float())
            for domain, fake in (("a", fake_a), ("b", fake_b))
        )
        back_a, back_b = b2a(self.noisy(fake_b, batch)), a2b(self.noisy(fake_a, batch))
        cycle = config.first * F.l1_loss(back_a.float(), a) + F.l1_loss(back_b.float(), b)
        total = adversarial + config.cycle * (cycle + config.identity * identity)
        scalars = {"loss/adversarial": adversarial, "loss/cycle": cycle}
        if config.negatives:
            negatives = F.l1_loss(a2b(-a).float(), fake_b.float())
            total, scalars["loss/negatives"] = total + config.negatives * negatives, negatives
        if config.spikes:
            spiky = torch.stack(excesses).sum()
            total, scalars["loss/spikes"] = total + config.spikes * spiky, spiky
        if config.projected:
            seen = {"a": self.cut(fake_a, batch), "b": self.cut(fake_b, batch)}
            through_features, mixtures = projected.translators_loss(nets, seen)
            total = total + config.projected * through_features
            scalars["loss/projected_generators"] = through_features
            pictures = dataclasses.replace(pictures, mixtures=mixtures)
        if config.semantic:
            semantic = self.semantic_loss("a", batch.images, fake_b, batch)
            semantic = semantic + self.semantic_loss("b", other, fake_a, batch)
            total, scalars["loss/semantic"] = total + config.semantic * semantic, semantic
        return Step(total, scalars, pictures)

    def translations(self, nets: Nets, a: Tensor, b: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Both domains' pictures in the other domain, and by how much those of the target are changed (0 in half of the steps)."""
        config, a2b, b2a = self.config, nets["a2b"], nets["b2a"]
        # The same for all processes, and without waiting for a device.
        if config.identity == 0 or bool(torch.rand((), generator=batch.generator) >= 0.5):
            return a2b(a), b2a(b), torch.zeros((), device=a.device)
        kept = on_a_house(b, batch.uniform(HOUSE_DICE)) if config.looks else b
        # One pass for both: in these generators no picture depends on the rest of the batch.
        (fake_b, same_b), (fake_a, same_a) = a2b(torch.cat([a, kept])).chunk(2), b2a(torch.cat([b, a])).chunk(2)
        return fake_b, fake_a, 2 * (config.first * F.l1_loss(same_a.float(), a) + F.l1_loss(same_b.float(), b))

    def shown(self, images: Tensor, batch: Batch) -> Tensor:
        """Pictures as the paper's discriminators see them."""
        images = self.noisy(images, batch)
        return self.cut(images, batch) if self.config.augment else images

    def noisy(self, images: Tensor, batch: Batch) -> Tensor:
        """Pictures with noise that drowns what generators may hide in faint patterns (arXiv:1610.04490, arXiv:1712.02950)."""
        return images + self.config.noise * batch.normal(*images.shape[1:]) if self.config.noise else images

    def cut(self, images: Tensor, batch: Batch) -> Tensor:
        """Pictures shifted and with parts cut out, so that discriminators do not memorise small collections (arXiv:2006.10738)."""
        return shift_and_cut(images, batch.uniform(4))

    def semantic_loss(self, domain: str, source: Tensor, translated: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of what the target domain's classifier reads after translation against what the source's read before.

        `source` are the unaugmented pictures, which a classifier knows best, and `translated` the translations of them
        after augmentation. CyCADA asks the source's classifier both times, but to one of house numbers a dark digit is
        as good as a bright one, and its outline as good as its stroke. The target's sees the translation rotated and
        noisy: a fixed classifier is fooled by faint patterns, but not by those that survive this.
        """
        reader = self.reader(domain, source.device)
        with torch.no_grad():
            before = reader.classify(domains.for_judge(source, reader)).argmax(1)
        guide = self.semantic_judge("b" if domain == "a" else "a", source.device)
        seen = random_affine(translated, 2 * batch.uniform(4) - 1, *TURNED)
        seen = seen + NOISE * batch.normal(*seen.shape[1:])
        return F.cross_entropy(guide.classify(domains.for_judge(seen, guide)).float(), before)

    def reader(self, domain: str, device: torch.device) -> ZooModel:
        """The bundled judge of this domain's digits, on `device`; raises `TrainError` where there is none."""
        if domain not in self._readers:
            if (judge := judging.judge_for(READERS[domain])) is None:
                raise TrainError(f"No judge of {READERS[domain]} is in the zoo; train and export one first.")
            self._readers[domain] = judge
        return self._readers[domain].to(device)

    def semantic_judge(self, domain: str, device: torch.device) -> ZooModel:
        """The frozen classifier that the semantic loss asks about translations into this domain, on `device`."""
        if domain not in self._guides:
            name = self.config.semantic_judges[DOMAINS.index(domain)]
            try:
                self._guides[domain] = models_zoo.load(name, "cpu")
            except models_zoo.ZooError as error:
                raise TrainError(
                    f"--semantic-judges: {error} Train one: python -m train judge --robust 1 "
                    f"--dataset {READERS[domain]}, and export it as {name}."
                ) from None
        return self._guides[domain].to(device)

    def samples(self, model: CycleGAN, data: Dataset) -> Tensor:
        """Held-out pictures of both domains with their translations, then translations alone."""
        return cycle_metrics.sheet(model, data)

    def evaluate(self, model: CycleGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        if data.name == DIGITS:
            return cycle_metrics.digits(model, data, self.judges())
        found = cycle_metrics.photographs(model, data)
        return found | (cycle_metrics.named_zebra(model, data) if data.name == "horse2zebra" else {})

    def curves(self, model: CycleGAN, data: Dataset) -> dict[str, dict[str, Any]]:
        return cycle_metrics.flips(model, data, self.judges()) if data.name == DIGITS else {}

    def judges(self) -> dict[str, ZooModel]:
        """The judge that measures each domain's digits, on the CPU."""
        return {domain: self.reader(domain, torch.device("cpu")) for domain in READERS}

    def card(self) -> CardText:
        texts, config = card_texts("cyclegan"), self.config
        title, summary, limits = (texts[part].get(config.data_name, EMPTY) for part in ("title", "summary", "limits"))
        if config.looks:
            summary = filled(texts["looks"], summary=summary)
        if config.semantic:
            semantic = texts["semantic"]
            title, summary = filled(semantic["title"], title=title), filled(semantic["summary"], summary=summary)
            limits = semantic["limits"]
        return CardText(
            task="translation",
            title=title,
            summary=summary,
            limits=self.honest(limits),
            directions=DIRECTIONS,
            readers=READERS if config.data_name == DIGITS else {},
        )
