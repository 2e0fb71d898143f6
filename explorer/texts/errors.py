"""Complaints: one clear sentence for the person who caused them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from models_zoo import ZooError

QUOTED = 40
"""Characters of a refused value that a message quotes, at most."""


class UserError(gr.Error):
    """An error whose message is meant for the person who caused it; the server's log stays quiet."""

    def __init__(self, message: str):
        super().__init__(message, print_exception=False)


@contextmanager
def complaints(write: Callable[[str], str] = str) -> Iterator[None]:
    """Around what visitors or programs call: every complaint leaves as a `UserError`, its text put through `write`."""
    try:
        yield
    except (UserError, ZooError) as error:
        raise UserError(write(error.message if isinstance(error, UserError) else str(error))) from None


def shown(value: Any) -> str:
    """`value` as a message quotes it: at most `QUOTED` characters, whatever was sent."""
    text = repr(value)
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 3]}..."
