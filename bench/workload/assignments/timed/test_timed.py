"""The real path of a timed test. How much work there is comes from the measurement."""

import os

import pytest


@pytest.mark.task("work")
@pytest.mark.points(2)
@pytest.mark.timing
@pytest.mark.parametrize("limit", [1, 5])
def test_work(faster, rand, limit):
    """The student's time against a limit."""
    rounds = int(os.environ["TORCHGRADE_BENCH_ROUNDS"])
    faster("work", lambda: (rand(64), rounds), by=limit)
