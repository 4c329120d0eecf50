"""Public tests."""

import pytest
import torch

from grader import module


@pytest.mark.task("normalise")
@pytest.mark.points(3)
def test_rows(agree, rand):
    """Rows of four entries, float32."""
    agree("normalise", 3 + rand(5, 4, dtype=torch.float32))


@pytest.mark.task("log_sum_exp")
@pytest.mark.points(3)
def test_batch(agree, rand):
    """A batch, float32."""
    agree("log_sum_exp", 3 * rand(3, 4, 7, dtype=torch.float32))


@pytest.mark.task("attention")
@pytest.mark.points(3)
def test_heads(agree, rand):
    """Two heads, more keys than queries, float32."""
    Q, K, V = (rand(2, length, 16, dtype=torch.float32) for length in (5, 9, 9))
    agree("attention", Q, K, V)


@pytest.mark.task("LayerNorm")
@pytest.mark.points(4)
def test_output_and_gradients(agree, rand, weights):
    """Output and gradients with given weights. The entries are large: eps is another test's matter."""
    x = 30 * rand(4, 6, dtype=torch.float32)
    agree(module, "LayerNorm", [6], weights("LayerNorm", 6), [x], backward=True)


@pytest.mark.task("summary")
@pytest.mark.points(3)
def test_summary(agree, rand):
    """A small matrix, float32."""
    agree("summary", rand(3, 5, dtype=torch.float32))
