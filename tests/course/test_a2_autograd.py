"""Assignment 2: the reference's prediction of the order of backward is what torch does."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest
import torch

from tests.modules import load_module

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "solutions" / "a2_autograd"


@pytest.fixture(scope="module")
def solution() -> ModuleType:
    """The reference as a module of its own."""
    return load_module("a2_reference", SOLUTIONS / "autograd.py")


@pytest.mark.parametrize("seed", range(30))
def test_simulated_order_is_the_real_one(solution: ModuleType, seed: int) -> None:
    """The rules that students are given predict torch's own order on random graphs."""
    draw = random.Random(seed)
    values = [torch.full((2, 2), 0.1, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    for _ in range(25):
        left, right = draw.choice(values), draw.choice(values)
        values.append(draw.choice([left + right, left * right, left @ right, left - right, right.tanh()]))
    root = values[-1] + values[-2]
    predicted = [popped for popped, _, _ in solution.simulate_queue(root)]
    assert predicted == solution.backward_order(root)
