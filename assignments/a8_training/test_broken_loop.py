"""Public tests of broken_loop.py: three of the five bugs. Each test sees its own bug and no other."""

import pytest
from probes import loop_losses, loop_weights

pytestmark = pytest.mark.task("broken_loop")


@pytest.mark.points(1)
@pytest.mark.hint("What is (n, 1) minus (n,)?")
def test_loop_flat_targets(agree, rand):
    """One batch with targets of shape (n,), one epoch: the weights."""
    agree(loop_weights, rand(1, 3), [(rand(6, 3), rand(6))], 1, 0.1)


@pytest.mark.points(1)
@pytest.mark.hint("Whose gradients does the second step of an epoch use?")
def test_loop_several_batches(agree, rand):
    """Three batches of one size, one epoch: the weights."""
    agree(loop_weights, rand(1, 3), [(rand(4, 3), rand(4, 1)) for _ in range(3)], 1, 0.1)


@pytest.mark.points(1)
@pytest.mark.hint("A sample of a small batch counts as much as one of a large batch.")
def test_loop_losses(agree, rand):
    """Two batches of different sizes, one epoch: the loss."""
    agree(loop_losses, rand(1, 3), [(rand(7, 3), rand(7, 1)), (rand(2, 3), rand(2, 1))], 1, 0.1)
