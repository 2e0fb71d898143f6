"""What every request passes before Gradio sees it: its size, its health check, who listens, and sentences in place of bare errors."""

from __future__ import annotations

import json
import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from gradio.queueing import Queue

from explorer.models.turns import Turns
from explorer.page.allowance import Allowance, client_of
from explorer.page.guard import is_full
from explorer.texts import say

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

MOST_BYTES = 30 * 2**20
"""Of a request that is no upload; programs may send pictures of 20 MB as base64."""
UNHEARD = 10.0
"""Seconds that an answer may be computed for before somebody listens, as programs ask first and listen then."""
HEARD = 100
"""Listeners of whom is remembered when they left."""
DIRECT = re.compile(r"/gradio_api/(run|api)/")
LISTENING = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/(?P<event>[^/]+)$")

log = logging.getLogger("explorer")


class TooLarge(Exception):
    """A request is longer than `MOST_BYTES`."""


class TooMuch(Exception):
    """A client has uploaded more than its share."""


class Door:
    """ASGI middleware in front of a page whose requests wait in `turns`; `metrics` gives what is told under ``/metrics``, if anything."""

    def __init__(self, turns: Turns, metrics: Callable[[], bytes | None], clock: Callable[[], float] = time.monotonic):
        self._turns, self._metrics, self._clock = turns, metrics, clock
        self._listening: Counter[str] = Counter()
        self._left: dict[str, float] = {}
        self._allowance = Allowance(clock=clock)

    def around(self, app: App) -> App:
        """`app` behind this door."""

        async def passed(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif scope["path"] == "/healthz":
                running, waiting = self._turns.counts
                await _answer(send, 200, {"status": "ok", "running": running, "waiting": waiting})
            elif scope["path"] == "/metrics" and (numbers := self._metrics()) is not None:
                await _send(send, 200, b"text/plain; version=0.0.4", numbers)
            else:
                with self._listener(scope):
                    await self._through(app, scope, receive, send)

        return passed

    async def is_waited_for(self, request: gr.Request | None, event_id: str | None, queue: Queue) -> bool:
        """Whether somebody still waits for the answer to a `request`, which for an event of the `queue` has an id."""
        if event_id is None:
            asked = getattr(request, "request", None)
            return asked is None or not await asked.is_disconnected()
        event = queue.event_ids_to_events.get(event_id)
        if event is None or not event.alive:
            return False
        if self._listening[event.session_hash] or self._listening[event_id]:
            return True
        heard = max(self._left.get(event.session_hash, 0), self._left.get(event_id, 0), event.enqueue_time)
        return self._clock() - heard < UNHEARD

    async def _through(self, app: App, scope: Message, receive: Receive, send: Send) -> None:
        """Have `app` answer, with a sentence where it would answer with an error that says nothing."""
        length, started = 0, False
        is_upload, client = scope["path"].endswith("/gradio_api/upload"), client_of(scope)

        async def bounded() -> Message:
            nonlocal length
            message = await receive()
            arrived = len(message.get("body", b""))
            length += arrived
            if is_upload and not self._allowance.take(client, arrived):
                raise TooMuch
            if length > MOST_BYTES and not is_upload:
                raise TooLarge
            return message

        async def told(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start" and message["status"] == 500 and DIRECT.search(scope["path"]):
                # Gradio gives every complaint this status, which says that the server is broken.
                message = {**message, "status": 422}
            await send(message)

        try:
            await app(scope, bounded, told)
        except Exception as error:
            if started:
                raise
            status, key = 400, "door_unknown"
            if isinstance(error, TooLarge):
                status, key = 413, "door_large"
            elif isinstance(error, TooMuch):
                status, key = 429, "door_much"
            elif isinstance(error, OSError) and is_full(error):
                status, key = 507, "service_disk"
            entry = {
                "path": scope["path"][:100],
                "outcome": "refused",
                "detail": f"{type(error).__name__}: {error}"[:100],
            }
            log.info(json.dumps(entry, ensure_ascii=False))
            await _answer(send, status, {"error": say(key, "en")})

    @contextmanager
    def _listener(self, scope: Message) -> Iterator[None]:
        """Around a request that may be somebody listening for the answers to a session's, or to one, event."""
        name = ""
        if scope["path"].endswith("/gradio_api/queue/data"):
            name = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        elif scope["method"] == "GET" and (found := LISTENING.search(scope["path"])):
            name = found["event"]
        if not name:
            yield
            return
        self._listening[name] += 1
        try:
            yield
        finally:
            self._listening[name] -= 1
            if not self._listening[name]:
                del self._listening[name]
            self._left[name] = self._clock()
            while len(self._left) > HEARD:
                del self._left[next(iter(self._left))]


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    await _send(send, status, b"application/json", json.dumps(content).encode())


async def _send(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
