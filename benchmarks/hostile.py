"""Requests that nobody should send: seeded, to every function for programs and to every event of the page.

A hostile request is a good one in which an argument is of the wrong type, not a number, far too long, deeply nested, unknown,
or a file that was never uploaded; or in which arguments are missing or too many; or whose body is no request at all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks import requests
from benchmarks.visitor import Event

LONG = 10**6
"""Characters of a name that nobody has."""
DEPTH = 200
"""Lists within each other: far more than any argument has, and no burden for a parser of JSON."""
FILE = {"meta": {"_type": "gradio.FileData"}}


def _nested(depth: int, inner: Any, wrap: Callable[[Any], Any]) -> Any:
    for _ in range(depth):
        inner = wrap(inner)
    return inner


VALUES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "NaN": math.nan,
    "infinity": math.inf,
    "-infinity": -math.inf,
    "-1": -1,
    "1.5": 1.5,
    "1e308": 1e308,
    "2^70": 2**70,
    "empty text": "",
    "a word": "no-such-thing",
    "markup": "<img src=x>",
    "a path upwards": "../../..",
    "a NUL": "a\0b",
    "half a character": "\ud800",
    "a million characters": "x" * LONG,
    "digits as text": "7",
    "empty list": [],
    "list of null": [None],
    "list of NaN": [math.nan] * 3,
    "list of texts": ["x"] * 20,
    "long list": [0] * 10**5,
    "deep lists": _nested(DEPTH, 1, lambda inner: [inner]),
    "deep objects": _nested(DEPTH, 1, lambda inner: {"a": inner}),
    "empty object": {},
    "unknown keys": {"no-such-key": 1, "constructor": {}},
    "a number as key": {"5": math.nan},
    "file never uploaded": {"path": "/tmp/never-uploaded.png", **FILE},
    "file of the machine": {"path": "/etc/hostname", **FILE},
    "folder as file": {"path": "/tmp", **FILE},
    "file without path": {"path": None, "url": None, **FILE},
    "number as path": {"path": 7, **FILE},
    "long path": {"path": "/tmp/" + "x" * 5000, **FILE},
    "path with a NUL": {"path": "/tmp/a\0b", **FILE},
    "address as file": {"path": "http://127.0.0.1:9/x.png", "url": "http://127.0.0.1:9/x.png", **FILE},
    "data that is no picture": {"path": "", "url": "data:image/png;base64,AAAA", **FILE},
    "list of files": [{"path": "/tmp/never-uploaded.png", **FILE}] * 3,
    "drawing of nothing": {"background": None, "layers": [7], "composite": "x"},
    "forged state": {"__type__": "state", "value": {"model": "x", "z": [math.nan] * 100, "latents": "x"}},
    "update": {"__type__": "update", "value": 7, "choices": [["a", "b"]]},
}

BODIES: Mapping[str, Any] = {
    "no data": {"session_hash": "abc"},
    "data is null": {"data": None},
    "data is an object": {"data": {"0": 1}},
    "data is text": {"data": "x"},
    "a list as body": [],
    "text as body": "x",
    "unknown event": {"data": [], "fn_index": 10**6},
    "negative event": {"data": [], "fn_index": -1},
    "text as event": {"data": [], "fn_index": "x"},
    "text as session": {"data": [], "session_hash": "\0" * 10},
    "a list as session": {"data": [], "session_hash": []},
    "long session": {"data": [], "session_hash": "x" * 10**5},
}


@dataclass(frozen=True)
class Probe:
    """One hostile request: to `event`, or to what is called `name`; `argument` got `value`.

    Only a sentence (or HTTP 4xx) is right where it `is_due`: the argument's type is none that the function takes.
    """

    name: str
    argument: str
    value: str
    queued: bool
    is_due: bool
    event: Event | None = None
    data: Any = None
    event_data: Any = None
    body: Any = None


@dataclass(frozen=True)
class Parameter:
    """A public function's parameter, as /info describes it."""

    name: str
    schema: Mapping[str, Any]
    is_optional: bool

    def takes(self, value: Any) -> bool:
        """Whether `value` is of a type that the parameter has, or its schema does not say."""
        return _fits(value, self.schema)


