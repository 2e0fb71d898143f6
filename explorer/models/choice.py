"""The models that a tab offers: which they are, what they are called, and whether the one asked for is among them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card, ZooError

NAMED = 6
"""Models that the sentence about an unknown one names: those whose ids are most like it."""
MOST_NAME = 120
"""Characters of the id of a model of the Hugging Face Hub."""


@dataclass(frozen=True)
class Choice:
    """The models of `tasks` in `store` of which `serves` is true.

    A visitor without a link meets `favourite` first, where there is such a model. `refusal` is the
    key of the sentence about any other model.
    """

    store: ModelStore
    tasks: tuple[str, ...]
    favourite: str
    refusal: str
    serves: Callable[[Card], bool] = lambda card: True

    def cards(self) -> list[Card]:
        """The cards of all these models but the visitors' own, task by task."""
        return [card for task in self.tasks for card in self.store.cards(task) if self.serves(card)]

    def first(self) -> str:
        """The id of the model that a visitor without a link meets."""
        ids = [card.id for card in self.cards()]
        return self.favourite if self.favourite in ids else ids[0]

    def offers(self, model: str) -> bool:
        """Whether `model` is one of these."""
        try:
            self.known(model)
        except UserError:
            return False
        return True

    def known(self, model: object, language: str = "en") -> Card:
        """The card of `model`, which must be one of these; raises `UserError`."""
        try:
            card = self.store.card(model) if isinstance(model, str) else None
        except ZooError:
            card = None
        if card is None:
            ids = [card.id for card in self.cards()]
            known = ", ".join(difflib.get_close_matches(str(model), ids, NAMED, cutoff=0))
            known += ", …" if len(ids) > NAMED else ""
            raise UserError(say("bad_model", language, value=shown(model), known=known))
        if card.task not in self.tasks or not self.serves(card):
            raise UserError(say(self.refusal, language, model=card.id, task=card.task))
        return card

    def of_seed(self, card: Card, point: Point, truncation: float, language: str) -> Point:
        """A `point` of the model of `card` as it is shown among others of that `truncation`.

        A picture of the same truncation is given by its seed, which any model can draw; one of another by its
        latent vector, so that it stays the picture that it is.
        """
        if point.z is not None:
            return point
        if point.truncation == truncation:
            return Point(seed=point.seed, label=point.label)
        name = say("chosen_name", language, seed=point.seed, truncation=f"{point.truncation:g}")
        with self.store.using(card.id) as model:
            z = tuple(point.latent(model).tolist())
        return Point(card.id, z=z, label=point.label, name=name)

    def add(self, name: str, public: bool, language: str) -> str:
        """Load the checkpoint that a visitor names and give its id; raises `UserError` or `ZooError`."""
        if not name:
            raise UserError(say("own_empty", language))
        is_hub_id = len(name) <= MOST_NAME and re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name)
        if public and (not is_hub_id or Path(name).exists()):
            raise UserError(say("own_no_folders", language))
        model = self.store.add(name)
        self.known(model, language)
        return model

    def dropdown(self, model: str, language: str, own: Sequence[str] = ()) -> gr.Dropdown:
        """The models to choose from, with `model` chosen, which may be a visitor's own, and those of `own` that are of these."""
        cards = self.cards()
        for each in (model, *own):
            if each not in [card.id for card in cards] and self.offers(each):
                cards.append(self.store.card(each))
        return gr.Dropdown(choices=list(named(cards, language)), value=model)


def named(cards: list[Card], language: str) -> Iterator[tuple[str, str]]:
    """The title and the id of every card; the title with the id where an earlier card has the same one, as of one's own model."""
    taken = set()
    for card in cards:
        text = title(card, language)
        yield (f"{text} – {card.id}" if text in taken else text), card.id
        taken.add(text)


def title(card: Card, language: str) -> str:
    """The title for people, with the id where that got brackets because another model has it too."""
    text = card.text("title", language) or card.id
    return f"{text} – {card.id}" if card.id.endswith(")") else text


def file_name(model: str) -> str:
    """The id of a model as the beginning of a file's name."""
    return re.sub(r"[^\w.-]+", "-", model)[:80].strip("-")
