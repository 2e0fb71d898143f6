"""`python -m train directions`: where in latent space a face gets glasses, smiles, or turns into another."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import models_zoo
from models_zoo.checkpoint import LatentModel, ZooModel
from models_zoo.directions import Direction
from models_zoo.pool import SEEDS, Pool, judged, linear_part
from models_zoo.stylegan import StyleGAN
from train.metrics.entries import finite, metric
from train.metrics.sampling import in_batches

TITLES = {
    "Eyeglasses": {"en": "Glasses", "ko": "안경"},
    "Smiling": {"en": "Smile", "ko": "웃음"},
    "Male": {"en": "Taken for a man", "ko": "남성으로 보임"},
    "Blond_Hair": {"en": "Blond hair", "ko": "금발"},
    "Bangs": {"en": "Bangs", "ko": "앞머리"},
    "Young": {"en": "Young", "ko": "젊음"},
}
"""The attributes that get a direction, and what the page calls them."""
GUARDED = ("Eyeglasses", "Smiling", "Male")
"""Attributes that should not change along the direction of another one; their changes are measured."""
SAMPLES = 20_000
MEASURED = 500
PRINCIPAL = 10
STRIDE = 4.0
"""Length of the first walk by which a direction is learned; the next is as long as the slider would be by then."""
WEIGHTS = (4.0, 10.0)
"""Weights of the guarded attributes, tried one after the other: with a larger weight they change less, but the direction has
to be longer, and a long one changes everything. The best weight differs by direction."""
BATCH, STEPS = 32, 120
"""Pictures per step of learning, and steps with each weight."""
REACHES = tuple(0.25 * step for step in range(4, 33))
"""Lengths that a slider may have at its end; a z of 100 numbers has a length of about 10."""
ENOUGH = 0.81
"""Share of the measured faces that the end of the slider should change."""


def find(model: LatentModel, data_name: str) -> tuple[list[Direction], Pool | None]:
    """All directions of `model`, trained on the dataset of that name, and the pool of its first `SEEDS` pictures.

    Directions of attributes, and a pool, there are only where a judge sees attributes in that dataset.
    """
    found, kept = [], None
    for card in models_zoo.find("judge"):
        if card.dataset == data_name and set(TITLES) & set(card.classes):
            judge = models_zoo.load(card.id, "cpu")
            pool = judged(model, judge, SAMPLES)
            found += attribute_directions(model, judge, pool)
            logits = pool.logits[:SEEDS]
            linear = linear_part(model.latents(range(len(logits))), logits)
            kept = dataclasses.replace(pool, logits=logits, linear=linear)
    return found + principal_directions(model), kept


def attribute_directions(model: LatentModel, judge: ZooModel, pool: Pool) -> list[Direction]:
    """A direction for each of the judge's attributes for which `TITLES` has a word.

    On the judge's answers to the generated faces of `pool` a logistic regression per attribute is
    fitted in z (arXiv:1907.10786). From each normal the parts along the other attributes'
    normals are taken away, as in that paper's conditional manipulation. From there the direction goes
    on by gradient descent through judge and generator. The vector is as long as it takes to change `ENOUGH` of
    `MEASURED` faces that had no part in this.
    """
    names = pool.names
    wanted = [name for name in TITLES if name in names]
    answers = torch.from_numpy(pool.logits[:, [names.index(name) for name in wanted]]).sigmoid()
    z = model.latents(range(len(answers)))
    normals = logistic_normals(z, answers)
    directions = []
    for place, name in enumerate(wanted):
        guarded = [other for other in GUARDED if other in names and other != name]
        places = [names.index(each) for each in (name, *guarded)]
        seen = torch.from_numpy(pool.logits[:, places]) > 0
        unit = without(normals[place], normals[torch.arange(len(wanted)) != place])
        unit = _guarding(model, judge, places, z, seen, unit)
        reach, shares = reached(model, judge, places, model.latents(range(SAMPLES, SAMPLES + MEASURED)), unit)
        vector = tuple((reach * unit).tolist())
        directions.append(Direction(name, "attribute", vector, TITLES[name], _measures(guarded, shares)))
    return directions


def logistic_normals(z: Tensor, answers: Tensor) -> Tensor:
    """Unit normals A x L of the planes that part the N points z (N x L) by each of the A answers (N x A, 0 to 1)."""
    weights = torch.zeros(z.shape[1] + 1, answers.shape[1], requires_grad=True)
    points = torch.cat([z, torch.ones(len(z), 1)], 1)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(points @ weights, answers) + 1e-4 * weights[:-1].square().mean()
        value.backward()
        return value

    optimizer.step(loss)
    return F.normalize(weights.detach()[:-1].T, dim=1)


def _guarding(
    model: LatentModel, judge: ZooModel, places: Sequence[int], z: Tensor, seen: Tensor, unit: Tensor
) -> Tensor:
    """The unit vector, steered from `unit` on, by which the most changed of the guarded attributes changes least.

    Arguments are as in `steered`. The vectors that the `WEIGHTS` give are compared on `MEASURED` faces of their own, each
    where it changes `ENOUGH` of them; what it lacks of that counts against it.
    """
    tried = model.latents(range(SAMPLES + MEASURED, SAMPLES + 2 * MEASURED))
    reach, found = STRIDE, []
    for weight, part, before in zip(WEIGHTS, z.chunk(len(WEIGHTS)), seen.chunk(len(WEIGHTS)), strict=True):
        unit = steered(model, judge, places, part, before, reach * unit, weight=weight)
        reach, (changed, *others) = reached(model, judge, places, tried, unit)
        found.append((max(others, default=0.0) + max(0.0, ENOUGH - changed), unit))
    return min(found, key=lambda each: each[0])[1]


def steered(
    model: LatentModel,
    judge: ZooModel,
    places: Sequence[int],
    z: Tensor,
    seen: Tensor,
    start: Tensor,
    *,
    weight: float,
) -> Tensor:
    """The unit vector, from `start` on, along which the judge's first attribute of `places` changes and the others stay.

    The walk is learned as in Jahanian et al. (2020, arXiv:1907.07171), with the judge in the place of an edited
    picture; it stays as long as `start`. Those of the N points `z` (N x L) that have the attribute, as the judge has `seen`
    (N x places), are to lose it, the others to get it. Minimised is the share of faces that do not, made smooth, plus
    `weight` times the share in which the worst of the other attributes changes.
    """
    walk, length = start.clone().requires_grad_(), start.norm()
    optimizer = torch.optim.Adam([walk], lr=0.02 * float(length))
    mean = torch.zeros_like(start)
    for step, (part, before) in enumerate(itertools.islice(zip(z.split(BATCH), seen.split(BATCH), strict=True), STEPS)):
        wanted = before.clone()
        wanted[:, 0] = ~before[:, 0]
        after = judge.classify(model.generate(part + (1 - 2 * before[:, :1].float()) * walk))[:, places]
        # Cross-entropy would be dominated by the few faces that cannot be changed.
        missed, *harmed = torch.where(wanted, -after, after).sigmoid().mean(0)
        loss = missed + weight * max(harmed, default=0.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            walk.mul_(length / walk.norm())
            # The mean over later steps is better than the last step, which depends on the few faces of its batch.
            mean.lerp_(walk, min(1.0, 2 / (step + 1)))
    return F.normalize(mean, dim=0)


def reached(
    model: LatentModel, judge: ZooModel, places: Sequence[int], z: Tensor, unit: Tensor
) -> tuple[float, list[float]]:
    """How far along `unit` (L) `ENOUGH` of the faces of `z` (N x L) change in the first attribute of `places`.

    That is at most the last of `REACHES`. With it come the shares of faces that change there, in each of `places`.
    """

    def logits(z: Tensor) -> Tensor:
        return in_batches(lambda part: judge.classify(model.generate(part))[:, places], z)

    before = logits(z) > 0
    # Faces with the attribute are to lose it, the others to gain it.
    steps = (1 - 2 * before[:, :1].float()) * unit

    @functools.cache
    def changed(reach: float) -> list[float]:
        return ((logits(z + reach * steps) > 0) != before).float().mean(0).tolist()

    reach = REACHES[bisect.bisect_left(REACHES[:-1], ENOUGH, key=lambda reach: changed(reach)[0])]
    return reach, changed(reach)


def _measures(guarded: Sequence[str], shares: Sequence[float]) -> dict[str, dict[str, Any]]:
    """What the page shows of a direction: in which `shares` of `MEASURED` faces its attribute and the `guarded` ones change."""
    flips = {"en": "faces in which the slider's end changes it", "ko": "슬라이더 끝에서 바뀐 얼굴"}
    found = {"changed": metric(shares[0], None, flips, MEASURED, "higher")}
    for other, share in zip(guarded, shares[1:], strict=True):
        label = {"en": "faces in which this changes, too", "ko": "함께 바뀐 얼굴"}
        found[f"changed/{other}"] = metric(share, None, label, MEASURED, "lower")
    return found


def without(vector: Tensor, others: Tensor) -> Tensor:
    """The unit vector along the part of `vector` (L) that is orthogonal to all rows of `others` (B x L)."""
    basis, _ = torch.linalg.qr(others.T)
    return F.normalize(vector - basis @ (basis.T @ vector), dim=0)


def principal_directions(model: LatentModel) -> list[Direction]:
    """The `PRINCIPAL` directions of z along which the generator's first layer varies most (arXiv:2004.02546).

    That layer is linear, so that no samples are needed: they are the right singular vectors of its weights
    (as in arXiv:2007.06600). For a StyleGAN, a linear regression from z to w stands for that layer. The slider's end is
    three standard deviations of z.
    """
    _, _, rows = torch.linalg.svd(_first_layer(model), full_matrices=False)
    return [
        Direction(
            str(place), "principal", tuple((3 * row).tolist()), {"en": f"Component {place}", "ko": f"주성분 {place}"}
        )
        for place, row in enumerate(rows[:PRINCIPAL], start=1)
    ]


def _first_layer(model: LatentModel) -> Tensor:
    """The matrix, outputs x latent_size, by which z enters the generator."""
    if not isinstance(model, StyleGAN):
        first = next(layer for layer in model.generator.modules() if isinstance(layer, torch.nn.Linear))
        return first.weight.detach()
    z = model.latents(range(SAMPLES))
    with torch.inference_mode():
        w = finite(model.mapping(z), "the styles of the model")
        return torch.linalg.lstsq(z, w - w.mean(0)).solution.T
