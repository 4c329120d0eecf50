"""Other right solutions of the course get full marks: no test depends on how the reference does it.

`grader verify` asks for the same under one seed and proves the rest; `bench/verify.py` does so under fifty.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge, under_seeds
from grader.judge.places import hand_ins
from grader.model.configuration import load_course
from grader.model.names import ALTERNATIVES, SOLUTIONS
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome
from grader.model.results import Result
from grader.sandbox.probes import probe

pytestmark = pytest.mark.usefixtures("one_fork_server")

ROOT = Path(__file__).parents[2]
SEEDS = 7, 2026
COURSE = load_course(ROOT)


def folders(assignment: str) -> list[Path]:
    return sorted(path for path in (ROOT / SOLUTIONS / assignment / ALTERNATIVES).iterdir() if path.is_dir())


CASES = [
    pytest.param(assignment, folder, seed, id=f"{assignment}-{folder.name}-{seed}")
    for assignment in COURSE.assignments for folder in folders(assignment) for seed in SEEDS
]  # fmt: skip


@cache
def results(assignment: str) -> dict[tuple[str, int], Result]:
    """Every alternative under every seed, by one judge."""
    found: dict[tuple[str, int], Result] = {}

    def work(judge: OpenJudge) -> None:
        for again in under_seeds(judge, SEEDS):
            for folder in folders(assignment):
                files = again.solution.files | hand_ins(folder, COURSE.assignments[assignment].files)
                one = Submission(student=folder.name, path="", digest="", files=files)
                found[folder.name, again.setting.seed] = Examiner(again, run="r", candid=True).grade(one)

    open_judge(Order(root=str(ROOT), assignment=assignment, run="r", seed=SEEDS[0]), work)
    return found


@pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")
@pytest.mark.parametrize(("assignment", "folder", "seed"), CASES)
def test_another_right_solution_gets_full_marks(assignment: str, folder: Path, seed: int) -> None:
    result = results(assignment)[folder.name, seed]
    open_ = (Outcome.PASSED, Outcome.PENDING)  # a busy machine may leave a verdict about time open
    assert {test.id: test.message for test in result.tests if test.outcome not in open_} == {}


@pytest.mark.parametrize("assignment", COURSE.assignments)
def test_every_assignment_has_another_right_solution(assignment: str) -> None:
    own = {file for folder in folders(assignment) for file in COURSE.assignments[assignment].files
           if (folder / file).is_file()}  # fmt: skip
    assert own == set(COURSE.assignments[assignment].files)
