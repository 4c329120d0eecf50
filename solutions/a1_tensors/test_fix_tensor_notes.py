"""Hidden tests of fix_tensor_notes.py: the other two bugs, and what a copy is good for."""

import pytest
from probes import graphless, restored

pytestmark = pytest.mark.task("fix_tensor_notes")


@pytest.mark.points(1)
@pytest.mark.hint("Only a copy can bring the old contents back.")
def test_fix_restoring(agree, rand, pick):
    """t is scaled, restored from the old contents, and scaled again."""
    agree(restored, rand(2, pick(range(2, 6))), pick([2.0, -1.0, 0.5]))


@pytest.mark.points(1)
@pytest.mark.hint("Read the error message letter by letter.")
def test_fix_without_graph(agree, rand, pick):
    """same_numbers_without_graph of the result of an operation."""
    agree(graphless, rand(2, pick(range(2, 6))))


@pytest.mark.points(1)
@pytest.mark.hint("squeeze() removes every dimension of size 1; how many are there if n is 1?")
def test_fix_column(agree, rand, pick):
    """column_to_vector of a column with one number, and of longer ones."""
    for n in pick([1, 1, 2, 3], 4):
        agree("column_to_vector", rand(n, 1))
