"""CIELAB in torch, hints as networks see them, and the colorizer itself."""

import pytest
import torch

from models_zoo import lab
from models_zoo.colorize import Colorizer, HintSpread, paint, patch_means

SMALL = {"image_size": 32, "widths": (4, 8, 8), "blocks": 1, "discriminator_widths": (4, 8)}


def colours(*values):
    """RGB bytes as pictures N x 3 x 1 x 1 in [-1, 1]."""
    return torch.tensor(values).float().div(127.5).sub(1)[..., None, None]


def model(seed=0, **options):
    torch.manual_seed(seed)
    return Colorizer(**{**SMALL, **options}).eval()


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
    ],
)
def test_lab_is_that_of_the_tables(rgb, expected):
    lightness, a, b = lab.from_rgb(colours(rgb)).flatten().tolist()
    found = ((lightness + 1) * lab.L_SCALE, a * lab.AB_SCALE, b * lab.AB_SCALE)
    assert found == pytest.approx(expected, abs=0.02)


def test_lab_and_back_is_the_same_picture_and_gradients_are_finite_also_in_black_and_white():
    images = torch.cat([torch.rand(2, 3, 8, 8) * 2 - 1, -torch.ones(1, 3, 8, 8), torch.ones(1, 3, 8, 8)])
    images.requires_grad_()
    again = lab.to_rgb(lab.from_rgb(images))
    assert torch.allclose(again, images, atol=1e-5)
    again.square().sum().backward()
    assert torch.isfinite(images.grad).all()


def test_colours_that_rgb_lacks_fade_with_their_lightness_and_hue():
    wild = torch.tensor([[0.4, 0.9, -0.3], [-0.8, -0.5, 0.9], [0.0, 0.1, 0.1]])[..., None, None]
    found = lab.into_gamut(wild)
    assert lab.to_rgb(found).abs().max() <= 1 + 2e-4
    assert torch.equal(found[:, 0], wild[:, 0]) and torch.equal(found[2], wild[2])
    hues = [torch.atan2(each[:2, 2], each[:2, 1]) for each in (found, wild)]
    assert torch.allclose(*hues, atol=1e-5)
    # As lively as there is: a little more would be too much.
    more = torch.cat([found[:2, :1], 1.01 * found[:2, 1:]], 1)
    assert (lab.to_rgb(more).abs().flatten(1).amax(1) > 1).all()


def test_hints_are_squares_around_their_places_and_their_means_come_back():
    rows, columns = torch.tensor([[2, 0, 5]]), torch.tensor([[3, 0, 5]])
    sizes, asked = torch.tensor([[3, 3, 0]]), torch.tensor([[[0.5, -0.5], [0.2, 0.1], [1.0, 1.0]]])
    hints, mask = paint(rows, columns, sizes, asked, 6, 8)
    expected = torch.zeros(6, 8)
    expected[1:4, 2:5] = 1
    expected[:2, :2] = 1  # cut off at the corner
    assert torch.equal(mask[0, 0], expected)
    assert hints[0, :, 2, 3].tolist() == [0.5, -0.5] and hints[0, :, 5, 5].tolist() == [0, 0]
    assert torch.allclose(patch_means(hints, rows, columns, sizes)[0, :2], asked[0, :2])


def test_where_hints_overlap_the_colour_is_their_mean():
    place = torch.zeros(1, 2, dtype=torch.long)
    hints, mask = paint(place, place, torch.ones_like(place), torch.tensor([[[0.2, 0.0], [0.4, 1.0]]]), 2, 2)
    assert hints[0, :, 0, 0].tolist() == pytest.approx([0.3, 0.5]) and mask.sum() == 1


@pytest.mark.parametrize("size", [(32, 32), (13, 50), (1, 1)])
def test_any_size_is_coloured_and_its_lightness_stays(size):
    grey = torch.rand(2, 1, *size) * 1.8 - 0.9
    hints, mask = torch.rand(2, 2, *size) * 2 - 1, (torch.rand(2, 1, *size) < 0.1).float()
    with torch.inference_mode():
        found = model().colorize(grey, hints, mask)
    assert found.shape == (2, 3, *size) and found.abs().max() <= 1
    assert torch.allclose(lab.from_rgb(found)[:, :1], grey, atol=2e-3)


def test_what_is_not_masked_says_nothing_and_what_is_does():
    grey, hints, mask = torch.zeros(1, 1, 32, 32), torch.rand(1, 2, 32, 32), torch.zeros(1, 1, 32, 32)
    net = model()
    with torch.inference_mode():
        without = net.colorize(grey, 0 * hints, mask)
        assert torch.equal(net.colorize(grey, hints, mask), without)
        mask[:, :, 3, 3] = 1
        changed = (net.colorize(grey, hints, mask) - without).abs().amax((0, 1))
    # Through the coarsest scale a single point reaches the far corner.
    assert changed[3, 3] > 0 and changed[-1, -1] > 0


def test_a_hint_is_obeyed_around_its_place_and_far_away_nothing_changes_even_before_training():
    torch.manual_seed(0)
    spread = HintSpread(4).eval()
    like = torch.zeros(1, 4, 64, 64)
    found = torch.full((1, 2, 64, 64), 0.1)
    mask = torch.zeros(1, 1, 64, 64)
    mask[:, :, 30:34, 30:34] = 1
    asked = torch.tensor([0.5, -0.4])[None, :, None, None]
    change = spread(like, like[:, :1], found, asked * mask, mask)
    assert ((found + change)[:, :, 28:36, 28:36] - asked).abs().max() < 0.1
    assert change[:, :, :4, :4].abs().max() < 0.02
    assert spread(like, like[:, :1], found, 0 * asked * mask, 0 * mask).abs().max() == 0


@pytest.mark.parametrize("wrong", [(1, 1, 8, 9), (1, 2, 8, 8), (2, 1, 8, 8)])
def test_shapes_that_do_not_belong_together_are_refused(wrong):
    with pytest.raises(ValueError, match="must be of the shapes"):
        model().colorize(torch.zeros(1, 1, 8, 8), torch.zeros(1, 2, 8, 8), torch.zeros(wrong))


def test_all_weights_learn():
    net = model().train()
    colours = net.generator(torch.randn(2, 1, 32, 32), torch.randn(2, 2, 32, 32), torch.ones(2, 1, 32, 32))
    assert colours.shape == (2, 2, 32, 32)
    net.discriminator(torch.cat([torch.zeros(2, 1, 32, 32), colours], 1)).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
