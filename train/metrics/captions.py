"""Metrics of text-to-image models and of matchers of pictures and sentences."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

import models_zoo
from models_zoo import lite0
from models_zoo.srgan import SRGAN
from models_zoo.stackgan import StackGAN
from models_zoo.text import Matcher, picture_features
from train.data import birds
from train.data.birds import COLOURS, NEIGHBOURS
from train.data.dataset import Dataset, to_float
from train.metrics.distances import frechet_distance, kernel_distance
from train.metrics.entries import LEAST, Metrics, finite, metric, real_against_real, real_images
from train.metrics.photographs import lite0_features
from train.metrics.sampling import BATCH, in_batches

AMONG = 10
"""Candidate sentences per picture, of which one is its own."""
MOST = 1_000
"""The greatest number of sentences that are drawn."""
SCALE = 2
"""How many times larger each side of the second stage's pictures is than the first stage's."""
PER_COLOUR = 64
"""The greatest number of pictures of each colour."""


def pairs(captions: birds.Captions, n: int, seed: int) -> list[tuple[int, str]]:
    """`n` pairs of a picture's row and one of its sentences; no picture is repeated before all have occurred."""
    dice = random.Random(seed)
    order: list[int] = []
    while len(order) < n:
        order += dice.sample(range(len(captions)), len(captions))
    return [(place, dice.choice(captions[place])) for place in order[:n]]


def r_precision(judge: Matcher, features: Tensor, said: Sequence[str], captions: birds.Captions, seed: int) -> float:
    """Share of N pictures, by their `picture_features`, whose own sentence fits best of `AMONG`, in the eyes of `judge`.

    The others are drawn from `captions`, each of them another sentence (R-precision as in arXiv:1711.10485).
    """
    dice = random.Random(seed)
    every = sorted({caption for row in captions for caption in row})
    if len(every) < AMONG:
        raise ValueError(f"{len(every)} different sentences are too few to choose among {AMONG}")
    places = {caption: place for place, caption in enumerate(dict.fromkeys([*every, *said]))}
    rows = []
    for caption in said:
        wrong = [other for other in dice.sample(every, AMONG) if other != caption][: AMONG - 1]
        rows.append([places[other] for other in (caption, *wrong)])
    vectors = in_batches(judge.picture, features.to(judge.device))
    texts = torch.cat([judge.text.encode(part) for part in _chunks(list(places))])
    fits = finite(torch.einsum("ne,nme->nm", vectors, texts[torch.tensor(rows)]), "the encoded sentences")
    return (fits.argmax(1) == 0).float().mean().item()


def evaluate_matching(model: Matcher, data: Dataset, n: int, seed: int) -> Metrics:
    """`r_precision` of held-out pictures and their sentences, the same with a misspelt word in each, and `colour_naming`.

    The last, of birds only, is the share of pictures that fit "a red bird" and the like best for the colour that is measured
    on them.
    """
    features = features_of(data.test.images)
    drawn = pairs(data.captions[1], min(n, MOST), seed)
    own, said = features[[place for place, _ in drawn]], [caption for _, caption in drawn]
    dice = random.Random(seed)
    wrong = []
    for caption in said:
        words = caption.split()
        place = max(range(len(words)), key=lambda number: (len(words[number]), dice.random()))
        wrong.append(" ".join([*words[:place], birds.misspelt(words[place], dice), *words[place + 1 :]]))
    found: Metrics = {}
    if len({caption for row in data.captions[1] for caption in row}) >= AMONG:
        for name, texts in (("r_precision", said), ("r_precision/misspelt", wrong)):
            value = r_precision(model, own, texts, data.captions[1], seed)
            found[name] = metric(value, 1 / AMONG, CHANCE, len(said), "higher")
    if data.name not in birds.READERS:
        # Whose pictures show something else than one bird in the middle.
        return found
    measured = torch.cat([birds.plumage(to_float(part)).first for part in data.test.images.split(BATCH)])
    named = model.match(features.to(model.device), [f"a {colour} bird" for colour in COLOURS]).argmax(1).cpu()
    commonest = measured.bincount().max() / len(measured)
    label = {"en": "always the commonest colour", "ko": "가장 흔한 색만 답할 때"}
    right = (named == measured).float().mean()
    return found | {"colour_naming": metric(right, commonest, label, len(measured), "higher")}


CHANCE = {"en": "chance: one of ten", "ko": "무작위: 열 중 하나"}


@torch.inference_mode()
def draw(model: StackGAN, said: Sequence[str], seed: int) -> list[Tensor]:
    """One picture of each sentence in every stage, from the seeds `seed` on: each N x 3 x H x W, on the CPU."""
    parts: list[list[Tensor]] = []
    for start, texts in zip(range(0, len(said), DRAWN), _chunks(said), strict=True):
        z = model.latents(range(seed + start, seed + start + len(texts)))
        parts.append([stage.float().cpu() for stage in model.stages(z, texts)])
    return [finite(torch.cat(stage), "the pictures that the model draws") for stage in zip(*parts, strict=True)]


DRAWN = 100
"""Sentences per batch."""


def _chunks(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + DRAWN] for start in range(0, len(texts), DRAWN)]


