"""What the README says and the project does must be the same."""

import re
from pathlib import Path

import models_zoo
from train.publishing import readme

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_model_tables_are_those_of_the_cards():
    assert readme.with_tables(TEXT, models_zoo.find()) == TEXT, "run python -m train readme"


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


def test_links_and_pictures_exist():
    for target in re.findall(r'(?:\]\(|src=")([^)"#]+)', TEXT):
        assert target.startswith("http") or (ROOT / target).exists(), target
