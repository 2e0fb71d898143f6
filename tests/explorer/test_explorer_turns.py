"""Turns: in order for each visitor, short work before long, nobody for ever, and an end for work that nobody waits for."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.models import turns
from explorer.models.turns import LONGEST_WAIT, QUANTUM, Ended, Full, Turns


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def known(clock, at_once=1, times=1, **seconds):
    """Turns that know from so many `times` how long each kind of work takes."""
    made = Turns(at_once, clock=clock)
    for kind, duration in times * list(seconds.items()):
        job = made.join("somebody", kind)
        clock.now += duration
        made.leave(job)
    return made


def order(made, clock, jobs, seconds=0.01):
    """The visitors in the order in which `jobs` get their turns, each of which takes a moment."""
    came = []
    while waiting := [job for job in jobs if job not in came]:
        running = next(job for job in waiting if job.granted.done())
        came.append(running)
        clock.now += seconds
        made.leave(running, done=False)
    return [job.visitor for job in came]


def test_a_visitor_is_served_in_order_and_does_not_keep_others_waiting():
    made = known(clock := Clock(), draw=0.2)
    jobs = [made.join(visitor, "draw") for visitor in ("a", "a", "a", "b", "c")]
    assert sorted(order(made, clock, jobs)[:4]) == ["a", "a", "b", "c"]
    assert [job.waited for job in jobs[:3]] == sorted(job.waited for job in jobs[:3])


def test_one_visitor_never_computes_twice_at_once():
    made = Turns(2)
    first, second, other = made.join("a", "draw"), made.join("a", "draw"), made.join("b", "draw")
    assert first.granted.done() and other.granted.done() and not second.granted.done()
    made.leave(first)
    assert second.granted.done()


def test_short_work_goes_before_long_work_that_came_earlier():
    made = known(clock := Clock(), draw=0.2, search=20.0)
    busy, long, short = made.join("x", "draw"), made.join("a", "search"), made.join("b", "draw")
    clock.now += 1
    made.leave(busy)
    assert short.granted.done() and not long.granted.done()


def test_a_second_of_work_does_not_wait_ten_times_as_long_as_a_tenth():
    made = known(clock := Clock(), draw=0.12, translate=1.2)
    busy, heavy, light = made.join("x", "draw"), made.join("a", "translate"), None
    clock.now += 4
    light = made.join("b", "draw")
    clock.now += 1
    made.leave(busy)
    assert heavy.granted.done() and not light.granted.done()


def test_one_of_short_work_joins_those_who_compute():
    made = known(clock := Clock(), at_once=2, times=20, glance=0.01, draw=0.2)
    computing = [made.join(visitor, "draw") for visitor in "ab"]
    clock.now += 0.1
    slow, quick, after = made.join("c", "draw"), made.join("d", "glance"), made.join("e", "glance")
    assert quick.granted.done() and not slow.granted.done() and not after.granted.done()
    made.leave(quick)
    assert after.granted.done() and not slow.granted.done()
    made.leave(computing[0])
    assert not slow.granted.done()
    made.leave(after)
    assert slow.granted.done()


def test_long_work_fills_the_gaps():
    made = known(clock := Clock(), **{f"draw {number}": 0.1 for number in range(40)}, search=20.0)
    made._mean, made._measured = 0.1, 1000
    busy, long = made.join("x", "draw 0"), made.join("a", "search")
    clock.now += 20
    short = made.join("b", "draw 1")
    clock.now += 0.5
    made.leave(busy)
    assert short.granted.done() and not long.granted.done()
    made.leave(short)
    assert long.granted.done()


def test_seconds_in_which_others_went_first_are_not_those_of_a_work():
    made, job = Turns(), None
    job = made.join("a", "search")

    def steps():
        for number in range(2):
            job.waited += 100.0
            yield number

    with turns.taken(made, job):
        taken = list(turns.timed(steps()))
    assert [step for _, step in taken] == [0, 1] and all(seconds < 0 for seconds, _ in taken)
    assert all(seconds >= 0 for seconds, _ in turns.timed(iter("ab")))


def test_nobody_is_passed_over_for_ever():
    made = known(clock := Clock(), draw=0.2, search=20.0)
    busy, long = made.join("x", "draw"), made.join("a", "search")
    for number in range(200):
        short = made.join(f"visitor {number}", "draw")
        clock.now += 0.1
        made.leave(busy)
        if long.granted.done():
            break
        busy = short
    assert clock.now - long.asked <= LONGEST_WAIT + 0.3


def test_long_work_lets_short_work_go_first_between_its_steps():
    made = Turns(1)
    began, finish = threading.Event(), threading.Event()
    long, steps = made.join("a", "search"), []

    def search():
        with turns.taken(made, long):
            long.since -= QUANTUM
            began.set()
            finish.wait(5)
            turns.look()
            steps.append("search")
        made.leave(long)

    with ThreadPoolExecutor(1) as pool:
        searching = pool.submit(search)
        began.wait(5)
        short = made.join("b", "draw")
        assert not short.granted.done()
        finish.set()
        short.granted.result(5)
        assert steps == []
        made.leave(short)
        searching.result(5)
    assert steps == ["search"] and made.counts == (0, 0)


@pytest.mark.parametrize("why", ["left", "long"])
def test_work_that_nobody_waits_for_ends_at_its_next_step(why):
    made = Turns()
    job = made.join("a", "search")
    made.end(job, why)
    with turns.taken(made, job), pytest.raises(Ended) as ended:
        turns.look()
    assert ended.value.why == why


def test_work_that_waits_to_go_on_ends_too():
    made = Turns(1)
    long = made.join("a", "search")
    long.since -= QUANTUM
    made.join("b", "draw")
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(made.look, long)
        threading.Timer(0.1, made.end, (long, "left")).start()
        with pytest.raises(Ended):
            looking.result(5)
    made.leave(long)
    assert made.counts == (1, 0)


def test_when_the_server_stops_all_work_ends_and_none_begins():
    made = Turns()
    running = made.join("a", "search")
    made.close()
    late = made.join("b", "draw")
    assert running.end == late.end == "closing"


def test_a_full_queue_says_how_many_wait():
    made = Turns(1, most=2)
    for visitor in "abc":
        made.join(visitor, "draw")
    with pytest.raises(Full) as full:
        made.join("d", "draw")
    assert full.value.waiting == 2


def test_who_gives_up_waiting_is_forgotten():
    made = Turns(1)
    first, second, third = (made.join(visitor, "draw") for visitor in "abc")
    made.leave(second)
    made.leave(first)
    assert third.granted.done() and not second.granted.done()


def test_without_a_turn_looking_does_nothing():
    turns.look()
