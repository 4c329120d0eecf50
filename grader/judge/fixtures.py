"""What a test of an assignment can ask for: the fixtures, as one pytest plugin.

All of them find the running test's exam on the desk, so that the same collected test serves any
number of subjects.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from grader.checks.compare import compare
from grader.checks.failure import Failure
from grader.checks.tolerance import Tolerance, chosen
from grader.judge.aliases import aliases as aliases
from grader.judge.comparing import compared
from grader.judge.exam import DESK, Exam
from grader.judge.forbidden import pytest_pyfunc_call as pytest_pyfunc_call
from grader.judge.gradients import check_gradients as check_gradients
from grader.judge.graphs import graph as graph
from grader.judge.inputs import device as device
from grader.judge.inputs import pick as pick
from grader.judge.inputs import rand as rand
from grader.judge.inputs import weights as weights
from grader.judge.learning import learns as learns
from grader.judge.operations import ops_at_most as ops_at_most
from grader.judge.reading import read
from grader.judge.respondents import ReferenceSolution, Student, is_not_begun, value_of
from grader.judge.structure import same_structure as same_structure
from grader.judge.timing import faster as faster
from grader.judge.verdicts import check_failed, no_answer, student_raised
from grader.model.errors import AuthoringError
from grader.subjects.base import Answer, Raised, Returned, Target
from grader.subjects.wording import bad_reply
from grader.wire.codec import plain


@pytest.fixture(scope="session")
def student(request: pytest.FixtureRequest) -> Student:
    """The submission under test."""
    return Student(request.config.stash[DESK])


@pytest.fixture(scope="session")
def reference(request: pytest.FixtureRequest) -> ReferenceSolution:
    """The reference solution."""
    return ReferenceSolution(request.config.stash[DESK])


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Call student and reference on equal inputs, and compare what comes back."""
    desk = request.config.stash[DESK]

    def agree(
        target: Target,
        *args: Any,
        rtol: float | None = None,
        atol: float | None = None,
        exact: bool = False,
        ordered: bool = False,
        unchanged: bool = True,
        repeat: bool = False,
        read_as: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Fail unless both agree: values, or the class of the exception.

        `unchanged` also compares the inputs afterwards; `repeat` asks the student twice; `read_as` is
        applied to both results first: `list` takes a tuple for a list, `float` a 0-d tensor for a float.
        """
        exam, tolerance = desk.exam, chosen(rtol, atol, exact)
        check, number = exam.next_check("agree"), exam.pair()
        expected = exam.ask_reference(target, args, kwargs, number)
        answer = exam.ask_student(target, args, kwargs, number)
        if isinstance(expected, Raised):
            return _expect_raise(answer, expected, check)
        assert isinstance(expected, Returned)
        actual, wanted = value_of(answer, check), expected.value
        if read_as is not None:
            actual, wanted = read(actual, read_as, check), read_as(wanted)
        failure = compared(exam, check, actual, wanted, tolerance, ordered=ordered)
        if failure:
            raise check_failed(failure, check, actual, tolerance, [*args, *kwargs.values()])
        if unchanged:
            _expect_unchanged(exam, answer, expected, args, kwargs, check)
        if repeat:
            assert isinstance(answer, Returned)
            _expect_repeated(exam, target, args, kwargs, number, answer.value, check)
        return None

    return agree


def _expect_raise(answer: Answer, expected: Raised, check: str) -> None:
    if isinstance(answer, Raised):
        if is_not_begun(answer) and not is_not_begun(expected):
            raise student_raised(answer, check)
        if expected.types[0] in answer.types:
            return
        sentence = f"raises {answer.types[0]} instead of {expected.types[0]}"
        raise check_failed(Failure(sentence=sentence), check, list(answer.types))
    actual = value_of(answer, check)
    raise check_failed(
        Failure(sentence=f"returns a value where {expected.types[0]} must be raised"), check, actual
    )


def _expect_unchanged(
    exam: Exam, answer: Answer, expected: Returned, args: Any, kwargs: Any, check: str
) -> None:
    after = answer.inputs_after if isinstance(answer, Returned) else None
    wanted = expected.inputs_after
    if after is None and wanted is None:
        return
    before = plain([*args, *kwargs.values()])
    found, hoped = before if after is None else after, before if wanted is None else wanted
    if compared(exam, f"{check} inputs", found, hoped, None, what="an input after the call") is None:
        return
    if len(found) != len(hoped):
        raise no_answer(bad_reply("malformed"), check)
    for index, (one, other) in enumerate(zip(found, hoped, strict=True)):
        if compare(one, other) is not None:
            what = "leaves unchanged" if after is None else "changes"
            named = f"number {index + 1}" if index < len(args) else f"`{list(kwargs)[index - len(args)]}`"
            sentence = f"the call {what} its input {named} in place"
            raise check_failed(Failure(sentence=sentence), f"{check} inputs", found)


def _expect_repeated(
    exam: Exam, target: Target, args: Any, kwargs: Any, number: int, first: Any, check: str
) -> None:
    second = value_of(exam.ask_student(target, args, kwargs, number), check)
    failure = compare(second, first, chosen(None, None, exact=True))
    if failure:
        found = Failure(
            sentence="a second call with equal inputs gives another result", figures=failure.figures
        )
        raise check_failed(found, f"{check} repeated", [first, second])


@pytest.fixture
def close(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare two values that the test has."""
    desk = request.config.stash[DESK]

    def close(
        actual: Any,
        expected: Any,
        *,
        what: str = "the value",
        rtol: float | None = None,
        atol: float | None = None,
        exact: bool = False,
        ordered: bool = False,
    ) -> None:
        """Fail unless `actual` equals `expected` within the tolerance; `what` names it for the student."""
        tolerance = chosen(rtol, atol, exact)
        exam = desk.exam
        check = exam.next_check("close")
        failure = compared(exam, check, plain(actual), plain(expected), tolerance, ordered=ordered, what=what)
        if failure:
            named = replace(failure, sentence=f"{what}: {failure.sentence}")
            raise check_failed(named, check, plain(actual), tolerance)

    return close


@pytest.fixture
def within(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare a number with bounds."""
    desk = request.config.stash[DESK]

    def within(
        value: Any, low: float, high: float, *, what: str = "the value", false_fail: float | None = None
    ) -> None:
        """Fail unless low <= value <= high. `false_fail` states how often right code falls outside.

        With it the value counts as a statistic, for which each drew random numbers of its own: see
        `_alike`. Raises AuthoringError where it is not a probability.
        """
        if false_fail is not None and not 0 <= false_fail < 1:
            raise AuthoringError(f"within(false_fail={false_fail}) needs a probability")
        check = desk.exam.next_check("within")
        if not _is_number(value):
            kind = type(value).__name__
            raise check_failed(Failure(sentence=f"{what} is a {kind}, not a number"), check, plain(value))
        if not low <= float(value) <= high:
            sentence = f"{what} is {float(value):.6g}, outside of {low:g} .. {high:g}"
            alike = None if false_fail is None else _alike(float(value), low, high)
            raise check_failed(Failure(sentence=sentence), check, plain(value), alike)

    return within


def _alike(value: float, low: float, high: float) -> Tolerance | None:
    """How near two failing statistics lie that show the same misconception.

    Half of the interval's width, but no more than a tenth of the value: far outside of the interval its
    width says little.
    """
    room = min((high - low) / 2, abs(value) / 10)
    return Tolerance(rtol=0.0, atol=room) if math.isfinite(room) else None


def _is_number(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return value.numel() == 1 and not value.is_complex()
    return isinstance(value, int | float) and not isinstance(value, bool)
