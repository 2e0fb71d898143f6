"""From a run to a folder of the zoo: weights, card, samples, snapshots; and on to the hub."""

from __future__ import annotations

import dataclasses
import math
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

import models_zoo
from models_zoo import card as cards
from models_zoo import chart
from models_zoo.card import Card
from train import config as configs
from train.config import CommonConfig
from train.contract import Variant, variants
from train.data import datasets
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import runs
from train.loop.runs import RunFolder
from train.publishing import familiar, readme
from train.variants.cgan import ClassifyingGAN

SNAPSHOTS = 8
SNAPSHOT_CELLS = 4
SNAPSHOT_SIDE = 266
"""Pixels that each of them is wide at most: 4 x 4 pictures of 64 pixels."""
EVALUATION_SAMPLES = 10_000


def open_run(path: Path, data_root: Path | None = None) -> tuple[str, Variant]:
    """The name of a run's variant, and the variant with the run's config."""
    name, values = RunFolder(path).read_config()
    if name not in variants():
        raise TrainError(f"{path} trained the variant {name!r}, which does not exist here.")
    variant = variants()[name]
    config = configs.from_json(variant.Config, values)
    return name, variant(dataclasses.replace(config, out=path, data_root=data_root or config.data_root))


def export(run: Path, model_id: str, data: Dataset | None = None, which: str = "auto", zoo: Path = cards.PRETRAINED,
           samples: int = EVALUATION_SAMPLES, data_root: Path | None = None, classifier: bool = False) -> Path:  # fmt: skip
    """Write the run's networks as `zoo`/`model_id` and measure what was written; returns that folder.

    `which` is ``"best"``, ``"last"`` or ``"auto"``: the best measured ones where there are any. An
    older export under the same id is replaced once the new one is complete. With `classifier`, only
    the discriminator is written, as what it reads is to be compared with.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", model_id):
        raise TrainError(f"--id {model_id!r} will not do: use small letters, digits, dots and hyphens.")
    final = zoo / model_id
    if final.exists() and not (final / cards.CONFIG_FILE).is_file():
        raise TrainError(f"{final} exists and is no model: choose another --id or --zoo.")
    name, variant = open_run(run, data_root)
    if classifier and not isinstance(variant, ClassifyingGAN):
        raise TrainError(f"--classifier: the discriminator of {name} names no classes.")
    config, folder = variant.config, RunFolder(run)
    data = data or datasets.load(config.dataset, config.data_root)
    model = variant.classifier() if classifier else variant.bundled()
    which = ("best" if folder.best.exists() else "last") if which == "auto" else which
    meta = runs.load_networks(folder, model, which)
    ancestor = folder.read_ancestor()
    text = variant.classifier_card() if classifier else variant.card()
    strip, steps = snapshots(folder, meta["step"], model.image_size) if text.snapshots else (None, [])
    metrics, curves = variant.history(folder.read_log(), data)
    model.card = Card(
        id=model_id,
        variant=name,
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
        command=configs.command(name, _as_trained(config, meta, which), ancestor),
        snapshots=tuple(steps),
    )
    partial, replaced = zoo / f".{model_id}.partial", zoo / f".{model_id}.replaced"
    try:
        for leftover in (partial, replaced):
            shutil.rmtree(leftover, ignore_errors=True)
        partial.mkdir(parents=True)
        if strip:
            strip.save(partial / cards.SNAPSHOTS_FILE, optimize=True)
        model.save_pretrained(partial)
        if text.task == "translation":
            familiar.write(partial, data, model.card.sha256)
        measure(partial, variant, data, samples)
        if final.exists():
            final.rename(replaced)
        partial.rename(final)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        raise TrainError(f"{final} could not be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def _as_trained(config: CommonConfig, meta: dict[str, Any], which: str) -> CommonConfig:
    """The config that trains as far as the exported checkpoint went; one that was the best on the way needs the whole way."""
    return dataclasses.replace(config, steps=meta["step"]) if which == "last" else config


def measure(folder: Path, variant: Variant, data: Dataset, samples: int, seed: int = 0) -> Card:
    """Measure the zoo model in `folder` as it is on disk, and write numbers, samples and README there.

    What its card knows from the run that made it stays.
    """
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


def pick_snapshots(steps: Sequence[int], count: int = SNAPSHOTS) -> list[int]:
    """At most `count` of the sorted `steps`: the first, the last, and between them evenly spaced logarithms."""
    if len(steps) <= count:
        return list(steps)
    first, last = math.log1p(steps[0]), math.log1p(steps[-1])
    chosen: list[int] = []
    for place in range(count):
        target = first + (last - first) * place / (count - 1)
        # Leave at least one step for every place that is still to come.
        open_steps = [s for s in steps[: len(steps) - (count - 1 - place)] if not chosen or s > chosen[-1]]
        chosen.append(min(open_steps, key=lambda step: abs(math.log1p(step) - target)))
    return chosen


def snapshots(folder: RunFolder, last: int, image_size: int) -> tuple[Image.Image | None, list[int]]:
    """What the run drew up to the step `last`, in cells of equal width, and the step of each cell.

    A run that began from another model follows the cells of that model, of which there may be so many that only the run's
    end finds a place.
    """
    sheets = {step: path for step, path in folder.sheets().items() if step <= last}
    if not sheets:
        return None, []
    ancestor = folder.read_ancestor()
    if not (ancestor and ancestor["snapshots"]):
        steps = pick_snapshots(sorted(sheets))
        return _modest(snapshot_strip([sheets[step] for step in steps], image_size)), steps
    before = list(ancestor["snapshots"])
    free = SNAPSHOTS - len(before)
    steps = [ancestor["step"] + step for step in sorted(sheets)]
    # The first of several looks like the ancestor's last.
    picked = pick_snapshots(steps, max(free, 1) + 1)[1:] or steps
    ends = _modest(snapshot_strip([sheets[step - ancestor["step"]] for step in picked], image_size))
    with Image.open(folder.ancestor_snapshots) as earlier:
        side, earlier = ends.height, earlier.resize((ends.height * len(before), ends.height), Image.Resampling.LANCZOS)
        # Where there are enough already, the one after the very first tells least.
        kept = [place for place in range(len(before)) if not (place == 1 and free < 1)]
        strip = Image.new(ends.mode, (side * len(kept) + ends.width, ends.height))
        for number, place in enumerate(kept):
            cell = earlier.crop((side * place, 0, side * (place + 1), ends.height))
            strip.paste(cell, (side * number, 0))
    strip.paste(ends, (side * len(kept), 0))
    return strip, [*(before[place] for place in kept), *picked]


def snapshot_strip(sheets: Sequence[Path], image_size: int) -> Image.Image:
    """The upper left corner of each sample sheet, side by side in cells of equal width."""
    side = SNAPSHOT_CELLS * (image_size + runs.SHEET_PADDING) + runs.SHEET_PADDING
    pictures = [Image.open(path) for path in sheets]
    strip = Image.new(pictures[0].mode, (side * len(pictures), side))
    for place, picture in enumerate(pictures):
        strip.paste(picture.crop((0, 0, side, side)), (place * side, 0))
    return strip


def _modest(strip: Image.Image) -> Image.Image:
    """The strip with cells of at most `SNAPSHOT_SIDE`: at full size those of photographs are larger than the weights."""
    if strip.height <= SNAPSHOT_SIDE:
        return strip
    side = round(strip.width / strip.height)
    return strip.resize((side * SNAPSHOT_SIDE, SNAPSHOT_SIDE), Image.Resampling.LANCZOS)


def publish(model_id: str, repo: str, private: bool = False) -> str:
    """Push a zoo model with its card and pictures to the hub repository `repo`; returns its address."""
    import httpx
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise TrainError(f"--repo {repo!r} is not of the form user/name.")
    model = models_zoo.load(model_id, "cpu")
    if get_token() is None:
        raise TrainError("Publishing needs a Hugging Face account: run `hf auth login` first, or set HF_TOKEN.")
    try:
        model.push_to_hub(repo, private=private)
    except HFValidationError:
        raise TrainError(f"--repo {repo!r} is not a valid name of a hub repository.") from None
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        raise TrainError(f"The Hugging Face Hub did not take {model_id}: {cards.first_line(error)}") from None
    return f"https://huggingface.co/{repo}"
