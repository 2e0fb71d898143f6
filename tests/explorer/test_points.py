"""Points of latent space: what they are, who can draw them, and which are kept."""

import pytest

from explorer.latent.point import MOST, Point, keep, named, of_model
from models_zoo import Card

CARD = Card("some", "gan", "unconditional", "mnist", "", {}, 28, 1, latent_size=2)


def test_the_newest_point_of_a_name_is_kept_and_the_oldest_of_too_many_forgotten():
    points = keep([], Point("a", z=(0.0,), name="one"))
    points = keep(points, Point("b", z=(1.0,), name="one"))
    points = keep(points, Point("a", z=(2.0,), label=3, name="one"))
    assert [(p.model, p.z) for p in points] == [("b", (1.0,)), ("a", (2.0,))]
    assert of_model(points, "a") == [Point("a", z=(2.0,), label=3, name="one")]
    assert named(points, "a", "one").label == 3 and named(points, "a", "two") is None
    for number in range(MOST):
        points = keep(points, Point("a", z=(0.0,), name=str(number)))
    assert len(points) == MOST and of_model(points, "b") == []


def test_any_model_draws_a_seed_and_only_its_own_a_vector():
    assert Point(seed=7).fits(CARD) and Point("some", seed=7).fits(CARD) and not Point("other", seed=7).fits(CARD)
    assert Point("some", z=(1.0, 2.0)).fits(CARD)
    assert not Point("some", z=(1.0,)).fits(CARD) and not Point("other", z=(1.0, 2.0)).fits(CARD)


@pytest.mark.parametrize("given", [{}, {"seed": 1, "z": (0.0,)}])
def test_a_point_has_a_seed_or_a_vector(given):
    with pytest.raises(ValueError):
        Point("some", **given)
