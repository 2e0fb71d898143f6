"""What a tab is, what all tabs share, and where they are found: every folder of `explorer/tabs` is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gradio as gr
from gradio.events import Dependency

import explorer.tabs
from explorer.models.store import ModelStore
from models_zoo import Card


@dataclass
class Page:
    """What all tabs share.

    `hand` are the two components through which the picture in hand comes (`explorer.page.hand`). `kept` holds the list of
    points that the visitor named; tabs that offer them follow
    its `change` event. `own` holds the ids of the models that the visitor made here, which all tabs offer that can use
    them. `seen` holds how often each tab was filled. `public` is true where visitors may be strangers, who must not see this machine's files. `tabs`
    are the ids of all tabs; the first opens where a link names none. `select` is the event of somebody who sees this tab
    for the first time, or to whom another view of it comes back; the address already tells which.
    """

    store: ModelStore
    public: bool
    hand: Sequence[gr.HTML]
    kept: gr.State
    own: gr.State
    seen: gr.State
    tabs: Sequence[str]
    select: Callable[..., Dependency]

    def asked(self, request: gr.Request) -> str:
        """The tab that the visitor's link names, else the first."""
        named = request.query_params.get("tab")
        return named if named in self.tabs else self.tabs[0]


GROUPS = ("draw", "explore", "transform", "understand")
"""What can be done here, in the order of the menu: each tab is in one of these groups."""


@dataclass(frozen=True)
class Tab:
    """One tab.

    `tasks` are those of the models it serves, and `serves` tells which of these: it appears only where there is such a
    model, or always if it needs none. `build` lays it out and wires it, inside the tab. `name` is a key of `explorer.texts`; tabs stand in
    their `group`, in the order of `place`. `takes` says what can be sent to it from the tray: ``"picture"`` any, and ``"point"``
    those that one of its models can draw again. `scene` is what follows the tab's id in a permalink to something that
    astonishes, if there is such, and after a # the id of the element that the visitor is to see; the text ``scene_{id}`` says what it
    is, and ``first_{id}`` what to do first here.
    """

    id: str
    name: str
    tasks: tuple[str, ...]
    group: str
    place: int
    build: Callable[[Page], None]
    serves: Callable[[Card], bool] = lambda card: True
    takes: str = ""
    scene: str = ""


def all_tabs(only: Sequence[str] | None = None) -> list[Tab]:
    """Every tab there is, in order, or those whose ids are `only` these; a tab's id is the name of its folder."""
    rooms = [room.name for room in pkgutil.iter_modules(explorer.tabs.__path__) if only is None or room.name in only]
    return sorted(
        (importlib.import_module(f"explorer.tabs.{room}.tab").TAB for room in rooms),
        key=lambda tab: (GROUPS.index(tab.group), tab.place),
    )
