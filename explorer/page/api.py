"""What API clients and MCP tools can ask about the zoo as a whole."""

from __future__ import annotations

import dataclasses
from typing import Any, TypedDict

import gradio as gr

from explorer.models.store import ModelStore
from explorer.texts import say
from explorer.texts.errors import UserError, complaints, shown

MOST_LETTERS = 200
"""Of a model's id or a task."""


class ModelSummary(TypedDict):
    """One model of the zoo, in brief."""

    id: str
    title: str
    task: str
    dataset: str
    image_size: int
    latent_size: int
    verdict: str


def publish(store: ModelStore) -> None:
    """Add the public functions to the page that is being built."""

    @complaints()
    def models(task: str = "") -> list[ModelSummary]:
        """List the models of the zoo.

        Args:
            task: List only models of this task, such as "unconditional" or "judge"; all if empty.
        """
        return [
            ModelSummary(
                id=card.id,
                title=card.text("title", "en") or card.id,
                task=card.task,
                dataset=card.dataset,
                image_size=card.image_size,
                latent_size=card.latent_size,
                verdict=card.verdict,
            )
            for card in store.cards(_name(task, "task") or None)
        ]

    @complaints()
    def model_card(model: str) -> dict[str, Any]:
        """Give the whole card of one model: data, licences, measured quality, limits, and how it was made.

        Args:
            model: The id of a model, as `models` lists them, such as "gan-mnist".
        """
        values = dataclasses.asdict(store.card(_name(model, "model")))
        del values["folder"]
        return values

    def _name(value: Any, argument: str) -> str:
        if not isinstance(value, str) or len(value) > MOST_LETTERS:
            raise UserError(say("guard_type", "en", name=argument, value=shown(value)))
        return value

    gr.api(models, api_name="models", queue=False)
    gr.api(model_card, api_name="model_card", queue=False)
