"""DCGAN of any side: maps that begin at 4 x 4 or at 7 x 7, and digits beside faces."""

import pytest
import torch

import models_zoo
from models_zoo.dcgan import DCGAN, first_side
from tests.train.own_folders import draw
from train.__main__ import main
from train.contract import Batch, variants
from train.errors import TrainError
from train.variants.widths import doublings

SMALL = ("--widths", "8", "8", "--discriminator-widths", "8", "8", "--last-width", "8", "--batch-size", "8")


def variant(**options):
    kind = variants()["dcgan"]
    return kind(kind.Config(**options))


@pytest.mark.parametrize(
    ("side", "smallest", "count"),
    [(16, 4, 2), (32, 4, 3), (64, 4, 4), (512, 4, 7), (28, 7, 2), (56, 7, 3), (112, 7, 4)],
)
def test_a_picture_is_doubled_from_the_smallest_map_that_fits_its_side(side, smallest, count):
    assert (first_side(side), doublings(side)) == (smallest, count) and smallest * 2**count == side


@pytest.mark.parametrize("side", [28, 56])
def test_networks_of_sides_from_seven_on_draw_score_and_learn(side):
    count = doublings(side)
    model = DCGAN(side, 1, 10, [8] * count, [8] * count, last_width=8)
    images = model.generate(torch.randn(4, 10))
    assert images.shape == (4, 1, side, side) and images.abs().max() <= 1
    scores = model.score(images)
    assert scores.shape == (4,)
    scores.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_networks_of_sides_from_four_on_are_what_they_were():
    shapes = {name: tuple(value.shape) for name, value in DCGAN(64).state_dict().items()}
    assert shapes["generator.net.0.weight"] == (4096, 100)
    assert shapes["discriminator.net.12.weight"] == (1, 288 * 4 * 4)


def test_widths_that_do_not_make_the_side_are_refused():
    with pytest.raises(ValueError, match="3 widths make 56 pixels, not 28"):
        DCGAN(28, 1, 10, [8, 8, 8])
    with pytest.raises(TrainError, match="2 widths make 16 pixels, not 64"):
        variant(widths=(8, 8)).build()


def test_digits_have_networks_of_their_own_side_and_a_card_and_a_measure_of_their_own():
    digits, faces = variant(dataset=("mnist",)), variant()
    made = digits.build()
    assert (made.image_size, made.channels) == (28, 1)
    assert (made.arguments["widths"], made.arguments["discriminator_widths"]) == ([256, 128], [48, 96])
    assert digits.best == ("frechet_judge", "lower") and faces.best == ("kid_lite0", "lower")
    assert "digits" in digits.card().title["en"] and "faces" in faces.card().title["en"]


def test_digits_are_not_flipped_and_faces_are():
    for options, flips in (({"dataset": ("mnist",)}, False), ({}, True)):
        made = variant(**options)
        made.seen = lambda images, batch: images
        images = torch.rand(32, made.shape.channels, 8, 8)
        real = made.real(Batch(images, slice(0, 32), 32, torch.Generator().manual_seed(0)))
        assert torch.equal(real, images) != flips


def test_repeats_need_attributes(data_root):
    from train.data import chosen

    made = variant(dataset=("mnist",), data_root=data_root, repeat="Eyeglasses")
    with pytest.raises(TrainError, match="--repeat needs a data set with attributes, such as celeba; mnist has none"):
        made.prepare(chosen.load(made.config))


def test_digits_are_trained_on_measured_and_exported(data_root, tmp_path, capsys):
    options = ["--dataset", "mnist", "--data-root", str(data_root), "--out", str(tmp_path / "run"), "--device", "cpu"]
    steps = ["--steps", "2", "--eval-every", "2", "--eval-samples", "20", "--log-every", "1"]
    assert main(["dcgan", *options, *SMALL, *steps]) == 0
    assert main(["export", str(tmp_path / "run"), "--id", "digits", "--zoo", str(tmp_path), "--samples", "20"]) == 0
    card = models_zoo.load(str(tmp_path / "digits"), "cpu").card
    assert (card.dataset, card.image_size, card.channels) == ("mnist", 28, 1)
    assert {"frechet_judge", "judge_confident"} <= set(card.metrics) and "--dataset mnist" in card.command
    assert "warning" not in capsys.readouterr().err


def test_pictures_of_ones_own_may_be_as_small_as_digits(tmp_path):
    import numpy as np

    dice = np.random.default_rng(0)
    for index in range(24):
        draw(tmp_path / "photos" / f"{index}.png", dice)
    options = ["--dataset", str(tmp_path / "photos"), "--size", "28", "--out", str(tmp_path / "run"), "--device", "cpu"]
    assert main(["dcgan", *options, *SMALL, "--steps", "1", "--eval-every", "0"]) == 0
