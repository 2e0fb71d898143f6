"""How the components of a tab and its view come together: inputs of events, handlers, the permalink."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from explorer.models.choice import Choice
from explorer.page import hand, html
from explorer.page.tab import Page
from explorer.page.view import Asked, ViewT
from explorer.texts import language, say
from explorer.texts.errors import complaints
from models_zoo import Card

WORK = "model"
"""The concurrency id of what computes with a model: `explorer.page.service` gives it a turn."""
TURN = {"concurrency_id": WORK, "concurrency_limit": None}
"""Options of an event or a function that computes with a model."""
PRIVATE = {"api_visibility": "private", **TURN}
"""Options of an event that computes with a model and is hidden from programs."""
QUIET = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of an event that costs nothing worth a spinner."""
LAST = {"trigger_mode": "always_last"}
"""Options of an event that must not miss the last change of a control: Gradio drops those that come while it runs."""
EVERY = {"trigger_mode": "multiple"}
"""Options of an event of several controls, or of one whose every click counts: all of them come, one after the other."""
LIVE = {"show_progress": "minimal", **LAST, **PRIVATE}
"""Options of an event that follows a control while it moves; what it replaces is dimmed if that takes long."""
EDIT = {"show_progress": "minimal", **EVERY, **PRIVATE}
"""Options of an event that changes what a visitor has put together."""


