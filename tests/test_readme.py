"""What the README says and the project does must be the same."""

import re
from pathlib import Path

import pytest

import models_zoo
from train.publishing import readme

ROOT = Path(__file__).parent.parent
ROOMS = ("models_zoo", "train", "explorer", "benchmarks")
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_model_tables_are_those_of_the_cards():
    for path, text in readme.readmes(ROOT, models_zoo.find()).items():
        assert path.read_text(encoding="utf-8") == text, "run python -m train readme"


def test_it_is_read_to_the_end():
    assert len(TEXT.encode()) <= 8192


def test_every_model_card_is_the_one_its_config_gives():
    for card in models_zoo.find():
        assert (card.folder / "README.md").read_text(encoding="utf-8") == readme.model_card(card, 0), card.id


def test_the_space_runs_the_gradio_that_is_pinned():
    pinned = re.search(r"^gradio.*==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[1]
    assert re.search(r"^sdk_version: (\S+)$", TEXT, re.MULTILINE)[1] == pinned


def test_the_space_front_matter_is_complete():
    front = TEXT.split("---")[1]
    keys = ("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version")
    for key in (*keys, "app_file", "license", "short_description", "tags"):
        assert f"\n{key}: " in front


@pytest.mark.parametrize("path", ["README.md", *(f"{room}/README.md" for room in ROOMS)])
def test_links_and_pictures_exist(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r'(?:\]\(|src=")([^)"#]+)', text):
        assert target.startswith("http") or ((ROOT / path).parent / target).exists(), target
