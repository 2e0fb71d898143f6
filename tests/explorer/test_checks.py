"""What is checked of everything that visitors and programs send."""

import math
import re

import pytest

from explorer.page import checks
from explorer.texts.errors import UserError


@pytest.mark.parametrize("value", [0, 7, 2**32 - 1])
def test_seeds_in_range_pass(value):
    assert checks.seed(value) == value


@pytest.mark.parametrize("value", [-1, 2**32, 1.0, math.nan, "7", True, None, [], "x" * 10_000])
def test_other_seeds_get_one_short_sentence(value):
    with pytest.raises(UserError) as caught:
        checks.seed(value)
    sentence = r"The seed must be a whole number from 0 to 4294967295, not .{1,40}\."
    assert re.fullmatch(sentence, caught.value.message)


@pytest.mark.parametrize("value", [0, 65, -3, 1.5, "4", False, None])
def test_bad_counts_are_refused(value):
    with pytest.raises(UserError, match="from 1 to 64"):
        checks.count(value)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, "0.5", True, None])
def test_bad_truncations_are_refused(value):
    with pytest.raises(UserError, match="from 0 to 1"):
        checks.truncation(value)


@pytest.mark.parametrize("value", [0, 60.5, math.nan, math.inf, "5", True, None])
def test_bad_seconds_are_refused(value):
    with pytest.raises(UserError, match="from 1 to 60"):
        checks.seconds(value)


def test_a_whole_truncation_becomes_a_float():
    assert checks.truncation(1) == 1.0
    assert isinstance(checks.truncation(1), float)
