"""What programs can ask of the *Classes* tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from gradio import FileData

from explorer.latent import latents
from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import drawing, files, images, reading
from explorer.pictures.files import RemoteFile
from explorer.tabs.classes import work
from explorer.tabs.classes.work import Way
from models_zoo import Card


class Verdict(TypedDict):
    """How probably a picture is real, if the model says so, and the number of the class read, if it names one."""

    real: float | None
    reads: int | None


class ClassSample(TypedDict):
    """One generated picture (PNG), its seed, the number of the class asked for, and the verdict, if asked for."""

    image: RemoteFile
    seed: int
    label: int
    verdict: Verdict | None


class Morph(TypedDict):
    """The frames of a morph (PNG), the weight of the second class in each, and a GIF that goes there and back."""

    frames: list[RemoteFile]
    weights: list[float]
    gif: RemoteFile


class Judgement(TypedDict):
    """What one model says of a picture, as `kind` tells.

    "classes-or-fake": `classes` and `fake` add up to 1, and `real` is 1 - `fake`. "real-and-classes": `classes` add up
    to 1, whether the picture is real or not; `real` and `fake` add up to 1. "real-per-class": `classes` gives, for each
    class by itself, the probability that the picture is real if it is of that class; `real` and `fake` are null.
    "classes": `classes` add up to 1; `real` and `fake` are null.
    """

    model: str
    kind: str
    real: float | None
    fake: float | None
    classes: dict[str, float]


def _classes(value: Any, card: Card, language: str) -> list[int]:
    return checks.class_ids(value, card.classes, language)


@dataclass(frozen=True)
class SamplesRequest(View):
    """The pictures that a program asks for."""

    model: str = control()
    classes: list[int] = control((), of_model=_classes)
    seed: int = control(0, checks.seed)
    count: int = control(8, checks.rows)
    truncation: float = control(1.0, checks.truncation)
    verdict: bool = control(False)


@dataclass(frozen=True)
class MorphRequest(View):
    """The morph that a program asks for."""

    model: str = control()
    from_class: int = control(of_model=work.class_id)
    to_class: int = control(of_model=work.class_id)
    seed: int = control(0, checks.seed)
    steps: int = control(9, checks.steps)
    truncation: float = control(1.0, checks.truncation)


@dataclass(frozen=True)
class JudgementRequest(View):
    """The picture that a program shows. What its file and `model` must be is checked when the picture is read."""

    image: FileData = control()
    model: str = control("")


def publish_all(choice: Choice) -> None:
    """Publish the functions of this tab for the models of `choice`."""

    def class_samples(visit: Visit[SamplesRequest]) -> list[ClassSample]:
        """Draw images of chosen classes, such as digits, from a class-conditional GAN: one PNG file per seed and class.

        They come row by row: the first seed in all classes, then the next seed. Images of one seed share their style.

        Args:
            model: The id of a model whose task is "class-conditional", as the tool `models` lists them.
            classes: The numbers of the classes, counted from 0 in the order of the model's card; all if empty. Numbers
                may come again: [2, 0, 2, 6] writes 2026. At most 16, or as many as there are classes.
            seed: The seed of the first row, 0 to 4294967295; the next rows have the next seeds.
            count: How many seeds, 1 to 16.
            truncation: 0 to 1; below 1 the images are more typical and less varied.
            verdict: Whether to ask the model's own discriminator how probably each image is real, and which class it reads.
        """
        asked = visit.view
        pairs = work.pairs(latents.consecutive(asked.seed, asked.count), asked.classes)
        samples = work.draw(choice.store, visit.card, *pairs, asked.truncation, asked.verdict)
        called = names(file_name(asked.model), *pairs)
        written = files.write(dict(zip(called, images.png(samples.pixels), strict=True)))
        said = [Verdict(real=real, reads=reads) for real, reads in samples.verdicts or ()] or [None] * len(written)
        return [
            ClassSample(image=file, seed=seed, label=label, verdict=verdict)
            for file, seed, label, verdict in zip(written, *pairs, said, strict=True)
        ]

    def morph(visit: Visit[MorphRequest]) -> Morph:
        """Turn one class into another with a class-conditional GAN, everything else held fixed.

        Besides the frames there is a GIF, there and back, which always has its own 34 frames whatever `steps` is.

        Args:
            model: The id of a model whose task is "class-conditional", as the tool `models` lists them.
            from_class: The number of the class in the first frame, counted from 0 in the order of the model's card.
            to_class: The number of the class in the last frame.
            seed: The seed of the style, 0 to 4294967295.
            steps: How many frames, 2 to 64, not counting those of the GIF.
            truncation: 0 to 1; below 1 the images are more typical and less varied.
        """
        asked, card, store = visit.view, visit.card, choice.store
        way = Way(asked.seed, (asked.from_class, asked.to_class), asked.truncation)
        weights = [step / (asked.steps - 1) for step in range(asked.steps)]
        name = f"{file_name(asked.model)}-seed-{asked.seed}-{asked.from_class}-to-{asked.to_class}"
        pictures = images.png(work.morph(store, card, way, weights))
        contents = {f"{name}-{index:02}.png": picture for index, picture in enumerate(pictures)}
        *frames, gif = files.write({**contents, f"{name}.gif": work.gif(store, card, way)})
        return Morph(frames=frames, weights=weights, gif=gif)

    def judge_digit(visit: Visit[JudgementRequest]) -> list[Judgement]:
        """Say which digit is on a picture, as each discriminator of a class-aware GAN and each judge sees it.

        For grey models the ink is found, cut out, centred and made white on black as in MNIST; colour models get the
        middle of the picture. A drawing or a photograph is no sample of the data they were trained on.

        Args:
            image: The picture, as an uploaded file (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, up to 20 MB) or a base64 data URI.
            model: The id of one model to ask, of the task "class-conditional" or "judge"; all of them if empty.
        """
        picture = drawing.sent(visit.view.image)
        judgements, inputs = [], {}
        for card in readers(choice, visit.view.model):
            # Finding the ink takes ten times as long as reading it.
            form = card.channels, card.image_size
            if form not in inputs:
                inputs[form] = drawing.as_input(picture, card)
            said = reading.read(choice.store, card, inputs[form])
            if said is not None:
                shares = dict(zip(card.classes, said.classes, strict=True))
                judgement = Judgement(model=card.id, kind=said.kind, real=said.real, fake=said.fake, classes=shares)
                judgements.append(judgement)
        return judgements

    publish(class_samples, SamplesRequest, choice, name="classes", defaults={"classes": []})
    publish(morph, MorphRequest, choice)
    publish(judge_digit, JudgementRequest)


def names(model: str, seeds: Sequence[int], labels: Sequence[int]) -> list[str]:
    """A file name for every picture; one that comes again is numbered."""
    times: Counter[tuple[int, int]] = Counter()
    found = []
    for pair in zip(seeds, labels, strict=True):
        times[pair] += 1
        again = f"-{times[pair]}" if times[pair] > 1 else ""
        found.append(f"{model}-seed-{pair[0]}-class-{pair[1]}{again}.png")
    return found


def readers(choice: Choice, model: Any) -> list[Card]:
    """The cards of the models that read classes, or of the one called `model`; raises `UserError`."""
    readers = replace(choice, tasks=(reading.TASK, "judge"), refusal="wrong_task_judging")
    return readers.cards() if model == "" else [readers.known(model)]
