"""What a student may see of a test's result, in any format: no seed, no processor time, nothing internal.

The judge keeps a hidden test's inputs and values out of its message already, and its hint about a wrong
tensor, which holds no value, is for the student; this module chooses fields.
"""

from __future__ import annotations

from grader.model.outcomes import Outcome, Status
from grader.model.results import Result, TestResult
from grader.reports.lateness import late_words
from grader.reports.text import clean, number, one_line

_NOT_GRADED = "something went wrong that is not your fault. It will be graded again."
_WAITS = "its points are not lost: it runs where what it needs is there"


def heading(test: TestResult) -> str:
    """The task and the test's title, in one line."""
    return one_line(f"{test.task}: {test.title or test.id}")


def found(test: TestResult) -> str:
    """What the judge found; what it says of a fault is for staff."""
    return _NOT_GRADED if test.outcome is Outcome.FAULT else clean(test.message).strip()


def explanation(test: TestResult) -> str:
    """Why points are missing: the misconception first, then what was found, then the author's hint."""
    parts = []
    if test.outcome is not Outcome.PASSED:
        if test.misconception:
            parts.append(f"Why: {clean(test.misconception)}")
        if test.outcome is Outcome.PENDING:
            parts.append(_WAITS)
    if said := found(test):
        prefix = "" if test.outcome in (Outcome.PASSED, Outcome.FAILED) else f"{test.outcome.value}: "
        parts.append(prefix + said)
    if test.hint:
        parts.append(f"Hint: {clean(test.hint)}")
    return "\n\n".join(parts)


def total(result: Result) -> str:
    """`83 of 100 points`, with what is still open and what being late cost."""
    if result.status is Status.REJECTED:
        return f"Not graded: {one_line(result.message)}"
    if result.score is None:
        return f"Not graded: {_NOT_GRADED}"
    waiting = f"; {number(result.pending_points)} are pending" if result.pending_points else ""
    late = f"; {late_words(result.late)}" if result.late else ""
    return f"{number(result.score)} of {number(result.max_score)} points{waiting}{late}"