def evaluate_stages(model: StackGAN, judge: Matcher | None, data: Dataset, n: int, seed: int) -> Metrics:
    """The numbers of a generator from text, for at most `MOST` held-out sentences.

    `r_precision` is what `judge`, a matcher that the generator never saw, makes of its pictures, to be read against chance,
    and, after a slash, what it makes of real ones; `colour_obeyed` the share of birds that have the colour that was asked
    for, or its neighbour. `kid_lite0` and `fd_lite0` are taken at 128 x 128 against the held-out pictures, of the last stage
    and, after a slash, of the first one enlarged by bicubic interpolation and by the zoo's SRGAN; so is `named_bird`, the share
    of pictures in which EfficientNet-lite0 sees a bird before anything else.
    """
    drawn = pairs(data.captions[1], min(n, MOST), seed)
    stages = draw(model, [caption for _, caption in drawn], seed)
    n_compared = min(n, len(data.test))
    found = _distances(stages, data, n_compared) if n_compared >= LEAST else {}
    if judge is not None:
        found |= _judged(judge, stages[-1], data, drawn, seed)
    # What is asked for there are birds.
    return found | (evaluate_colours(model, n, seed) if data.name in birds.READERS else {})


def _judged(judge: Matcher, images: Tensor, data: Dataset, drawn: list[tuple[int, str]], seed: int) -> Metrics:
    said, features = [caption for _, caption in drawn], picture_features(images)
    if len({caption for row in data.captions[1] for caption in row}) < AMONG:
        return {}
    real = features_of(data.test.images)[[place for place, _ in drawn]]
    value, of_real = (r_precision(judge, each, said, data.captions[1], seed) for each in (features, real))
    return {
        "r_precision": metric(value, of_real, real_images(len(data.test)), len(said), "higher"),
        "r_precision/real_pictures": metric(of_real, 1 / AMONG, CHANCE, len(said), "higher"),
    }


def evaluate_colours(model: StackGAN, n: int, seed: int) -> Metrics:
    """`colour_obeyed` of "a bright red bird" and the like in eight colours, and after a slash the share of exactly that colour.

    To be read against the same birds with the colours asked for dealt out anew.
    """
    each = max(1, min(PER_COLOUR, n // len(COLOURS)))
    asked = torch.arange(len(COLOURS)).repeat_interleave(each)
    images = draw(model, [f"a bright {COLOURS[place]} bird" for place in asked], seed)[-1]
    shown = birds.plumage(images).first
    close = torch.zeros(len(COLOURS), len(COLOURS))
    for place, colour in enumerate(COLOURS):
        close[place, [place, *map(COLOURS.index, NEIGHBOURS[colour])]] = 1
    share = F.one_hot(shown, len(COLOURS)).float()
    label = {"en": "the same pictures, whatever was asked for", "ko": "무엇을 요청했는지와 무관하게 같은 그림에서"}
    obeyed, by_chance = close[asked, shown].mean(), (close @ share.mean(0)).mean()
    found = {"colour_obeyed": metric(obeyed, by_chance, label, len(asked), "higher")}
    for place, colour in enumerate(COLOURS):
        exact = share[asked == place, place].mean()
        found[f"colour_obeyed/{colour}"] = metric(exact, share[:, place].mean(), label, each, "higher")
    return found


def _distances(stages: Sequence[Tensor], data: Dataset, n: int) -> Metrics:
    real, floor = lite0_features(data.test.images, len(data.test)), lite0_features(data.train.images, n)
    label, found = real_against_real(len(floor), len(real)), {}
    of_real = _named_bird(real)
    named = {"": stages[-1]}
    if len(stages) > 1:
        named["/stage_1_bicubic"] = stages[0]
        if (enlarger := _enlarger()) is not None:
            small = stages[0][:n].to(enlarger.device)
            named["/stage_1_srgan"] = in_batches(enlarger.upscale, small).cpu()
    for suffix, images in named.items():
        made = lite0.features(enlarged(images[:n]))
        for name, distance in (("kid_lite0", kernel_distance), ("fd_lite0", frechet_distance)):
            found[name + suffix] = metric(distance(real, made), distance(real, floor), label, len(made), "lower")
        if data.name == "birds":
            found["named_bird" + suffix] = metric(
                _named_bird(made), of_real, real_images(len(real)), len(made), "higher"
            )
    return found


def _named_bird(features: Tensor) -> Tensor:
    """Share of pictures, given by their lite0 features, whose most likely ImageNet class is a bird."""
    return torch.isin(lite0.classify(features).argmax(1).cpu(), torch.tensor(birds.IMAGENET)).float().mean()


def _enlarger() -> SRGAN | None:
    """The zoo's SRGAN of scale 2, if there is one: the baseline of the second stage."""
    doubling = [card for card in models_zoo.find("super-resolution") if card.arguments.get("scale") == SCALE]
    return models_zoo.load(doubling[0].id, "cpu") if doubling else None


def enlarged(images: Tensor) -> Tensor:
    """Pictures at 128 x 128, smaller ones enlarged by bicubic interpolation."""
    if images.shape[-1] == birds.SIDE:
        return images
    return F.interpolate(images, (birds.SIDE, birds.SIDE), mode="bicubic", align_corners=False).clamp(-1, 1)


@functools.lru_cache(maxsize=4)
def features_of(images: Tensor) -> Tensor:
    """`picture_features` of these uint8 pictures, cached because every measurement of a run needs them."""
    return torch.cat([picture_features(to_float(part)) for part in images.split(BATCH)])
