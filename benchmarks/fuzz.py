"""Hostile requests, and what the page makes of them: `python -m benchmarks.fuzz [--requests 3000] [--private 1000] [--seed N]`.

A sentence, a result or HTTP 4xx are right. Faults are an error without words, HTTP 5xx, no answer within 30 s, a message of more
than a few lines or that quotes all it was given, a result where a sentence was due, and a traceback in the server's log. The
table names the function and the argument; every function has answered once before, and requests go one after the other, so that each traceback has one that caused it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tyro

from benchmarks import requests
from benchmarks.hostile import Hostile, Probe
from benchmarks.memory import Stages
from benchmarks.processes import HERE, Server, running
from benchmarks.visitor import NOTHING, Answer, Visitor, events

PATIENCE = 30
"""Seconds after which an answer does not count any more."""
LONGEST = 1000
"""Characters of a message, which may list all models."""
SETTLING = 5
"""Seconds after which the page must be idle again."""


@dataclass(frozen=True)
class Fault:
    """What went wrong with a request."""

    kind: str
    probe: Probe
    detail: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What is to be mended: the same for requests that fail alike."""
        return self.kind, self.probe.name, self.probe.argument, self.detail


@dataclass
class Findings:
    """How the answers fell out, the faults among them, and the server's memory and load before and after."""

    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    before: float = 0.0
    after: float = 0.0
    busy: float = 0.0


def judged(probe: Probe, answer: Answer, log: str) -> Iterator[Fault]:
    """The faults of an answer, with which the server wrote `log`."""
    if answer.kind in ("null error", "broken", NOTHING):
        words = f"HTTP {answer.status}" if answer.kind == "broken" and answer.status >= 500 else answer.kind
        yield Fault(words, probe, answer.error[:80])
    if answer.kind == "sentence" and (
        "\n" in answer.error or len(answer.error) > LONGEST or "Traceback" in answer.error
    ):
        yield Fault("no sentence for people", probe, " ".join(answer.error[:80].split()))
    if answer.kind == "result" and probe.is_due:
        yield Fault("a result where a sentence was due", probe, probe.value)
    for trace in tracebacks(log):
        yield Fault("traceback", probe, trace)


def tracebacks(log: str) -> Iterator[str]:
    """Each traceback in `log`, in brief: its last line, and the last place in the project's files."""
    # Of causes that are told with their effect, the effect is the last.
    joined = re.sub(r"\n\n(During handling of|The above exception)[^\n]*\n\n", "\n", log)
    for trace in joined.split("Traceback (most recent call last):")[1:]:
        lines = trace.splitlines()
        last = next((line for line in lines[1:] if line and not line.startswith((" ", "+", "|"))), "")
        places = re.findall(r'File "[^"]*/((?:explorer|models_zoo|train|gradio)/[^"]+)", line (\d+)', trace)
        place = ":".join(places[-1]) if places else "?"
        # Numbers and quoted values differ from request to request, what is to be mended does not.
        told = re.sub(r"\d+", "N", re.sub(r"'[^']*'|\{.*|\[.*", "...", last))
        yield f"{told[:80]} at {place}"


def fuzz(
    server: Server, public: int, private: int, seed: int = 0, tell: Callable[[int, Findings], None] = lambda *_: None
) -> Findings:
    """Send so many hostile requests to functions for programs and to events of the page.

    `tell` gets the number of requests and what was found so far, after every hundred.
    """
    chance, found, known = random.Random(seed), Findings(), events(server.address)
    with Visitor(server.address) as host:
        uploaded = {name: host.upload(content, name) for name, content in requests.pictures().items()}
    hostile = Hostile(server.address, known, uploaded)
    found.before = server.resident()
    probes = [*hostile.public(chance, public), *hostile.private(chance, private)]
    for number, probe in enumerate(probes, 1):
        read = server.printed()
        # A visitor of its own for each, as programs without a session are.
        with Visitor(server.address, PATIENCE) as visitor:
            body = visitor.body(probe.event, probe.data, probe.event_data) if probe.event else probe.body
            answer = visitor.send(body, probe.queued, "predict" if probe.event else probe.name)
        found.kinds[answer.kind] += 1
        found.faults += judged(probe, answer, server.log(read))
        if number % 100 == 0:
            tell(number, found)
    server.busy(SETTLING)
    found.busy, found.after = server.busy(SETTLING), server.resident()
    return found


def table(faults: Iterable[Fault]) -> str:
    """The faults as a table in Markdown, those that fail alike in one row, the most frequent first."""
    faults = list(faults)
    counts = Counter(fault.place for fault in faults)
    values: dict[tuple, list[str]] = {}
    for fault in faults:
        values.setdefault(fault.place, []).append(fault.probe.value)
    rows = [
        (str(count), *place, ", ".join(sorted(set(values[place]))[:6]))
        for place, count in sorted(counts.items(), key=_order)
    ]
    head = ("count", "fault", "function or event", "argument", "told", "values")
    return "\n".join(_row(cells) for cells in (head, ("---",) * len(head), *rows))


def _order(entry: tuple[tuple, int]) -> tuple:
    place, count = entry
    return place[0], -count, place


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def report(found: Findings) -> str:
    """All that was found, in Markdown."""
    kinds = Counter(fault.kind for fault in found.faults)
    alike = Counter((fault.kind, fault.detail) for fault in found.faults if fault.kind != "result")
    return "\n\n".join(
        (
            f"Answers: {dict(found.kinds)}.",
            f"Faults: {dict(kinds)}.",
            f"Resident memory: {found.before:,.0f} MB before, {found.after:,.0f} MB after; busy {found.busy:.1%} of a core.",
            "By what was told:\n\n"
            + "\n".join(f"- {count}: {kind}: {told}" for (kind, told), count in alike.most_common()),
            table(found.faults),
        )
    )


def main(
    requests: int = 3000,
    private: int = 1000,
    seed: int = 0,
    checkout: Path = HERE,
    out: Path = Path("runs/faults.md"),
) -> None:
    """Start the page, send hostile requests, and write what was found.

    Args:
        requests: How many go to the functions for programs.
        private: How many go to the events of the page.
        seed: Decides all requests.
        checkout: The folder whose `app.py` is started.
        out: Where the table of faults goes.
    """
    out.parent.mkdir(parents=True, exist_ok=True)

    def tell(number: int, found: Findings) -> None:
        print(f"{number}: {dict(found.kinds)}, {len(found.faults)} faults", flush=True)
        out.write_text(report(found) + "\n", encoding="utf-8")

    with running(checkout) as server:
        # What models and libraries take when first used is no growth.
        Stages(server, 0, 0).call_all()
        found = fuzz(server, requests, private, seed, tell)
    out.write_text(report(found) + "\n", encoding="utf-8")
    print(report(found).split("\n\nBy what")[0])
    print(f"The table is in {out}.")


if __name__ == "__main__":
    tyro.cli(main)
