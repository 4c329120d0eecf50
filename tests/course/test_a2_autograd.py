"""Assignment 2: the reference's prediction of the order of backward is what torch does."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "solutions" / "a2_autograd"


@pytest.fixture
def solution(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The reference as a module of its own."""
    spec = importlib.util.spec_from_file_location("a2_reference", SOLUTIONS / "autograd.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "a2_reference", module)
    spec.loader.exec_module(module)
    return module


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
