"""SRGAN's training: crops, both stages, what is measured, and how the second stage takes over the first."""

import logging

import numpy as np
import pytest
import torch
from PIL import Image

import models_zoo
from models_zoo.srgan import SRGAN, enlarged, shrunk
from train.contract import variants
from train.data import datasets as data
from train.data.dataset import to_float
from train.data.datasets import synthetic
from train.data.super_resolution import crops, random_crops
from train.errors import TrainError
from train.loop import trainer
from train.metrics import resolution
from train.publishing import export

SMALL = {"width": 8, "blocks": 1, "crop": 32, "discriminator_widths": (8, 8)}


def make(out, **options):
    defaults = {"out": out, "steps": 2, "batch_size": 4, "eval_every": 0, "precision": "fp32", "device": "cpu"}
    kind = variants()["srgan"]
    return kind(kind.Config(**{**defaults, "log_every": 1, **SMALL, **options}))


@pytest.fixture(scope="module")
def photographs():
    return synthetic("photographs", 8)


def save(path, width, height):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name)).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(noise).save(path)


@pytest.fixture
def root(tmp_path):
    """A data root with one or two small files in every folder."""
    for part, name, width, height in (
        ("train", "a", 200, 140),
        ("train", "b", 140, 200),
        ("test", "c", 300, 200),
    ):
        save(tmp_path / "bsds500" / part / f"{name}.png", width, height)
    for part in ("train", "val"):
        for scene in ("forest", "sea"):
            save(tmp_path / "landscapes" / part / scene / f"{scene}.png", 128, 128)
    for number in range(5):
        save(tmp_path / "Set5" / f"{number}.png", 50 + number, 46)
    return tmp_path


# ---- data ---------------------------------------------------------------------------------------


def test_crops_cover_a_photograph_in_more_than_one_size():
    picture = Image.fromarray(np.arange(200 * 300 * 3, dtype=np.uint32).astype(np.uint8).reshape(200, 300, 3))
    found = list(crops(picture, 128))
    # 2 x 3 of all of it; at 0.7 of its sides, 140 x 210, two by two.
    assert len(found) == 6 + 4 and all(crop.shape == (3, 128, 128) for crop in found)
    pixels = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)
    assert torch.equal(found[0], pixels[:, :128, :128]) and torch.equal(found[5], pixels[:, -128:, -128:])
    assert list(crops(picture.crop((0, 0, 300, 100)), 128)) == []


def test_random_crops_are_parts_of_their_picture_in_all_eight_orientations():
    picture = torch.arange(36.0).view(1, 1, 6, 6)
    dice = torch.tensor([[0.99, 0.0, a, b, c] for a in (0, 0.9) for b in (0, 0.9) for c in (0, 0.9)])
    found = random_crops(picture.expand(8, -1, -1, -1), 4, dice)
    part = picture[0, 0, 2:6, 0:4]
    turned = [side.rot90(turns) for side in (part, part.flip(0)) for turns in range(4)]
    assert sorted(crop.flatten().tolist() for crop in found) == sorted(each.flatten().tolist() for each in turned)


def test_photographs_are_read_the_same_each_time_with_set5_beside(root):
    one, other = (data.load("photographs", root) for _ in range(2))
    assert one.train.images.dtype == torch.uint8 and torch.equal(one.train.images, other.train.images)
    assert one.train.images.shape[1:] == (3, 128, 128) and len(one.test) == 2
    assert [tuple(picture.shape) for picture in one.benchmark] == [(3, 46, 50 + number) for number in range(5)]


def test_without_set5_there_is_one_sentence_and_a_number_less(root, caplog):
    (root / "Set5" / "3.png").unlink()
    with caplog.at_level(logging.WARNING):
        found = data.load("photographs", root)
    assert found.benchmark == () and "Set5 is not whole" in caplog.text
    measured = make(root / "run").evaluate(SRGAN(4, 8, 1).eval(), found, 2, 0)
    assert set(measured) == {"psnr_held_out", "ssim_held_out", "perceptual_held_out"}


def test_missing_photographs_are_one_sentence(tmp_path):
    with pytest.raises(TrainError, match=r"no public source to download from.*missing: bsds500/train"):
        data.load("photographs", tmp_path)


# ---- numbers ------------------------------------------------------------------------------------


def test_psnr_is_that_of_the_luminance_without_the_edges():
    grey = torch.zeros(2, 3, 24, 24)
    off = grey.clone()
    off[0, :, :4] = 1  # shaved off
    off[1] += 2 / 255
    found = resolution.psnr(off, grey)
    assert found[0] > 100
    # Grey that is brighter by one of 255 is brighter by 219 / 255 in the luminance.
    assert found[1].item() == pytest.approx(20 * np.log10(255 * 255 / 219), abs=0.01)
    assert resolution.ssim(grey, grey).tolist() == pytest.approx([1, 1], abs=1e-3)


