"""Public tests."""

import pytest
from probes import after_a_loop

pytestmark = pytest.mark.task("distances")


@pytest.mark.points(3)
@pytest.mark.hint("Write X[:, None] - Y, or expand the square: no loop is needed.")
def test_few_operations(ops_at_most, rand):
    """Distances of 24 rows to 40, by at most 60 operations."""
    ops_at_most("distances", 60, rand(24, 6), rand(40, 6))


@pytest.mark.points(1)
def test_set_up_is_not_counted(ops_at_most, rand):
    """What the test itself does before it calls you is not counted."""
    ops_at_most(after_a_loop, 60, rand(50, 4), rand(30, 4))
