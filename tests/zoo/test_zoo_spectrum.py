"""The averaged spectrum of pictures, and the checkerboard in it."""

import numpy as np
import pytest
import torch

from models_zoo import ZooError, chart, checkpoint, spectrum


@pytest.fixture
def noise():
    return 0.3 * np.random.default_rng(0).normal(size=(200, 1, 64, 64))


def test_white_noise_has_its_variance_everywhere_and_no_checkerboard(noise):
    power = spectrum.power(noise)
    assert power.shape == (64, 64) and np.median(power) == pytest.approx(0.09, rel=0.03)
    assert abs(spectrum.checkerboard(power)) < 0.5
    assert max(map(abs, spectrum.excess(power).values())) < 2


@pytest.mark.parametrize(("period", "quarter"), [(2, 2), (4, 1)])
def test_a_pattern_across_is_a_spike_across(noise, period, quarter):
    wave = 0.3 * np.cos(2 * np.pi * np.arange(64) / period)
    power = spectrum.power(noise + wave)
    found = spectrum.excess(power)
    assert found[0, quarter] > 15 and found[0, -quarter] > 15
    assert max(abs(level) for place, level in found.items() if place not in ((0, quarter), (0, -quarter))) < 2
    assert spectrum.checkerboard(power) > spectrum.checkerboard(spectrum.power(noise)) + 0.9
    along = spectrum.along_axes(power)
    assert spectrum.frequencies(64)[np.argmax(along)] == 1 / period


def test_both_ways_at_once_is_the_corner_of_the_spectrum(noise):
    board = 0.3 * (-1.0) ** np.add.outer(np.arange(64), np.arange(64))
    found = spectrum.excess(spectrum.power(noise + board))
    assert all(found[corner] > 15 for corner in ((2, 2), (-2, 2), (2, -2), (-2, -2)))
    assert abs(found[0, 2]) < 2


def test_a_plain_picture_has_no_power_and_no_artefact():
    power = spectrum.power(np.full((3, 3, 32, 32), 0.7))
    assert spectrum.decibels(power) == pytest.approx(0, abs=1e-6)
    assert spectrum.checkerboard(power) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("side", [16, 30])
def test_a_picture_without_room_for_the_artefact_is_refused(side):
    with pytest.raises(ValueError, match=f"{side} x {side}"):
        spectrum.excess(np.ones((side, side)))


def test_the_line_of_photographs_is_read_back_from_a_card():
    made, real = [5.0] * 32, [40.0 - step for step in range(32)]
    curve = spectrum.curve([({"en": "this model"}, made), ({"en": "real"}, real)], 64, 500)
    assert chart.is_curve(curve) and curve["n"] == 500
    assert spectrum.photographs({spectrum.CURVE: curve}, 64) == ({"en": "real"}, real)
    assert spectrum.photographs({spectrum.CURVE: curve}, 32) is None
    assert spectrum.photographs({}, 64) is None


NARROW = {"latent_size": 8, "widths": [16] * 4, "discriminator_widths": [8] * 4}


def test_before_training_only_the_transposed_convolution_draws_a_checkerboard():
    found = {}
    for upsampling in ("resize", "transposed"):
        model = checkpoint.untrained("dcgan.DCGAN", {**NARROW, "upsampling": upsampling}, seed=0)
        images = model.generate(model.latents(range(64)))
        assert not model.training and images.std() > 0.1
        found[upsampling] = spectrum.checkerboard(spectrum.power(images.numpy()))
    assert found["resize"] < 2 and found["transposed"] > 8


def test_an_untrained_network_depends_on_its_seed_alone_and_a_picture_on_its_own():
    torch.manual_seed(1)
    after = torch.rand(1)
    torch.manual_seed(1)
    one, same, other = (checkpoint.untrained("dcgan.DCGAN", NARROW, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.rand(1), after)
    z = one.latents([3, 4])
    assert torch.equal(one.generate(z), same.generate(z)) and not torch.equal(one.generate(z), other.generate(z))
    assert one.generate(z)[:1] == pytest.approx(one.generate(z[:1]), abs=1e-5)


@pytest.mark.parametrize(
    ("architecture", "arguments", "said"),
    [("juggler.Juggler", {}, "juggler.Juggler"), ("dcgan.DCGAN", {"balls": 3}, "balls"), ("os.path", {}, "os.path")],
)
def test_an_untrained_network_that_cannot_be_is_one_sentence(architecture, arguments, said):
    with pytest.raises(ZooError, match=said):
        checkpoint.untrained(architecture, arguments, 0)
