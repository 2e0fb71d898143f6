"""Every event of the page and every call of a program, at the boundary: checked, given a turn, ended when nobody waits, told in the log."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import time
import traceback
import uuid
import weakref
from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio import route_utils, state_holder
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from explorer.models import turns
from explorer.models.store import ModelStore
from explorer.models.turns import Ended, Full, Job, Turns
from explorer.page import guard, html, shared
from explorer.page.door import Door
from explorer.page.shared import Shared
from explorer.page.wiring import WORK
from explorer.texts import language, say
from explorer.texts.errors import UserError, shown

if TYPE_CHECKING:
    from explorer.page.metrics import Metrics

LOOK = 0.25
"""Seconds between looks at whether somebody still waits for an answer."""
LONGEST_WORK = 180.0
"""Seconds of computing after which a request is ended."""
TELL = 1.5
"""Seconds of waiting after which a visitor is told how many are before them."""
TOLD = 4.0
"""Seconds for which that stands there."""
SLOW = 60.0
"""Seconds of computing after which the log names a request."""
MOST_QUOTED = 300
"""Characters of another's complaint that are passed on."""

log = logging.getLogger("explorer")


class LeanSession(SessionState):
    """What Gradio keeps of a visitor, without a copy of the whole page's configuration.

    That copy, more than a megabyte for this page, is for links to a visitor's session, which this page does not have.
    """

    def __init__(self, blocks: gr.Blocks):
        # All that `SessionState.__init__` does but that copy.
        self.blocks_config = copy(blocks.default_config)
        self.config_values = {}
        self.state_data = {}
        self._state_ttl = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3600

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


@dataclass
class Request:
    """One event or call on its way, as the log tells of it."""

    id: str
    kind: str
    spoken: str
    began: float
    model: str = ""
    waited: float = 0.0
    worked: float = 0.0

    def line(self, outcome: str, detail: str) -> str:
        """The line of the log."""
        entry = {
            "request": self.id,
            "kind": self.kind,
            "outcome": outcome,
            **({"model": self.model[:MOST_QUOTED]} if self.model else {}),
            "seconds": round(time.monotonic() - self.began, 3),
            "waited": round(self.waited, 3),
            "worked": round(self.worked, 3),
            **({"detail": shown(detail)} if detail else {}),
        }
        return json.dumps(entry, ensure_ascii=False)


