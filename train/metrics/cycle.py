"""Metrics of unpaired translation: distances to the target domain, and what classifiers recognise in the translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from models_zoo import lite0
from models_zoo.card import DIRECTIONS
from models_zoo.checkpoint import ZooModel
from models_zoo.translation import TranslationModel
from train.data import domains
from train.data.dataset import Dataset, Split, to_float
from train.metrics.entries import Metrics, metric
from train.metrics.photographs import scaled
from train.metrics.sampling import in_batches
from train.metrics.translation import ends, gap_closed, of_directions, spoken, translated

ZEBRA = 340
"""Index of the class among ImageNet's thousand."""
SHEET_SIDE = 96
PAIRS, COLUMNS = 5, 10


def sheet(model: TranslationModel, data: Dataset) -> Tensor:
    """A hundred cells in ten columns: a row of pairs for each direction, then as many more translations as there are.

    The first pictures of both domains stand beside their translations; of the others only what came out is shown. Of more
    than a hundred, which may be sorted, a hundred are drawn, always the same.
    """
    side = min(SHEET_SIDE, model.image_size)
    made, cells = {}, []
    for direction in DIRECTIONS:
        images = ends(data, direction)[0][1].images
        if len(images) > COLUMNS**2:
            images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[: COLUMNS**2]]
        made[direction] = scaled(translated(model, images, direction), (side, side))
        originals = scaled(to_float(images[:PAIRS]), (side, side))
        cells += [torch.stack([originals, made[direction][:PAIRS]], 1).flatten(0, 1)]
    left = COLUMNS**2 - 4 * PAIRS
    rest = made["a2b"][PAIRS:][: left - 2 * COLUMNS]
    return torch.cat([*cells, rest, made["b2a"][PAIRS:][: left - len(rest)]])


def photographs(model: TranslationModel, data: Dataset) -> Metrics:
    """`kid_lite0` of translated test photographs, and `gap_closed`: how much of the way to the other domain they went.

    1 is as near as that domain's own training photographs are to its test photographs, 0 as far as untouched ones; left
    out where the untouched ones are as near.
    """
    found = {}
    for direction in DIRECTIONS:
        (_, source), (train, target) = ends(data, direction)
        entries = gap_closed(source.images, translated(model, source.images, direction), target.images, train.images)
        if not entries:
            continue
        after, before = entries["kid_lite0"], entries["kid_untouched"]
        if (gap := before["value"] - after["reference"]) > 0:
            label = {"en": "the same photographs, untranslated", "ko": "변환하지 않은 같은 사진"}
            share = (before["value"] - after["value"]) / gap
            entries["gap_closed"] = metric(share, 0, label, after["n"], "higher")
        found[spoken(data, direction)] = entries
    return of_directions(found)


def named_zebra(model: TranslationModel, data: Dataset) -> Metrics:
    """Share of translated test photographs that EfficientNet-lite0 calls *zebra* before all its other 999 classes.

    The first direction is to bring zebras, the second to take them away: each is read against real photographs of its target.
    """
    found = {}
    for direction, name, better in zip(
        DIRECTIONS, ("named_zebra", "named_zebra/zebra_to_horse"), ("higher", "lower"), strict=True
    ):
        (_, source), (_, target) = ends(data, direction)
        made, before, real = (
            float((lite0.logits(images).argmax(1) == ZEBRA).float().mean())
            for images in (
                translated(model, source.images, direction),
                to_float(source.images),
                to_float(target.images),
            )
        )
        label = {
            "en": f"{len(target)} real photographs of the target; of those to be translated {before:.0%} are called so",
            "ko": f"목표 영역의 실제 사진 {len(target)}장; 변환 전 사진은 {before:.0%}",
        }
        found[name] = metric(made, real, label, len(source), better)
    return found


def digits(model: TranslationModel, data: Dataset, judges: Mapping[str, ZooModel]) -> Metrics:
    """`digit_kept`: share of translated test digits that the judge of the target domain reads as the original digit.

    `judges` are those of the domains ``"a"`` and ``"b"``. Read against what the judge reads in the untranslated digits.
    """
    found = {}
    for direction in DIRECTIONS:
        source, judge = ends(data, direction)[0][1], judges[direction[-1]]
        after, before = (
            (_read(judge, images) == source.classes).float().mean()
            for images in (translated(model, source.images, direction), to_float(source.images))
        )
        label = {"en": "what it reads in them before translation", "ko": "변환 전 그림을 읽은 정확도"}
        found[spoken(data, direction)] = {"digit_kept": metric(after, before, label, len(source), "higher")}
    return of_directions(found)


def flips(model: TranslationModel, data: Dataset, judges: Mapping[str, ZooModel]) -> dict[str, dict[str, Any]]:
    """For each direction, how often each digit is read as each: matrices as entries of `models_zoo.Card.curves`."""
    return {f"flips_{direction}": _flips(model, data, judges[direction[-1]], direction) for direction in DIRECTIONS}


def _flips(model: TranslationModel, data: Dataset, judge: ZooModel, direction: str) -> dict[str, Any]:
    source: Split = ends(data, direction)[0][1]
    read, digits = _read(judge, translated(model, source.images, direction)), len(data.classes)
    counts = torch.zeros(digits, digits)
    counts.index_put_((source.classes, read), torch.ones(len(read)), accumulate=True)
    shares = counts / counts.sum(1, keepdim=True).clamp(min=1)
    first, second = data.domains if direction == "a2b" else data.domains[::-1]
    return {
        "kind": "matrix",
        "title": {language: f"{first[language]} → {second[language]}" for language in first},
        "caption": {
            "en": "Row: what the digit was. Column: what the judge reads after translation. Share of the row.",
            "ko": "행은 원래 숫자, 열은 변환 후 판정 모델이 읽은 숫자이며 값은 행에서의 비율입니다.",
        },
        "x": {"label": {"en": "read as", "ko": "읽힌 숫자"}, "values": list(range(digits))},
        "y": {"label": {"en": "was", "ko": "원래 숫자"}},
        "series": [
            {"label": {"en": name, "ko": name}, "values": [round(float(share), 4) for share in row]}
            for name, row in zip(data.classes, shares, strict=True)
        ],
        "n": len(read),
    }


def _read(judge: ZooModel, images: Tensor) -> Tensor:
    """The class ids that `judge` predicts for digits N x 3 x 32 x 32."""
    return in_batches(lambda part: judge.classify(domains.for_judge(part, judge)).argmax(1), images)
