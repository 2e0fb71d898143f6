"""What programs can ask of the *Sample* tab."""

from __future__ import annotations

from typing import TypedDict

from gradio import FileData

from explorer.models.choice import Choice, file_name
from explorer.page.endpoint import publish
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.sample import work
from explorer.tabs.sample.work import SampleView

SHEET_SIZE = 448
"""Pixels that the shorter side of `sample_sheet` has at least: 28 of them are too few for most viewers."""


class Sample(TypedDict):
    """One generated image (PNG), the seed that makes it again, and the discriminator's verdict, if asked for."""

    image: RemoteFile
    seed: int
    verdict: float | None


def publish_all(choice: Choice) -> None:
    """Publish the functions of this tab for the models of `choice`."""

    def sample(visit: Visit[SampleView]) -> list[Sample]:
        """Draw images from an unconditional GAN, one PNG file per seed. The same arguments give the same images.

        Args:
            model: The id of a model whose task is "unconditional", as the tool `models` lists them, such as "gan-mnist".
            seed: The seed of the first image, 0 to 4294967295; the next images have the next seeds.
            count: How many images, 1 to 64.
            truncation: 0 to 1; below 1 the images are more typical and less varied, at 0 all are the same.
            verdict: Whether to ask the discriminator what it thinks of each image. The answer is the probability of
                "real" for models whose card says verdict "logits", a score (1 real, 0 fake) for "least-squares", else null.
        """
        samples = work.samples(choice.store, visit.card, visit.view)
        names = [f"{file_name(visit.view.model)}-seed-{number}.png" for number in samples.seeds]
        written = files.write(dict(zip(names, images.png(samples.pixels), strict=True)))
        verdicts = samples.verdicts or [None] * len(samples.seeds)
        return [Sample(image=f, seed=s, verdict=v) for f, s, v in zip(written, samples.seeds, verdicts, strict=True)]

    def sample_sheet(visit: Visit[SampleView]) -> FileData:
        """Draw images from an unconditional GAN and show them in one picture, row by row in the order of their seeds.

        Args:
            model: The id of a model whose task is "unconditional", as the tool `models` lists them, such as "gan-mnist".
            seed: The seed of the first image, 0 to 4294967295; the next images have the next seeds.
            count: How many images, 1 to 64.
            truncation: 0 to 1; below 1 the images are more typical and less varied, at 0 all are the same.
        """
        samples = work.samples(choice.store, visit.card, visit.view)
        (sheet,) = images.png(images.enlarge(images.sheet(samples.pixels), SHEET_SIZE))
        (file,) = files.write({f"{file_name(visit.view.model)}-seed-{visit.view.seed}-sheet.png": sheet})
        return FileData(path=file["path"], orig_name=file["orig_name"], mime_type="image/png")

    publish(sample, SampleView, choice, defaults={"seed": 0, "count": 16})
    publish(sample_sheet, SampleView, choice, defaults={"seed": 0, "count": 16}, without=["verdict"])
