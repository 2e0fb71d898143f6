"""What StyleGAN's styles do: how smoothly pictures change with z and w, and what coarse and fine layers carry."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo.checkpoint import ZooModel
from models_zoo.style_layers import group
from models_zoo.stylegan import StyleGAN
from train.metrics.entries import Metrics, metric
from train.metrics.resolution import perceptual_distance
from train.metrics.sampling import BATCH, in_batches

STEP = 1e-2
"""Of the way between two points; with much smaller ones, rounding errors of fp32 would be all that is measured."""
PAIRS = 200
"""Pictures that are mixed."""
GENDER = "Male"
"""The attribute that stands for the shape of a face."""
Mix = Callable[[str], Tensor]
"""Pictures with the layers of a group, by its name, from other pictures."""

OF_W = {"en": "in w", "ko": "w에서"}
OF_Z = {"en": "in z", "ko": "z에서"}
UNMIXED = {"en": "pictures that are not mixed", "ko": "섞지 않은 그림"}


@torch.inference_mode()
def path_lengths(model: StyleGAN, n: int, seed: int) -> Metrics:
    """Perceptual path length (arXiv:1812.04948, section 4.1) on EfficientNet-lite0 in z and in w, each beside the other.

    The mean of squared distances of pictures a share `STEP` apart on the way between two random points, along the sphere
    in z and straight in w, over the square of `STEP`. At random places of `n` ways; without truncation.
    """
    generator = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(n, model.latent_size, generator=generator) for _ in range(2))
    at = torch.rand(n, 1, generator=generator) * (1 - STEP)
    found = {}
    for space in ("z", "w"):
        lengths = []
        for a, b, t in zip(*(each.split(BATCH) for each in (first, second, at)), strict=True):
            ends = a, b
            if space == "w":
                ends = model.mapping(a), model.mapping(b)
            pair = [_between(*ends, moment, space) for moment in (t, t + STEP)]
            pictures = (model.synthesize(model.mapping(each) if space == "z" else each).clamp(-1, 1) for each in pair)
            lengths.append(perceptual_distance(*pictures) / STEP**2)
        found[space] = torch.cat(lengths).mean().item()
    return {
        "perceptual_path_length/z": metric(found["z"], found["w"], OF_W, n, "lower"),
        "perceptual_path_length/w": metric(found["w"], found["z"], OF_Z, n, "lower"),
    }


@torch.inference_mode()
def mixing(model: StyleGAN, judge: ZooModel, seed: int) -> Metrics:
    """What `PAIRS` pictures take from others with whose coarse or fine layers they are drawn.

    `mixing/coarse_gender` is the share in which `judge` sees the gender of the picture that gave the coarse layers,
    `mixing/fine_gender` that in which it sees the gender that was there before fine layers were given, each beside the share
    in which two pictures that are not mixed agree by chance. `mixing/fine_colour` is the share of pictures whose mean colour is nearer to the
    giver's than to their own of before.
    """
    w = model.mapping(model.latents(range(seed, seed + 2 * PAIRS)))
    targets, sources = w.chunk(2)
    place = judge.card.classes.index(GENDER)

    def drawn(ws: Tensor) -> Tensor:
        return in_batches(lambda part: model.synthesize(part).clamp(-1, 1), ws)

    def gender(pictures: Tensor) -> Tensor:
        return in_batches(judge.classify, pictures)[:, place] > 0

    def colour(pictures: Tensor) -> Tensor:
        return pictures.mean((2, 3))

    before, givers = drawn(targets), drawn(sources)
    coarse, fine = (drawn(model.mixed(targets, sources, group(model.image_size, name))) for name in ("coarse", "fine"))
    chance = _share(gender(before) == gender(givers))
    nearer = F.pairwise_distance(colour(fine), colour(givers)) < F.pairwise_distance(colour(fine), colour(before))
    return {
        "mixing/coarse_gender": metric(_share(gender(coarse) == gender(givers)), chance, UNMIXED, PAIRS, "higher"),
        "mixing/fine_colour": metric(_share(nearer), 0.0, UNMIXED, PAIRS, "higher"),
        "mixing/fine_gender": metric(_share(gender(fine) == gender(before)), chance, UNMIXED, PAIRS, "higher"),
    }


def _between(a: Tensor, b: Tensor, t: Tensor, space: str) -> Tensor:
    """Points between a and b, N x size each, as far as t, N x 1: along the sphere in z, straight in w."""
    if space == "w":
        return torch.lerp(a, b, t)
    a, b = F.normalize(a), F.normalize(b)
    angle = (a * b).sum(1, keepdim=True).clamp(-1, 1).acos()
    return ((1 - t) * angle).sin() / angle.sin() * a + (t * angle).sin() / angle.sin() * b


def _share(hits: Tensor) -> float:
    return hits.float().mean().item()
