"""Public tests."""

import pytest
import torch

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


@pytest.mark.task("move")
@pytest.mark.points(60)
@pytest.mark.parametrize("device", DEVICES, indirect=True)
def test_move(agree, rand, device):
    """Two tensors; the case for a GPU shows what is wrong there, and carries no points."""
    agree("move", [rand(3), rand(2)], device)


@pytest.mark.task("scale")
@pytest.mark.points(30)
@pytest.mark.parametrize("device", DEVICES, indirect=True)
def test_scale(agree, rand, device):
    """Random values, in float32."""
    agree("scale", rand(5, dtype=torch.float32).to(device))
