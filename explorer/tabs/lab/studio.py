"""Training on pictures, a stretch at a time: `train`'s own variants and its own step, while somebody watches."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.pictures import images
from explorer.tabs.lab import studio_data, studio_keep
from explorer.tabs.lab.apart import alone, quiet
from explorer.texts import say
from explorer.texts.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from models_zoo.checkpoint import LatentModel
    from train.data.dataset import Dataset
    from train.loop.setup import Run

SIDES = {"gan": (28, 32, 64), "lsgan": (28, 32, 64), "dcgan": (28, 32, 64), "cgan": (28, 32)}
"""Sides in pixels at which each variant can be trained on pictures of one's own."""
WIDTHS = {28: ((64, 32), (32, 64)), 32: ((64, 64, 32), (32, 64, 64)), 64: ((64, 64, 32, 16), (16, 32, 64, 64))}
"""Channels of the generator and of the discriminator of a DCGAN that learns fast enough to be watched, by the side."""
WIDTH = 8
"""The same of a cGAN, in its own measure."""
HALF_LIFE = 1_000
"""Images after which the averaged networks have forgotten half: few, for who watches wants to see what changes."""
LOG_EVERY = {"gan": 20, "lsgan": 20, "dcgan": 5, "cgan": 5}
"""Steps of which a point of the log is the mean."""
MOST_STEPS = 10**6
AUGMENTED_BELOW = 5_000
"""Of fewer pictures of one's own, what a discriminator of convolutions sees is augmented."""
COLUMNS, ROWS, MOST_COLUMNS = 8, 5, 10
"""Of the sheet; a class-conditional one has a column for each class, at most so many."""
JUDGED, BINS = 64, 20
"""Pictures of each kind on which the discriminator's verdicts are shown, and bars of their histogram."""


@dataclass(frozen=True)
class StudioSettings:
    """What to train, and on what; numbers within the limits of their fields."""

    variant: str
    """``"gan"``, ``"lsgan"``, ``"dcgan"`` or ``"cgan"``."""
    preset: str
    """``"mlp"`` or ``"lecture"``: the networks of gan and lsgan; the others ignore it."""
    lr: float
    """Adam's learning rate, 1e-6 to 0.1."""
    batch_size: int
    """8 to 256."""
    seed: int
    archive: Path | None
    """A ZIP file of pictures; None for the bundled digits, for which the next two fields mean nothing."""
    side: int
    """One of the variant's `SIDES`."""
    monochrome: bool


