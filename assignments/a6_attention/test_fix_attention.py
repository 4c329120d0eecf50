"""Public tests of fix_attention.py: three of the five bugs. Each test sees its own bug and no other."""

import pytest
from probes import fix_weights

pytestmark = pytest.mark.task("fix_attention")


@pytest.mark.points(2)
@pytest.mark.hint("How long are the two vectors whose dot product is a score?")
def test_fix_scale_of_heads(agree, rand):
    """The weights of four heads."""
    agree(fix_weights, rand(2, 5, 16), rand(2, 5, 16), rand(2, 5, 16), num_heads=4)


@pytest.mark.points(2)
@pytest.mark.hint("Which keys does query 0 look at?")
def test_fix_causal(agree, rand):
    """One head under the causal mask."""
    agree("attention", rand(2, 5, 4), rand(2, 5, 4), rand(2, 5, 4), causal=True)


@pytest.mark.points(1)
@pytest.mark.hint("Read the shapes line by line for three queries and seven keys.")
def test_fix_lengths_differ(agree, rand):
    """More keys than queries."""
    agree("attention", rand(2, 3, 4), rand(2, 7, 4), rand(2, 7, 4))