def called_like(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have the decorated function go by the name of `function`, under which the log and the turns know it.

    Not `functools.wraps`, which would also tell Gradio to call it with the arguments of `function`.
    """

    def name(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        made = getattr(function, "func", function)
        wrapper.__module__, wrapper.__qualname__ = made.__module__, made.__qualname__
        return wrapper

    return name


for_toast = complaints(html.escape)
"""Around an event's function: a toast shows complaints as HTML."""


@dataclass(frozen=True)
class Visit(Generic[ViewT]):
    """One event: the checked `view`, the card of its model, the language, and what the browser told with the event.

    Of somebody who comes by a link, `misfits` are the names of its values that could not be used; whoever fills the tab may
    find more of them. `linked` are those that the link has. Whoever comes back by Back, Undo or the like is here `again`.
    """

    view: ViewT
    asked: Asked
    event: gr.EventData | None = None
    misfits: set[str] = field(default_factory=set)
    linked: frozenset[str] = frozenset()
    again: bool = False

    @property
    def card(self) -> Card:
        """The card of the view's model."""
        return self.asked.card

    @property
    def spoken(self) -> str:
        """The visitor's language."""
        return self.asked.spoken

    def told(self, name: str) -> Any:
        """What the browser says of the event under `name`; None if it says nothing, as callers by hand may."""
        try:
            return getattr(self.event, name, None)
        except TypeError:
            # Gradio looks names up in what was sent, even if that is nothing to look up in.
            return None


class Controls(Generic[ViewT]):
    """The components that stand for the fields of a `view` on the tab `tab`.

    `choice` are the models that the field ``model`` is one of; None for views without one.
    """

    def __init__(self, tab: str, view: type[ViewT], choice: Choice | None = None):
        self.tab, self.view, self.choice = tab, view, choice
        self._components: dict[str, Component] = {}

    def add(self, name: str, component: Component) -> Component:
        """Have `component` stand for the field `name`."""
        if name in self._components or name not in {control.name for control in self.view.on_page()}:
            raise ValueError(f"{self.view.__name__} has no control {name!r} to place, or it is placed already")
        self._components[name] = component
        return component

    def default(self, name: str) -> Any:
        """The default of the field `name`."""
        return self.view.controls()[name].initial

    def __getitem__(self, name: str) -> Component:
        return self._components[name]

    @property
    def inputs(self) -> list[Component]:
        """The components in the order of the fields; all must have been placed."""
        return [self._components[control.name] for control in self.view.on_page()]

    def pick(self, *names: str) -> list[Component]:
        """The components of these fields."""
        return [self._components[name] for name in names]

    def values(self, view: ViewT, **instead: Any) -> list[Any]:
        """What the components show of `view`, in order; `instead` names fields whose components get something else."""
        return [instead.get(control.name, getattr(view, control.name)) for control in self.view.on_page()]

    # ---- events ---------------------------------------------------------------------------------

    def handler(self, function: Callable[..., Any], skip_empty: bool = False) -> Callable[..., Any]:
        """An event's function for the inputs ``[*controls.inputs, *more]`` that calls ``function(visit, *more)``.

        With `skip_empty` nothing happens while a field is empty, as it is for a moment while somebody types another number.
        """

        @called_like(function)
        @for_toast
        def handle(request: gr.Request, *values: Any) -> Any:
            if skip_empty and self._is_incomplete(values):
                return gr.skip()
            return function(self.visit(values, request), *values[len(self._components) :])

        return handle

    def live(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A `handler` that follows a control while it changes, and waits while one is empty."""
        return self.handler(function, skip_empty=True)

    def picked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A `handler` whose visit has what the browser tells with the event, for components that visitors click into."""

        @called_like(function)
        @for_toast
        def handle(request: gr.Request, event: gr.EventData, *values: Any) -> Any:
            if not isinstance(event, gr.EventData):
                # Gradio leaves the event out where a program calls without one.
                event, values = None, (event, *values)
            return function(self.visit(values, request, event), *values[len(self._components) :])

        return handle

    def stream(self, function: Callable[..., Iterator[Any]], skip_empty: bool = False) -> Callable[..., Iterator[Any]]:
        """A `handler` for a generator."""

        @called_like(function)
        def handle(request: gr.Request, *values: Any) -> Iterator[Any]:
            # Not as a decorator, which would be gone before the first step.
            if skip_empty and self._is_incomplete(values):
                yield gr.skip()
                return
            with complaints(html.escape):
                yield from function(self.visit(values, request), *values[len(self._components) :])

        return handle

    def visit(self, values: Sequence[Any], request: gr.Request, event: gr.EventData | None = None) -> Visit[ViewT]:
        """The visit with these `values` of the components, in order; raises `UserError`."""
        named = dict(zip((control.name for control in self.view.on_page()), values, strict=False))
        asked = asked_of(self.choice, named.get("model"), language(request))
        return Visit(self.view.checked(named, asked), asked, event)

    def _is_incomplete(self, values: Sequence[Any]) -> bool:
        return any(
            value is None and not control.optional for control, value in zip(self.view.on_page(), values, strict=False)
        )

    def on_take(
        self, page: Page, button: gr.Button, take: Callable[..., Any], inputs: list, outputs: list
    ) -> Dependency:
        """Have `button` bring the picture in hand: ``take(visit, hand, *inputs)`` gives values for `outputs`.

        The visit is with the model that drew the picture, where this tab has it.
        """

        @called_like(take)
        @for_toast
        def handle(request: gr.Request, *values: Any) -> Any:
            *values, point, picture = values
            spoken = language(request)
            in_hand = hand.held(point, picture, spoken)
            named = dict(zip((control.name for control in self.view.on_page()), values, strict=False))
            drawn_by = in_hand.point.model if in_hand.point else named["model"]
            if drawn_by != named["model"] and self.choice.offers(drawn_by):
                known = self.view.controls()
                named = {name: value for name, value in named.items() if not known[name].of_model} | {"model": drawn_by}
            asked = asked_of(self.choice, named["model"], spoken)
            visit = Visit(self.view.checked(named, asked), asked)
            return take(visit, in_hand, *values[len(self._components) :])

        return button.click(handle, [*self.inputs, *inputs, *page.hand], outputs, js=hand.SEND, **LIVE)

    # ---- the permalink --------------------------------------------------------------------------

    @property
    def link(self) -> dict[str, Any]:
        """The event's arguments that write the view into the address bar, as in ``event.then(**controls.link)``."""
        return self._link("")

    def _link(self, more: str) -> dict[str, Any]:
        """The same, with `more` arguments, each after a comma, for the page's script."""
        linked = [control for control in self.view.on_page() if control.link]
        names = json.dumps([control.link for control in linked])
        optional = json.dumps([control.link for control in linked if control.optional or control.default == ""])
        return {
            "fn": None,
            "inputs": [self._components[control.name] for control in linked],
            "js": f"(...values) => {{ window.explorer.link({json.dumps(self.tab)}, {names}, {optional}, values{more}); }}",
            "api_visibility": "private",
        }

    def restored(self, page: Page, request: gr.Request) -> Visit[ViewT]:
        """What the visitor's link asks for on this tab as far as it can be had."""
        spoken = language(request)
        query = dict(request.query_params) if page.asked(request) == self.tab else {}
        linked = frozenset(query)
        card, bad = None, {"tab"} if query.get("tab", self.tab) not in page.tabs else set()
        if self.choice:
            try:
                card = self.choice.known(query.get("model", self.choice.first()), spoken)
            except gr.Error:
                card = self.choice.known(self.choice.first(), spoken)
                bad.add("model")
            query["model"] = card.id
        asked = Asked(spoken, card)
        view, more = self.view.from_link(query, asked)
        return Visit(view, asked, misfits=bad | more, linked=linked)

    def on_arrival(
        self, page: Page, arrive: Callable[..., tuple], outputs: list, known: Sequence[Component] = ()
    ) -> Dependency:
        """Fill the tab when a visitor first sees it, by a link or by opening it, and when a step in the history brings a view back.

        Until somebody sees it, it costs nothing. ``arrive(visit, *known)`` gets the restored visit and the values of `known`
        components, and gives values for `outputs`; of what no link holds it should keep what a visitor who is here `again`
        has. One toast names all that the link asks for in vain.
        """

        @called_like(arrive)
        @for_toast
        def fill(request: gr.Request, own: list[str], seen: dict[str, int], *values: Any) -> Any:
            if page.asked(request) != self.tab:
                return gr.skip()
            time = seen.get(self.tab, 0)
            visit = replace(self.restored(page, request), again=time > 0)
            shown = list(arrive(visit, *values))
            if visit.again:
                shown = [_anew(value, output, time) for value, output in zip(shown, outputs, strict=True)]
            seen[self.tab] = time + 1
            if self.choice and any(map(self.choice.offers, own)):
                place = next(place for place, each in enumerate(outputs) if each is self["model"])
                shown[place] = self.choice.dropdown(visit.card.id, visit.spoken, own)
            warn_of_link(visit.misfits, visit.spoken)
            return tuple(shown)

        if self.choice:
            model = self["model"]
            page.own.change(spoken(self._offer), [page.own, model], model, queue=False, **QUIET)
        inputs = [page.own, page.seen, *known]
        filled = page.select(fill, inputs, outputs, **{**PRIVATE, **LAST, "show_progress": "hidden"})
        filled.success(**self._link(", true"))
        return filled

    def _offer(self, spoken: str, own: list[str], model: Any) -> Any:
        """The models to choose from, with those that the visitor made here."""
        if not any(map(self.choice.offers, own)):
            return gr.skip()
        return self.choice.dropdown(self.choice.known(model, spoken).id, spoken, own)


def _anew(value: Any, output: Component, time: int) -> Any:
    """`value` so that a browser shows it at the `time`-th time, too: HTML that comes twice it leaves as scripts have changed it."""
    return value + "\n" * (1 + time % 2) if isinstance(output, gr.HTML) and isinstance(value, str) else value


def warn_of_link(bad: Iterable[str], spoken: str) -> None:
    """Tell the visitor which values of the link could not be used, if any."""
    if bad:
        gr.Warning(say("bad_link", spoken, names=", ".join(sorted(bad))))


def asked_of(choice: Choice | None, model: Any, spoken: str) -> Asked:
    """Who asks for `model`, one of `choice`, in the language `spoken`; raises `UserError` for another model."""
    return Asked(spoken, choice.known(model, spoken) if choice else None)


def spoken(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function that calls ``function(language, *inputs)``, for events that need no view."""

    @called_like(function)
    @for_toast
    def handle(request: gr.Request, *values: Any) -> Any:
        return function(language(request), *values)

    return handle
