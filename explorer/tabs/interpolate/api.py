"""What programs can ask of the *Interpolate* tab."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypedDict

from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.interpolate import breed, film, work
from explorer.tabs.interpolate.breed import Brood
from explorer.tabs.interpolate.work import CLASS_CONDITIONAL, Journey
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card


class Interpolation(TypedDict):
    """The frames of a path (PNG), how far along it each lies (0 to 1), the norm of its z, and the film as one file."""

    frames: list[RemoteFile]
    times: list[float]
    norms: list[float]
    film: RemoteFile


def _keys(value: Any, card: Card, language: str) -> list[int | tuple[float, ...]]:
    return checks.keys(value, card.latent_size, language)


def _parents(value: Any, card: Card, language: str) -> list[int | tuple[float, ...]]:
    if isinstance(value, list) and len(value) != 2:
        raise UserError(say("breed_two", language, count=len(value)))
    return checks.keys(value, card.latent_size, language)


def _format(value: Any, language: str) -> str:
    return checks.option(value, film.FORMATS, "format", language)


@dataclass(frozen=True)
class Walk(View):
    """What a program gives of a path. How many `frames` and `labels` there must be depends on `keys`: see `journey`."""

    model: str = control()
    keys: list[int | list[float]] = control(of_model=_keys)
    method: str = control("slerp", work.method)
    frames: int = control(24)
    loop: bool = control(False)
    truncation: float = control(1.0, checks.truncation)
    labels: list[int] = control(())
    format: str = control("gif", _format)


class Bred(TypedDict):
    """Children: pictures (PNG), the latent vectors that draw them, and the number of the class of each, where the model takes one."""

    images: list[RemoteFile]
    z: list[list[float]]
    labels: list[int]


@dataclass(frozen=True)
class Breed(View):
    """What a program gives of two parents. How many `labels` there must be depends on the model: see `_labels`."""

    model: str = control()
    parents: list[int | list[float]] = control(of_model=_parents)
    strength: float = control(work.STRENGTH, work.strength)
    seed: int = control(0, checks.seed)
    truncation: float = control(1.0, checks.truncation)
    labels: list[int] = control(())


def publish_all(choice: Choice) -> None:
    """Publish the functions of this tab for the models of `choice`."""

    def breed_pictures(visit: Visit[Breed]) -> Bred:
        """Breed two pictures of a GAN: twelve children, each with some of the latent coordinates of either parent, and mutated.

        Args:
            model: The id of a model whose task is "unconditional" or "class-conditional", as the tool `models` lists them.
            parents: Two seeds (0 to 4294967295), or latent vectors as lists of the model's latent_size numbers from -100 to 100.
            strength: How much the children mutate: 0 not at all, 1 so much that nothing of their parents is left.
            seed: The seed of what is left to chance, 0 to 4294967295; another one gives other children.
            truncation: 0 to 1; below 1 the pictures of seeds are more typical. Vectors are taken as they are.
            labels: For a class-conditional model the number of the class of each parent; a child has that of the parent of whom
                it has more. Empty for other models.
        """
        card, name = visit.card, file_name(visit.card.id)
        pixels, found = breed.draw(choice.store, card, brood(visit.view, card))
        written = files.write(
            {f"{name}-child-{place + 1:02}.png": each for place, each in enumerate(images.png(pixels))}
        )
        return Bred(images=written, z=found.z.tolist(), labels=found.labels)

    def breed_look(visit: Visit[Breed]) -> list[str]:
        """The children's pictures as data URIs: for the page's own script, which wants no files and no vectors.

        Args:
            model: As for `breed`, like all that follow.
            parents: Two seeds or latent vectors.
            strength: How much the children mutate.
            seed: The seed of what is left to chance.
            truncation: 0 to 1.
            labels: The number of the class of each parent.
        """
        card = visit.card
        labels = visit.view.labels if card.task == CLASS_CONDITIONAL else []
        pixels, _ = breed.draw(choice.store, card, brood(replace(visit.view, labels=labels), card))
        return images.thumbnails(pixels)

    def interpolate(visit: Visit[Walk]) -> Interpolation:
        """Walk through the latent space of a GAN from keyframe to keyframe: every frame as a PNG file, and a film of them.

        Each keyframe is a frame, and the other frames are shared out evenly. The film shows 20 frames a second.

        Args:
            model: The id of a model whose task is "unconditional" or "class-conditional", as the tool `models` lists them.
            keys: The keyframes, 2 to 12: seeds (0 to 4294967295), or latent vectors as lists of the model's latent_size
                numbers from -100 to 100. A list may hold both.
            method: "slerp" (along the sphere on which random vectors lie), "lerp" (straight) or "spline" (smooth).
            frames: How many frames, at least as many as keyframes and at most 240.
            loop: Whether to go back to the first keyframe. The film then repeats without a jump, and no frame comes twice.
            truncation: 0 to 1; below 1 the images of seeds are more typical and less varied. Vectors are taken as they are.
            labels: For a class-conditional model the number of the class of each keyframe, counted from 0 in the order of
                the model's card; between keyframes one class turns into the next. Empty for other models.
            format: The file format of the film: "gif", which repeats for ever, or "mp4" (H.264).
        """
        card, kind = visit.card, visit.view.format
        walked = journey(visit.view, card)
        shot = film.shoot(choice.store, card, walked)
        name = f"{file_name(card.id)}-{walked.method}"
        pictures = {f"{name}-{index:03}.png": picture for index, picture in enumerate(images.png(shot.pixels))}
        *written, moving = files.write({**pictures, f"{name}.{kind}": film.moving(shot, kind)})
        return Interpolation(frames=written, times=shot.times, norms=shot.norms, film=moving)

    publish(interpolate, Walk, choice, defaults={"labels": []})
    publish(breed_pictures, Breed, choice, name="breed", defaults={"labels": []})
    publish(breed_look, Breed, choice, defaults={"labels": []}, api_visibility="undocumented")


def brood(given: Breed, card: Card) -> Brood:
    """What a program asks for; raises `UserError` if `labels` do not suit its parents."""
    first, second = (
        replace(point, truncation=given.truncation) for point in _points(card, given.parents, given.labels)
    )
    return Brood((first, second), given.strength, given.seed)


def journey(walk: Walk, card: Card) -> Journey:
    """The path that a program asks for; raises `UserError` if `labels` or `frames` do not suit its keyframes."""
    count = len(walk.keys)
    points = _points(card, walk.keys, walk.labels)
    frames = checks.frames(walk.frames, count)
    return Journey(work.numbered(points), walk.method, frames, walk.loop, walk.truncation)


def _points(card: Card, keys: list[int | tuple[float, ...]], labels: Any) -> list[Point]:
    return [
        Point(seed=source, label=label) if isinstance(source, int) else Point(card.id, z=source, label=label)
        for source, label in zip(keys, _labels(card, labels, len(keys)), strict=True)
    ]


def _labels(card: Card, labels: Any, count: int) -> list[int | None]:
    """One class per keyframe, as a program gave them; none for a model without classes."""
    if card.task != CLASS_CONDITIONAL:
        if labels not in ([], ()):
            raise UserError(say("no_key_labels", "en", model=card.id))
        return [None] * count
    if isinstance(labels, list) and len(labels) != count:
        raise UserError(say("bad_key_labels", "en", model=card.id, count=len(labels), keys=count))
    return checks.class_ids(labels, card.classes)
