"""Public tests."""

import pytest
import torch

from grader import module

conv = pytest.mark.forbid("torch.nn.functional.conv2d", "torch.nn.Conv2d")


@pytest.mark.task("convolve")
@pytest.mark.points(2)
@conv
def test_convolve(agree, rand):
    """A small image."""
    agree("convolve", rand(2, 3, 7, 6), rand(4, 3, 3, 3))


@pytest.mark.task("attend")
@pytest.mark.points(2)
@pytest.mark.forbid("torch.nn.functional.scaled_dot_product_attention")
def test_attend(agree, rand):
    """Batched queries."""
    agree("attend", rand(2, 5, 4), rand(2, 6, 4), rand(2, 6, 3))


@pytest.mark.task("Memory")
@pytest.mark.points(2)
@pytest.mark.forbid("torch.nn.LSTM", "torch.nn.LSTMCell")
def test_memory(agree, rand, weights):
    """Five steps with given weights."""
    state = weights("Memory", 3, 4, dtype=torch.float64)
    agree(module, "Memory", [3, 4], state, [rand(5, 2, 3)], dtype=torch.float64)


@pytest.mark.task("blur")
@pytest.mark.points(1)
def test_blur(agree, rand):
    """A random image."""
    agree("blur", rand(2, 1, 6, 5))
