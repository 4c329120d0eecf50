"""Verdicts about time, by a real judge and confined workers; and what authors get wrong about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.model.errors import AuthoringError
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result, TestResult
from grader.sandbox.probes import probe
from tests.judge.course import Course, by_test

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only"),
]

REFERENCE = """
import torch

def total(x):
    return x.sum(dim=0)

def looped(x):
    found = torch.zeros(x.size(1), dtype=x.dtype)
    for row in x:
        found = found + row
    return found

def other(x):
    return x + 1
"""
LOOPED = """
def total(x):
    found = x[0]
    for row in x[1:]:
        found = found + row
    return found
"""
TESTS = '''
@pytest.mark.task("total")
@pytest.mark.points(1)
@pytest.mark.timing
def test_time(faster, rand):
    """As fast as ours."""
    faster("total", lambda: (rand(300, 4),), {how})
'''
PUBLIC = TESTS.format(how="by=5")


def graded(tmp_path: Path, submission: str, budget_s: float = 30, **course: str) -> Result:
    made = Course.make(tmp_path, tasks={"total": 1}, reference=REFERENCE, **course)
    with (tmp_path / "autograder.yml").open("a") as file:
        file.write(f"timing: {{budget_s: {budget_s}}}\n")
    with made.judge() as judge:
        return judge.grade(submission)


def the_test(result: Result) -> TestResult:
    (found,) = by_test(result).values()
    return found


def test_fast_code_passes(tmp_path: Path) -> None:
    result = graded(tmp_path, "def total(x):\n    return x.sum(0)\n", public=PUBLIC)
    assert (result.status, result.score) == (Status.GRADED, 1)
    assert the_test(result).time_ratio is not None


def test_a_loop_is_told_how_much_slower_it_is(tmp_path: Path) -> None:
    found = the_test(graded(tmp_path, LOOPED, public=PUBLIC))
    assert found.outcome is Outcome.FAILED
    first, second = found.message.splitlines()
    assert first.startswith("takes ")
    assert first.endswith(" times as long as the reference; at most 5 times is allowed")
    assert "pairs of runs, at a confidence of 99.9 %" in second
    assert found.time_ratio is not None and f"takes {found.time_ratio:.3g} times" in first


def test_a_hidden_test_tells_no_figures(tmp_path: Path) -> None:
    found = the_test(graded(tmp_path, LOOPED, hidden=PUBLIC))
    assert (found.outcome, found.message) == (Outcome.FAILED, "a hidden test fails")


def test_another_target_runs_in_the_reference(tmp_path: Path) -> None:
    """A student who has a slow `looped` of their own gains nothing by it."""
    slow = LOOPED + "\nimport time\ndef looped(x):\n    time.sleep(1)\n    return total(x)\n"
    found = the_test(graded(tmp_path, slow, public=TESTS.format(how='than="looped", by=0.2')))
    assert found.outcome is Outcome.FAILED
    assert "as long as `looped`; at most 0.2 times is allowed" in found.message


def test_a_fifth_of_another_target_passes(tmp_path: Path) -> None:
    fast = "def total(x):\n    return x.sum(0)\n"
    found = the_test(graded(tmp_path, fast, public=TESTS.format(how='than="looped", by=0.2')))
    assert found.outcome is Outcome.PASSED


def test_too_little_time_for_a_verdict_leaves_it_pending(tmp_path: Path) -> None:
    """As fast as the reference, where that is the limit: no number of pairs shows on which side."""
    fast = "def total(x):\n    return x.sum(dim=0)\n"
    result = graded(tmp_path, fast, budget_s=0.001, public=TESTS.format(how="by=1"))
    found = the_test(result)
    assert (found.outcome, result.status, result.pending_points) == (Outcome.PENDING, Status.PENDING, 1)
    assert "too noisy" in found.message


def test_a_wrong_answer_to_a_later_input_fails(tmp_path: Path) -> None:
    forgetful = """
CALLS = []
def total(x):
    CALLS.append(x)
    return CALLS[-1 if len(CALLS) < 5 else 0].sum(0)
"""
    found = the_test(graded(tmp_path, forgetful, public=PUBLIC))
    assert found.outcome is Outcome.FAILED
    assert found.message.startswith("while it was timed: wrong values")


def test_an_exception_in_a_timed_run_is_the_students(tmp_path: Path) -> None:
    raising = """
CALLS = []
def total(x):
    CALLS.append(x)
    return x.sum(0) if len(CALLS) < 3 else x[1000]
"""
    found = the_test(graded(tmp_path, raising, public=PUBLIC))
    assert (found.outcome, "IndexError" in found.message) == (Outcome.ERROR, True)


def test_a_hanging_call_ends_by_the_limit_of_a_call(tmp_path: Path) -> None:
    hanging = """
