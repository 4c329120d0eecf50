"""Assignment 3 accepts right code in other words: every alternative earns every point, under two seeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.judge.solution import Solution
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result

ROOT = Path(__file__).resolve().parents[2]
NAME = "a3_models"
FOLDERS = sorted(file.parent for file in (ROOT / "solutions" / NAME / "alternatives").glob("*/models.py"))
SEEDS = (7, 2026)
FILES = load_course(ROOT / "autograder.yml").assignments[NAME].files


def graded(judge: OpenJudge, seed: int) -> dict[tuple[str, int], Result]:
    """Every alternative, graded by an open judge under a seed."""
    setting = replace(judge.setting, seed=seed)
    again = replace(judge, setting=setting, solution=Solution(setting))
    examiner = Examiner(again, run="alternatives")
    try:
        return {
            (folder.name, seed): examiner.grade(
                Submission(student=folder.name, path=str(folder), digest="", files=hand_ins(folder, FILES))
            )
            for folder in FOLDERS
        }
    finally:
        again.solution.close()


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, int], Result]:
    """All results, by one judge."""
    found: dict[tuple[str, int], Result] = {}

    def grade(judge: OpenJudge) -> None:
        for seed in SEEDS:
            found.update(graded(judge, seed))

    open_judge(Order(root=str(ROOT), assignment=NAME, run="alternatives", seed=SEEDS[0]), grade)
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_another_right_solution_gets_full_marks(
    results: dict[tuple[str, int], Result], folder: Path, seed: int
) -> None:
    result = results[folder.name, seed]
    assert {test.id: test.message for test in result.tests if test.outcome is not Outcome.PASSED} == {}
    assert result.score == result.max_score
