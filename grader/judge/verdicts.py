"""How a test ends: a verdict raised by a check, and the evidence that it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from _pytest.outcomes import Failed, Skipped

from grader.checks.compare import compare
from grader.checks.failure import Failure, Mismatch
from grader.checks.tolerance import Tolerance
from grader.model.outcomes import Outcome
from grader.subjects.base import Ended, Raised
from grader.subjects.wording import places

NOT_BEGUN = "NotImplementedError"
"""What a starter raises: it neither passes for an exception that was asked for, nor shows a misconception."""
ELSEWHERE = "elsewhere"
"""The check of evidence that has nothing to do with what a test called: it shows no misconception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a failure looked like: enough to tell whether a misconception does the same."""

    outcome: Outcome
    check: str
    """Which check or call of the test it was."""
    actual: Any = None
    """The value that the check saw, as plain data."""
    raised: tuple[str, str] | None = None
    """Type and text of an exception."""

    def plain(self) -> Any:
        """As plain data, for a tape."""
        return [self.outcome.value, self.check, self.actual, self.raised]

    @classmethod
    def from_plain(cls, data: Any) -> Evidence:
        """Back from plain data."""
        outcome, check, actual, raised = data
        return cls(outcome=Outcome(outcome), check=check, actual=actual, raised=raised)

    def equals(self, other: Evidence, tolerance: Tolerance | None) -> bool:
        """Whether both show the same failure, values compared under the test's own tolerance."""
        same = (self.outcome, self.check, self.raised) == (other.outcome, other.check, other.raised)
        return same and compare(self.actual, other.actual, tolerance) is None


class Verdict(Failed):
    """Ends a test with an outcome. Not an Exception, so that a test's own handlers let it pass."""

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        evidence: Evidence,
        tolerance: Tolerance | None = None,
        mismatch: Mismatch | None = None,
        *,
        unusable: bool = False,
    ) -> None:
        """`unusable`: the test could not use the student's answer, which is the author's fault if the
        reference fares no better.
        """
        super().__init__(message, pytrace=False)  # what `pytest.fail` raises
        self.outcome = outcome
        self.message = message
        self.evidence = evidence
        self.tolerance = tolerance
        self.mismatch = mismatch
        self.unusable = unusable


def check_failed(
    failure: Failure,
    check: str,
    actual: Any,
    tolerance: Tolerance | None = None,
    inputs: Sequence[Any] = (),
) -> Verdict:
    """The verdict of a check that found something. A hint may come of the `inputs` of the call."""
    evidence = Evidence(outcome=Outcome.FAILED, check=check, actual=actual)
    mismatch = replace(failure.mismatch, inputs=inputs) if failure.mismatch else None
    return Verdict(Outcome.FAILED, failure.text(), evidence, tolerance, mismatch)


def student_raised(raised: Raised, call: str) -> Verdict:
    """The verdict of a student's exception that the test did not expect."""
    kind = raised.types[0]
    lines = [f"{kind}: {raised.text}" if raised.text else kind, *places(raised.frames)]
    if not raised.frames:
        lines.append("  (raised where the test calls your code or uses its result, not inside your code)")
    if kind == NOT_BEGUN:
        # Where only the function that was called is not done, its place says nothing new.
        lines = [f"not done yet ({NOT_BEGUN})", *(lines[1:] if len(raised.frames) > 1 else [])]
    return Verdict(
        Outcome.ERROR,
        "\n".join(lines),
        Evidence(outcome=Outcome.ERROR, check=call, raised=(kind, raised.text)),
    )


def left_open(reason: str) -> Skipped:
    """The verdict of a check that cannot tell here and now: the test is pending, its points are not lost."""
    return Skipped(reason)


def no_answer(ended: Ended, call: str) -> Verdict:
    """The verdict of a call that brought no answer."""
    evidence = Evidence(outcome=ended.outcome, check=ELSEWHERE if ended.elsewhere else call)
    return Verdict(ended.outcome, "\n".join([ended.message, *places(ended.frames)]), evidence)
