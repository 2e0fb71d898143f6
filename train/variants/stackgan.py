"""StackGAN: from a sentence to a small picture, and from that to a larger one (arXiv:1612.03242)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import models_zoo
from models_zoo import lite0
from models_zoo.stackgan import StackGAN
from models_zoo.text import Matcher, TextEncoder
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data import birds
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset, Split
from train.errors import TrainError
from train.metrics import captions as caption_metrics
from train.objectives import losses
from train.objectives.projected import Mixtures
from train.variants.cards import card_texts, filled
from train.variants.featured import ProjectedWeight, WithFeatureDiscriminators
from train.variants.widths import asked, doublings, narrowing, repeating

SIDES = (64, 128)
"""Sides of each stage's pictures unless --size says otherwise, in pixels."""
PROMPTS = (
    "a red bird", "a bright blue bird", "a yellow bird", "a green parrot", "a black bird with a white belly", "a white gull",
    "a brown owl", "a grey bird in front of a green background", "a small yellow bird with black wings",
    "a red bird in front of a blue background", "a black and yellow bird", "a flamingo", "a blue jay", "a bald eagle",
    "a hummingbird", "a duck on blue water",
)  # fmt: skip
"""Sentences of a sample sheet of birds; other pictures have captions of their own there, as many at most."""
SEEDS = 4
"""Pictures of each sentence on a sample sheet."""
TRUNCATION = 0.7
"""Truncation of the sheet's latents: the page's default."""
EMBEDDED = 512
"""Captions that are encoded at a time."""


