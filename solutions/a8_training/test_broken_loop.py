"""Hidden tests of broken_loop.py: the other two bugs. Each test sees its own bug and no other."""

import pytest
from probes import loop_best, loop_modes

pytestmark = pytest.mark.task("broken_loop")


@pytest.mark.points(1)
@pytest.mark.hint("In which mode is the model when the second epoch begins?")
def test_loop_modes(agree, rand):
    """One batch, three epochs: the modes of the model, and the weights."""
    agree(loop_modes, rand(1, 3), [(rand(5, 3), rand(5, 1))], 3, 0.1)


@pytest.mark.points(1)
@pytest.mark.hint("Whose numbers does a state_dict hold when the training goes on?")
def test_loop_best(agree, rand):
    """One batch, three epochs that get worse and worse: the best weights."""
    agree(loop_best, rand(1, 3), [(2 + rand(8, 3).abs(), rand(8, 1))], 3, 0.5)
