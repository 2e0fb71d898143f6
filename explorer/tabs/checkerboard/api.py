"""What programs can ask of the *Checkerboard* tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.checkerboard import work
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import spectrum


class Spectrum(TypedDict):
    """An averaged spectrum (PNG, frequency 0 in the middle) and how far a checkerboard stands out in it, in dB.

    `photographs` is the same number of real photographs, where the model's card has it.
    """

    spectrum: RemoteFile
    checkerboard: float
    photographs: float | None


def _count(value: Any, language: str) -> int:
    return checks.whole(value, 1, work.SAMPLES, "count", language)


@dataclass(frozen=True)
class Request(View):
    """What a program asks for."""

    model: str = control()
    count: int = control(64, _count)
    seed: int = control(0, checks.seed)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def spectrum_of(visit: Visit[Request]) -> Spectrum:
        """Average the power spectrum of a GAN's pictures, and tell how far a checkerboard stands out in it.

        Args:
            model: The id of a model whose task is "unconditional", such as "dcgan-celeba64".
            count: How many pictures to average, 1 to 256.
            seed: The seed of the first picture, 0 to 4294967295; the others follow it.
        """
        asked, card = visit.view, visit.card
        try:
            found = work.power(choice.store, work.of(card), asked.seed, asked.count)
            level = spectrum.checkerboard(found)
        except ValueError:
            raise UserError(say("no_spectrum", "en", model=card.id, size=card.image_size)) from None
        (picture,) = images.png(images.enlarge(work.picture(found), images.FILM_SIZE))
        (written,) = files.write({f"{file_name(card.id)}-spectrum.png": picture})
        return Spectrum(spectrum=written, checkerboard=level, photographs=work.reference(card))

    publish(spectrum_of, Request, choice, name="spectrum")
