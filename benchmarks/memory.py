"""What the page keeps in memory and on the disk, and what it does when nobody is there: `python -m benchmarks.memory`.

Resident memory of the server and the processes that it started, after each stage: the start; refused and good calls of `/sample`,
each in a session of its own; every tab opened once; every function for programs called once; uploads of 16 megapixels, each by
another visitor and each looked at. In the end it must be as idle as the smallest page of Gradio's, five seconds after the last call.
With `--against DIR` another checkout goes through the same.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import tyro
from PIL import Image, ImageDraw

from benchmarks import requests
from benchmarks.processes import HERE, Server, running
from benchmarks.visitor import Event, Visitor, events

PATIENCE = 120
"""Seconds that an answer may take."""
SETTLING = 5.0
"""Seconds after which memory that is not needed must have been given back, and the processor be idle."""
WATCHED = 10.0
"""Seconds for which an idle page's processor is watched."""
SIDE = 4000


def photograph() -> bytes:
    """A JPEG of 16 megapixels and five megabytes, as a phone's camera writes them: a seven on paper."""
    coarse = np.random.default_rng(0).integers(200, 256, (SIDE // 4, SIDE // 4, 3), np.uint8)
    smooth = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    seven = [(SIDE // 4, SIDE // 5), (3 * SIDE // 4, SIDE // 5), (2 * SIDE // 5, 4 * SIDE // 5)]
    ImageDraw.Draw(smooth).line(seven, "black", width=SIDE // 10, joint="curve")
    return requests.encoded(smooth, "JPEG", quality=95)


class Stages:
    """Calls to a running page, each by a visitor of its own who leaves afterwards."""

    def __init__(self, server: Server, calls: int, uploads: int):
        self.server, self.calls, self.uploads = server, calls, uploads
        self.events = events(server.address)
        self.functions = {event.name: event for event in self.events if event.public}
        self.refusals = 0

    def all(self) -> Mapping[str, Callable[[], None]]:
        """The stages by name, in order."""
        return {
            "start": lambda: None,
            f"{self.calls} refused /sample": lambda: self.sample({"count": 65}),
            f"{self.calls} good /sample": lambda: self.sample({}),
            "all tabs opened": self.open_tabs,
            "all functions once": self.call_all,
            f"{self.uploads} uploads of 16 megapixels": self.upload,
        }

    def _ask(self, event: Event, given: list, refusable: bool = False, **query: str) -> None:
        with Visitor(self.server.address, PATIENCE, query) as visitor:
            visitor.stay()
            needed = {name: content for name, content in requests.pictures().items() if _names(given, name)}
            uploaded = {name: visitor.upload(content, name) for name, content in needed.items()}
            self._answered(visitor, event, requests.with_uploads(given, uploaded), refusable)

    def _answered(self, visitor: Visitor, event: Event, given: list, refusable: bool = False) -> None:
        """Ask, and end the measurement if the answer is a refusal that nobody wanted."""
        answer = visitor.ask(event, given)
        if answer.kind != "result" and not refusable:
            raise SystemExit(f"{event.name}: {answer.kind} {answer.error}")
        self.refusals += answer.kind != "result"

    def sample(self, other: Mapping[str, int]) -> None:
        """Call `/sample` again and again, each time with another seed."""
        for seed in range(self.calls):
            self._ask(self.functions["sample"], ["gan-mnist", seed, other.get("count", 16), 1.0, False], bool(other))

    def open_tabs(self) -> None:
        """Open every tab, as a visitor's browser does."""
        for event in self.events:
            if opened := re.search(r"\(open-(\w+) click\)", event.name):
                self._ask(event, list(event.defaults), tab=opened[1])

    def call_all(self) -> None:
        """Call every function for programs once."""
        for name, given in requests.usual().items():
            self._ask(self.functions[name], given)

    def upload(self) -> None:
        """Upload photographs, which the tabs for them look at in turns."""
        content = photograph()
        turns = itertools.cycle(
            (("judge_digit", [""]), ("colorize", [[], ""]), ("translate", ["cyclegan-horse2zebra"]))
        )
        for number, (name, rest) in zip(range(self.uploads), turns, strict=False):
            with Visitor(self.server.address, PATIENCE) as visitor:
                visitor.stay()
                # What follows the end of a JPEG is no part of the picture, but Gradio stores equal files once.
                given = [visitor.upload(content + str(number).encode(), "photo.jpg"), *rest]
                if name == "translate":
                    given += ["a2b", 128]
                self._answered(visitor, self.functions[name], given)


def _names(given: list, name: str) -> bool:
    return any(isinstance(each, requests.Upload) and each.name == name for each in given)


def stored(folder: Path) -> tuple[int, float]:
    """How many files lie in `folder`, and their megabytes."""
    sizes = list(_sizes(folder))
    return len(sizes), sum(sizes) / 2**20


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                yield path.stat().st_size
        except FileNotFoundError:
            continue


def measure(checkout: Path, calls: int, uploads: int, options: list[str]) -> None:
    """Go through all stages and print each."""
    with running(checkout, options) as server:
        stages = Stages(server, calls, uploads)
        before = None
        for name, stage in stages.all().items():
            began = time.perf_counter()
            stage()
            took = time.perf_counter() - began
            server.busy(SETTLING)
            resident = server.resident()
            before = before or resident
            count, megabytes = stored(server.files)
            print(
                f"  {name:30}{resident:8,.0f} MB ({resident - before:+,.0f}); {count} files of {megabytes:,.0f} MB; {took:.0f} s"
            )
        print(f"  busy {server.busy(WATCHED):.1%} of a core; {stages.refusals} calls got no result", flush=True)


def main(
    calls: int = 200,
    uploads: int = 300,
    memory: int | None = None,
    checkout: Path = HERE,
    against: Path | None = None,
) -> None:
    """Print what was measured.

    Args:
        calls: How many calls of /sample are refused, and how many are good.
        uploads: How many photographs are uploaded.
        memory: Megabytes within which the page is to stay, as its option of that name.
        checkout: The folder of the build that is measured.
        against: The folder of another build, which has no such option.
    """
    with running(HERE, command=("-m", "benchmarks.one_button")) as smallest:
        smallest.busy(SETTLING)
        print(f"a page with one button: {smallest.resident():,.0f} MB, busy {smallest.busy(WATCHED):.1%} of a core")
    print("this build:", flush=True)
    measure(checkout, calls, uploads, ["--memory", str(memory)] if memory else [])
    if against:
        print("the other build:", flush=True)
        measure(against, calls, uploads, [])


if __name__ == "__main__":
    tyro.cli(main)
