"""Who plays, and whose turn it is. Nothing here computes by itself: a run goes on only while its visitor asks for more."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from explorer.texts import say
from explorer.texts.errors import UserError, shown

AT_ONCE = 2
"""Runs that compute at once on a public page."""
GONE = 1.8
"""Seconds after which somebody who has not asked for more has left, and the next one has a turn."""
MEMORY = 40 * 2**20
"""Bytes that runs may hold together beside those that have a turn."""
WAITING = 5
"""Seconds that a visitor's second question waits for the first."""


@dataclass
class Seat:
    """One visitor's run, and when it was asked for last."""

    run: Any = None
    asked: float = 0.0
    playing: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Runs:
    """The runs of all visitors, by a name that each visitor's browser made up.

    With `at_once`, so many have a turn at the same time, first come, first served; whoever stops asking loses it.
    """

    def __init__(self, at_once: int | None = None, clock: Callable[[], float] = time.monotonic):
        self._at_once, self._clock = at_once, clock
        self._seats: OrderedDict[str, Seat] = OrderedDict()
        self._lock = threading.Lock()

    def place(self, name: str) -> int:
        """0 if it is the turn of the run `name`, else its place among those who wait, from 1."""
        with self._lock:
            now = self._clock()
            self._retire(now)
            seat = self._seats.setdefault(name, Seat())
            if not seat.playing:
                self._seats.move_to_end(name)
            seat.asked, seat.playing = now, True
            ahead = [each for each in self._seats.values() if each.playing].index(seat)
            return 0 if self._at_once is None else max(0, ahead - self._at_once + 1)

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[Seat]:
        """The seat of the run `name`, for one question at a time; raises `UserError` while another one takes long."""
        with self._lock:
            seat = self._seats.setdefault(name, Seat())
            seat.asked = self._clock()
        if not seat.lock.acquire(timeout=WAITING):
            raise UserError(say("lab_busy", "en"))
        try:
            yield seat
        finally:
            seat.lock.release()
            with self._lock:
                seat.asked = self._clock()
                self._retire(seat.asked)
                self._make_room(seat)

    def pause(self, name: str) -> None:
        """Give the turn of the run `name` to the next one."""
        with self._lock:
            if name in self._seats:
                self._seats[name].playing = False

    def leave(self, name: str) -> None:
        """Forget the run `name`."""
        with self._lock:
            seat = self._seats.pop(name, None)
        if seat:
            _close(seat)

    def __len__(self) -> int:
        return len(self._seats)

    def _retire(self, now: float) -> None:
        """Take the turn from those who have stopped asking, and forget them if they leave nothing behind."""
        for name, seat in list(self._seats.items()):
            if now - seat.asked > GONE and not seat.lock.locked():
                seat.playing = False
                if seat.run is None:
                    del self._seats[name]

    def _make_room(self, last: Seat) -> None:
        """Forget those who have not asked for longest while all together hold too much."""
        by_age = sorted((item for item in self._seats.items() if item[1] is not last), key=lambda item: item[1].asked)
        held = sum(_bytes(seat) for seat in self._seats.values())
        for name, seat in by_age:
            if held <= MEMORY:
                break
            if seat.lock.locked() or (seat.playing and self._clock() - seat.asked <= GONE):
                continue
            held -= _bytes(seat)
            _close(self._seats.pop(name))


def _bytes(seat: Seat) -> int:
    return seat.run.bytes if seat.run else 0


def _close(seat: Seat) -> None:
    run, seat.run = seat.run, None
    if run:
        run.close()


def name(value: Any, language: str) -> str:
    """`value` as the name of a run, which a browser makes up; raises `UserError` for what none would."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-z]{16,40}", value):
        raise UserError(say("lab_bad_run", language, value=shown(value)))
    return value
