"""Hidden tests of homework.py: one point each."""

import pytest
from probes import mlp_gradients


@pytest.mark.task("normalise")
@pytest.mark.points(1)
def test_normalise_far_from_zero(agree, rand):
    """Columns with a large mean."""
    agree("normalise", 1000 + rand(10, 2), rtol=1e-6, atol=1e-8)


@pytest.mark.task("softmax")
@pytest.mark.points(1)
def test_softmax_large(agree, rand):
    """Values whose exponentials overflow."""
    agree("softmax", 1000 * rand(3, 5))


@pytest.mark.task("attention")
@pytest.mark.points(1)
def test_attention_batched(agree, rand):
    """Leading dimensions for sentences and heads."""
    agree("attention", rand(2, 3, 5, 8), rand(2, 3, 6, 8), rand(2, 3, 6, 4))


@pytest.mark.task("MLP")
@pytest.mark.points(1)
def test_mlp_gradients(agree, rand, weights):
    """The gradients of all weights."""
    agree(mlp_gradients, (4, 8, 3), weights("MLP", 4, 8, 3), rand(5, 4))
