"""Comparing a student's value with the expected one, under a tolerance that may not be measured yet.

Nearly every comparison is decided without knowing the test's noise: what passes under the least default
tolerance passes under all, what fails under the greatest fails under all. Only what falls between waits
until the test is over, because noise is measured by taking the test again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.compare import compare
from grader.checks.failure import Failure
from grader.checks.reading import Reading, read_off
from grader.checks.tolerance import CEILING, FLOOR, Noise, Tolerance
from grader.judge.conclude import Conclusion, conclude
from grader.judge.exam import Exam
from grader.judge.verdicts import check_failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A comparison whose verdict depends on the test's noise."""

    check: str
    actual: Any
    expected: Any
    ordered: bool
    what: str

    def failure(self, noise: Noise) -> Failure | None:
        """What is wrong under the default tolerance for this noise."""
        found = compare(self.actual, self.expected, noise, ordered=self.ordered)
        return replace(found, sentence=f"{self.what}: {found.sentence}") if found and self.what else found


class Gauge:
    """Reads off every comparison of the tests that are taken with it.

    A forgiving one lets every value pass, so that a test is read to its end.
    """

    def __init__(self, *, forgiving: bool = False, noise: Callable[[str], Noise] | None = None) -> None:
        """`noise` tells the noise of a test by its id, for reading in units of its own tolerance."""
        self.forgiving = forgiving
        self._noise = noise
        self._readings: dict[str, list[Reading]] = {}

    def note(
        self, test: str, check: str, actual: Any, expected: Any, tolerance: Tolerance | None, ordered: bool
    ) -> None:
        """Read off one comparison."""
        asked = tolerance or (self._noise(test) if self._noise else CEILING)
        self._readings.setdefault(test, []).append(read_off(check, actual, expected, asked, ordered=ordered))

    def readings(self, test: str) -> list[Reading]:
        """What was read in a test, in order."""
        return self._readings.get(test, [])


def compared(
    exam: Exam,
    check: str,
    actual: Any,
    expected: Any,
    tolerance: Tolerance | None,
    *,
    ordered: bool = False,
    what: str = "",
) -> Failure | None:
    """What is wrong with a value; None also where that is decided at the end of the test.

    `what` names the value in front of the sentence of a failure that is found then.
    """
    if exam.gauge is not None:
        exam.gauge.note(exam.spec.id, check, actual, expected, tolerance, ordered)
        if exam.gauge.forgiving:
            return None
    if tolerance is not None:
        return compare(actual, expected, tolerance, ordered=ordered)
    if compare(actual, expected, FLOOR, ordered=ordered) is None:
        return None
    failure = compare(actual, expected, CEILING, ordered=ordered)
    if failure is not None:
        return failure
    if exam.noise is not None:
        return compare(actual, expected, exam.noise, ordered=ordered)
    exam.undecided.append(
        Undecided(check=check, actual=actual, expected=expected, ordered=ordered, what=what)
    )
    return None


def settled(conclusion: Conclusion, exam: Exam, noise: Callable[[], Noise]) -> Conclusion:
    """How a test ended, its undecided comparisons included: the first one that fails ends it."""
    if not exam.undecided:
        return conclusion
    known = noise()
    for one in exam.undecided:
        failure = one.failure(known)
        if failure is not None:
            return conclude(check_failed(failure, one.check, one.actual), exam)
    return conclusion