CALLS = []
def total(x):
    CALLS.append(x)
    while len(CALLS) == 3:
        pass
    return x.sum(0)
"""
    found = the_test(graded(tmp_path, hanging, public=PUBLIC))
    assert (found.outcome, found.message) == (Outcome.TIMEOUT, "total took longer than the limit of 2 s")


def test_inputs_for_timing_leave_the_other_inputs_of_a_test_alone(tmp_path: Path) -> None:
    """However many pairs it takes, what is drawn afterwards is the same, or no seed could be replayed."""
    tests = '''
@pytest.mark.task("total")
@pytest.mark.points(1)
@pytest.mark.timing
@pytest.mark.parametrize("times", [0, 1, 2])
def test_time(faster, student, rand, times):
    """Draws after timing."""
    for _ in range(times):
        faster("total", lambda: (rand(300, 4),), by=50)
    assert False, rand(1).item()
'''
    result = graded(tmp_path, "def total(x):\n    return x.sum(0)\n", public=tests)
    drawn = {seen.message for seen in result.tests}
    assert len(drawn) == 3  # each case has an id, and with it numbers, of its own
    again = graded(tmp_path / "again", "def total(x):\n    return x.sum(0)\n", public=tests)
    assert {seen.message for seen in again.tests} == drawn


def test_samples_of_time_are_seconds_of_wall_and_cpu(tmp_path: Path) -> None:
    tests = '''
@pytest.mark.task("total")
@pytest.mark.points(1)
@pytest.mark.timing
def test_time(student, reference, rand):
    """Samples."""
    slow = student.time("total", lambda: (rand(2, 2),), samples=3)
    fast = reference.time("total", lambda: (rand(2, 2),), samples=3)
    assert len(slow) == len(fast) == 3
    assert min(one.wall_s for one in slow) > 0.003 > max(one.cpu_s for one in slow), slow
    assert 0 < min(one.cpu_s for one in fast) < 0.003, fast
'''
    sleepy = "import time\ndef total(x):\n    time.sleep(0.01)\n    return x.sum(0)\n"
    found = the_test(graded(tmp_path, sleepy, public=tests))
    assert (found.outcome, found.message) == (Outcome.PASSED, "")


MISTAKES = {
    "by=0": "needs a ratio of times",
    "by=True": "needs a ratio of times",
    'than="looped", by=5': "by=0.2 for five times faster",
    "than=lambda m, x: x, by=0.5": "top level",
}


@pytest.mark.parametrize(("how", "said"), MISTAKES.items())
def test_a_wrong_ratio_is_the_authors_fault(tmp_path: Path, how: str, said: str) -> None:
    found = the_test(graded(tmp_path, LOOPED, public=TESTS.format(how=how)))
    assert found.outcome is Outcome.FAULT
    assert said in found.message
    assert "public/test_hw.py::test_time" in found.message


INPUTS = {
    "(rand(3, 3),)": "must be a function that draws",
    "lambda: rand(3, 3)": "must return a tuple",
    "lambda: (torch.ones(3, 3),)": "draws the same arguments every time",
    "lambda: (object(),)": "not plain data",
}


@pytest.mark.parametrize(("inputs", "said"), INPUTS.items())
def test_wrong_inputs_are_the_authors_fault(tmp_path: Path, inputs: str, said: str) -> None:
    tests = PUBLIC.replace("lambda: (rand(300, 4),)", inputs)
    found = the_test(graded(tmp_path, "def total(x):\n    return x.sum(0)\n", public=tests))
    assert found.outcome is Outcome.FAULT
    assert said in found.message


def test_a_probe_with_a_set_up_is_not_timed(tmp_path: Path) -> None:
    tests = "def steps(submission, x):\n    yield\n    return submission.total(x)\n" + PUBLIC
    found = the_test(graded(tmp_path, LOOPED, public=tests.replace('faster("total"', "faster(steps")))
    assert (found.outcome, "set-up" in found.message) == (Outcome.FAULT, True)


def test_a_test_that_measures_time_says_so(tmp_path: Path) -> None:
    found = the_test(graded(tmp_path, LOOPED, public=PUBLIC.replace("@pytest.mark.timing\n", "")))
    assert found.outcome is Outcome.FAULT
    assert "test_time" in found.message
    assert "@pytest.mark.timing" in found.message


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("@pytest.mark.timing\n@pytest.mark.limits(processes=2)", "cannot have limits(processes=...)"),
        ("@pytest.mark.timing(5)", "timing takes no arguments"),
    ],
)
def test_markers_that_do_not_go_together_are_told_at_collection(
    tmp_path: Path, marker: str, said: str
) -> None:
    with pytest.raises(AuthoringError) as caught:
        graded(tmp_path, LOOPED, public=PUBLIC.replace("@pytest.mark.timing", marker))
    assert said in str(caught.value)
