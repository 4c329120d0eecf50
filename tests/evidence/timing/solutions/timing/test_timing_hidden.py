"""Hidden tests."""

import pytest
from probes import row_by_row


@pytest.mark.task("distances")
@pytest.mark.points(3)
@pytest.mark.timing
def test_against_a_loop(faster, rand):
    """A fifth of the time that a loop over the pairs of rows takes."""
    faster("distances", lambda: (rand(20, 8), rand(20, 8)), than=row_by_row, by=0.2)
