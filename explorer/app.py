"""Assembles the page from its tabs and serves it."""

from __future__ import annotations

import functools
import json
import math
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

import models_zoo
from explorer.models.memory import give_back
from explorer.models.store import ModelStore
from explorer.page import api, frame, lean, tray
from explorer.page.early import Early
from explorer.page.service import Service
from explorer.page.tab import Page, all_tabs
from explorer.page.theme import Seal
from explorer.pictures import files
from explorer.texts import label, translations
from models_zoo.hub import Cache

ASSETS = Path(__file__).parent / "assets"
PAGE = Path(__file__).parent / "page"
SCRIPTS = ("steps.js", "page.js", "tray.js", "charts.js")
SWEEP_EVERY = 60
"""Seconds between looks at the files of visitors."""
TIDY_EVERY = 3
"""Seconds between looks at memory."""
MOST_EVENTS = 200
"""Events on their way at a time, those that wait for their turn included."""
FAREWELL = 5.0
"""Seconds that work has to end in when the server is stopped."""
MOST_SESSIONS = 2_000
"""Visitors whose state is kept."""


def build(
    also: Sequence[Path] = (), public: bool = False, tabs: Sequence[str] | None = None, memory: int | None = None
) -> Service:
    """The whole page, without torch, which is imported when the first model is.

    `also` names folders with further models; with `public`, visitors cannot name folders themselves.
    `tabs` are the ids of those to show; all if None. `memory` is how many bytes the process should stay within.
    """
    files.only_uploads()
    # What visitors name on a public page must not fill the disk.
    load = functools.partial(models_zoo.load, cache=Cache()) if public else models_zoo.load
    store = ModelStore(also, memory, load)
    present = store.cards()
    shown = [
        tab
        for tab in all_tabs(tabs)
        if not tab.tasks or any(card.task in tab.tasks and tab.serves(card) for card in present)
    ]
    with Service(store, title=frame.TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        frame.masthead()
        if shown:
            kept, own, seen = gr.State([]), gr.State([]), gr.State({})
            in_hand = tray.keep_in_browser(kept)
            ids = [tab.id for tab in shown]
            # Pressed by the page's script when a visitor first opens a tab, or goes back to another view of it.
            openers = [gr.Button(visible="hidden", elem_id=f"open-{tab_id}").click for tab_id in ids]
            # Pressed when a visitor first does anything.
            touched = gr.Button(visible="hidden", elem_id="touched").click
            bodies = []
            frame.scenes(shown)
            frame.menu(shown)
            with gr.Tabs(elem_id="tabs"):
                for tab, opener in zip(shown, openers, strict=True):
                    with gr.Tab(label(tab.name), id=tab.id) as body:
                        gr.Markdown(label(f"first_{tab.id}"), elem_classes="first-step")
                        tab.build(Page(store, public, in_hand, kept, own, seen, ids, opener))
                    bodies.append(body)
                    body.select(None, js=f"() => {{ window.explorer.open('{tab.id}'); }}", api_visibility="private")
            lean.fetch_late(bodies, openers, touched)
            demo.load(None, js=f"() => {{ window.explorer.begin({json.dumps(ids)}); }}", api_visibility="private")
        else:
            gr.Markdown(label("no_models"))
        api.publish(store)
    lean.keep_progress_sparingly(demo)
    demo.head = f"<script>{tray.script(shown, present)}</script>" + "".join(
        f"<script>{(PAGE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS
    )
    return demo.queue(max_size=MOST_EVENTS, default_concurrency_limit=1)


def launch(demo: Service, **options) -> tuple[str, str | None]:
    """Start serving `demo` in the background and give its local and, if shared, its public address.

    `options` are those of `gr.Blocks.launch`. Raises `OSError` if the port is taken.
    """
    _, local, shared = demo.launch(
        prevent_thread_lock=True,
        theme=Seal(),
        css_paths=[PAGE / "style.css"],
        head=demo.head,
        i18n=translations(),
        footer_links=["api"],
        run_history=False,
        max_file_size="20mb",
        favicon_path=ASSETS / "favicon.png",
        max_threads=MOST_EVENTS,
        state_session_capacity=MOST_SESSIONS,
        app_kwargs={"middleware": [Middleware(demo.door.around), Middleware(Early, ASSETS / "favicon.png")]},
        **options,
    )
    for job in (_warm_up, lambda: _housekeeping(demo)):
        threading.Thread(target=job, daemon=True).start()
    return local, shared


def until_stopped(demo: Service) -> None:
    """Serve until somebody interrupts the process or asks it to end (SIGINT, SIGTERM)."""
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    # In short waits, for a longer one would keep signals waiting on Windows.
    while not stop.wait(0.5):
        pass
    close(demo)


def close(demo: Service) -> None:
    """Stop serving: work that goes on is ended, and those who wait for it are told so."""
    demo.turns.close()
    deadline = time.monotonic() + FAREWELL
    while any(demo.turns.counts) and time.monotonic() < deadline:
        time.sleep(0.05)
    # Time for the last answers to leave.
    time.sleep(0.3)
    demo.close()


def _warm_up() -> None:
    """Import torch while the visitor's browser is still busy with the page."""
    import models_zoo.checkpoint  # noqa: F401


def _housekeeping(demo: Service) -> None:
    """Keep memory and disk within their bounds; memory is given back when there was work and nobody works any more."""
    swept, given = -math.inf, 0
    while True:
        if time.monotonic() - swept > SWEEP_EVERY:
            files.sweep(set(demo.upload_file_set))
            swept = time.monotonic()
        is_idle = not any(demo.turns.counts)
        if is_idle:
            demo.store.shrink()
        if is_idle and given != demo.turns.finished:
            given = demo.turns.finished
            give_back()
        time.sleep(TIDY_EVERY)
