"""Hidden tests."""

import pytest
from probes import APART, EMPTY, OTHER_START, said

pytestmark = pytest.mark.task("shares_storage")


@pytest.mark.points(3)
@pytest.mark.hint("A slice begins somewhere inside its block.")
def test_parts_of_a_block(agree, rand, pick):
    """Slices that begin elsewhere in the block."""
    agree(said, pick([*OTHER_START, *APART], 8), rand(4, 4))


@pytest.mark.points(2)
@pytest.mark.hint("Where does a tensor without memory begin?")
def test_empty(agree, rand, pick):
    """Tensors without elements."""
    agree(said, pick([*EMPTY, "a clone", "a view"], 6), rand(4, 4))
