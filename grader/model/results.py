"""A graded submission as plain, frozen values; the shape of `OUT/results/<student>.json`."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.model.course import Limits
from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.people import Late, Origin, Person

SCHEMA = "torchgrade/result/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test of one submission. Points may be fractions: a parametrised test shares its points."""

    __test__ = False  # not a test class of pytest's

    id: str
    title: str
    task: str
    points: float
    max_points: float
    outcome: Outcome
    visibility: Visibility
    message: str = ""
    misconception: str | None = None
    hint: str | None = None
    seconds: float = 0.0
    cpu_seconds: float | None = None
    time_ratio: float | None = None
    """The student's time over the other's, where the test compares times."""
    seed: int | None = None
    """The run's seed: together with the id it gives every input of the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionInfo:
    """What was handed in: where it lay, the SHA-256 over names and bytes, the files' names."""

    path: str
    digest: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Of notebooks: cells that did not run to their end, lines that were dropped, what was repaired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """The measured confinement: 3 strong, 2 good, 1 weak, 0 against accidents only."""

    level: int
    layers: tuple[str, ...] = ()
    could: tuple[str, ...] = ()
    """What the canary worker could do in spite of the layers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The software and the machine that graded."""

    grader: str
    python: str
    torch: str
    platform: str
    cpu: str
    gpu: str | None = None
    """The GPU that this judge's GPU tests run on; None where there is none, or no test needs one."""
    tf32: bool | None = None
    """Whether float32 arithmetic on the GPU may be rounded to TF32; None without a GPU."""
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Tests that were pending, and were run later, perhaps on another machine, with the same seed."""

    tests: tuple[str, ...]
    finished: str
    isolation: Isolation
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything that is kept of one submission."""

    schema: str = SCHEMA
    run: str
    assignment: str
    student: str
    submission: SubmissionInfo
    status: Status
    score: float | None
    max_score: float
    pending_points: float = 0.0
    tests: tuple[TestResult, ...] = ()
    isolation: Isolation
    """The weakest that any test of it ran under."""
    environment: Environment
    """Where it was graded first; for tests that were pending then, see `completed`."""
    completed: tuple[Completion, ...] = ()
    limits: Limits = field(default_factory=Limits)
    message: str = ""
    """Why a submission was rejected, or what the fault was."""
    seconds: float = 0.0
    task_points: dict[str, float] = field(default_factory=dict)
    """Points reached by task id, in the course's order, before any penalty."""
    raw_score: float | None = None
    """The sum of all points; `score` is this less the penalty for being late."""
    submitted_at: str | None = None
    """ISO 8601 with a time zone; None where it is not known."""
    attempt: int | None = None
    """Which of the student's attempts this is, the first being 1; None where there was only one."""
    late: Late | None = None
    """None where it was on time, nobody knows, or the course has no rule."""
    person: Person | None = None
    origin: Origin | None = None


def status_of(tests: tuple[TestResult, ...]) -> Status:
    """`fault` outweighs `pending`, which outweighs `graded`. Waiting for no points leaves nothing open."""
    if any(test.outcome is Outcome.FAULT for test in tests):
        return Status.FAULT
    waits = any(test.outcome is Outcome.PENDING and test.max_points for test in tests)
    return Status.PENDING if waits else Status.GRADED


def score_of(tests: tuple[TestResult, ...]) -> float | None:
    """The sum of points; None with any fault, because a fault is never a zero."""
    if any(test.outcome is Outcome.FAULT for test in tests):
        return None
    return round(sum(test.points for test in tests), 6)
