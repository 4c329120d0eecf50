"""One result as Gradescope's `results.json` (gradescope-autograders.readthedocs.io, "Specifications").

Hidden tests are shown by default, because what the judge says of them is safe to show, and because Gradescope
withholds the total from students as soon as one test case is hidden.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from grader.model.circumstances import Circumstances
from grader.model.course import Shown
from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.results import Result, TestResult
from grader.model.runs import RunRecord
from grader.reports.student_view import explanation, heading, total
from grader.reports.text import clean, number, tidy


def gradescope_results(
    record: RunRecord, result: Result, *, hidden: Shown = "visible", notes: Sequence[str] = ()
) -> dict[str, Any]:
    """The file's content. `hidden` is Gradescope's word for when hidden tests are shown.

    `notes` are lines for the student above the tests. A result with a fault has no score and must not be
    written: Gradescope would take it for a zero.
    """
    numbers = {task.id: number for number, task in enumerate(record.tasks, 1)}
    found = {
        "score": 0.0 if result.status is Status.REJECTED else result.score,
        "execution_time": result.seconds,
        "output": "\n".join([total(result), *map(clean, notes)]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"run": result.run, "status": result.status.value, "isolation": result.isolation.level},
        "tests": _tests(result.tests, numbers, hidden),
        "leaderboard": _leaderboard(result.tests),
    }
    cleaned: dict[str, Any] = tidy(found)
    return cleaned


def hand_in_notes(told: Circumstances) -> list[str]:
    """What a student should know beside the score: how late it was, and how earlier hand-ins did."""
    notes = []
    if told.late_s:
        notes.append(f"Handed in {_duration(told.late_s)} after the due date.")
    if told.previous:
        scores = [one for one in told.previous if one is not None]
        best = f" The best one before had {number(max(scores))} points." if scores else ""
        notes.append(f"This is hand-in number {len(told.previous) + 1}.{best}")
    return notes


def _duration(seconds: float) -> str:
    """In days, hours and minutes, and never rounded down to nothing."""
    minutes = max(1, math.ceil(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount)


def _tests(tests: Sequence[TestResult], numbers: dict[str, int], hidden: Shown) -> list[dict[str, Any]]:
    counted: dict[str, int] = {}
    found = []
    for test in sorted(tests, key=lambda one: numbers.get(one.task, 0)):  # stable: in a task, as they ran
        counted[test.task] = counted.get(test.task, 0) + 1
        found.append(_test(test, f"{numbers.get(test.task, 0)}.{counted[test.task]}", hidden))
    return found


def _test(test: TestResult, number: str, hidden: Shown) -> dict[str, Any]:
    told = {
        "name": heading(test),
        "number": number,
        "score": test.points,
        "max_score": test.max_points,
        "output": explanation(test),
        "tags": [test.task, test.visibility.value, test.outcome.value],
        "visibility": "visible" if test.visibility is Visibility.PUBLIC else hidden,
    }
    if test.outcome is not Outcome.PENDING:  # neither passed nor failed
        told["status"] = "passed" if test.outcome is Outcome.PASSED else "failed"
    return told


def _leaderboard(tests: Sequence[TestResult]) -> list[dict[str, Any]]:
    """The ratio of times of each test that measured one: smaller is faster."""
    return [
        {"name": heading(test), "value": round(test.time_ratio, 3), "order": "asc"}
        for test in tests
        if test.time_ratio is not None and test.outcome is Outcome.PASSED
    ]
