"""A whole grading run as plain values: what reports are made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.model.people import Person
from grader.model.results import Environment, Isolation, Result

RUN_SCHEMA = "torchgrade/run/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Something in a submissions folder that is no submission, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPoints:
    """A task's column in a table of grades."""

    id: str
    points: float
    extra: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One submission's result and the file name, unique in the run, that its result file gets."""

    key: str
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run was asked for, as far as it changes results."""

    only: tuple[str, ...] = ()
    regrade: bool = False
    pending: bool = False
    """Run nothing but the pending tests of results that are there."""
    require_isolation: int = 0
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """The run itself; the shape of `OUT/run.json`."""

    schema: str = RUN_SCHEMA
    run: str
    assignment: str
    title: str
    seed: int
    started: str
    finished: str
    interrupted: bool = False
    exit_code: int = 0
    options: RunOptions
    tasks: tuple[TaskPoints, ...]
    max_score: float
    submissions: int
    counts: dict[str, int] = field(default_factory=dict)
    """Submissions by status."""
    graded_now: int = 0
    kept: int = 0
    """Results taken over from earlier, because nothing had changed."""
    isolation: Isolation | None = None
    """None where nothing had to be graded."""
    environment: Environment | None = None
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()
    """What else staff must know: pending tests that were not completed, and why."""
    gradebook: str = ""
    detected: tuple[str, ...] = ()
    """What the given paths are: `Canvas download: 58 students, 3 late`."""
    students: tuple[str, ...] = ()
    """Keys of the result files that belong to this run, in the order of the table."""
    absent: tuple[Person, ...] = ()
    """Who is on the roster and handed in nothing."""
    due: str | None = None
    late_days: dict[str, int] = field(default_factory=dict)
    """Days of the course's budget used in this assignment, by the student's identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """What is known of a run before its first submission is graded."""

    run: str
    assignment: str
    title: str
    submissions: int
    to_grade: int
    kept: int
    rejected: int
    workers: int
    seed: int
    continued: bool
    """Whether an earlier run that had not ended is gone on with."""
    ignored: tuple[Ignored, ...] = ()
    detected: tuple[str, ...] = ()
