"""Tables made from nothing but the results: plain CSV and JSON, and those of Gradescope and nbgrader."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from grader.model.results import Result
from grader.model.runs import Row
from grader.reports.exports.filling import Report
from grader.reports.exports.stored import ClassResults, final_score, person_of, why_blank
from grader.reports.files import json_text
from grader.reports.text import csv_text, number, one_line, tidy

PLAIN = (
    "student", "id", "email", "login", "section", "group", "status", "raw_score", "penalty", "score",
    "max_score", "pending_points", "submitted_at", "attempt", "days_late", "budget_days",
)  # fmt: skip
GRADESCOPE = (
    "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status",
    "Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
)  # fmt: skip
"""As its scores are exported; read off independent programs, no official page describes it."""
NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip
"""The columns of nbgrader's own CSV export (`plugins/export.py`)."""


def plain_csv(results: ClassResults) -> tuple[str, Report]:
    """A row per student, the absent too, with all that is known."""
    tasks = [task.id for task in results.record.tasks]
    rows = [[*_plain_cells(row), *_task_cells(row, tasks)] for row in results.rows]
    for person in results.record.absent:
        known = (person.name, person.id, person.email, person.login, person.section, person.group)
        cells = [*map(csv_text, known), "absent"]
        rows.append(cells + [""] * (len(PLAIN) + len(tasks) - len(cells)))
    return _csv([*PLAIN, *tasks], rows), _report(results)


def plain_json(results: ClassResults) -> tuple[str, Report]:
    """Everything, tests included: for programs, and for staff."""
    data = {
        "run": tidy(msgspec.to_builtins(results.record)),
        "results": [tidy(msgspec.to_builtins(row.result)) for row in results.rows],
    }
    return json_text(data), _report(results)


def gradescope_csv(results: ClassResults) -> tuple[str, Report]:
    """In the shape of Gradescope's own export of scores."""
    return _csv(GRADESCOPE, [_gradescope_cells(row) for row in results.rows]), _report(results)


def nbgrader_csv(results: ClassResults) -> tuple[str, Report]:
    """In the shape of `nbgrader export`."""
    rows = [_nbgrader_cells(results, row) for row in results.rows]
    return _csv(NBGRADER, rows), _report(results)


def _plain_cells(row: Row) -> list[str]:
    person, result = person_of(row), row.result
    return [
        *map(csv_text, (person.name, person.id, person.email, person.login, person.section, person.group)),
        result.status.value,
        number(result.raw_score),
        _penalty(result),
        number(final_score(result)),
        number(result.max_score),
        number(result.pending_points),
        result.submitted_at or "",
        str(result.attempt or ""),
        str(result.late.days) if result.late else "",
        str(result.late.budget_days) if result.late else "",
    ]


def _task_cells(row: Row, tasks: Sequence[str]) -> list[str]:
    scored = row.result.score is not None
    return [number(row.result.task_points.get(task)) if scored else "" for task in tasks]


def _gradescope_cells(row: Row) -> list[str]:
    person, result = person_of(row), row.result
    first, last = _names(person.name)
    status = "Graded" if final_score(result) is not None else "Ungraded"
    prefix = result.origin.prefix if result.origin and result.origin.format == "gradescope" else ""
    seconds = int(result.late.seconds) if result.late else 0
    lateness = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    sid = person.ids.get("sid") or person.id
    texts = [csv_text(text) for text in (first, last, sid, person.email, person.section)]
    numbers = [number(final_score(result)), number(result.max_score)]
    number_of = re.sub(r"\D", "", prefix)
    return [
        *texts,
        *numbers,
        status,
        number_of,
        result.submitted_at or "",
        lateness,
        "",
        str(result.attempt or 1),
    ]


def _nbgrader_cells(results: ClassResults, row: Row) -> list[str]:
    person, result = person_of(row), row.result
    first, last = _names(person.name)
    is_final = final_score(result) is not None
    return [
        csv_text(result.assignment),
        results.record.due or "",
        result.submitted_at or "",
        *map(csv_text, (person.id or person.login or person.key, last, first, person.email)),
        number(result.raw_score) if is_final else "",
        _penalty(result) or "0" if is_final else "",
        number(final_score(result)),
        number(result.max_score),
    ]


def _penalty(result: Result) -> str:
    return number(result.late.penalty) if result.late else ""


def _names(name: str) -> tuple[str, str]:
    """Given and family name: the last word is taken for the latter."""
    first, _, last = name.rpartition(" ")
    return first, last


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _report(results: ClassResults) -> Report:
    report = Report()
    for row in results.rows:
        if final_score(row.result) is None:
            report.blank.append(f"{one_line(person_of(row).name)}: {one_line(why_blank(row.result))}")
        else:
            report.scores += 1
    report.blank += [f"{one_line(person.name)}: handed in nothing" for person in results.record.absent]
    return report
