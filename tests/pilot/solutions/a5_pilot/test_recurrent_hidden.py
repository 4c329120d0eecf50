"""Hidden tests."""

import pytest
from probes import losses, trained

pytestmark = pytest.mark.task("train_hello")


@pytest.mark.points(2)
@pytest.mark.hint("lr and epochs are arguments.")
def test_other_rate(agree, weights):
    """Other numbers of epochs, another learning rate."""
    agree(
        trained, weights("HelloRNN", scale=0.5), 7, 0.2, rtol=1e-4, atol=1e-5
    )  # training amplifies rounding


@pytest.mark.points(2)
def test_first_losses(agree, weights):
    """Two epochs: the loss of the given weights, and that after one step."""
    agree(losses, weights("HelloRNN", scale=0.5), 2, 0.01, rtol=1e-5, atol=1e-6)
