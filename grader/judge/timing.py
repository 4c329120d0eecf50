"""The check of time: `faster`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from grader.checks.compare import compare
from grader.checks.failure import Failure
from grader.checks.sequential import Side
from grader.checks.tolerance import Tolerance, chosen
from grader.judge.exam import DESK, Exam
from grader.judge.frames import Draw, Frames
from grader.judge.race import Differs, Finding, Race
from grader.judge.reading import read
from grader.judge.respondents import values_of_both
from grader.judge.turns import turn
from grader.judge.verdicts import check_failed, left_open
from grader.model.errors import AuthoringError
from grader.subjects.base import Target

REFERENCE = "reference"
TOO_SLOW = "too slow"
"""The evidence of a check that found it too slow: no figure of it is the same in two runs."""
TOO_NOISY = "too noisy: this machine was too busy for a sure verdict about time"


@pytest.fixture
def faster(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare the student's time with the reference's, or with that of another target of the reference."""
    desk = request.config.stash[DESK]

    def faster(
        target: Target,
        inputs: Draw,
        than: Target = REFERENCE,
        *,
        by: float,
        rtol: float | None = None,
        atol: float | None = None,
        read_as: Callable[[Any], Any] | None = None,
    ) -> None:
        """Fail unless the student's time is at most `by` times the other's: time <= by * other.

        `inputs` draws one tuple of fresh arguments at each call; every answer is compared with the
        reference's, as `agree` does with `rtol`, `atol` and `read_as`. `than` is "reference" (the same
        target there), or another target, which runs in the reference's solution too. Pending where the
        machine is too noisy for a verdict. Raises AuthoringError where an argument is wrong, or the test
        is not marked `timing`.
        """
        exam = desk.exam
        check = exam.next_check("faster")
        _expect_ratio(exam, than, by)
        frames = Frames(exam, inputs, check, target, than)
        tolerance = chosen(rtol, atol, exact=False)

        def differs(actual: Any, expected: Any) -> Failure | None:
            if read_as is not None:
                actual, expected = read(actual, read_as, check), read_as(expected)
            return compare(actual, expected, tolerance)

        _expect_right_once(exam, check, target, frames, differs, tolerance)
        if exam.gauge is not None and exam.gauge.forgiving:  # what rounding does takes no time
            return
        race = Race(exam, check, target, target if than == REFERENCE else than, frames, differs)
        with turn():
            race.get_ready(by)
            finding = race.decide(by)
        exam.time_ratio = finding.ratio
        _conclude(exam, check, finding, than, by)

    return faster


def _expect_ratio(exam: Exam, than: Target, by: float) -> None:
    if isinstance(by, bool) or not isinstance(by, int | float) or not 0 < by < math.inf:
        raise AuthoringError(f"{exam.spec.id}: faster(by={by!r}) needs a ratio of times, greater than 0")
    if than != REFERENCE and by > 1:
        raise AuthoringError(
            f"{exam.spec.id}: faster(than={_called(than)!r}, by={by:g}) would let the student be slower than "
            "it: `by` is the student's time over the other's (by=0.2 for five times faster)"
        )


def _expect_right_once(
    exam: Exam, check: str, target: Target, frames: Frames, differs: Differs, tolerance: Tolerance | None
) -> None:
    """One answer by value, which the tape keeps, and by which a misconception is named."""
    (args,) = frames.take(1)
    actual, expected = values_of_both(exam, target, args, {}, check)
    failure = differs(actual, expected)
    if failure:
        raise check_failed(failure, check, actual, tolerance)


def _conclude(exam: Exam, check: str, finding: Finding, than: Target, by: float) -> None:
    if finding.side is Side.WITHIN:
        return
    if finding.side is Side.UNKNOWN:
        raise left_open(TOO_NOISY)
    other = "the reference" if than == REFERENCE else f"`{_called(than)}`"
    limit = f"at most {by:g} times is allowed"
    sentence = f"takes {finding.ratio:.3g} times as long as {other}; {limit}"
    if finding.one_by_one:
        sentence = f"takes too long for inputs that come one by one, compared with {other}; {limit}"
    sure = f"measured in {finding.pairs} pairs of runs, at a confidence of {100 * exam.timing.confidence:g} %"
    raise check_failed(Failure(sentence=sentence, figures=(sure,)), check, TOO_SLOW)


def _called(target: Any) -> str:
    return target if isinstance(target, str) else str(target.__name__)