@dataclass(frozen=True)
class Drawn:
    """What the generator's phase leaves to the discriminators' of the same step, for N pictures."""

    text: Tensor
    """N x text_size: the vectors of the pictures' sentences."""
    wrong: Tensor
    """N x text_size: the vectors of other pictures' sentences."""
    images: Tensor
    """N x 3 x S x S in [-1, 1]: drawn for `text`, detached."""
    mixtures: Mixtures = ()
    """What the feature discriminators see of `images`; empty without them."""


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)), mean over the N rows and all coordinates (arXiv:1612.03242, equation 2)."""
    mean, log_variance = mean.float(), log_variance.float()
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


@register("stackgan")
class StackedGAN(WithFeatureDiscriminators, Variant):
    """StackGAN (Zhang et al. 2017): draws what a sentence describes, in two stages."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """One stage at a time: the first draws 64 x 64 pixels, or --size, the second (with --init-from the first) enlarges them to twice as many."""

        takes: ClassVar[Takes] = Takes(("birds", "captioned"), "captions", sides=(32, 64, 128, 256))
        dataset: tuple[str, ...] = ("birds",)
        """Pictures with captions: birds, captioned, or a folder of your own."""
        stage: Literal[1, 2] = 1
        """The stage to train. Either stage of a model of both can be trained further with --init-from; the other is left unchanged."""
        text_encoder: str = "text-birds"
        """Bundled id, folder or hub id of the text encoder; with --init-from, that model's own is used instead."""
        judge: str = "text-birds-judge"
        """Bundled id of a separately trained text encoder, which measures how well pictures fit their sentences; skipped if there is none."""
        steps: int = 15_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 32
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 10_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 420
        """Number of samples of those measurements."""
        noise_size: int = 100
        """Length of the first stage's noise, its input beside the condition."""
        condition: int = 64
        """Length of the condition, which is sampled for each sentence."""
        widths: tuple[int, ...] = (192, 192, 128, 64)
        """Channels of the first stage before each doubling of the picture, from 4 x 4 on; for other sizes left out, or halved on and on."""
        discriminator_widths: tuple[int, ...] = (48, 96, 192, 256)
        """Channels of the discriminator after each halving of the first stage's picture; for other sizes left out, or the last repeated."""
        kl: float = 2.0
        """Weight of the KL divergence of the conditions' distribution from a standard normal one."""
        mismatched: float = 0.5
        """Share, in the discriminator's loss for fakes, of real pictures with the sentence of another picture."""
        augment: bool = True
        """Shift all pictures the discriminator sees, cut out parts of them, and flip the photographs (arXiv:2006.10738)."""
        projected: ProjectedWeight = 0.0
        projected_side: int = 0
        """Side to which pictures are enlarged for EfficientNet-lite0, which was trained on large ones; 0 leaves them as they are."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.mismatched >= 1:
                raise TrainError(f"--mismatched must be at least 0 and below 1, not {self.mismatched}.")
            if self.projected_side and self.projected_side < SIDES[0]:
                raise TrainError(f"--projected-side must be 0 or at least {SIDES[0]}, not {self.projected_side}.")

    best = ("kid_lite0", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        number = config.stage
        self.generator, self.discriminator = f"stage{number}", f"discriminator{number}"
        self.averaged = (self.generator,)
        # The generator goes first, so that the discriminator can learn from the same images.
        self.phases = (Phase("generator", (self.generator,)), Phase("discriminator", (self.discriminator,)))
        if config.projected:
            self.phases += (Phase("projected", (f"projected{number}",)),)
        self.side = config.size or SIDES[config.stage - 1]
        self._stages = config.stage
        self._encoder: TextEncoder | None = None
        self._sentences = torch.empty(0)
        self._rows = torch.empty(0)

    def encoder(self) -> TextEncoder:
        """The frozen text encoder; in a dry run, an untrained one."""
        if self._encoder is None:
            config = self.config
            model = None if config.dry_run else _reader(config.init_from or config.text_encoder)
            self._encoder = model.text if model else TextEncoder()
            if config.stage == 2 and isinstance(model, StackGAN):
                side = 2 * model.image_size // model.stage
                if side != self.side:
                    raise TrainError(
                        f"--size must be {side}, twice what the first stage of {config.init_from} draws, not {self.side}."
                    )
            self._stages = max(config.stage, getattr(model, "stage", 1))
        return self._encoder

    def prepare(self, data: Dataset) -> Dataset:
        config = self.config
        if config.stage == 2 and not (config.init_from or config.dry_run):
            raise TrainError("--stage 2 enlarges the pictures of a first stage: give its model as --init-from.")
        if config.judge == config.text_encoder:
            raise TrainError(
                "--judge must be another text encoder than --text-encoder, which must not judge its own model."
            )
        # The encoder is frozen, so each caption is encoded only once.
        every = list(dict.fromkeys(caption for row in data.captions[0] for caption in row))
        place = {caption: number for number, caption in enumerate(every)}
        self._rows = torch.tensor([[place[caption] for caption in row] for row in data.captions[0]])
        parts = (every[start : start + EMBEDDED] for start in range(0, len(every), EMBEDDED))
        with torch.no_grad():
            self._sentences = torch.cat([self.encoder().encode(part) for part in parts])
        index = Split(data.train.images, numbers=torch.arange(len(data.train)))
        return dataclasses.replace(data, train=index)

    def networks(self, feature_widths: list[int]) -> StackGAN:
        config, encoder = self.config, self.encoder()
        count = doublings(self.side // config.stage)
        model = StackGAN(
            self._stages, encoder.arguments, channels=self.shape.channels, noise_size=config.noise_size, condition=config.condition,
            widths=asked(config, "widths", lambda widths: narrowing(widths, count)),
            discriminator_widths=asked(config, "discriminator_widths", lambda widths: repeating(widths, count)),
            projected=feature_widths, opposed=config.stage,
        )  # fmt: skip
        made = model.image_size // model.stage * config.stage
        if made != self.side:
            raise ValueError(f"{len(config.widths)} widths make {made} pixels, not {self.side}")
        model.text.load_state_dict(encoder.state_dict())
        return model

    def said(self, batch: Batch, which: Tensor) -> Tensor:
        """Vectors, N x text_size, of a random sentence about each of the pictures with the N numbers `which`."""
        self._rows, self._sentences = (value.to(which.device) for value in (self._rows, self._sentences))
        number = batch.integers(self._rows.shape[1])
        return self._sentences[self._rows[which, number]]

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images`, one for each of the batch, as the discriminators see them."""
        return shift_and_cut(images, batch.uniform(4)) if self.config.augment else images

    def real(self, batch: Batch) -> Tensor:
        """The batch's photographs at this stage's size, as the discriminators see them."""
        images, side = batch.images, self.side
        if images.shape[-1] != side:
            images = F.interpolate(images, (side, side), mode="area")
        if not self.config.augment:
            return images
        return self.seen(random_flip(images, batch.uniform(1, 1, 1)), batch)

    def fake(self, nets: Nets, batch: Batch, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the trained stage draws for sentences' vectors, with means and log-variances of their conditions."""
        config = self.config
        noise, chance = batch.normal(config.noise_size), batch.normal(config.condition)
        if config.stage == 1:
            return nets["stage1"](noise, text, chance)
        with torch.no_grad():
            small, _, _ = frozen(nets["stage1"])(noise, text, chance)
        return nets["stage2"](small, text, batch.normal(config.condition))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries `Drawn` to the discriminators'."""
        if phase == "generator":
            return self._generator_loss(nets, batch)
        drawn: Drawn = batch.carried
        if phase == "projected":
            return self._projected_loss(nets, batch, drawn)
        discriminator = nets[self.discriminator]
        # In two passes: batch norm in one pass would mix the statistics of real and generated images.
        features = discriminator.look(self.real(batch))
        real, mismatched = (discriminator.fit(features, each).float() for each in (drawn.text, drawn.wrong))
        seen = self.seen(drawn.images.to(batch.images.dtype), batch)
        fake = discriminator(seen, drawn.text).float()
        loss = losses.discriminator_bce(real, fake)
        loss = loss + self.config.mismatched * (losses.refusal(mismatched) - losses.refusal(fake))
        scores = {"score/real": real, "score/fake": fake, "score/mismatched": mismatched}
        return Step(loss, {name: logits.mean() for name, logits in scores.items()})

    def maps(self, seen: Tensor) -> list[Tensor]:
        """EfficientNet-lite0's feature maps of pictures, which are first enlarged to `--projected-side`."""
        if side := self.config.projected_side:
            seen = F.interpolate(seen, (side, side), mode="bilinear", align_corners=False)
        return lite0.maps(seen)

    def _generator_loss(self, nets: Nets, batch: Batch) -> Step:
        config, count = self.config, len(self._rows)
        text = self.said(batch, batch.numbers)
        other = (batch.numbers + 1 + batch.integers(count - 1)) % count
        fake, mean, log_variance = self.fake(nets, batch, text)
        drawn = Drawn(text, self.said(batch, other), fake.detach())
        seen, kl = self.seen(fake, batch), divergence(mean, log_variance)
        loss = losses.generator_non_saturating(nets[self.discriminator](seen, text).float()) + config.kl * kl
        if not config.projected:
            return Step(loss, {"kl": kl}, carried=drawn)
        projected = nets[f"projected{config.stage}"]
        mixtures = projected.mix(self.maps(seen))
        through_features = losses.generator_hinge(_as_floats(projected.fit(mixtures, text)))
        return Step(
            loss + config.projected * through_features,
            {"kl": kl, "loss/projected_generator": through_features},
            carried=dataclasses.replace(drawn, mixtures=tuple(mixture.detach() for mixture in mixtures)),
        )

    def _projected_loss(self, nets: Nets, batch: Batch, drawn: Drawn) -> Step:
        projected, share = nets[f"projected{self.config.stage}"], self.config.mismatched
        with torch.no_grad():
            photographs = projected.mix(self.maps(self.real(batch)))
        pairs = ((photographs, drawn.text), (photographs, drawn.wrong), (drawn.mixtures, drawn.text))
        real, mismatched, fake = (_as_floats(projected.fit(*pair)) for pair in pairs)
        loss = (1 - share) * losses.discriminator_hinge(real, fake)
        return Step(loss + share * losses.discriminator_hinge(real, mismatched))

    def judging(self, nets: Nets) -> list[nn.Module]:
        return [nets[self.discriminator].trunk]

    def samples(self, model: StackGAN, data: Dataset) -> Tensor:
        prompts = PROMPTS
        if data.name not in birds.READERS:
            own = dict.fromkeys(row[0] for split in data.captions[::-1] for row in split)
            prompts = tuple(own)[: len(PROMPTS)]
        texts = [prompt for prompt in prompts for _ in range(SEEDS)]
        return model.generate(model.latents(range(SEEDS), TRUNCATION).repeat(len(prompts), 1), texts)

    def evaluate(self, model: StackGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return caption_metrics.evaluate_stages(model, _judge(self.config.judge, data), data, n, seed)

    def card(self) -> CardText:
        texts, stages = card_texts("stackgan"), f"stage{self._stages}"
        return CardText(
            task="text-to-image",
            title=texts["title"][stages],
            summary=texts["summary"][stages],
            limits=self.honest(filled(texts["limits"], truncation=TRUNCATION)),
        )


def frozen(net: nn.Module) -> nn.Module:
    """`net` in eval mode, in which it stays until the loop sets all networks to training mode again."""
    return net.eval() if net.training else net


def _reader(name: str) -> Matcher | StackGAN:
    """A zoo model with a text encoder: a matcher, or a StackGAN to train further."""
    model = models_zoo.load(name, "cpu")
    if not isinstance(model, Matcher | StackGAN):
        raise TrainError(f"{name} reads no sentences: its task is {model.card.task!r}.")
    return model


def _judge(name: str, data: Dataset) -> Matcher | None:
    """The matcher of this id, if the zoo has one that was trained on this dataset."""
    known = [card for card in models_zoo.find("text-encoder") if (card.id, card.dataset) == (name, data.name)]
    return models_zoo.load(name, "cpu") if known else None


def _as_floats(values: Sequence[Tensor]) -> list[Tensor]:
    return [value.float() for value in values]
