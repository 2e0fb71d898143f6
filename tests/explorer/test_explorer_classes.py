"""Class grids, morphs and readings, and how they look as HTML."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page import checks, html
from explorer.page.view import Asked
from explorer.pictures import drawing, files, images, reading
from explorer.pictures.reading import Reading
from explorer.tabs.classes import api
from explorer.tabs.classes import view as class_html
from explorer.tabs.classes import work as classes
from explorer.tabs.classes.api import MorphRequest, SamplesRequest
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


@pytest.fixture(scope="module")
def bundled():
    """The models that come with the page."""
    return ModelStore([])


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
    page = class_html.grid(card, samples(card, [(0.25, 0), (0.5, 0), (None, None)] * 2), (8, 1), 1.0, "en")
    assert page.count('class="cell"') == 6 and page.count('aria-pressed="true"') == 1
    assert 'data-seed="8" data-label="1" aria-pressed="true"' in page
    assert "Seed 7, class zero, 25\u00a0% real" in page
    assert "Seed 7, class one, 50\u00a0% real, read as zero" in page
    assert page.count("cell-reads") == 2
    assert page.count("Bar: how real") == 1
    assert "Bar: how real" not in class_html.grid(card, samples(card), (8, 1), 1.0, "en")


def test_names_of_classes_are_plain_text_everywhere(card):
    grid = samples(card, [(0.5, 2)] * 6)
    reading = Reading("real-and-classes", [0.1, 0.2, 0.7], 0.5, 0.5)
    for page in (
        class_html.grid(card, grid, (7, 2), 1.0, "en"),
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


# What programs send


def a_drawing(ink=(0, 0, 0), paper=(255, 255, 255), size=(200, 240)):
    """A seven in thick strokes."""
    picture = Image.new("RGB", size, paper)
    points = [(0.25 * size[0], 0.2 * size[1]), (0.75 * size[0], 0.2 * size[1]), (0.4 * size[0], 0.8 * size[1])]
    ImageDraw.Draw(picture).line(points, ink, width=size[0] // 10, joint="curve")
    return picture


def file(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def deep(picture):
    return Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)


def clear(picture):
    drawn = Image.new("RGBA", picture.size)
    drawn.paste((0, 0, 0, 255), mask=Image.eval(picture.convert("L"), lambda value: 255 - value))
    return drawn


def turned():
    orientation = Image.Exif()
    orientation[274] = 6
    return {"kind": "JPEG", "exif": orientation}


@pytest.mark.parametrize(
    "content",
    [
        *(file(a_drawing().convert(mode)) for mode in ("RGB", "L", "P", "LA", "1")),
        file(a_drawing().convert("CMYK"), "TIFF"),
        file(deep(a_drawing())),
        file(clear(a_drawing())),
        file(a_drawing().rotate(90, expand=True), **turned()),
        file(a_drawing(), "GIF", save_all=True, append_images=[Image.new("RGB", (200, 240), "white")]),
        file(a_drawing(ink=(255, 255, 255), paper=(0, 0, 0))),
    ],
    ids=["RGB", "L", "P", "LA", "1", "CMYK", "16 bits", "transparent", "turned", "animated", "white on black"],
)
def test_all_kinds_of_pictures_are_read(bundled, content):
    address = "data:image/png;base64," + base64.b64encode(content).decode()
    judge = bundled.card("judge-mnist")
    said = reading.read(bundled, judge, drawing.as_input(drawing.sent(address), judge))
    assert said.best == 7 and said.classes[7] > 0.9


@pytest.mark.parametrize("paper", [Image.new("RGB", (100, 100), "white"), Image.new("RGBA", (100, 100))])
def test_a_blank_picture_gets_one_sentence(bundled, paper):
    with pytest.raises(UserError, match="the canvas is blank"):
        drawing.as_input(drawing.decode(file(paper)), bundled.card("judge-mnist"))


META = {"_type": "gradio.FileData"}


@pytest.mark.parametrize(
    "image",
    [
        None,
        "",
        7,
        [],
        "/etc/hostname",
        "http://127.0.0.1:9/a.png",
        {"path": "/etc/hostname"},
        {"path": "/etc/hostname", "meta": META},
        {"path": "/etc/hostname", "meta": META, "is_stream": True},
        {"path": "http://127.0.0.1:9/a.png", "meta": META},
        {"path": "https://huggingface.co/a.png", "url": "https://huggingface.co/a.png", "meta": META},
    ],
)
def test_only_uploads_are_read(image):
    with pytest.raises(UserError) as caught:
        drawing.sent(image)
    assert "\n" not in caught.value.message and len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("request_type", "bad", "sentence"),
    [
        *((SamplesRequest, {"classes": bad}, "class") for bad in ([10], [-1], ["3"], [True], [1.0], "3", 3, [1] * 17)),
        *((SamplesRequest, {"seed": bad}, "seed must be") for bad in (-1, 2**32, "1", None)),
        *((SamplesRequest, {"count": bad}, "from 1 to 16") for bad in (0, 17, 1.5, None)),
        (SamplesRequest, {"truncation": 1.5}, "truncation must be"),
        (SamplesRequest, {"verdict": "yes"}, "verdict must be"),
        *((MorphRequest, {"from_class": bad}, "A class must be") for bad in (10, -1, "1", None)),
        *((MorphRequest, {"steps": bad}, "from 2 to 64") for bad in (1, 65, 2.5)),
    ],
)
def test_bad_arguments_get_one_sentence(bundled, request_type, bad, sentence):
    good = {"from_class": 0, "to_class": 1} if request_type is MorphRequest else {"classes": []}
    with pytest.raises(UserError, match=sentence) as caught:
        request_type.checked(good | bad, Asked("en", bundled.card("cgan-mnist")))
    assert "\n" not in caught.value.message and len(caught.value.message) < 300


def test_only_models_of_the_task_are_asked(bundled):
    choice = Choice(bundled, classes.TASKS, "acgan-mnist", "wrong_task_classes")
    with pytest.raises(UserError, match="its task is “unconditional”"):
        choice.known("gan-mnist")
    assert {"judge-mnist", "sgan-mnist"} <= {each.id for each in api.readers(choice, "")}
    assert [each.id for each in api.readers(choice, "judge-mnist")] == ["judge-mnist"]
    with pytest.raises(UserError, match="There is no model"):
        api.readers(choice, "nothing")
    with pytest.raises(UserError, match="does not read classes"):
        api.readers(choice, "gan-mnist")


def test_a_picture_that_comes_again_has_a_name_of_its_own_and_the_same_pixels(bundled):
    asked = classes.pairs([7], [2, 0, 2, 6])
    assert api.names("m", *asked) == [f"m-seed-7-class-{end}.png" for end in ("2", "0", "2-2", "6")]
    pixels = classes.draw(bundled, bundled.card("cgan-mnist"), *asked).pixels
    assert np.array_equal(pixels[0], pixels[2]) and not np.array_equal(pixels[0], pixels[1])


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("Type a number first", ("", "  ", None, 5)),
        ("Only the digits 0 to 9", ("12a", "1.5", "-1", "٣")),
        ("At most 12 digits", ("1" * 13,)),
    ],
)
def test_bad_numbers_are_refused(sentence, values):
    for value in values:
        with pytest.raises(UserError, match=sentence):
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