def parameters(address: str) -> dict[str, list[Parameter]]:
    """The parameters of the functions for programs, by the functions' names."""
    answer = httpx.get(f"{address}/gradio_api/info", params={"all_endpoints": True}, timeout=60).raise_for_status()
    return {
        name.removeprefix("/"): [
            Parameter(each["parameter_name"], each["type"], each["parameter_has_default"])
            for each in told["parameters"]
        ]
        for name, told in answer.json()["named_endpoints"].items()
    }


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return any(_fits(value, each) for each in schema[several])
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    kinds = {
        "string": isinstance(value, str),
        "integer": number and isinstance(value, int),
        "number": number,
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
        "null": value is None,
    }
    return kinds.get(schema.get("type", ""), True)


class Hostile:
    """Makes hostile requests for the page at `address`; `uploaded` are files that good ones name."""

    def __init__(self, address: str, events: Sequence[Event], uploaded: Mapping[str, Any]):
        self._parameters = parameters(address)
        self._public = [event for event in events if event.public]
        self._private = [event for event in events if not event.public]
        usual = requests.usual()
        self._good = {name: requests.with_uploads(given, uploaded) for name, given in usual.items()}

    def public(self, chance: random.Random, count: int) -> Iterator[Probe]:
        """So many requests to the functions for programs, one in ten of which is hardly a request."""
        for number in range(count):
            event = self._public[number % len(self._public)]
            if chance.random() < 0.1:
                yield self._malformed(chance, event)
            else:
                yield self._wrong(chance, event)

    def private(self, chance: random.Random, count: int) -> Iterator[Probe]:
        """So many requests to the events of the page, each of which starts from its components' defaults."""
        order = list(self._private)
        chance.shuffle(order)
        for number in range(count):
            event = order[number % len(order)]
            good = list(event.defaults)
            labels = [f"input {place} ({kind})" for place, kind in enumerate(event.inputs)]
            yield self._mutated(chance, event, good, labels, [None] * len(good))

    def _wrong(self, chance: random.Random, event: Event) -> Probe:
        known = self._parameters.get(event.name, [])
        good = list(self._good.get(event.name, [None] * len(event.inputs)))
        return self._mutated(chance, event, good, [each.name for each in known], known)

    def _mutated(
        self, chance: random.Random, event: Event, good: list, labels: Sequence[str], known: Sequence[Parameter | None]
    ) -> Probe:
        """`good` with one value exchanged, all of them, too few or too many."""
        dice, is_due, event_data = chance.random(), False, None
        if event.has_event_data and dice < 0.4:
            value = chance.choice(list(VALUES))
            argument, event_data = "event data", chance.choice([VALUES[value], {"index": VALUES[value]}])
        elif not good or dice < 0.12:
            argument, value = "count", "one too many"
            good, is_due = [*good, None], bool(known and known[0])
        elif dice < 0.24:
            kept = chance.randrange(len(good))
            argument, value, good = "count", f"the first {kept} of {len(good)}", good[:kept]
            is_due = any(each is not None and not each.is_optional for each in known[kept:])
        elif dice < 0.3:
            argument, value = "all", chance.choice(list(VALUES))
            good, is_due = [VALUES[value]] * len(good), self._is_wrong(known, VALUES[value])
        else:
            place, value = chance.randrange(len(good)), chance.choice(list(VALUES))
            argument = labels[place] if place < len(labels) else str(place)
            good[place], is_due = VALUES[value], self._is_wrong(known[place : place + 1], VALUES[value])
        return Probe(event.name, argument, value, event.queued, is_due, event, good, event_data)

    @staticmethod
    def _is_wrong(known: Sequence[Parameter | None], value: Any) -> bool:
        return any(each is not None and not each.takes(value) for each in known)

    @staticmethod
    def _malformed(chance: random.Random, event: Event) -> Probe:
        value, queued = chance.choice(list(BODIES)), chance.random() < 0.5
        name = event.name if not queued and "event" not in value else "queue/join" if queued else "run"
        return Probe(name, "body", value, queued, True, body=BODIES[value])
