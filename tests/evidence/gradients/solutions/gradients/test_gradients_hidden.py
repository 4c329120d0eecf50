"""Hidden tests."""

import pytest
import torch
from probes import kept, through


@pytest.mark.task("soft_norm")
@pytest.mark.points(2)
def test_one_input_at_a_time(check_gradients, rand):
    """Gradients by one input, the other being a constant; by name."""
    check_gradients("soft_norm", rand(4, 4), rand(4), wrt=1)
    check_gradients("soft_norm", rand(4, 4), w=rand(4), wrt=["w"])


@pytest.mark.task("soft_norm")
@pytest.mark.points(1)
def test_float32(check_gradients, rand):
    """Gradients in single precision, against the reference alone."""
    x, w = rand(5, 3, dtype=torch.float32), rand(3, dtype=torch.float32)
    check_gradients("soft_norm", x, w, against="reference")


@pytest.mark.task("Swish")
@pytest.mark.points(2)
def test_swish_of_a_column(check_gradients, rand):
    """Gradient of the Function, for other shapes and large inputs."""
    check_gradients("Swish", 3 * rand(7, 1, 2))


@pytest.mark.task("Swish")
@pytest.mark.points(1)
def test_swish_alone(check_gradients, rand):
    """The Function's backward is the derivative of its forward."""
    check_gradients("Swish", rand(5))
    check_gradients("Swish", rand(2, 2), against="differences")


@pytest.mark.task("Gate")
@pytest.mark.points(2)
def test_parameters_of_a_gate(check_gradients, rand, weights):
    """Gradients by the parameters, together and one by one."""
    state = weights("Gate", 4, scale=0.5)
    check_gradients("Gate", rand(3, 4), init={"d": 4}, state=state, wrt="parameters")
    check_gradients("Gate", rand(3, 4), init=[4], state=state, wrt=["bias", 0])


@pytest.mark.task("Gate")
@pytest.mark.points(1)
def test_single_row(check_gradients, rand, weights):
    """Gradients for a single row."""
    check_gradients("Gate", rand(1, 2), init=[2], state=weights("Gate", 2), directions=2)


@pytest.mark.task("drop")
@pytest.mark.points(3)
def test_drop(check_gradients, rand, student, within, close):
    """Gradients go through the elements that are kept, whatever those are."""
    p = rand(low=0.3, high=0.6).item()
    facts = student.call(kept, 1000, p)
    room = 6 * (p * (1 - p) / 3000) ** 0.5
    within(facts["share"], 1 - p - room, 1 - p + room, what="the share of kept elements", false_fail=2e-9)
    close(facts["values"], torch.tensor([0, 1 / (1 - p)]).double(), what="the values", rtol=1e-6, atol=1e-9)
    facts = student.call(through, 1 + rand(6, 5).abs(), p)
    close(facts["grad"], facts["slope"], what="the gradient of each element")
    check_gradients("drop", rand(6, 5), p, against="differences")
