"""The game of the *Lab*: distributions, two networks, their log, snapshots, and who has a turn."""

import dataclasses
import json
import math
import os
import signal
import time

import numpy as np
import pytest
import torch

from explorer.page.view import Asked
from explorer.tabs.lab import duel, lessons, seeing, work
from explorer.tabs.lab import rules as kinds
from explorer.tabs.lab.game import Game
from explorer.tabs.lab.match import Match
from explorer.tabs.lab.perceptron import Perceptron
from explorer.tabs.lab.rules import Rules
from explorer.tabs.lab.settings import DATA, LESSONS, LabView
from explorer.tabs.lab.table import Table
from explorer.tabs.lab.targets import target
from explorer.tabs.lab.worker import Worker
from explorer.texts.errors import UserError

QUICK = LabView(width=8, depth=1, batch=16)
RUN = "visitor0visitor0"


def rules(view=QUICK):
    (found,) = lessons.setup(view).games
    return found


def asked(table, view, command, amount=0, since=-1):
    return json.loads(table.answer(RUN, lessons.setup(view), command, amount, since))


def uniform(count, dims, seed=0):
    return torch.rand(count, 1 + dims, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", DATA)
def test_points_follow_the_density_that_is_shown(name):
    data = target(name)
    assert data.mass.sum().item() == pytest.approx(1, abs=1e-5) and data.mass.min() >= 0
    points = data.drawn(uniform(20_000, data.dims))
    assert points.shape == (20_000, data.dims) and points.abs().max() <= data.reach
    bins = seeing.BINS[data.dims]
    shares = data.counted(points, bins)
    assert shares[-1] == 0
    assert seeing.divergence(torch.cat([data.coarse(bins), torch.zeros(1)]), shares) < 0.006
    if len(data.modes) > 1:
        assert data.covered(points).all()
        assert not data.covered(points[:1].expand(100, -1)).all()


def test_a_drawn_density_is_where_it_was_drawn():
    line = target("drawn-line", "0" * 32 + "f" + "0" * 31)
    assert (line.drawn(uniform(500, 1)) - 0.0625).abs().max() <= 0.0625
    assert torch.equal(target("drawn-line", "8" * 144).mass, target("drawn-line").mass)
    # The first cell of the first row from below, and nothing else.
    plane = target("drawn-plane", "8" + "0" * 143)
    points = plane.drawn(uniform(500, 2))
    assert points.min() >= -2 and points.max() <= -2 + 4 / 24 + 1e-6


def test_divergence_has_its_known_values():
    one, other = torch.tensor([1.0, 0, 0]), torch.tensor([0, 0.5, 0.5])
    assert seeing.divergence(one, one) == 0
    assert seeing.divergence(one, other) == pytest.approx(math.log(2))


def test_what_lies_outside_of_the_stage_counts_as_wrong():
    data = target("ring")
    shares = data.counted(torch.tensor([[5.0, 0.0], [math.nan, 0.0], [0.0, 0.0]]), 20)
    assert shares[-1].item() == pytest.approx(2 / 3) and shares.sum().item() == pytest.approx(1)


@pytest.mark.parametrize(
    "view",
    [
        QUICK,
        dataclasses.replace(QUICK, objective="wasserstein", turns=2, noise=0.1, r1=0.1),
        dataclasses.replace(QUICK, data="two", latent=1, d_optimizer="momentum", g_optimizer="rmsprop"),
    ],
    ids=["plain", "penalties and noise", "line"],
)
def test_the_same_settings_take_the_same_course_however_it_is_cut_and_also_after_going_back(view):
    view = rules(view)
    one, other = Game(view), Game(view)
    one.play(120)
    for steps in (7, 43, 1, 69):
        other.play(steps)
    assert one.log == other.log and one.frame() == other.frame()
    other.rewind(60)
    assert other.step == 50
    assert [snapshot.step for snapshot in other.snapshots][-1] == 100
    other.play(70)
    assert one.log == other.log and one.frame() == other.frame()
    assert Game(Rules(**{**vars(view), "seed": 1})).frame() != Game(view).frame()


@pytest.mark.parametrize("objective", kinds.OBJECTIVES)
def test_every_objective_calls_the_losses_of_train(objective, monkeypatch):
    called = []
    for number, loss in enumerate(duel.OBJECTIVES[objective]):
        inner = loss
        monkeypatch.setitem(
            duel.OBJECTIVES,
            objective,
            tuple(
                (lambda *a, inner=inner, number=number: called.append(number) or inner(*a)) if at == number else each
                for at, each in enumerate(duel.OBJECTIVES[objective])
            ),
        )
    game = Game(rules(dataclasses.replace(QUICK, objective=objective)))
    before = game.frame()
    called.clear()
    game.play(3)
    assert sorted(called) == [0, 0, 0, 1, 1, 1]
    assert game.frame()["points"] != before["points"] and game.frame()["verdict"] != before["verdict"]


@pytest.mark.parametrize("kind", kinds.OPTIMIZERS)
def test_optimizers_take_the_steps_of_torchs_own(kind):
    view = rules(dataclasses.replace(QUICK, d_optimizer=kind, g_optimizer=kind, d_rate=1e-2, g_rate=1e-2))
    pair = duel.Pair(view)
    parameters = list(pair.generator.parameters())
    twin = [each.detach().clone().requires_grad_() for each in parameters]
    _, reference = duel.chosen(view, "g", torch.nn.Parameter(torch.cat([each.detach().flatten() for each in twin])))
    descent = duel.Descent(view, "g", parameters)
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        slopes = [torch.randn(each.shape, generator=generator) for each in parameters]
        for each, slope in zip(parameters, slopes, strict=True):
            each.grad = slope
        descent.step()
        row = reference.param_groups[0]["params"][0]
        row.grad = torch.cat([slope.flatten() for slope in slopes])
        reference.step()
    assert torch.equal(torch.cat([each.detach().flatten() for each in parameters]), row.detach())
    assert not torch.equal(parameters[0], twin[0])


@pytest.mark.parametrize("activation", kinds.ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 3])
def test_gradients_of_perceptrons_are_autograds(activation, depth):
    torch.manual_seed(0)
    net = Perceptron([3, *[5] * depth, 2], activation)
    x = torch.randn(7, 3, requires_grad=True)
    wanted = [x, *net.parameters()]
    fast, plain = ((each(x).square().sum()) for each in (net, net.twice))
    assert torch.equal(fast, plain)
    for one, other in zip(*(torch.autograd.grad(each, wanted) for each in (fast, plain)), strict=True):
        torch.testing.assert_close(one, other)
    # As in the generator's turn, in which the discriminator stands still.
    net.requires_grad_(False)
    (alone,) = torch.autograd.grad(net(x).square().sum(), x)
    torch.testing.assert_close(alone, torch.autograd.grad(net.twice(x).square().sum(), x)[0])


