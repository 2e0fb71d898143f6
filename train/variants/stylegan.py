"""StyleGAN: latent vectors become styles, layer by layer (arXiv:1812.04948), trained as in arXiv:1912.04958."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from models_zoo.style_layers import group
from models_zoo.stylegan import Noise, StyleDiscriminator, StyleGAN, StyleGenerator
from train.config import CommonConfig, Takes
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop.distributed import mean_over_processes
from train.metrics import judging, photographs, styles
from train.objectives import losses
from train.variants.cards import card_texts
from train.variants.drawing import DrawsPhotographs, Generated
from train.variants.featured import ProjectedWeight
from train.variants.widths import asked, doublings, narrowing

AVERAGE_RATE = 0.005
"""Share of a batch's mean in the running averages of w and of how much pictures differ, as in the makers' code."""
PATHS = 1_000
"""Ways of which the perceptual path length is measured, at most."""
PATH_RATE = 0.01
"""Share of a batch's mean in the running average of path lengths (arXiv:1912.04958, appendix B); the first is taken whole."""


def widths_for(side: int, widths: Sequence[int]) -> list[int]:
    """`widths` from 4 x 4 on for pictures of `side` pixels: those too many left out, those missing halves of the one before."""
    return narrowing(widths, doublings(side) + 1)


