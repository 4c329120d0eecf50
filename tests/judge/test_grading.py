"""One judge, many submissions: outcomes, names of misconceptions, and nothing that crosses over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.judge.reading import read
from grader.judge.verdicts import Verdict
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
from tests.judge.course import Course, Judge, by_test

PUBLIC = '''
from probes import twice

pytestmark = pytest.mark.task("f")


@pytest.fixture(scope="module")
def once(student):
    return student.call("who")


@pytest.fixture(scope="session", params=[1, 2])
def wide(student, request):
    return request.param, student.call("who")


@pytest.mark.points(1)
def test_agree(agree, rand):
    """Random numbers."""
    agree("f", rand(3), repeat=True)


@pytest.mark.points(1)
@pytest.mark.hint("Count again.")
def test_assert(student):
    assert student.call("f", 3) == 6


@pytest.mark.points(1)
def test_use(student):
    value = student.call("text")
    assert value.upper() == "A"


@pytest.mark.points(1)
def test_module_fixture(once, student):
    assert once == student.call("who")
    assert once == "right"


@pytest.mark.points(2)
def test_session_fixture(wide, student):
    assert wide[1] == student.call("who") == "right"


@pytest.mark.points(1)
def test_probe(agree):
    agree(twice, 4)


@pytest.mark.points(1)
def test_raises(agree):
    agree("f", None)


@pytest.mark.points(1)
def test_message(student):
    got = student.call("text")
    assert got == "a", f"got {got}"


@pytest.mark.points(1)
def test_unchanged(agree, rand):
    agree("named", x=rand(2))
'''
HIDDEN = '''
pytestmark = pytest.mark.task("f")


@pytest.mark.points(1)
@pytest.mark.hint("Think of large numbers.")
def test_secret(agree):
    """Large numbers."""
    agree("f", 271828)


@pytest.mark.points(1)
def test_secret_assert(student):
    """More of them."""
    assert student.call("f", 271828) == 2 * 271828
'''
REFERENCE = """
def f(x):
    if x is None:
        raise TypeError("no number")
    return x * 2

def text():
    return "a"

def who():
    return "right"

def named(x):
    return x + 1
"""
MISCONCEPTIONS = """
from grader import misconception

@misconception("f", "It squares.")
def squares(x):
    return x ** 2

@misconception("f", "It adds three.")
def adds(x):
    return x + 3

@misconception("f", "It never ends.")
def endless(x):
    while True:
        pass
