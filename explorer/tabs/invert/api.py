"""What programs can ask of the *Invert* tab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

from gradio import FileData

from explorer.models.choice import Choice, file_name
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import drawing, files, images, targets
from explorer.pictures.faces import Square
from explorer.pictures.files import RemoteFile
from explorer.pictures.images import Pixels
from explorer.tabs.invert import work
from explorer.tabs.invert.search import USUAL, Candidate, Plan, Progress
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card


class Restart(TypedDict):
    """The best of one start: PSNR in dB, and the number of the class, if the model has classes."""

    psnr: float
    label: int | None


class Inversion(TypedDict):
    """Where a search is. `end` is empty while it goes on, then "converged", "steps" or "seconds".

    `error` is the mean squared error of pixels in [0, 1], `psnr` (dB) follows from it; `z` and `label` make the best picture
    again. Where styles are searched, `z` is empty, and `w` has a list for each layer, else it is empty. The files, PNG, come with the last message only, null before: the picture as the model sees it, the best
    reconstruction, and the absolute difference.
    """

    step: int
    seconds: float
    end: str
    psnr: float
    error: float
    z: list[float]
    w: list[list[float]]
    label: int | None
    restarts: list[Restart]
    target: RemoteFile | None
    reconstruction: RemoteFile | None
    difference: RemoteFile | None


def _class_or_none(value: Any, card: Card, language: str) -> int | None:
    return None if value is None else work.class_of(value, card, language)


@dataclass(frozen=True)
class Request(View):
    """What a program asks for; `square` and `image` are checked when the target is made."""

    model: str = control()
    image: FileData = control()
    method: str = control(USUAL.method, of_model=work.method)
    label: int | None = control(None, of_model=_class_or_none)
    square: list[float] = control(())
    steps: int = control(USUAL.steps, checks.descent)
    seconds: float = control(USUAL.seconds, checks.seconds)
    restarts: int = control(USUAL.restarts, checks.restarts)
    seed: int = control(USUAL.seed, checks.seed)

    @property
    def plan(self) -> Plan:
        """How to search."""
        return Plan(self.method, self.label, self.steps, self.seconds, self.restarts, self.seed)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def invert(visit: Visit[Request]) -> Iterator[Inversion]:
        """Find the latent vector z of a GAN whose picture comes nearest to a given one, and report on the way.

        Digits are cut out, centred and made white on black as in MNIST; for models of faces the largest face is found
        and aligned. A picture of exactly the model's size is taken as it is.

        Args:
            model: The id of a model whose task is "unconditional" or "class-conditional", as the tool `models` lists them.
            image: The picture, as an uploaded file (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, up to 20 MB) or a base64 data URI.
            method: "fast" (Levenberg-Marquardt from a regression's estimate) or "paper" (RMSprop from z = 0, Xiang and Li 2017);
                for a StyleGAN also "w" (one w for all layers) and "w+" (one for each).
            label: The number of the class for class-conditional models; if null, every class is tried.
            square: The part of the picture to take, for models of colour pictures: the middle across and down as shares
                of width and height, and the side as a share of the shorter side. If empty, a face or the middle.
            steps: The search ends after so many steps, 1 to 1000.
            seconds: The search ends after so many seconds, 1 to 60.
            restarts: From how many starts the fast method searches at most, 1 to 8.
            seed: Draws the further starts, 0 to 4294967295; the same arguments find the same.
        """
        asked, card = visit.view, visit.card
        square = work.square(asked.square) if asked.square != [] else None
        wanted = target(choice.store, card, asked.image, square)
        for progress in work.run(choice.store, card, wanted, asked.plan):
            yield _told(card, wanted, progress)

    publish(invert, Request, choice, defaults={"square": []}, queue=True)


def target(store: ModelStore, card: Card, image: Any, square: Square | None) -> Pixels:
    """The picture that a program sent as the model of `card` would see it, 1 x H x W x C.

    Raises `UserError` if it is no picture, or if the model is one of faces, none is found, and no square is given.
    """
    picture = drawing.sent(image)
    if square is None:
        square, count = targets.place(picture, card)
        if count == 0:
            raise UserError(say("face_none_api", "en"))
    return targets.target(store, picture, card, square)


def _told(card: Card, target: Pixels, progress: Progress) -> Inversion:
    best = progress.best
    written = _written(card, target, best) if progress.end else (None, None, None)
    return Inversion(
        step=progress.step,
        seconds=progress.seconds,
        end=progress.end,
        psnr=best.psnr,
        error=best.error,
        z=list(best.z),
        w=[list(row) for row in best.w],
        label=best.label,
        restarts=[Restart(psnr=each.psnr, label=each.label) for each in progress.candidates],
        target=written[0],
        reconstruction=written[1],
        difference=written[2],
    )


def _written(card: Card, target: Pixels, best: Candidate) -> list[RemoteFile]:
    """Files of target, reconstruction and difference."""
    pictures = (target, best.pixels, targets.difference(target, best.pixels))
    names = (f"{file_name(card.id)}-{kind}.png" for kind in ("target", "reconstruction", "difference"))
    return files.write({name: images.png(each)[0] for name, each in zip(names, pictures, strict=True)})
