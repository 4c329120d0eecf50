"""Hidden tests, with inputs that must show nowhere."""

import pytest
import torch

pytestmark = pytest.mark.task("total")
NUMBER, WORD = 271828.0, "mint4711"


@pytest.mark.points(3)
@pytest.mark.hint("Think of large numbers.")
def test_secret(agree):
    """Large numbers."""
    agree("total", torch.full((4,), NUMBER), WORD)


@pytest.mark.points(1)
def test_use(student):
    """The sum can be used."""
    value = student.call("total", torch.full((2,), NUMBER), WORD)
    assert value.item() + 1 > NUMBER
