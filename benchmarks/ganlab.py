"""How many training steps a second GAN Lab does in headless Chromium, with the settings nearest to those of our lab.

GAN Lab trains in the browser with TensorFlow.js. One of its epochs is as many updates of the discriminator and then of the
generator as are set, one each here, with a fresh batch for each; so an epoch is a step of both networks. It does one epoch
per frame of the browser, which means at most 60 a second on a usual screen, and redraws samples, heat map, gradients and
charts after every 50. Here the limit of 60 is lifted unless `--frame-limit` is given.

Both networks have two hidden layers of 32, which the page calls one hidden layer: it leaves out the first. Its limits are 0 to 5
such layers, 0 to 100 neurons, 0 to 10 updates of each network in an epoch, SGD or Adam (0.9, 0.999), log loss or least squares,
noise of one or two numbers, and always 150 points at a time. The data set is its ring; it has no ring of eight Gaussians.

Without a graphics card, WebGL is computed by the processor, and the plain JavaScript of its "cpu" backend is about as fast. The
page's address chooses between them, by a flag of TensorFlow.js; a visitor gets "webgl". Compare with the faster of the two.

Wanted is the page that its makers have built and published, and the library of charts that it loads from elsewhere, in the
same folder; nothing else is loaded from the network, so the page lacks its icons and fonts:

    git clone --depth 1 --branch gh-pages https://github.com/poloclub/ganlab
    npm pack chart.js@2.4.0
    tar -xzf chart.js-2.4.0.tgz -C ganlab --strip-components 2 package/dist/Chart.bundle.min.js
    python -m benchmarks.ganlab --ganlab ganlab

A build of one's own takes `yarn prep`, which fetches dozens of parts of Polymer from GitHub, and then `scripts/deploy-demo`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import tyro
from playwright.sync_api import Page, Route, sync_playwright

Backend = Literal["cpu", "webgl"]
HOME = "http://ganlab.test/"
"""The page's address, which is answered from the folder and never looked up."""
CHARTS = "Chart.bundle.min.js"
WANTED = {f"num-{net}-layers": 1 for net in "dg"} | {f"num-{net}-neurons": 32 for net in "dg"}
WANTED |= {f"k-{net}-steps": 1 for net in "dg"}
"""Numbers on the page by their element, each between two buttons that change it by one."""
CHOICES = {"optimizer-type": "Adam", "learning-rate": "0.001"}
"""What to choose from the lists of both networks."""
DRAWN = 50
"""Epochs from one drawing to the next. Only whole rounds are counted, as WebGL's work is done by the time of a drawing."""
UNLIMITED = ("--disable-frame-rate-limit", "--disable-gpu-vsync")

NUMBER = "id => Number(document.getElementById(id).textContent.replace(/,/g, ''))"
CLICK = "id => document.getElementById(id).click()"
CHOOSE = """([id, choice]) => Array.from(document.querySelectorAll(`#${id} paper-item`))
    .find(item => item.textContent.trim() === choice).click()"""
# The counter changes while an epoch runs, and this is told at the end of it.
WATCH = """every => {
    const counter = document.getElementById('iteration-count');
    window.rounds = [];
    new MutationObserver(() => {
        const epoch = Number(counter.textContent.replace(/,/g, ''));
        if (epoch % every === 0) window.rounds.push([epoch, performance.now() / 1000]);
    }).observe(counter, {childList: true, characterData: true, subtree: true});
}"""


def chromium() -> str:
    """Where the browser is."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise FileNotFoundError("there is no chromium on the PATH, nor in CHROMIUM")
    return found


def answer(route: Route, folder: Path) -> None:
    """Answer a request of the page from the folder, and what it wants from elsewhere only if the folder has it."""
    url = urlsplit(route.request.url)
    path = folder / (url.path.lstrip("/") if route.request.url.startswith(HOME) else Path(url.path).name)
    if path.is_file():
        route.fulfill(path=path)
    else:
        route.abort()


def prepare(page: Page, backend: Backend) -> None:
    """Open the page, and give it the settings above."""
    flags = {"cpu": "?tfjsflags=WEBGL_VERSION:0", "webgl": ""}
    page.goto(f"{HOME}index.html{flags[backend]}", wait_until="domcontentloaded")
    # It starts with a pretrained model, and so does each data set: their settings arrive later than the click.
    page.wait_for_selector("#iteration-count", timeout=60_000)
    page.wait_for_function(f"({NUMBER})('iteration-count') > 0")
    with page.expect_event("requestfinished", lambda request: request.url.endswith("pretrained_ring.weights.bin")):
        page.evaluate(CLICK, "distribution-item-ring")
    page.wait_for_timeout(1000)
    for name, wanted in WANTED.items():
        button = name.removeprefix("num-")
        while (now := page.evaluate(NUMBER, name)) != wanted:
            page.evaluate(CLICK, f"{button}-{'add' if now < wanted else 'remove'}-button")
    for name, choice in CHOICES.items():
        for net in "dg":
            page.evaluate(CHOOSE, [f"{net}-{name}-dropdown", choice])
    lab = page.evaluate("""() => {
        const {dOptimizerType, gOptimizerType, selectedShapeName} = document.querySelector('gan-lab');
        return [dOptimizerType, gOptimizerType, selectedShapeName, window.ENV.currentBackend];
    }""")
    numbers = {name: page.evaluate(NUMBER, name) for name in WANTED}
    if lab != ["Adam", "Adam", "ring", backend] or numbers != WANTED:
        raise RuntimeError(f"GAN Lab has other settings than wanted: {lab}, {numbers}")


def peer_steps_per_second(
    folder: Path, seconds: float, backend: Backend = "cpu", frame_limit: bool = False, warm_up: float = 5
) -> float:
    """Epochs a second in a fresh browser, from the first to the last drawing in `seconds`, the `warm_up` left out."""
    if not (folder / CHARTS).is_file():
        raise FileNotFoundError(f"{folder} has no {CHARTS}; see the top of this file")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", *(() if frame_limit else UNLIMITED)]
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        page = browser.new_page(viewport={"width": 1442, "height": 900})
        page.route("**/*", lambda route: answer(route, folder))
        prepare(page, backend)
        page.evaluate(CLICK, "play-pause-button")
        page.wait_for_timeout(1000 * warm_up)
        page.evaluate(WATCH, DRAWN)
        page.wait_for_timeout(1000 * seconds)
        rounds = page.evaluate("window.rounds")
        browser.close()
    if len(rounds) < 2:
        raise RuntimeError(f"GAN Lab did not draw twice in {seconds:g} s; give it longer")
    (first, start), (last, end) = rounds[0], rounds[-1]
    return (last - first) / (end - start)


def main(
    ganlab: Path, seconds: float = 20, backends: tuple[Backend, ...] = ("cpu", "webgl"), frame_limit: bool = False
) -> None:
    """Print the steps a second of each backend, with the built page in the folder `ganlab`."""
    for backend in backends:
        rate = peer_steps_per_second(ganlab, seconds, backend, frame_limit)
        print(f"GAN Lab, {backend}, {'60' if frame_limit else 'any'} frames/s: {rate:.1f} steps/s", flush=True)


if __name__ == "__main__":
    tyro.cli(main)
