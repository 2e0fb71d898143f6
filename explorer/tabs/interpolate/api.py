"""What programs can ask of the *Interpolate* tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.interpolate import film, work
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


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

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


def journey(walk: Walk, card: Card) -> Journey:
    """The path that a program asks for; raises `UserError` if `labels` or `frames` do not suit its keyframes."""
    count = len(walk.keys)
    points = [
        Point(seed=source, label=label) if isinstance(source, int) else Point(card.id, z=source, label=label)
        for source, label in zip(walk.keys, _labels(card, walk.labels, count), strict=True)
    ]
    frames = checks.frames(walk.frames, count)
    return Journey(work.numbered(points), walk.method, frames, walk.loop, walk.truncation)


def _labels(card: Card, labels: Any, count: int) -> list[int | None]:
    """One class per keyframe, as a program gave them; none for a model without classes."""
    if card.task != CLASS_CONDITIONAL:
        if labels not in ([], ()):
            raise UserError(say("no_key_labels", "en", model=card.id))
        return [None] * count
    if isinstance(labels, list) and len(labels) != count:
        raise UserError(say("bad_key_labels", "en", model=card.id, count=len(labels), keys=count))
    return checks.class_ids(labels, card.classes)
