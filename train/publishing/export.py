"""From a run to a folder of the zoo: weights, card, samples, snapshots and numbers."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro

import models_zoo
from models_zoo import card as cards
from models_zoo import chart, pairs
from models_zoo.card import Card, ZooError
from models_zoo.checkpoint import ZooModel
from train import config as configs
from train.config import CommonConfig
from train.contract import CardText, Variant, variants
from train.data import chosen, sentences
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import runs
from train.loop.runs import RunFolder
from train.publishing import familiar, own_cards, readme
from train.publishing.own_cards import Said
from train.publishing.snapshots import snapshots
from train.variants.cgan import ClassifyingGAN

EVALUATION_SAMPLES = 10_000


@dataclass(frozen=True)
class _Exported:
    """The run whose networks are exported, `which` of its checkpoints, and that checkpoint's metadata."""

    name: str
    variant: Variant
    folder: RunFolder
    which: str
    meta: dict[str, Any]


def open_run(path: Path, data_root: Path | None = None, moved: Sequence[Path] = ()) -> tuple[str, Variant]:
    """The name of a run's variant, and the variant with the run's config; raises `TrainError` where that is damaged.

    `moved` are the paths at which pictures of the user's own are now, if they are not where they were.
    """
    name, values = RunFolder(path).read_config()
    if name not in variants():
        raise TrainError(f"{path} trained the variant {name!r}, which does not exist here.")
    variant = variants()[name]
    config = configs.from_json(variant.Config, values, moved)
    return name, variant(dataclasses.replace(config, out=path, data_root=data_root or config.data_root))


def variant_of(card: Card, data_root: Path, dataset: Sequence[Path] = ()) -> Variant:
    """The variant that made the model of `card`, with the data that it learned from; `dataset` is where the user's own are.

    Raises `TrainError` where it cannot be measured here, or the card is not one that the variant's models have.
    """
    if card.variant not in variants():
        raise TrainError(f"{card.id} is of the variant {card.variant!r}, which cannot be measured here.")
    kind = variants()[card.variant]
    if not card.dataset.startswith(configs.OWN):
        if dataset:
            raise TrainError(f"--dataset is for pictures of your own, but {card.id} learned from {card.dataset}.")
        variant = kind(kind.Config(dataset=(card.dataset,), data_root=data_root))
    else:
        variant = _of_own(card, kind, dataset)
    made = {variant.card().task} | ({variant.classifier_card().task} if isinstance(variant, ClassifyingGAN) else set())
    if card.task not in made:
        raise TrainError(
            f"The card of {card.id} is wrong: models of the variant {card.variant} are not for the task {card.task}."
        )
    return variant


def _of_own(card: Card, kind: type[Variant], dataset: Sequence[Path]) -> Variant:
    """The variant of a model of the user's own pictures: how they were cut and translated is told by the command on the card."""
    try:
        last = shlex.split((card.command.splitlines() or [""])[-1])
    except ValueError:
        raise TrainError(f"The card of {card.id} is wrong: its command is none that can be typed.") from None
    if last[3:4] == ["import"]:
        raise TrainError(f"{card.id} was trained by another program, on pictures that are not known here.")
    words = [*last[4:], *(["--dataset", *map(str, dataset)] if dataset else [])]
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            return kind(tyro.cli(kind.Config, args=words))
    except SystemExit:
        raise TrainError(
            f"The card of {card.id} is wrong: its command has options that {card.variant} does not."
        ) from None
    except TrainError as error:
        hint = "" if dataset else " If the pictures have moved, name their folder with --dataset."
        raise TrainError(f"{card.id} learned from pictures of the user's own: {error}{hint}") from None


def check_samples(samples: int, seed: int = 0) -> None:
    """Raise `TrainError` where nothing can be measured on so few samples, or their seeds are no 64-bit integers."""
    if not 2 <= samples <= configs.MOST_SAMPLES:
        limits = "at least 2" if samples < 2 else f"at most {configs.MOST_SAMPLES:,}"
        raise TrainError(f"--samples must be {limits}, not {samples}.")
    if not -(2**63) <= seed <= 2**63 - samples:
        raise TrainError(f"--seed must be a 64-bit integer, not {seed}.")


