"""One server and one browser for all end-to-end tests, with tiny checkpoints of its own."""

import contextlib
import os
import re
import shutil
import socket

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import pytest
import tiny_translator

PATIENCE = 60_000
"""Milliseconds: pictures take seconds on a slow or busy machine; what does not come at all still fails."""
OWN_WORDS = """() => {
    const words = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const around = texts.currentNode.parentElement;
        if (around.checkVisibility() && !around.closest("[lang=ko]")) words.push(texts.currentNode.data);
    }
    return words.join(" ");
}"""
"""What the page says itself: all that can be seen but texts marked as Korean, which translators wrote."""


@pytest.fixture(scope="session", autouse=True)
def patience():
    """Checks of the page wait as long as everything else."""
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=PATIENCE)


@contextlib.contextmanager
def served(folder, tmp_path_factory, tabs=None, public=False, **options):
    """A running page of these `tabs`, or of all, that has the models of `folder`, too: its address."""
    from explorer.app import build, launch

    # The same for all pages of this process, which look for uploads there.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
    demo = build(also=[folder], public=public, tabs=tabs)
    # Gradio's own choice of a port is a race: of two pages that start at once, the one that loses tries a hundred ports in
    # vain if it offers MCP, whose sessions can be started but once.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address, _ = launch(demo, quiet=True, server_name="127.0.0.1", server_port=port, **options)
    try:
        yield address.rstrip("/")
    finally:
        demo.close(verbose=False)


def connected(address, tmp_path_factory):
    """A program that talks to the page at `address`."""
    from gradio_client import Client

    # A busy machine takes more than httpx's five seconds to describe all functions.
    patient = {"timeout": 60}
    return Client(address, verbose=False, download_files=tmp_path_factory.mktemp("downloads"), httpx_kwargs=patient)


def make_checkpoint(folder, model_id, verdict="logits", model=None, **fields):
    """Write an untrained GAN with a complete card to `folder / model_id` and give that folder."""
    import numpy as np
    import torch
    from PIL import Image

    from models_zoo.card import Card
    from models_zoo.gan import GAN

    torch.manual_seed(0)
    model = model or GAN(preset="lecture")
    values = {
        "id": model_id,
        "variant": "gan",
        "task": "unconditional",
        "dataset": "mnist",
        "architecture": model.architecture,
        "arguments": model.arguments,
        "image_size": model.image_size,
        "channels": model.channels,
        "latent_size": model.latent_size,
        "verdict": verdict,
        "title": {"en": f"Title of {model_id}", "ko": f"{model_id} 제목"},
        "summary": {"en": "A generator that has learned nothing.", "ko": "아무것도 배우지 않은 생성자."},
        "limits": {"en": "It draws noise.", "ko": "잡음만 그립니다."},
        "licences": {"weights": "Apache-2.0", "data": "CC BY-SA 3.0"},
        "metrics": {
            "frechet_distance": {
                "value": 12.34,
                "reference": 0.81,
                "reference_label": {"en": "real against real", "ko": "실제끼리"},
                "n": 10000,
                "better": "lower",
            }
        },
        "step": 1000,
        "images_seen": 64000,
        "command": "python -m train gan",
        "snapshots": (0, 100, 1000),
        **fields,
    }
    model.card = Card(**values)
    model.save_pretrained(folder / model_id)
    noise = np.random.default_rng(0).integers(0, 256, (28, 84), np.uint8)
    Image.fromarray(noise).save(folder / model_id / "snapshots.png")
    Image.fromarray(noise).save(folder / model_id / "samples.png")
    return folder / model_id


CURVE = {
    "title": {"en": "Error under noise", "ko": "잡음 속 오류율"},
    "caption": {"en": "What noise does.", "ko": "잡음의 영향."},
    "x": {"label": {"en": "Noise", "ko": "잡음"}, "values": [0.0, 0.3, 0.6]},
    "y": {"label": {"en": "Error", "ko": "오류율"}},
    "series": [{"label": {"en": "Class head {}", "ko": "클래스 출력 {}"}, "values": [0.02, 0.1, 0.4]}],
    "n": 10000,
}


def make_class_checkpoint(folder, model_id, network, **fields):
    """Write an untrained class-conditional GAN whose pictures differ by seed and by class."""
    import torch

    arguments = {"latent_size": 8, "width": 4, **fields.pop("arguments", {})}
    torch.manual_seed(0)
    model = network(**arguments)
    for parameter in model.generator.parameters():
        parameter.data *= 3
    return make_checkpoint(
        folder, model_id, model=model, task="class-conditional", **{"classes": tuple("0123456789"), **fields}
    )


def make_stylegan():
    """An untrained StyleGAN in whose layers noise makes a difference."""
    import torch

    from models_zoo.stylegan import StyleGAN

    torch.manual_seed(0)
    model = StyleGAN(32, latent_size=8, widths=(8,) * 4, discriminator_widths=(8,) * 4, w_size=16, mapping_depth=2)
    for layer in model.generator.synthesis.layers:
        torch.nn.init.constant_(layer.noise_strength, 0.5)
    return model


