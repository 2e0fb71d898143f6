"""What a browser is spared: progress that nobody sees, and code of components that nobody has come to yet."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence

import gradio as gr
from gradio.blocks import Block, BlockContext
from gradio.events import Dependency

PICTURES = (gr.ImageSlider, gr.Gallery, gr.HTML)
"""Components that show what a model makes."""
LATE = (
    gr.Accordion,
    gr.CheckboxGroup,
    gr.File,
    gr.Gallery,
    gr.Image,
    gr.ImageEditor,
    gr.ImageSlider,
    gr.Radio,
    gr.Textbox,
    gr.Video,
)
"""Components of which each kind is code of its own for the browser, and which no tab begins with."""

FORMULAS = "formulas"
"""The class of texts with formulas."""


def keep_progress_sparingly(demo: gr.Blocks) -> None:
    """Have Gradio keep the progress of an event on one component only: the first of its outputs that shows pictures.

    At each step of each event the browser looks every component up whose progress was ever kept, each time from the
    root of the page. If these are all outputs of all events, as they are by default, every click waits for that.
    """
    for event in demo.fns.values():
        if event.show_progress == "hidden":
            event.show_progress_on = []
        elif event.show_progress_on is None:
            pictures = (each for kind in PICTURES for each in event.outputs if isinstance(each, kind))
            event.show_progress_on = list(itertools.islice(pictures, 1))


def fetch_late(
    tabs: Sequence[gr.Tab], openers: Sequence[Callable[..., Dependency]], touched: Callable[..., Dependency]
) -> None:
    """Have the browser fetch the code of components that are `LATE` when somebody opens their tab, each told by one of `openers`.

    Gradio fetches that of every component that is not invisible with the page, whatever the tab. Formulas, whose code and fonts are
    fetched when they are drawn, and what is late on the first tab wait for the event `touched`: somebody does something on the page.
    """
    first, *others = ([each for each in _inside(tab) if isinstance(each, LATE)] for tab in tabs)
    formulas = [each for tab in tabs for each in _inside(tab) if FORMULAS in (each.elem_classes or ())]
    for late, event in zip([first + formulas, *others], [touched, *openers[1:]], strict=True):
        late = [each for each in late if each.visible]
        # Some are there for the page's script only: "hidden".
        updates = json.dumps([{"__type__": "update", "visible": each.visible} for each in late])
        for each in late:
            each.visible = False
        if late:
            event(None, None, late, js=f"() => {updates}", api_visibility="private")


def _inside(context: BlockContext) -> Iterator[Block]:
    for each in context.children:
        yield each
        if isinstance(each, BlockContext):
            yield from _inside(each)
