"""Assignment 2: other right solutions get full marks, and the reference's prediction is what torch does."""

from __future__ import annotations

import importlib.util
import random
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.judge.solution import Solution
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result

ROOT = Path(__file__).parents[2]
NAME = "a2_autograd"
SOLUTIONS = ROOT / "solutions" / NAME
ALTERNATIVES = sorted(path.name for path in (SOLUTIONS / "alternatives").iterdir() if path.is_dir())
SEEDS = 7, 2026
FILES = load_course(ROOT / "autograder.yml").assignments[NAME].files


def graded_by(judge: OpenJudge) -> dict[tuple[str, int], Result]:
    """Every alternative under every seed."""
    found = {}
    for seed in SEEDS:
        setting = replace(judge.setting, seed=seed)
        again = replace(judge, setting=setting, solution=Solution(setting))
        try:
            for name in ALTERNATIVES:
                files = hand_ins(SOLUTIONS / "alternatives" / name, FILES)
                one = Submission(student=name, path=name, digest="", files=files)
                found[name, seed] = Examiner(again, run="r").grade(one)
        finally:
            again.solution.close()
    return found


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, int], Result]:
    """All results, by one judge."""
    found: dict[tuple[str, int], Result] = {}
    order = Order(root=str(ROOT), assignment=NAME, run="r", seed=SEEDS[0])
    open_judge(order, lambda judge: found.update(graded_by(judge)))
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_another_right_solution_gets_full_marks(
    results: dict[tuple[str, int], Result], name: str, seed: int
) -> None:
    """No test depends on how the reference does it."""
    result = results[name, seed]
    assert {test.id: test.message for test in result.tests if test.outcome is not Outcome.PASSED} == {}
    assert result.score == result.max_score


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
