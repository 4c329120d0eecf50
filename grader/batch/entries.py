"""What intake gives: entries to be graded or rejected, and the students to whom they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.batch.contents import Contents, Named, contents, named, stand_in
from grader.batch.lateness import Deadline
from grader.batch.nodes import Unreadable
from grader.batch.roster import Enrolled
from grader.batch.sources.base import HandIn, TimeSource
from grader.model.course import Assignment, Attempts
from grader.model.digests import digest_files
from grader.model.names import SUFFIXES, forms
from grader.model.orders import Submission
from grader.model.people import Origin, Person
from grader.model.runs import Ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One hand-in: what to grade, or why it was rejected."""

    student: str
    """The name as handed in, for people."""
    key: str
    """Its name in the gradebook: safe for files, and unique among all entries."""
    path: str
    submission: Submission | None
    reason: str = ""
    submitted_at: datetime | None = None
    time_source: TimeSource | None = None
    late_mark: bool | None = None
    due: datetime | None = None
    """In place of the assignment's."""
    origin: Origin = field(default_factory=lambda: Origin(format="folders"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An entry that may count for a student."""

    entry: str
    """Its key."""
    number: int | None
    """Which attempt it is; None where there is only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Who gets a row, and the attempts of which the best counts; mostly there is one."""

    person: Person
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything found below the given paths, and the class that it belongs to."""

    entries: tuple[Entry, ...]
    ignored: tuple[Ignored, ...]
    students: tuple[Student, ...] = ()
    detected: tuple[str, ...] = ()
    """What each path is, where that is more than folders."""
    notes: tuple[str, ...] = ()
    absent: tuple[Person, ...] = ()
    """Who is on the roster and handed in nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRules:
    """What tells whose a hand-in is and which attempt counts."""

    assignment: str = ""
    format: str = ""
    """A format's name in place of detection."""
    roster: tuple[Enrolled, ...] = ()
    deadline: Deadline = field(default_factory=lambda: Deadline(due=None, policy=None))
    attempts: Attempts = "latest"
    starters: Mapping[str, bytes] = field(default_factory=dict)
    """What students were given, by name."""


def read_entry(one: HandIn, key: str, assignment: Assignment, rules: ClassRules) -> Entry:
    """A hand-in's files as bytes, or why it is rejected."""
    entry = Entry(
        student=one.name,
        key=key,
        path=one.shown,
        submission=None,
        submitted_at=rules.deadline.aware(one.submitted_at) if one.submitted_at else None,
        time_source=one.time_source,
        late_mark=one.late_mark,
        due=one.due,
        origin=Origin(format=one.origin, prefix=one.prefix, group=one.group),
    )
    try:
        found = _contents(one, assignment, rules.starters)
    except Unreadable as error:
        return replace(entry, reason=str(error))
    submission = Submission(
        student=one.name,
        path=one.shown,
        digest=digest_files(found.files),
        files=found.files,
        found=found.found,
    )
    # A folder's own time tells when a file was added or removed, and not when one was last changed.
    by_files = one.time_source is TimeSource.FILE and found.modified is not None
    return replace(
        entry, submission=submission, submitted_at=found.modified if by_files else entry.submitted_at
    )


def _contents(one: HandIn, assignment: Assignment, starters: Mapping[str, bytes]) -> Contents:
    if one.folder is not None:
        return contents(named(one.folder.children()), assignment.files, starters=starters)
    if one.stands_in and _is_other_source(one.parts[0], assignment):
        return stand_in(one.parts[0], assignment.files)
    return contents(one.parts, assignment.files, starters=starters)


def _is_other_source(part: Named, assignment: Assignment) -> bool:
    is_source = part.node.suffix in SUFFIXES
    return is_source and not any(part.name in forms(name) for name in assignment.files)
