"""What programs can ask of the *Words* tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from explorer.latent import latents
from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.words import work


class ReadWord(TypedDict):
    """A word that was read: how far the sentence moves without it (1 - cosine), and whether the model learned it."""

    word: str
    weight: float
    known: bool


class Picture(TypedDict):
    """What a seed gives (PNG): the first stage, the second where there is one, and the seed itself."""

    seed: int
    stage_1: RemoteFile
    stage_2: RemoteFile | None


class Said(TypedDict):
    """The pictures of a sentence, and its words as they were read."""

    pictures: list[Picture]
    words: list[ReadWord]


@dataclass(frozen=True)
class Request(View):
    """What a program asks for."""

    model: str = control()
    sentence: str = control(check=work.sentence)
    seed: int = control(0, checks.seed)
    count: int = control(1, checks.count)
    truncation: float = control(1.0, checks.truncation)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def words_to_pictures(visit: Visit[Request]) -> Said:
        """Draw what an English sentence says, with a GAN in two stages, and tell which of its words were read.

        Args:
            model: The id of a model whose task is "text-to-image", as the tool `models` lists them, such as "stackgan-birds".
            sentence: What to draw, 1 to 300 letters, such as "a small red bird with black wings".
            seed: The seed of the first picture, 0 to 4294967295; the next pictures have the next seeds.
            count: How many pictures, 1 to 64.
            truncation: 0 to 1; below 1 the pictures are more typical and less varied.
        """
        asked, card = visit.view, visit.card
        seeds = latents.consecutive(asked.seed, asked.count)
        drawn = work.draw(choice.store, card, asked.sentence, seeds, asked.truncation, enlarge=False)
        written = [_stage(file_name(card.id), place, seeds, stage) for place, stage in enumerate(drawn.stages, 1)]
        second = written[1] if len(written) > 1 else [None] * len(seeds)
        read = work.read(choice.store, card, asked.sentence)
        return Said(
            pictures=[
                Picture(seed=each, stage_1=one, stage_2=two)
                for each, one, two in zip(seeds, written[0], second, strict=True)
            ],
            words=[ReadWord(word=word.text, weight=round(word.weight, 4), known=word.known) for word in read],
        )

    publish(words_to_pictures, Request, choice, name="words")


def _stage(name: str, place: int, seeds: list[int], pixels: images.Pixels) -> list[RemoteFile]:
    pictures = zip(seeds, images.png(pixels), strict=True)
    return files.write({f"{name}-stage-{place}-seed-{seed}.png": picture for seed, picture in pictures})
