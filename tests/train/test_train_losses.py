import pytest
import torch
from torch.nn import functional as F

from train.objectives import losses


def gradient(loss, logit: float) -> float:
    """d loss / d logit, for one generated image to which D gives `logit`."""
    x = torch.tensor([float(logit)], requires_grad=True)
    loss(x).backward()
    return x.grad.item()


def test_minimax_vanishes_where_the_discriminator_is_sure_and_non_saturating_does_not():
    """The lecture's picture of the two objectives: at D(G(z)) near 0 one is flat, the other steep."""
    assert abs(gradient(losses.generator_minimax, -10)) < 1e-4
    assert abs(gradient(losses.generator_non_saturating, -10)) > 0.999
    # Where D is fooled it is the other way round, and at D = 1/2 they agree.
    assert abs(gradient(losses.generator_minimax, 10)) > 0.999
    assert abs(gradient(losses.generator_non_saturating, 10)) < 1e-4
    assert gradient(losses.generator_minimax, 0) == pytest.approx(gradient(losses.generator_non_saturating, 0))


def test_both_generator_losses_push_the_logit_up():
    for logit in (-3.0, 0.0, 3.0):
        assert gradient(losses.generator_minimax, logit) < 0
        assert gradient(losses.generator_non_saturating, logit) < 0


def test_cross_entropies_are_those_of_the_paper():
    real, fake = torch.randn(50), torch.randn(50)
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    expected = -(d_real.log().mean() + (1 - d_fake).log().mean())
    assert torch.allclose(losses.discriminator_bce(real, fake), expected, atol=1e-5)
    assert torch.allclose(losses.generator_minimax(fake), (1 - d_fake).log().mean(), atol=1e-5)
    assert torch.allclose(losses.generator_non_saturating(fake), -d_fake.log().mean(), atol=1e-5)


def test_losses_stay_finite_for_enormous_logits():
    huge = torch.tensor([-1e4, 1e4])
    for loss in (losses.generator_minimax, losses.generator_non_saturating):
        assert torch.isfinite(loss(huge))
    assert torch.isfinite(losses.discriminator_bce(huge, huge))


def test_least_squares_is_zero_at_its_targets():
    ones, zeros = torch.ones(4), torch.zeros(4)
    assert losses.discriminator_least_squares(ones, zeros) == 0
    assert losses.generator_least_squares(ones) == 0
    assert losses.discriminator_least_squares(zeros, ones) == 1
    assert losses.generator_least_squares(zeros) == 0.5


def test_the_hinge_is_that_of_the_paper_as_a_mean_over_discriminators():
    high, low, zero = (torch.full((3,), value) for value in (2.0, -4.0, 0.0))
    assert losses.generator_hinge([high]) == -2 and losses.generator_hinge([high, low]) == 1
    assert losses.discriminator_hinge([high], [low]) == 0, "beyond the margin nothing is left to learn"
    assert (
        losses.discriminator_hinge([zero], [zero]) == 2 and losses.discriminator_hinge([high, zero], [low, zero]) == 1
    )


def test_r1_of_a_linear_discriminator_is_half_its_squared_norm():
    weight = torch.randn(1, 12)
    images = torch.randn(5, 3, 2, 2, requires_grad=True)
    penalty = losses.r1_penalty(F.linear(images.flatten(1), weight).flatten(), images)
    assert torch.allclose(penalty, 0.5 * weight.square().sum())
