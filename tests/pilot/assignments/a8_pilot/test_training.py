"""Public tests. Models, inputs and weights are in float64."""

import pytest
from probes import epochs, resumed, small, stepped

step = pytest.mark.task("train_step")
checkpoint = pytest.mark.task("checkpoints")


@pytest.fixture
def state(rand):
    """Random weights for the small model."""
    return {name: rand(*value.shape) for name, value in small().state_dict().items()}


@step
@pytest.mark.points(4)
@pytest.mark.hint("`.grad` holds gradients of an earlier batch when your function is called.")
def test_one_step(agree, state, rand):
    """One step with gradients left over from before: order, mode, loss and weights."""
    agree(stepped, state, rand(6, 3), rand(6, 1), [rand(*value.shape) for value in state.values()])


@step
@pytest.mark.points(3)
def test_five_steps(agree, state, rand):
    """The losses of five batches with momentum."""
    agree(epochs, state, [(rand(4, 3), rand(4, 1)) for _ in range(5)], 0.05)


@checkpoint
@pytest.mark.points(3)
@pytest.mark.hint("An optimizer such as Adam has a memory of its own.")
def test_resume(agree, state, rand):
    """Four steps after loading equal the four steps without a stop; no dropout."""
    agree(resumed, state, rand(8, 3), rand(8, 1), 1, 0.0)
