"""Public tests. Weights and inputs are random, in float64."""

import pytest
import torch
from probes import encoded

from grader import module

pytestmark = pytest.mark.task("EncoderLayer")


@pytest.mark.points(4)
@pytest.mark.hint("Residual first, then the norm; and the second residual starts at y.")
def test_output(agree, rand, weights):
    """Two sentences, two heads, no mask."""
    init = 8, 2, 12
    state = weights("EncoderLayer", *init, dtype=torch.float64, scale=0.5)
    agree(encoded, init, state, rand(2, 5, 8))


@pytest.mark.points(2)
@pytest.mark.hint("True = may attend; the mask is handed on to mha.")
def test_causal_mask(agree, rand, weights):
    """Under a causal mask."""
    init = 8, 4, 6
    state = weights("EncoderLayer", *init, dtype=torch.float64, scale=0.5)
    agree(encoded, init, state, rand(2, 4, 8), torch.ones(4, 4, dtype=torch.bool).tril())


@pytest.mark.points(2)
def test_gradients(agree, rand, weights):
    """Gradients of the input and of every weight."""
    init = 4, 2, 6
    state = weights("EncoderLayer", *init, dtype=torch.float64, scale=0.5)
    agree(module, "EncoderLayer", init, state, [rand(2, 3, 4)], backward=True, dtype=torch.float64)