"""
PROBES = "def twice(submission, n):\n    return submission.f(submission.f(n))\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return Course.make(
        tmp_path_factory.mktemp("course"),
        tasks={"f": 12},
        public=PUBLIC,
        hidden=HIDDEN,
        reference=REFERENCE,
        misconceptions=MISCONCEPTIONS,
        probes=PROBES,
        limits="{call_s: 0.6, import_s: 5, memory_mb: 400, submission_s: 60}",
    )


@pytest.fixture(scope="module")
def judge(course: Course) -> Iterator[Judge]:
    with course.judge() as found:
        yield found


def wrong(**bodies: str) -> str:
    """The reference with some functions replaced."""
    return REFERENCE + "".join(f"\ndef {name}(x=0):\n    {body}\n" for name, body in bodies.items())


def told(result: Result) -> str:
    """All that a student may see of a result."""
    return result.message + repr([(t.message, t.hint, t.misconception, t.title) for t in result.tests])


def test_the_reference_gets_all_points(judge: Judge) -> None:
    result = judge.grade(REFERENCE)
    assert (result.status, result.score, result.max_score) == (Status.GRADED, 12, 12), told(result)
    assert {test.outcome for test in result.tests} == {Outcome.PASSED}
    assert {test.seed for test in result.tests} == {7}
    assert result.environment.torch
    assert result.environment.python
    assert result.isolation == judge.ready.isolation
    assert [test.visibility for test in result.tests] == ["public"] * 10 + ["hidden"] * 2


def test_a_wrong_value_is_a_failure_with_its_misconception(judge: Judge) -> None:
    tests = by_test(judge.grade(wrong(f="return x * x")))
    assert tests["test_agree"].outcome is Outcome.FAILED
    assert tests["test_agree"].message.startswith("wrong values")
    assert tests["test_agree"].misconception == "It squares."
    assert tests["test_secret"].message == "a hidden test fails"
    assert tests["test_secret"].hint == "Think of large numbers."
    assert tests["test_secret"].misconception == "It squares."


def test_equal_evidence_of_two_gives_both_sentences(judge: Judge) -> None:
    found = by_test(judge.grade(wrong(f="return 9 if x == 3 else x")))["test_assert"]
    assert found.outcome is Outcome.FAILED
    assert found.message.startswith("assert 9 == 6")
    assert found.hint == "Count again."
    assert found.misconception == "It squares."
    three = by_test(judge.grade(wrong(f="return 6 if x == 3 else x + 3")))
    assert three["test_assert"].outcome is Outcome.PASSED
    assert three["test_assert"].hint is None
    assert three["test_secret"].misconception == "It adds three."


def test_a_failure_of_ones_own_has_no_misconception(judge: Judge) -> None:
    found = by_test(judge.grade(wrong(f="return x * 2.5")))
    assert found["test_agree"].outcome is Outcome.FAILED
    assert found["test_agree"].misconception is None


def test_an_endless_loop_is_named_too(judge: Judge) -> None:
    found = by_test(judge.grade(wrong(f="while True: pass")))
    assert found["test_agree"].outcome is Outcome.TIMEOUT
    assert found["test_agree"].misconception == "It never ends."
    assert "in f: while True: pass" in found["test_agree"].message
    assert found["test_secret"].message == "f took longer than the limit of 0.6 s"
    assert found["test_use"].outcome is Outcome.PASSED


def test_a_file_that_never_ends_is_not_taken_for_a_function_that_does_not(judge: Judge) -> None:
    tests = judge.grade(wrong(f="return x * 2") + "while True: pass\n").tests
    assert {(test.outcome, test.misconception) for test in tests} == {(Outcome.TIMEOUT, None)}


def test_a_result_that_the_test_cannot_use_is_the_students_failure(judge: Judge) -> None:
    result = judge.grade(wrong(text="return 5"))
    found = by_test(result)["test_use"]
    assert result.status is Status.GRADED
    assert found.outcome is Outcome.FAILED
    assert found.message.startswith("the test could not use what your function returned: AttributeError")


def test_an_exception_is_an_error_with_the_students_line(judge: Judge) -> None:
    found = by_test(judge.grade(wrong(f="return x.nothing")))
    assert found["test_agree"].outcome is Outcome.ERROR
    assert "AttributeError" in found["test_agree"].message
    assert "return x.nothing" in found["test_agree"].message
    assert found["test_raises"].message == "raises AttributeError instead of TypeError"
    assert found["test_secret"].message == "your code raises an exception in a hidden test"


def test_an_input_passed_by_name_must_stay_as_it_is(judge: Judge) -> None:
    found = by_test(judge.grade(wrong(named="x += 1; return x")))["test_unchanged"]
    assert found.message == "the call changes its input `x` in place"


def test_verdicts_of_two_students_never_cross_over(judge: Judge) -> None:
    good, bad = REFERENCE, wrong(who="return 'wrong'")
    results = [judge.grade(text) for text in (bad, good, good, bad, good, bad)]
    assert [result.score for result in results] == [9, 12, 12, 9, 12, 9]


def bare(result: Result) -> Result:
    tests = tuple(replace(test, seconds=0.0, cpu_seconds=None) for test in result.tests)
    return replace(result, seconds=0.0, tests=tests)


def test_a_seed_gives_the_same_result_again_and_another_seed_other_inputs(
    judge: Judge, course: Course
) -> None:
    text = wrong(f="return x * 2 if isinstance(x, int) else x + 1000")
    assert bare(judge.grade(text)) == bare(judge.grade(text))
    with course.judge(seed=7) as again:
        assert bare(again.grade(text)) == bare(judge.grade(text))
    with course.judge(seed=8) as other:
        one, two = by_test(judge.grade(text))["test_agree"], by_test(other.grade(text))["test_agree"]
        assert one.message != two.message
        assert one.seed != two.seed


SECRETS = ("271828", "543656", "SECRET")
LEAKS = {
    "printed": "print('SECRET', x); return 1",
    "raised": "raise ValueError(f'SECRET {x}')",
    "returned": "return f'SECRET {x}'",
    "missing": "from grader.worker.calls import NameMissing; raise NameMissing(f'SECRET {x}')",
    "name": "globals()[f'SECRET{x}'] = len; return hidden_name",
    "not plain": "return type(f'SECRET{x}', (), {})()",
    "exit code": "__import__('os')._exit(x % 100)",
    "syntax": "exec(f'SECRET {x}')",
    "attribute": "return f.SECRET",
    "oom": "raise MemoryError(f'SECRET {x}')",
}


@pytest.mark.parametrize("body", LEAKS.values(), ids=LEAKS)
def test_hidden_inputs_are_in_nothing_that_a_student_sees(judge: Judge, body: str) -> None:
    result = judge.grade(wrong(f=f"if x != 271827 + 1: return x * 2\n    {body}"))
    hidden = [test for test in result.tests if test.visibility == "hidden"]
    assert all(test.outcome is not Outcome.PASSED for test in hidden)
    assert not [secret for secret in SECRETS if secret in told(result)]
    assert "28" not in "".join(test.message for test in hidden)


def test_hidden_inputs_kept_by_a_worker_never_come_back_in_public(judge: Judge) -> None:
    text = wrong(
        f="kept = globals().setdefault('kept', []); kept.append(x); open('kept', 'a').write(repr(x))\n"
        "    return x * 2",
        text="import os\n    disk = open('kept').read() if os.path.exists('kept') else ''\n"
        "    return str(globals().get('kept')) + disk",
    )
    for _ in range(2):
        assert "271828" not in told(judge.grade(text))


HOSTILE = {
    "huge int": "return 10**5000",
    "surrogate": "return '\\ud800 \\x1b[2J'",
    "long text": "return 'a\\n' * 3_000_000",
    "one long line": "return 'a' * 50_000_000",
    "large list": "return [[i] for i in range(20_000)]",
    "large dict": "return {i: i for i in range(30_000)}",
    "large set": "return set(range(30_000))",
    "deep": "v = 0\n    for _ in range(60): v = [v]\n    return v",
    "nan": "return float('nan')",
    "many dimensions": "import torch\n    return torch.zeros([2] * 24, dtype=torch.uint8)",
    "numpy's syntax": "import grader.worker.serving as s\n"
    "    s.pack = lambda v, b: ([0, [10, '2)', [], 0]], [b''])",
    "many tensors": "import torch\n    return [torch.zeros(1)] * 5_000",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_are_failures_and_never_faults(judge: Judge, body: str) -> None:
    before = time.process_time()
    result = judge.grade(wrong(f=body, text=body, who=body))
    assert result.status is Status.GRADED, result.message
    assert result.score is not None
    assert result.score <= 2
    assert time.process_time() - before < 10, "the judge's own CPU time, whatever else the machine does"
    assert len(told(result)) < 100_000
    told(result).encode()
    assert "\x1b" not in told(result)
    assert judge.grade(REFERENCE).score == 12


def test_points_cannot_be_forged(judge: Judge) -> None:
    text = (
        "import builtins, os, sys, torch\n"
        "class Yes:\n    def __eq__(self, o): return True\n    def __getattr__(self, n): return self\n"
        "torch.allclose = torch.equal = builtins.isinstance = lambda *a, **k: True\n"
        "def f(x): return Yes()\ntext = who = named = lambda x=0: Yes()\n"
        "print('11 passed'); sys.stdout.flush()\n"
    )
    result = judge.grade(text)
    assert result.status is Status.GRADED
    assert result.score == 0


BURNING = """
import time

def burn(x):
    until = time.process_time() + 0.4
    while time.process_time() < until:
        pass
    return x
"""


def test_the_reference_of_a_run_may_work_longer_than_one_submission(tmp_path: Path) -> None:
    course = Course.make(
        tmp_path,
        tasks={"burn": 4},
        limits="{call_s: 5, submission_s: 1, memory_mb: 400}",
        reference=BURNING,
        public="""
@pytest.mark.task("burn")
@pytest.mark.points(4)
@pytest.mark.parametrize("case", range(4))
def test_burn(agree, rand, case):
    agree("burn", rand(2))
""",
    )
    with course.judge() as judge:
        result = judge.grade("def burn(x):\n    return x\n")
    assert (result.status, result.score) == (Status.GRADED, 4), result.message


@pytest.mark.parametrize("library", [torch, np])
def test_a_tensor_of_millions_of_rows_is_not_taken_apart(library: Any) -> None:
    began = time.monotonic()
    with pytest.raises(Verdict, match="too long"):
        read(library.zeros(50_000_000, dtype=library.uint8), list, "agree 1")
    assert time.monotonic() - began < 2
