"""Assignment 8 accepts right code in other words: an alternative earns every point, under two seeds."""

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
NAME = "a8_training"
FOLDERS = sorted(file.parent for file in (ROOT / "solutions" / NAME / "alternatives").glob("*/training.py"))
SEEDS = (11, 2026)
FILES = load_course(ROOT / "autograder.yml").assignments[NAME].files


def graded(judge: OpenJudge, folder: Path, seed: int) -> Result:
    """A folder's hand-in, graded by an open judge under a seed."""
    setting = replace(judge.setting, seed=seed)
    again = replace(judge, setting=setting, solution=Solution(setting))
    submission = Submission(student=folder.name, path=folder.name, digest="", files=hand_ins(folder, FILES))
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


def test_there_is_an_alternative() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_alternative_earns_every_point_and_the_extra_credit(
    results: dict[str, list[Result]], folder: Path
) -> None:
    for result in results[folder.name]:
        lost = {
            test.id: test.message
            for test in result.tests
            if test.outcome
            not in (Outcome.PASSED, Outcome.PENDING)  # what needs a GPU is pending without one
        }
        assert lost == {}
        assert (result.score, result.max_score) == (108, 100)
