"""What a class did, from its results alone."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.model.outcomes import Status
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


def task_means(record: RunRecord, results: Sequence[Result]) -> dict[str, float]:
    """By task: the mean share of its points that was reached."""
    scored = [result for result in results if result.status in (Status.GRADED, Status.PENDING)]
    return {
        task.id: statistics.fmean(result.task_points.get(task.id, 0.0) / task.points for result in scored)
        for task in record.tasks
        if scored and task.points
    }


def misconceptions(results: Sequence[Result]) -> list[tuple[str, int]]:
    """Sentences with the number of students whose work shows them, most frequent first."""
    counted: Counter[str] = Counter()
    for result in results:
        counted.update({test.misconception for test in result.tests if test.misconception})
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
