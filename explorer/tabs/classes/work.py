"""Pictures of a class that one asks for, morphs between classes, and numbers in one style."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from explorer.latent import latents
from explorer.latent.latents import MAX_SEED
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked, View, control
from explorer.pictures import files, images, reading
from explorer.pictures.drawn import latents_of
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

TASKS = (reading.TASK,)
ALL = "all"
"""Stands for all classes, where one may be chosen."""
DIGITS = tuple("0123456789")
COLUMNS = 10
"""Pictures in a row where only one class is shown."""
STRIP = [step / 8 for step in range(9)]
"""The t of the frames on a morph's strip."""
GIF_FRAMES = 34


def class_id(value: Any, card: Card, language: str = "en") -> int:
    """`value` if it is the number of a class of the model of `card`; raises `UserError` for all else."""
    return checks.class_id(value, card.classes, language)


def _shown(value: Any, card: Card, language: str) -> str:
    """`ALL`, or the number of a class as text; raises `UserError` for all else."""
    if value == ALL:
        return ALL
    is_number = isinstance(value, str) and re.fullmatch("[0-9]{1,4}", value)
    return str(class_id(int(value) if is_number else value, card, language))


@dataclass(frozen=True)
class ClassesView(View):
    """What the tab shows: `count` rows of pictures of the classes `shown`, a morph from one class to another, and a `number`.

    `chosen` is the current picture as a link holds it, seed and class; empty while that is the first one. Morph and
    number have the seed of the current picture. The number is checked when it is drawn: somebody may still be typing it.
    """

    model: str = control()
    shown: str = control(ALL, of_model=_shown, link="class")
    seed: int = control(7, checks.seed)
    count: int = control(8, checks.rows)
    truncation: float = control(1.0, checks.truncation)
    verdict: bool = control(False)
    start: int = control(4, of_model=class_id, link="from")
    end: int = control(9, of_model=class_id, link="to")
    t: float = control(0.5, checks.step)
    number: str = control("2026", read=checks.number)
    chosen: str = control("")

    @property
    def picked(self) -> tuple[int, int] | None:
        """Seed and class of the `chosen` picture; None if no picture is chosen."""
        match = re.fullmatch(r"([0-9]{1,10})-([0-9]{1,4})", self.chosen or "")
        return (int(match[1]), int(match[2])) if match and int(match[1]) <= MAX_SEED else None

    @property
    def style(self) -> int:
        """The seed of the current picture."""
        return self.picked[0] if self.picked else self.seed

    @property
    def way(self) -> Way:
        """The morph."""
        return Way(self.style, (self.start, self.end), self.truncation)

    def pictures(self, card: Card) -> tuple[list[int], list[int]]:
        """Seeds and labels of all pictures, as `draw` takes them."""
        labels = range(len(card.classes)) if self.shown == ALL else [int(self.shown)]
        return rows(self.seed, self.count, labels, COLUMNS)

    def current(self, card: Card) -> tuple[int, int]:
        """Seed and class of the current picture: the chosen one if it is among the pictures, else the first."""
        there = list(zip(*self.pictures(card), strict=True))
        return self.picked if self.picked in there else there[0]

    def settled(self, asked: Asked, linked: set[str]) -> tuple[ClassesView, set[str]]:
        # A model may have fewer classes than the usual ends of the morph need.
        last = len(asked.card.classes) - 1
        view = replace(self, start=min(self.start, last), end=min(self.end, last))
        if view.chosen and view.picked != view.current(asked.card):
            return replace(view, chosen=""), {"chosen"}
        return view, set()


@dataclass(frozen=True)
class Way:
    """A morph: the seed of its style, the classes at its ends, and the truncation."""

    seed: int
    ends: tuple[int, int]
    truncation: float


@dataclass(frozen=True)
class ClassSamples:
    """`pixels` N x H x W x C, and for each picture its seed, the class asked for and, if asked for, the verdict.

    A verdict is how probably the model's own discriminator takes the picture for real (None if it
    does not say), and the class it reads (None if it names none).
    """

    pixels: Pixels
    seeds: list[int]
    labels: list[int]
    verdicts: list[tuple[float | None, int | None]] | None


def samples(store: ModelStore, card: Card, view: ClassesView) -> ClassSamples:
    """The pictures that the view asks for; raises `ZooError` if the model cannot be loaded."""
    return draw(store, card, *view.pictures(card), view.truncation, view.verdict)