def test_the_perceptual_distance_is_zero_for_the_same_and_grows_with_blur():
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    little, much = (enlarged(shrunk(images, scale), scale).requires_grad_() for scale in (2, 4))
    nothing, some, more = (resolution.perceptual_distance(x, images) for x in (images, little, much))
    assert nothing.abs().max() < 1e-5 and (some > 0.05).all() and (more > some).all() and (more < 4).all()
    more.sum().backward()
    assert much.grad.abs().sum() > 0


def test_every_number_has_bicubic_beside_it(root):
    found = data.load("photographs", root)
    measured = make(root / "run").evaluate(SRGAN(2, 8, 1).eval(), found, 10, 0)
    assert {name: entry["n"] for name, entry in measured.items()} == {
        f"{measure}_{of}": n for of, n in (("set5", 5), ("held_out", 2)) for measure in ("psnr", "ssim", "perceptual")
    }
    assert all(entry["reference_label"]["en"] == "bicubic interpolation" for entry in measured.values())
    # It has learned nothing, and begins where bicubic interpolation is.
    psnr = measured["psnr_set5"]
    assert psnr["value"] == pytest.approx(psnr["reference"], abs=1) and psnr["better"] == "higher"


# ---- both stages --------------------------------------------------------------------------------


def test_the_first_stage_comes_nearer_to_the_originals(tmp_path, photographs):
    log = trainer.train("srgan", make(tmp_path, steps=30, lr=2e-3, scale=2), photographs).read_log()
    first, last = (np.mean([line["loss/generator"] for line in part]) for part in (log[:5], log[-5:]))
    assert last < 0.8 * first


def test_the_second_stage_goes_on_from_the_first_and_plays_against_a_discriminator(tmp_path, photographs):
    trainer.train("srgan", make(tmp_path / "first"), photographs)
    folder = export.export(tmp_path / "first", "tiny-mse", photographs, zoo=tmp_path / "zoo", samples=4)
    model = models_zoo.load(str(folder), "cpu")
    assert model.card.task == "super-resolution" and not hasattr(model, "discriminator")
    # In bf16, as on CPUs with tiles and on GPUs: spectral norms are the first to complain.
    options = {"stage": "adversarial", "init_from": str(folder), "eval_every": 2, "lr": 1e-6, "precision": "bf16"}
    second = make(tmp_path / "second", **options)
    log = trainer.train("srgan", second, photographs).read_log()
    assert {"loss/generator", "loss/discriminator", "loss/content", "loss/adversarial"} <= log[0].keys()
    assert "metric/perceptual_held_out" in log[-1]
    again = models_zoo.load(
        str(export.export(tmp_path / "second", "tiny-gan", photographs, zoo=tmp_path / "zoo", samples=4)), "cpu"
    )
    small = shrunk(to_float(photographs.test.images[:1]), 4)
    assert hasattr(again, "discriminator") and torch.allclose(again.upscale(small), model.upscale(small), atol=0.02)
    assert again.card.step == 4 and "--stage adversarial" in again.card.command


def test_another_scale_cannot_be_taken_over(tmp_path, photographs):
    trainer.train("srgan", make(tmp_path / "first", scale=2), photographs)
    folder = export.export(tmp_path / "first", "tiny-2", photographs, zoo=tmp_path / "zoo", samples=4)
    with pytest.raises(TrainError, match="networks differ"):
        trainer.train("srgan", make(tmp_path / "second", init_from=str(folder)), photographs)


def test_a_sheet_has_small_bicubic_enlarged_and_original_below_each_other(tmp_path, photographs):
    sheet = make(tmp_path).samples(SRGAN(4, 8, 1).eval(), photographs)
    assert sheet.shape == (16, 3, 128, 128)
    small, originals = sheet[:4], sheet[12:]
    assert torch.equal(small[:, :, ::4, ::4], shrunk(originals, 4))
    assert torch.equal(originals[0], to_float(photographs.test.images[:1])[0])


@pytest.mark.parametrize(
    ("options", "said"),
    [({"crop": 34}, "--crop must be a multiple of 4"), ({"crop": 160}, "--crop"), ({"adversarial": -1.0}, "negative")],
)
def test_options_without_sense_are_refused(tmp_path, options, said):
    with pytest.raises(TrainError, match=said):
        make(tmp_path, **options)


def test_the_course_of_a_run_is_on_the_card(tmp_path, photographs):
    log = [{"step": step, "metric/psnr_held_out": 20.0 + step} for step in (1, 2, 3)]
    _, curves = make(tmp_path).history(log, photographs)
    assert curves["psnr"]["series"][0]["values"] == [21, 22, 23]
    assert make(tmp_path).history(log[:1], photographs) == ({}, {})
