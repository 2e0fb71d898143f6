"""Seconds until the page of a server that was just started shows finished pictures: `python -m benchmarks.first_paint [--against DIR]`.

A new server and a browser with an empty cache each time; with another checkout they take turns. Also the requests until then and
shortly after, and the bytes that came over the wire.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks.ganlab import chromium
from benchmarks.processes import HERE, running

PICTURES = "#grid img"
FINISHED = f"() => {{ const all = [...document.querySelectorAll('{PICTURES}')]; return all.length > 3 && all.every((each) => each.complete && each.naturalWidth); }}"
SETTLED = 2_000
"""Milliseconds after the pictures in which what the page still asks for counts."""


@dataclass(frozen=True)
class Visit:
    """One first visit: seconds to finished pictures, requests, and kilobytes received."""

    seconds: float
    requests: int
    kilobytes: float


def visit(root: Path) -> Visit:
    """A first visit to a newly started server of the checkout `root`."""
    with running(root) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US", reduced_motion="reduce")
        return _measured(page, server.address)


def _measured(page: Page, address: str) -> Visit:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sent: dict[str, str] = {}
    cached: set[str] = set()
    received: list[float] = []

    def arrived(event: dict) -> None:
        # Of a stream that goes on, the browser does not tell what came over the wire, which is what it holds.
        is_stream = "/queue/data" in sent.get(event["requestId"], "")
        received.append(event["dataLength" if is_stream else "encodedDataLength"])

    session.on("Network.requestWillBeSent", lambda event: sent.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    session.on("Network.dataReceived", arrived)
    page.goto(address, wait_until="commit")
    page.wait_for_function(FINISHED, timeout=120_000)
    seconds = page.evaluate("performance.now()") / 1e3
    page.wait_for_timeout(SETTLED)
    # Pictures in base64 are no requests, and neither is what the browser has already.
    requests = [each for each, url in sent.items() if url.startswith("http") and each not in cached]
    return Visit(seconds, len(requests), sum(received) / 1e3)


def main(rounds: int = 3, against: Path | None = None) -> None:
    """Print medians of `rounds` first visits, and their ratio to those of the build in the folder `against`."""
    builds = [HERE, *([against] if against else [])]
    visits: list[list[Visit]] = [[] for _ in builds]
    for _ in range(rounds):
        for build, made in zip(builds, visits, strict=True):
            made.append(visit(build))
    medians = []
    for build, made in zip(builds, visits, strict=True):
        medians.append(statistics.median(each.seconds for each in made))
        requests = statistics.median(each.requests for each in made)
        kilobytes = statistics.median(each.kilobytes for each in made)
        print(f"{build.name:12} {medians[-1]:.2f} s, {requests:.0f} requests, {kilobytes:.0f} KB")
    if against:
        print(f"ratio {medians[0] / medians[1]:.2f}")


if __name__ == "__main__":
    tyro.cli(main)
