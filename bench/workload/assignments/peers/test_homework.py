"""Public tests of homework.py: one point each."""

import pytest
import torch
from probes import mlp_output, trained


@pytest.mark.task("normalise")
@pytest.mark.points(1)
def test_normalise(agree, rand):
    """Random columns."""
    agree("normalise", rand(20, 3))


@pytest.mark.task("softmax")
@pytest.mark.points(1)
def test_softmax(agree, rand):
    """Random rows."""
    agree("softmax", rand(4, 6))


@pytest.mark.task("attention")
@pytest.mark.points(1)
def test_attention(agree, rand):
    """Five queries, seven keys."""
    agree("attention", rand(5, 8), rand(7, 8), rand(7, 4))


@pytest.mark.task("fit_line")
@pytest.mark.points(1)
def test_training(agree, rand):
    """Sixty epochs from given weights: every loss, and the weights at the end."""
    x = rand(15, 1)
    agree(trained, {"weight": rand(1, 1), "bias": rand(1)}, x, 2 * x - 1 + rand(15, 1) / 10, 60)


@pytest.mark.task("MLP")
@pytest.mark.points(1)
def test_mlp_output(agree, rand, weights):
    """The output for a batch, with given weights."""
    agree(mlp_output, (4, 8, 3), weights("MLP", 4, 8, 3), rand(5, 4))


@pytest.mark.task("rnn")
@pytest.mark.points(1)
def test_rnn(agree, rand):
    """Six steps from a state of zeros."""
    agree("rnn", rand(6, 3), torch.zeros(4, dtype=torch.float64), rand(4, 3), rand(4, 4) / 2, rand(4))
