"""How fast the *Lab* plays on the page, and against GAN Lab: `python -m benchmarks.lab [--ganlab DIR] [--rounds N] [--seconds S]`.

The page is served here and opened in headless Chromium with its usual settings: points in the plane, both networks with two
hidden layers of 32, batches of 128, Adam, one step of the discriminator for each of the generator's. It tells steps and
pictures per second while it runs. With the folder of GAN Lab (see `benchmarks.ganlab`) both take turns, so that a busy
machine slows both down; its faster backend counts. The last line is the lecture's GAN on digits: pictures after a minute.
"""

from __future__ import annotations

import base64
import socket
import statistics
import time
from pathlib import Path

import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks.ganlab import chromium, peer_steps_per_second
from explorer.app import build, launch

STEP = "() => Number(document.querySelector('.lab-numbers dd').textContent.replace(/,/g, ''))"
PICTURES = "() => Number(document.querySelector('.lab').dataset.pictures ?? 0)"


def page_speed(page: Page, address: str, seconds: float) -> tuple[float, float]:
    """Steps and pictures per second that the page shows while it runs."""
    page.goto(f"{address}?tab=lab")
    page.locator(".lab-numbers dd").first.wait_for()
    page.locator("[data-act=run]").click()
    # The first question makes the server import what trains.
    page.wait_for_function("Number(document.querySelector('.lab-numbers dd').textContent.replace(/,/g, '')) > 500")
    began, step, pictures = time.perf_counter(), page.evaluate(STEP), page.evaluate(PICTURES)
    time.sleep(seconds)
    took = time.perf_counter() - began
    speeds = (page.evaluate(STEP) - step) / took, (page.evaluate(PICTURES) - pictures) / took
    page.locator("[data-act=run]").click()
    return speeds


def digits(page: Page, address: str, seconds: float, sheet: Path) -> int:
    """Train the lecture's GAN on digits for so long, save what the page shows then, and give its steps."""
    page.goto(f"{address}?tab=lab&part=pictures")
    page.locator(".lab-sheet").wait_for()
    page.locator("[data-act=run]").click()
    time.sleep(seconds)
    page.locator("[data-act=run]").click()
    picture = page.locator(".lab-sheet").get_attribute("src")
    sheet.write_bytes(base64.b64decode(picture.split(",")[1]))
    return page.evaluate(STEP)


def main(
    ganlab: Path | None = None, rounds: int = 3, seconds: float = 15.0, sheet: Path = Path("runs/lab-digits.png")
) -> None:
    """Print what was measured.

    Args:
        ganlab: Folder of GAN Lab's page.
        rounds: How often each side is measured.
        seconds: How long each measurement takes.
        sheet: Where the digits of the last line go.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    demo = build()
    address, _ = launch(demo, quiet=True, server_name="127.0.0.1", server_port=port)
    ours, pictures, theirs = [], [], []
    for _ in range(rounds):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            speed, shown = page_speed(browser.new_page(), address, seconds)
            browser.close()
        ours.append(speed)
        pictures.append(shown)
        print(f"lab: {speed:,.0f} steps/s, {shown:.1f} pictures/s", flush=True)
        if ganlab:
            theirs.append(max(peer_steps_per_second(ganlab, seconds, backend) for backend in ("cpu", "webgl")))
            print(f"GAN Lab: {theirs[-1]:.1f} steps/s", flush=True)
    print(f"lab, median: {statistics.median(ours):,.0f} steps/s, {statistics.median(pictures):.1f} pictures/s")
    if theirs:
        print(f"times GAN Lab: {statistics.median(o / t for o, t in zip(ours, theirs, strict=True)):.1f}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        sheet.parent.mkdir(parents=True, exist_ok=True)
        steps = digits(browser.new_page(), address, 60, sheet)
        print(f"digits: {steps:,} steps in 60 s, drawn in {sheet}")
        browser.close()
    demo.close(verbose=False)


if __name__ == "__main__":
    tyro.cli(main)
