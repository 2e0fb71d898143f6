"""A run that starts with wider networks begins with the function of the narrower ones."""

import pytest
import torch

from models_zoo.cyclegan import ResidualGenerator
from models_zoo.dcgan import DCGAN
from models_zoo.stackgan import StageOne
from train.errors import TrainError
from train.loop import init_from
from train.loop.widen import can_widen, widened


def shapes_of(net):
    return {name: value.shape for name, value in net.state_dict().items()}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("times", [2, 3])
def test_a_wider_generator_draws_the_same(times, training):
    narrow, wide = (StageOne(6, 5, 4, 3, (each * 8, each * 4), last=4).train(training) for each in (1, times))
    assert can_widen(narrow.state_dict(), shapes_of(wide))
    wide.load_state_dict(widened(narrow.state_dict(), shapes_of(wide)))
    noise, text, chance = torch.randn(3, 5), torch.randn(3, 6), torch.randn(3, 4)
    for one, other in zip(narrow(noise, text, chance), wide(noise, text, chance), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_repeated_channels_do_not_stay_alike():
    narrow, wide = ResidualGenerator(3, 4, 1), ResidualGenerator(3, 8, 1)
    wide.load_state_dict(widened(narrow.state_dict(), shapes_of(wide)))
    picture = torch.rand(2, 3, 16, 16)
    assert torch.allclose(narrow(picture), wide(picture), atol=1e-4)
    wide(picture).square().sum().backward()
    one, other = wide.net[4].weight.grad.chunk(2)
    assert not torch.allclose(one, other, rtol=0.01)


def test_other_depths_latents_and_channels_are_no_wider_ones():
    given = StageOne(6, 5, 4, 3, (8, 4), last=4).state_dict()
    for other in (
        StageOne(6, 5, 4, 3, (8, 4, 4), last=4), StageOne(12, 5, 4, 3, (8, 4), last=4), StageOne(6, 5, 4, 6, (8, 4), last=4),
        StageOne(6, 5, 4, 3, (12, 4), last=4),
    ):  # fmt: skip
        assert not can_widen(given, shapes_of(other))


def test_networks_for_another_size_take_the_layers_that_fit(monkeypatch, capsys):
    """Pictures of 32 pixels begin with all but the ends of the networks that draw 16."""
    small, large = (DCGAN(side, 3, 8, [16] * count, [8] * count) for side, count in ((16, 2), (32, 3)))
    monkeypatch.setattr("models_zoo.load", lambda *_: small)
    init_from.take_over(large, "small", ["generator"])
    assert torch.equal(large.generator.net[0].weight, small.generator.net[0].weight)
    assert "of the generator's weights are those of small; the rest, of other shapes," in capsys.readouterr().out
    other = DCGAN(16, 3, 8, [12] * 2, [8] * 2)
    with pytest.raises(TrainError, match="its networks differ"):
        init_from.take_over(other, "small", ["generator"])
