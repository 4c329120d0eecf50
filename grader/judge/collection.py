"""The judge's own pytest run: collects an assignment's tests once, and hands them over as a session.

No installed plugin takes part, and no option of whoever started the judge.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from difflib import get_close_matches
from pathlib import Path

import pytest

from grader.checks.compare import shown
from grader.judge import fixtures
from grader.judge.exam import DESK, Desk
from grader.judge.markers import MARKERS
from grader.judge.probe_files import load_probes
from grader.judge.probe_rules import probe_problems
from grader.judge.session import Session
from grader.judge.spec import SpecReader, TestSpec, points_problems
from grader.model.course import Assignment
from grader.model.errors import AuthoringError
from grader.model.outcomes import Visibility
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
        pairs = [] if self.problems else self._placed(session.items)
        specs = [] if self.problems else self._read(pairs)
        if not self.problems:
            self._hand_over([(item, spec) for (item, _), spec in zip(pairs, specs, strict=True)])
        return True

    def _placed(self, items: Sequence[pytest.Item]) -> list[tuple[pytest.Item, Visibility]]:
        """The tests by the folders they lie in, public ones first."""
        self.problems += [
            f"{item.path}: tests lie in assignments/<id> or solutions/<id> itself, not in folders within"
            for item in items
            if item.path.parent.resolve() not in self._folders
        ]
        if self.problems:
            return []
        pairs = [(item, self._folders[item.path.parent.resolve()]) for item in items]
        return sorted(pairs, key=lambda pair: pair[1] is Visibility.HIDDEN)  # stable

    def _read(self, pairs: Sequence[tuple[pytest.Item, Visibility]]) -> Sequence[TestSpec]:
        """What is said of each test; notes every problem in its markers and in its module's probes."""
        reader = SpecReader(self._assignment)
        specs = reader.read(pairs)
        modules = list(dict.fromkeys(item.getparent(pytest.Module).obj for item, _ in pairs))  # type: ignore[union-attr]  # every test has a module
        self.problems += reader.problems or points_problems(self._assignment, specs)
        self.problems += self._of_probes
        self.problems += [problem for module in modules for problem in probe_problems(module)]
        for module in [] if self.problems else modules:
            ship_by_value(module)
        return specs

    def _hand_over(self, tests: Sequence[tuple[pytest.Item, TestSpec]]) -> None:
        """Call `work` with a session of those that are wanted."""
        chosen = [(item, spec) for item, spec in tests if self._is_wanted(spec)]
        if not chosen:
            self.problems.append(_nothing_matches(self._only, [spec.id for _, spec in tests]))
            return
        self._session = Session([item for item, _ in chosen], [spec for _, spec in chosen], self._desk)
        try:
            self._work(self._session)
        except BaseException as error:  # noqa: BLE001 - pytest would print it and go on; it is raised outside
            self.error = error

    def _is_wanted(self, spec: TestSpec) -> bool:
        return not self._only or any(part in spec.id or part == spec.task for part in self._only)

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


def _nothing_matches(wanted: Sequence[str], names: Sequence[str]) -> str:
    short = {name.partition("::")[2]: name for name in names}
    near = [short[name] for one in wanted for name in get_close_matches(one, short, n=2, cutoff=0.4)]
    return (
        f"no test matches {' or '.join(wanted)}: give a task, or a part of a test's id, such as "
        f"{' or '.join(dict.fromkeys(near)) or names[0]}"
    )
