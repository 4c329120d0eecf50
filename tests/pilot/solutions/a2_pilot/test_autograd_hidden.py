"""Hidden tests."""

import pytest
from probes import STEPS, accumulated, ordered, ordered_twice, zeroed


@pytest.mark.task("backward_order")
@pytest.mark.points(2)
def test_order_of_a_wide_graph(agree, rand, pick):
    """Twenty operations of three leaves."""
    program = [(pick(STEPS), pick(range(3 + n)), pick(range(3 + n))) for n in range(19)]
    leaves = [rand(2, 2) / 4 for _ in range(3)]
    agree(ordered, [*program, ("add", 21, 20)], leaves)


@pytest.mark.task("backward_order")
@pytest.mark.points(2)
@pytest.mark.hint("register_prehook returns a handle that can be removed.")
def test_order_twice(agree, rand, pick):
    """Two calls on the same root, and another backward pass after them."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(8)]
    agree(ordered_twice, program, [rand(2, 2) / 4, rand(2, 2) / 4])


@pytest.mark.task("accumulate")
@pytest.mark.points(1)
def test_accumulate_once(agree, rand):
    """One pass: nothing to add to, nothing to zero."""
    agree(accumulated, rand(4, 3), rand(3), rand(1), 1, True, read_as=list)


@pytest.mark.task("accumulate")
@pytest.mark.points(1)
@pytest.mark.trivial("zeros", "with set_to_none=False the gradients are zeros")
@pytest.mark.hint("A parameter that no loss has used has no gradient yet.")
def test_zero_to_zeros(agree, rand):
    """Zeroing to zeros, where one gradient is None."""
    agree(zeroed, [rand(3), None, rand(3)], set_to_none=False)
