"""Nine tasks in the language of tests: proven by judged workers, and by a student's own pytest."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from grader.course.verify import prove
from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.judge.solution import Solution
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome, Visibility
from grader.model.proofs import Proof
from grader.model.results import Result
from grader.model.seeds import PUBLIC_SEED

COURSE = Path(__file__).parent
ASSIGNMENTS = load_course(COURSE / "autograder.yml").assignments

# What the wrong students get: task, test, outcome, and a part of the sentence that they are told.
WRONG = {
    "a1_pilot": [
        ("shares_storage", "test_parts_of_a_block", "failed", "data_ptr() is where a tensor begins")
    ],
    "a2_pilot": [
        ("backward_order", "test_order_of_the_example", "failed", "level by level"),
        ("accumulate", "test_accumulate_adds", "failed", "zeroed also where `zero` is False"),
    ],
    "a3_pilot": [
        ("MyDropout", "test_share_of_kept_elements", "failed", "probability to keep"),
        ("my_load", "test_optimizer_still_moves_the_model", "failed", "New Parameter objects"),
    ],
    "a5_pilot": [("train_hello", "test_training", "failed", "Softmax is applied before")],
    "a7_pilot": [("EncoderLayer", "test_output", "failed", "(pre-LN)")],
    "a8_pilot": [
        ("train_step", "test_one_step", "failed", "gradients of the batch before"),
        ("checkpoints", "test_resume_with_dropout", "failed", "random number generator is not brought back"),
    ],
}


@dataclass(frozen=True)
class Judged:
    """What one judge found."""

    proof: Proof
    reference: Result
    """Under another seed than the proof's."""
    student: Result


def submission(name: str, folder: Path) -> Submission:
    """A folder's files as a submission."""
    files = hand_ins(folder, ASSIGNMENTS[name].files)
    return Submission(student=folder.parent.name, path=str(folder), digest="", files=files)


def judged_by(judge: OpenJudge, name: str) -> Judged:
    """Prove the assignment, grade its wrong student, and the reference under a second seed."""
    student = Examiner(judge, run="r").grade(submission(name, COURSE / "students" / name))
    setting = replace(judge.setting, seed=20)
    again = replace(judge, setting=setting, solution=Solution(setting))
    try:
        reference = Examiner(again, run="r").grade(submission(name, COURSE / "solutions" / name))
    finally:
        again.solution.close()
    return Judged(proof=prove(judge), reference=reference, student=student)


@pytest.fixture(scope="module")
def judged() -> dict[str, Judged]:
    """Every assignment, each by a judge that is started once."""
    found: dict[str, Judged] = {}
    for name in ASSIGNMENTS:
        order = Order(root=str(COURSE), assignment=name, run="r", seed=PUBLIC_SEED)
        open_judge(order, lambda judge, name=name: found.update({name: judged_by(judge, name)}))
    return found


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_is_proven(judged: dict[str, Judged], name: str) -> None:
    """All of it: reference, starter, misconceptions lost and named, trivial and memorised answers."""
    proof = judged[name].proof
    assert proof.problems == ()
    for task in proof.tasks:
        assert (task.reference, task.starter) == (task.points, 0)
        assert len(task.misconceptions) >= 4
        assert all(one.lost > 0 and one.named for one in task.misconceptions)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_reference_earns_everything_under_another_seed(judged: dict[str, Judged], name: str) -> None:
    """The proof's seed is not the only one."""
    reference = judged[name].reference
    assert [test.id for test in reference.tests if test.outcome is not Outcome.PASSED] == []
    assert reference.score == reference.max_score == ASSIGNMENTS[name].max_score


@pytest.mark.parametrize(
    ("name", "task", "test", "outcome", "sentence"),
    [(name, *facts) for name, tasks in WRONG.items() for facts in tasks],
    ids=lambda value: value if str(value).isidentifier() else "",
)
def test_wrong_student_is_told_why(
    judged: dict[str, Judged], name: str, task: str, test: str, outcome: str, sentence: str
) -> None:
    """The same mistake in other words is recognised."""
    results = [one for one in judged[name].student.tests if one.task == task]
    (found,) = [one for one in results if one.id.endswith(f"::{test}")]
    assert (found.outcome, found.points) == (outcome, 0)
    assert found.misconception is not None
    assert sentence in found.misconception
    assert found.visibility is Visibility.PUBLIC or "expected" not in found.message


def test_the_two_readings_of_dropout_are_told_apart(judged: dict[str, Judged]) -> None:
    """A student who draws masks in another way is told of one misconception, not of several."""
    tests = {one.id.split("::")[1]: one for one in judged["a3_pilot"].student.tests}
    assert tests["test_eval_is_identity"].outcome is Outcome.PASSED
    assert " Or: " not in str(tests["test_share_of_kept_elements"].misconception)


@pytest.fixture(scope="module")
def student_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course elsewhere, with the hand-ins of all assignments in one folder each: right and wrong."""
    root = tmp_path_factory.mktemp("course")
    for part in ("assignments", "solutions"):
        shutil.copytree(COURSE / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(COURSE / "autograder.yml", root)
    for kind in ("solutions", "students"):
        for name, assignment in ASSIGNMENTS.items():
            for file in assignment.files:
                (root / "all" / kind).mkdir(parents=True, exist_ok=True)
                shutil.copy(COURSE / kind / name / file, root / "all" / kind / file)
    return root


def run_locally(root: Path, hand_ins_of: str) -> dict[str, str]:
    """Outcomes of all public tests by id, as plain pytest reports them."""
    arguments = ["-q", "-rA", "--tb=short", "--import-mode=importlib", "-p", "no:cacheprovider"]
    arguments += ["assignments", "--submission", f"all/{hand_ins_of}"]
    command = [sys.executable, "-m", "pytest", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    lines = re.findall(r"^(PASSED|FAILED) \S*?/([^/\s]+\.py::\S+)", done.stdout, re.MULTILINE)
    assert lines, done.stdout + done.stderr
    return {f"public/{test}": outcome for outcome, test in lines}


def test_locally_the_reference_passes(student_copy: Path) -> None:
    """The same files, in one process."""
    outcomes = run_locally(student_copy, "solutions")
    assert set(outcomes.values()) == {"PASSED"}


def test_locally_the_wrong_students_fail_the_same_tests(
    student_copy: Path, judged: dict[str, Judged]
) -> None:
    """A student's own run and the judge agree, test by test."""
    outcomes = run_locally(student_copy, "students")
    public = [test for one in judged.values() for test in one.student.tests if test.visibility == "public"]
    expected = {test.id: "PASSED" if test.outcome is Outcome.PASSED else "FAILED" for test in public}
    assert outcomes == expected
    assert "FAILED" in outcomes.values()
