"""Plain `pytest` on an assignment's folder: the student's own run.

The student's code runs in this process, the tape (or the solution, where the course has it here)
answers for the reference, and the end of the run shows tasks, points and reasons.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.judge import fixtures, naming
from grader.judge.conclude import Conclusion, conclude
from grader.judge.environment import MEASURED_WHEN_GRADED, NO_GPU, lacks_gpu
from grader.judge.exam import DESK, Desk, Exam
from grader.judge.hinting import hint_of, with_hint
from grader.judge.local_course import LocalAssignment, open_assignment
from grader.judge.local_report import Line, failure_text, write_json, write_summary
from grader.judge.places import Place, place_of
from grader.judge.probe_files import load_probes
from grader.judge.spec import SpecReader, TestSpec, is_marked
from grader.model.errors import GraderError
from grader.model.outcomes import Outcome
from grader.model.seeds import PUBLIC_SEED
from grader.subjects.reference import TapedReference
from grader.worker.accelerators import Cuda

SPEC = pytest.StashKey[TestSpec]()
HOME = pytest.StashKey[LocalAssignment]()
NAMES = pytest.StashKey[Mapping[str, Any]]()
"""The namespace that stands for the student's files, where a notebook checks itself."""
_EXAM = pytest.StashKey[Exam]()
_PLUGIN = "grader-local"


def local_plugin(config: pytest.Config) -> LocalPlugin:
    """The plugin of this pytest run; registered on first need."""
    found = config.pluginmanager.get_plugin(_PLUGIN)
    if isinstance(found, LocalPlugin):
        return found
    plugin = LocalPlugin(config)
    config.stash[DESK] = plugin.desk
    config.pluginmanager.register(fixtures, "grader-fixtures")
    config.pluginmanager.register(plugin, _PLUGIN)
    return plugin


class LocalPlugin:
    """Exams, outcomes and the summary of a local run."""

    def __init__(self, config: pytest.Config) -> None:
        self.desk = Desk()
        self._debugging = bool(config.getoption("usepdb") or config.getoption("trace"))
        submission = config.getoption("--submission")
        self._submission = Path(submission).resolve() if submission else None
        self._names = config.stash.get(NAMES, None)
        self._json = config.getoption("--grader-json")
        self._assignments: dict[Path, LocalAssignment] = {}
        self.lines: list[Line] = []

    def prepare(self, place: Place) -> None:
        """Open the assignment of a test file that is about to be imported. Raises CollectError."""
        try:
            if place.assignment_folder not in self._assignments:
                opened = open_assignment(
                    place, self._submission, timed=not self._debugging, names=self._names
                )
                self._assignments[place.assignment_folder] = opened
            load_probes(place.assignment_folder)
        except GraderError as error:
            raise pytest.Collector.CollectError(str(error)) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the markers of the assignments' tests; all mistakes at once."""
        problems = []
        for folder, home in self._assignments.items():
            places = [(item, place_of(item.path)) for item in items]
            there = [(item, place) for item, place in places if place and place.assignment_folder == folder]
            # A test without any of our markers is the student's own, and runs as pytest runs any test.
            ours = [(item, place) for item, place in there if is_marked(item)]
            reader = SpecReader(home.assignment)
            specs = reader.read([(item, place.visibility) for item, place in ours])
            problems += reader.problems
            for (item, _), spec in zip(ours, specs, strict=True):
                item.stash[SPEC], item.stash[HOME] = spec, home
                item.extra_keyword_matches.add(spec.task)  # `-k` takes what the table calls it
        if problems:
            raise pytest.UsageError("\n".join(problems))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Lay the exam on the desk while a test of an assignment runs."""
        spec, home = item.stash.get(SPEC, None), item.stash.get(HOME, None)
        if spec is None or home is None:
            return (yield)
        exam = Exam(
            spec=spec,
            seed=PUBLIC_SEED,
            student=home.student,
            reference=home.reference,
            call_s=home.limits.call_s,
            timing=home.timing,
            debugging=self._debugging,
            noise=home.noise(spec.id),
        )
        item.stash[_EXAM] = exam
        self.desk.lay(exam)
        try:
            return (yield)
        finally:
            self.desk.lay(None)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test that needs a GPU waits for one."""
        spec = item.stash.get(SPEC, None)
        if spec is None or not spec.gpu:
            return
        if lacks_gpu(spec):
            pytest.skip(NO_GPU)
        tape = item.stash[HOME].tape
        if isinstance(item.stash[HOME].reference, TapedReference) and tape and spec.id not in tape.tests:
            pytest.skip(MEASURED_WHEN_GRADED)
        Cuda().reset()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """The outcome of a test, in the words of the student's report."""
        report = yield
        exam = item.stash.get(_EXAM, None)
        if exam is None or not (call.when == "call" or call.excinfo is not None):
            return report
        conclusion = conclude(call.excinfo.value if call.excinfo else None, exam)
        home = item.stash[HOME]
        sentence = naming.name(conclusion, home.records(exam.spec.id))
        conclusion = with_hint(conclusion, hint_of(conclusion, sentence))
        self.lines.append(Line(home=home, spec=exam.spec, conclusion=conclusion, misconception=sentence))
        if report.failed and _is_told(conclusion):
            report.longrepr = failure_text(exam.spec, conclusion, sentence)
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tasks, points and reasons."""
        for home in self._assignments.values():
            write_summary(terminalreporter, home, [line for line in self.lines if line.home is home])

    def pytest_sessionfinish(self) -> None:
        """The same as data, where it is asked for."""
        if self._json:
            write_json(Path(self._json), self.lines)


def _is_told(conclusion: Conclusion) -> bool:
    """A plain assert keeps pytest's own display, and a fault its traceback."""
    by_assert = conclusion.evidence is not None and conclusion.evidence.check.startswith("assert")
    return conclusion.outcome is not Outcome.FAULT and not by_assert
