"""The pytest session: collected once, then sat by any number of subjects.

The items are run again as rerun plugins do. The last item of a sitting runs with `nextitem=None`, so
that every fixture of a wider scope is torn down: otherwise a module fixture's value, and with it a
verdict, would belong to an earlier student.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from _pytest.runner import runtestprotocol

from grader.checks.compare import shown
from grader.checks.tolerance import Noise
from grader.judge import fixtures
from grader.judge.comparing import Gauge, settled
from grader.judge.conclude import Conclusion, conclude
from grader.judge.environment import NO_GPU
from grader.judge.exam import DESK, Desk, Exam
from grader.judge.markers import MARKERS
from grader.judge.overtime import Overtime, bounded
from grader.judge.probe_files import load_probes
from grader.judge.probe_rules import probe_problems
from grader.judge.spec import SpecReader, TestSpec, points_problems
from grader.model.course import Assignment, Timing
from grader.model.errors import AuthoringError
from grader.model.outcomes import Outcome, Visibility
from grader.subjects.base import Subject
from grader.subjects.reference import Reference
from grader.subjects.shipping import ship_by_value

INI = Path(__file__).with_name("judge.ini")
_OURS = ("grader.", "_pytest.")
_UNUSED_PLUGINS = [
    "cacheprovider",
    "logging",
    "faulthandler",
    "unraisableexception",
    "threadexception",
    "stepwise",
    "doctest",
    "junitxml",
    "pastebin",
    "debugging",
    "setuponly",
    "setupplan",
    "legacypath",
    "warnings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One test as one subject took it."""

    spec: TestSpec
    conclusion: Conclusion
    seconds: float
    cpu_seconds: float | None
    time_ratio: float | None = None
    seed: int | None
    """None for a test that did not run."""


class Session:
    """The collected tests of one assignment, ready to be sat."""

    def __init__(self, items: Sequence[pytest.Item], specs: Sequence[TestSpec], desk: Desk) -> None:
        self.specs = tuple(specs)
        self._items = dict(zip((spec.id for spec in specs), items, strict=True))
        self._desk = desk
        self._errors: list[BaseException] = []
        self._has_gpu = False
        self._begun: Callable[[str], None] = lambda _: None

    def tell_progress(self, begun: Callable[[str], None]) -> None:
        """From now on call this with a test's id before it runs."""
        self._begun = begun

    def sit(
        self,
        subject: Subject,
        reference: Reference,
        *,
        seed: int,
        call_s: float,
        key: bytes = b"",
        reply_mb: int = 256,
        timing: Timing = Timing(),  # noqa: B008 - frozen
        specs: Sequence[TestSpec] | None = None,
        noise: Callable[[TestSpec], Noise] | None = None,
        gauge: Gauge | None = None,
    ) -> list[Taken]:
        """Let a subject take tests (all by default), public ones first as they were collected.

        `noise` measures a test's noise where a verdict depends on it; without it the greatest default
        tolerance holds. A `gauge` reads off the comparisons.
        """
        chosen = self.specs if specs is None else specs
        # Those for the GPU last: each of the two kinds needs a worker of its own, and is served by one.
        runnable = sorted((spec for spec in chosen if self.can_run(spec)), key=lambda spec: spec.gpu)
        following = [*runnable[1:], None]
        sat = []
        for spec, then in zip(runnable, following, strict=True):
            exam = Exam(
                spec=spec,
                seed=seed,
                student=subject,
                reference=reference,
                call_s=call_s,
                key=key,
                reply_mb=reply_mb,
                timing=timing,
                gauge=gauge,
            )
            sat.append((exam, self._take(exam, self._items[then.id] if then else None)))
        done = {exam.spec.id: _settled(exam, taken, noise) for exam, taken in sat}
        return [done.get(spec.id) or _left_pending(spec) for spec in chosen]

    def equip(self, device: torch.device) -> None:
        """From now on tests marked `gpu` run too, on this device."""
        self._has_gpu = True
        self._desk.gpu = device

    def can_run(self, spec: TestSpec) -> bool:
        """Whether what a test needs is here."""
        return self._has_gpu or not spec.gpu

    def _take(self, exam: Exam, following: pytest.Item | None) -> Taken:
        item = self._items[exam.spec.id]
        self._errors.clear()
        self._desk.lay(exam)
        self._begun(exam.spec.id)
        cpu, started, own = exam.student.cpu_seconds(), time.perf_counter(), time.process_time()
        try:
            item._initrequest()  # type: ignore[attr-defined]  # what rerun plugins use
            runtestprotocol(item, nextitem=following, log=False)
        finally:
            self._desk.lay(None)
            item._report_sections.clear()
        seconds, used = time.perf_counter() - started, exam.student.cpu_seconds()
        if not exam.spec.timing:  # how often a submission is timed is not its choice
            exam.student.charge(time.process_time() - own)
        error = self._errors[0] if self._errors else None
        if isinstance(error, Overtime):  # in the midst of whatever it was: a reply may be half read
            exam.student.close()
            exam.reference.close()
        return Taken(
            spec=exam.spec,
            conclusion=conclude(error, exam),
            seconds=seconds,
            cpu_seconds=None if used is None or cpu is None else max(0.0, used - cpu),
            time_ratio=exam.time_ratio,
            seed=exam.seed,
        )

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Around a test's own code, and that of its fixtures, while it runs."""
        exam = self._desk.exam_or_none
        if exam is None:
            yield
            return
        with bounded(exam.most_seconds, exam.reply_mb):
            yield

    def note(self, error: BaseException) -> None:
        """Called for each phase of the running item that raised."""
        self._errors.append(error)


