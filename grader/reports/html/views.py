"""What a page says of a result, for students or for staff, as plain values that a template only lays out.

A student sees what `grader.reports.student_view` chooses: seeds, times, paths and what a fault said are for
staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.results import Result, TestResult
from grader.model.runs import Row, RunRecord, TaskPoints
from grader.reports.isolation import isolation_line
from grader.reports.lateness import late_words
from grader.reports.student_view import found, total
from grader.reports.text import clean, number, one_line


class Audience(StrEnum):
    """Whom the pages are for."""

    STUDENT = "student"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A name and what is said under it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """One test."""

    __test__ = False  # not a test class of pytest's

    title: str
    outcome: str
    mark: str
    """`good`, `bad`, `open` or `fault`: how it is drawn."""
    points: str
    hidden: bool
    misconception: str = ""
    message: str = ""
    hint: str = ""
    details: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task with its tests."""

    id: str
    points: str
    mark: str
    extra: bool
    tests: tuple[TestView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """A page, but for the files."""

    student: str
    score: str
    mark: str
    facts: tuple[Line, ...]
    notes: tuple[str, ...]
    tasks: tuple[TaskView, ...]


def submission_view(record: RunRecord, row: Row, audience: Audience) -> SubmissionView:
    """Everything that one page says of a result."""
    result = row.result
    staff = audience is Audience.STAFF
    # While a fault is open nothing is final, as in the feedback files.
    shown = result.tests if staff or result.score is not None else ()
    tasks = [_task(result, task, shown, staff=staff) for task in record.tasks]
    return SubmissionView(
        student=one_line(result.student),
        score=total(result),
        mark=_status_mark(result.status),
        facts=tuple(_facts(record, result, staff=staff)),
        notes=tuple(one_line(note) for note in result.submission.notes),
        tasks=tuple(task for task in tasks if task.tests),
    )


def _task(result: Result, task: TaskPoints, shown: Sequence[TestResult], *, staff: bool) -> TaskView:
    tests = [test for test in shown if test.task == task.id]
    possible = sum(test.max_points for test in tests)
    reached = result.task_points.get(task.id)
    marks = [_outcome_mark(test.outcome) for test in tests]
    return TaskView(
        id=one_line(task.id),
        points=f"{number(reached) or '-'} of {number(possible)}",
        mark=next((mark for mark in ("fault", "bad", "open") if mark in marks), "good"),
        extra=task.extra,
        tests=tuple(_test(test, staff=staff) for test in tests),
    )


def _test(test: TestResult, *, staff: bool) -> TestView:
    passed = test.outcome is Outcome.PASSED
    told = clean(test.message).strip("\n") if staff else found(test)
    return TestView(
        title=one_line(test.title) or one_line(test.id),
        outcome=test.outcome.value.replace("_", " "),
        mark=_outcome_mark(test.outcome),
        points=f"{number(test.points)}/{number(test.max_points)}",
        hidden=test.visibility is Visibility.HIDDEN,
        misconception="" if passed else clean(test.misconception or "").strip(),
        message="" if passed and not staff else told,
        hint="" if passed else clean(test.hint or "").strip(),
        details=tuple(_details(test)) if staff else (),
    )


def _details(test: TestResult) -> list[Line]:
    cpu = "" if test.cpu_seconds is None else f", processor {test.cpu_seconds:.3f} s"
    lines = [Line(name="id", value=one_line(test.id)), Line(name="time", value=f"{test.seconds:.3f} s{cpu}")]
    if test.seed is not None:
        lines.append(Line(name="seed", value=str(test.seed)))
    return lines


def _facts(record: RunRecord, result: Result, *, staff: bool) -> list[Line]:
    late = late_words(result.late)
    facts = [
        ("status", result.status.value),
        ("late", late),
        ("points before that", number(result.raw_score) if late else ""),
        ("handed in", one_line(result.submitted_at or "")),
        ("attempt", str(result.attempt or "")),
        ("files", ", ".join(one_line(name) for name in result.submission.files)),
    ]
    if staff:
        facts += [
            ("message", one_line(result.message)),
            ("handed in at", one_line(result.submission.path)),
            ("digest", one_line(result.submission.digest)),
            ("run", one_line(record.run)),
            ("isolation", isolation_line(result.isolation)),
            ("graded by", _software(result)),
        ]
    return [Line(name=name, value=value) for name, value in facts if value]


def _software(result: Result) -> str:
    made = result.environment
    return one_line(f"grader {made.grader}, Python {made.python}, torch {made.torch}, {made.platform}")


def _status_mark(status: Status) -> str:
    marks = {Status.GRADED: "plain", Status.PENDING: "open", Status.FAULT: "fault", Status.REJECTED: "bad"}
    return marks[status]


def _outcome_mark(outcome: Outcome) -> str:
    marks = {Outcome.PASSED: "good", Outcome.PENDING: "open", Outcome.FAULT: "fault"}
    return marks.get(outcome, "bad")
