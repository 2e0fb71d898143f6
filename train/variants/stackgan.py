"""StackGAN: a sentence to a small picture, and that to a larger one (arXiv:1612.03242)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import models_zoo
from models_zoo import lite0
from models_zoo.stackgan import SIDES, StackGAN
from models_zoo.text import Matcher, TextEncoder
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset, Split
from train.errors import TrainError
from train.metrics import captions as caption_metrics
from train.objectives import losses
from train.objectives.projected import honest

PROMPTS = (
    "a red bird", "a bright blue bird", "a yellow bird", "a green parrot", "a black bird with a white belly", "a white gull",
    "a brown owl", "a grey bird in front of a green background", "a small yellow bird with black wings",
    "a red bird in front of a blue background", "a black and yellow bird", "a flamingo", "a blue jay", "a bald eagle",
    "a hummingbird", "a duck on blue water",
)  # fmt: skip
"""Sentences of a sample sheet, each for four seeds."""
SEEDS = 4
TRUNCATION = 0.7
"""Of the sheet's latents, as the page's slider has it at first."""
EMBEDDED = 512
"""Captions that are read at a time."""


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)), mean over the N rows and all coordinates (arXiv:1612.03242, equation 2)."""
    mean, log_variance = mean.float(), log_variance.float()
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