@pytest.fixture(scope="session")
def zoo(tmp_path_factory):
    """A folder of checkpoints, as --checkpoints takes it: with each kind of verdict, and none."""
    import numpy as np

    from models_zoo import card, directions, pool
    from models_zoo.acgan import ACGAN
    from models_zoo.began import BEGAN
    from models_zoo.cgan import CGAN
    from models_zoo.dcgan import DCGAN
    from models_zoo.directions import Direction
    from models_zoo.pool import Pool
    from models_zoo.sgan import SGAN

    folder = tmp_path_factory.mktemp("zoo")
    directions.write(
        make_checkpoint(folder, "tiny-gan"),
        [
            Direction("Smiling", "attribute", (0.5,) * 100, {"en": "Smile", "ko": "웃음"}),
            Direction("1", "principal", (1.0, -1.0) * 50, {"en": "Component 1", "ko": "주성분 1"}),
        ],
    )
    make_checkpoint(folder, "tiny-lsgan", verdict="least-squares")
    make_checkpoint(folder, "tiny-blind", verdict="")
    make_class_checkpoint(folder, "tiny-cgan", CGAN)
    make_class_checkpoint(folder, "tiny-acgan", ACGAN, curves={"error_under_noise": CURVE})
    make_class_checkpoint(folder, "tiny-sgan", SGAN)
    make_class_checkpoint(folder, "tiny-colour", ACGAN, arguments={"image_size": 32, "channels": 3})
    make_class_checkpoint(folder, "tiny-clothes", CGAN, classes=tuple("abcdefghij"))
    make_class_checkpoint(folder, "tiny-three", CGAN, arguments={"classes": 3}, classes=tuple("xyz"))
    narrow = DCGAN(latent_size=8, widths=(8,) * 4, discriminator_widths=(8,) * 4)
    faces = make_checkpoint(folder, "tiny-faces", model=narrow, dataset="celeba")
    seen = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    pool.write(faces, Pool(("Male", "Eyeglasses", "Smiling"), seen), card.read(faces).sha256)
    repeating = BEGAN(latent_size=8, hidden_size=8, width=8)
    course = {**CURVE, "x": {**CURVE["x"], "values": [50, 100, 900]}, "of_run": True}
    make_checkpoint(folder, "tiny-stylegan", model=make_stylegan(), dataset="celeba")
    tiny_translator.made(folder)
    make_checkpoint(folder, "tiny-began", model=repeating, dataset="celeba", verdict="", curves={"errors": course})
    return folder


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    """A folder of checkpoints that the server does not know of."""
    from models_zoo.cgan import CGAN

    folder = tmp_path_factory.mktemp("own")
    make_checkpoint(folder, "own-gan")
    make_checkpoint(folder, "own-judge", task="judge", verdict="")
    make_class_checkpoint(folder, "own-classes", CGAN)
    return folder


@pytest.fixture(scope="module")
def server(request, zoo, tmp_path_factory):
    """The address of a running page with MCP; it has the tabs that the test module names in `TABS`, or all."""
    tabs = getattr(request.module, "TABS", None)
    with served(zoo, tmp_path_factory, tabs, mcp_server=True) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """Chromium; without one, the tests are skipped, or fail if REQUIRE_BROWSER=1."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    executable = os.environ.get("CHROMIUM", executable)
    required = os.environ.get("REQUIRE_BROWSER") == "1"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("playwright is not installed") if required else pytest.skip("playwright is not installed")
    if executable is None:
        message = "there is no chromium on the PATH, nor in CHROMIUM"
        pytest.fail(message) if required else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        )
        yield browser
        browser.close()


def unexplained(complaints):
    """Those complaints that are not Gradio's of a stream which the page itself closed as it was left, as by a reload."""
    found = []
    before = ""
    for each in complaints:
        is_of_leaving = each.startswith("AbortError") or (
            before.startswith("AbortError") and each.startswith("Unexpected error Connection errored out")
        )
        if not is_of_leaving:
            found.append(each)
        before = each
    return found


@pytest.fixture(scope="module")
def pages(browser, server):
    """Opens the page of visitors of one kind, always the same one, and notes complaints of the console and foreign requests."""
    pages, complaints = {}, []

    def page_of(width, locale, scheme, motion):
        kind = (width, locale, scheme, motion)
        if kind in pages:
            return pages[kind]
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme=scheme,
            reduced_motion=motion,
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(PATIENCE)
        page = pages[kind] = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        ours = (server, "data:", "blob:", "about:")
        page.on("request", lambda r: None if r.url.startswith(ours) else complaints.append(r.url))
        return page

    yield page_of, complaints
    for page in pages.values():
        page.context.close()


@pytest.fixture
def visit(pages, server):
    """Open the page as a visitor, who is spoken to in one language.

    At the end of the test nothing may lie beyond the page's right edge, and there must be no complaint in the console and no
    foreign request.

    Visitors of one kind share a page that is loaded anew, which takes half the time that a new one takes.
    """
    from browser.helpers import fits

    page_of, complaints = pages
    opened = []

    def leave(page):
        """Go to an empty page, without what the browser says of events that this cuts off."""
        before = len(complaints)
        # What it kept in the browser was the last visitor's.
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")
        del complaints[before:]

    # Without transitions and animations, which take more of a small machine's time than all the rest.
    def open_page(
        query="?model=tiny-gan", width=1280, locale="en-US", scheme="light", ready="button.tile", motion="reduce"
    ):
        page = page_of(width, locale, scheme, motion)
        leave(page)
        opened.append(page)
        page.goto(f"{server}/{query}")
        page.locator(ready).first.wait_for()
        if locale == "en-US":
            assert not re.search("[가-힣]", page.evaluate(OWN_WORDS))
        return page

    yield open_page
    too_wide = [page.url for page in opened if not fits(page)]
    for page in opened:
        leave(page)
    assert too_wide == []
    found = unexplained(complaints)
    complaints.clear()
    assert found == []


@pytest.fixture
def serious_barriers():
    """Tells what axe finds on a page that keeps somebody out: inside what the selector `include` names, outside of `exclude`."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")

    def find(page, exclude=None, include=None):
        places = {"include": include, "exclude": exclude}
        context = {name: [[place]] for name, place in places.items() if place} or None
        return [
            f"{violation['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
            for violation in axe.Axe().run(page, context=context).response["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    return find


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    """A program that talks to the page."""
    return connected(server, tmp_path_factory)
