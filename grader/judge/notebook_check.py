"""The public tests of an assignment against the names of a running notebook, in its own process."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest

from grader.judge.collection import INI
from grader.judge.kept_process import kept_process
from grader.judge.local import HOME, NAMES, SPEC, local_plugin
from grader.judge.local_course import LocalAssignment
from grader.judge.local_report import Line
from grader.model.course import Assignment
from grader.model.errors import HarnessFault, UsageError

_OPTIONS = ("-q", "--capture=sys", "--import-mode=importlib", "--noconftest")
_UNUSED = ("cacheprovider", "faulthandler", "logging", "unraisableexception", "threadexception")


@dataclass(slots=True)
class Ran:
    """What came of a run."""

    lines: list[Line] = field(default_factory=list)
    home: LocalAssignment | None = None
    elsewhere: list[str] = field(default_factory=list)
    """Tasks none of whose names is in the namespace: of another notebook of the assignment."""


def run_tests(folder: Path, names: Mapping[str, Any], task: str | None, entry: object) -> Ran:
    """Run the tests of one task, or of all tasks of which the namespace has a name.

    `entry` is the plugin by which pytest knows of assignments. Raises UsageError where there is no such
    task or the tests cannot be collected, HarnessFault where pytest itself fails, and KeyboardInterrupt.
    """
    plugin = _Plugin(names, task)
    options = [*_OPTIONS, *(f"-pno:{name}" for name in _UNUSED), f"--rootdir={folder}", f"-c{INI}"]
    said = io.StringIO()
    with kept_process(folder), redirect_stdout(said), redirect_stderr(said):
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what else is installed is no business of ours
        os.environ.pop("PYTEST_ADDOPTS", None)
        code = pytest.main([str(folder), *options], plugins=[entry, plugin])
    if plugin.problems:
        raise UsageError("\n".join(plugin.problems))
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise HarnessFault(f"the tests did not run:\n{said.getvalue()[-2000:]}")
    return plugin.ran


class _Plugin:
    """Brings the namespace in, chooses the tests, and takes what came of them out."""

    def __init__(self, names: Mapping[str, Any], task: str | None) -> None:
        self.ran = Ran()
        self.problems: list[str] = []
        self._names = names
        self._task = task

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[NAMES] = self._names

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of the tasks that are asked for; the student's own tests are not run here."""
        ours = [item for item in items if SPEC in item.stash]
        if ours:
            self.ran.home = ours[0].stash[HOME]
            wanted = self._wanted(self.ran.home.assignment)
            ours = [item for item in ours if item.stash[SPEC].task in wanted]
        items[:] = ours

    def _wanted(self, assignment: Assignment) -> Sequence[str]:
        if self._task is None:
            here = [task for task in assignment.tasks if self._has_some(assignment.names_of(task))]
            self.ran.elsewhere = [task for task in assignment.tasks if task not in here]
            return here
        asked_for = [task for task in assignment.tasks if self._task in (task, *assignment.names_of(task))]
        if asked_for:
            return asked_for
        near = get_close_matches(self._task, assignment.tasks, n=1, cutoff=0.5)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(assignment.tasks)
        self.problems.append(f"There is no task {self._task!r}.{guess} The tasks are: {known}.")
        return []

    def _has_some(self, names: Sequence[str]) -> bool:
        return any(callable(self._names.get(name)) for name in names)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.ran.lines = local_plugin(session.config).lines
