"""Public tests."""

import pytest


@pytest.mark.task("soft_norm")
@pytest.mark.points(1)
def test_soft_norm(check_gradients, rand):
    """Gradients by both inputs."""
    check_gradients("soft_norm", rand(5, 3), rand(3))


@pytest.mark.task("Swish")
@pytest.mark.points(1)
@pytest.mark.hint("The product rule has two terms.")
def test_swish(check_gradients, rand):
    """Gradient of the Function."""
    check_gradients("Swish", rand(4, 3))


@pytest.mark.task("Gate")
@pytest.mark.points(1)
def test_gate(check_gradients, rand, weights):
    """Gradients by input and parameters."""
    check_gradients("Gate", rand(5, 3), init=[3], state=weights("Gate", 3))
