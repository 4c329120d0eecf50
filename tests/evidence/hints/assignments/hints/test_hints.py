"""Public tests: square inputs, on which mistakes are silent."""

import pytest


@pytest.mark.task("attention_weights")
@pytest.mark.points(2)
def test_attention_weights(agree, rand):
    """The weights of as many keys as queries."""
    agree("attention_weights", rand(5, 9), rand(5, 9))


@pytest.mark.task("affine")
@pytest.mark.points(2)
def test_affine(agree, rand):
    """As many outputs as inputs."""
    agree("affine", rand(6, 6), rand(6, 6), rand(6))


@pytest.mark.task("column_means")
@pytest.mark.points(2)
def test_column_means(agree, rand):
    """As many columns as rows."""
    agree("column_means", rand(7, 7))
