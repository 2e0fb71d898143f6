"""Functions for programs and MCP tools, whose arguments are the fields of a view."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING
from typing import Any

import gradio as gr

from explorer.models.choice import Choice
from explorer.page.view import Asked, View
from explorer.page.wiring import TURN, Visit, asked_of
from explorer.texts.errors import complaints


def publish(
    function: Callable[[Visit], Any],
    view: type[View],
    choice: Choice | None = None,
    *,
    name: str = "",
    defaults: dict[str, Any] | None = None,
    without: Sequence[str] = (),
    **options: Any,
) -> None:
    """Publish ``function(visit)`` under its own name, or `name`, with the `view`'s fields as its arguments.

    `choice` are the models that the argument ``model`` is one of, if not None. `defaults` are those of programs where they
    are not the page's; arguments `without` are left out. The docstring tells of every argument under "Args:", for API and MCP clients. `options` are those
    of `gr.api`. Runs outside of Gradio's queue unless they say otherwise: its second round trip takes as long as drawing 64
    digits. It takes a turn either way.
    """
    gr.api(
        _callable(function, view, choice, defaults or {}, without),
        api_name=name or function.__name__,
        **{"queue": False, **TURN, **options},
    )


def _callable(
    function: Callable[[Visit], Any],
    view: type[View],
    choice: Choice | None,
    defaults: dict[str, Any],
    without: Sequence[str],
) -> Callable[..., Any]:
    """`function` with the signature that Gradio reads."""
    known = [control for control in view.controls().values() if control.api and control.name not in without]
    returned = inspect.get_annotations(function, eval_str=True)["return"]
    signature = inspect.Signature(
        [_parameter(each.name, each.annotation, defaults.get(each.name, each.default)) for each in known],
        return_annotation=returned,
    )

    def visit(arguments: tuple, named: dict[str, Any]) -> Visit:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        asked = asked_of(choice, bound.arguments.get("model"), "en") if choice else Asked()
        return Visit(view.checked(bound.arguments, asked), asked)

    def call(*arguments: Any, **named: Any) -> Any:
        with complaints():
            return function(visit(arguments, named))

    def stream(*arguments: Any, **named: Any) -> Any:
        with complaints():
            yield from function(visit(arguments, named))

    made = stream if inspect.isgeneratorfunction(function) else call
    made.__name__, made.__qualname__, made.__doc__ = function.__name__, function.__qualname__, function.__doc__
    made.__module__, made.__signature__ = function.__module__, signature
    hints = {each.name: each.annotation for each in signature.parameters.values()}
    made.__annotations__ = {**hints, "return": returned}
    return made


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    given = inspect.Parameter.empty if default is MISSING else default
    return inspect.Parameter(name, kind, default=given, annotation=annotation)
