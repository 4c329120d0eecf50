"""Hidden tests."""

import pytest
import torch
from probes import encoded, without_hidden_keys

pytestmark = pytest.mark.task("EncoderLayer")


@pytest.mark.points(2)
@pytest.mark.hint("A padding mask hides keys: what is hidden has no influence on the other tokens.")
def test_padding_has_no_influence(agree, rand, weights):
    """Tokens hidden by the mask, against the same tokens cut away."""
    init = 8, 2, 8
    state = weights("EncoderLayer", *init, dtype=torch.float64, scale=0.5)
    agree(without_hidden_keys, init, state, rand(3, 6, 8), 4)


@pytest.mark.points(2)
@pytest.mark.hint("Dropout acts on the attention weights, inside mha, and nowhere else.")
def test_dropout_in_training(agree, rand, weights):
    """In training with dropout 1, attention adds nothing but the bias of W_h."""
    init = 8, 2, 8, 1.0
    state = weights("EncoderLayer", *init, dtype=torch.float64, scale=0.5)
    agree(encoded, init, state, rand(2, 3, 8), train=True)
