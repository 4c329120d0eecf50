"""Verdicts about time, by a real judge and confined workers; and what authors get wrong about them.

One submission holds a function for each case, and one judge has a test for each: judges take seconds to open.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from grader.judge.opening import OpenJudge, open_judge
from grader.model.errors import AuthoringError
from grader.model.orders import Order
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result, TestResult
from grader.sandbox.probes import probe
from grader.subjects.base import Answer, Borrowed, Call, Subject, Timed, TimedAnswer
from tests.judge.course import Course, by_test

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only"),
]

TEST = '''
@pytest.mark.task("total")
@pytest.mark.points(1)
@pytest.mark.timing
def test_{name}(faster, rand):
    """As fast as ours."""
    faster("{name}", lambda: (rand(300, 4),), {how})
'''
LOOP = """
    found = x[0]
    for row in x[1:]:
        found = found + row
    return found
"""
HOW = {
    "fast": "by=5",
    "slow": "by=5",
    "beside_own_loop": 'than="looped", by=0.2',
    "a_fifth": 'than="looped", by=0.2',
    "forgetful": "by=5",
    "raising": "by=5",
    "hanging": "by=5",
    "drowsy": "by=5",
}
SUBMISSION = f"""
import time

def fast(x):
    return x.sum(0)

def slow(x):{LOOP}
def secretly_slow(x):{LOOP}
def looped(x):
    time.sleep(1)
    return x.sum(0)

def beside_own_loop(x):{LOOP}
def a_fifth(x):
    return x.sum(0)

FORGOT = []
def forgetful(x):
    FORGOT.append(x)
    return FORGOT[-1 if len(FORGOT) < 5 else 0].sum(0)

RAISED = []
def raising(x):
    RAISED.append(x)
    return x.sum(0) if len(RAISED) < 3 else x[1000]

def drowsy(x):
    time.sleep(0.1)
    return x.sum(0)

HUNG = []
def hanging(x):
    HUNG.append(x)
    while len(HUNG) == 3:
        pass
    return x.sum(0)

def sleepy(x):
    time.sleep(0.01)
    return x.sum(0)
"""
SAMPLES = '''
@pytest.mark.task("total")
@pytest.mark.points(1)
@pytest.mark.timing
def test_sleepy(student, reference, rand):
    """Samples."""
    slow = student.time("sleepy", lambda: (rand(2, 2),), samples=3)
    fast = reference.time("sleepy", lambda: (rand(2, 2),), samples=3)
    assert len(slow) == len(fast) == 3
    assert min(one.wall_s for one in slow) > 0.003 > max(one.cpu_s for one in slow), slow
    assert 0 < min(one.cpu_s for one in fast) < 0.003, fast
'''


def reference(names: Iterable[str]) -> str:
    """A sum for each of the names, and one by a loop."""
    sums = "".join(f"\ndef {name}(x):\n    return x.sum(dim=0)\n" for name in names)
    looped = (
        "    found = torch.zeros(x.size(1), dtype=x.dtype)\n    for row in x:\n        found = found + row\n"
    )
    return f"import torch\n{sums}\ndef looped(x):\n{looped}    return found\n"


def course_at(root: Path, points: int, names: Iterable[str], budget_s: float = 30, **texts: str) -> Course:
    made = Course.make(root, tasks={"total": points}, reference=reference(names), **texts)
    with (root / "autograder.yml").open("a") as file:
        file.write(f"timing: {{budget_s: {budget_s}}}\n")
    return made


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Every case, in a worker that starts anew after the one that hangs."""
    public = "".join(TEST.format(name=name, how=how) for name, how in HOW.items()) + SAMPLES
    course = course_at(
        tmp_path_factory.mktemp("verdicts"),
        len(HOW) + 2,
        [*HOW, "secretly_slow", "sleepy"],
        public=public,
        hidden=TEST.format(name="secretly_slow", how="by=5"),
    )
    with course.judge() as judge:
        return judge.grade(SUBMISSION)


