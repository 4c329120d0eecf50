"""What grading found -> what each student gets: which attempt, whose, how late, and what that costs.

The gradebook keeps what was found. This is made from it anew at the end of each run, so that a change of the
roster, the due time or the rule for late hand-ins grades nothing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from grader.batch.entries import Attempt, Entry, Intake, Student
from grader.batch.lateness import Deadline, charge
from grader.batch.sources.base import TimeSource
from grader.model.outcomes import Status
from grader.model.results import SCHEMA, Result
from grader.model.runs import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Late days that students have used in assignments that were due earlier, by identity."""

    days: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def award(results: Mapping[str, Result], intake: Intake, deadline: Deadline, spent: Spent) -> tuple[Row, ...]:
    """A row for each student of whom a result is there, in the order of the hand-ins."""
    entries = {entry.key: entry for entry in intake.entries}
    rows: list[Row] = []
    for student in intake.students:
        options = [
            _awarded(results[attempt.entry], entries[attempt.entry], attempt, student, deadline, spent)
            for attempt in student.attempts
            if attempt.entry in results
        ]
        if len(options) == len(student.attempts):  # the best is known only when all are graded
            rows.append(Row(key=student.person.key, result=_best(options)))
    return tuple(rows)


def notes(rows: tuple[Row, ...], spent: Spent) -> Iterator[str]:
    """What staff must know about times."""
    yield from spent.notes
    by_note: dict[str, list[str]] = {}
    for row in rows:
        if row.result.late is not None and row.result.late.note:
            by_note.setdefault(row.result.late.note, []).append(row.result.student)
    for note, names in by_note.items():
        yield f"late, {note}: {', '.join(names)}"


def _awarded(
    result: Result, entry: Entry, attempt: Attempt, student: Student, deadline: Deadline, spent: Spent
) -> Result:
    person = student.person
    if entry.due is not None:
        deadline = replace(deadline, due=entry.due)
    known = _has_known_time(entry, deadline)
    late = charge(
        deadline,
        at=entry.submitted_at,
        source=entry.time_source,
        mark=entry.late_mark,
        budget_left=(deadline.policy.budget_days if deadline.policy else 0)
        - spent.days.get(person.identity, 0),
        max_score=result.max_score,
        raw_score=result.score,
    )
    score = result.score
    if late is not None and score is not None:
        score = round(score - late.penalty, 6)
    return replace(
        result,
        schema=SCHEMA,
        student=person.name,
        score=score,
        raw_score=result.score,
        submitted_at=entry.submitted_at.isoformat() if entry.submitted_at and known else None,
        attempt=attempt.number,
        late=late,
        person=person,
        origin=entry.origin,
    )


def _has_known_time(entry: Entry, deadline: Deadline) -> bool:
    """A file's own time is told only where something depends on it."""
    return entry.time_source is TimeSource.LMS or deadline.policy is not None


def _best(options: list[Result]) -> Result:
    """The highest score; of equal ones the latest. While one has a fault, nothing better may be known."""
    for result in options:
        if result.status is Status.FAULT:
            return result
    return max(reversed(options), key=lambda result: -1.0 if result.score is None else result.score)
