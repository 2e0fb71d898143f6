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
from explorer.pictures import images
from explorer.tabs.enlarge import likeness, view
from explorer.tabs.enlarge import work as enlarging
from explorer.tabs.enlarge.likeness import Likeness
from explorer.tabs.enlarge.tab import Handlers
from explorer.tabs.enlarge.work import EnlargeView, Job, Photo, Step
from explorer.texts.errors import UserError
from models_zoo.card import Card
from models_zoo.srgan import SRGAN
from train.data.dataset import to_float
from train.metrics import resolution as resolution_metrics


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def photo_of(pixels, alpha=None):
    return Photo(pixels, alpha, pixels.shape[1::-1])


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
    assert enlarging.photograph(file(photo)).pixels.shape == (900, 1500, 3)
    turned = Image.Exif()
    turned[0x0112] = 6
    read = enlarging.photograph(file(photo, "JPEG", exif=turned))
    assert read.pixels.shape == (1500, 900, 3) and read.size == (900, 1500) and read.alpha is None


def palette(alpha):
    picture = Image.new("P", (12, 8), 1)
    picture.putpalette([0, 0, 0, 200, 30, 30])
    return file(picture, transparency=bytes([255, alpha]))


@pytest.mark.parametrize(
    ("data", "alpha"),
    [
        (file(Image.new("RGBA", (12, 8), (200, 30, 30, 90))), 90),
        (file(Image.new("RGBA", (12, 8), (200, 30, 30, 255))), None),
        (file(Image.new("RGBA", (12, 8), (200, 30, 30, 90)), "WEBP", lossless=True), 90),
        (file(Image.new("LA", (12, 8), (99, 90))), 90),
        (palette(90), 90),
        (file(Image.new("RGB", (12, 8), (200, 30, 30)), transparency=(200, 30, 30)), 0),
        (file(Image.fromarray(np.full((8, 12), 40_000, np.uint16)), transparency=40_000), 0),
        (file(Image.new("CMYK", (12, 8), (0, 200, 200, 0)), "JPEG"), None),
    ],
    ids=["colours", "opaque", "webp", "grey", "palette", "key", "deep-grey", "print"],
)
def test_transparency_of_every_kind_of_file_is_read(data, alpha):
    photo = enlarging.photograph(data)
    assert photo.pixels.shape == (8, 12, 3)
    assert photo.alpha is None if alpha is None else (photo.alpha == alpha).all()


