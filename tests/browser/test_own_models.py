"""Pictures of the user's own, of every layout and for every variant: trained on, exported, and drawn by programs that ask the page."""

import pytest
from browser.conftest import connected, served
from gradio_client import handle_file
from PIL import Image

import models_zoo
from tests.train.own_folders import CASES, SIDE, filled, typed
from train.__main__ import main

STEPS = "20"
ASKED = {
    "unconditional": lambda client, model, photo: client.predict(model, 0, 1, api_name="/sample")[0]["image"],
    "class-conditional": lambda client, model, photo: client.predict(model, [1], 0, 1, api_name="/classes")[0]["image"],
    "translation": lambda client, model, photo: client.predict(photo, model, api_name="/translate")["image"],
    "super-resolution": lambda client, model, photo: client.predict(photo, model, api_name="/enlarge"),
    "colorization": lambda client, model, photo: client.predict(photo, model=model, api_name="/colorize"),
    "text-to-image": lambda client, model, photo: client.predict(model, "a bird", api_name="/words")["pictures"][0][
        "stage_1"
    ],
}
"""How a program has a model of each task draw; judges and encoders draw nothing."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def zoo(folders, tmp_path_factory):
    """A folder with a model of each variant, called like it."""
    root = tmp_path_factory.mktemp("zoo")
    for name, layout in CASES:
        run = tmp_path_factory.mktemp("run") / name
        assert typed(name, folders / layout, run, "--steps", STEPS, "--eval-every", "0") == 0, name
        words = ["export", run, "--id", f"own-{name}", "--zoo", root, "--samples", "8", "--title", "Mine"]
        assert main([*map(str, words)]) == 0, name
    return root


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    with served(zoo, tmp_path_factory) as address:
        yield connected(address, tmp_path_factory)


@pytest.mark.parametrize(("name", "layout"), CASES)
def test_a_folder_becomes_a_model_that_the_page_shows(client, zoo, folders, name, layout):
    model = models_zoo.load(str(zoo / f"own-{name}"), "cpu")
    card = model.card
    assert (card.title["en"], card.licences["data"], card.dataset) == ("Mine", "unknown", f"own-{layout}")
    assert card.image_size == (128 if name == "text-encoder" else SIDE) and "own" in card.text("trained_on", "en")
    told = client.predict(card.id, api_name="/model_card")
    assert told["title"]["en"] == "Mine"
    assert bool(card.sentences) == (name == "stackgan") and all(text.startswith("a picture") for text in card.sentences)
    if card.task in ASKED:
        photo = next((folders / "pictures").rglob("*.png"))
        answer = ASKED[card.task](client, card.id, handle_file(photo))
        with Image.open(answer["path"] if isinstance(answer, dict) else answer) as drawn:
            assert min(drawn.size) >= SIDE
