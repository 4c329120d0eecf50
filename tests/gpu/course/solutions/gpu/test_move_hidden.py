"""Hidden tests."""

import pytest


@pytest.mark.task("scale")
@pytest.mark.points(10)
@pytest.mark.gpu
def test_scale_on_a_gpu(agree, rand, device):
    """Many values, on a GPU."""
    agree("scale", rand(5000).to(device))
