"""What programs can ask of the *Directions* tab."""

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
from explorer.tabs.directions import work
from explorer.tabs.directions.work import Push
from models_zoo import Card


class Moved(TypedDict):
    """A picture before and after moving (PNG), the vector moved to, and the names of all the model's directions."""

    before: RemoteFile
    after: RemoteFile
    z: list[float]
    directions: list[str]


def _amounts(value: Any, card: Card, language: str) -> dict[str, float]:
    return checks.amounts(value, list(work.found(card, language)), language)


def _latent(value: Any, card: Card, language: str) -> tuple[float, ...]:
    return () if value == [] else checks.latent(value, card.latent_size, language)


@dataclass(frozen=True)
class Move(View):
    """What a program gives. `seed` matters, and is checked, only where there is no `z`: see `push`."""

    model: str = control()
    amounts: dict[str, float] = control((), of_model=_amounts)
    seed: int = control(0)
    z: list[float] = control((), of_model=_latent)
    truncation: float = control(1.0, checks.truncation)


@dataclass(frozen=True)
class Look(View):
    """What the page's script gives: the terms of `Move`, in the order in which the page tells them."""

    model: str = control()
    seed: int = control(0)
    truncation: float = control(1.0, checks.truncation)
    z: list[float] = control((), of_model=_latent)
    amounts: dict[str, float] = control((), of_model=_amounts)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def directions(visit: Visit[Move]) -> Moved:
        """Move a picture along named directions of a GAN's latent space, such as "Smiling", and see what becomes of it.

        Args:
            model: The id of a model whose task is "unconditional" and that has directions, as dcgan-celeba64 does.
            amounts: How far along each direction, by its name, -2 to 2; 1 and -1 are the ends of the page's slider.
                Empty to move nowhere; the answer names all directions.
            seed: The seed of the picture to start from, 0 to 4294967295.
            z: A latent vector to start from instead of a seed, as the model's latent_size numbers from -100 to 100.
            truncation: 0 to 1; below 1 the picture of a seed is more typical. A vector is taken as it is.
        """
        card, name = visit.card, file_name(visit.view.model)
        moved = work.steer(choice.store, card, push(visit.view))
        pictures = images.png(moved.before) + images.png(moved.after)
        before, after = files.write(dict(zip((f"{name}-before.png", f"{name}-after.png"), pictures, strict=True)))
        return Moved(before=before, after=after, z=list(moved.z), directions=list(work.found(card, visit.spoken)))

    def directions_look(visit: Visit[Look]) -> str:
        """The picture moved along directions as a data URI: for the page's own script, which wants no files and no vector.

        Args:
            model: As for `directions`, like all that follow.
            seed: The seed of the picture to start from.
            truncation: 0 to 1.
            z: A latent vector to start from instead.
            amounts: How far along each direction.
        """
        pixels = work.look(choice.store, visit.card, push(visit.view))
        return images.data_uri(images.png(pixels)[0])

    def directions_ends(visit: Visit[Look]) -> str:
        """What each slider does to a picture, as a data URI: a row for each, with both its ends.

        Args:
            model: As for `directions`, like all that follow.
            seed: The seed of the picture to start from.
            truncation: 0 to 1.
            z: A latent vector to start from instead.
        """
        work.found(visit.card, visit.spoken)
        (sheet,) = images.thumbnails(work.ends(choice.store, visit.card, push(visit.view).start))
        return sheet

    usual = {"amounts": {}, "z": []}
    publish(directions, Move, choice, defaults=usual)
    publish(directions_look, Look, choice, defaults=usual, api_visibility="undocumented")
    publish(directions_ends, Look, choice, defaults=usual, without=("amounts",), api_visibility="undocumented")


def push(given: Move | Look) -> Push:
    """What a program asks for; raises `UserError` for a wrong seed where there is no vector."""
    if given.z:
        return Push(Point(given.model, z=given.z), given.amounts)
    return Push(Point(seed=checks.seed(given.seed), truncation=given.truncation), given.amounts)
