"""The words on the cards of models that learned from pictures of the user's own."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from models_zoo.texts import in_language
from train.config import OWN
from train.contract import CardText, Variant
from train.data.dataset import Dataset
from train.data.own import FEW, UNKNOWN
from train.errors import TrainError
from train.variants.cards import Texts, card_texts, filled

EXAMPLES, LONGEST = 6, 80
"""Sentences on the card of a model that draws such, and letters of each, at most."""


@dataclass(frozen=True)
class Said:
    """What the user says of a model and its data; empty where nothing is said."""

    title: str = ""
    description: str = ""
    """What the pictures show, and where they come from."""
    licence: str = ""

    def __post_init__(self) -> None:
        for flag in ("title", "description", "licence"):
            check_text(f"--{flag}", getattr(self, flag))


def check_text(flag: str, words: str) -> None:
    """Raise `TrainError` for words that no card can hold: a shell passes bytes on that stand for no letter."""
    try:
        words.encode()
    except UnicodeEncodeError:
        raise TrainError(f"{flag} is no text in UTF-8.") from None


def described(data: Dataset, said: Said) -> Dataset:
    """`data` with the description and the licence that were said, which is "unknown" unless one was."""
    text = both(said.description) if said.description else data.description
    return dataclasses.replace(data, description=text, licence=said.licence or UNKNOWN)


def worded(text: CardText, name: str, variant: Variant, data: Dataset, said: Said) -> CardText:
    """`text` of the variant called `name` with words that fit any pictures: its own are about those of a bundled data set."""
    if data.pairs:
        # What is said of a translator fits any sentences.
        return dataclasses.replace(text, title=both(said.title)) if said.title else text
    own, count = card_texts("own"), len(data.train) + (len(data.other[0]) if data.other else 0)
    method = both((variant.__doc__ or "").strip().splitlines()[0])
    shown = [in_language(domain, "en") for domain in data.domains]
    called = " / ".join(shown) or variant.config.data_name.removeprefix(OWN)
    title = both(said.title) if said.title else filled(own["title"], variant=name, called=called)
    size = {"count": f"{count:,}", "side": variant.shape.side}
    few = own["few"] if count < FEW else both("")
    return dataclasses.replace(
        text,
        title=title,
        summary=filled(own["summary"], variant=name, method=method, **size),
        limits={language: text + few[language] for language, text in own["limits"].items()},
    )


def sentences(data: Dataset) -> tuple[str, ...]:
    """Captions of different held-out pictures, `EXAMPLES` at most, for the page to offer; none that is too long for a button."""
    first = dict.fromkeys(row[0] for row in data.captions[1] if len(row[0]) <= LONGEST)
    return tuple(first)[:EXAMPLES]


def both(text: str) -> Texts:
    """A text that was said in one language, for both."""
    return {"en": text, "ko": text}