def place_of(model_id: str, zoo: Path) -> Path:
    """The folder of a model in `zoo`; raises `TrainError` for an id that may not be."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", model_id):
        raise TrainError(f"--id {model_id!r} is not allowed: use small letters, digits, dots and hyphens.")
    return zoo / model_id


def export(
    run: Path,
    model_id: str,
    data: Dataset | None = None,
    which: str = "auto",
    *,
    zoo: Path = cards.PRETRAINED,
    samples: int = EVALUATION_SAMPLES,
    data_root: Path | None = None,
    moved: Sequence[Path] = (),
    classifier: bool = False,
    said: Said = Said(),  # noqa: B008
) -> Path:
    """Write the run's networks as `zoo`/`model_id` and measure what was written on `samples`; returns that folder.

    `which` is ``"best"``, ``"last"`` or ``"auto"``: the best measured ones where there are any. An
    older export under the same id is replaced once the new one is complete. With `classifier`, only
    the discriminator is written, to compare it with other classifiers. `said` is what the card tells of pictures of the
    user's own, and `moved` where they are now, if they are not where they were.
    Raises `TrainError` for an id, a number of samples or a run that will not do, and where a file cannot be written.
    """
    check_samples(samples)
    final = place_of(model_id, zoo)
    if final.exists() and not (final / cards.CONFIG_FILE).is_file():
        raise TrainError(f"{final} exists and is no model: choose another --id or --zoo.")
    name, variant = open_run(run, data_root, moved)
    if classifier and not isinstance(variant, ClassifyingGAN):
        raise TrainError(f"--classifier: the discriminator of {name} names no classes.")
    folder = RunFolder(run)
    model = variant.classifier() if classifier else variant.bundled()
    which = ("best" if folder.best.exists() else "last") if which == "auto" else which
    exported = _Exported(name, variant, folder, which, runs.load_networks(folder, model, which))
    # Only now: a run whose config names another dataset by mistake is refused before anything is downloaded.
    data = data or chosen.load(variant.config)
    if folder.read_pictures() not in (None, data.fingerprint):
        raise TrainError(
            f"{run} was not trained on the pictures that are in {' and '.join(variant.config.dataset)} now: put those back, or the card "
            "would count and measure the wrong ones."
        )
    text = variant.classifier_card() if classifier else variant.card()
    if variant.config.own:
        data = own_cards.described(data, said)
        text = own_cards.worded(text, name, variant, data, said)
    strip, steps = snapshots(folder, exported.meta["step"], model.image_size) if text.snapshots else (None, [])
    model.card = _card(model_id, model, text, data, exported, steps)

    def fill(partial: Path) -> None:
        if strip:
            strip.save(partial / cards.SNAPSHOTS_FILE, optimize=True)
        model.save_pretrained(partial)
        if text.task == "translation":
            familiar.write(partial, data, model.card.sha256)
        if data.pairs:
            turned = (sentences.turned(part, model.source_language) for part in data.pairs)
            pairs.write(partial, *turned, model.source_language)
        measure(partial, variant, data, samples)

    write_folder(final, fill)
    return final


def _card(
    model_id: str, model: ZooModel, text: CardText, data: Dataset, exported: _Exported, steps: Sequence[int]
) -> Card:
    """The card of the exported `model`, whose snapshots were drawn at `steps`, before it is measured."""
    ancestor, meta, config = exported.folder.read_ancestor(), exported.meta, exported.variant.config
    metrics, curves = exported.variant.history(exported.folder.read_log(), data)
    return Card(
        id=model_id,
        variant=exported.name,
        task=text.task,
        dataset=data.name,
        architecture=model.architecture,
        arguments=model.arguments,
        image_size=model.image_size,
        channels=model.channels,
        latent_size=model.latent_size,
        classes=(data.classes or data.attributes) if text.task in ("judge", "class-conditional", "classifier") else (),
        verdict=text.verdict,
        title=text.title,
        summary=text.summary,
        limits=text.limits,
        trained_on=data.description,
        licences={"weights": "Apache-2.0", "data": data.licence},
        metrics={key: {**entry, "of_run": True} for key, entry in metrics.items()},
        curves={key: {**entry, "of_run": True} for key, entry in curves.items()},
        step=meta["step"] + (ancestor["step"] if ancestor else 0),
        images_seen=meta["images"] + (ancestor["images"] if ancestor else 0),
        reading=text.reading,
        domains=dict(zip(cards.DOMAINS, data.domains, strict=False)) if text.directions else {},
        directions=text.directions,
        readers=text.readers,
        labels=len(data.train) if text.labels is None else text.labels,
        seed=config.seed,
        command="\n".join(
            [
                *_helped(config, ancestor),
                configs.command(exported.name, _as_trained(config, meta, exported.which), ancestor),
            ]
        ),
        snapshots=tuple(steps),
        sentences=own_cards.sentences(data) if config.own and text.task == "text-to-image" else (),
    )


def _helped(config: CommonConfig, ancestor: dict[str, Any] | None) -> list[str]:
    """How the models were made which the training asked, unless the `ancestor`'s commands tell it; nothing of those that are gone."""
    told = []
    for name in config.helpers:
        with contextlib.suppress(ZooError):
            card = cards.read(Path(name))
            export = f"python -m train export runs/{card.id} --id {card.id} --zoo runs/zoo"
            told.append(f"{card.command} --out runs/{card.id}\n{export}")
    return [each for each in told if not ancestor or each not in ancestor["command"]]


