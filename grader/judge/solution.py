"""The course's own side of a run: reference and misconceptions, each in workers of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.judge.comparing import Gauge
from grader.judge.naming import Record, can_be_named
from grader.judge.noise import Measured, NoiseMeter
from grader.judge.places import hand_ins
from grader.judge.session import Session, Taken
from grader.judge.spec import TestSpec
from grader.model.course import Assignment, Course, Limits
from grader.model.errors import AuthoringError
from grader.model.names import MISCONCEPTIONS
from grader.model.outcomes import ENDED_WORKER, Outcome
from grader.model.seeds import PUBLIC_SEED
from grader.subjects.base import Call, Ended, Returned, Subject
from grader.subjects.imports import Plant
from grader.subjects.reference import LiveReference
from grader.subjects.shipping import Shipping
from grader.subjects.worker import Spawn, WorkerSubject
from grader.worker.misconceptions import Misconception
from grader.worker.probes import list_misconceptions

_A_WHOLE_RUN_S = 1e9
_KEPT_WORKERS = 32
"""Of misconceptions. More than a task has of them, or each of its tests would start them all anew."""
_PATIENCE = 5
"""How often a test is taken again that this machine was too noisy for."""
_DOUBTFUL = ENDED_WORKER | {Outcome.FAULT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every subject of a run has in common."""

    root: Path
    name: str
    course: Course
    spawn: Spawn
    shipping: Shipping
    seed: int
    hidden: bytes = b""
    """A digest of what only staff have."""

    @property
    def key(self) -> bytes:
        """What goes into every seed beside the run's: nothing in runs that students can repeat."""
        return b"" if self.seed == PUBLIC_SEED else self.hidden

    @property
    def assignment(self) -> Assignment:
        """The assignment that is graded."""
        return self.course.assignments[self.name]

    @property
    def limits(self) -> Limits:
        """The limits of a submission."""
        return self.course.limits


