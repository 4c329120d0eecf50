"""What a course's configuration says about a class, brought together for intake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.batch.entries import ClassRules
from grader.batch.lateness import Deadline
from grader.batch.plan import Request
from grader.batch.roster import read_roster
from grader.model.names import ASSIGNMENTS, forms


def class_rules(request: Request) -> ClassRules:
    """Deadline, roster, attempts and format. Raises ConfigurationError for a bad roster."""
    course, description = request.course, request.description
    zone = course.lms.timezone
    roster = request.roster or (request.root / course.lms.roster if course.lms.roster else None)
    return ClassRules(
        assignment=request.assignment,
        format=request.format,
        roster=read_roster(Path(roster)) if roster else (),
        deadline=Deadline(
            due=description.due,
            policy=course.late_policy(request.assignment),
            zone=ZoneInfo(zone) if zone else None,
        ),
        attempts=description.attempts or course.attempts,
        starters=_starters(request.root / ASSIGNMENTS / request.assignment, description.files),
    )


def _starters(folder: Path, files: Sequence[str]) -> dict[str, bytes]:
    given = [folder / form for file in files for form in forms(file)]
    return {path.name: path.read_bytes() for path in given if path.is_file()}
