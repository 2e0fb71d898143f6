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
        """Colorize a photograph: give a grey one colours, guided by hints, and keep its lightness.

        A colour photograph is made grey first, and what is transparent becomes white. The result has the photograph's own size, up to
        25 million pixels: a PNG file, or a JPEG file of more than 4 million pixels.

        Args:
            image: The photograph, as an uploaded file (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, up to 20 MB) or a base64 data URI.
            hints: At most 64 dabs of colour, each {"x": 0.5, "y": 0.2, "colour": "#5b9bd8", "radius": 0.02}. `x` and `y` are
                shares of width and height from the upper left corner; `radius`, which may be left out, is a share of the
                longer side, 0 to 0.25. Of the colour its hue and chroma count: how light it gets is up to the photograph.
            model: The id of a model whose task is "colorization", as the tool `models` lists them; if empty, the first.
        """
        asked = visit.view
        card = choice.known(asked.model if asked.model != "" else choice.first())
        data = drawing.sent_file(asked.image)
        photo = work.photo(drawing.decode(data))
        result = work.finished(choice.store, card, photo, work.hints(asked.hints, photo), data)
        ending, content = images.compact(result)
        return files.write({f"{file_name(card.id)}.{ending}": content})[0]

    publish(colorize, Request, defaults={"hints": []}, queue=True)
