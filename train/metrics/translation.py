"""Metrics of translated pictures, and their layout on sample sheets."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from models_zoo import lite0
from models_zoo.checkpoint import ZooModel
from models_zoo.translation import TranslationModel
from train.data.dataset import Dataset, Split, to_float
from train.metrics.distances import kernel_distance
from train.metrics.entries import LEAST, Metrics, finite, metric, real_against_real, real_images
from train.metrics.photographs import lite0_features
from train.metrics.sampling import in_batches

BATCH = 50
KEPT = ("Bangs", "Eyeglasses", "Smiling")
"""Attributes of a face that a translation between men and women should preserve."""


def ends(data: Dataset, direction: str) -> tuple[tuple[Split, Split], tuple[Split, Split]]:
    """Training and test split of the domain that ``"a2b"`` or ``"b2a"`` comes from, and those of the one that it goes to."""
    both = (data.train, data.test), data.other
    return both if direction == "a2b" else both[::-1]


def spoken(data: Dataset, direction: str) -> str:
    """``"a2b"`` or ``"b2a"`` in the names of the domains, as metrics name a part: ``"man_to_woman"``."""
    first, second = (name["en"].replace(" ", "_") for name in data.domains)
    return f"{first}_to_{second}" if direction == "a2b" else f"{second}_to_{first}"


@torch.inference_mode()
def translated(model: TranslationModel, images: Tensor, direction: str) -> Tensor:
    """These uint8 pictures in the other domain, as floats in [-1, 1] on the CPU; raises `TrainError` if any is NaN or infinite."""
    parts = (model.translate(to_float(part, model.device), direction) for part in images.split(BATCH))
    return finite(torch.cat([part.float().cpu() for part in parts]), "the translated pictures")


def distance_to(made: Tensor, target: Tensor, training: Tensor) -> Metrics:
    """`kid_lite0` of translations `made`, floats in [-1, 1], to pictures of the target domain; nothing of fewer than `LEAST`.

    `target` and `training` are uint8 test and training pictures of it, whose own distance is the floor. Of each set as
    many are compared as the smallest has, at the size of `made`.
    """
    n = min(map(len, (made, target, training)))
    if n < LEAST:
        return {}
    real, floor = (lite0_features(images, n, made.shape[2:]) for images in (target, training))
    return {"kid_lite0": _kid(real, lite0.features(made[:n]), floor)}


def gap_closed(source: Tensor, made: Tensor, target: Tensor, training: Tensor) -> Metrics:
    """`kid_lite0` of the translations `made` (see `distance_to`), and `kid_untouched` of the uint8 `source` pictures themselves."""
    n = min(map(len, (source, made, target, training)))
    if n < LEAST:
        return {}
    before, real, floor = (lite0_features(images, n, made.shape[2:]) for images in (source, target, training))
    untouched = {**_kid(real, before, floor), "better": ""}
    return {**distance_to(made, target, training), "kid_untouched": untouched}


def as_judged(judge: ZooModel, source: Split, made: Tensor, target: Split, attribute: str, wanted: bool) -> Metrics:
    """What a judge of attributes sees in the translations `made` of the pictures of `source`, which may have more.

    `target_seen` is the share that has `attribute`, or with `wanted` false has not; of the real pictures of `target`
    the same is asked. `attributes_kept` has, for each of `KEPT`, the share in which the judge sees as much of it as in
    the original, beside the share in which it sees what the annotators saw there.
    """
    attributes, n = judge.card.classes, len(made)
    of_made = _seen(judge, made)
    of_source, of_target = (_seen(judge, to_float(images)) for images in (source.images[:n], target.images))
    place = attributes.index(attribute)
    reached, truly = ((seen[:, place] == wanted).float().mean() for seen in (of_made, of_target))
    found = {"target_seen": metric(reached, truly, real_images(len(target)), n, "higher")}
    label = {
        "en": "judge and annotators agree on so many of the originals",
        "ko": "원본에서 판정 모델과 사람의 주석이 일치한 비율",
    }
    for name in KEPT:
        place = attributes.index(name)
        kept = (of_made[:, place] == of_source[:, place]).float().mean()
        right = (source.attributes[:n, place] == of_source[:, place]).float().mean()
        found[f"attributes_kept/{name}"] = metric(kept, right, label, n, "higher")
    return found


def of_directions(found: dict[str, Metrics]) -> Metrics:
    """Each direction's metrics under ``measure/direction``, and under ``measure`` the mean of all that are called so.

    A part that a measure has already follows the direction: ``measure/direction,_part``.
    """
    groups: dict[str, Metrics] = {}
    for direction, entries in found.items():
        for name, entry in entries.items():
            measure, _, part = name.partition("/")
            groups.setdefault(measure, {})[f"{measure}/{direction}" + (f",_{part}" if part else "")] = entry
    return {name: entry for measure, parts in groups.items() for name, entry in _with_mean(measure, parts).items()}


def in_rows(columns: int, *pictures: Tensor) -> Tensor:
    """Pictures of several kinds, N x C x H x W each, as a sheet shows them: `columns` of the first kind, below them those of the next."""
    rows = zip(*(kind.split(columns) for kind in pictures), strict=True)
    return torch.cat([row for group in rows for row in group])


def _kid(real: Tensor, features: Tensor, floor: Tensor) -> dict[str, Any]:
    distance, between = (kernel_distance(real, others) for others in (features, floor))
    return metric(distance, between, real_against_real(len(floor), len(real)), len(features), "lower")


def _with_mean(measure: str, parts: Metrics) -> Metrics:
    values, references = ([entry[key] for entry in parts.values()] for key in ("value", "reference"))
    reference = None if None in references else fmean(references)
    label = {"en": "mean of the ones below", "ko": "아래 기준값들의 평균"}
    n, better = min(entry["n"] for entry in parts.values()), next(iter(parts.values()))["better"]
    return {measure: metric(fmean(values), reference, label, n, better), **parts}


def _seen(judge: ZooModel, images: Tensor) -> Tensor:
    return in_batches(judge.classify, images) > 0
