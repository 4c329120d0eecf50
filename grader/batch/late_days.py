"""The course's budget of late days: what earlier assignments used, read from their output folders."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from grader.batch.awarding import Spent
from grader.model.course import Course
from grader.model.runs import RunRecord


def spent_before(out: Path | None, course: Course, assignment: str) -> Spent:
    """Days used in assignments that were due earlier, whose folders lie beside `out`.

    The earlier assignment takes first. An assignment that is late-graded for the first time after a later one
    changes what is left for that: grade the later one again, which grades no submission anew.
    """
    due = course.assignments[assignment].due
    policy = course.late_policy(assignment)
    if out is None or due is None or policy is None or not policy.budget_days:
        return Spent()
    days: Counter[str] = Counter()
    unknown: list[str] = []
    for name, other in course.assignments.items():
        if name == assignment or other.due is None or (other.due, name) >= (due, assignment):
            continue
        record = _record(out.parent / name / "run.json")
        if record is None or record.assignment != name:
            unknown.append(name)
        else:
            days.update(record.late_days)
    notes = (f"late days used in {', '.join(unknown)} are not counted: no results of it lie in {out.parent}",)
    return Spent(days=dict(days), notes=notes if unknown else ())


def _record(path: Path) -> RunRecord | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunRecord)
    except (OSError, msgspec.MsgspecError):
        return None
