"""Feedback files for students, zipped under the names that Canvas and Moodle take back.

A student sees titles, points and what `grader.reports.student_view` chooses: seeds, inputs and times are for
staff.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from grader.model.outcomes import Outcome
from grader.model.results import TestResult
from grader.model.runs import Row
from grader.reports.exports.stored import ClassResults, person_of
from grader.reports.student_view import explanation, total
from grader.reports.text import number, one_line

FILE_NAME = "feedback.txt"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The same results give the same bytes."""


def feedback_zip(results: ClassResults, platform: str) -> tuple[bytes, list[str]]:
    """The archive, and whom it has no file for because they did not come from this platform."""
    made = io.BytesIO()
    without: list[str] = []
    by_prefix: dict[str, list[Row]] = {}
    for row in results.rows:
        origin = row.result.origin
        if origin is not None and origin.format == platform and origin.prefix:
            by_prefix.setdefault(origin.prefix, []).append(row)
        else:
            without.append(f"{one_line(person_of(row).name)}: not handed in by {platform.capitalize()}")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for prefix, rows in by_prefix.items():
            info = zipfile.ZipInfo(prefix + FILE_NAME, _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, feedback_text(rows))
    return made.getvalue(), without


def feedback_text(rows: Sequence[Row]) -> str:
    """What a student, or a group that handed in together, is told."""
    first = rows[0].result
    lines = [f"{one_line(row.result.student)}: {total(row.result)}" for row in rows]
    shown = first.tests if first.score is not None else ()
    for task in dict.fromkeys(test.task for test in shown):
        reached = number(first.task_points.get(task))
        possible = number(sum(test.max_points for test in shown if test.task == task))
        lines += ["", f"{task}: {reached} of {possible}"]
        lines += [line for test in shown if test.task == task for line in _test_lines(test)]
    return "\n".join(lines) + "\n"


def _test_lines(test: TestResult) -> list[str]:
    lines = [f"  {one_line(test.title) or test.id}: {test.outcome.value}"]
    if test.outcome is not Outcome.PASSED:
        lines += [f"    {line}" for line in explanation(test).splitlines() if line]
    return lines
