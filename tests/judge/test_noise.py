"""Tolerances that follow from measured noise: judged, on the tape, and in the author's proof."""

from __future__ import annotations

import json
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
from tests.warm import LENT, run

pytestmark = [
    pytest.mark.usefixtures("one_fork_server"),
    pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only"),
]

DOCS = Path(__file__).parents[2] / "docs"
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

SINGLE = "rand(9, dtype=torch.float32)"
FUNCTIONS = {  # what the test asks for, and what the reference gives
    "quiet": (f"{SINGLE}", "x.exp()"),
    "noisy": (f"{SINGLE}", "(x + 1000) - 1000"),
    "wider": (f"{SINGLE}, rtol=1e-3, atol=1e-3", "(x + 1000) - 1000"),
    "number": (f"{SINGLE}", "x.exp().mean().item()"),
    "hanging": ("rand(200, dtype=torch.float32)", "int((x * 3 / 3 == x).sum())"),
    "rounded": ("rand(40, dtype=torch.float32), exact=True", "x.exp() / 3"),
    "copied": ("rand(4, 3), exact=True", "x.T.reshape(-1)"),
    "unobserved": (f"{SINGLE}", "x.exp() if _mode() is None else 1 / 0"),
    "near": ("rand(9)", "x.exp()"),
    "far": ("rand(9)", "x.exp()"),
    "tiny": ("rand(9)", "3e-10 * x.cos().abs()"),
    "typed": ("rand(9)", "x.exp()"),
}
TEST = """
@pytest.mark.task("{name}")
@pytest.mark.points(1)
def test_{name}(agree, rand):
    agree("{name}", {line})
"""
IMPORT = "from torch.utils._python_dispatch import _get_current_dispatch_mode as _mode\n\n\n"
WRONG = """
from grader import misconception


@misconception("near", "It is a little too large.")
def a_little_off(x):
    return x.exp() * (1 + 4e-9)


@misconception("far", "It is too large.")
def off(x):
    return x.exp() * 1.001


@misconception("typed", "It has another type.")
def listed(x):
    return x.exp().tolist()
"""


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
    command = ["-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", str(student)]
    said = run(command, cwd=course.root, timeout=120).stdout
    assert "1 failed, 1 passed" in said
    assert "+ 1e-05 * |expected|" in said


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One course of right and of badly chosen tolerances, as `grader verify --json` sees it."""
    root = tmp_path_factory.mktemp("margins")
    course = Course.make(
        root,
        tasks=dict.fromkeys(FUNCTIONS, 1),
        public="".join(TEST.format(name=name, line=line) for name, (line, _) in FUNCTIONS.items()),
        reference=IMPORT
        + "".join(f"def {name}(x):\n    return {code}\n" for name, (_, code) in FUNCTIONS.items()),
        misconceptions=WRONG,
    )
    starter = "".join(f"def {name}(x):\n    raise NotImplementedError\n" for name in FUNCTIONS)
    (course.root / "assignments/a1/hw.py").write_text(starter)
    done = run(["-m", "grader", "verify", "a1", "--json"], cwd=root, prepare=LENT)
    (proof,) = json.loads(done.stdout)
    return proof


def of(proof: Any, name: str) -> tuple[Any, list[str]]:
    """A function's test, and what is wrong with its tolerance."""
    (test,) = [test for test in proof["tests"] if test["test"].endswith(f"::test_{name}")]
    ours = ("rounding alone", "just fails")
    problems = [one for one in proof["problems"] if f"::test_{name}:" in one]
    return test, [one for one in problems if any(words in one for words in ours)]


def test_a_proof_is_valid_under_the_published_schema(proof: Any) -> None:
    jsonschema.validate(proof, json.loads((DOCS / "proof.schema.json").read_text()))


def test_a_quiet_float32_test_is_proven(proof: Any) -> None:
    test, problems = of(proof, "quiet")
    assert problems == []
    assert test["measured_by"] == ["float64", "ulp", "threads"]
    assert 0 < test["noise"] <= 1 / 4
    assert (test["dtype"], test["rtol"], test["draws"]) == ("float32", 1e-5, 8)


def test_noise_over_the_ceiling_demands_a_tolerance(proof: Any) -> None:
    test, problems = of(proof, "noisy")
    assert test["noise"] > 1 / 4
    assert any("give the check a wider rtol and atol" in problem for problem in problems), problems
    assert of(proof, "wider")[1] == []


def test_a_number_made_in_float32_is_not_good_to_nine_digits(proof: Any) -> None:
    """`.item()` makes a Python float, whose default tolerance is that of float64."""
    test, (problem,) = of(proof, "number")
    assert test["dtype"] == "float64" and "rounding alone moves the result" in problem


def test_a_result_that_hangs_on_rounding_is_the_authors_error(proof: Any) -> None:
    test, problems = of(proof, "hanging")
    assert (test["steady"], test["noise"]) == (False, None)
    assert "changes the shape or a whole number" in problems[0]


def test_exact_equality_is_right_for_copies_and_wrong_for_what_is_rounded(proof: Any) -> None:
    assert "(exact equality, float32)" in of(proof, "rounded")[1][0]
    test, problems = of(proof, "copied")
    assert problems == [] and (test["rtol"], test["atol"], test["noise"]) == (0, 0, 0)


def test_where_it_cannot_be_computed_in_doubles_the_last_bits_alone_tell(proof: Any) -> None:
    test, problems = of(proof, "unobserved")
    assert test["measured_by"] == ["ulp", "threads"] and problems == []
    assert test["noise"] > 0


def test_a_wrong_answer_must_lie_ten_tolerances_away(proof: Any) -> None:
    """Nearer ones are named: a misconception, or zeros where hardly more than the tolerance is expected."""
    near, (problem,) = of(proof, "near")
    assert near["misconception"]["who"] == "a_little_off"
    assert 1 < near["misconception"]["beyond"] < 10
    assert "the misconception a_little_off only just fails" in problem
    far, problems = of(proof, "far")
    assert problems == [] and far["misconception"]["beyond"] > 1e5
    _, problems = of(proof, "tiny")
    assert any("the trivial answer zeros only just fails" in problem for problem in problems)


def test_a_wrong_type_is_infinitely_far(proof: Any) -> None:
    test, problems = of(proof, "typed")
    assert problems == [] and test["misconception"] == {"who": "listed", "beyond": None}


def test_the_first_undecided_comparison_that_fails_ends_the_test(tmp_path: Path) -> None:
    """Also where a later check fails for good: the message is of the first."""
    course = Course.make(
        tmp_path,
        tasks={"f": 1},
        public=TEST.format(name="f", line=f'{SINGLE})\n    pytest.fail("later"'),
        reference="def f(x):\n    return x * 1\n",
    )
    with course.judge() as judge:
        (near,) = judge.grade("def f(x):\n    return x * (1 + 5e-5)\n").tests
        (right,) = judge.grade("def f(x):\n    return x\n").tests
    assert near.outcome is Outcome.FAILED and near.message.startswith("wrong values")
    assert right.message.startswith("later")
