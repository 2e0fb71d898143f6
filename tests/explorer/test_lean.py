"""What a browser is spared, progress that nobody sees and code that nobody needs yet, and what it must not leave out."""

import json

import gradio as gr
import pytest

from explorer.app import build
from explorer.page import lean


@pytest.fixture(scope="module")
def page():
    """The whole page."""
    return build()


def test_an_event_keeps_the_progress_of_one_component_at_most(page):
    """Gradio's browser part looks up all whose progress was ever kept, at each step of each event."""
    assert [event._id for event in page.fns.values() if event.show_progress_on is None] == []
    assert max(len(event.show_progress_on) for event in page.fns.values()) == 1
    shown = [event for event in page.fns.values() if event.show_progress_on]
    assert {type(each) for event in shown for each in event.show_progress_on} <= {*lean.PICTURES, gr.Textbox}


def test_opening_the_page_asks_the_server_for_nothing(page):
    """The page's script opens the linked tab, and a tab asks for its contents when it is opened."""
    loads = [event for event in page.fns.values() if ("load" in [name for _, name in event.targets])]
    assert loads and not any(event.fn for event in loads)


def test_no_component_is_fetched_before_its_tab_is_opened_and_all_are_then(page):
    components = {each._id: each for each in page.blocks.values()}
    late = [each for each in components.values() if isinstance(each, lean.LATE)]
    assert len(late) > 50 and not any(each.visible for each in late)
    revealed = {}
    for event in page.fns.values():
        if event.js and event.js.startswith('() => [{"__type__": "update", "visible"'):
            updates = json.loads(event.js.removeprefix("() => "))
            revealed |= {out._id: update["visible"] for out, update in zip(event.outputs, updates, strict=True)}
    waiting = [each for each in late if each._id not in revealed]
    # What is left appears when there is something to show in it.
    assert len(waiting) < len(late) / 2 and set(revealed.values()) <= {True, "hidden"}
    formulas = [each for each in components.values() if lean.FORMULAS in (getattr(each, "elem_classes", None) or ())]
    assert len(formulas) > 10 and {each._id for each in formulas} <= revealed.keys()


def test_no_choice_is_dropped_because_the_one_before_it_is_still_being_answered(page):
    """Gradio's browser part drops what comes while an event runs, unless that event says otherwise."""
    choices = {"input", "change", "upload", "clear", "select", "edit"}
    lost = set()
    for event in page.fns.values():
        targets = [(getattr(page.blocks.get(each), "elem_id", each), name) for each, name in event.targets]
        if event.fn and event.trigger_mode == "once" and (len(targets) > 1 or choices & {name for _, name in targets}):
            lost |= {name for name, _ in targets}
    # A name that is kept by a click or by Enter is one and the same.
    assert {name for name in lost if "keep" not in str(name)} == set()
