"""Public tests: quick ones, one of each kind that submissions attack."""

import pytest
import torch


@pytest.mark.task("double")
@pytest.mark.points(3)
def test_double(agree, rand):
    """Twice the input."""
    agree("double", rand(3, 4))


@pytest.mark.task("double")
@pytest.mark.points(1)
def test_quiet(student):
    """Zeros raise nothing."""
    assert student.raises("double", torch.zeros(2)) == ()


@pytest.mark.task("label")
@pytest.mark.points(1)
def test_label(student):
    """The label is `ok`."""
    assert student.call("label") == "ok"


@pytest.mark.task("spread")
@pytest.mark.points(1)
@pytest.mark.limits(processes=4, seconds=10)
def test_spread(agree):
    """New processes are allowed, and the number comes back."""
    agree("spread", 3)
