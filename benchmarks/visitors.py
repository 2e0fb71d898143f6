"""Many visitors at once: `python -m benchmarks.visitors [--visitors 50] [--seconds 180] [--against DIR] [--rounds N]`.

Each visitor has a session and uploads of its own, and asks the next thing when the last was answered (`--pause` seconds later):
a seeded course through all functions for programs, as often as a page sends them (`benchmarks.requests`). Before, each distinct
request is answered alone, twice; the second time is what it costs, and its pictures are what they must be under visitors, byte for
byte. With `--against`, another checkout takes turns with this one, on the same machine and with the same course.

Waiting in proportion to cost is fair. A kind's "times its share" is the median of its requests' waiting over their cost, over the
same ratio for all requests together: 1 where everybody waits as long as their work is large.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tyro

from benchmarks import requests
from benchmarks.processes import HERE, Server, running
from benchmarks.requests import KINDS, Kind
from benchmarks.visitor import Answer, Event, Visitor, events

PATIENCE = 300
"""Seconds that a visitor waits at most."""
PICTURES = ("data:image", "data:video")


@dataclass(frozen=True)
class Asked:
    """One answered request: which, how long it took, whether it came after the end, and what its pictures are; or the error."""

    request: tuple[str, int]
    wait: float
    late: bool
    digest: str
    error: str = ""


@dataclass
class Course:
    """What one build did: each request's cost and digest alone, and all answers under visitors."""

    cost: dict[tuple[str, int], float] = field(default_factory=dict)
    alone: dict[tuple[str, int], str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    resident: float = 0.0


def digest(visitor: Visitor, data: Any) -> str:
    """SHA-256 of an answer's pictures in order; of the whole answer, its numbers rounded, where there are none."""
    pictures = list(_pictures(visitor, data))
    told = pictures or [json.dumps(_rounded(data), sort_keys=True).encode()]
    return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in told)).hexdigest()


def _pictures(visitor: Visitor, value: Any) -> Iterator[bytes]:
    if isinstance(value, dict) and isinstance(value.get("path"), str):
        yield visitor.file(value.get("url") or value["path"])
    elif isinstance(value, dict):
        for each in value.values():
            yield from _pictures(visitor, each)
    elif isinstance(value, list):
        for each in value:
            yield from _pictures(visitor, each)
    elif isinstance(value, str) and value.startswith(PICTURES):
        yield value.encode()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


class Guest:
    """A visitor with uploads, who is connected while there."""

    def __init__(self, address: str, functions: dict[str, Event]):
        self.visitor, self.functions = Visitor(address, PATIENCE), functions
        self.uploaded = {name: self.visitor.upload(each, name) for name, each in requests.pictures().items()}
        self.visitor.stay()

    def ask(self, kind: Kind, variant: int) -> Answer:
        """Send one request and wait for its answer."""
        given = requests.with_uploads(requests.arguments(kind, variant), self.uploaded)
        return self.visitor.ask(self.functions[kind.function], given)


def alone(guest: Guest, course: Course) -> None:
    """Answer each distinct request alone, and note its cost and what it draws."""
    for kind in KINDS:
        for variant in range(len(kind.variants)):
            for _ in range(2):
                answer = guest.ask(kind, variant)
            if answer.kind != "result":
                raise SystemExit(f"{kind.name} alone: {answer.kind} {answer.error}")
            course.cost[kind.name, variant] = answer.seconds
            course.alone[kind.name, variant] = digest(guest.visitor, answer.data)


def visit(guest: Guest, number: int, course: Course, end: float, pause: float) -> None:
    """One visitor's course until `end`; every visitor has another, the same in each build."""
    chance = requests.course(number)
    while time.monotonic() < end:
        kind, variant = requests.following(chance)
        answer = guest.ask(kind, variant)
        late, is_result = time.monotonic() > end, answer.kind == "result"
        drawn = digest(guest.visitor, answer.data) if is_result else ""
        error = "" if is_result else f"{answer.kind} {answer.status} {answer.error[:80]}"
        course.asked.append(Asked((kind.name, variant), answer.seconds, late, drawn, error))
        # A visitor who was refused does not ask again at once, or the refusals would crowd everybody else out.
        time.sleep(pause if is_result else max(pause, 1.0))


