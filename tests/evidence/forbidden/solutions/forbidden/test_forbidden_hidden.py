"""Hidden tests."""

import pytest
import torch
import torch.nn.functional as F

from grader import module


def beside_torch(submission, x, w):
    """Your convolution, and torch's: what a probe uses is not the student's doing."""
    return {"yours": submission.convolve(x, w), "sum": F.conv2d(x, w).sum()}


@pytest.mark.task("convolve")
@pytest.mark.points(2)
@pytest.mark.forbid("torch.nn.functional.conv2d", "torch.nn.Conv2d")
def test_convolve_beside_torch(agree, rand):
    """A larger kernel."""
    agree(beside_torch, rand(1, 2, 6, 6), rand(3, 2, 4, 4))


@pytest.mark.task("attend")
@pytest.mark.points(1)
@pytest.mark.forbid("torch.nn.functional.scaled_dot_product_attention")
def test_attend_heads(student, rand, close):
    """Heads."""
    Q, K, V = rand(2, 3, 4, 8), rand(2, 3, 4, 8), rand(2, 3, 4, 8)
    close(student.call("attend", Q, K, V), F.scaled_dot_product_attention(Q, K, V), what="the output")


@pytest.mark.task("Memory")
@pytest.mark.points(2)
@pytest.mark.forbid("torch.nn.LSTM", "torch.nn.LSTMCell")
def test_memory_gradients(agree, rand, weights):
    """Gradients of every weight."""
    state = weights("Memory", 2, 3, dtype=torch.float64)
    agree(module, "Memory", [2, 3], state, [rand(4, 2, 2)], dtype=torch.float64, backward=True)
