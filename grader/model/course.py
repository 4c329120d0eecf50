"""A course as `autograder.yml` describes it: frozen values with their defaults and bounds.

The bounds are annotations that `grader.model.configuration` enforces through pydantic. Nothing here
needs pydantic, because a student's copy of an assignment gets its task list from the tape instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

STRICT = {"extra": "forbid"}  # pydantic: unknown keys are errors
Shown = Literal["visible", "after_due_date", "after_published", "hidden"]
"""When students see something, in Gradescope's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a submission may use. Seconds are wall time."""

    __pydantic_config__ = STRICT

    call_s: Annotated[float, Gt(0), Le(3600)] = 5.0
    import_s: Annotated[float, Gt(0), Le(3600)] = 10.0
    submission_s: Annotated[float, Gt(0), Le(86400)] = 120.0
    memory_mb: Annotated[int, Ge(64)] = 1024
    gpu_memory_mb: Annotated[int, Ge(64)] = 4096
    """Of the GPU, for tests marked `gpu`."""
    output_kb: Annotated[int, Ge(1)] = 256
    reply_mb: Annotated[int, Ge(1)] = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How sure a verdict about time has to be, and how many seconds one may take."""

    __pydantic_config__ = STRICT

    confidence: Annotated[float, Ge(0.5), Le(0.999999)] = 0.999
    budget_s: Annotated[float, Gt(0), Le(3600)] = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One graded task: the names it consists of, the file they stand in, its points."""

    __pydantic_config__ = STRICT

    points: Annotated[float, Ge(0)]
    names: tuple[str, ...] = ()
    """Names graded; the task's id where none are given."""
    file: str = ""
    """Hand-in file; the assignment's first file where none is given."""
    extra: bool = False
    """Extra credit: not part of the maximum."""


Attempts = Literal["latest", "best", "last_on_time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """What being late costs. A day is late from its first second; percent are of the assignment's points."""

    __pydantic_config__ = STRICT

    grace_minutes: Annotated[float, Ge(0), Le(100_000)] = 0.0
    """What is handed in within them counts as on time; after them lateness counts from the due time."""
    penalty_per_day: Annotated[float, Ge(0), Le(100)] = 0.0
    cap: Annotated[float, Ge(0), Le(100)] = 100.0
    """The most that is taken off."""
    budget_days: Annotated[int, Ge(0), Le(1000)] = 0
    """Late days over the whole course that cost nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lms:
    """The class as the learning platform knows it."""

    __pydantic_config__ = STRICT

    roster: str | None = None
    """A CSV file beside `autograder.yml`."""
    timezone: str | None = None
    """The course's, like Europe/Berlin: for times that come without one, and for what a day is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One assignment: its files and its tasks by id."""

    __pydantic_config__ = STRICT

    title: str
    files: tuple[str, ...]
    tasks: dict[str, Task]
    due: datetime | None = None
    visibility: Shown = "visible"
    """When a platform shows students what became of hidden tests: title, points, hints, misconception."""
    warm: tuple[str, ...] = ()
    """Modules that the fork server imports once, before any submission."""
    handed_out: tuple[str, ...] = ()
    """Further files of the assignment's folder that students get, like a script that runs their code."""
    cells: Literal["all", "definitions"] = "all"
    """Of a notebook: every code cell, or only imports, functions, classes and constants."""
    late: LatePolicy | None = None
    """In place of the course's."""
    attempts: Attempts | None = None
    """In place of the course's."""

    def file_of(self, task: str) -> str:
        """The hand-in file in which a task's names stand."""
        return self.tasks[task].file or self.files[0]

    def names_of(self, task: str) -> tuple[str, ...]:
        """The names that a task grades."""
        return self.tasks[task].names or (task,)

    @property
    def max_score(self) -> float:
        """All points but extra credit."""
        return sum(task.points for task in self.tasks.values() if not task.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The whole of `autograder.yml`."""

    __pydantic_config__ = STRICT

    course: str
    assignments: dict[str, Assignment]
    isolation: Literal["best", 0, 1, 2, 3] = "best"
    limits: Limits = field(default_factory=Limits)
    timing: Timing = field(default_factory=Timing)
    attempts: Attempts = "latest"
    """Which of several attempts counts."""
    late: LatePolicy | None = None
    lms: Lms = field(default_factory=Lms)

    def late_policy(self, assignment: str) -> LatePolicy | None:
        """What being late costs in an assignment; the budget of days is always the course's."""
        own = self.assignments[assignment].late
        if own is None or self.late is None:
            return own or self.late
        return replace(own, budget_days=self.late.budget_days)

    @property
    def least_isolation(self) -> int:
        """The level below which grading refuses to start."""
        return 0 if self.isolation == "best" else self.isolation
