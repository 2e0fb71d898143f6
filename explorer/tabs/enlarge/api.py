"""What programs can ask of the *Enlarge* tab."""

from __future__ import annotations

from dataclasses import dataclass

from gradio import FileData

from explorer.models.choice import Choice
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import drawing, files
from explorer.pictures.files import RemoteFile
from explorer.tabs.enlarge import work


@dataclass(frozen=True)
class Request(View):
    """What a program asks for."""

    photo: FileData = control()
    model: str = control()


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def enlarge(visit: Visit[Request]) -> RemoteFile:
        """Make a photograph two or four times as wide and high with a network that was trained for it.

        What is transparent stays so. A photograph whose result would have more than 16.8 million pixels is reduced first, so
        that it has that many. The result is a PNG file, or a JPEG file if it is opaque and has more than 4 million pixels.

        Args:
            photo: The picture, as an uploaded file (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, up to 20 MB) or a base64 data URI.
            model: The id of a model whose task is "super-resolution", as the tool `models` lists them; it decides how many times.
        """
        photo = work.photograph(drawing.sent_file(visit.view.photo), scale=work.scale_of(visit.card))
        *_, last = work.steps(choice.store, visit.card, work.job(visit.card, photo, None, False))
        name, content = work.saved(visit.card, last.result)
        return files.write({name: content})[0]

    publish(enlarge, Request, choice, queue=True)