@register("stylegan")
class StyleBasedGAN(DrawsPhotographs, Variant):
    """StyleGAN (Karras et al. 2019, 2020): a mapping network, styles that can be mixed, and noise in every layer."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """StyleGAN at 32 to 256 pixels; what the discriminator sees is augmented, for small datasets."""

        takes: ClassVar[Takes] = Takes(("celeba",), "pictures", sides=(32, 64, 128, 256))
        dataset: tuple[str, ...] = ("celeba",)
        """The data set celeba, or a folder of your own pictures."""
        classes: bool = False
        """Ask the generator for classes: the sub-folders of your own pictures."""
        steps: int = 30_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 32
        """Images per step over all processes together; each process takes an equal share, a multiple of 4."""
        lr: float = 2.5e-3
        """Adam's learning rate; the mapping network's is a hundredth of it."""
        beta1: float = 0.0
        """Adam's first decay rate."""
        beta2: float = 0.99
        """Adam's second decay rate."""
        ema_half_life: int = 10_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 1_000
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 1_000
        """Number of samples of those measurements."""
        latent_size: int = 128
        """Length of z."""
        w_size: int = 128
        """Length of w, what the mapping network makes of z."""
        mapping_depth: int = 4
        """Layers of the mapping network."""
        widths: tuple[int, ...] = (128, 128, 64, 64, 32)
        """Channels of the generator at 4 x 4 and after each doubling; the default follows `--size`."""
        discriminator_widths: tuple[int, ...] = (128, 128, 64, 32, 16)
        """Channels of the discriminator at 4 x 4 and before each halving, from small to large; the default follows `--size`."""
        mixing: float = 0.9
        """Share of pictures whose finer layers, from a random one on, are drawn from another z."""
        path_length: float = 2.0
        """Weight of path-length regularisation of the generator (arXiv:1912.04958); 0 omits it."""
        path_every: int = 8
        """Steps between path-length penalties, on half a batch; each is multiplied by this number."""
        fine_colour: float = 0.0
        """Weight of a penalty on mean colours that differ where two pictures share their finest layers' w, so that those carry colour; 0 omits it."""
        fine_colour_every: int = 4
        """Steps between those penalties, on half a batch of pairs; each is multiplied by this number."""
        augment: bool = True
        """Shift and cut out parts of all images that the discriminator sees, and flip the real ones (arXiv:2006.10738)."""
        r1: float = 0.1
        """Weight of the gradient penalty on real images (arXiv:1801.04406); 0 omits it."""
        r1_every: int = 16
        """Steps between gradient penalties; each is multiplied by this number (arXiv:1912.04958)."""
        projected: ProjectedWeight = 0.0
        discriminator_every: int = 1
        """With `--projected`, steps between those in which the paper's own discriminator, which takes longest, judges and learns."""

        def __post_init__(self) -> None:
            if self.classes:
                object.__setattr__(self, "takes", dataclasses.replace(self.takes, layout="classes"))
            super().__post_init__()
            if self.classes and not self.own:
                raise TrainError("--classes is for pictures of your own, with a sub-folder for each class.")
            if self.mixing > 1:
                raise TrainError(f"--mixing is a share, at most 1, not {self.mixing}.")
            if self.discriminator_every > 1 and not self.projected:
                raise TrainError(
                    "--discriminator-every leaves some steps to feature discriminators: it needs --projected."
                )

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        # The generator goes first, so that the discriminator can learn from the same images.
        self.phases = (Phase("generator", ("generator",)),)
        if config.path_length:
            self.phases += (Phase("path", ("generator",), every=config.path_every),)
        if config.fine_colour:
            self.phases += (Phase("colour", ("generator",), every=config.fine_colour_every),)
        self.phases += (Phase("discriminator", ("discriminator",), every=config.discriminator_every),)
        if config.r1:
            self.phases += (Phase("r1", ("discriminator",), every=config.r1_every),)
        if config.projected:
            self.phases += (Phase("projected", ("projected",)),)
        self.state.scalars["path_length"] = 0.0

    def networks(self, feature_widths: list[int]) -> StyleGAN:
        config, (channels, side, classes) = self.config, self.shape
        widths, judges = (
            asked(config, name, lambda usual: widths_for(side, usual)) for name in ("widths", "discriminator_widths")
        )
        return StyleGAN(
            side, channels, config.latent_size, widths, judges[::-1],
            w_size=config.w_size, mapping_depth=config.mapping_depth, classes=len(classes), projected=feature_widths,
        )  # fmt: skip

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        """The generator's phase carries its images as `Generated` to the discriminators'."""
        config = self.config
        if phase == "generator":
            return self.generator_loss(nets, batch)
        if phase == "path":
            return self.path_loss(nets["generator"], batch)
        if phase == "colour":
            return self.colour_loss(nets["generator"], batch)
        if phase == "r1":
            images = self.real(batch).clone().requires_grad_()
            penalty = losses.r1_penalty(nets["discriminator"](images, batch.classes), images)
            return Step(config.r1 * config.r1_every * penalty)
        if phase == "projected":
            return self.projected_loss(nets, batch)
        generated: Generated = batch.carried
        return self.discriminator_loss(
            nets["discriminator"], self.real(batch), self.seen(generated.images, batch), batch
        )

    def judging(self, nets: Nets) -> list[nn.Module]:
        return [nets["discriminator"].start]

    def generator_loss(self, nets: Nets, batch: Batch) -> Step:
        """-log D(G(z)) where the discriminator takes part, with `--projected` also the feature discriminator's verdict.

        Moves the average of w.
        """
        generator: StyleGenerator = nets["generator"]
        w = generator.mapping(batch.normal(self.config.latent_size), batch.classes)
        _move(generator.mapping.w_avg, w.mean(0))
        fake = generator.synthesis(self.mixed(generator, w, batch), self.noise(generator, batch))
        seen = self.seen(fake, batch)
        loss = seen.new_zeros(())
        if batch.step % self.config.discriminator_every == 0:
            loss = losses.generator_non_saturating(nets["discriminator"](seen, batch.classes))
        return self.generated(loss, fake, seen, nets)

    def discriminator_loss(self, discriminator: StyleDiscriminator, real: Tensor, fake: Tensor, batch: Batch) -> Step:
        """-log D(x) - log(1 - D(G(z))); moves the average of how much pictures differ."""
        # In one pass, which only the groups in which pictures are compared must not notice.
        features = discriminator.features(torch.cat([real, fake]))
        deviations = torch.cat([discriminator.deviations(each) for each in features.chunk(2)])
        _move(discriminator.usual_deviation, deviations.mean())
        labels = batch.classes if batch.classes is None else batch.classes.repeat(2)
        real_logits, fake_logits = discriminator.judged(features, deviations, labels).chunk(2)
        scores = {"score/real": real_logits.mean(), "score/fake": fake_logits.mean()}
        return Step(losses.discriminator_bce(real_logits, fake_logits), scores)

    def path_loss(self, generator: StyleGenerator, batch: Batch) -> Step:
        """(|J^T y| - a)^2, with the picture's Jacobian J by w, noise y and the running average a of such lengths.

        On every second image of the batch. arXiv:1912.04958, section 3.2; J^T y is a gradient, so that this differentiates twice.
        """
        config = self.config
        # Every second row, so that several processes take together what one does.
        classes = None if batch.classes is None else batch.classes[::2]
        w = generator.mapping(batch.normal(config.latent_size)[::2], classes)
        ws = self.mixed(generator, w, batch, every=2)
        images = generator.synthesis(ws, self.noise(generator, batch, every=2))
        noise = batch.normal(*images.shape[1:])[::2] / images.shape[-1]
        (gradient,) = torch.autograd.grad((images * noise).sum(), ws, create_graph=True)
        lengths = gradient.square().sum(2).mean(1).sqrt()
        mean, state = mean_over_processes(lengths.mean()).item(), self.state.scalars
        # From 0 on, as in the makers' code, the first hundred penalties would teach the generator that w changes nothing.
        before = state["path_length"] or mean
        state["path_length"] = before + PATH_RATE * (mean - before)
        penalty = (lengths - state["path_length"]).square().mean()
        return Step(config.path_length * config.path_every * penalty, {"path_length": lengths.mean()})

    def colour_loss(self, generator: StyleGenerator, batch: Batch) -> Step:
        """Mean squared difference of the mean colours of two pictures that share the w of their finest layers.

        Mixing alone leaves it to chance which layers decide colour; in small pictures the coarse ones mostly do.
        """
        config = self.config
        classes = None if batch.classes is None else batch.classes[::2]
        w, other = (generator.mapping(batch.normal(config.latent_size)[::2], classes) for _ in range(2))
        rows = generator.synthesis.rows
        is_fine = torch.isin(torch.arange(rows), torch.tensor(group(self.shape[1], "fine"))).to(w.device)
        pairs = torch.where(is_fine[:, None], w[:, None], torch.stack([w, other])[:, :, None]).flatten(0, 1)
        noise = [torch.cat([each, each]) for each in self.noise(generator, batch, every=2)]
        first, second = generator.synthesis(pairs, noise).mean((2, 3)).chunk(2)
        difference = (first - second).square().mean()
        return Step(
            config.fine_colour * config.fine_colour_every * difference, {"colour_difference": difference.sqrt()}
        )

    def mixed(self, generator: StyleGenerator, w: Tensor, batch: Batch, every: int = 1) -> Tensor:
        """w for each row, N x rows x w_size, of w N x w_size of every `every`-th image of the batch.

        For a share `mixing` of the images, w of another z from a random row on.
        """
        rows, labels = generator.synthesis.rows, batch.classes
        other = generator.mapping(
            batch.normal(self.config.latent_size)[::every], labels if labels is None else labels[::every]
        )
        cut = torch.where(batch.uniform() < self.config.mixing, 1 + batch.integers(rows - 1), rows)[::every]
        is_other = torch.arange(rows, device=w.device) >= cut[:, None]
        return torch.where(is_other[:, :, None], other[:, None], w[:, None])

    def noise(self, generator: StyleGenerator, batch: Batch, every: int = 1) -> Noise:
        """New noise for each layer, for every `every`-th image of the batch."""
        return [batch.normal(1, side, side)[::every] for side in generator.synthesis.sides]

    def samples(self, model: StyleGAN, data: Dataset) -> Tensor:
        """Pictures of 64 seeds; with classes ten rows, each of which shows one z drawn as every class."""
        if not self.config.classes:
            return model.generate(model.latents(range(64)))
        classes = len(self.shape.classes)
        z = model.latents(range(10)).repeat_interleave(classes, 0)
        return model.generate(z, torch.arange(classes, device=z.device).repeat(10))

    def evaluate(self, model: StyleGAN, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        if self.config.classes:
            return photographs.evaluate_class_conditional(model, data, n, seed)
        found = super().evaluate(model, data, n, seed)
        # During training only the distances are of use.
        if model.card is not None:
            found |= styles.path_lengths(model, min(n, PATHS), seed)
            if judge := judging.judge_for(data.name):
                found |= styles.mixing(model, judge, seed)
        return found

    def curves(self, model: StyleGAN, data: Dataset) -> dict[str, dict[str, Any]]:
        return {} if self.config.classes else super().curves(model, data)

    def card(self) -> CardText:
        texts = card_texts("stylegan")
        return CardText(
            task="class-conditional" if self.config.classes else "unconditional",
            title=texts["title"],
            summary=texts["summary"],
            limits=self.honest(texts["limits"]),
            verdict="logits",
            labels=None if self.config.classes else 0,
        )


def _move(average: Tensor, mean: Tensor) -> None:
    """Move a running average towards the mean of a batch, or of this process's share of it."""
    average.lerp_(mean_over_processes(mean).to(average.dtype), AVERAGE_RATE)
