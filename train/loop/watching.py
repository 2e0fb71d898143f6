"""What a run shows and keeps on the way: losses, sample sheets, measurements, checkpoints."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from models_zoo.checkpoint import ZooModel
from train.config import CommonConfig
from train.errors import TrainError
from train.loop import runs
from train.loop.runs import Progress
from train.loop.schedules import learning_rate_factor
from train.loop.setup import Run

MOST_LOSS = 1e8
"""No loss of a training that goes anywhere is as large."""
SURE, SURE_FOR = 0.01, 10
"""Below this loss a discriminator hardly ever errs; after so many lines of the log in a row the user is told."""


class Watch:
    """The clock, the progress bar and the means of the log, for the length of a `with` block."""

    def __init__(self, run: Run):
        self.run = run
        self.sums: dict[str, tuple[Tensor | float, int]] = {}
        self.first = run.progress.step
        self.before = run.progress.seconds
        self.bar = _bar(run)
        self.started = time.monotonic()
        self.sure = 0
        """Lines of the log in a row in which a discriminator hardly ever erred."""

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def count(self, scalars: dict[str, Tensor]) -> None:
        """One more step is done, in which the phases told these scalars."""
        for key, value in scalars.items():
            total, count = self.sums.get(key, (0.0, 0))
            self.sums[key] = (total + value, count + 1)
        progress = self.run.progress
        progress.step += 1
        progress.images += self.run.config.batch_size
        progress.seconds = self.before + time.monotonic() - self.started
        self.bar.update(self.run.config.batch_size)

    def out_of_time(self) -> bool:
        """Whether `--minutes` are over."""
        minutes = self.run.config.minutes
        return minutes is not None and self.run.progress.seconds - self.before >= 60 * minutes

    def means(self) -> dict[str, float]:
        """The scalars since the last line of the log, averaged over steps and processes."""
        means = torch.stack([(total / count).float() for total, count in self.sums.values()])
        return dict(zip(self.sums, self.run.accelerator.reduce(means, "mean").tolist(), strict=True))

    def log(self, means: dict[str, float]) -> None:
        """Write `means` to the log and beside the bar; the next ones start from here."""
        self.sums.clear()
        if not self.run.is_main:
            return
        config, progress, accelerator = self.run.config, self.run.progress, self.run.accelerator
        speed = (progress.step - self.first) * config.batch_size / max(1e-9, progress.seconds - self.before)
        entry = {
            "step": progress.step,
            "images": progress.images,
            "seconds": round(progress.seconds, 2),
            "images_per_second": round(speed, 1),
            "lr": config.lr * learning_rate_factor(config, progress.step - 1),
            "processes": accelerator.num_processes,
            **means,
        }
        self.run.folder.append_log(entry)
        accelerator.log({k: v for k, v in entry.items() if k != "step"}, step=progress.step)
        self._show(means)
        self._warn(means)

    def _warn(self, means: dict[str, float]) -> None:
        """Say once when a discriminator has been sure for long: the generator learns little from it."""
        losses = [value for name, value in means.items() if name.startswith("loss/discriminator")]
        is_sure = self.run.variant.is_adversarial and any(value < SURE for value in losses)
        self.sure = self.sure + 1 if is_sure else 0
        if self.sure == SURE_FOR:
            self.bar.write(
                f"warning: the discriminator has told real from generated pictures almost without error since step "
                f"{self.run.progress.step - (SURE_FOR - 1) * self.run.config.log_every:,}, so the generator hardly learns; try a "
                "lower --lr-discriminator.",
                file=sys.stderr,
            )

    def _show(self, means: dict[str, float]) -> None:
        config, progress, bar = self.run.config, self.run.progress, self.bar
        if config.minutes is not None:
            share = (progress.seconds - self.before) / (60 * config.minutes)
            seen = bar.n - bar.initial
            bar.total = min(config.steps * config.batch_size, bar.initial + int(seen / max(share, 1e-9)))
        told = [f"step {progress.step:,}", *(f"{k} {v:.3g}" for k, v in means.items())]
        bar.set_postfix_str(" ".join(told), refresh=False)


def is_drawn(step: int, config: CommonConfig) -> bool:
    """Whether a sample sheet is due at `step`: every `--sample-every` steps, and at 1, 2, 5, 10, 20, 50, ..."""
    leading = str(step).rstrip("0")
    return leading in ("1", "2", "5") or step % config.sample_every == 0


def check_finite(run: Run, means: dict[str, float]) -> None:
    """Raise `TrainError` where a loss, a weight or a running average is infinite or not a number, or a loss beyond all reason."""
    broken = [
        name for name, value in means.items() if not math.isfinite(value) or (_is_loss(name) and abs(value) > MOST_LOSS)
    ]
    if not broken:
        # The averages may have overflowed alone.
        both = (run.progress.model, run.progress.averaged)
        broken = [n for net in both for n, value in net.state_dict().items() if not torch.isfinite(value).all()]
    if broken:
        kept = (
            f"the last intact checkpoint is {run.folder.last}"
            if run.folder.last.exists()
            else "no checkpoint was saved before"
        )
        raise TrainError(
            f"Training diverged: {broken[0]} {_wrong(means.get(broken[0], math.nan))} at step {run.progress.step:,}; {kept}. "
            "Try a lower --lr."
        )


def _is_loss(name: str) -> bool:
    return name.startswith("loss/")


def _wrong(value: float) -> str:
    return f"reached {value:.0e}" if math.isfinite(value) else "is no longer a finite number"


def draw(run: Run) -> None:
    """Write the sample sheet of this step."""
    if run.is_main:
        with _shown(run.progress) as model:
            pictures = runs.sheet_png(run.variant.samples(model, run.data))
            run.folder.write(run.folder.sheet(run.progress.step), pictures)
    run.accelerator.wait_for_everyone()


def measure(run: Run) -> None:
    """Measure the averaged networks, and keep them as the best if they are."""
    if run.is_main:
        variant, progress = run.variant, run.progress
        with _shown(progress) as model:
            metrics = variant.evaluate(model, run.data, run.config.eval_samples, seed=0)
        values = {f"metric/{name}": entry["value"] for name, entry in metrics.items()}
        if metrics:
            run.folder.append_log({"step": progress.step, **values})
            run.accelerator.log(values, step=progress.step)
        if variant.best and variant.best[0] in metrics:
            name, better = variant.best
            new, old = metrics[name]["value"], progress.metrics.get(name, {}).get("value")
            if old is None or (new < old if better == "lower" else new > old):
                progress.metrics = metrics
                runs.save_best(run.folder, progress)
    run.accelerator.wait_for_everyone()


def save(run: Run) -> None:
    """Write the checkpoint from which `--resume` continues."""
    if run.is_main:
        runs.save_last(run.folder, run.progress)
    run.accelerator.wait_for_everyone()


@contextlib.contextmanager
def _shown(progress: Progress) -> Iterator[ZooModel]:
    """The averaged networks in eval mode, without gradients; training mode comes back afterwards."""
    progress.averaged.eval()
    with torch.no_grad():
        yield progress.averaged
    progress.model.train()


def _bar(run: Run) -> tqdm:
    """Progress in images, so that the bar's rate is images/s and its remaining time the ETA."""
    return tqdm(
        total=run.config.steps * run.config.batch_size,
        initial=run.progress.images,
        unit="img",
        unit_scale=True,
        dynamic_ncols=True,
        mininterval=0.2 if sys.stderr.isatty() else 10,
        disable=not run.is_main,
    )