class Studio:
    """One training that goes on whenever somebody asks for a stretch of it, and never else.

    The same settings give the same log to the last digit. Methods may be called from any thread, one after the other is
    served; after `close` nothing is done any more.
    """

    def __init__(self, settings: StudioSettings, folder: Path, language: str = "en"):
        """Set up the networks, with all files in `folder`, which must exist and be nobody else's.

        Raises `UserError`, in `language`, with a sentence about what the visitor can mend.
        """
        self.settings, self.diverged = settings, False
        self._folder, self._language = folder, language
        self._turn, self._opened = threading.Lock(), contextlib.ExitStack()
        self._sums: dict[str, tuple[Tensor, int]] = {}
        self._points: list[dict[str, float | None]] = []
        self._run: Run | None = None
        try:
            with quiet():
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        from train.contract import variants
        from train.errors import TrainError
        from train.loop import watching
        from train.loop.batches import batches
        from train.loop.setup import opened

        name = self.settings.variant
        config, data = self._chosen(variants()[name].Config)
        try:
            variant = variants()[name](config)
            with alone():
                run = self._opened.enter_context(opened(name, variant, data))
        except TrainError as error:
            reason = studio_data.without_path(error, self._folder)
            raise UserError(say("lab_studio_refused", self._language, reason=reason)) from None
        self._run, self._data = run, data
        self._upcoming = batches(run.config, run.data, run.accelerator, 0)
        card = run.variant.card()
        self._verdict, self._is_conditional = card.verdict, card.task == "class-conditional"
        watching.draw(run)

    def _chosen(self, kind: type) -> tuple[Any, Dataset]:
        """The config of the type `kind` that the settings ask for, and the data."""
        settings = self.settings
        options: dict[str, Any] = {
            "out": self._folder / "run",
            "cache": self._folder / "packed",
            "steps": MOST_STEPS,
            "batch_size": settings.batch_size,
            "seed": settings.seed,
            "device": "cpu",
            "precision": "fp32",
            "lr": settings.lr,
            "lr_decay": "none",
            "ema_half_life": HALF_LIFE,
            "eval_every": 0,
            "log_every": LOG_EVERY[settings.variant],
        }
        if settings.variant in ("gan", "lsgan"):
            options["preset"] = settings.preset
        side = settings.side if settings.archive else 28
        if side not in SIDES[settings.variant]:
            sides = ", ".join(map(str, SIDES[settings.variant]))
            raise UserError(say("lab_studio_side", self._language, sides=sides, side=side))
        if settings.variant == "dcgan":
            options["widths"], options["discriminator_widths"] = WIDTHS[side]
            options |= {"last_width": 16, "augment": False}
        if settings.variant == "cgan":
            options |= {"width": WIDTH, "discriminator_width": WIDTH}
        if settings.archive is None:
            return kind(dataset=("mnist",), **options), studio_data.digits()
        archive = studio_data.taken(settings.archive, self._folder, self._language)
        config = kind(dataset=(str(archive),), size=side, monochrome=settings.monochrome, **options)
        data = studio_data.own(config, self._language)
        if hasattr(config, "augment"):
            config = dataclasses.replace(config, augment=len(data.train) < AUGMENTED_BELOW)
        return config, data

    @property
    def step(self) -> int:
        """Steps so far."""
        return self._run.progress.step if self._run else 0

    @property
    def images(self) -> int:
        """Training pictures seen so far, each as often as it was seen."""
        return self._run.progress.images if self._run else 0

    @property
    def seconds(self) -> float:
        """The time that the steps so far took to compute."""
        return self._run.progress.seconds if self._run else 0.0

    def advance(self, seconds: float, most_steps: int) -> None:
        """Train whole steps, at least one, until `seconds` are over, or until `most_steps` are done in all.

        Does nothing once the training has diverged.
        """
        with self._turn:
            until = time.monotonic() + seconds
            while self._run and not self.diverged and self.step < most_steps:
                self._train(self._run)
                if time.monotonic() >= until:
                    break

    def _train(self, run: Run) -> None:
        from train.loop import trainer, watching

        progress = run.progress
        with alone():
            begun = time.monotonic()
            scalars = trainer.step(run, next(self._upcoming))
            progress.seconds += time.monotonic() - begun
        progress.step += 1
        progress.images += run.config.batch_size
        for name, value in scalars.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = total + value, count + 1
        if progress.step % run.config.log_every == 0:
            self._note(run)
        if not self.diverged and str(progress.step).rstrip("0") == "1":
            # For the card, at 1, 10, 100, ...: of colour pictures, writing a sheet takes longer than many steps.
            watching.draw(run)

    def _note(self, run: Run) -> None:
        """Make a point of the log of the means since the last one, and see whether they are numbers."""
        from train.errors import TrainError
        from train.loop import watching

        means = {name: (total / count).item() for name, (total, count) in self._sums.items()}
        self._sums.clear()
        try:
            watching.check_finite(run, means)
            run.folder.append_log({"step": run.progress.step, **means})
        except TrainError:
            self.diverged = True
        real, fake = (self._as_verdict(means[f"score/{kind}"]) for kind in ("real", "fake"))
        self._points.append(
            {
                "step": run.progress.step,
                "loss_generator": _number(means["loss/generator"]),
                "loss_discriminator": _number(means["loss/discriminator"]),
                "score_real": _number(real),
                "score_fake": _number(fake),
            }
        )

    def _as_verdict(self, score: float) -> float:
        """A mean score as people read it: a probability of being real where it is a logit, else itself, where 1 is real."""
        if self._verdict != "logits" or math.isnan(score):
            return score
        return 1 / (1 + math.exp(-min(max(score, -500.0), 500.0)))

    def frame(self, sheet: bool = True) -> dict[str, Any]:
        """What there is to see now, in JSON values; a number that is not finite is None.

        ``step``, ``images``, ``seconds``, ``images_per_second`` and ``diverged``; ``log``, the points since the last call, each
        the mean over some steps: ``step``, ``loss_generator``, ``loss_discriminator``, and ``score_real`` and ``score_fake``,
        probabilities of being real or, of an LSGAN, scores, where 1 is real; ``sheet``, a PNG as a data URI of 8 x 5 pictures
        of seeds that stay (a column for each class where there are classes), None unless asked for; ``verdicts`` of D on up
        to 64 real and 64 generated pictures: ``real`` and ``fake``, each with the ``mean`` and a ``histogram`` of 20 counts
        over [0, 1]. After `close`, all of it is empty.
        """
        with self._turn:
            points, self._points = self._points, []
            seen = {
                "step": self.step,
                "images": self.images,
                "seconds": round(self.seconds, 3),
                "images_per_second": round(self.images / self.seconds, 1) if self.seconds else 0.0,
                "diverged": self.diverged,
                "log": points,
                "sheet": None,
                "verdicts": None,
            }
            return seen | self._pictures(self._run, sheet) if self._run else seen

    def _pictures(self, run: Run, sheet: bool) -> dict[str, Any]:
        """The pictures of this moment, and what the discriminator says of such and of real ones."""
        import torch

        from train.data.dataset import spread, to_float

        model, classes, train = run.progress.averaged, len(run.variant.shape.classes), run.data.train
        conditional = self._is_conditional
        model.eval()
        try:
            with torch.no_grad():
                rows = spread(len(train), JUDGED)
                real = to_float(train.images[rows])
                labels = torch.arange(JUDGED) % classes if conditional else None
                fake = _drawn(model, range(JUDGED), labels)
                told = (train.classes[rows],) if conditional else ()
                asked = (labels,) if conditional else ()
                with _by_batch(model.discriminator):
                    verdicts = {
                        "real": self._histogram(model.score(real, *told)),
                        "fake": self._histogram(model.score(fake, *asked)),
                    }
                if not sheet:
                    return {"verdicts": verdicts}
                columns = min(classes, MOST_COLUMNS) if conditional else COLUMNS
                if conditional:
                    seeds = [row for row in range(ROWS) for _ in range(columns)]
                    fake = _drawn(model, seeds, torch.arange(columns).repeat(ROWS))
                pixels = images.pixels(torch.nan_to_num(fake[: columns * ROWS]))
        finally:
            # Training mode for the networks that are not averaged, which both share.
            run.progress.model.train()
        return {"verdicts": verdicts, "sheet": images.data_uri(images.png(images.sheet(pixels, columns))[0])}

    def _histogram(self, scores: Tensor) -> dict[str, Any]:
        values = (scores.sigmoid() if self._verdict == "logits" else scores).double().numpy()
        counts, _ = np.histogram(np.clip(np.nan_to_num(values), 0, 1), BINS, (0, 1))
        return {"mean": _number(float(values.mean())), "histogram": counts.tolist()}

    def keep(self, destination: Path, name: str) -> Path:
        """Write the averaged networks as the folder of a zoo model, `destination`/`name`, and return that.

        Raises `UserError` for a name that may not be, before the first step, after the training has diverged, and where
        the folder cannot be written.
        """
        with self._turn:
            if self.diverged or not self._run:
                raise UserError(say("lab_studio_diverged", self._language))
            return studio_keep.kept(self._run, self._data, destination, name, self._language)

    def close(self) -> None:
        """End the training and delete its files; the second time nothing happens."""
        with self._turn:
            self._opened.close()
            self._run = self._upcoming = self._data = None
            self._sums.clear()
            if self.settings.archive:
                studio_data.forget()
            shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def _by_batch(discriminator: nn.Module) -> Iterator[None]:
    """Around verdicts as training hears them: batch normalisation by the pictures that are judged, remembering nothing of them.

    Its running averages mix real and generated pictures, and would call both real.
    """
    from torch.nn.modules.batchnorm import _BatchNorm

    norms = [layer for layer in discriminator.modules() if isinstance(layer, _BatchNorm)]
    for layer in norms:
        layer.training, layer.track_running_stats = True, False
    try:
        yield
    finally:
        for layer in norms:
            layer.training, layer.track_running_stats = False, True


def _drawn(model: LatentModel, seeds: Iterable[int], labels: Tensor | None) -> Tensor:
    """Pictures of the seeds, and of the classes `labels` where there are such."""
    z = model.latents(list(seeds))
    return model.generate(z) if labels is None else model.generate(z, labels)


def _number(value: float) -> float | None:
    """`value` as JSON can hold it."""
    return value if math.isfinite(value) else None
