"""DCGAN: convolutions all the way, on faces or digits (arXiv:1511.06434)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import Tensor

from models_zoo.dcgan import DCGAN, FIRST_SIDE, first_side
from train.config import POWERS_OF_TWO, CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.dataset import Dataset, with_repeats
from train.errors import TrainError
from train.metrics import judging
from train.objectives import losses
from train.variants.cards import card_texts, filled
from train.variants.drawing import DrawsPhotographs, Generated
from train.variants.featured import ProjectedWeight
from train.variants.widths import asked, doublings, narrowing, repeating

DIGITS = "mnist"
SIDES = tuple(sorted((*POWERS_OF_TWO, 28, 56, 112)))
"""Sides in pixels that its networks have: 4 and 7 doubled."""


@register("dcgan")
class DeepConvolutionalGAN(DrawsPhotographs, Variant):
    """DCGAN (Radford et al. 2015): convolutions, batch norm, and arithmetic in the latent space."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """DCGAN at 64 pixels, of digits at 28; what the discriminator sees is augmented, for small datasets."""

        takes: ClassVar[Takes] = Takes(("celeba", DIGITS), "pictures", sides=SIDES)
        dataset: tuple[str, ...] = ("celeba",)
        """The data set celeba or mnist, or a folder of your own pictures."""
        steps: int = 15_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 64
        """Images per step over all processes together; each process takes an equal share."""
        ema_half_life: int = 10_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 1_000
        """Number of samples of those measurements."""
        latent_size: int = 100
        """Length of z."""
        widths: tuple[int, ...] = (256, 256, 128, 64)
        """Channels of the generator before each doubling of the picture, from 4 x 4 or 7 x 7 on; the default follows the side."""
        last_width: int = 32
        """Channels at full size, before a convolution to the picture; 0: the last doubling makes it, as in the paper."""
        discriminator_widths: tuple[int, ...] = (48, 96, 192, 288)
        """Channels of the discriminator after each halving of the picture; the default follows the side."""
        upsampling: Literal["resize", "transposed"] = "resize"
        """How the generator doubles the picture; a resize convolution leaves no checkerboard (doi:10.23915/distill.00003)."""
        kernel: Literal[4, 5] = 5
        """Kernel size of the transposed convolutions: 5 as in the paper's code, 4 as in most others."""
        norm: Literal["batch", "weight"] = "batch"
        """Normalisation of activations, as in the paper, or of weights with translated ReLUs (arXiv:1704.03971)."""
        augment: bool = True
        """Shift and cut out parts of all images that the discriminator sees, and flip the real ones unless they are digits (arXiv:2006.10738)."""
        r1: float = 0.0
        """Weight of the gradient penalty on real images (arXiv:1801.04406); 0 omits it."""
        r1_every: int = 16
        """Steps between gradient penalties; each is multiplied by this number (arXiv:1912.04958)."""
        projected: ProjectedWeight = 0.0
        repeat: str = ""
        """An attribute, such as Eyeglasses, whose photographs are repeated because they are too rare to be learned from."""
        repeats: int = 3
        """How often those photographs are seen for every time that the others are."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self._is_of_digits = not config.own and config.dataset[0] == DIGITS
        if self._is_of_digits:
            self.best = judging.best(config)
        # The generator goes first, so that the discriminator can learn from the same images.
        self.phases = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))
        if config.r1:
            self.phases += (Phase("r1", ("discriminator",), every=config.r1_every),)
        if config.projected:
            self.phases += (Phase("projected", ("projected",)),)

    def prepare(self, data: Dataset) -> Dataset:
        config = self.config
        if not config.repeat:
            return data
        if not data.attributes:
            raise TrainError(f"--repeat needs a data set with attributes, such as celeba; {data.name} has none.")
        if config.repeat not in data.attributes or config.repeats < 1:
            raise TrainError(
                f"--repeat takes one of {', '.join(data.attributes)}, and --repeats a number from 1 on, not "
                f"{config.repeat!r} and {config.repeats}."
            )
        return with_repeats(data, config.repeat, config.repeats)

    def networks(self, feature_widths: list[int]) -> DCGAN:
        config = self.config
        channels, image_size = self.shape.channels, self.shape.side
        count = doublings(image_size)
        # A map of 7 x 7 is nearer to the second one of the others, of 8 x 8, than to their first.
        skipped = 0 if first_side(image_size) == FIRST_SIDE else 1
        return DCGAN(
            image_size, channels, config.latent_size,
            asked(config, "widths", lambda widths: narrowing(widths[skipped:], count)),
            asked(config, "discriminator_widths", lambda widths: repeating(widths, count)),
            upsampling=config.upsampling, kernel=config.kernel, norm=config.norm, last_width=config.last_width,
            projected=feature_widths,
        )  # fmt: skip

    def bundled(self) -> DCGAN:
        """All networks: a generator that learned from both discriminators can go on against both."""
        return self.build()

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries its images as `Generated` to the later ones."""
        config, discriminator = self.config, nets["discriminator"]
        if phase == "r1":
            images = self.real(batch).clone().requires_grad_()
            penalty = losses.r1_penalty(discriminator(images).float(), images)
            return Step(config.r1 * config.r1_every * penalty)
        if phase == "generator":
            return self.generator_loss(nets, batch)
        if phase == "projected":
            return self.projected_loss(nets, batch)
        generated: Generated = batch.carried
        # In two passes: batch norm in one pass would mix the statistics of real and generated images.
        real = discriminator(self.real(batch)).float()
        fake = discriminator(self.seen(generated.images.to(batch.images.dtype), batch)).float()
        return Step(losses.discriminator_bce(real, fake), {"score/real": real.mean(), "score/fake": fake.mean()})

    def generator_loss(self, nets: Nets, batch: Batch) -> Step:
        """-log D(G(z)), with `--projected` also the feature discriminator's verdict on the same images."""
        fake = nets["generator"](batch.normal(self.config.latent_size))
        seen = self.seen(fake, batch)
        loss = losses.generator_non_saturating(nets["discriminator"](seen).float())
        return self.generated(loss, fake, seen, nets)

    def real(self, batch: Batch) -> Tensor:
        """A digit in a mirror is none; other pictures are flipped."""
        return self.seen(batch.images, batch) if self._is_of_digits else super().real(batch)

    def samples(self, model: DCGAN, data: Dataset) -> Tensor:
        return model.generate(model.latents(range(64)))

    def evaluate(self, model: DCGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        """Of digits by their judge, as the other variants; of all else as photographs."""
        if self._is_of_digits:
            return judging.evaluate_unconditional(model, data, n, seed)
        return super().evaluate(model, data, n, seed)

    def curves(self, model: DCGAN, data: Dataset) -> dict[str, dict[str, Any]]:
        """The spectrum beside that of real photographs; none of digits, which are none."""
        return {} if self._is_of_digits else super().curves(model, data)

    def card(self) -> CardText:
        texts, config = card_texts("dcgan"), self.config
        shown = texts["digits" if self._is_of_digits else "faces"]
        title = filled(texts["norm"][config.norm], title=shown["title"])
        return CardText(
            task="unconditional",
            title=filled(texts["upsampling"][config.upsampling], title=title),
            summary=shown["summary"],
            limits=self.honest(shown["limits"]),
            verdict="logits",
        )