@pytest.fixture(scope="module")
def verdicts(result: Result) -> dict[str, TestResult]:
    return by_test(result)


def test_fast_code_passes(result: Result, verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_fast"]
    assert (found.outcome, found.points) == (Outcome.PASSED, 1)
    assert found.time_ratio is not None
    assert (result.status, result.score) == (Status.GRADED, 3)


def test_a_loop_is_told_how_much_slower_it_is(verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_slow"]
    assert found.outcome is Outcome.FAILED
    first, second = found.message.splitlines()
    assert first.startswith("takes ")
    assert first.endswith(" times as long as the reference; at most 5 times is allowed")
    assert "pairs of runs, at a confidence of 99.9 %" in second
    assert found.time_ratio is not None and f"takes {found.time_ratio:.3g} times" in first


def test_a_hidden_test_tells_no_figures(verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_secretly_slow"]
    assert (found.outcome, found.message) == (Outcome.FAILED, "a hidden test fails")


def test_another_target_runs_in_the_reference(verdicts: dict[str, TestResult]) -> None:
    """A student who has a slow `looped` of their own gains nothing by it."""
    found = verdicts["test_beside_own_loop"]
    assert found.outcome is Outcome.FAILED
    assert "as long as `looped`; at most 0.2 times is allowed" in found.message


def test_a_fifth_of_another_target_passes(verdicts: dict[str, TestResult]) -> None:
    assert verdicts["test_a_fifth"].outcome is Outcome.PASSED


def test_too_little_time_for_a_verdict_leaves_it_pending(tmp_path: Path) -> None:
    """As fast as the reference, where that is the limit: no number of pairs shows on which side."""
    course = course_at(tmp_path, 1, ["fast"], budget_s=0.001, public=TEST.format(name="fast", how="by=1"))
    with course.judge() as judge:
        result = judge.grade("def fast(x):\n    return x.sum(dim=0)\n")
    (found,) = result.tests
    assert (found.outcome, result.status, result.pending_points) == (Outcome.PENDING, Status.PENDING, 1)
    assert "too noisy" in found.message


class NoisyAtFirst(Borrowed):
    """The first race of a subject, as on a machine that has no quiet moment."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._races = 0
        self._frames = 0

    def answer(self, call: Call) -> Answer:
        """Once before each race, to see whether the value is right."""
        self._races += 1
        return super().answer(call)

    def time(self, call: Call) -> TimedAnswer:
        """A thousand times too long or too short, in turn."""
        timed = super().time(call)
        self._frames += 1
        if self._races > 1 or not isinstance(timed, Timed):
            return timed
        factor = 1000 if self._frames % 2 else 1 / 1000
        return replace(timed, wall_s=timed.wall_s * factor, cpu_s=None)


def test_of_the_courses_own_code_what_was_too_noisy_is_taken_again(tmp_path: Path) -> None:
    course = course_at(tmp_path, 1, ["fast"], budget_s=0.5, public=TEST.format(name="fast", how="by=5"))
    found: list[Outcome] = []

    def work(judge: OpenJudge) -> None:
        for sit in (judge.solution.sit, judge.solution.sit_patiently):
            with closing(judge.solution.subject()) as subject:
                (taken,) = sit(judge.session, NoisyAtFirst(subject), judge.session.specs)
            found.append(taken.conclusion.outcome)

    open_judge(Order(root=str(course.root), assignment="a1", run="r", seed=1), work)
    assert found == [Outcome.PENDING, Outcome.PASSED]


def test_a_wrong_answer_to_a_later_input_fails(verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_forgetful"]
    assert found.outcome is Outcome.FAILED
    assert found.message.startswith("while it was timed: wrong values")


def test_far_too_slow_is_too_slow_and_not_over_the_limit_of_one_call(verdicts: dict[str, TestResult]) -> None:
    """A frame has as many inputs as the reference is quick; a tenth of a second each would take a dozen."""
    found = verdicts["test_drowsy"]
    assert (found.outcome, found.message.startswith("takes")) == (Outcome.FAILED, True), found.message


def test_an_exception_in_a_timed_run_is_the_students(verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_raising"]
    assert (found.outcome, "IndexError" in found.message) == (Outcome.ERROR, True)


def test_a_hanging_call_ends_by_the_limit_of_a_call(verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_hanging"]
    said, where = found.message.splitlines()
    assert (found.outcome, said) == (Outcome.TIMEOUT, "hanging took longer than the limit of 2 s")
    assert ", in hanging: " in where


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
        faster("fast", lambda: (rand(300, 4),), by=50)
    assert False, rand(1).item()
'''
    with course_at(tmp_path, 1, ["fast"], public=tests).judge() as judge:
        first, again = ({test.message for test in judge.grade(SUBMISSION).tests} for _ in range(2))
    assert len(first) == 3  # each case has an id, and with it numbers, of its own
    assert again == first


def test_samples_of_time_are_seconds_of_wall_and_cpu(verdicts: dict[str, TestResult]) -> None:
    found = verdicts["test_sleepy"]
    assert (found.outcome, found.message) == (Outcome.PASSED, "")


TIMED = TEST.format(name="fast", how="by=5")
DRAWN = "lambda: (rand(300, 4),)"
MISTAKES = {
    "no_ratio": (TEST.format(name="fast", how="by=0"), "needs a ratio of times"),
    "true": (TEST.format(name="fast", how="by=True"), "needs a ratio of times"),
    "slower": (TEST.format(name="fast", how='than="looped", by=5'), "by=0.2 for five times faster"),
    "within": (TEST.format(name="fast", how="than=lambda m, x: x, by=0.5"), "top level"),
    "drawn_before": (TIMED.replace(DRAWN, "(rand(3, 3),)"), "must be a function that draws"),
    "no_tuple": (TIMED.replace(DRAWN, "lambda: rand(3, 3)"), "must return a tuple"),
    "the_same": (TIMED.replace(DRAWN, "lambda: (torch.ones(3, 3),)"), "draws the same arguments every time"),
    "no_data": (TIMED.replace(DRAWN, "lambda: (object(),)"), "not plain data"),
    "set_up": (TIMED.replace('"fast"', "steps"), "set-up"),
    "unmarked": (TIMED.replace("@pytest.mark.timing\n", ""), "@pytest.mark.timing"),
}
STEPS = "def steps(submission, x):\n    yield\n    return submission.fast(x)\n"


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TestResult]:
    texts = [text.replace("test_fast", f"test_{name}") for name, (text, _) in MISTAKES.items()]
    course = course_at(
        tmp_path_factory.mktemp("mistakes"), len(texts), ["fast"], public=STEPS + "".join(texts)
    )
    with course.judge() as judge:
        return by_test(judge.grade(SUBMISSION))


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, (_, said) in MISTAKES.items()])
def test_a_wrong_use_is_the_authors_fault(mistakes: dict[str, TestResult], name: str, said: str) -> None:
    found = mistakes[f"test_{name}"]
    assert found.outcome is Outcome.FAULT
    assert said in found.message
    assert f"public/test_hw.py::test_{name}" in found.message


def test_markers_that_do_not_go_together_are_told_at_collection(tmp_path: Path) -> None:
    markers = {
        "@pytest.mark.timing\n@pytest.mark.limits(processes=2)": "cannot have limits(processes=...)",
        "@pytest.mark.timing(5)": "timing takes no arguments",
    }
    texts = [
        TIMED.replace("@pytest.mark.timing", marker).replace("test_fast", f"test_{number}")
        for number, marker in enumerate(markers)
    ]
    with (
        pytest.raises(AuthoringError) as caught,
        course_at(tmp_path, 2, ["fast"], public="".join(texts)).judge(),
    ):
        pass
    assert [said for said in markers.values() if said not in str(caught.value)] == []
