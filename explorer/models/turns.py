"""Whose turn it is to compute: one place per request, short work before long, and an end for work that nobody waits for."""

from __future__ import annotations

import contextlib
import contextvars
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Step = TypeVar("Step")
Reason = Literal["left", "long", "closing"]
"""Why work ends before it is done: nobody waits for it, it takes too long, or the server is being stopped."""
AT_ONCE = 2
"""Requests that compute at the same time: while one draws, another may write its pictures. One of short work may join them."""
SHORT = 0.05
"""Seconds that work of a short kind usually takes at most: less than it would wait for a turn to end."""
MOST_WAITING = 100
LONGEST_WAIT = 60.0
"""Seconds after which whoever has waited longest is next, however short the work of others."""
QUANTUM = 0.5
"""Seconds for which a request computes before it lets those go first who wait for less."""
MOST_BEGUN = 16
"""Requests that may have begun and wait to go on, each of which holds a thread and its memory."""
FIRST_GUESS = 0.5
"""Seconds that a kind of work is taken to last before any has ended."""
SHORTEST = 0.005
LONG = 6.0
"""Work of a kind that usually takes so many times as long as all work does on average is long: it fills the gaps between other work."""
NEWEST = 0.2
"""Share of the last measurement in the mean duration of a kind of work."""
NEWEST_OF_ALL = 0.005
"""Share of the last measurement in the mean duration of all work; small, as what is long should not change with every long job."""


class Full(Exception):
    """So many wait already that another would wait too long."""

    def __init__(self, waiting: int):
        super().__init__(f"{waiting} requests are waiting")
        self.waiting = waiting


class Ended(Exception):
    """Work ends before it is done."""

    def __init__(self, why: Reason):
        super().__init__(why)
        self.why = why


@dataclass(eq=False)
class Job:
    """One request for processor time of a `visitor`, for a `kind` of work whose duration is known from earlier ones."""

    visitor: str
    kind: str
    asked: float
    granted: Future = field(default_factory=Future)
    began: float = 0.0
    since: float = 0.0
    """When it got its present turn."""
    worked: float = 0.0
    """Seconds of computing in earlier turns."""
    waited: float = 0.0
    end: Reason | None = None
    """Why it must end, if it must."""


