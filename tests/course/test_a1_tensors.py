"""Assignment 1 accepts right code in other words: every alternative earns every point, under two seeds.

And what the reference says of strides is what torch says.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.judge.solution import Solution
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result

ROOT = Path(__file__).resolve().parents[2]
NAME = "a1_tensors"
FOLDERS = sorted(file.parent for file in (ROOT / "solutions" / NAME / "alternatives").glob("*/tensors.py"))
SEEDS = (11, 2026)
SHAPES = st.lists(st.integers(0, 5), max_size=5).map(tuple)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape with right strides, with some of them replaced, or with any."""
    shape = draw(SHAPES)
    right = torch.empty(shape, device="meta").stride()
    return shape, tuple(draw(st.sampled_from([step, step, draw(st.integers(0, 9))])) for step in right)


def graded(judge: OpenJudge, folder: Path, seed: int) -> Result:
    """A folder's hand-in, graded by an open judge under a seed."""
    setting = replace(judge.setting, seed=seed)
    again = replace(judge, setting=setting, solution=Solution(setting))
    files = hand_ins(folder, load_course(ROOT / "autograder.yml").assignments[NAME].files)
    submission = Submission(student=folder.name, path=str(folder), digest="", files=files)
    try:
        return Examiner(again, run="alternatives").grade(submission)
    finally:
        again.solution.close()


@pytest.fixture(scope="module")
def results() -> dict[str, list[Result]]:
    """The results of each alternative, one for each seed, by one judge."""
    found: dict[str, list[Result]] = {}

    def grade(judge: OpenJudge) -> None:
        for folder in FOLDERS:
            found[folder.name] = [graded(judge, folder, seed) for seed in SEEDS]

    open_judge(Order(root=str(ROOT), assignment=NAME, run="alternatives", seed=SEEDS[0]), grade)
    return found


def test_there_are_alternatives() -> None:
    assert len(FOLDERS) >= 2


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_alternative_earns_every_point(results: dict[str, list[Result]], folder: Path) -> None:
    for result in results[folder.name]:
        kept = Outcome.PASSED, Outcome.PENDING  # what asks for a GPU, or for a quieter machine
        lost = {test.id: test.message for test in result.tests if test.outcome not in kept}
        assert lost == {}
        assert result.max_score == 100
        assert result.score == 100 - result.pending_points >= 99


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The reference as a module of its own."""
    spec = importlib.util.spec_from_file_location("a1_reference", ROOT / "solutions" / NAME / "tensors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(shape=SHAPES)
def test_strides_are_those_of_torch(reference: ModuleType, shape: tuple[int, ...]) -> None:
    assert reference.contiguous_strides(shape) == torch.empty(shape, device="meta").stride()


@given(layout=layouts())
def test_contiguity_is_that_of_torch(
    reference: ModuleType, layout: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    wanted = torch.empty_strided(*layout, device="meta").is_contiguous()
    assert reference.is_contiguous_by_hand(*layout) is wanted
