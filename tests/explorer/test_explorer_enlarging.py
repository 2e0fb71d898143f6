"""Tiles without seams, sizes, and what is measured against an original."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.tabs.enlarge import work as enlarging
from explorer.texts.errors import UserError
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
        (file(Image.new("L", (6000, 4000))), "million pixels"),
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
    monkeypatch.setattr(enlarging, "STRIP", strip)
    one = np.asarray(Image.fromarray(noise(12, 15)).resize((60, 75), Image.Resampling.BICUBIC))
    other = np.clip(one + np.random.default_rng(1).normal(0, 12, one.shape), 0, 255).astype(np.uint8)
    found = enlarging.likeness(one, other)
    images = [to_float(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None]) for picture in (one, other)]
    assert found["psnr"] == pytest.approx(resolution_metrics.psnr(*images).item(), abs=1e-3)
    assert found["ssim"] == pytest.approx(resolution_metrics.ssim(*images).item(), abs=1e-4)
    assert enlarging.likeness(one, one) == {"psnr": math.inf, "ssim": pytest.approx(1)}


def test_results_are_saved_without_loss_unless_they_are_huge(monkeypatch):
    result = noise(20, 30)
    kind, content = enlarging.saved(result)
    assert kind == "png" and np.array_equal(np.asarray(Image.open(io.BytesIO(content))), result)
    monkeypatch.setattr(enlarging, "MAX_PNG", 100)
    kind, content = enlarging.saved(result)
    assert kind == "jpg" and Image.open(io.BytesIO(content)).size == (30, 20)
