"""Public tests."""

import pytest
from probes import APART, SAME_START, said

pytestmark = pytest.mark.task("shares_storage")


@pytest.mark.points(3)
@pytest.mark.hint("Every Python object has an identity of its own, also when two of them show one memory.")
def test_views(agree, rand, pick):
    """Views, and copies of equal value."""
    agree(said, pick(["a view", "the transpose", "a clone", *SAME_START, "a sum"], 7), rand(4, 4))
    agree(said, pick([*SAME_START, *APART], 8), rand(4, 4))