@register("stackgan")
class StackedGAN(Variant):
    """StackGAN (Zhang et al. 2017): draws what a sentence says, in two stages."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """One stage at a time: the first draws 64 pixels, the second (with --init-from the first) makes 128 of them.

        A model of both may go on learning in either.
        """

        dataset: Literal["birds", "captioned"] = "birds"
        """Dataset to train on; captioned is a folder of one's own pictures with captions.jsonl."""
        stage: Literal[1, 2] = 1
        """The stage to train; the other one of the model that it goes on from stays as it is."""
        text_encoder: str = "text-birds"
        """Bundled id, folder or hub id of the text encoder; a stage that goes on from another takes the one in that."""
        judge: str = "text-birds-judge"
        """Id of a text encoder trained apart, which measures how well pictures fit their sentences, if it is there."""
        steps: int = 15_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 32
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 10_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        eval_samples: int = 420
        """Number of samples of those measurements."""
        noise_size: int = 100
        """Length of the noise that goes into the first stage beside the condition."""
        condition: int = 64
        """Length of the condition that is drawn for a sentence."""
        widths: tuple[int, ...] = (192, 192, 128, 64)
        """Channels of the first stage before each doubling of the picture, from 4 x 4 on."""
        discriminator_widths: tuple[int, ...] = (48, 96, 192, 256)
        """Channels of the discriminator after each halving of the picture from 64 x 64 on."""
        kl: float = 2.0
        """Weight of the divergence of conditions from a standard normal distribution."""
        mismatched: float = 0.5
        """Share of real pictures with another's sentence among what the discriminator learns to refuse."""
        augment: bool = True
        """Shift and cut out parts of all that the discriminator sees, and flip the photographs (arXiv:2006.10738)."""
        projected: float = 0.0
        """Weight of further discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007); 0: the paper's own alone."""
        projected_side: int = 0
        """Side that pictures are enlarged to before EfficientNet-lite0, which knows large ones; 0: as they are."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if not 0 <= self.mismatched < 1:
                raise TrainError(f"--mismatched must be at least 0 and below 1, not {self.mismatched}.")
            if self.projected_side and self.projected_side < SIDES[0]:
                raise TrainError(f"--projected-side must be 0 or at least {SIDES[0]}, not {self.projected_side}.")

    best = ("kid_lite0", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        number = config.stage
        self.generator, self.discriminator = f"stage{number}", f"discriminator{number}"
        self.averaged = (self.generator,)
        # The generator goes first, so that the discriminator can learn from the very images it was judged by.
        self.phases = (Phase("generator", (self.generator,)), Phase("discriminator", (self.discriminator,)))
        if config.projected:
            self.phases += (Phase("projected", (f"projected{number}",)),)
        self._stages = config.stage
        self._encoder: TextEncoder | None = None
        self._sentences = torch.empty(0)
        self._rows = torch.empty(0)

    def encoder(self) -> TextEncoder:
        """The text encoder that sentences are read with; in a dry run without one, one that has learned nothing."""
        if self._encoder is None:
            config = self.config
            model = None if config.dry_run else _reader(config.init_from or config.text_encoder)
            self._encoder = model.text if model else TextEncoder()
            self._stages = max(config.stage, getattr(model, "stage", 1))
        return self._encoder

    def prepare(self, data: Dataset) -> Dataset:
        config = self.config
        if config.stage == 2 and not (config.init_from or config.dry_run):
            raise TrainError("--stage 2 makes pictures of the first stage larger: give its model as --init-from.")
        if config.judge == config.text_encoder:
            raise TrainError(
                "--judge must be another text encoder than --text-encoder: nobody may judge what it has made."
            )
        # What was said of each picture is read once.
        every = list(dict.fromkeys(caption for row in data.captions[0] for caption in row))
        place = {caption: number for number, caption in enumerate(every)}
        self._rows = torch.tensor([[place[caption] for caption in row] for row in data.captions[0]])
        parts = (every[start : start + EMBEDDED] for start in range(0, len(every), EMBEDDED))
        with torch.no_grad():
            self._sentences = torch.cat([self.encoder().encode(part) for part in parts])
        index = Split(data.train.images, numbers=torch.arange(len(data.train)))
        return dataclasses.replace(data, train=index)

    def build(self) -> StackGAN:
        return self._networks(list(lite0.WIDTHS) if self.config.projected else [])

    def bundled(self) -> StackGAN:
        """Without the discriminators that see through features: they are larger than all the rest, and learn anew in no time."""
        return self._networks([])

    def _networks(self, projected: list[int]) -> StackGAN:
        config, encoder = self.config, self.encoder()
        model = StackGAN(
            self._stages, encoder.arguments, noise_size=config.noise_size, condition=config.condition,
            widths=list(config.widths), discriminator_widths=list(config.discriminator_widths),
            projected=projected, opposed=config.stage,
        )  # fmt: skip
        model.text.load_state_dict(encoder.state_dict())
        return model

    def said(self, batch: Batch, which: Tensor) -> Tensor:
        """Vectors of one sentence about each of the pictures `which`, drawn anew: N x text_size."""
        self._rows, self._sentences = (value.to(which.device) for value in (self._rows, self._sentences))
        number = batch.integers(self._rows.shape[1])
        return self._sentences[self._rows[which, number]]

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images`, one for each of the batch, as discriminators see them."""
        return shift_and_cut(images, batch.uniform(4)) if self.config.augment else images

    def real(self, batch: Batch) -> Tensor:
        """The batch's photographs as discriminators see them, at this stage's size."""
        images, side = batch.images, SIDES[self.config.stage - 1]
        if images.shape[-1] != side:
            images = F.interpolate(images, (side, side), mode="area")
        if not self.config.augment:
            return images
        return self.seen(random_flip(images, batch.uniform(1, 1, 1)), batch)

    def fake(self, nets: Nets, batch: Batch, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the trained stage draws of sentences, with means and log-variances of their conditions."""
        config = self.config
        noise, chance = batch.normal(config.noise_size), batch.normal(config.condition)
        if config.stage == 1:
            return nets["stage1"](noise, text, chance)
        with torch.no_grad():
            small, _, _ = frozen(nets["stage1"])(noise, text, chance)
        return nets["stage2"](small, text, batch.normal(config.condition))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        if phase == "generator":
            return self._generator_loss(nets, batch)
        text, wrong = batch.shared["text"], batch.shared["wrong"]
        if phase == "projected":
            return self._projected_loss(nets, batch, text, wrong)
        discriminator = nets[self.discriminator]
        # In two passes: batch norm in one pass would mix the statistics of real and generated images.
        features = discriminator.look(self.real(batch))
        real, mismatched = (discriminator.fit(features, each).float() for each in (text, wrong))
        fake = discriminator(self.seen(batch.shared["fake"].to(batch.images.dtype), batch), text).float()
        share = self.config.mismatched
        loss = losses.discriminator_bce(real, fake)
        loss = loss + share * (losses.refusal(mismatched) - losses.refusal(fake))
        return loss, {"score/real": real.mean(), "score/fake": fake.mean(), "score/mismatched": mismatched.mean()}

    def maps(self, seen: Tensor) -> list[Tensor]:
        """EfficientNet-lite0's feature maps of pictures, enlarged to `--projected-side`."""
        if side := self.config.projected_side:
            seen = F.interpolate(seen, (side, side), mode="bilinear", align_corners=False)
        return lite0.maps(seen)

    def _generator_loss(self, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config, count = self.config, len(self._rows)
        text = self.said(batch, batch.numbers)
        other = (batch.numbers + 1 + batch.integers(count - 1)) % count
        fake, mean, log_variance = self.fake(nets, batch, text)
        batch.shared |= {"text": text, "wrong": self.said(batch, other), "fake": fake.detach()}
        seen, kl = self.seen(fake, batch), divergence(mean, log_variance)
        loss = losses.generator_non_saturating(nets[self.discriminator](seen, text).float()) + config.kl * kl
        if not config.projected:
            return loss, {"kl": kl}
        projected = nets[f"projected{config.stage}"]
        mixtures = projected.mix(self.maps(seen))
        batch.shared |= {f"mixture_{place}": mixture.detach() for place, mixture in enumerate(mixtures)}
        through_features = losses.generator_hinge(_as_floats(projected.fit(mixtures, text)))
        return loss + config.projected * through_features, {"kl": kl, "loss/projected_generator": through_features}

    def _projected_loss(
        self, nets: Nets, batch: Batch, text: Tensor, wrong: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        projected, share = nets[f"projected{self.config.stage}"], self.config.mismatched
        with torch.no_grad():
            mixtures = projected.mix(self.maps(self.real(batch)))
        made = [batch.shared[f"mixture_{place}"] for place in range(len(mixtures))]
        real, mismatched, fake = (
            _as_floats(projected.fit(*each)) for each in ((mixtures, text), (mixtures, wrong), (made, text))
        )
        loss = (1 - share) * losses.discriminator_hinge(real, fake) + share * losses.discriminator_hinge(
            real, mismatched
        )
        return loss, {}

    def samples(self, model: StackGAN, data: Dataset) -> Tensor:
        texts = [prompt for prompt in PROMPTS for _ in range(SEEDS)]
        return model.generate(model.latents(range(SEEDS), TRUNCATION).repeat(len(PROMPTS), 1), texts)

    def evaluate(self, model: StackGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return caption_metrics.evaluate_stages(model, _judge(self.config.judge, data), data, n, seed)

    def card(self) -> CardText:
        second = self._stages == 2
        limits = {
            "en": "Its captions were generated from measured colours, names of species and phrases about these, so it "
            "understands colours and a few names, no counting, no actions, nothing but birds, and no Korean. Beaks, feet and "
            "wings often come out wrong. Small training data: do not take its birds for a reference. "
            f"The samples are drawn at truncation {TRUNCATION}, the numbers taken without, where birds are more varied and fewer look "
            "like one.",
            "ko": "사진에서 잰 색, 종 이름, 종에 대한 구절로 자동 생성한 문장으로 배워 색과 몇몇 이름만 알아듣습니다. 수나 동작, "
            "새가 아닌 것, 한국어는 모릅니다. 부리, 발, 날개가 어긋나는 일이 많습니다. 학습 자료가 적어 도감처럼 쓸 수 없습니다. "
            f"표본 그림은 절단 계수 {TRUNCATION}에서 그렸고, 수치는 절단 없이 쟀습니다. 절단이 없으면 더 다양하지만 새로 보이는 그림이 줄어듭니다.",
        }
        return CardText(
            task="text-to-image",
            title={
                "en": "StackGAN of birds" if second else "StackGAN of birds, first stage",
                "ko": "StackGAN, 새" if second else "StackGAN, 새 (1단계)",
            },
            summary={
                "en": "Draws the bird that an English sentence describes. The first stage gives shape and colours at 64 x 64"
                + (", the second reads the sentence again and adds detail at 128 x 128." if second else "."),
                "ko": "영어 문장이 설명하는 새를 그립니다. 1단계는 64 x 64로 모양과 색을 잡습니다."
                + (" 2단계는 문장을 다시 읽고 128 x 128로 세부를 더합니다." if second else ""),
            },
            limits=honest(limits, self.config.projected),
        )


def frozen(net: nn.Module) -> nn.Module:
    """`net` in eval mode, where it stays until the loop puts all networks into training mode again."""
    return net.eval() if net.training else net


def _reader(name: str) -> Matcher | StackGAN:
    """A zoo model with a text encoder: a matcher, or a StackGAN to go on from."""
    model = models_zoo.load(name, "cpu")
    if not isinstance(model, Matcher | StackGAN):
        raise TrainError(f"{name} reads no sentences: its task is {model.card.task!r}.")
    return model


def _judge(name: str, data: Dataset) -> Matcher | None:
    """The matcher of this id, if the zoo has it and it knows this dataset."""
    known = [card for card in models_zoo.find("text-encoder") if (card.id, card.dataset) == (name, data.name)]
    return models_zoo.load(name, "cpu") if known else None


def _as_floats(values: Sequence[Tensor]) -> list[Tensor]:
    return [value.float() for value in values]
