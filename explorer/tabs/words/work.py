"""Sentences to pictures: what each stage draws, which words were read, and the way from one sentence to another."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.latent import latents, paths
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked, View, control
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts.errors import UserError
from models_zoo import Card

if TYPE_CHECKING:
    from models_zoo.stackgan import StackGAN

TASK = "text-to-image"
BIRDS = (
    "a red bird",
    "a bright yellow bird with black wings",
    "a blue bird in front of a green background",
    "a white gull",
    "a brown owl",
    "a green parrot",
)
"""Examples for models whose cards name none."""
MAX_LETTERS = 300
"""Letters of a sentence."""
SEEDS = 4
"""Seeds that are drawn for a sentence."""
FRAMES = 9
"""Pictures on the strip from one sentence to another."""
FILM = 33
"""Pictures of its film in one direction."""
IGNORED = 0.01
"""A word is taken for ignored where the sentence without it points less than this away, as 1 - cosine."""
COMMONEST = 240
"""Words among which the best known ones are looked for."""
SHOWN = 40
"""Words that are shown for a model's best known."""
LIKENESS = 0.75
"""How alike a word must be to a known one to be named as meant, from 0 to 1."""


@dataclass(frozen=True)
class WordsView(View):
    """What the tab shows: a sentence, and the way from it `to` another one. Both are checked when they are drawn."""

    model: str = control()
    sentence: str = control("a red bird")
    to: str = control("a blue bird")
    seed: int = control(7, checks.seed)
    truncation: float = control(0.7, checks.truncation)

    def settled(self, asked: Asked, linked: set[str]) -> tuple[WordsView, set[str]]:
        bad = {name for name in ("sentence", "to") if not _is_sentence(getattr(self, name))}
        usual = {name: type(self).controls()[name].initial for name in ("sentence", "to")}
        # A model that has never heard of birds begins with what it was told.
        usual |= zip(usual, told(asked.card) if asked.card else (), strict=False)
        return replace(self, **{name: text for name, text in usual.items() if name in bad or name not in linked}), bad


def told(card: Card) -> tuple[str, ...]:
    """The sentences that the model's card names, as far as they can be drawn; none for birds."""
    return tuple(filter(_is_sentence, card.sentences))


def examples(card: Card) -> tuple[str, ...]:
    """Sentences that a visitor may begin with."""
    return told(card) or BIRDS


@dataclass(frozen=True)
class Word:
    """A word of a sentence: how far the sentence moves without it, whether the model learned it, and what it may be meant for."""

    text: str
    weight: float
    known: bool
    meant: str = ""

    @property
    def ignored(self) -> bool:
        return self.weight < IGNORED


@dataclass(frozen=True)
class Drawn:
    """What a sentence gives for N seeds, each N x H x W x C: each stage, and the first one enlarged.

    `bicubic` is there where a second stage is to be compared with it, and `upscaled` where there is a model of
    super-resolution besides, whose card is `upscaler`.
    """

    seeds: list[int]
    stages: list[Pixels]
    bicubic: Pixels | None = None
    upscaled: Pixels | None = None
    upscaler: Card | None = None


