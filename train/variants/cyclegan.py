"""CycleGAN: from one collection of pictures to another and back, without pairs (arXiv:1703.10593)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

import models_zoo
from models_zoo import lite0
from models_zoo.checkpoint import ZooModel
from models_zoo.cyclegan import CycleGAN
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets, domains
from train.data.augment import random_affine, random_flip, random_inversion, shift_and_cut
from train.data.dataset import Dataset
from train.data.disguise import HOUSE_DICE, on_a_house
from train.errors import TrainError
from train.metrics import cycle as cycle_metrics
from train.metrics import judging
from train.objectives import losses, projected, spikes
from train.objectives.crops import other_domain, random_crop
from train.objectives.image_pool import from_pool

DIGITS = "svhn2mnist"
READERS = {"a": "svhn", "b": "mnist"}
TURNED = (10.0, 0.08, 0.1)
"""Rotation in degrees, shift and zoom of digits at their largest, see `train.augment.random_affine`."""
NOISE = 0.15
"""Standard deviation of the noise on translations that a fixed classifier reads."""


@register("cyclegan")
class CycleConsistentGAN(Variant):
    """CycleGAN (Zhu et al. 2017): horses to zebras and back, without pairs; translating twice must lead home."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """CycleGAN; for digits --width 32 --blocks 3 --batch-size 64 --identity 0 --discriminator-widths 64 128 256 will do."""

        dataset: Literal["horse2zebra", "summer2winter", "svhn2mnist"] = "horse2zebra"
        """Two collections of pictures to train on."""
        steps: int = 30_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 1
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 2_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        crop: int = 0
        """Side of the squares that are trained on, cut out at random; 0: as large as the dataset means them."""
        width: int = 32
        """Channels of the generators at full size, in the paper's layout; they have four times as many where they think."""
        blocks: int = 6
        """Residual blocks of the generators."""
        discriminator_widths: tuple[int, ...] = (32, 64, 128, 256)
        """Channels of the discriminators after each halving of the picture."""
        cycle: float = 10.0
        """Weight of the L1 distance between a picture and what comes back from both translations."""
        identity: float = 0.5
        """Weight, in parts of the cycle's, of leaving alone what is in the target domain already; taken every other step, twofold."""
        first: float = 1.0
        """Weight of the first domain's cycle and identity, in parts of the second's: small where its pictures hold more than the others can."""
        semantic: float = 0.0
        """Digits only: weight of fixed classifiers reading the same before and after (arXiv:1711.03213)."""
        semantic_judges: tuple[str, str] = ("judge-svhn-robust", "judge-mnist-robust")
        """Ids of those that read translations into the first and the second domain: others than those that measure, and trained with --robust."""
        looks: bool = False
        """Digits only: disguise handwriting as house numbers might look, for the identity loss to ask for it as it was."""
        grey: bool = False
        """The second domain has no colours: what is translated into it is made grey."""
        noise: float = 0.0
        """Standard deviation of the noise on all that discriminators see and what is translated back: shapes then count before grain."""
        negatives: float = 0.0
        """Digits only: weight of the L1 distance between the translations of a house number and of its negative (after arXiv:1809.05852)."""
        pool: int = 50
        """Earlier translations among which the discriminators' are drawn (arXiv:1612.07828)."""
        augment: bool = False
        """Shift and cut out parts of all that the discriminators see, for collections that they would know by heart (arXiv:2006.10738)."""
        projected: float = 0.0
        """Weight of further discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007); 0: the paper's own alone."""
        spikes: float = 0.0
        """Weight of a penalty on places that stand out in most channels, which end as black spots (arXiv:1912.04958)."""

    phases = (
        Phase("generators", ("a2b", "b2a")),
        Phase("discriminators", ("discriminator_a", "discriminator_b")),
    )
    averaged = ("a2b", "b2a")

    def __init__(self, config: Config):
        super().__init__(config)
        digits = config.dataset == DIGITS
        if config.semantic and not digits:
            raise TrainError(f"--semantic needs a classifier of the source domain, which only {DIGITS} has.")
        if (config.looks or config.negatives) and not digits:
            raise TrainError(f"--looks and --negatives are for digits, which only {DIGITS} has.")
        self.best = ("digit_kept", "higher") if digits else ("kid_lite0", "lower")
        if config.projected:
            self.phases += (Phase("projected", ("projected_a", "projected_b")),)
        self._other: Tensor | None = None
        self._readers: dict[str, ZooModel] = {}
        self._guides: dict[str, ZooModel] = {}

    def prepare(self, data: Dataset) -> Dataset:
        self._other = data.other[0].images
        return data

    def build(self) -> CycleGAN:
        return self._networks(list(lite0.WIDTHS) if self.config.projected else [])

    def bundled(self) -> CycleGAN:
        """Without the discriminators that see through features: they are larger than all the rest, and learn anew in no time."""
        return self._networks([])

    def _networks(self, projected: list[int]) -> CycleGAN:
        config = self.config
        channels, side, _ = datasets.SHAPES[config.dataset]
        widths = list(config.discriminator_widths)
        return CycleGAN(side, channels, config.width, config.blocks, widths, projected=projected, grey=config.grey)

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """A random square of each photograph, mirrored half the time; digits a little turned, moved and scaled instead."""
        config = self.config
        if config.dataset == DIGITS:
            return random_affine(images, 2 * batch.uniform(4) - 1, *TURNED)
        squares = random_crop(images, config.crop or datasets.SHAPES[config.dataset][1], batch.uniform(2))
        return random_flip(squares, batch.uniform(1, 1, 1))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        if phase == "generators":
            return self.generators_loss(nets, batch)
        if phase == "projected":
            seen = {domain: self.cut(batch.shared[f"real_{domain}"], batch) for domain in models_zoo.card.DOMAINS}
            return projected.domains_loss(nets, seen, batch), {}
        total, scalars = torch.zeros((), device=batch.images.device), {}
        for domain in models_zoo.card.DOMAINS:
            discriminator = nets[f"discriminator_{domain}"]
            fake = from_pool(self.state, domain, batch.shared[f"fake_{domain}"], self.config.pool, batch)
            real = batch.shared[f"real_{domain}"]
            real, fake = (discriminator(self.shown(images, batch)).float() for images in (real, fake))
            loss = losses.discriminator_least_squares(real, fake)
            total = total + loss
            scalars |= {f"loss/discriminator_{domain}": loss, f"score/fake_{domain}": fake.mean()}
        return total, scalars

    def generators_loss(self, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Least squares, cycle and identity (equations 1 to 3 and section 5.2), for both directions at once."""
        config, a2b, b2a = self.config, nets["a2b"], nets["b2a"]
        self._other = self._other.to(batch.images.device)
        a, other = self.seen(batch.images, batch), other_domain(self._other, batch)
        b = self.seen(other, batch)
        if config.dataset == DIGITS:
            # House numbers are dark on light as often as light on dark, and there are few of them.
            a = random_inversion(a, batch.uniform(1, 1, 1))
        with spikes.watched(*((a2b, b2a) if config.spikes else ())) as excesses:
            fake_b, fake_a, identity = self.translations(nets, a, b, batch)
        batch.shared |= {"real_a": a, "real_b": b, "fake_a": fake_a.detach(), "fake_b": fake_b.detach()}
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
            through_features = projected.translators_loss(nets, seen, batch)
            total = total + config.projected * through_features
            scalars["loss/projected_generators"] = through_features
        if config.semantic:
            semantic = self.semantic_loss("a", batch.images, fake_b, batch)
            semantic = semantic + self.semantic_loss("b", other, fake_a, batch)
            total, scalars["loss/semantic"] = total + config.semantic * semantic, semantic
        return total, scalars

    def translations(self, nets: Nets, a: Tensor, b: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Both domains' pictures in the other domain, and how far those of the target do not stay as they are (0 every other step)."""
        config, a2b, b2a = self.config, nets["a2b"], nets["b2a"]
        # The same for all processes, and without waiting for a device.
        if config.identity == 0 or bool(torch.rand((), generator=batch.generator) >= 0.5):
            return a2b(a), b2a(b), torch.zeros((), device=a.device)
        kept = on_a_house(b, batch.uniform(HOUSE_DICE)) if config.looks else b
        # One pass for both: nothing in these generators depends on what else is in the batch.
        (fake_b, same_b), (fake_a, same_a) = a2b(torch.cat([a, kept])).chunk(2), b2a(torch.cat([b, a])).chunk(2)
        return fake_b, fake_a, 2 * (config.first * F.l1_loss(same_a.float(), a) + F.l1_loss(same_b.float(), b))

    def shown(self, images: Tensor, batch: Batch) -> Tensor:
        """Pictures as the paper's discriminators see them."""
        images = self.noisy(images, batch)
        return self.cut(images, batch) if self.config.augment else images

    def noisy(self, images: Tensor, batch: Batch) -> Tensor:
        """Pictures as they are to be read: what is hidden in faint patterns is drowned (arXiv:1610.04490, arXiv:1712.02950)."""
        return images + self.config.noise * batch.normal(*images.shape[1:]) if self.config.noise else images

    def cut(self, images: Tensor, batch: Batch) -> Tensor:
        """Pictures as discriminators see them that would otherwise know a thousand photographs by heart (arXiv:2006.10738)."""
        return shift_and_cut(images, batch.uniform(4))

    def semantic_loss(self, domain: str, source: Tensor, translated: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of what the target domain's classifier reads after translation against what the source's read before.

        `source` are the pictures as they are in the collection, `translated` what came of them, turned and perhaps inverted
        before: a classifier knows the former best. CyCADA's asks the source's both times, but to one of house numbers a dark
        digit is as good as a bright one, and its outline as good as its stroke. The target's sees the translation turned and
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
            name = self.config.semantic_judges[models_zoo.card.DOMAINS.index(domain)]
            try:
                self._guides[domain] = models_zoo.load(name, "cpu")
            except models_zoo.ZooError as error:
                raise TrainError(
                    f"--semantic-judges: {error} Train one: python -m train judge --robust 1 --dataset {READERS[domain]}, and export it as {name}."
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
        title, summary, limits = CARDS[self.config.dataset]
        if self.config.looks:
            summary = {language: f"{text} {LOOKS[language]}" for language, text in summary.items()}
        if self.config.semantic:
            title = {"en": f"{title['en']}, semantic", "ko": f"{title['ko']}, 의미 손실"}
            summary = {language: f"{text} {SEMANTIC[language]}" for language, text in summary.items()}
            limits = SEMANTIC_LIMITS
        return CardText(
            task="translation",
            title=title,
            summary=summary,
            limits=projected.honest(limits, self.config.projected),
            directions=("a2b", "b2a"),
            readers=READERS if self.config.dataset == DIGITS else {},
        )


CARDS = {
    "horse2zebra": (
        {"en": "CycleGAN: horse and zebra", "ko": "CycleGAN, 말과 얼룩말"},
        {
            "en": "Turns horses into zebras and zebras into horses. It has never seen a horse and a zebra in the same pose: it learned "
            "from two separate piles of photographs that translating there and back must lead home.",
            "ko": "말을 얼룩말로, 얼룩말을 말로 바꿉니다. 같은 자세의 말과 얼룩말을 본 적은 없습니다. 따로 모은 두 사진 더미에서, "
            "갔다가 돌아오면 처음 그림이어야 한다는 것만으로 배웠습니다.",
        },
        {
            "en": "It changes coats and colours, not shapes: a zebra's mane or a rider is beyond it, and so is a dog. Grass may turn "
            "yellow, because that is where the zebras of the photographs stand. Works best on animals seen whole.",
            "ko": "무늬와 색만 바꿀 뿐 모양은 바꾸지 못합니다. 갈기나 기수, 개처럼 배우지 않은 것은 다루지 못합니다. 얼룩말 사진의 "
            "배경처럼 풀이 누렇게 변하기도 합니다. 몸 전체가 보이는 사진에서 가장 잘됩니다.",
        },
    ),
    "summer2winter": (
        {"en": "CycleGAN: summer and winter in Yosemite", "ko": "CycleGAN, 요세미티의 여름과 겨울"},
        {
            "en": "Turns summer in Yosemite into winter and back, learned from two piles of photographs without pairs.",
            "ko": "요세미티의 여름을 겨울로, 겨울을 여름으로 바꿉니다. 짝이 없는 두 사진 더미에서 배웠습니다.",
        },
        {
            "en": "It changes colours and light more than it lays snow. Cities, rooms and people are beyond it. Skies at night or at sunset may get a bright spot like a moon, and the shade under trees a black one.",
            "ko": "눈을 쌓기보다는 색과 빛을 바꿉니다. 도시나 실내, 사람은 다루지 못합니다. 밤하늘이나 노을에는 달 같은 밝은 점이, 나무 그늘에는 검은 점이 생기기도 합니다.",
        },
    ),
    DIGITS: (
        {"en": "CycleGAN: house digits and handwriting", "ko": "CycleGAN, 집 번호 숫자와 손글씨"},
        {
            "en": "Turns photographed house numbers into handwriting and handwriting into house numbers, without pairs.",
            "ko": "사진 속 집 번호를 손글씨로, 손글씨를 집 번호로 바꿉니다. 짝 없이 배웠습니다.",
        },
        {
            "en": "Nothing tells it that a 3 has to stay a 3: coming home is enough, so digits may change places on the way. "
            "The matrices on its card show which.",
            "ko": "3이 3으로 남아야 한다고 알려 주는 것은 없습니다. 돌아오기만 하면 되므로 도중에 숫자가 뒤바뀔 수 있습니다. "
            "카드의 행렬이 어떤 숫자가 그런지 보여 줍니다.",
        },
    ),
}
LOOKS = {
    "en": "To tell strokes from walls it practised on handwriting in disguise: given other colours, blurred and put between neighbours, "
    "it had to come out as it was.",
    "ko": "획과 벽을 가려내도록 변장한 손글씨로도 연습했습니다. 색을 바꾸고 흐리게 하고 이웃 숫자를 붙인 손글씨를 원래대로 되돌려야 했습니다.",
}
SEMANTIC = {
    "en": "What a fixed classifier of one collection reads before translation, one of the other had to read after it (after CyCADA).",
    "ko": "변환 전에 한쪽 모음의 고정된 분류기가 읽은 숫자를 변환 뒤에 다른 쪽의 분류기가 읽도록 했습니다(CyCADA를 따름).",
}
SEMANTIC_LIMITS = {
    "en": "A digit stays what the classifiers take it for, their mistakes included. Pale digits and crowded ones come out in pieces or "
    "bring traces of their neighbours along. House numbers all come out blurred and nearly grey. The matrices on its card show what "
    "is misread.",
    "ko": "숫자는 분류기가 읽은 대로 남으며, 분류기의 실수도 따라옵니다. 흐린 숫자나 옆 숫자와 붙은 숫자는 조각나거나 옆 숫자의 흔적이 "
    "남습니다. 집 번호는 모두 흐리고 거의 회색으로 나옵니다. 카드의 행렬이 무엇을 잘못 읽는지 보여 줍니다.",
}
"""Title, summary and limits of each dataset's card, what the options add to the summary, and the limits of a semantic loss."""