def _settled(exam: Exam, taken: Taken, noise: Callable[[TestSpec], Noise] | None) -> Taken:
    """Measuring takes the test again, which is why it has to be over, and every fixture torn down."""
    if noise is None or not exam.undecided:
        return taken
    return replace(taken, conclusion=settled(taken.conclusion, exam, lambda: noise(exam.spec)))


def _left_pending(spec: TestSpec) -> Taken:
    conclusion = Conclusion(outcome=Outcome.PENDING, message=NO_GPU)
    return Taken(spec=spec, conclusion=conclusion, seconds=0.0, cpu_seconds=None, seed=None)


class _Collector:
    """The judge's own pytest plugin: collects, hands the session to `work`, and records exceptions."""

    def __init__(
        self,
        root: Path,
        name: str,
        assignment: Assignment,
        only: Sequence[str],
        work: Callable[[Session], None],
    ) -> None:
        self._folders = {
            (root / "assignments" / name).resolve(): Visibility.PUBLIC,
            (root / "solutions" / name).resolve(): Visibility.HIDDEN,
        }
        self._probes = root / "assignments" / name
        self._assignment = assignment
        self._only = only
        self._work = work
        self._desk = Desk()
        self._session: Session | None = None
        self.problems: list[str] = []
        self._of_probes: list[str] = []
        self.error: BaseException | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[DESK] = self._desk
        for marker in MARKERS:
            config.addinivalue_line("markers", marker)
        try:
            probes = load_probes(self._probes)
        except Exception as error:  # noqa: BLE001 - the author's file may raise anything
            self.problems.append(f"probes.py cannot be imported: {type(error).__name__}: {error}")
            return
        if probes is not None:
            self._of_probes = probe_problems(probes)  # now: once shipped, the source is not found
            ship_by_value(probes)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.problems:
            return True
        self.problems += [
            f"{item.path}: tests lie in assignments/<id> or solutions/<id> itself, not in folders within"
            for item in session.items
            if item.path.parent.resolve() not in self._folders
        ]
        if self.problems:
            return True
        pairs = [(item, self._folders[item.path.parent.resolve()]) for item in session.items]
        pairs.sort(key=lambda pair: pair[1] is Visibility.HIDDEN)  # stable: public ones first
        reader = SpecReader(self._assignment)
        specs = reader.read(pairs)
        modules = list(dict.fromkeys(item.getparent(pytest.Module).obj for item, _ in pairs))  # type: ignore[union-attr]  # every test has a module
        self.problems += reader.problems or points_problems(self._assignment, specs)
        self.problems += self._of_probes
        self.problems += [problem for module in modules for problem in probe_problems(module)]
        if self.problems:
            return True
        for module in modules:
            ship_by_value(module)
        chosen = [(pair[0], spec) for pair, spec in zip(pairs, specs, strict=True) if self._wanted(spec)]
        if not chosen:
            self.problems.append(f"no test matches {', '.join(self._only) or 'anything'}")
            return True
        self._session = Session([item for item, _ in chosen], [spec for _, spec in chosen], self._desk)
        try:
            self._work(self._session)
        except BaseException as error:  # noqa: BLE001 - pytest would print it and go on; it is raised outside
            self.error = error
        return True

    def _wanted(self, spec: TestSpec) -> bool:
        return not self._only or any(part in spec.id for part in self._only)

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str]:
        """Pytest's own comparison takes hours on values that are made for it."""
        return [f"{shown(left)} {op} {shown(right)}"]

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Generator[None, object, object]:
        """The test's own code; pytest's, around it, is not to be interrupted."""
        with self._bounded():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """The code of a course's fixture, which may call the student as well; ours are quick."""
        own = fixturedef.func.__module__.startswith(_OURS)
        with nullcontext() if own else self._bounded():
            return (yield)

    def _bounded(self) -> AbstractContextManager[None]:
        return nullcontext() if self._session is None else self._session.bounded()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        if call.excinfo is not None and self._session is not None:
            self._session.note(call.excinfo.value)
        return (yield)


@contextmanager
def _only_our_plugins() -> Iterator[None]:
    """No installed plugin and no option of the caller's reaches the judge's pytest."""
    names = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _forget_modules(folders: Sequence[str]) -> None:
    """Pytest knows test modules by their place below the root: another course may have the same place."""
    homes = {path for folder in folders for path in (Path(folder), Path(folder).resolve())}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and Path(file).parent in homes:
            del sys.modules[name]


def with_session(
    root: Path, name: str, assignment: Assignment, work: Callable[[Session], None], only: Sequence[str] = ()
) -> None:
    """Collect an assignment's public and hidden tests once, and call `work` with the session.

    Raises AuthoringError with every problem found in the tests.
    """
    collector = _Collector(root, name, assignment, only, work)
    folders = [str(root / part / name) for part in ("assignments", "solutions")]
    existing = [folder for folder in folders if Path(folder).is_dir()]
    options = [f"-pno:{plugin}" for plugin in _UNUSED_PLUGINS]
    options += ["-pno:terminal", "--capture=no", "--import-mode=importlib", f"--rootdir={root}", f"-c{INI}"]
    with _only_our_plugins():
        code = pytest.main([*options, *existing], plugins=[fixtures, collector])
    _forget_modules(existing)
    if collector.error is not None:
        raise collector.error
    if collector.problems:
        raise AuthoringError("\n".join(collector.problems))
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise AuthoringError(f"pytest ended with {code!r} while collecting {', '.join(existing)}")
