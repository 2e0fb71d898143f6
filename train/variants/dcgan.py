"""DCGAN: convolutions all the way, on faces (arXiv:1511.06434)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from models_zoo import lite0, spectrum
from models_zoo.dcgan import DCGAN
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset, with_repeats
from train.errors import TrainError
from train.loop import history
from train.metrics import arithmetic, judging, photographs
from train.objectives import losses, projected


@register("dcgan")
class DeepConvolutionalGAN(Variant):
    """DCGAN (Radford et al. 2015): convolutions, batch norm, and arithmetic in the latent space."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """DCGAN at 64 pixels; for few photographs, what the discriminator sees is augmented."""

        dataset: Literal["celeba"] = "celeba"
        """Dataset to train on."""
        steps: int = 15_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 64
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 10_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        eval_samples: int = 1_000
        """Number of samples of those measurements."""
        latent_size: int = 100
        """Length of z."""
        widths: tuple[int, ...] = (256, 256, 128, 64)
        """Channels of the generator before each doubling of the picture, from 4 x 4 on."""
        last_width: int = 32
        """Channels at full size, before a convolution to the picture; 0: the last doubling makes it, as in the paper."""
        discriminator_widths: tuple[int, ...] = (48, 96, 192, 288)
        """Channels of the discriminator after each halving of the picture."""
        upsampling: Literal["resize", "transposed"] = "resize"
        """How the generator doubles the picture; a resize convolution leaves no checkerboard (doi:10.23915/distill.00003)."""
        kernel: Literal[4, 5] = 5
        """Side of the transposed convolutions' kernel: 5 as in the paper's code, 4 as in most others."""
        norm: Literal["batch", "weight"] = "batch"
        """Normalisation of activations, as in the paper, or of weights with translated ReLUs (arXiv:1704.03971)."""
        augment: bool = True
        """Shift and cut out parts of all that the discriminator sees, and flip the photographs (arXiv:2006.10738)."""
        r1: float = 0.0
        """Weight of the gradient penalty at real images (arXiv:1801.04406); 0 leaves it out."""
        r1_every: int = 16
        """Steps between gradient penalties, each weighted as much more (arXiv:1912.04958)."""
        projected: float = 0.0
        """Weight of further discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007); 0: the paper's own alone."""
        repeat: str = ""
        """An attribute, such as Eyeglasses, whose photographs are seen more often, because they are too rare to be learned from."""
        repeats: int = 3
        """How often they are seen for every time that the others are."""

    best = ("kid_lite0", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        # The generator goes first, so that the discriminator can learn from the very images it was judged by.
        self.phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))
        if config.r1:
            self.phases += (Phase("r1", ("discriminator",), every=config.r1_every),)
        if config.projected:
            self.phases += (Phase("projected", ("projected",)),)

    def prepare(self, data: Dataset) -> Dataset:
        config = self.config
        if not config.repeat:
            return data
        if config.repeat not in data.attributes or config.repeats < 1:
            raise TrainError(
                f"--repeat takes one of {', '.join(data.attributes)}, and --repeats a number from 1 on, not "
                f"{config.repeat!r} and {config.repeats}."
            )
        return with_repeats(data, config.repeat, config.repeats)

    def build(self) -> DCGAN:
        config = self.config
        channels, image_size, _ = datasets.SHAPES[config.dataset]
        return DCGAN(
            image_size, channels, config.latent_size, list(config.widths), list(config.discriminator_widths),
            upsampling=config.upsampling, kernel=config.kernel, norm=config.norm, last_width=config.last_width,
            projected=list(lite0.WIDTHS) if config.projected else [],
        )  # fmt: skip

    def seen(self, images: Tensor, batch: Batch) -> Tensor:
        """`images`, one for each of the batch, as the discriminator sees them."""
        return shift_and_cut(images, batch.uniform(4)) if self.config.augment else images

    def real(self, batch: Batch) -> Tensor:
        """The batch's photographs as the discriminator sees them."""
        if not self.config.augment:
            return batch.images
        return self.seen(random_flip(batch.images, batch.uniform(1, 1, 1)), batch)

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config, discriminator = self.config, nets["discriminator"]
        if phase == "r1":
            images = self.real(batch).clone().requires_grad_()
            penalty = losses.r1_penalty(discriminator(images).float(), images)
            return config.r1 * config.r1_every * penalty, {}
        if phase == "generator":
            fake = nets["generator"](batch.normal(config.latent_size))
            batch.shared["fake"] = fake.detach()
            seen = self.seen(fake, batch)
            loss = losses.generator_non_saturating(discriminator(seen).float())
            if not config.projected:
                return loss, {}
            through_features = projected.generator_loss(nets["projected"], seen, batch)
            return loss + config.projected * through_features, {"loss/projected_generator": through_features}
        if phase == "projected":
            return projected.discriminator_loss(nets["projected"], self.real(batch), batch), {}
        # In two passes: batch norm in one pass would mix the statistics of real and generated images.
        real = discriminator(self.real(batch)).float()
        fake = discriminator(self.seen(batch.shared["fake"].to(batch.images.dtype), batch)).float()
        return losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()}

    def samples(self, model: DCGAN, data: Dataset) -> Tensor:
        return model.generate(model.latents(range(64)))

    def evaluate(self, model: DCGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        found = photographs.evaluate_unconditional(model, data, n, seed)
        # Of a run still in training only the distances are asked for.
        if model.card is not None and (judge := judging.judge_for(data.name)):
            found |= arithmetic.evaluate(model, judge, data, n, seed)
        return found

    def curves(self, model: DCGAN, data: Dataset) -> dict[str, dict[str, Any]]:
        return {spectrum.CURVE: photographs.spectrum_curve(model, data)}

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])

    def card(self) -> CardText:
        shown = {"resize": ("", ""), "transposed": (", transposed convolutions", ", 전치 합성곱")}[
            self.config.upsampling
        ]
        norm = {"batch": ("", ""), "weight": (", weight norm", ", 가중치 정규화")}[self.config.norm]
        return CardText(
            task="unconditional",
            title={"en": f"DCGAN of faces{norm[0]}{shown[0]}", "ko": f"DCGAN, 얼굴{norm[1]}{shown[1]}"},
            summary={
                "en": "Draws faces of people who do not exist, 64 x 64: convolutions from a linear layer at 4 x 4 up to the "
                "picture. Neighbouring latent vectors give similar faces, and sums of them add up what the faces show: "
                "man with glasses - man + woman.",
                "ko": "존재하지 않는 사람의 얼굴을 64 x 64로 그립니다. 4 x 4 선형층에서 시작해 합성곱으로 그림까지 키웁니다. "
                "가까운 잠재 벡터는 비슷한 얼굴이 되고, 벡터를 더하고 빼면 얼굴의 특징도 더해지고 빠집니다: "
                "안경 쓴 남자 - 남자 + 여자.",
            },
            limits=projected.honest(
                {
                    "en": "Learned from photographs of celebrities, mostly young and light-skinned, and it repeats who is missing "
                    "there. Glasses, hats and hands come out badly, backgrounds are blurs. Not for passing off a "
                    "picture as a person.",
                    "ko": "대부분 젊고 피부가 밝은 유명인 사진으로 배워 그 편향을 그대로 따릅니다. 안경, 모자, 손은 서툴고 배경은 "
                    "흐릿합니다. 실제 인물처럼 내세우는 용도가 아닙니다.",
                },
                self.config.projected,
            ),
            verdict="logits",
        )
