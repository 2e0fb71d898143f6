from explorer.latent.kept import MOST, Kept, keep, of_model


def test_the_newest_point_of_a_name_is_kept_and_the_oldest_of_too_many_forgotten():
    points = keep([], Kept("one", "a", (0.0,)))
    points = keep(points, Kept("one", "b", (1.0,)))
    points = keep(points, Kept("one", "a", (2.0,), label=3))
    assert [(p.model, p.z) for p in points] == [("b", (1.0,)), ("a", (2.0,))]
    assert of_model(points, "a") == [Kept("one", "a", (2.0,), 3)]
    for number in range(MOST):
        points = keep(points, Kept(str(number), "a", (0.0,)))
    assert len(points) == MOST and of_model(points, "b") == []
