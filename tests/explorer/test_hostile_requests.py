"""Hostile requests to a page in a process of its own, as `benchmarks.fuzz` sends them by the thousand."""

import pytest

from benchmarks import fuzz
from benchmarks.processes import running

SEED = 24
"""Which requests are sent: the same in each run, so that a failure can be had again."""


@pytest.mark.slow
def test_hostile_requests_get_a_sentence_and_leave_no_trace():
    with running() as server:
        found = fuzz.fuzz(server, 150, 50, SEED)
        assert not found.faults, fuzz.table(found.faults)
        assert server.busy(2) < 0.2


def test_what_a_log_tells_of_a_traceback_is_its_end_and_the_last_place_in_the_project():
    log = """ready
Traceback (most recent call last):
  File "/a/explorer/page/door.py", line 12, in call
    one()
  File "/lib/numpy/core.py", line 3, in two
    two()
ValueError: 7 is no 'seed'
more
"""
    assert list(fuzz.tracebacks(log)) == ["ValueError: N is no ... at explorer/page/door.py:12"]
    assert list(fuzz.tracebacks("ready\n")) == []
