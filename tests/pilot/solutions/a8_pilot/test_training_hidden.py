"""Hidden tests."""

import pytest
from probes import readable, resumed, small, stepped

step = pytest.mark.task("train_step")
checkpoint = pytest.mark.task("checkpoints")


@pytest.fixture
def state(rand):
    """Random weights for the small model."""
    return {name: rand(*value.shape) for name, value in small().state_dict().items()}


@step
@pytest.mark.points(3)
@pytest.mark.hint("The mean over the whole batch, one backward, one step.")
def test_one_large_step(agree, state, rand):
    """A large batch, another learning rate."""
    earlier = [rand(*value.shape) for value in state.values()]
    agree(stepped, state, rand(50, 3), rand(50, 1), earlier, lr=0.5)


@step
@pytest.mark.points(1)
@pytest.mark.hint("A tensor would keep the whole graph alive: use .item().")
def test_loss_is_a_float(student, agree, state, rand):
    """The loss comes back as a Python float, not as a tensor."""
    arguments = state, rand(4, 3), rand(4, 1), [rand(*value.shape) for value in state.values()]
    assert isinstance(student.call(stepped, *arguments)["loss"], float), "the loss is not a Python float"
    agree(stepped, *arguments)


@checkpoint
@pytest.mark.points(2)
@pytest.mark.hint("Dropout draws from torch's random number generator; it has a state too.")
def test_resume_with_dropout(agree, state, rand, pick):
    """The same with dropout, which draws random numbers, and another epoch."""
    agree(resumed, state, rand(8, 3), rand(8, 1), 5, 0.5, epoch=pick(range(5, 500)))


@checkpoint
@pytest.mark.points(2)
@pytest.mark.hint("Save state_dicts, not the objects.")
def test_readable_without_code(agree, state, pick):
    """torch.load with weights_only=True reads the file."""
    agree(readable, state, pick(range(5, 500)))