def test_one_network_alone_leaves_the_other_as_it_is():
    game = Game(rules())
    points, verdict = game.frame()["points"], game.frame()["verdict"]
    game.play(5, "discriminator")
    assert game.frame()["points"] == points and game.frame()["verdict"] != verdict
    verdict = game.frame()["verdict"]
    game.play(5, "generator")
    assert game.frame()["points"] != points and game.frame()["verdict"] == verdict
    assert game.step == 10


def test_settings_change_while_a_game_goes_on_and_other_networks_begin_anew():
    game = Game(rules())
    game.play(30)
    weights = game.run.progress.optimizers["generator"].row.clone()
    assert not game.settle(rules(dataclasses.replace(QUICK, g_rate=1e-6, batch=32, objective="hinge")))
    assert game.step == 30 and torch.equal(game.run.progress.optimizers["generator"].row, weights)
    game.play(10)
    moved = (game.run.progress.optimizers["generator"].row - weights).abs().max()
    assert 0 < moved < 1e-4
    assert game.settle(rules(dataclasses.replace(QUICK, width=9)))
    assert game.step == 0 and len(game.log) == len(game.snapshots) == 1


def test_another_optimizer_forgets_and_other_numbers_do_not():
    game = Game(rules())
    game.play(10)
    game.settle(rules(dataclasses.replace(QUICK, g_rate=0.1)))
    assert game.run.progress.optimizers["generator"].inner.state_dict()["state"][0]["step"] == 10
    game.settle(rules(dataclasses.replace(QUICK, g_optimizer="sgd")))
    assert not game.run.progress.optimizers["generator"].inner.state_dict()["state"]
    # Snapshots were taken under the other optimizer.
    game.rewind(0)
    game.play(3)


def test_arrows_point_down_the_generators_loss():
    game = Game(rules(dataclasses.replace(QUICK, data="one", latent=1)))
    game.play(200, "discriminator")
    points, arrows = (np.array(game.frame()[name])[:, 0] for name in ("points", "arrows"))
    # The data lie to the right of everything that is generated at first, and D has learned that.
    assert points.mean() < 1 and (arrows > 0).all()


def test_a_step_in_slow_motion_is_a_step():
    slow, plain = Game(rules()), Game(rules())
    frames = slow.slow()
    plain.play(1)
    assert [frame["stage"] for frame in frames] == ["forward", "loss", "gradient", "update"]
    assert frames[0]["points"] == frames[2]["points"] != frames[3]["points"]
    assert {**frames[3], "stage": 0, "entry": 0} == {**plain.frame(), "stage": 0, "entry": 0}
    assert frames[0]["entry"]["d_loss"] != frames[3]["entry"]["d_loss"]


