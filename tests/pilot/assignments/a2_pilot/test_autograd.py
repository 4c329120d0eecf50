"""Public tests."""

import pytest
from probes import STEPS, accumulated, ordered, zeroed


@pytest.mark.task("backward_order")
@pytest.mark.points(2)
@pytest.mark.hint("relu has two consumers: it runs when both have run.")
def test_order_of_the_example(agree, rand):
    """c = relu(b), d = a @ c, e = c + d."""
    agree(ordered, [("relu", 1, 1), ("mm", 0, 2), ("add", 2, 3)], [rand(2, 2), rand(2, 2)])


@pytest.mark.task("backward_order")
@pytest.mark.points(3)
@pytest.mark.hint("A node waits for all its consumers; of those that are ready, the youngest runs first.")
def test_order_of_a_random_graph(agree, rand, pick):
    """Twelve operations on values that are used again and again."""
    program = [(pick(STEPS), pick(range(2 + n)), 1 + n) for n in range(12)]
    agree(ordered, program, [rand(2, 2) / 4, rand(2, 2) / 4])


@pytest.mark.task("accumulate")
@pytest.mark.points(2)
@pytest.mark.hint("backward adds to what `.grad` holds already.")
def test_accumulate_adds(agree, rand):
    """Three passes without zeroing."""
    agree(accumulated, rand(4, 3), rand(3), rand(1), 3, False, read_as=list)


@pytest.mark.task("accumulate")
@pytest.mark.points(2)
def test_accumulate_zeroed(agree, rand):
    """Three passes with zeroing in between."""
    agree(accumulated, rand(4, 3), rand(3), rand(1), 3, True, read_as=list)


@pytest.mark.task("accumulate")
@pytest.mark.points(1)
def test_zero_to_none(agree, rand):
    """Zeroing to None, which is the default."""
    agree(zeroed, [rand(3), rand(3)])
