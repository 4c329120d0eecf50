"""Public tests."""

import pytest
import torch
from probes import Net, dropped, loaded, moved

dropout = pytest.mark.task("MyDropout")
load = pytest.mark.task("my_load")


@pytest.fixture
def state(rand):
    """Random weights and statistics for a Net."""
    return {
        name: rand(*own.shape, dtype=own.dtype) if own.is_floating_point() else torch.tensor(7)
        for name, own in Net().state_dict().items()
    }


@dropout
@pytest.mark.points(2)
@pytest.mark.hint("What is kept grows, so that the mean stays.")
def test_kept_values(student, rand, close):
    """In training an element is either 0 or x / (1 - p)."""
    p, c = rand(low=0.2, high=0.8).item(), rand(low=1, high=2).item()
    first = student.call(dropped, p, torch.full((50, 40), c, dtype=torch.float64))["first"]
    close(first.unique(), torch.tensor([0.0, c / (1 - p)], dtype=torch.float64), what="the values found")


@dropout
@pytest.mark.points(2)
@pytest.mark.hint("p is the probability to drop.")
def test_share_of_kept_elements(student, rand, within):
    """The share of kept elements, within six standard deviations."""
    x, p = 1 + rand(100, 100).abs(), rand(low=0.15, high=0.35).item()
    kept = (student.call(dropped, p, x)["first"] != 0).double().mean()
    room = 6 * (p * (1 - p) / x.numel()) ** 0.5
    within(kept, 1 - p - room, 1 - p + room, what="the share of kept elements", false_fail=2e-9)


@dropout
@pytest.mark.points(2)
def test_eval_is_identity(agree, rand):
    """In eval mode output equals input, and the gradient is one."""
    agree(dropped, 0.6, rand(20, 30), train=False, exact=True)


@load
@pytest.mark.points(2)
@pytest.mark.hint("BatchNorm has buffers beside its parameters.")
def test_load_copies(agree, state):
    """Every parameter and every persistent buffer."""
    agree(loaded, state, exact=True)


@load
@pytest.mark.points(3)
@pytest.mark.hint("An optimizer holds the Parameter objects that the model had when it was made.")
def test_optimizer_still_moves_the_model(agree, state, rand):
    """One step of an optimizer that was made before loading."""
    agree(moved, state, rand(5, 3, dtype=torch.float32), 0.1)