def test_a_game_that_runs_away_is_said_to_have_diverged():
    wild = dataclasses.replace(QUICK, objective="wasserstein", d_optimizer="sgd", d_rate=1.0, slope=100.0)
    match = Match(lessons.setup(wild))
    match.advance(math.inf, 2000)
    assert match.over == "diverged" and match.step < 2000
    answer = json.loads(json.dumps(match.told(-1), allow_nan=False))
    assert answer[0]["log"][-1]["d_loss"] is None
    match.rewind(0)
    assert match.over == "" and match.step == 0


def test_games_of_a_lesson_stay_at_the_same_step():
    match = Match(lessons.setup(dataclasses.replace(QUICK, lesson="optimizers")))
    match.advance(0.0)
    match.advance(math.inf, 12)
    assert {game.step for game in match.games} == {match.step} and len(match.games) == 4
    assert match.settle(lessons.setup(QUICK)) and len(match.games) == 1


def test_lessons_are_made_of_settings_that_can_be_chosen():
    assert tuple(lessons.LESSONS) == LESSONS
    for key, lesson in lessons.LESSONS.items():
        for own in lesson.games:
            values = {**lesson.settings, **own}
            assert LabView.checked({**values, "lesson": key}, Asked()) == LabView(**values, lesson=key)


def test_networks_learn_alone_as_long_as_a_lesson_says():
    match = Match(lessons.setup(dataclasses.replace(QUICK, lesson="stray")))
    before = [game.frame()["points"] for game in match.games]
    match.advance(math.inf, 300)
    assert [game.frame()["points"] for game in match.games] == before
    verdicts = [game.frame()["verdict"] for game in match.games]
    match.advance(math.inf, 10)
    assert [game.frame()["verdict"] for game in match.games] == verdicts
    assert [game.frame()["points"] for game in match.games] != before


def test_a_log_is_told_once_and_a_forgotten_run_begins_anew():
    table = Table()
    first = asked(table, QUICK, "step", 30)
    assert first["fresh"] and first["step"] == 30 and first["snapshots"] == [0, 25]
    assert [entry["step"] for entry in first["games"][0]["log"]] == [0, 10, 20, 30]
    second = asked(table, QUICK, "step", 10, 30)
    assert not second["fresh"] and [entry["step"] for entry in second["games"][0]["log"]] == [40]
    table.leave(RUN)
    assert asked(table, QUICK, "look", 0, 40)["fresh"]


def test_play_stops_where_it_is_to_however_often_it_is_asked_for():
    table = Table()
    for _ in range(30):
        told = asked(table, QUICK, "play", 40)
    assert told["step"] == 40 and asked(table, QUICK, "play", 10**9)["step"] > 40


def test_matches_that_hold_too_much_are_forgotten_the_oldest_first(monkeypatch):
    monkeypatch.setattr("explorer.tabs.lab.table.MEMORY", 10_000)
    table = Table()
    for number in range(5):
        table.answer(str(number), lessons.setup(QUICK), "step", 100, -1)
    assert len(table) < 5 and table.states("4", False) and table.states("0", False) is None


class Here:
    """A worker without a process."""

    def __init__(self):
        self.table = Table()

    def ask(self, function, *arguments):
        return getattr(self.table, function)(*arguments)

    def leave(self, run):
        self.table.leave(run)


def test_films_show_the_snapshots_and_leave_the_game_where_it_is():
    worker = Here()
    view = dataclasses.replace(QUICK, data="two", lesson="vanishing")
    before = asked(worker.table, view, "step", 60)
    film = work.film(worker, RUN)
    assert len(film) == 3 and film.shape[2] == 640 and (film[0] != film[-1]).any()
    assert asked(worker.table, view, "look", 0, -1)["games"] == before["games"]
    with pytest.raises(UserError):
        work.film(worker, "nobody")


def test_a_process_of_its_own_answers_the_same_and_is_replaced_when_it_ends():
    worker = Worker()
    setup = lessons.setup(QUICK)
    worker.leave(RUN)
    assert worker.process is None
    one, other = json.loads(worker.ask("answer", RUN, setup, "step", 20, -1)), asked(Table(), QUICK, "step", 20)
    # They need not be equally quick.
    assert one | {"seconds": 0} == other | {"seconds": 0}
    with pytest.raises(RuntimeError, match="AttributeError"):
        worker.ask("answer", RUN, None, "step", 20, -1)
    before = worker.process
    os.kill(before, signal.SIGKILL)
    assert json.loads(worker.ask("answer", RUN, setup, "look", 0, -1))["fresh"]
    assert worker.process != before
    os.kill(worker.process, signal.SIGKILL)


def test_the_process_ends_when_nobody_asks_any_more():
    worker = Worker(idle=0.2)
    worker.ask("leave", RUN)
    number = worker.process
    for _ in range(100):
        if worker.process is None:
            break
        time.sleep(0.1)
    assert worker.process is None
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
