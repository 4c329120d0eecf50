"""Opening a judge: fork server, isolation measured, tests collected, reference ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from grader.judge.collection import with_session
from grader.judge.environment import describe_environment
from grader.judge.gpu_room import GpuRoom, open_room
from grader.judge.places import hand_ins
from grader.judge.session import Session
from grader.judge.solution import Setting, Solution
from grader.model.configuration import assignment_of, load_course
from grader.model.course import Assignment
from grader.model.digests import digest_files
from grader.model.errors import AuthoringError, HarnessFault, IsolationError
from grader.model.names import SOLUTIONS
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
    room: GpuRoom | None = None
    """Where GPU tests run; None where no test needs a GPU, or none is here."""


def open_judge(order: Order, work: Callable[[OpenJudge], None]) -> None:
    """Open a judge for an order, call `work` with it, and close everything again.

    Raises ConfigurationError, AuthoringError or IsolationError where it cannot be opened.
    """
    root = Path(order.root)
    course = load_course(root)
    assignment = assignment_of(course, order.assignment)
    _expect_references(root, order.assignment, assignment)
    server, isolation = choose(warm=assignment.warm, memory_mb=course.limits.memory_mb)
    least = max(order.require_isolation, course.least_isolation)
    with server:
        demand_level(isolation, least)
        spawner = Spawner(server)
        setting = Setting(
            root=root,
            name=order.assignment,
            course=course,
            spawn=spawner,
            shipping=Shipping(),
            seed=order.seed,
            hidden=_digest(root / SOLUTIONS / order.assignment) if order.keyed else b"",
        )

        def with_tests(session: Session) -> None:
            with ExitStack() as stack:
                room = None
                if any(spec.gpu for spec in session.specs):
                    room = open_room(server.plan, course.limits, assignment.warm)
                if room is not None:
                    stack.enter_context(room)
                    demand_level(room.isolation, least)
                    session.equip(room.device)
                    spawner.room = room
                solution = Solution(setting)
                stack.callback(solution.close)
                work(
                    OpenJudge(
                        setting=setting,
                        session=session,
                        solution=solution,
                        isolation=_weaker(isolation, room),
                        environment=describe_environment(None if room is None else room.gpu.name),
                        room=room,
                    )
                )

        with_session(root, order.assignment, assignment, with_tests, order.only)


def under_seeds(judge: OpenJudge, seeds: Iterable[int]) -> Iterator[OpenJudge]:
    """The same judge under each seed, with a reference of its own; what rounding does is the same for all."""
    for seed in seeds:
        setting = replace(judge.setting, seed=seed)
        with closing(Solution(setting, judge.solution.noise)) as solution:
            yield replace(judge, setting=setting, solution=solution)


def demand_level(isolation: Isolation, least: int) -> None:
    """Raises IsolationError if the measured level is below the one demanded."""
    if isolation.level < least:
        raise IsolationError(
            f"this machine reaches isolation level {isolation.level}, and {least} is demanded; "
            "`grader doctor` says what is missing and how to mend it"
        )


def _expect_references(root: Path, name: str, assignment: Assignment) -> None:
    folder = Path("solutions") / name
    there = [file for file in assignment.files if hand_ins(root / folder, (file,))]
    missing = [str(folder / file) for file in assignment.files if file not in there]
    if missing:
        raise AuthoringError(f"grading needs the reference, and there is no {' and no '.join(missing)}")


def _digest(folder: Path) -> bytes:
    """Of the files in the solution's folder, hidden tests among them."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.py")}
    return digest_files(files).encode()


def _weaker(isolation: Isolation, room: GpuRoom | None) -> Isolation:
    return isolation if room is None or room.isolation.level >= isolation.level else room.isolation


class Spawner:
    """Starts the workers of a judge: those for the CPU by its fork server, those for a GPU in its room."""

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self.room: GpuRoom | None = None

    def __call__(self, memory_mb: int, processes: int, cpu_s: float, *, gpu: bool = False) -> WorkerProcess:
        """A fresh, confined worker. Raises HarnessFault or IsolationError where none can be had."""
        if not gpu:
            limits = WorkerLimits(memory_mb=memory_mb, cpu_s=cpu_s, processes=processes)
            return self._server.spawn(limits)
        if self.room is None:
            raise HarnessFault("a test was to run on a GPU, and none is here")
        return self.room.spawn(memory_mb, processes, cpu_s)