class Service(gr.Blocks):
    """The page, every one of whose functions is called through `process_api`."""

    def __init__(self, store: ModelStore, **options: Any):
        super().__init__(**options)
        self.store = store
        self.turns = Turns()
        self._shared = Shared()
        self._begun: weakref.WeakKeyDictionary[Any, Job] = weakref.WeakKeyDictionary()
        """The last jobs of generators that go on."""
        self.metrics: Metrics | None = None
        self.door = Door(self.turns, lambda: self.metrics.text() if self.metrics else None)
        state_holder.SessionState = route_utils.SessionState = LeanSession

    async def process_api(
        self,
        block_fn: BlockFunction | int,
        inputs: list[Any],
        *,
        request: gr.Request | None = None,
        iterator: Any = None,
        session_hash: str | None = None,
        event_id: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """As Gradio has it, with a sentence for whatever goes wrong; `inputs` are the values that were sent."""
        function = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        asked = Request(uuid.uuid4().hex[:8], name_of(function), language(request), time.monotonic())
        more |= {"request": request, "iterator": iterator, "session_hash": session_hash, "event_id": event_id}
        with self._sentences(asked):
            if iterator is None:
                guard.check(function, inputs, asked.spoken)
                asked.model = guard.model_of(function, inputs)
            elif not await self.door.is_waited_for(request, event_id, self._queue):
                # The steps of a generator may each be too short for anybody to look at meanwhile.
                raise Ended("left")
            if function.concurrency_id != WORK:
                return await super().process_api(function, inputs, **more)
            work = functools.partial(super().process_api, function, inputs, **more)
            compute = functools.partial(self._in_turn, asked, work, more)
            key = shared.key_of(function, inputs, asked.spoken)
            if not key:
                return await compute()
            return await self._shared.answer(key, compute, lambda other: self._with_another(other, asked, more))

    async def _with_another(self, other: asyncio.Future, asked: Request, more: dict[str, Any]) -> None:
        """Wait for the answer to an equal request as long as somebody waits for this one's."""
        began = time.monotonic()
        while not await _is_done(other, LOOK):
            if not await self.door.is_waited_for(more["request"], more["event_id"], self._queue):
                raise Ended("left")
        asked.waited += time.monotonic() - began

    async def _in_turn(
        self, asked: Request, work: Callable[[], Awaitable[dict[str, Any]]], more: dict[str, Any]
    ) -> dict[str, Any]:
        """What `work` gives when its turn has come."""
        before = self._begun.pop(more["iterator"], None) if more["iterator"] is not None else None
        try:
            job = self.turns.join(more["session_hash"] or address(more["request"]), asked.kind, before)
        except Full as full:
            raise UserError(say("service_full", asked.spoken, count=full.waiting)) from None
        task, goes_on = None, False
        try:
            turn, told = asyncio.wrap_future(job.granted), False
            while not await _is_done(turn, LOOK):
                await self._watch(job, asked, more)
                if job.end:
                    raise Ended(job.end)
                told = told or self._tell_place(job, asked, more["event_id"])
            with turns.taken(self.turns, job):
                task = asyncio.ensure_future(work())
            while not await _is_done(task, LOOK):
                await self._watch(job, asked, more)
            result = task.result()
            goes_on = result["is_generating"]
            if goes_on:
                self._begun[result["iterator"]] = job
            return result
        finally:
            if task and not task.done():
                # The thread that computes cannot be stopped, only asked to stop, and keeps its turn until it does.
                self.turns.end(job, "left")
                task.add_done_callback(
                    lambda each: (self.turns.leave(job, done=False), each.cancelled() or each.exception())
                )
            else:
                self.turns.leave(job, done=task is not None and task.exception() is None and not goes_on)
            asked.waited, asked.worked = asked.waited + job.waited, job.worked

    async def _watch(self, job: Job, asked: Request, more: dict[str, Any]) -> None:
        """End the work of `job` if nobody waits for it any more, or if it takes too long."""
        worked = self.turns.worked(job)
        if not await self.door.is_waited_for(more["request"], more["event_id"], self._queue):
            self.turns.end(job, "left")
        elif worked > LONGEST_WORK:
            self.turns.end(job, "long")
        if SLOW < worked <= SLOW + LOOK:
            log.warning(json.dumps({"request": asked.id, "kind": asked.kind, "still computing after": SLOW}))

    def _tell_place(self, job: Job, asked: Request, event_id: str | None) -> bool:
        """Show a visitor who has been waiting in the page for `TELL` seconds how many are before them; whether they were told."""
        ahead = self.turns.ahead(job)
        if not event_id or not ahead or time.monotonic() - job.asked < TELL:
            return False
        self._queue.log_message(event_id, say("service_place", asked.spoken, count=ahead), "", "info", TOLD)
        return True

    @contextlib.contextmanager
    def _sentences(self, asked: Request) -> Iterator[None]:
        """Around one request: whatever it raises leaves as one sentence, and the log has one line."""

        def told(outcome: str, detail: str = "") -> None:
            log.info(asked.line(outcome, detail))
            if self.metrics:
                self.metrics.count(asked.kind, outcome, asked.waited, asked.worked)

        try:
            yield
        except UserError as error:
            told("refused", error.message)
            raise
        except Ended as ended:
            told("ended", ended.why)
            raise UserError(say(f"service_{ended.why}", asked.spoken, seconds=LONGEST_WORK)) from None
        except gr.Error as error:
            told("refused", error.message)
            raise UserError(html.escape(str(error.message)[:MOST_QUOTED])) from None
        except asyncio.CancelledError:
            told("left")
            raise
        except OSError as error:
            told("failed", _place(error))
            raise UserError(
                say("service_disk" if guard.is_full(error) else "service_unreadable", asked.spoken)
            ) from None
        except Exception as error:
            told("failed", _place(error))
            raise UserError(say("service_unreadable", asked.spoken)) from None
        else:
            told("answered")


def name_of(function: BlockFunction) -> str:
    """What the log calls an event or a public function."""
    if isinstance(function.api_name, str) and function.api_visibility == "public":
        return function.api_name
    made = function.fn
    named = f"{getattr(made, '__module__', '')}.{getattr(made, '__qualname__', function._id)}"
    return named.removeprefix("explorer.").replace("<locals>.", "")


def address(request: gr.Request | None) -> str:
    """The connection of a program that has no session."""
    client = getattr(request, "client", None)
    return f"{client.host}:{client.port}" if client else ""


async def _is_done(waited: asyncio.Future, seconds: float) -> bool:
    done, _ = await asyncio.wait({waited}, timeout=seconds)
    return bool(done)


def _place(error: BaseException) -> str:
    """Where an unforeseen error came up, in one line."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}): {error}"
