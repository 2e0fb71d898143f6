"""The course of a run on the model card."""

from models_zoo import chart
from train.loop import history

LOG = [
    {"step": 10, "loss/generator": -0.5, "loss/discriminator": 1.0},
    {"step": 20, "loss/generator": -0.7, "loss/discriminator": 3.0},
    {"step": 20, "metric/kid_lite0": 0.4},
    {"step": 30, "loss/generator": -0.9, "loss/discriminator": 5.0},
    {"step": 40, "metric/kid_lite0": 0.2},
]


def test_losses_and_measurements_stand_at_their_own_steps():
    curves = history.of_game(LOG, "kid_lite0")
    assert all(map(chart.is_curve, curves.values()))
    assert curves["losses"]["x"]["values"] == [10, 20, 30]
    assert [line["values"] for line in curves["losses"]["series"]] == [[-0.5, -0.7, -0.9], [1.0, 3.0, 5.0]]
    assert curves["quality"]["x"]["values"] == [20, 40] and curves["quality"]["series"][0]["values"] == [0.4, 0.2]


def test_a_long_log_is_averaged_into_few_points(monkeypatch):
    monkeypatch.setattr(history, "POINTS", 2)
    losses = history.of_game(LOG, "kid_lite0")["losses"]
    assert losses["x"]["values"] == [20, 30] and losses["series"][1]["values"] == [2.0, 5.0]


def test_what_a_log_does_not_tell_is_left_out():
    assert history.of_game([], "kid_lite0") == {}
    assert set(history.of_game(LOG[:2], "kid_lite0")) == {"losses"}
