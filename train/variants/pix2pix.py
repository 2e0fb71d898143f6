"""pix2pix: translation learned from pairs, by L1 and by a discriminator of patches (arXiv:1611.07004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from models_zoo import lite0
from models_zoo.pix2pix import Pix2Pix
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import datasets
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import Dataset, to_float
from train.errors import TrainError
from train.loop import history
from train.metrics.entries import metric
from train.metrics.photographs import scaled
from train.metrics.translation import distance_to, in_rows, translated
from train.objectives import losses, projected
from train.objectives.crops import random_crop


@register("pix2pix")
class PairedTranslation(Variant):
    """pix2pix (Isola et al. 2017): label maps to photographs, learned from pairs of both."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """pix2pix at 128 pixels: a U-Net, the L1 distance to the paired picture, and a discriminator of pairs."""

        dataset: Literal["facades"] = "facades"
        """Pairs to train on."""
        batch_size: int = 4
        """Images per step over all processes together; each process takes an equal share."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        eval_every: int = 2_000
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        direction: Literal["a2b", "b2a"] = "a2b"
        """What is translated: a2b makes facades of label maps, b2a label maps of facades."""
        gan: bool = True
        """Learn from a discriminator, too; without one only the L1 distance is left, the paper's baseline."""
        l1: float = 100.0
        """Weight of the L1 distance to the paired picture; the discriminator's is 1."""
        projected: float = 0.0
        """Weight of further discriminators that see translations through EfficientNet-lite0 (arXiv:2111.01007); 0: the paper's own alone."""
        dropout: float = 0.5
        """Share of the values dropped in the decoder's first layers while it learns, the only noise there is."""
        widths: tuple[int, ...] = (32, 64, 128, 192, 192, 192)
        """Channels of the generator after each halving of the picture."""
        # Three halvings see patches of 38 pixels, as large a part of 128 as the paper's 70 are of 256.
        discriminator_widths: tuple[int, ...] = (64, 128, 256)
        """Channels of the discriminator after each halving of the picture."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.l1 < 0 or not (self.gan or self.l1):
                raise TrainError(
                    f"--l1 cannot be negative, nor 0 with --no-gan: nothing would be learned with {self.l1}."
                )
            if self.projected and not self.gan:
                raise TrainError("--projected adds discriminators, which --no-gan leaves out.")

    best = ("kid_lite0", "lower")

    def __init__(self, config: Config):
        super().__init__(config)
        self.averaged = (config.direction,)
        self.phases = (Phase("translator", (config.direction,)),)
        if config.gan:
            self.phases += (Phase("discriminator", ("discriminator",)),)
        if config.projected:
            self.phases += (Phase("projected", ("projected",)),)

    def build(self) -> Pix2Pix:
        return self._networks(list(lite0.WIDTHS) if self.config.projected else [])

    def bundled(self) -> Pix2Pix:
        """Without the discriminators that see through features: they are larger than all the rest, and learn anew in no time."""
        return self._networks([])

    def _networks(self, projected: list[int]) -> Pix2Pix:
        config = self.config
        channels, side, _ = datasets.SHAPES[config.dataset]
        discriminator_widths = list(config.discriminator_widths) if config.gan else []
        try:
            return Pix2Pix(
                side, channels, direction=config.direction, widths=list(config.widths),
                discriminator_widths=discriminator_widths, dropout=config.dropout, projected=projected,
            )  # fmt: skip
        except ValueError as error:
            raise TrainError(f"Such networks cannot be built: {error}.") from None

    def ordered(self, photographs: Tensor, maps: Tensor, direction: str) -> tuple[Tensor, Tensor]:
        """What is given and what is wanted in that direction, of photographs and their label maps."""
        return (maps, photographs) if direction == "a2b" else (photographs, maps)

    def pairs(self, batch: Batch) -> Tensor:
        """What is given and what is wanted as channels of one picture, so that one crop and one mirror serve both."""
        maps = to_float(batch.maps, batch.images.device)
        pairs = torch.cat(self.ordered(batch.images, maps, self.config.direction), 1)
        side = datasets.SHAPES[self.config.dataset][1]
        return random_flip(random_crop(pairs, side, batch.uniform(2)), batch.uniform(1, 1, 1))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        config = self.config
        if phase == "translator":
            pairs = self.pairs(batch)
            given, wanted = pairs.chunk(2, 1)
            made = nets[config.direction](given)
            distance = losses.reconstruction(wanted, made)
            if not config.gan:
                return config.l1 * distance, {"loss/l1": distance}
            fakes = torch.cat([given, made], 1)
            batch.shared |= {"pairs": pairs, "fakes": fakes.detach()}
            adversarial = losses.generator_non_saturating(nets["discriminator"](fakes).float())
            loss, told = adversarial + config.l1 * distance, {"loss/adversarial": adversarial, "loss/l1": distance}
            if not config.projected:
                return loss, told
            seen = shift_and_cut(made, batch.uniform(4))
            through_features = projected.generator_loss(nets["projected"], seen, batch)
            return loss + config.projected * through_features, told | {"loss/projected_generator": through_features}
        if phase == "projected":
            _, wanted = batch.shared["pairs"].chunk(2, 1)
            seen = shift_and_cut(wanted, batch.uniform(4))
            return projected.discriminator_loss(nets["projected"], seen, batch), {}
        # One pass for both: nothing in this discriminator depends on what else is in the batch.
        both = torch.cat([batch.shared["pairs"], batch.shared["fakes"]])
        real, fake = nets["discriminator"](both).float().chunk(2)
        return losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()}

    def samples(self, model: Pix2Pix, data: Dataset) -> Tensor:
        """Held-out pictures, and below each what is made of it."""
        (direction,) = model.directions
        given, _ = self.ordered(data.test.images[:8], data.test.maps[:8], direction)
        return in_rows(4, to_float(given), translated(model, given, direction))

    def evaluate(self, model: Pix2Pix, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        """`kid_lite0` to the held-out pictures that were wanted, and `absolute_error`, of pixels in [0, 1].

        No Fréchet distance: a hundred pictures say nothing of the covariance of 1280 features.
        """
        (direction,) = model.directions
        (given, wanted), (_, training) = (
            self.ordered(split.images, split.maps, direction) for split in (data.test, data.train)
        )
        made = translated(model, given[:n], direction)
        pixels = to_float(wanted[:n])
        average = scaled(to_float(training).mean(0, keepdim=True), pixels.shape[2:])
        label = {"en": "always the mean of the training pictures", "ko": "늘 학습 그림의 평균을 내놓을 때"}
        error, error_of_average = ((each - pixels).abs().mean() / 2 for each in (made, average))
        return {
            "kid_lite0": distance_to(made, wanted, training),
            "absolute_error": metric(error, error_of_average, label, len(made), "lower"),
        }

    def history(self, log: list[dict[str, Any]], data: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, history.of_game(log, self.phases, self.best[0])

    def card(self) -> CardText:
        english, korean = TITLES[self.config.direction]
        teacher = {
            True: (
                "A discriminator, which sees both, had to take the translation for the real counterpart, patch by patch; the "
                "L1 distance to that counterpart keeps it in place.",
                "둘을 함께 보는 판별자가 조각마다 진짜 짝으로 여기게 해야 했고, 진짜 짝과의 L1 거리가 그림을 제자리에 붙잡아 둡니다.",
            ),
            False: (
                "Only the L1 distance to the real counterpart taught it, no discriminator: the paper's baseline, whose pictures "
                "are blurred wherever more than one answer would be right.",
                "판별자 없이 진짜 짝과의 L1 거리만으로 배운 논문의 기준 모델이라, 정답이 여럿인 곳은 흐릿합니다.",
            ),
        }[self.config.gan]
        return CardText(
            task="translation",
            title={
                "en": f"pix2pix: {english}" + ("" if self.config.gan else ", L1 alone"),
                "ko": f"pix2pix, {korean}" + ("" if self.config.gan else ", L1만"),
            },
            summary={
                "en": f"Turns {english}. It learned from pairs of label maps and the facades they describe. {teacher[0]}",
                "ko": f"{korean} 바꿉니다. 라벨 지도와 그에 맞는 건물 정면 사진의 짝으로 배웠습니다. {teacher[1]}",
            },
            limits=projected.honest(
                {
                    "en": "Learned from a few hundred facades of European cities: other buildings, and photographs that are not cut to "
                    "the facade, come out badly. Label maps must use the data's twelve colours. Each picture has one translation.",
                    "ko": "유럽 도시의 건물 정면 수백 장으로 배워, 다른 양식의 건물이나 정면만 잘라 내지 않은 사진은 서툽니다. "
                    "라벨 지도는 데이터의 열두 색을 써야 합니다. 한 그림에는 늘 같은 결과가 나옵니다.",
                },
                self.config.projected,
            ),
            directions=(self.config.direction,),
        )


TITLES = {
    "a2b": ("label maps into facades", "라벨 지도를 건물 정면으로"),
    "b2a": ("facades into label maps", "건물 정면을 라벨 지도로"),
}
"""What each direction makes of what, in English and Korean."""
