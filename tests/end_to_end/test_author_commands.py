"""`verify`, `release`, `replay` and `check` as an author and a student call them, on a real course."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.small_course import SmallCourse
from tests.warm import LENT, run

MISCONCEPTIONS = """
from grader import misconception


@misconception("double", "Three times is not double.")
def triple(x):
    return 3 * x


@misconception("double", "This one is right, and no test can find anything wrong with it.")
def sum_of_two(x):
    return x + x
"""

NUMBERS = "public/test_double.py::test_numbers"
HALVES = "def double(x):\n    return (4 * x).float() / 2\n"


@pytest.fixture
def course(tmp_path: Path) -> SmallCourse:
    return SmallCourse(tmp_path, students=2, pause=0)


def grader(course: SmallCourse, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(["-m", "grader", *arguments], cwd=course.root, prepare=LENT)


def test_verify_finds_a_test_that_a_trivial_answer_passes(course: SmallCourse) -> None:
    done = grader(course, "verify", "a1")
    assert done.returncode == 1
    assert "hidden/test_double.py::test_nothing: the trivial answer `zeros` passes" in done.stdout


def test_verify_finds_a_misconception_that_no_test_sees(course: SmallCourse) -> None:
    (course.root / "solutions/a1/misconceptions.py").write_text(MISCONCEPTIONS)
    done = grader(course, "verify", "a1", "--json")
    assert done.returncode == 1
    (proof,) = json.loads(done.stdout)
    (task,) = proof["tasks"]
    triple, right = task["misconceptions"]
    assert (triple["label"], triple["lost"]) == ("triple", 2)
    assert triple["named"] == ["public/test_double.py::test_numbers"]
    assert right["lost"] == 0
    assert "task double: the misconception sum_of_two loses no points" in proof["problems"]


def test_verify_finds_a_misconception_of_a_name_that_no_task_grades(course: SmallCourse) -> None:
    text = MISCONCEPTIONS.replace('"double", "Three', '"duoble", "Three')
    (course.root / "solutions/a1/misconceptions.py").write_text(text)
    done = grader(course, "verify", "a1")
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "the misconception triple replaces `duoble` of double.py, a name of no task" in said


def test_verify_finds_a_test_that_depends_on_how_the_reference_does_it(course: SmallCourse) -> None:
    for name, text in {"by_adding": "def double(x):\n    return x + x\n", "in_halves": HALVES}.items():
        folder = course.root / "solutions/a1/alternatives" / name
        folder.mkdir(parents=True)
        (folder / "double.py").write_text(text)
    done = grader(course, "verify", "a1", "--json")
    (proof,) = json.loads(done.stdout)
    assert proof["alternatives"] == [
        {"name": "by_adding", "points": 3, "failed": []},
        {"name": "in_halves", "points": 0, "failed": [NUMBERS, "hidden/test_double.py::test_nothing"]},
    ]
    said, _ = [problem for problem in proof["problems"] if "in_halves" in problem]
    assert said.startswith(
        "public/test_double.py::test_numbers: the alternative solution in_halves does not pass"
    )


def test_verify_finds_an_alternative_without_a_hand_in(course: SmallCourse) -> None:
    (course.root / "solutions/a1/alternatives/empty").mkdir(parents=True)
    done = grader(course, "verify", "a1")
    assert done.returncode == 2
    assert "the alternative empty of a1 has no double.py" in done.stderr


def test_a_misconceptions_file_that_cannot_be_read_is_told_in_words(course: SmallCourse) -> None:
    (course.root / "solutions/a1/misconceptions.py").write_text("def f(:")
    done = grader(course, "verify", "a1")
    assert done.returncode == 2
    assert "misconceptions.py cannot be imported: SyntaxError" in done.stderr
    assert "Ended(" not in done.stderr


def test_release_records_a_tape_from_which_a_lone_copy_is_checked(
    course: SmallCourse, tmp_path: Path
) -> None:
    (course.root / "solutions/a1/misconceptions.py").write_text(MISCONCEPTIONS)
    assert "written" in grader(course, "release", "a1").stdout
    copy = tmp_path / "elsewhere" / "homework"
    shutil.copytree(course.root / "assignments" / "a1", copy)
    (copy / "double.py").write_text("def double(x):\n    return x + x + x\n")
    said = run(["-m", "pytest", "homework"], cwd=copy.parent).stdout
    assert "Why: Three times is not double." in said
    assert "0 of 2 points in 1 test; 1 more test with 1 point is hidden" in said


def test_release_check_tells_a_tape_that_is_out_of_date(course: SmallCourse) -> None:
    assert grader(course, "release", "a1", "--check").returncode == 1
    assert grader(course, "release", "a1").returncode == 0
    _rules_of_staff(course.root / "autograder.yml")
    assert grader(course, "release", "a1", "--check").returncode == 0
    (course.root / "solutions/a1/double.py").write_text("def double(x):\n    return 2.5 * x\n")
    stale = grader(course, "release", "a1", "--check")
    assert stale.returncode == 1
    assert "public/test_double.py::test_numbers" in stale.stdout


def _rules_of_staff(config: Path) -> None:
    """What no tape tells, so that none is out of date by it."""
    told = config.read_text()
    config.write_text(told.replace("    title:", "    visibility: hidden\n    attempts: best\n    title:"))


def test_release_refuses_a_reference_that_fails_its_own_tests(course: SmallCourse) -> None:
    (course.root / "solutions/a1/double.py").write_text(
        "import torch\n\n\ndef double(x):\n    return torch.rand(3)\n"
    )
    (course.root / "assignments/a1/test_double.py").write_text(
        (course.root / "assignments/a1/test_double.py")
        .read_text()
        .replace("rand(3))", "rand(3), repeat=True)")
        + "\n\n@pytest.mark.points(0)\ndef test_wrong(student):\n    assert student.call('double', 1) == 2\n"
    )
    done = grader(course, "release", "a1")
    assert done.returncode == 2
    assert "the reference does not pass its own public tests" in done.stderr
    assert "public/test_double.py::test_wrong" in done.stderr


def test_replay_shows_staff_everything_and_refuses_other_files(course: SmallCourse) -> None:
    course.finish()
    result = str(course.out / "results" / "s00.json")
    again = grader(course, "replay", result, "test_numbers")
    assert again.returncode == 0, again.stderr
    assert "outcome then: failed, now: failed" in again.stdout
    assert "greatest difference" in again.stdout
    (course.root / "class/s00/double.py").write_text("def double(x):\n    return 2 * x\n")
    refused = grader(course, "replay", result, "test_numbers")
    assert refused.returncode == 2
    assert "its digest differs" in refused.stderr
    unknown = grader(course, "replay", result, "no_such_test")
    assert unknown.returncode == 2
    assert "public/test_double.py::test_numbers" in unknown.stderr


def test_check_prints_outcomes_as_data(course: SmallCourse) -> None:
    done = grader(course, "check", "a1", "--submission", "class/s00/double.py", "--json")
    assert done.returncode == 0, done.stderr
    (test,) = json.loads(done.stdout)
    assert (test["id"], test["outcome"]) == ("public/test_double.py::test_numbers", "failed")
    assert test["points"] == 0
    assert test["max_points"] == 2


def test_release_makes_the_notebook_and_the_folder_for_students(course: SmallCourse, tmp_path: Path) -> None:
    out = tmp_path / "for_students"
    done = grader(course, "release", "a1", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "assignments/a1/double.ipynb: written" in done.stdout
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == [
        "assignments/a1/double.ipynb",
        "assignments/a1/double.py",
        "assignments/a1/expected.tape",
        "assignments/a1/test_double.py",
    ]
    starter = course.root / "assignments/a1/double.py"
    starter.write_text(starter.read_text() + "\n\ndef halve(x):\n    raise NotImplementedError\n")
    stale = grader(course, "release", "a1", "--check")
    assert stale.returncode == 1
    assert "assignments/a1/double.ipynb: is not up to date" in stale.stdout
    assert "expected.tape: up to date" in stale.stdout
    both = grader(course, "release", "a1", "--check", "--out", str(out))
    assert both.returncode == 2