class Turns:
    """Gives turns to jobs: at most `at_once` compute, and one more of short work.

    Of a visitor one computes at a time, in the order in which they came.

    Of those who are next for their visitor, the one goes first who has waited longest in proportion to the root of the usual duration
    of its kind of work: between in proportion to the duration itself, where whatever takes a second would wait for minutes when there are
    many, and equally for all. Long work counts as if it had waited still less, so that the longest comes last, unless somebody has
    waited for `LONGEST_WAIT`. All methods may be called from many threads.
    """

    def __init__(self, at_once: int = AT_ONCE, most: int = MOST_WAITING, clock: Callable[[], float] = time.monotonic):
        self._at_once, self._most, self._clock = at_once, most, clock
        self._lock = threading.Lock()
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._usual: dict[str, float] = {}
        self._mean, self._measured = FIRST_GUESS, 0
        self.finished = 0
        """Jobs that have had their turn."""
        self._served: dict[str, float] = {}
        """When each visitor who wants something had a turn last."""
        self._closing: Reason | None = None

    def join(self, visitor: str, kind: str, before: Job | None = None) -> Job:
        """A job that waits: its `granted` has a result when its turn has come. Raises `Full`.

        It goes on with what the job `before` began, whose waiting and computing count for it.
        """
        with self._lock:
            if len(self._waiting) >= self._most and not before:
                raise Full(len(self._waiting))
            job = Job(visitor, kind, self._clock(), end=self._closing)
            if before:
                job.waited, job.worked = before.waited, before.worked
            self._waiting.append(job)
            self._grant()
        return job

    def leave(self, job: Job, done: bool = True) -> None:
        """Whether it had its turn or not, `job` wants no more; if it is `done`, its kind of work usually takes as long as it did."""
        with self._lock:
            if job in self._running:
                self._running.remove(job)
                self.finished += 1
                job.worked += self._clock() - job.since
                if done:
                    mean = self._usual.get(job.kind, FIRST_GUESS)
                    self._usual[job.kind] = max(SHORTEST, mean + NEWEST * (job.worked - mean))
                    self._measured += 1
                    worked = max(SHORTEST, job.worked)
                    self._mean += max(NEWEST_OF_ALL, 1 / self._measured) * (worked - self._mean)
            elif job in self._waiting:
                self._waiting.remove(job)
            self._grant()

    def look(self, job: Job) -> None:
        """Called from time to time by the thread that does the work: lets others go first whose turn it is.

        Raises `Ended` if the job is to end.
        """
        if job.end:
            raise Ended(job.end)
        now = self._clock()
        if not self._waiting or now - job.since < QUANTUM:
            return
        with self._lock:
            if job not in self._running:
                return
            self._running.remove(job)
            job.worked += now - job.since
            job.asked, job.granted = now, Future()
            # First, so that nothing that its visitor asked for later goes before it.
            self._waiting.insert(0, job)
            self._grant()
        # Not for ever, for its visitor may have left meanwhile.
        while not _has_come(job.granted, 0.5):
            if job.end:
                raise Ended(job.end)

    def ahead(self, job: Job) -> int:
        """How many wait or compute who came before `job`."""
        with self._lock:
            return sum(each.asked < job.asked for each in (*self._waiting, *self._running))

    def end(self, job: Job, why: Reason) -> None:
        """Have `job` end when it next looks, for the reason `why`."""
        job.end = job.end or why

    def close(self) -> None:
        """End all work, and whatever is asked for from now on."""
        with self._lock:
            self._closing = "closing"
            for job in (*self._running, *self._waiting):
                job.end = job.end or "closing"

    def worked(self, job: Job) -> float:
        """Seconds for which `job` has been computing."""
        with self._lock:
            return job.worked + (self._clock() - job.since if job in self._running else 0)

    @property
    def counts(self) -> tuple[int, int]:
        """How many compute, and how many wait."""
        with self._lock:
            return len(self._running), len(self._waiting)

    def _grant(self) -> None:
        """Give the free turns away; called with the lock held."""
        now = self._clock()
        while job := self._next(now):
            self._waiting.remove(job)
            self._running.append(job)
            job.since = now
            job.began = job.began or now
            job.waited += now - job.asked
            self._served[job.visitor] = now
            job.granted.set_result(None)
        wanting = {job.visitor for job in (*self._waiting, *self._running)}
        self._served = {visitor: served for visitor, served in self._served.items() if visitor in wanting}

    def _next(self, now: float) -> Job | None:
        free = self._at_once - len(self._running)
        if free < 0:
            return None
        busy, heads = {job.visitor for job in self._running}, {}
        is_crowded = sum(job.began > 0 for job in self._waiting) >= MOST_BEGUN
        for job in self._waiting:
            if job.visitor not in busy and (job.began or not is_crowded):
                heads.setdefault(job.visitor, job)
        if not free:
            heads = {visitor: job for visitor, job in heads.items() if self._expected(job) <= SHORT}
        if not heads:
            return None
        # Whoever asks for much at once waits for each thing from the end of the one before it.
        since = {visitor: max(job.asked, self._served.get(visitor, 0)) for visitor, job in heads.items()}
        oldest = min(heads.values(), key=lambda job: since[job.visitor])
        if now - since[oldest.visitor] > LONGEST_WAIT:
            return oldest
        return max(heads.values(), key=lambda job: self._urgency(job, now - since[job.visitor]))

    def _urgency(self, job: Job, waited: float) -> float:
        """What is highest of the job that goes first, after it has `waited` for its present turn."""
        expected = self._expected(job)
        return (job.waited + waited) / math.sqrt(expected) / max(1.0, expected / (LONG * self._mean)) ** 2.5

    def _expected(self, job: Job) -> float:
        """Seconds that `job` is going to take in all, as far as one can know."""
        return max(self._usual.get(job.kind, FIRST_GUESS), job.worked)


_present: contextvars.ContextVar[tuple[Turns, Job] | None] = contextvars.ContextVar("turn", default=None)


@contextlib.contextmanager
def taken(turns: Turns, job: Job) -> Iterator[None]:
    """Around the work of `job`: `look` looks after this job here, and in threads that are started with this context."""
    token = _present.set((turns, job))
    try:
        yield
    finally:
        _present.reset(token)


def timed(steps: Iterator[Step]) -> Iterator[tuple[float, Step]]:
    """The `steps` of a work that may take a number of seconds, each with those so far, without the ones in which others went first."""
    total = 0.0
    while True:
        began, waited = time.perf_counter(), _waited()
        try:
            step = next(steps)
        except StopIteration:
            return
        total += time.perf_counter() - began - (_waited() - waited)
        yield total, step


def _waited() -> float:
    present = _present.get()
    return present[1].waited if present else 0.0


def look() -> None:
    """Called by long work at every step: lets others go first, and ends the work if nobody waits for it any more.

    Does nothing where work has no turn, as in tests. Raises `Ended`.
    """
    if present := _present.get():
        turns, job = present
        turns.look(job)


def _has_come(turn: Future, seconds: float) -> bool:
    try:
        turn.result(seconds)
    except TimeoutError:
        return False
    return True
