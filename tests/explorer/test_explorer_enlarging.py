"""Tiles without seams, sizes, and what is measured against an original."""

import io
import math

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.tabs.enlarge import likeness, view
from explorer.tabs.enlarge import work as enlarging
from explorer.tabs.enlarge.likeness import Likeness
from explorer.tabs.enlarge.tab import Handlers
from explorer.tabs.enlarge.work import EnlargeView, Job, Step
from explorer.texts.errors import UserError
from models_zoo.card import Card
from models_zoo.srgan import SRGAN
from train.data.dataset import to_float
from train.metrics import resolution as resolution_metrics


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def file(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = SRGAN(2, 8, 1).eval()
    # Strong enough for a seam to show.
    made.generator.last.weight.data *= 40
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Untrained networks that enlarge twice and four times."""
    folder = tmp_path_factory.mktemp("enlarging")
    for scale in (2, 4):
        torch.manual_seed(0)
        made = SRGAN(scale, 8, 1)
        card = (f"tiny-x{scale}", "srgan", "super-resolution", "photographs", made.architecture, made.arguments, 128, 3)
        made.card = Card(*card)
        made.save_pretrained(folder / made.card.id)
    return ModelStore([folder])


@pytest.mark.parametrize(("height", "width"), [(20, 33), (7, 90), (64, 16)])
def test_tiles_fit_together_as_if_there_were_one(model, monkeypatch, height, width):
    photo = noise(height, width)
    (whole,) = enlarging.enlarge(model.upscale, photo, 2, model.reach)
    monkeypatch.setattr(enlarging, "TILE", 16)
    steps = list(enlarging.enlarge(model.upscale, photo, 2, model.reach))
    assert [step.done for step in steps] == list(range(1, steps[-1].count + 1))
    assert all(step.result is None for step in steps[:-1])
    assert abs(steps[-1].result.astype(int) - whole.result).max() <= 1
    blind = list(enlarging.enlarge(model.upscale, photo, 2, 0))[-1].result
    assert abs(blind.astype(int) - whole.result).max() > 1


@pytest.mark.parametrize(("height", "width", "count"), [(256, 256, 1), (257, 100, 2), (1000, 700, 12)])
def test_no_tile_is_larger_than_what_bounds_the_memory(height, width, count):
    reach = 19
    tiles = enlarging.tiles(height, width, reach)
    assert len(tiles) == count
    covered = np.zeros((height, width), int)
    for tile in tiles:
        assert all(part.stop - part.start <= enlarging.TILE + 2 * reach for part in tile.seen)
        covered[tile.seen][tile.inner] += 1
    assert (covered == 1).all()


def test_a_photograph_keeps_all_its_pixels():
    photo = Image.fromarray(noise(900, 1500))
    assert enlarging.photograph(file(photo)).shape == (900, 1500, 3)
    turned = Image.Exif()
    turned[0x0112] = 6
    assert enlarging.photograph(file(photo, "JPEG", exif=turned)).shape == (1500, 900, 3)
    clear = Image.new("RGBA", (1500, 20), (255, 0, 0, 0))
    assert (enlarging.photograph(file(clear)) == 255).all()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no picture", "no picture that can be read"),
        (file(Image.new("1", (10_001, 5_000))), "million pixels"),
        (file(Image.fromarray(noise(60, 60)))[:-3000], "damaged"),
    ],
)
def test_what_is_no_photograph_is_one_sentence(data, said):
    with pytest.raises(UserError) as caught:
        enlarging.photograph(data)
    assert said in caught.value.message and "\n" not in caught.value.message


def test_what_would_become_too_large_is_refused_before_it_is_enlarged():
    enlarging.check_size(np.empty((1024, 1024, 3), np.uint8), 4)
    enlarging.check_size(np.empty((2000, 2000, 3), np.uint8), 2)
    with pytest.raises(UserError, match="1025 x 1024") as caught:
        enlarging.check_size(np.empty((1024, 1025, 3), np.uint8), 4)
    assert "1.0 million" in caught.value.message
    with pytest.raises(UserError, match="10000 x 8"):
        enlarging.check_size(np.empty((8, 10_000, 3), np.uint8), 4)


def test_a_photograph_that_is_shrunk_first_is_its_own_original():
    photo = noise(31, 42)
    small, original = enlarging.shrunk(photo, 4)
    assert small.shape == (7, 10, 3) and np.array_equal(original, photo[:28, :40])
    assert enlarging.bicubic(small, 4).shape == original.shape


@pytest.mark.parametrize("strip", [16, 512])
def test_likeness_is_what_training_measures(monkeypatch, strip):
    monkeypatch.setattr(likeness, "STRIP", strip)
    one = np.asarray(Image.fromarray(noise(12, 15)).resize((60, 75), Image.Resampling.BICUBIC))
    other = np.clip(one + np.random.default_rng(1).normal(0, 12, one.shape), 0, 255).astype(np.uint8)
    found = likeness.measured(one, other)
    images = [to_float(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None]) for picture in (one, other)]
    assert found.psnr == pytest.approx(resolution_metrics.psnr(*images).item(), abs=1e-3)
    assert found.ssim == pytest.approx(resolution_metrics.ssim(*images).item(), abs=1e-4)
    assert likeness.measured(one, one) == Likeness(math.inf, pytest.approx(1))


def test_results_are_saved_without_loss_unless_they_are_huge(store, monkeypatch):
    result, card = noise(20, 30), store.card("tiny-x2")
    name, content = enlarging.saved(card, result)
    assert name == "tiny-x2-30x20.png" and np.array_equal(np.asarray(Image.open(io.BytesIO(content))), result)
    monkeypatch.setattr(enlarging, "MAX_PNG", 100)
    name, content = enlarging.saved(card, result)
    assert name == "tiny-x2-30x20.jpg" and Image.open(io.BytesIO(content)).size == (30, 20)


# What a visitor asks for


def test_only_models_that_enlarge_are_known(store):
    choice = Choice(store, (enlarging.TASK,), "tiny-x2", "wrong_task_enlarging")
    with pytest.raises(UserError, match="gan-mnist does not enlarge photographs: its task is “unconditional”"):
        choice.known("gan-mnist")
    with pytest.raises(UserError, match="There is no model 'nothing'"):
        choice.known("nothing")
    with pytest.raises(UserError, match="shrink must be"):
        EnlargeView.checked({"model": "tiny-x2", "shrink": 1}, Asked(card=store.card("tiny-x2")))


def test_tiles_are_seen_with_the_margin_that_the_model_needs(store, monkeypatch):
    card, photo = store.card("tiny-x2"), noise(40, 40)
    model = store.get("tiny-x2")
    (whole,) = enlarging.enlarge(model.upscale, photo, 2, model.reach)
    monkeypatch.setattr(enlarging, "TILE", 16)
    *_, last = enlarging.steps(store, card, photo)
    assert abs(last.result.astype(int) - whole.result).max() <= 1


def test_the_model_enlarges_the_whole_photograph(store):
    card, photo = store.card("tiny-x4"), noise(10, 14)
    *_, last = enlarging.steps(store, card, photo)
    model = store.get("tiny-x4")
    (whole,) = enlarging.enlarge(model.upscale, photo, 4, model.reach)
    assert last.result.shape == (40, 56, 3) and np.array_equal(last.result, whole.result)


def test_the_original_is_the_photograph_itself_or_as_large_as_the_result(store):
    card, photo = store.card("tiny-x2"), noise(40, 56)
    shrunk = enlarging.job(card, photo, noise(3, 3), True)
    assert shrunk.photo.shape == (20, 28, 3) and np.array_equal(shrunk.original, photo)
    given = enlarging.job(card, photo, noise(80, 112), False)
    assert given.photo is photo and np.array_equal(given.original, noise(80, 112))
    with pytest.raises(UserError, match="must have 112 x 80 pixels, as the result has, not 100 x 80"):
        enlarging.job(card, photo, noise(80, 100), False)
    with pytest.raises(UserError, match=r"Shrunk 2 times.* of 15 x 40 pixels is too small.* 16"):
        enlarging.job(card, noise(40, 15), None, True)
    with pytest.raises(UserError, match="million pixels"):
        enlarging.job(store.card("tiny-x4"), np.empty((1200, 1200, 3), np.uint8), None, False)
    assert enlarging.example().photo.shape == (64, 64, 3) and enlarging.example().original is None


def test_a_generated_picture_is_one_in_colour(store):
    points = [enlarging.generated(store, seed) for seed in range(20)]
    assert [point.seed for point in points] == list(range(20)) and len({point.model for point in points}) > 1
    assert all(store.card(point.model).channels == 3 for point in points)
    empty = type("Store", (), {"cards": lambda self, task: []})()
    with pytest.raises(UserError, match="colour"):
        enlarging.generated(empty, 1)


def test_stop_leaves_the_numbers_alone_when_nothing_runs(store):
    handlers = Handlers(Choice(store, (enlarging.TASK,), "tiny-x2", ""))
    job = Job(noise(20, 30), None)
    done = view.done("SR", job, noise(40, 60), noise(40, 60), 1, "en")
    assert handlers.show_stopped("en", done) == handlers.show_stopped("en", None) == gr.skip()
    assert "Stopped." in handlers.show_stopped("en", view.running(Step(1, 4), "en"))


def test_there_is_nothing_to_save_before_a_run_and_an_hour_after_it(store, tmp_path):
    handlers = Handlers(Choice(store, (enlarging.TASK,), "tiny-x2", ""))
    for found, said in ((None, "no result to save yet"), (str(tmp_path / "gone.png"), "no longer kept")):
        with pytest.raises(UserError, match=said):
            handlers.save("en", found)


def test_what_is_told_of_a_run():
    told = view.running(Step(3, 12), "en")
    assert 'max="12" value="3"' in told and "Tile 3 of 12" in told and f'class="{view.RUNNING}"' in told
    photo, result = noise(20, 30), noise(40, 60)
    plain = view.done("SR <b>", Job(photo, None), result, result, 1.26, "en")
    assert "30 × 20 → 60 × 40 pixels, in 1.3 s" in plain and "<table" not in plain and 'role="status"' in plain
    compared = view.done("SR <b>", Job(photo, result), noise(40, 60, 1), result, 1, "ko")
    first, second = compared.split("<tr>")[2:]
    assert "바이큐빅 보간" in first and "∞" in first and "1.0000" in first
    assert "SR &lt;b&gt;" in second and f"{likeness.measured(noise(40, 60, 1), result).psnr:.2f}" in second
    tiny = view.done("SR", Job(noise(4, 4), noise(8, 8)), noise(8, 8), noise(8, 8), 1, "en")
    assert "<table" not in tiny
