"""What may reach a function at all: as many values as it takes, of the types that its components send, and of a bounded size."""

from __future__ import annotations

import errno
import functools
import inspect
import json
import math
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.components import Component
from gradio.components.api_component import Api
from gradio.i18n import I18nData

from explorer.texts import say
from explorer.texts.errors import UserError, shown

MOST_TEXT = 200_000
"""Characters of all texts that one request sends; a drawing in the page's own format has some ten thousand."""
MOST_VALUES = 20_000
"""Numbers, texts and lists that one request sends."""
MOST_DEPTH = 20


def check(function: BlockFunction, sent: Any, spoken: str) -> None:
    """Raise `UserError` unless `sent` are values that `function` can be called with; what they mean is for the function to check."""
    wanted = function.inputs
    if not isinstance(sent, list) or len(sent) != len(wanted):
        count = len(sent) if isinstance(sent, list) else 0
        names = ", ".join(names_of(function)) or "–"
        raise UserError(say("guard_count", spoken, wanted=len(wanted), count=count, names=names))
    for number, (component, value, name) in enumerate(zip(wanted, sent, names_of(function), strict=True), 1):
        if component.stateful:
            continue
        if not _is_bounded(value):
            raise UserError(say("guard_size", spoken, name=name or number))
        if not _is_written(value):
            raise UserError(say("guard_half", spoken, name=name or number))
        if not _fits(component, value):
            raise UserError(say("guard_type", spoken, name=name or number, value=shown(value)))


@functools.lru_cache(maxsize=2048)
def names_of(function: BlockFunction) -> tuple[str, ...]:
    """What the inputs of `function` are called: a public function's arguments, else what the components are."""
    components = function.inputs
    if components and all(isinstance(each, Api) for each in components):
        named = list(inspect.signature(function.fn).parameters)
        if len(named) >= len(components):
            return tuple(named[: len(components)])
    return tuple(_name_of(each) for each in components)


def model_of(function: BlockFunction, sent: list[Any]) -> str:
    """The model that the checked values `sent` ask for; empty where they name none."""
    named = (value for name, value in zip(names_of(function), sent, strict=True) if name.endswith("model"))
    return next((value for value in named if isinstance(value, str)), "")


def is_full(error: OSError) -> bool:
    """Whether `error` says that the disk is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _name_of(component: Component) -> str:
    """The key of what the page calls `component`, else what kind it is."""
    called = getattr(component, "label", None)
    return called.key if isinstance(called, I18nData) else type(component).__name__.lower()


def _is_bounded(value: Any) -> bool:
    texts, values = 0, 0
    level = [value]
    for _ in range(MOST_DEPTH):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
                texts += sum(len(key) for key in each if isinstance(key, str))
            elif isinstance(each, list | tuple):
                below += each
            elif isinstance(each, str) and not each.startswith("data:"):
                # A picture in base64 is bounded with the whole request.
                texts += len(each)
        values += len(below)
        if texts > MOST_TEXT or values > MOST_VALUES:
            return False
        if not below:
            return True
        level = below
    return False


def _is_written(value: Any) -> bool:
    """Whether all texts in `value` can be sent back, which half of a surrogate pair cannot."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("path"), str)


def _is_choice(value: Any) -> bool:
    return isinstance(value, str | bool) or _is_number(value)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


FITTING: dict[type[Component], Callable[[Any], bool]] = {
    gr.Number: _is_number,
    gr.Slider: _is_number,
    gr.Checkbox: lambda value: isinstance(value, bool),
    gr.Textbox: lambda value: isinstance(value, str),
    gr.Radio: _is_choice,
    gr.Dropdown: lambda value: _is_choice(value) or _is_list_of(_is_choice)(value),
    gr.CheckboxGroup: _is_list_of(_is_choice),
    gr.Image: _is_file,
    gr.File: lambda value: _is_file(value) or _is_list_of(_is_file)(value),
    gr.Video: lambda value: isinstance(value, dict),
    gr.Gallery: lambda value: isinstance(value, list),
    gr.HTML: lambda value: isinstance(value, str | dict),
}
"""What a component may send beside None, which stands for nothing."""


def _fits(component: Component, value: Any) -> bool:
    if value is None:
        return True
    return next((fits(value) for kind, fits in FITTING.items() if type(component) is kind), True)
