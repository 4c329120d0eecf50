"""From how a test ended to its outcome, in one place for local and judged runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import TracebackType

import pytest

from grader.checks.failure import Mismatch
from grader.checks.tolerance import Tolerance
from grader.judge.exam import Exam
from grader.judge.overtime import Overtime
from grader.judge.verdicts import Evidence, Verdict
from grader.model.errors import GraderError, HarnessFault, IsolationError
from grader.model.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """An outcome, its message for people, and its evidence for naming the misconception."""

    outcome: Outcome
    message: str = ""
    evidence: Evidence | None = None
    tolerance: Tolerance | None = None
    mismatch: Mismatch | None = field(default=None, repr=False)
    """From which a hint may be found; gone with the conclusion."""
    unusable: bool = False
    """The test itself raised after the student answered: theirs, unless the reference fares no better."""
    of_harness: bool = False
    """Of a fault: the harness's or the machine's own words, which hold nothing of a test."""


PASSED = Conclusion(outcome=Outcome.PASSED)


def conclude(error: BaseException | None, exam: Exam) -> Conclusion:
    """What the exception that ended a test (or None) means."""
    if error is None:
        return replace(PASSED, message="; ".join(exam.notes))
    if isinstance(error, Verdict):
        return Conclusion(
            outcome=error.outcome,
            message=error.message,
            evidence=error.evidence,
            tolerance=error.tolerance,
            mismatch=error.mismatch,
            unusable=error.unusable,
        )
    if isinstance(error, pytest.skip.Exception):
        return Conclusion(outcome=Outcome.PENDING, message=str(error))
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return _from_assert(error, exam)
    if isinstance(error, GraderError) or not exam.answers:
        return _fault(error, exam)
    return too_long(exam.most_seconds) if isinstance(error, Overtime) else _unusable(error, exam)


def _fault(error: BaseException, exam: Exam) -> Conclusion:
    """Not the student's: what the harness says of itself may be told to them, a test's own words may not."""
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, Overtime):
        message = f"the test alone took more than {exam.most_seconds:g} s of CPU time"
    return Conclusion(
        outcome=Outcome.FAULT,
        message=message,
        of_harness=isinstance(error, HarnessFault | IsolationError),
    )


def too_long(most_s: float) -> Conclusion:
    """A test whose own work on the student's answers took longer than it may."""
    message = f"the test worked on what your function returned for more than {most_s:g} s of CPU time"
    evidence = Evidence(outcome=Outcome.TIMEOUT, check="overtime")
    return Conclusion(outcome=Outcome.TIMEOUT, message=message, evidence=evidence, unusable=True)


def _from_assert(error: BaseException, exam: Exam) -> Conclusion:
    line = _line_in(error.__traceback__)
    message = str(error).strip() or "the assertion does not hold"
    evidence = Evidence(outcome=Outcome.FAILED, check=f"assert line {line}", actual=list(exam.answers))
    return Conclusion(outcome=Outcome.FAILED, message=message, evidence=evidence)


def _unusable(error: BaseException, exam: Exam) -> Conclusion:
    raised = (type(error).__name__, str(error))
    evidence = Evidence(outcome=Outcome.FAILED, check="unusable", actual=list(exam.answers), raised=raised)
    message = f"the test could not use what your function returned: {raised[0]}: {raised[1]}"
    return Conclusion(outcome=Outcome.FAILED, message=message, evidence=evidence, unusable=True)


def _line_in(traceback: TracebackType | None) -> int:
    """The line of the test function that asserted: the innermost frame of a `test_` function."""
    line = 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name.startswith("test_"):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