def draw(
    store: ModelStore,
    card: Card,
    seeds: Sequence[int],
    labels: Sequence[int],
    truncation: float = 1.0,
    verdict: bool = False,
) -> ClassSamples:
    """One picture per seed and label, both N long, from the class-conditional model of `card`.

    Equal seeds have equal z, drawn once. Raises `ZooError` if the model cannot be loaded.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ids = torch.tensor(labels, device=model.device)
        pixels = images.pixels(model.generate(latents_of(model, seeds, truncation), ids))
        return ClassSamples(pixels, list(seeds), list(labels), _verdicts(model, pixels, ids) if verdict else None)


def pairs(seeds: Sequence[int], labels: Sequence[int]) -> tuple[list[int], list[int]]:
    """Seeds and labels of all pairs, as `draw` takes them: row by row, all labels of one seed in a row."""
    product = list(itertools.product(seeds, labels))
    return [seed for seed, _ in product], [label for _, label in product]


def rows(first: int, count: int, labels: Sequence[int], width: int) -> tuple[list[int], list[int]]:
    """Seeds and labels of a page's `count` rows of pictures from the seed `first` on.

    With many labels a row is one seed in all of them; with one label it is `width` seeds.
    """
    return pairs(latents.consecutive(first, count if len(labels) > 1 else count * width), labels)


def morph(store: ModelStore, card: Card, way: Way, steps: Sequence[float]) -> Pixels:
    """One picture for every t of `steps` in 0..1 on the way from the first class to the second, with z fixed: N x H x W x C.

    The generator gets the weights (1 - t, t) in place of a one-hot label.
    """
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        first, last = torch.eye(len(card.classes), device=model.device)[list(way.ends)]
        t = torch.tensor(steps, device=model.device, dtype=torch.float32)[:, None]
        z = latents_of(model, [way.seed] * len(steps), way.truncation)
        return images.pixels(model.generate(z, (1 - t) * first + t * last))


def there_and_back(count: int) -> list[float]:
    """The t of `count` frames that go from 0 to 1 and back so that the last leads into the first; `count` is even."""
    half = count // 2
    return [1 - abs(index - half) / half for index in range(count)]


def gif(store: ModelStore, card: Card, way: Way) -> bytes:
    """A morph there and back as a film that repeats."""
    return images.gif(images.enlarge(morph(store, card, way, there_and_back(GIF_FRAMES)), images.FILM_SIZE))


def writes(card: Card) -> bool:
    """Whether the classes are the digits, so that numbers can be written."""
    return card.classes == DIGITS


def written(store: ModelStore, card: Card, view: ClassesView, language: str = "en") -> tuple[str, Pixels]:
    """The number, and its digits in a row on one sheet, all in one style; raises `UserError` for what is no number."""
    if not writes(card):
        raise UserError(say("number_no_digits", language, model=card.id))
    text = checks.number(view.number, language)
    labels = [DIGITS.index(digit) for digit in text]
    drawn = draw(store, card, [view.style] * len(labels), labels, view.truncation)
    return text, images.sheet(drawn.pixels, len(text), gap=0)


def packed(card: Card, samples: ClassSamples, truncation: float) -> bytes:
    """A ZIP file of the pictures and of what makes them again."""
    asked = list(zip(samples.seeds, samples.labels, strict=True))
    pictures: list[dict[str, Any]] = [{"seed": seed, "label": label} for seed, label in asked]
    for picture, (real, reads) in zip(pictures, samples.verdicts or (), strict=bool(samples.verdicts)):
        picture["verdict"] = {"real": real, "reads": reads}
    made = {
        "model": card.id,
        "classes": card.classes,
        "truncation": truncation,
        "pictures": pictures,
        "z": latents.recipe(card),
    }
    names = (f"seed-{seed}-class-{label}.png" for seed, label in asked)
    return files.archive("classes.json", made, zip(names, images.png(samples.pixels), strict=True))


def _verdicts(model: ZooModel, pixels: Pixels, ids: Tensor) -> list[tuple[float | None, int | None]]:
    """Probability of real and class read, for each picture as it is shown, which is rounded to bytes."""
    x = images.tensor(pixels).to(model.device)
    nothing = [None] * len(x)
    real = model.score(x, ids).sigmoid().tolist() if hasattr(model, "score") and model.card.verdict else nothing
    # A last logit beyond the classes is "fake", and fake is no class.
    reads = (
        model.classify(x)[:, : len(model.card.classes)].argmax(1).tolist() if hasattr(model, "classify") else nothing
    )
    return list(zip(real, reads, strict=True))
