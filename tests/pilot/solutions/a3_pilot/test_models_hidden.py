"""Hidden tests."""

import pytest
import torch
from probes import Net, all_dropped, dropped, loaded

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
@pytest.mark.points(1)
@pytest.mark.hint("One mask for a call, used forward and backward; another one for the next call.")
def test_masks(student, rand, close):
    """The gradient has the mask of its own call, and two calls have two masks."""
    x, p = 1 + rand(30, 30).abs(), 0.5
    found = student.call(dropped, p, x)
    close(found["gradient"] * x, found["first"], what="gradient times input, which is the output")
    assert not torch.equal(found["first"], found["second"]), "two calls drop the same elements"


@dropout
@pytest.mark.points(1)
@pytest.mark.hint("An element is a single number, not a row.")
def test_elements_are_independent(student, rand, within, close):
    """Rows are not dropped as a whole: how much the share of kept elements differs between rows."""
    x = 1 + rand(200, 100).abs()
    first = student.call(dropped, 0.5, x)["first"]
    kept = (first != 0).double()
    spread = kept.mean(dim=1).var() + kept.mean(dim=0).var()  # expected 0.00375
    within(spread, 0.001, 0.01, what="variance of the share between rows and columns", false_fail=1e-12)
    close(first, 2 * x * kept, what="the kept elements")


@dropout
@pytest.mark.points(1)
@pytest.mark.trivial("zeros", "p = 1 drops everything")
@pytest.mark.hint("0 / 0 is NaN, also where it is multiplied by 0.")
def test_everything_dropped(agree, rand):
    """p = 1 gives zeros."""
    agree(all_dropped, rand(3, 4), exact=True)


@load
@pytest.mark.points(1)
def test_not_strict(agree, state, rand):
    """Without strict, unknown and absent names are passed over."""
    del state["scale"]
    agree(loaded, state | {"linear.gain": rand(4)}, strict=False, exact=True)


@load
@pytest.mark.points(1)
@pytest.mark.parametrize("which", ["absent", "unknown"])
def test_strict(agree, student, state, rand, which):
    """With strict, a name that does not fit raises."""
    agree(loaded, state)
    if which == "absent":
        del state["inner.1.running_var"]
    else:
        state["inner.1.gain"] = rand(4)
    raised = student.raises(loaded, state)
    assert {"KeyError", "RuntimeError"} & set(raised), f"an {which} name must raise KeyError or RuntimeError"


@load
@pytest.mark.points(1)
@pytest.mark.hint("copy_ broadcasts.")
def test_wrong_shape(agree, student, state):
    """A bias of one number does not fill a bias of four."""
    agree(loaded, state)
    raised = student.raises(loaded, state | {"linear.bias": torch.ones(1)})
    assert {"ValueError", "RuntimeError"} & set(raised), "another shape must raise RuntimeError or ValueError"
