"""What a class did, from its results alone."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
from grader.model.runs import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of those that have one."""

    count: int
    mean: float
    median: float
    low: float
    high: float


def scores(results: Sequence[Result]) -> Scores | None:
    """None where nobody has a score."""
    known = [result.score for result in results if result.score is not None]
    if not known:
        return None
    return Scores(
        count=len(known),
        mean=statistics.fmean(known),
        median=statistics.median(known),
        low=min(known),
        high=max(known),
    )


def reached_share(result: Result, task: str) -> float | None:
    """The share of a task's points that was reached, of those that the run's tests could give.

    Pending points are not lost, and do not count. None where there were no others: the run was
    restricted to other tests, or nothing was tested.
    """
    tests = [test for test in result.tests if test.task == task and test.outcome is not Outcome.PENDING]
    possible = sum(test.max_points for test in tests)
    return sum(test.points for test in tests) / possible if possible else None


def task_means(record: RunRecord, results: Sequence[Result]) -> dict[str, float]:
    """By task: the mean share of its points that was reached, where anybody could reach some."""
    scored = [result for result in results if result.status in (Status.GRADED, Status.PENDING)]
    means = {}
    for task in record.tasks:
        shares = [share for result in scored if (share := reached_share(result, task.id)) is not None]
        if shares:
            means[task.id] = statistics.fmean(shares)
    return means


def misconceptions(results: Sequence[Result]) -> list[tuple[str, int]]:
    """Sentences with the number of students whose work shows them, most frequent first."""
    counted: Counter[str] = Counter()
    for result in results:
        counted.update({test.misconception for test in result.tests if test.misconception})
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def fault_reasons(results: Sequence[Result]) -> list[tuple[str, int]]:
    """Why submissions could not be graded, with their number, most frequent first."""
    counted: Counter[str] = Counter()
    for result in results:
        if result.status is Status.FAULT:
            told = {test.message for test in result.tests if test.outcome is Outcome.FAULT and test.message}
            counted.update(told or {result.message})
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
