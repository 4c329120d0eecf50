"""Public tests of fix_tensor_notes.py: three of the five bugs. Each test sees its own bug and no other."""

import pytest
import torch
from probes import scaled

pytestmark = pytest.mark.task("fix_tensor_notes")


@pytest.mark.points(1)
@pytest.mark.hint("mat.shape is a list of sizes already; what does torch.zeros get?")
def test_fix_sequential(agree, rand, pick):
    """sequential runs, and normalises."""
    agree("sequential", rand(3, pick(range(2, 6)), dtype=torch.float32), rtol=1e-4, atol=1e-5)


@pytest.mark.points(1)
@pytest.mark.hint("How many rows are looked at before the function returns?")
def test_fix_row_ranges(agree, rand, pick):
    """row_ranges of several rows."""
    agree("row_ranges", rand(4, pick(range(2, 6))))


@pytest.mark.points(1)
@pytest.mark.hint("The lecture's slide is wrong: look at the old contents after t was written to.")
def test_fix_old_contents(agree, rand, pick):
    """scale_in_place returns the old contents, and changes t."""
    agree(scaled, rand(2, pick(range(2, 6))), pick([2.0, -1.0, 0.5]))
