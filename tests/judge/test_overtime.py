"""What a test does with a student's answer is bounded, and nobody else's fault."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field

import pytest

from grader.batch.schedule import Job, Scheduler
from grader.judge.overtime import Overtime, bounded, most_seconds
from grader.judge.process import JudgeProcess
from grader.model.orders import Order, Ready, Submission
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
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
    limits = "{call_s: 0.3, import_s: 5, memory_mb: 400}"
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
        assert tests["test_loop"].message.endswith("for more than 3 s of CPU time")
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
    assert most_seconds(0.1) == 3


@dataclass
class Seen:
    results: dict[str, Result] = field(default_factory=dict)

    def ready(self, ready: Ready) -> None:
        """Nothing is kept of it."""

    def graded(self, job: Job, result: Result) -> None:
        self.results[job.key] = result


def test_what_nothing_can_interrupt_costs_its_own_test_only(tmp_path) -> None:
    public = """
pytestmark = pytest.mark.task("f")

@pytest.mark.points(1)
def test_sum(student):
    assert sum(range(student.call("f", 3))) == 3

@pytest.mark.points(3)
def test_agree(agree):
    agree("f", 5)
"""
    reference, limits = "def f(x):\n    return x\n", "{call_s: 0.3, import_s: 5, memory_mb: 400}"
    course = Course.make(tmp_path, tasks=TASKS, public=public, reference=reference, limits=limits)
    texts = {"hostile": "def f(x):\n    return 10**15 if x == 3 else x\n", "honest": reference}
    handed_in = {name: {"hw.py": text.encode()} for name, text in texts.items()}
    jobs = [
        Job(key=name, submission=Submission(student=name, path="p", digest=name, files=files))
        for name, files in handed_in.items()
    ]
    order, seen = Order(root=str(course.root), assignment="a1", run="r", seed=7), Seen()
    Scheduler(order=order, start=JudgeProcess.start, watch=seen, workers=1).run(jobs)
    found = [(test.outcome, test.points) for test in seen.results["hostile"].tests]
    assert found == [(Outcome.TIMEOUT, 0), (Outcome.PASSED, 3)]
    assert seen.results["hostile"].status is Status.GRADED
    assert seen.results["honest"].score == 4
