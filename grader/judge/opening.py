"""Opening a judge: fork server, isolation measured, tests collected, reference ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.judge.environment import describe_environment
from grader.judge.session import Session, with_session
from grader.judge.solution import Setting, Solution
from grader.model.configuration import assignment_of, load_course
from grader.model.course import Assignment, Course
from grader.model.errors import AuthoringError, IsolationError
from grader.model.orders import Order
from grader.model.results import Environment, Isolation
from grader.sandbox.plans import choose
from grader.sandbox.server import ForkServer, WorkerLimits, WorkerProcess
from grader.subjects.shipping import Shipping


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJudge:
    """Everything that grading, proving and releasing work with."""

    setting: Setting
    session: Session
    solution: Solution
    isolation: Isolation
    environment: Environment


def open_judge(order: Order, work: Callable[[OpenJudge], None]) -> None:
    """Open a judge for an order, call `work` with it, and close everything again.

    Raises ConfigurationError, AuthoringError or IsolationError where it cannot be opened.
    """
    root = Path(order.root)
    course = load_course(root)
    assignment = assignment_of(course, order.assignment)
    _expect_references(root, order.assignment, assignment)
    server, isolation = choose(warm=assignment.warm, memory_mb=course.limits.memory_mb)
    with server:
        demand_level(isolation, max(order.require_isolation, course.least_isolation))
        setting = Setting(
            root=root,
            name=order.assignment,
            course=course,
            spawn=_spawner(server, course),
            shipping=Shipping(),
            seed=order.seed,
        )

        def with_tests(session: Session) -> None:
            solution = Solution(setting)
            try:
                work(
                    OpenJudge(
                        setting=setting,
                        session=session,
                        solution=solution,
                        isolation=isolation,
                        environment=describe_environment(),
                    )
                )
            finally:
                solution.close()

        with_session(root, order.assignment, assignment, with_tests, order.only)


def demand_level(isolation: Isolation, least: int) -> None:
    """Raises IsolationError if the measured level is below the one demanded."""
    if isolation.level < least:
        raise IsolationError(
            f"this machine reaches isolation level {isolation.level}, and {least} is demanded; "
            "`grader doctor` says what is missing and how to mend it"
        )


def _expect_references(root: Path, name: str, assignment: Assignment) -> None:
    folder = Path("solutions") / name
    missing = [str(folder / file) for file in assignment.files if not (root / folder / file).is_file()]
    if missing:
        raise AuthoringError(f"grading needs the reference, and there is no {' and no '.join(missing)}")


def _spawner(server: ForkServer, course: Course) -> Callable[[int, int], WorkerProcess]:
    def spawn(memory_mb: int, processes: int) -> WorkerProcess:
        limits = WorkerLimits(memory_mb=memory_mb, cpu_s=course.limits.submission_s, processes=processes)
        return server.spawn(limits)

    return spawn
