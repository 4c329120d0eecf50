"""Tolerances that follow from measured noise: judged, on the tape, and in the author's proof."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.course.release import release
from grader.judge.noise import Measured
from grader.judge.opening import OpenJudge, open_judge
from grader.model.orders import Order
from grader.model.outcomes import Outcome
from grader.sandbox.probes import probe
from grader.subjects.tape import read
from tests.judge.course import Course, by_test

pytestmark = pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")

DOCS = Path(__file__).parents[2] / "docs"
SINGLE = 'agree("f", rand(4, dtype=torch.float32))'
TESTS = """
pytestmark = pytest.mark.task("f")


@pytest.mark.points(1)
def test_quiet(agree, rand):
    agree("f", rand(5, dtype=torch.float32, low=0.5, high=0.9), 0.0)


@pytest.mark.points(1)
def test_noisy(agree, rand):
    agree("f", rand(5, dtype=torch.float32, low=0.5, high=0.9), 100.0)
"""
REFERENCE = """
def f(x, far):
    return (x + far) - far
"""
OFF = """
def f(x, far):
    return x * {factor}
"""


def course_of(root: Path, reference: str, test: str, **files: str) -> Course:
    marks = '@pytest.mark.task("f")\n@pytest.mark.points(1)'
    public = f"{marks}\ndef test_it(agree, rand):\n    {test}\n"
    return Course.make(root, tasks={"f": 1}, public=public, reference=reference, **files)


def margins(course: Course) -> tuple[dict[str, Any], list[str]]:
    """Of the course's only test, and what is wrong with its tolerance."""
    (course.root / "assignments/a1/hw.py").write_text("def f(*args):\n    raise NotImplementedError\n")
    command = [sys.executable, "-m", "grader", "verify", "a1", "--json"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    (proof,) = json.loads(done.stdout)
    jsonschema.validate(proof, json.loads((DOCS / "proof.schema.json").read_text()))
    (test,) = proof["tests"]
    ours = ("rounding alone", "just fails")
    return test, [problem for problem in proof["problems"] if any(words in problem for words in ours)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """One function in two tests: its rounding is little in the first, and much in the second."""
    root = tmp_path_factory.mktemp("noise")
    return Course.make(root, tasks={"f": 2}, public=TESTS, reference=REFERENCE)


def test_what_lies_between_the_bounds_is_decided_by_the_noise_of_the_test(course: Course) -> None:
    with course.judge() as judge:
        results = [by_test(judge.grade(OFF.format(factor=factor))) for factor in (1 + 1e-6, 1 + 4e-5, 1.001)]
    passed = [(one["test_quiet"].outcome, one["test_noisy"].outcome) for one in results]
    assert passed == [("passed", "passed"), ("failed", "passed"), ("failed", "failed")]


def test_every_student_of_every_judge_gets_the_same(course: Course) -> None:
    """The measurement depends on the test's id alone, not on the seed of the run nor on who asks first."""
    measured: list[Measured] = []

    def work(judge: OpenJudge) -> None:
        measured.extend(judge.solution.measured(judge.session, spec) for spec in judge.session.specs)

    for seed in (1, 2):
        open_judge(Order(root=str(course.root), assignment="a1", run="r", seed=seed), work)
    quiet, noisy, again, twice = measured
    assert (quiet, noisy) == (again, twice)
    assert quiet.noise.by_dtype["float32"] < 1e-7 < 1e-6 < noisy.noise.by_dtype["float32"]
    assert quiet.draws == 8


def test_the_tape_holds_the_noise_and_a_local_run_decides_alike(course: Course) -> None:
    released = release(course.root, "a1")
    assert release(course.root, "a1", check=True).changed == ()
    noise = {name.split("::")[1]: test.noise for name, test in read(released.path).tests.items()}
    assert noise["test_quiet"]["float32"] < 1e-7 < 1e-6 < noise["test_noisy"]["float32"]
    student = course.root / "student"
    student.mkdir()
    for path in (course.root / "assignments/a1").iterdir():
        if path.is_file():
            (student / path.name).write_bytes(path.read_bytes())
    (student / "hw.py").write_text(OFF.format(factor=1 + 4e-5))
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", str(student)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout
    assert "1 failed, 1 passed" in said
    assert "allowed: rtol 1e-05" in said


def test_a_quiet_float32_test_is_proven(tmp_path: Path) -> None:
    test, problems = margins(course_of(tmp_path, "def f(x):\n    return x.exp()\n", SINGLE))
    assert problems == []
    assert test["measured_by"] == ["float64", "ulp", "threads"]
    assert test["noise"] is not None and 0 < test["noise"] <= 1 / 4
    assert (test["dtype"], test["rtol"]) == ("float32", 1e-5)


def test_noise_over_the_ceiling_demands_a_tolerance(tmp_path: Path) -> None:
    reference = "def f(x):\n    return (x + 1000) - 1000\n"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    test, (problem,) = margins(course_of(tmp_path / "a", reference, SINGLE))
    assert test["noise"] is not None and test["noise"] > 1 / 4
    assert "give the check a wider rtol and atol" in problem
    asked = course_of(
        tmp_path / "b", reference, 'agree("f", rand(4, dtype=torch.float32), rtol=1e-3, atol=1e-3)'
    )
    assert margins(asked)[1] == []


def test_a_number_made_in_float32_is_not_good_to_nine_digits(tmp_path: Path) -> None:
    """`.item()` makes a Python float, whose default tolerance is that of float64."""
    reference = "def f(x):\n    return x.exp().mean().item()\n"
    test, (problem,) = margins(course_of(tmp_path, reference, 'agree("f", rand(9, dtype=torch.float32))'))
    assert test["dtype"] == "float64" and "rounding alone moves the result" in problem


def test_a_result_that_hangs_on_rounding_is_the_authors_error(tmp_path: Path) -> None:
    reference = "def f(x):\n    return int((x * 3 / 3 == x).sum())\n"
    test, (problem,) = margins(course_of(tmp_path, reference, 'agree("f", rand(200, dtype=torch.float32))'))
    assert not test["steady"] and test["noise"] is None
    assert "changes the shape or a whole number" in problem


def test_exact_equality_of_what_is_rounded_is_the_authors_error(tmp_path: Path) -> None:
    reference = "def f(x):\n    return x.exp() / 3\n"
    line = 'agree("f", rand(40, dtype=torch.float32), exact=True)'
    assert "(exact equality, float32)" in margins(course_of(tmp_path, reference, line))[1][0]


def test_exact_equality_of_copies_is_right(tmp_path: Path) -> None:
    reference = "def f(x):\n    return x.T.reshape(-1)\n"
    test, problems = margins(course_of(tmp_path, reference, 'agree("f", rand(4, 3), exact=True)'))
    assert problems == [] and (test["rtol"], test["atol"], test["noise"]) == (0, 0, 0)


def test_where_it_cannot_be_computed_in_doubles_the_last_bits_alone_tell(tmp_path: Path) -> None:
    reference = """
from torch.utils._python_dispatch import _get_current_dispatch_mode


def f(x):
    if _get_current_dispatch_mode() is not None:
        raise RuntimeError
    return x.exp()
"""
    test, problems = margins(course_of(tmp_path, reference, 'agree("f", rand(9, dtype=torch.float32))'))
    assert test["measured_by"] == ["ulp", "threads"] and problems == []
    assert test["noise"] is not None and test["noise"] > 0


WRONG = """
from grader import misconception


@misconception("f", "It is a little too large.")
def large(x):
    return x.exp() * (1 + {off})


@misconception("f", "It has another type.")
def listed(x):
    return x.exp().tolist()
"""


@pytest.mark.parametrize(("off", "problems"), [(4e-9, 1), (1e-3, 0)])
def test_a_misconception_that_only_just_fails_is_the_authors_error(
    tmp_path: Path, off: float, problems: int
) -> None:
    reference = "def f(x):\n    return x.exp()\n"
    course = course_of(tmp_path, reference, 'agree("f", rand(9))', misconceptions=WRONG.format(off=off))
    test, found = margins(course)
    assert len(found) == problems
    assert test["misconception"] is not None and test["misconception"]["who"] == "large"
    assert test["misconception"]["beyond"] == pytest.approx(off / 1e-9, rel=0.2)


def test_wrong_types_are_infinitely_far(tmp_path: Path) -> None:
    wrong = WRONG.split("@misconception")[0] + "@misconception" + WRONG.split("@misconception")[2]
    course = course_of(
        tmp_path, "def f(x):\n    return x.exp()\n", 'agree("f", rand(9))', misconceptions=wrong
    )
    test, problems = margins(course)
    assert problems == []
    assert test["misconception"] is not None and test["misconception"]["beyond"] is None


def test_zeros_that_only_just_fail_are_the_authors_error(tmp_path: Path) -> None:
    """What is expected is hardly larger than the tolerance."""
    course = course_of(tmp_path, "def f(x):\n    return x.exp() * 3e-10\n", 'agree("f", rand(9))')
    test, found = margins(course)
    assert any("the trivial answer zeros only just fails" in problem for problem in found)
    assert test["trivial"] is not None and test["trivial"]["who"] == "zeros"


def test_the_first_undecided_comparison_that_fails_ends_the_test(tmp_path: Path) -> None:
    """Also where a later check fails for good: the message is of the first."""
    course = course_of(
        tmp_path,
        "def f(x):\n    return x * 1\n",
        'agree("f", rand(4, dtype=torch.float32))\n    assert False, "later"',
    )
    with course.judge() as judge:
        (near,) = judge.grade("def f(x):\n    return x * (1 + 5e-5)\n").tests
        (right,) = judge.grade("def f(x):\n    return x\n").tests
    assert near.outcome is Outcome.FAILED and near.message.startswith("wrong values")
    assert right.message.startswith("later")
