"""Tests with the usual fixtures and no body: what is left is pytest's share."""

import pytest

pytestmark = pytest.mark.task("nothing")


@pytest.mark.points(20)
@pytest.mark.parametrize("number", range(20))
def test_nothing(agree, rand, number):
    """Nothing."""
