"""Public tests."""

import pytest


@pytest.mark.task("distances")
@pytest.mark.points(3)
@pytest.mark.timing
@pytest.mark.hint("x[:, None] - y[None] has all differences at once.")
def test_distances(faster, rand, pick):
    """All distances at once, against ours."""
    n = [40, 44, 48, 52, 56, 60]
    faster("distances", lambda: (rand(pick(n), 8), rand(pick(n), 8)), by=5)


@pytest.mark.task("running_mean")
@pytest.mark.points(4)
@pytest.mark.timing
def test_running_mean(faster, rand):
    """All means at once, against ours."""
    faster("running_mean", lambda: (rand(96, 16),), by=5)
