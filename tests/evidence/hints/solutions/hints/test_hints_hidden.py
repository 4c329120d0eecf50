"""Hidden tests: the same with other sizes."""

import pytest


@pytest.mark.task("attention_weights")
@pytest.mark.points(2)
def test_more_keys(agree, rand):
    """The weights of more keys than queries."""
    agree("attention_weights", rand(4, 9), rand(6, 9))


@pytest.mark.task("affine")
@pytest.mark.points(2)
def test_fewer_outputs(agree, rand):
    """Fewer outputs than inputs."""
    agree("affine", rand(8, 5), rand(3, 5), rand(3))


@pytest.mark.task("column_means")
@pytest.mark.points(2)
def test_fewer_columns(agree, rand):
    """Fewer columns than rows."""
    agree("column_means", rand(7, 4))
