"""Hidden tests."""

import pytest
import torch

from grader import module


@pytest.mark.task("normalise")
@pytest.mark.points(3)
def test_rows_in_double_precision(agree, rand):
    """The dtype of the input is kept."""
    agree("normalise", rand(3, 6))


@pytest.mark.task("log_sum_exp")
@pytest.mark.points(3)
def test_large_entries(agree, rand):
    """exp of these is infinite in float32."""
    agree("log_sum_exp", 200 + 30 * rand(4, 6, dtype=torch.float32))


@pytest.mark.task("attention")
@pytest.mark.points(3)
def test_attention_in_double_precision(agree, rand):
    """Values wider than keys."""
    agree("attention", rand(4, 4), rand(6, 4), rand(6, 9))


@pytest.mark.task("attention")
@pytest.mark.points(2)
def test_attention_in_half_precision(agree, rand):
    """float16 in, float16 out."""
    agree("attention", *(rand(2, 4, 16, dtype=torch.float16) for _ in range(3)))


@pytest.mark.task("LayerNorm")
@pytest.mark.points(4)
def test_small_entries(agree, rand, weights):
    """Where eps is as large as the variance it matters where it stands."""
    x = 3e-3 * rand(2, 3, 8, dtype=torch.float32)
    agree(module, "LayerNorm", [8], weights("LayerNorm", 8), [x])


@pytest.mark.task("summary")
@pytest.mark.points(3)
def test_summary_in_double_precision(agree, rand):
    """The same in float64, and complex128."""
    agree("summary", rand(4, 2))
