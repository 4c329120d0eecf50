"""Everyone who takes an assignment's tests for its proof: reference, starter, misconceptions, and those
who have learned nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from grader.checks.tolerance import Noise
from grader.judge.comparing import Gauge
from grader.judge.noise import Measured
from grader.judge.opening import OpenJudge
from grader.judge.places import hand_ins
from grader.judge.session import Taken
from grader.judge.spec import TRIVIAL_KINDS, TestSpec
from grader.model.errors import AuthoringError
from grader.model.names import ALTERNATIVES, ASSIGNMENTS, SOLUTIONS
from grader.model.outcomes import Outcome, Visibility
from grader.model.seeds import PUBLIC_SEED
from grader.subjects.base import Subject
from grader.subjects.pretenders import Recorder, Replayer, TrivialSubject
from grader.subjects.reference import LiveReference
from grader.subjects.remembering import Remembering
from grader.subjects.worker import WorkerSubject
from grader.worker.misconceptions import Misconception


@dataclass(frozen=True, slots=True, kw_only=True)
class Sat:
    """One test as somebody took it, and how far off its values were, in tolerances."""

    taken: Taken
    beyond: float

    @property
    def spec(self) -> TestSpec:
        """The test."""
        return self.taken.spec

    @property
    def passed(self) -> bool:
        """Whether the test was passed."""
        return self.taken.conclusion.outcome is Outcome.PASSED

    @property
    def failed(self) -> bool:
        """Whether it was not; where this machine was too noisy for a verdict, neither is true."""
        return not self.passed and not self.taken.is_pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Sittings:
    """All of them, under one seed."""

    reference: Sequence[Sat]
    starter: Sequence[Sat]
    memorised: Sequence[Sat]
    """With the answers of another seed."""
    trivial: dict[str, list[Sat]]
    """By kind, only tests in which there was something to replace."""
    misconceptions: dict[str, list[Sat]]
    """By label, the tests of the task whose name it replaces."""
    alternatives: dict[str, list[Sat]]
    """By folder, every test."""
    measured: dict[str, Measured]
    """What rounding does, by the test's id."""

    @property
    def replayed(self) -> list[Sat]:
        """With the answers of the public tape: those of public tests, and nothing for hidden ones."""
        return [sat for sat in self.memorised if sat.spec.visibility is Visibility.PUBLIC]


class Pretending:
    """Lets them take the tests of an open judge."""

    def __init__(self, judge: OpenJudge) -> None:
        self._judge = judge
        self._solution = judge.solution
        self._specs = [spec for spec in judge.session.specs if not spec.gpu]
        # Before anybody sits: a gauge asks for it in the midst of a test, where none can be taken.
        self._measured = {spec.id: self._solution.measured(judge.session, spec) for spec in self._specs}

    def all(self) -> Sittings:
        """Everyone takes every test that concerns them."""
        return Sittings(
            reference=self._sit(self._solution.subject()),
            starter=self._sit(self._starter()),
            memorised=self._from_memory(),
            measured=self._measured,
            trivial=self._trivial(),
            misconceptions={
                known.label: self._misconception(known, task)
                for task in self._judge.setting.assignment.tasks
                for known in self._solution.of_task(task)
            },
            alternatives={
                folder.name: self._sit(self._alternative(folder)) for folder in self._alternatives()
            },
        )

    def _sit(self, subject: Subject, specs: Sequence[TestSpec] | None = None) -> list[Sat]:
        chosen = self._specs if specs is None else specs
        gauge = Gauge(noise=self._noise)
        try:
            taken = self._solution.sit_patiently(self._judge.session, subject, chosen, gauge)
        finally:
            subject.close()
        return [Sat(taken=one, beyond=_beyond(one, gauge)) for one in taken]

    def _noise(self, test: str) -> Noise:
        return self._measured[test].noise

    def _starter(self) -> WorkerSubject:
        setting = self._judge.setting
        folder = setting.root / ASSIGNMENTS / setting.name
        files = hand_ins(folder, setting.assignment.files)
        return WorkerSubject(setting.spawn, files, setting.shipping, setting.limits)

    def _alternatives(self) -> list[Path]:
        """Folders of other right solutions, by name."""
        setting = self._judge.setting
        folder = setting.root / SOLUTIONS / setting.name / ALTERNATIVES
        return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def _alternative(self, folder: Path) -> WorkerSubject:
        """Another right solution; a hand-in that it leaves out is the reference's."""
        setting = self._judge.setting
        own = hand_ins(folder, setting.assignment.files)
        if not own:
            wanted = " or ".join(setting.assignment.files)
            raise AuthoringError(f"the alternative {folder.name} of {setting.name} has no {wanted}")
        files = self._solution.files | own
        return WorkerSubject(setting.spawn, files, setting.shipping, setting.limits)

    def _from_memory(self) -> list[Sat]:
        """Every test, answered as the reference did under another seed."""
        setting, taken = self._judge.setting, []
        other = PUBLIC_SEED if setting.seed != PUBLIC_SEED else PUBLIC_SEED + 1
        with closing(self._solution.subject()) as subject:
            reference = Remembering(subject)
            for spec in self._specs:
                recorder = Recorder(reference)
                self._judge.session.sit(
                    recorder, LiveReference(reference), seed=other, call_s=setting.limits.call_s, specs=[spec]
                )
                taken += self._sit(Replayer(recorder.answers, recorder.timed), [spec])
        return taken

    def _trivial(self) -> dict[str, list[Sat]]:
        """By kind, every test in which such an answer can be given."""
        given: dict[str, list[Sat]] = {kind: [] for kind in TRIVIAL_KINDS}
        with closing(self._solution.subject()) as subject:
            reference = Remembering(subject)
            for spec, kind in product(self._specs, TRIVIAL_KINDS):
                trivial = TrivialSubject(reference, kind)
                (sat,) = self._sit(trivial, [spec])
                if trivial.replaced:
                    given[kind].append(sat)
        return given

    def _misconception(self, known: Misconception, task: str) -> list[Sat]:
        specs = [spec for spec in self._specs if spec.task == task]
        return self._sit(self._solution.subject(known), specs)


def _beyond(taken: Taken, gauge: Gauge) -> float:
    """How far off the values were: of a failure those of the check that failed, else the farthest.

    Infinite where a test failed otherwise than by values: by structure, an exception, an assert.
    """
    readings, conclusion = gauge.readings(taken.spec.id), taken.conclusion
    if conclusion.outcome is Outcome.PASSED:
        return max((reading.beyond for reading in readings), default=0.0)
    failed = conclusion.evidence.check if conclusion.evidence else ""
    by_value = [reading for reading in readings if reading.check == failed]
    return by_value[-1].beyond if by_value else float("inf")
