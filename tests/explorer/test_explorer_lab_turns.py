"""Who has a turn in the *Lab*, and whose run is forgotten."""

import pytest

from explorer.tabs.lab import runs
from explorer.tabs.lab.runs import Runs
from explorer.texts.errors import UserError


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_two_have_a_turn_and_the_others_are_told_their_place():
    clock = Clock()
    seats = Runs(2, clock)
    assert [seats.place(name) for name in "abcde"] == [0, 0, 1, 2, 3]
    clock.now = 1.0
    assert [seats.place(name) for name in "abcde"] == [0, 0, 1, 2, 3]
    # Who pauses gives the turn away, and comes last next time.
    seats.pause("a")
    assert [seats.place(name) for name in "bcde"] == [0, 0, 1, 2]
    assert seats.place("a") == 3
    # So does who no longer asks, within two seconds.
    clock.now = 2.9
    assert [seats.place(name) for name in "cdea"] == [0, 0, 1, 2]


def test_without_a_limit_everyone_has_a_turn():
    seats = Runs()
    assert [seats.place(str(number)) for number in range(20)] == [0] * 20


class Heavy:
    bytes = runs.MEMORY // 3

    def __init__(self):
        self.closed = False

    def close(self):
        self.closed = True


def test_runs_that_rest_are_forgotten_before_they_fill_the_memory():
    clock = Clock()
    seats, held = Runs(None, clock), []
    for name in "abcdef":
        clock.now += 1
        with seats.using(name) as seat:
            seat.run = Heavy()
            held.append(seat.run)
    assert [run.closed for run in held] == [True] * 3 + [False] * 3
    seats.leave("f")
    assert held[-1].closed and len(seats) == 2
    with seats.using("a") as seat:
        assert seat.run is None


def test_made_up_names_are_not_kept():
    clock = Clock()
    seats = Runs(2, clock)
    for number in range(300):
        clock.now += 1
        seats.place(str(number))
        with seats.using(f"other {number}"):
            pass
    assert len(seats) < 10


@pytest.mark.parametrize("value", [None, 7, "", "short", "A" * 20, "a" * 41, "../" * 6])
def test_names_of_runs_are_checked(value):
    with pytest.raises(UserError):
        runs.name(value, "en")