def measure(server: Server, course: Course, visitors: int, seconds: float, pause: float) -> None:
    """All visitors at once for so many seconds, after each request alone if that was not measured yet."""
    functions = {event.name: event for event in events(server.address) if event.public}
    first = Guest(server.address, functions)
    if not course.alone:
        alone(first, course)
    first.visitor.close()
    with ThreadPoolExecutor(visitors) as pool:
        guests = list(pool.map(lambda _: Guest(server.address, functions), range(visitors)))
        began, before, used = time.monotonic(), len(course.asked), server.processor()
        done = [
            pool.submit(visit, *(guest, number, course, began + seconds, pause)) for number, guest in enumerate(guests)
        ]
        watch = threading.Timer(seconds, lambda: setattr(course, "resident", server.resident()))
        watch.start()
        for each in done:
            each.result()
        watch.join()
        course.processor += server.processor() - used
    for guest in guests:
        guest.visitor.close()
    late = sum(each.late for each in course.asked[before:])
    print(f"  {len(course.asked) - before} answers, {late} of them after the end", flush=True)
    course.seconds += seconds


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def fairness(course: Course) -> dict[str, tuple[float, float, float, float, int]]:
    """Of each kind: median waiting, its 95th percentile, median of waiting over cost, that over all requests', and how many."""
    good = [each for each in course.asked if not each.error]
    overall = sum(each.wait for each in good) / sum(course.cost[each.request] for each in good)
    kinds = defaultdict(list)
    for each in good:
        kinds[each.request[0]].append(each)
    told = {}
    for name, answers in kinds.items():
        waits = [each.wait for each in answers]
        times = statistics.median(each.wait / course.cost[each.request] for each in answers)
        told[name] = (statistics.median(waits), percentile(waits, 0.95), times, times / overall, len(answers))
    return told


def show(name: str, course: Course) -> tuple[float, float]:
    """Print what one build did; its 95th percentile of waiting and its answers per second."""
    good = [each for each in course.asked if not each.error]
    waits = [each.wait for each in good]
    middle, late = statistics.median(waits), percentile(waits, 0.95)
    # Answers after the end count for waiting, or the slowest would be left out, but not here.
    speed = sum(not each.late for each in good) / course.seconds
    wrong = [each.request for each in good if each.digest != course.alone[each.request]]
    print(f"\n{name}: {speed:.2f} answers/s; waiting: median {middle:.2f} s, 95th percentile {late:.2f} s; ", end="")
    print(f"{len(good)} answers, {len(wrong)} with other pictures than alone; ", end="")
    print(f"{course.processor / len(good):.3f} processor seconds per answer; {course.resident:,.0f} MB")
    for error, count in Counter(each.error for each in course.asked if each.error).most_common():
        print(f"  {count} errors: {error}")
    for request, count in Counter(wrong).most_common():
        print(f"  {count} times not as alone: {request}")
    print(f"  {'kind':20}{'count':>6}{'alone':>8}{'median':>8}{'95th':>8}{'times alone':>13}{'times its share':>17}")
    told = sorted(fairness(course).items(), key=lambda entry: -entry[1][3])
    for kind, (median, last, times, share, count) in told:
        cost = statistics.median(seconds for (each, _), seconds in course.cost.items() if each == kind)
        print(f"  {kind:20}{count:6}{cost:8.3f}{median:8.2f}{last:8.2f}{times:13.1f}{share:17.2f}")
    return late, speed


def main(
    visitors: int = 50,
    seconds: float = 180.0,
    pause: float = 0.0,
    rounds: int = 1,
    checkout: Path = HERE,
    against: Path | None = None,
) -> None:
    """Print what visitors wait for, and against another build.

    Args:
        visitors: How many there are at once.
        seconds: How long they ask.
        pause: Seconds between an answer and the next request.
        rounds: How often each build is measured, in turns.
        checkout: The folder of the build that is measured.
        against: The folder of another build.
    """
    builds = {"this build": checkout, **({"the other build": against} if against else {})}
    courses = {name: Course() for name in builds}
    for _ in range(rounds):
        for name, folder in builds.items():
            print(f"{name}:", flush=True)
            with running(folder) as server:
                measure(server, courses[name], visitors, seconds, pause)
    told = [show(name, course) for name, course in courses.items()]
    worst = max(fairness(courses["this build"]).items(), key=lambda entry: entry[1][3])
    print(f"\nAt most {worst[1][3]:.1f} times its share: {worst[0]} (target at most 6)")
    if against:
        (late, speed), (other_late, other_speed) = told
        print(f"95th percentile of waiting: {late / other_late:.2f} of the other build's (target at most 0.3)")
        print(f"answers per second: {speed / other_speed:.2f} times the other build's (target at least 1.5)")
        same = [
            key for key, value in courses["this build"].alone.items() if courses["the other build"].alone[key] == value
        ]
        print(
            f"{len(same)} of {len(courses['this build'].alone)} distinct requests have the same pictures in both builds"
        )


if __name__ == "__main__":
    tyro.cli(main)
