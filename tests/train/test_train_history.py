"""The course of a run on the model card."""

import pytest

from models_zoo import chart
from train.contract import Phase, variants
from train.loop import history

GAME = (Phase("generator", ("generator",)), Phase("discriminator", ("discriminator",)))
LOG = [
    {"step": 10, "loss/generator": -0.5, "loss/discriminator": 1.0},
    {"step": 20, "loss/generator": -0.7, "loss/discriminator": 3.0},
    {"step": 20, "metric/kid_lite0": 0.4},
    {"step": 30, "loss/generator": -0.9, "loss/discriminator": 5.0},
    {"step": 40, "metric/kid_lite0": 0.2},
]


def test_losses_and_measurements_stand_at_their_own_steps():
    curves = history.of_game(LOG, GAME, "kid_lite0")
    assert all(map(chart.is_curve, curves.values()))
    assert curves["losses"]["x"]["values"] == [10, 20, 30]
    assert [line["values"] for line in curves["losses"]["series"]] == [[-0.5, -0.7, -0.9], [1.0, 3.0, 5.0]]
    assert curves["quality"]["x"]["values"] == [20, 40] and curves["quality"]["series"][0]["values"] == [0.4, 0.2]


def test_a_long_log_is_averaged_into_few_points(monkeypatch):
    monkeypatch.setattr(history, "POINTS", 2)
    losses = history.of_game(LOG, GAME, "kid_lite0")["losses"]
    assert losses["x"]["values"] == [20, 30] and losses["series"][1]["values"] == [2.0, 5.0]


def test_what_a_log_does_not_tell_is_left_out():
    assert history.of_game([], GAME, "kid_lite0") == {}
    assert set(history.of_game(LOG[:2], GAME, "kid_lite0")) == {"losses"}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("gan", ["generator", "discriminator"]),
        ("dcgan", ["generator", "discriminator"]),
        ("pix2pix", ["generator", "discriminator"]),
        ("discogan", ["generators", "discriminators"]),
    ],
)
def test_a_run_gets_its_losses_whatever_its_phases_are_called(name, labels):
    variant = variants()[name](variants()[name].Config())
    log = [{"step": step, **{f"loss/{phase.name}": step / 10 for phase in variant.phases}} for step in (1, 2, 3)]
    _, curves = variant.history(log, None)
    assert [line["label"]["en"] for line in curves["losses"]["series"]] == labels
    assert curves["losses"]["x"]["values"] == [1, 2, 3]


def test_penalties_are_no_players_and_feature_discriminators_are():
    phases = (*GAME, Phase("r1", ("discriminator",), every=16), Phase("critic", ("critic",)))
    log = [{**line, "loss/critic": 2.0} for line in LOG if "loss/generator" in line]
    series = history.of_game(log, phases, "kid_lite0")["losses"]["series"]
    assert [line["label"]["en"] for line in series] == ["generator", "discriminator", "critic"]


def test_without_an_opponent_there_is_no_game():
    assert history.of_game(LOG, GAME[:1], "psnr") == {}