def write_folder(final: Path, fill: Callable[[Path], None]) -> None:
    """Have `fill` write a new folder, and put it in the place of `final` once it is complete.

    Raises `TrainError` where that cannot be written; then `final` stays as it was.
    """
    partial, replaced = (final.with_name(f".{final.name}.{state}") for state in ("partial", "replaced"))
    try:
        for leftover in (partial, replaced):
            shutil.rmtree(leftover, ignore_errors=True)
        partial.mkdir(parents=True)
        fill(partial)
        if final.exists():
            final.rename(replaced)
        partial.rename(final)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        raise TrainError(f"{final} could not be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _as_trained(config: CommonConfig, meta: dict[str, Any], which: str) -> CommonConfig:
    """The config that trains as far as the exported checkpoint; the best one on the way is only found by the whole run."""
    return dataclasses.replace(config, steps=meta["step"]) if which == "last" else config


def measure(folder: Path, variant: Variant, data: Dataset, samples: int, seed: int = 0) -> Card:
    """Measure the zoo model in `folder` as it is on disk, and write numbers, samples and README there.

    What only the run that made it could tell stays on its card. Raises `TrainError` for fewer than two samples.
    """
    check_samples(samples, seed)
    model = models_zoo.load(str(folder), "cpu")
    with torch.inference_mode():
        metrics, curves = variant.evaluate(model, data, samples, seed), variant.curves(model, data)
        if readme.draws(model.card):
            (folder / cards.SAMPLES_FILE).write_bytes(runs.sheet_png(variant.samples(model, data)))
    metrics, curves = metrics | _of_run(model.card.metrics), curves | _of_run(model.card.curves)
    card = dataclasses.replace(model.card, metrics=metrics, curves=curves)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, curve in curves.items():
        (folder / chart.file_name(name)).write_text(chart.svg(curve, "en"), encoding="utf-8")
    (folder / cards.CONFIG_FILE).write_text(card.to_json(), encoding="utf-8")
    (folder / cards.README_FILE).write_text(readme.model_card(card, seed), encoding="utf-8")
    return card


def _of_run(entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: entry for name, entry in entries.items() if entry.get("of_run")}
