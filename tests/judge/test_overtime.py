"""What a test does with a student's answer is bounded, and nobody else's fault."""

from __future__ import annotations

import signal
import time

import pytest

from grader.judge.overtime import Overtime, bounded, most_seconds
from grader.model.outcomes import Outcome, Status
from tests.judge.course import Course, by_test

PUBLIC = """
pytestmark = pytest.mark.task("f")

@pytest.mark.points(1)
def test_loop(student):
    total = 0
    for step in range(student.call("f", 3)):
        total += step
    assert total == 3

@pytest.mark.points(1)
def test_list(student):
    assert len([0] * student.call("g")) == 4

@pytest.mark.points(1)
def test_agree(agree):
    agree("f", 5)
"""
HIDDEN = """
@pytest.mark.task("f")
@pytest.mark.points(1)
def test_broken(student):
    value = student.call("h")
    raise ValueError(f"SECRET {value}")
"""
REFERENCE = "def f(x):\n    return x\n\ndef g():\n    return 4\n\ndef h():\n    return 'hidden'\n"
TASKS = {"f": 4}


def test_work_on_an_answer_is_ended_and_the_next_test_goes_on(tmp_path) -> None:
    limits = "{call_s: 0.5, import_s: 5, memory_mb: 400}"
    course = Course.make(
        tmp_path, tasks=TASKS, public=PUBLIC, hidden=HIDDEN, reference=REFERENCE, limits=limits
    )
    hostile = REFERENCE.replace("return x", "return 10**15 if x == 3 else x").replace(
        "return 4", "return 2**30"
    )
    with course.judge() as judge:
        began = time.process_time()
        result = judge.grade(hostile)
        assert time.process_time() - began < 5, "the work is the judge's, not ours"
        tests = by_test(result)
        assert tests["test_loop"].outcome is Outcome.TIMEOUT
        assert tests["test_loop"].message.endswith("for more than 5 s of CPU time")
        assert tests["test_list"].outcome is Outcome.FAILED
        assert "MemoryError" in tests["test_list"].message
        assert tests["test_agree"].outcome is Outcome.PASSED
        broken = tests["test_broken"]
        assert (result.status, broken.outcome) == (Status.FAULT, Outcome.FAULT)
        assert "SECRET" not in broken.message + result.message
        assert "hidden" not in broken.message.replace("a hidden test", "")
        assert [test.outcome for test in judge.grade(REFERENCE).tests][:3] == [Outcome.PASSED] * 3


def test_the_limit_is_raised_also_where_a_handler_swallows_it_once() -> None:
    with pytest.raises(Overtime), bounded(0.05, 1):
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001 - as a careless test does
            while True:
                pass


def test_afterwards_everything_is_as_before() -> None:
    import resource

    before = signal.getsignal(signal.SIGPROF), resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(MemoryError), bounded(60, 1):
        bytearray(5 * 2**30)
    assert (signal.getsignal(signal.SIGPROF), resource.getrlimit(resource.RLIMIT_DATA)) == before
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_waiting_does_not_count() -> None:
    with bounded(0.05, 1):
        time.sleep(0.2)


def test_a_slow_comparison_has_many_times_what_a_call_has() -> None:
    assert most_seconds(5) == 50
    assert most_seconds(0.1) == 5