def hole(height=24, width=32):
    """A red picture with a see-through right half, black below it as most programs leave it, and its opacity."""
    pixels, alpha = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    pixels[:, : width // 2], alpha[:, : width // 2] = (200, 30, 30), 255
    return pixels, alpha


def test_what_is_transparent_stays_so_and_its_colours_do_not_show_at_the_edge(store):
    job = enlarging.job(store.card("tiny-x2"), photo_of(*hole()), None, False)
    *_, last = enlarging.steps(store, store.card("tiny-x2"), job)
    for result in (last.result, enlarging.plain(job, 2)):
        assert result.shape == (48, 64, 4)
        assert (result[:, :30, 3] == 255).all() and (result[:, 34:, 3] == 0).all()
    # Without care interpolation would mix black into the last red columns.
    assert abs(enlarging.plain(job, 2)[:, :, :3].astype(int) - (200, 30, 30)).max() == 0
    name, content = enlarging.saved(store.card("tiny-x2"), last.result)
    with Image.open(io.BytesIO(content)) as saved:
        assert name == "tiny-x2-64x48.png" and saved.mode == "RGBA" and np.array_equal(np.asarray(saved), last.result)


def test_large_results_with_transparency_are_never_saved_where_it_would_be_lost(store, monkeypatch):
    monkeypatch.setattr(images, "MOST_PNG", 100)
    result = np.dstack(hole())
    assert enlarging.saved(store.card("tiny-x2"), result)[0].endswith(".png")
    assert enlarging.shown(result)[0] == "png" and enlarging.shown(result[..., :3])[0] == "jpg"


def test_shrunk_first_a_see_through_photograph_is_compared_on_white(store):
    job = enlarging.job(store.card("tiny-x2"), photo_of(*hole()), None, True)
    assert job.photo.shape == (12, 16, 3) and (job.alpha[:, :7] == 255).all() and (job.alpha[:, 9:] == 0).all()
    assert (job.original[:, 16:] == 255).all() and (job.original[:, :16] == (200, 30, 30)).all()
    assert abs(job.photo.astype(int) - (200, 30, 30)).max() <= 8, (
        "and no black, as colours of faint pixels are but rounded"
    )
    *_, last = enlarging.steps(store, store.card("tiny-x2"), job)
    assert "<table" in view.done("SR", job, last.result, enlarging.plain(job, 2), 1, "en")


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


@pytest.mark.parametrize(("kind", "size"), [("JPEG", (6000, 4000)), ("PNG", (3000, 1500)), ("PNG", (8, 10_000))])
def test_what_would_become_too_large_is_reduced_first_and_that_is_told(store, kind, size):
    card = store.card("tiny-x4")
    photo = enlarging.photograph(file(Image.new("L", size, 90), kind), scale=4)
    height, width = photo.pixels.shape[:2]
    assert photo.size == size and 16 * height * width <= enlarging.MAX_RESULT
    assert 4 * max(height, width) <= enlarging.MAX_SIDE
    assert max(16 * height * width / enlarging.MAX_RESULT, 4 * max(height, width) / enlarging.MAX_SIDE) > 0.99
    job = enlarging.job(card, photo, None, False)
    assert job.given == size
    told = view.done("SR", job, noise(20, 30), noise(20, 30), 1, "en")
    assert f"{size[0]} × {size[1]} pixels are too many" in told and f"{width} × {height} →" in told


def test_what_fits_is_not_reduced(store):
    photo = enlarging.photograph(file(Image.new("L", (1024, 1024))), scale=4)
    assert photo.pixels.shape == (1024, 1024, 3)
    assert enlarging.job(store.card("tiny-x4"), photo, None, False).given is None
    assert enlarging.photograph(file(Image.new("L", (2000, 2000))), scale=2).pixels.shape == (2000, 2000, 3)


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
    monkeypatch.setattr(images, "MOST_PNG", 100)
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
    *_, last = enlarging.steps(store, card, Job(photo, None))
    assert abs(last.result.astype(int) - whole.result).max() <= 1


def test_the_model_enlarges_the_whole_photograph(store):
    card, photo = store.card("tiny-x4"), noise(10, 14)
    *_, last = enlarging.steps(store, card, Job(photo, None))
    model = store.get("tiny-x4")
    (whole,) = enlarging.enlarge(model.upscale, photo, 4, model.reach)
    assert last.result.shape == (40, 56, 3) and np.array_equal(last.result, whole.result)


def test_the_original_is_the_photograph_itself_or_as_large_as_the_result(store):
    card, photo = store.card("tiny-x2"), noise(40, 56)
    shrunk = enlarging.job(card, photo_of(photo), photo_of(noise(3, 3)), True)
    assert shrunk.photo.shape == (20, 28, 3) and np.array_equal(shrunk.original, photo)
    given = enlarging.job(card, photo_of(photo), photo_of(noise(80, 112)), False)
    assert given.photo is photo and np.array_equal(given.original, noise(80, 112))
    with pytest.raises(UserError, match="must have 112 x 80 pixels, as the result has, not 100 x 80"):
        enlarging.job(card, photo_of(photo), photo_of(noise(80, 100)), False)
    with pytest.raises(UserError, match=r"Shrunk 2 times.* of 15 x 40 pixels is too small.* 16"):
        enlarging.job(card, photo_of(noise(40, 15)), None, True)
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
