"""Hidden tests of fix_attention.py: the other two bugs. Each test sees its own bug and no other."""

import pytest
import torch
from probes import fix_last_row, fix_output

pytestmark = pytest.mark.task("fix_attention")


@pytest.mark.points(2)
@pytest.mark.hint("Follow one number of one head from the values to the output.")
def test_fix_merge_of_heads(agree, rand):
    """The output of four heads whose scores are all equal, so that their scale does not matter."""
    agree(fix_output, torch.zeros(2, 5, 8, dtype=torch.float64), rand(2, 5, 8), rand(2, 5, 8), num_heads=4)


@pytest.mark.points(1)
@pytest.mark.hint("May a query look at padding because it lies in the past?")
def test_fix_padding_and_causal(agree, rand):
    """Padding under the causal mask, for the last query, which sees every word."""
    keep = torch.ones(2, 5, dtype=torch.bool)
    keep[0, 1], keep[1, 3:] = False, False
    agree(fix_last_row, rand(2, 5, 4), rand(2, 5, 4), rand(2, 5, 4), causal=True, keep=keep)
