"""What programs can ask of the *Colorize* tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradio import FileData

from explorer.models.choice import Choice, file_name
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import drawing, files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.colorize import work


@dataclass(frozen=True)
class Request(View):
    """What a program asks for; hints are checked once the photograph is known."""

    image: FileData = control()
    hints: list[dict[str, Any]] = control(())
    model: str = control("")


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def colorize(visit: Visit[Request]) -> RemoteFile:
        """Colorize a photograph: give a grey one colours, guided by hints, and keep its lightness. The result is a PNG file.

        A colour photograph is made grey first. The longer side of the result has at most 512 pixels.

        Args:
            image: The photograph, as an uploaded file (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, up to 20 MB) or a base64 data URI.
            hints: At most 64 dabs of colour, each {"x": 0.5, "y": 0.2, "colour": "#5b9bd8", "radius": 0.02}. `x` and `y` are
                shares of width and height from the upper left corner; `radius`, which may be left out, is a share of the
                longer side, 0 to 0.25. Of the colour its hue and chroma count: how light it gets is up to the photograph.
            model: The id of a model whose task is "colorization", as the tool `models` lists them; if empty, the first.
        """
        asked = visit.view
        card = choice.known(asked.model if asked.model != "" else choice.first())
        photo = work.photo(drawing.sent(asked.image))
        result = work.colorize(choice.store, card, photo, work.hints(asked.hints, photo))
        return files.write({f"{file_name(card.id)}.png": images.png(result[None])[0]})[0]

    publish(colorize, Request, defaults={"hints": []}, queue=True)
