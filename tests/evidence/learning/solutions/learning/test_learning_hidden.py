"""Hidden tests: the same with other sizes."""

import pytest
import torch
from probes import fitted, mean_squared_error, share_of_right_classes, trained


@pytest.fixture
def noisy_line(rand):
    """Draws points near one random line."""
    slope, height = rand(6, dtype=torch.float32), rand(dtype=torch.float32)

    def draw(n):
        x = rand(n, 6, dtype=torch.float32)
        return x, x @ slope + height + 0.1 * rand(n, dtype=torch.float32)

    return draw


@pytest.fixture
def two_sides(rand):
    """Draws points on the two sides of one random plane."""
    normal, height = rand(8, dtype=torch.float32), rand(low=-0.3, high=0.3).item()
    normal /= normal.norm()

    def draw(n):
        x = rand(n, 8, dtype=torch.float32)
        return x, (x @ normal > height).long()

    return draw


@pytest.mark.task("fit")
@pytest.mark.points(3)
@pytest.mark.hint("Zero the gradients, then backward, then step.")
def test_fit_more(learns, noisy_line, weights):
    """More epochs from given weights: the loss falls, and new points are near the line."""
    data, new = noisy_line(100), noisy_line(300)
    start = weights("Line", 6, dtype=torch.float32)
    learns(
        fitted, start, *data, 110,
        model=("Line", 6), evaluate=mean_squared_error, unseen=new, below=0.04,
        loss=mean_squared_error, seen=data, start=start, slack=0.01,
        false_fail=1e-6,
    )  # fmt: skip


@pytest.mark.task("train_classifier")
@pytest.mark.points(2)
def test_classifier_of_more(learns, two_sides):
    """Trained on 350 points, it knows the sides of new ones, in two of three trainings."""
    learns(
        trained, *two_sides(350),
        model=("Net", 8), evaluate=share_of_right_classes, unseen=two_sides(400), above=0.85,
        seeds=3, false_fail=1e-6,
    )  # fmt: skip
