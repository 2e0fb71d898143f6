"""Seconds from a click to its finished answer in a browser with nobody else there: `python -m benchmarks.clicks [--against DIR]`.

On each tab's main action; medians of five clicks, each on something else, after one that is not counted. With another checkout
both pages are open, and clicks take turns. "seen" is when the answer stands on the page, "over" when the page has no question left
that its server has not answered, follow-ups of the click included.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import tyro
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.ganlab import chromium
from benchmarks.processes import HERE, running

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
PATIENCE = 120_000
"""Milliseconds for a page or an answer."""
QUIET = 500
"""Milliseconds without a question to the server after which a click is taken to be over."""
SETTLED = f"() => clicks.waiting.size === 0 && performance.now() - clicks.told.last > {QUIET}"
BEFORE = """([buttons, turn, answer]) => {
    // Pictures that have arrived; where there are none, all that stands there. What only tells of waiting does not count.
    const shown = () => {
        const place = document.querySelector(answer);
        const pictures = [...(place?.querySelectorAll("img") ?? [])];
        return pictures.length ? pictures.filter((each) => each.complete).map((each) => each.src).join() : place?.innerHTML ?? "";
    };
    const before = shown();
    const asked = clicks.told.asked;
    const state = { began: performance.now(), seen: null, asked };
    window.clicked = state;
    const look = () => {
        if (shown() !== before && document.querySelector(`${answer} img, ${answer} canvas, ${answer} svg`)) {
            state.seen = performance.now();
        } else if (window.clicked === state) requestAnimationFrame(look);
    };
    const choices = buttons.flatMap((each) => [...document.querySelectorAll(each)]);
    choices[turn % choices.length].click();
    requestAnimationFrame(look);
}"""
OVER = f"() => clicks.told.asked > clicked.asked && ({SETTLED})()"
TIMES = "() => [clicked.seen && (clicked.seen - clicked.began) / 1e3, (clicks.told.last - clicked.began) / 1e3]"


@dataclass(frozen=True)
class Action:
    """A tab's main action: the link's values, what is clicked (the next of all that match each time), and where its answer stands."""

    tab: str
    link: str
    buttons: Sequence[str]
    answer: str


ACTIONS = (
    Action("sample", "model=gan-mnist", ["#dice"], "#grid"),
    Action("classes", "model=cgan-mnist", ["#classes-dice"], "#class-grid"),
    Action("words", "model=stackgan-birds", ["#words-dice"], "#words-pictures"),
    Action("interpolate", "model=gan-mnist", ["#key-dice"], "#path-player"),
    Action("arithmetic", "model=dcgan-celeba64", [".sum-presets button"], "#sums"),
    Action("directions", "model=dcgan-celeba64", ["#directions-dice"], "#directions-view"),
    Action("styles", "model=stylegan-celeba64", ["#styles-fine", "#styles-coarse", "#styles-middle"], "#styles-pane"),
    Action("invert", "model=gan-mnist", ["#invert-test"], "#inversion"),
    Action("translate", "model=cyclegan-horse2zebra", ["#translate-examples .tile"], "#translate-slider"),
    Action("enlarge", "model=srgan-x4", ["#enlarge-go"], "#enlarge-slider"),
    Action("colorize", "model=colorize-landscapes", ["#colorize-examples .tile"], "#colorized"),
    Action("checkerboard", "networks=trained", ["#checkerboard-dice"], "#checkerboard-faces"),
    Action("convergence", "model=began-celeba64", ["#convergence-dice"], "#convergence-repeated"),
    Action("lab", "data=ring", ["[data-act=step]"], ".lab-numbers"),
)


def opened(browser: Browser, address: str, action: Action) -> Page:
    """The action's tab, once all that it shows at first is there."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US", reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    page.add_init_script(SCRIPT)
    page.goto(f"{address}/?tab={action.tab}&{action.link}")
    page.wait_for_selector(action.buttons[0], state="attached")
    page.wait_for_function("() => clicks.told.asked > 0")
    page.wait_for_function(SETTLED)
    return page


def click(page: Page, action: Action, turn: int) -> tuple[float, float]:
    """Seconds until the answer of the next click is seen, and until all is over."""
    # The first of several is what the tab opens with.
    page.evaluate(BEFORE, [list(action.buttons), turn + 1, action.answer])
    page.wait_for_function(OVER)
    seen, over = page.evaluate(TIMES)
    return (over if seen is None else seen), over


def measure(browser: Browser, addresses: Sequence[str], action: Action, clicks: int) -> list[tuple[float, float]]:
    """Medians of both times, of each build."""
    pages = [opened(browser, address, action) for address in addresses]
    times: list[list[tuple[float, float]]] = [[] for _ in pages]
    for turn in range(clicks + 1):
        for page, taken in zip(pages, times, strict=True):
            taken.append(click(page, action, turn))
            time.sleep(0.2)
    for page in pages:
        page.close()
    # The first click finds what none has needed before.
    return [tuple(statistics.median(column) for column in zip(*taken[1:], strict=True)) for taken in times]


def main(clicks: int = 5, checkout: Path = HERE, against: Path | None = None, tabs: tuple[str, ...] = ()) -> None:
    """Print what was measured.

    Args:
        clicks: How many clicks count on each tab.
        checkout: The folder of the build that is measured.
        against: The folder of another build.
        tabs: The tabs to click on; all if none is named.
    """
    with ExitStack() as stack:
        builds = [checkout, *([against] if against else [])]
        addresses = [stack.enter_context(running(build)).address for build in builds]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        print(f"{'tab':14}{'seen':>8}{'over':>8}" + (f"{'other':>10}{'over':>8}{'ratios':>10}" if against else ""))
        for action in ACTIONS:
            if tabs and action.tab not in tabs:
                continue
            ours, *others = measure(browser, addresses, action, clicks)
            line = f"{action.tab:14}{ours[0]:8.3f}{ours[1]:8.3f}"
            for other in others:
                line += f"{other[0]:10.3f}{other[1]:8.3f}{ours[0] / other[0]:10.2f}{ours[1] / other[1]:6.2f}"
            print(line, flush=True)
        browser.close()


if __name__ == "__main__":
    tyro.cli(main)