class Solution:
    """Reference and misconceptions of an assignment, recorded once per run."""

    def __init__(self, setting: Setting, noise: NoiseMeter | None = None) -> None:
        """`noise` is that of the same solution under another seed: what it has measured holds for all."""
        self._setting = setting
        folder = setting.root / "solutions" / setting.name
        self.files = hand_ins(folder, setting.assignment.files)
        self._all_files = self.files | hand_ins(folder, (MISCONCEPTIONS,))
        self._limits = replace(setting.limits, submission_s=_A_WHOLE_RUN_S)
        self.reference = LiveReference(self.subject())
        self._known: tuple[Misconception, ...] | None = None
        self._records: dict[str, list[Record]] = {}
        self._sound: dict[str, bool] = {}
        self._kept: dict[str, WorkerSubject] = {}
        self.noise = noise or NoiseMeter(self.subject, self._limits.call_s)

    def subject(self, misconception: Misconception | None = None) -> WorkerSubject:
        """The reference, or one misconception, as one that takes tests."""
        setting, plant = self._setting, None
        if misconception is not None:
            plant = Plant(file=self.file_of(misconception), label=misconception.label)
        return WorkerSubject(setting.spawn, self._all_files, setting.shipping, self._limits, plant=plant)

    def file_of(self, misconception: Misconception) -> str:
        """The hand-in file of whose names a misconception replaces one."""
        return misconception.file or self._setting.assignment.files[0]

    @property
    def misconceptions(self) -> tuple[Misconception, ...]:
        """All that `misconceptions.py` declares. Raises AuthoringError if it cannot be imported."""
        if self._known is None:
            self._known = self._list() if MISCONCEPTIONS in self._all_files else ()
        return self._known

    def _list(self) -> tuple[Misconception, ...]:
        subject = self.subject()
        call = Call(target=list_misconceptions, file=MISCONCEPTIONS, seed=0, seconds=self._limits.import_s)
        answer = subject.answer(call)
        subject.close()
        if not isinstance(answer, Returned):
            said = answer.message if isinstance(answer, Ended) else answer.text
            raise AuthoringError(f"{MISCONCEPTIONS} of {self._setting.name}: {said}")
        return tuple(Misconception(**facts) for facts in answer.value)

    def of_task(self, task: str) -> list[Misconception]:
        """The misconceptions that replace a name of a task."""
        assignment = self._setting.assignment
        names, file = assignment.names_of(task), assignment.file_of(task)
        return [known for known in self.misconceptions if known.name in names and self.file_of(known) == file]

    def of_no_task(self) -> list[Misconception]:
        """The misconceptions that replace a name which no task grades: they would never be used."""
        used = [known for task in self._setting.assignment.tasks for known in self.of_task(task)]
        return [known for known in self.misconceptions if known not in used]

    def records(self, session: Session, spec: TestSpec) -> list[Record]:
        """What each misconception of the test's task does in it; run on first need."""
        if spec.id not in self._records:
            self._records[spec.id] = self.recorded(session, spec, self.of_task(spec.task))
        return self._records[spec.id]

    def recorded(self, session: Session, spec: TestSpec, known: Iterable[Misconception]) -> list[Record]:
        """What these misconceptions do in a test now, each that fails it."""
        found = [(one, self._evidence(session, spec, one)) for one in known]
        return [
            Record(sentence=one.sentence, evidence=taken.conclusion.evidence)
            for one, taken in found
            if can_be_named(taken.conclusion) and taken.conclusion.evidence is not None
        ]

    def _evidence(self, session: Session, spec: TestSpec, known: Misconception) -> Taken:
        taken = self._take(session, spec, known)
        if taken.conclusion.outcome in _DOUBTFUL:  # it is kept for the whole run
            self._kept.pop(known.label).close()
            taken = self._take(session, spec, known)
        return taken

    def _take(self, session: Session, spec: TestSpec, known: Misconception) -> Taken:
        subject = self._kept.pop(known.label, None) or self.subject(known)
        self._kept[known.label] = subject  # the failures of one submission come task by task
        while len(self._kept) > _KEPT_WORKERS:
            self._kept.pop(next(iter(self._kept))).close()
        return self.sit_patiently(session, subject, [spec])[0]

    def sit_patiently(
        self, session: Session, subject: Subject, specs: Sequence[TestSpec], gauge: Gauge | None = None
    ) -> list[Taken]:
        """The same for the course's own code, of which a verdict is needed now.

        What this machine was too noisy for is taken again, a few times.
        """
        taken = {one.spec.id: one for one in self.sit(session, subject, specs, gauge)}
        for _ in range(_PATIENCE):
            noisy = [one.spec for one in taken.values() if one.is_pending and session.can_run(one.spec)]
            if not noisy:
                break
            taken |= {one.spec.id: one for one in self.sit(session, subject, noisy, gauge)}
        return list(taken.values())

    def sit(
        self,
        session: Session,
        subject: Subject,
        specs: Sequence[TestSpec] | None = None,
        gauge: Gauge | None = None,
    ) -> list[Taken]:
        """Let a subject take tests with this run's seed and limits."""
        setting = self._setting
        return session.sit(
            subject,
            self.reference,
            seed=setting.seed,
            call_s=setting.limits.call_s,
            key=setting.key,
            reply_mb=setting.limits.reply_mb,
            timing=setting.course.timing,
            specs=specs,
            noise=lambda spec: self.measured(session, spec).noise,
            gauge=gauge,
        )

    def measured(self, session: Session, spec: TestSpec) -> Measured:
        """What rounding does to a test's results; measured on first need."""
        return self.noise.measured(session, spec)

    def is_sound(self, session: Session, spec: TestSpec) -> bool:
        """Whether the reference passes a test in this run: else its failures are the author's fault."""
        if spec.id not in self._sound:
            subject = self.subject()
            outcome = self.sit_patiently(session, subject, [spec])[0].conclusion.outcome
            subject.close()
            self._sound[spec.id] = outcome is Outcome.PASSED
        return self._sound[spec.id]

    def close(self) -> None:
        """End the workers of the reference and the misconceptions; a test that needs one starts it anew."""
        self.reference.close()
        self.noise.close()
        for subject in self._kept.values():
            subject.close()
        self._kept.clear()
