"""Public tests."""

import pytest
import torch
from probes import logits, losses, trained
from torch import nn

pytestmark = pytest.mark.task("train_hello")


@pytest.fixture
def state_of_the_lecture():
    """The weights that nn.RNN(4, 4) draws with seed 25: those of the lecture's table."""
    with torch.random.fork_rng():
        torch.manual_seed(25)
        return {f"rnn.{name}": value for name, value in nn.RNN(4, 4).state_dict().items()}


@pytest.mark.points(2)
def test_logits(agree, rand, weights):
    """The model with given weights on a sequence of seven."""
    agree(logits, weights("HelloRNN"), rand(7, 4, dtype=torch.float32))


@pytest.mark.points(2)
@pytest.mark.hint("The lecture's last losses are .3479 .3478 .3477 .3476 .3475 .3474 .3473.")
def test_table_of_the_lecture(agree, state_of_the_lecture):
    """A hundred epochs from the weights of the lecture: every loss."""
    agree(losses, state_of_the_lecture, 100, 0.05, rtol=1e-5, atol=1e-6)


@pytest.mark.points(3)
@pytest.mark.hint("Compare the first losses: if they agree and the next do not, the step is wrong.")
def test_training(agree, weights):
    """Twelve epochs from random weights: losses, word, and the weights at the end."""
    agree(trained, weights("HelloRNN", scale=0.5), 12, 0.05, rtol=1e-5, atol=1e-6)
