"""SRResNet and SRGAN: sizes, where they start, what a pixel depends on, and the kernels they are held against."""

import numpy as np
import pytest
import torch
from PIL import Image

import models_zoo
from models_zoo.card import Card
from models_zoo.srgan import SRGAN, bicubic, enlarged, in_bytes, luminance, shrunk, whole


def photograph(height=24, width=32, seed=0):
    """A smooth picture 1 x 3 x H x W in [-1, 1]."""
    coarse = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    return bicubic(2 * coarse - 1, height, width).clamp(-1, 1)


@pytest.mark.parametrize("scale", [2, 4])
def test_any_picture_becomes_as_many_times_as_large(scale):
    model = SRGAN(scale, 8, 1).eval()
    found = model.upscale(photograph(13, 22))
    assert found.shape == (1, 3, 13 * scale, 22 * scale) and found.abs().max() <= 1


@pytest.mark.parametrize("scale", [2, 4])
def test_an_untrained_network_is_about_as_good_as_bicubic_and_has_no_checkerboard(scale):
    torch.manual_seed(0)
    model, small = SRGAN(scale, 16, 2).eval(), photograph()
    added = model.generator(small) - enlarged(small, scale)
    assert 0 < added.abs().mean() < 0.02
    # All pixels that one becomes get the same.
    cells = added.unfold(2, scale, scale).unfold(3, scale, scale).flatten(4)
    assert torch.allclose(cells, cells[..., :1].expand_as(cells), atol=1e-5)


def test_a_pixel_depends_on_its_surroundings_no_farther_than_reach():
    torch.manual_seed(0)
    model = SRGAN(2, 8, 2)
    model.generator.last.weight.data *= 100
    small = photograph(33, 33).requires_grad_()
    model.generator(small)[0, :, 32:34, 32:34].sum().backward()
    seen = small.grad.abs().sum((0, 1)).nonzero()
    assert model.reach == 7
    assert (seen - 16).abs().max() == model.reach


def test_bicubic_is_pillows():
    images = in_bytes(photograph(40, 60))
    picture = images[0].add(1).mul(127.5).round().byte().permute(1, 2, 0).numpy()
    for size in ((10, 15), (80, 120)):
        expected = np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.BICUBIC), int)
        found = in_bytes(bicubic(images, *size)).add(1).mul(127.5).round()[0].permute(1, 2, 0).numpy()
        assert abs(found - expected).max() <= 1


def test_shrinking_cuts_off_what_is_too_much_and_gives_whole_bytes():
    large = photograph(30, 35)
    small = shrunk(large, 4)
    assert small.shape == (1, 3, 7, 8) and torch.equal(small, shrunk(whole(large, 4), 4))
    levels = (small + 1) * 127.5
    assert torch.allclose(levels, levels.round(), atol=1e-4)


def test_luminance_is_that_of_television():
    grey = torch.tensor([-1.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 1, 1)
    assert luminance(grey).flatten().tolist() == pytest.approx([16, 235], abs=0.01)
    red, green, blue = (2 * torch.eye(3) - 1).view(3, 1, 3, 1, 1)
    for colour, expected in ((red, 81.481), (green, 144.553), (blue, 40.966)):
        assert luminance(colour).item() == pytest.approx(expected, abs=0.001)


def test_the_opponent_sees_patches_and_learns():
    model = SRGAN(4, 8, 1, discriminator_widths=(8, 16))
    logits = model.discriminator(photograph(32, 32))
    assert logits.shape == (1, 1, 8, 8)
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in model.discriminator.parameters())
    assert not hasattr(SRGAN(4, 8, 1), "discriminator")


def test_a_scale_that_it_does_not_have_is_refused():
    with pytest.raises(ValueError, match="2, 4, not 3"):
        SRGAN(3)


def test_it_comes_back_from_the_zoo(tmp_path):
    model = SRGAN(2, 8, 1, discriminator_widths=(8, 16)).eval()
    model.card = Card(
        "tiny", "srgan", "super-resolution", "photographs", model.architecture, model.arguments, 128, 3,
        licences={"weights": "Apache-2.0", "data": "none"},
    )  # fmt: skip
    model.save_pretrained(tmp_path / "tiny")
    again = models_zoo.load(str(tmp_path / "tiny"), "cpu")
    small = photograph()
    assert again.scale == 2 and torch.allclose(again.upscale(small), model.upscale(small), atol=1e-2)
