"""What programs can ask of the *Convergence* tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from explorer.models.choice import Choice
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.tabs.convergence import work
from models_zoo.texts import in_language


class Curve(TypedDict):
    """A curve over a training: the steps, and by the name of each line its value at every one of them."""

    steps: list[int]
    values: dict[str, list[float]]


@dataclass(frozen=True)
class Request(View):
    """What a program asks for."""

    model: str = control()


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def training_course(visit: Visit[Request]) -> dict[str, Curve]:
        """Tell the course of a GAN's training, such as BEGAN's measure of convergence, M_global, and the kernel distance.

        Args:
            model: The id of a model whose card tells its course, such as "began-celeba64".
        """
        return {
            name: Curve(
                steps=curve["x"]["values"],
                values={in_language(line["label"], "en"): line["values"] for line in curve["series"]},
            )
            for name, curve in work.told(visit.card).items()
        }

    publish(training_course, Request, choice, name="convergence")
