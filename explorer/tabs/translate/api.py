"""What programs can ask of the *Translate* tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from gradio import FileData

from explorer.models.choice import Choice, file_name
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import drawing, files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.translate import view, work


class Translation(TypedDict):
    """A translation (PNG), remarks about it, and the way back.

    `cycle` (PNG) is the translation translated back and `cycle_error` its mean absolute difference from the picture as
    the model took it, with values between 0 and 1; both are null for models that cannot go back.
    """

    image: RemoteFile
    remarks: list[str]
    cycle: RemoteFile | None
    cycle_error: float | None


@dataclass(frozen=True)
class Request(View):
    """What a program asks for."""

    image: FileData = control()
    model: str = control()
    direction: str = control("a2b", of_model=work.direction)
    side: int = control(work.MOST_SIDE, work.side)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def translate(visit: Visit[Request]) -> Translation:
        """Turn a picture of one domain, such as horses, into one of another, such as zebras, with a CycleGAN or pix2pix.

        Photographs keep their proportions. Models of digits, faces or facades take squares of their own size: digits are
        centred as in MNIST where the model's domain is handwritten, faces are cut out, label maps get the nearest colours.

        Args:
            image: The picture, as an uploaded file (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, up to 20 MB) or a base64 data URI.
            model: The id of a model whose task is "translation", as the tool `models` lists them.
            direction: "a2b" or "b2a", from the first domain of the model's card to the second, or back.
            side: How many pixels the longer side of a photograph has at most, 128 to 512.
        """
        card, asked = visit.card, visit.view
        photo = work.opened(drawing.sent_file(asked.image))
        fitted, made = work.translated(choice.store, card, photo, asked.direction, asked.side)
        again = work.back(choice.store, card, made)
        pictures = {"translation": made.after, **({} if again is None else {"cycle": again})}
        contents = {
            f"{file_name(card.id)}-{made.direction}-{kind}.png": images.png(p)[0] for kind, p in pictures.items()
        }
        picture, *cycle = files.write(contents)
        findings = work.findings(choice.store, card, made)
        return Translation(
            image=picture,
            remarks=[view.how(photo, fitted, "en"), *view.found(card, made.direction, findings, "en")],
            cycle=cycle[0] if cycle else None,
            cycle_error=None if again is None else work.cycle_error(made.before, again),
        )

    publish(translate, Request, choice)
