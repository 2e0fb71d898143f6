"""Fixtures of the tests of packs."""

import pytest

from tests.train.noise import six


@pytest.fixture
def folder(tmp_path):
    """Six pictures of noise."""
    return six(tmp_path / "pictures")


@pytest.fixture
def cache(tmp_path):
    """Where packs go; not there yet."""
    return tmp_path / "cache"
