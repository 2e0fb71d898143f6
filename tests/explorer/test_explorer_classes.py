"""Class grids, morphs and readings, and how they look as HTML."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.page import checks, html
from explorer.pictures import files, images, reading
from explorer.pictures.reading import Reading
from explorer.tabs.classes import view as class_html
from explorer.tabs.classes import work as classes
from explorer.tabs.classes.work import ClassSamples
from explorer.texts.errors import UserError
from models_zoo import Card

NAMES = ("zero", "one", "<b>{two}")


@pytest.fixture
def card():
    return Card(
        id="some",
        variant="x",
        task="class-conditional",
        dataset="mnist",
        architecture="x.X",
        arguments={},
        image_size=4,
        channels=1,
        classes=NAMES,
        verdict="logits",
    )


def discriminator(card, **verbs):
    return SimpleNamespace(card=card, **verbs)


def test_pairs_go_row_by_row():
    assert classes.pairs([7, 8], [0, 2]) == ([7, 7, 8, 8], [0, 2, 0, 2])


def test_a_row_is_one_seed_in_all_classes_or_many_seeds_in_one():
    assert classes.rows(5, 2, [0, 1, 2], 10) == ([5, 5, 5, 6, 6, 6], [0, 1, 2, 0, 1, 2])
    assert classes.rows(5, 2, [1], 3) == ([5, 6, 7, 8, 9, 10], [1] * 6)


def test_there_and_back_loops_without_a_pause():
    steps = classes.there_and_back(6)
    assert steps == pytest.approx([0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])


def test_eleven_answers_are_classes_or_fake(card):
    model = discriminator(card, classify=lambda x: torch.tensor([[1.0, 3.0, 0.0, 2.0]]), score=lambda x, labels=None: x)
    said = reading.answer(model, torch.zeros(1, 1, 4, 4), 3)
    assert (said.kind, said.reads) == ("classes-or-fake", 1)
    assert sum(said.classes) + said.fake == pytest.approx(1)
    assert said.real == pytest.approx(1 - said.fake)


def test_two_heads_answer_for_themselves(card):
    model = discriminator(
        card, classify=lambda x: torch.tensor([[0.0, 0.0, 9.0]]), score=lambda x, labels=None: torch.tensor([0.0])
    )
    said = reading.answer(model, torch.zeros(1, 1, 4, 4), 3)
    assert (said.kind, said.reads, said.real, said.fake) == ("real-and-classes", 2, 0.5, 0.5)
    assert sum(said.classes) == pytest.approx(1)


def test_one_who_judges_pairs_is_asked_about_each_class(card):
    model = discriminator(card, score=lambda x, labels: labels - 1.0)
    said = reading.answer(model, torch.zeros(1, 1, 4, 4), 3)
    assert (said.kind, said.reads, said.real) == ("real-per-class", None, None)
    assert said.classes == pytest.approx(torch.tensor([-1.0, 0.0, 1.0]).sigmoid().tolist())


def test_a_judge_names_classes_and_a_generator_alone_says_nothing(card):
    judge = discriminator(card, classify=lambda x: torch.tensor([[0.0, 5.0, 0.0]]))
    assert reading.answer(judge, torch.zeros(1, 1, 4, 4), 3).kind == "classes"
    assert reading.answer(discriminator(card), torch.zeros(1, 1, 4, 4), 3) is None


@pytest.mark.parametrize("share", ["0", "<1", "1", "50", ">99", "100"])
def test_only_certainty_reads_as_such(share):
    values = {"0": 0.0, "<1": 0.001, "1": 0.01, "50": 0.5, ">99": 0.998, "100": 1.0}
    assert html.percent(values[share]) == share


def samples(card, verdicts=None):
    seeds, labels = classes.pairs([7, 8], range(3))
    pixels = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 1), np.uint8)
    return ClassSamples(pixels, seeds, labels, verdicts)


def test_the_grid_marks_what_is_chosen_and_what_is_read_as_something_else(card):
    page = class_html.grid(card, samples(card, [(0.25, 0), (0.5, 0), (None, None)] * 2), (8, 1), "en")
    assert page.count('class="cell"') == 6 and page.count('aria-pressed="true"') == 1
    assert 'data-seed="8" data-label="1" aria-pressed="true"' in page
    assert "Seed 7, class zero, 25\u00a0% real" in page
    assert "Seed 7, class one, 50\u00a0% real, read as zero" in page
    assert page.count("cell-reads") == 2
    assert page.count("Bar: how real") == 1
    assert "Bar: how real" not in class_html.grid(card, samples(card), (8, 1), "en")


def test_names_of_classes_are_plain_text_everywhere(card):
    grid = samples(card, [(0.5, 2)] * 6)
    reading = Reading("real-and-classes", [0.1, 0.2, 0.7], 0.5, 0.5)
    for page in (
        class_html.grid(card, grid, (7, 2), "en"),
        class_html.stage(card, "<i>", grid, 1.0, "en"),
        class_html.panels([(card, "<i>", reading)], 2, "en"),
        class_html.morph(card, grid.pixels, 0.5, reading, "en"),
    ):
        assert "<b>" not in page and "{two}" not in page and "<i>" not in page


def test_each_bar_says_its_percentage_and_fake_comes_last(card):
    page = class_html.panels([(card, "SGAN", Reading("classes-or-fake", [0.1, 0.2, 0.1], 0.4, 0.6))], 1, "en")
    assert [page.index(f">{share} %<") for share in (20, 60)] == sorted(
        page.index(f">{share} %<") for share in (20, 60)
    )
    assert "Fake (60 %), or else one" in page and "(asked for)" in page


def test_only_the_first_panel_is_a_status(card):
    reading = Reading("classes", [0.1, 0.2, 0.7])
    assert class_html.panels([(card, "A", reading), (card, "B", reading)], 1, "en").count('role="status"') == 1


def test_a_gif_keeps_its_frames_and_loops():
    from io import BytesIO

    from PIL import Image

    frames = np.arange(0, 200, 50, dtype=np.uint8).reshape(4, 1, 1, 1).repeat(8, 1).repeat(8, 2)
    for pixels in (frames, frames.repeat(3, 3)):
        with Image.open(BytesIO(images.gif(pixels))) as gif:
            assert (gif.n_frames, gif.info["loop"]) == (4, 0)


def test_tensors_are_what_pixels_were_made_of():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    assert np.array_equal(images.pixels(images.tensor(pixels)), pixels)


@pytest.mark.parametrize("value", [[3], [-1], ["1"], [True], [1.0], "1", 1, None, {}, [0] * 1000])
def test_bad_lists_of_classes_are_refused(value):
    with pytest.raises(UserError, match="class"):
        checks.class_ids(value, NAMES)


def test_no_classes_are_all_classes():
    assert checks.class_ids([], NAMES) == [0, 1, 2]
    assert checks.class_ids([2, 0], NAMES) == [2, 0]


def test_classes_may_come_again():
    assert checks.class_ids([2, 0, 2, 1], NAMES) == [2, 0, 2, 1]
    assert len(checks.class_ids([1] * checks.MAX_CLASSES, NAMES)) == checks.MAX_CLASSES
    with pytest.raises(UserError, match="at most 16"):
        checks.class_ids([1] * (checks.MAX_CLASSES + 1), NAMES)


def test_many_judges_leave_room_for_the_model_itself(card):
    from dataclasses import replace

    judges = [replace(card, id=f"judge-{index}", task="judge") for index in range(20)]
    store = SimpleNamespace(cards=lambda task: judges if task == "judge" else [card])
    asked = [each.id for each in reading.discriminators(store, card)]
    assert len(asked) == reading.MAX_PANELS and asked[0] == card.id


@pytest.mark.parametrize("value", ["", "  ", None, 5, "12a", "1.5", "-1", "٣", "1" * 13])
def test_bad_numbers_are_refused(value):
    with pytest.raises(UserError):
        checks.number(value)


def test_a_number_may_stand_between_blanks_and_begin_with_zero():
    assert checks.number(" 007 ") == "007"


def test_only_files_in_the_upload_folder_count_as_uploaded(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "uploads" / "picture").write_bytes(b"picture")
    (tmp_path / "uploads" / "link").symlink_to(tmp_path / "secret")
    assert files.uploaded({"path": str(tmp_path / "uploads" / "picture")}) == b"picture"
    for path in ("secret", "uploads/link", "uploads/../secret", "uploads", "uploads/nothing"):
        assert files.uploaded({"path": str(tmp_path / path)}) is None
    for value in (None, "x", {}, {"path": 7}, {"path": ""}, {"path": "\0"}):
        assert files.uploaded(value) is None