def sentence(value: Any, language: str = "en") -> str:
    """`value` without surplus blanks, if it is a sentence of 1 to `MAX_LETTERS` letters that has words; raises `UserError`."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return checks.sentence(text, MAX_LETTERS, "words", language)


def _is_sentence(text: str) -> bool:
    try:
        return bool(sentence(text))
    except UserError:
        return False


def draw(
    store: ModelStore, card: Card, text: str, seeds: Sequence[int], truncation: float, enlarge: bool = True
) -> Drawn:
    """The pictures of a sentence for these seeds, and the first stage's enlarged without a network unless `enlarge` is false.

    Raises `ZooError` if the model cannot be loaded.
    """
    import torch
    from torch.nn import functional as F

    with store.using(card.id) as model, torch.inference_mode():
        drawn = model.stages(model.latents(seeds, truncation=truncation), [text] * len(seeds))
    stages = [images.pixels(stage) for stage in drawn]
    if len(drawn) == 1 or not enlarge:
        return Drawn(list(seeds), stages)
    bicubic = F.interpolate(drawn[0].float(), drawn[1].shape[2:], mode="bicubic", align_corners=False)
    return Drawn(list(seeds), stages, images.pixels(bicubic), upscaler=doubler(store, card))


def compared(store: ModelStore, drawn: Drawn) -> Drawn:
    """`drawn` with its first stage enlarged by the model of super-resolution, if there is one to compare with; raises `ZooError`."""
    import torch

    if drawn.upscaler is None:
        return drawn
    with store.using(drawn.upscaler.id) as model, torch.inference_mode():
        upscaled = model.upscale(images.tensor(drawn.stages[0]).to(model.device))
    return replace(drawn, upscaled=images.pixels(upscaled))


def doubler(store: ModelStore, card: Card) -> Card | None:
    """The first model of super-resolution that doubles pictures like those of `card`, if there is one."""
    found = store.cards("super-resolution")
    return next((each for each in found if each.arguments.get("scale") == 2 and each.channels == card.channels), None)


def read(store: ModelStore, card: Card, text: str) -> list[Word]:
    """The words of a sentence as the model reads them, those that it does not read left out."""
    import torch

    from models_zoo.text import MAX_WORDS, words

    found = words(text)[:MAX_WORDS]
    without = [" ".join(found[:place] + found[place + 1 :]) for place in range(len(found))]
    with store.using(card.id) as model, torch.inference_mode():
        whole, *others = _directions(model, [" ".join(found), *without])
        known = model.text.known()
    weights = [float(1 - whole @ other) for other in others]
    return [
        Word(word, max(0.0, weight), not known or word in known, _meant(word, known))
        for word, weight in zip(found, weights, strict=True)
    ]


def _meant(word: str, known: Sequence[str]) -> str:
    """The known word that an unknown one looks most like, if there is one."""
    if word in known:
        return ""
    return next(iter(difflib.get_close_matches(word, known, 1, LIKENESS)), "")


def best_known(store: ModelStore, card: Card) -> list[str]:
    """Of the words that the model met most often, those that change `plain` most, beginning with the most."""
    return list(_best_known(store, card.id, card.sha256, plain(card)))


def plain(card: Card) -> str:
    """The sentence to which words are added to see what they change."""
    return next(iter(told(card)), "a bird")


@lru_cache(maxsize=16)
def _best_known(store: ModelStore, model_id: str, _weights: str, sentence: str) -> tuple[str, ...]:
    import torch

    with store.using(model_id) as model, torch.inference_mode():
        known = model.text.known()[:COMMONEST]
        *before, last = sentence.split()
        alone, *told = _directions(model, [sentence, *(" ".join([*before, word, last]) for word in known)])
    far = sorted(zip((float(alone @ other) for other in told), known, strict=True))
    return tuple(word for nearness, word in far[:SHOWN] if 1 - nearness >= IGNORED)


def _directions(model: StackGAN, texts: Sequence[str]) -> Any:
    """What sentences become, with norm 1, on the CPU: N x text_size."""
    from torch.nn import functional as F

    return F.normalize(model.embed(texts), dim=1).cpu()


def walk(
    store: ModelStore, card: Card, ends: tuple[str, str], seed: int, truncation: float, count: int
) -> tuple[Pixels, list[float]]:
    """`count` pictures of the last stage from one sentence of `ends` to the other, and how far along each is, from 0 to 1.

    z is held. What the text encoder makes of the sentences lies on a sphere, and the way goes along it.
    """
    import torch

    where = paths.positions(count, 2)
    with store.using(card.id) as model, torch.inference_mode():
        vectors = model.embed(list(ends)).cpu()
        embedded = paths.along(vectors, where, "slerp").to(model.device)
        z = model.latents([seed], truncation=truncation).expand(count, -1)
        return images.pixels(model.draw(z, embedded)[-1]), where


def seeds_from(seed: int) -> list[int]:
    """The seeds that are drawn where the first one is `seed`."""
    return latents.consecutive(seed, SEEDS)


def sheet(drawn: Drawn) -> Pixels:
    """All pictures in one, a row for each seed, its stages and enlargements side by side: 1 x H x W x C."""
    columns = [stage for stage in (*drawn.stages, drawn.bicubic, drawn.upscaled) if stage is not None]
    side = max(column.shape[1] for column in columns)
    # Small pictures keep their pixels, each repeated.
    large = [images.enlarge(column, side) for column in columns]
    rows = [column[place] for place in range(len(drawn.seeds)) for column in large]
    return images.sheet(np.stack(rows), len(columns), gap=4)
