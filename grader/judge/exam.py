"""One test being taken by one subject: its seeds, its calls, and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from grader.checks.tolerance import Noise
from grader.judge.overtime import most_seconds
from grader.judge.spec import TestSpec
from grader.model.course import Timing
from grader.model.errors import AuthoringError
from grader.model.outcomes import Visibility
from grader.model.seeds import derive
from grader.subjects.base import Answer, Call, Raised, Returned, Subject, Target
from grader.subjects.records import Seen
from grader.subjects.reference import CallId, Reference
from grader.worker.recording import Recording

if TYPE_CHECKING:
    from grader.judge.comparing import Gauge, Undecided


@dataclass(slots=True, kw_only=True)
class Exam:
    """The state of one run of one test. The n-th calls of student and reference share a seed."""

    spec: TestSpec
    seed: int
    student: Subject
    reference: Reference
    call_s: float
    key: bytes = b""
    """What students do not know, for seeds that nobody can find by trying."""
    timing: Timing = Timing()  # noqa: RUF009 - frozen
    reply_mb: int = 256
    debugging: bool = False
    checks: int = 0
    answers: list[Any] = field(default_factory=list)
    """What the student returned so far, for the evidence of a plain assert."""
    noise: Noise | None = None
    """The test's noise, where it is known beforehand."""
    gauge: Gauge | None = None
    """Reads off every comparison, where somebody wants figures."""
    undecided: list[Undecided] = field(default_factory=list)
    """Comparisons whose verdict depends on the test's noise."""
    seen: list[Seen] = field(default_factory=list)
    """Forbidden names that the student's code was seen to use, over all calls of the test."""
    notes: list[str] = field(default_factory=list)
    """What a passing test leaves open, in words."""
    time_ratio: float | None = None
    """The student's time over the other's, once a check has compared them."""
    _student_calls: int = 0
    _reference_calls: int = 0
    _places: int = 0
    _measures: int = 0
    _generator: torch.Generator | None = None

    @property
    def seconds(self) -> float:
        """The limit of a call."""
        return self.spec.seconds or self.call_s

    @property
    def most_seconds(self) -> float:
        """CPU seconds for the test's own work on the answers."""
        return most_seconds(self.seconds)

    @property
    def generator(self) -> torch.Generator:
        """The one source of the test's random inputs."""
        if self._generator is None:
            self._generator = torch.Generator().manual_seed(self.derived("inputs"))
        return self._generator

    def derived(self, *parts: int | str) -> int:
        """A seed of this test and run for a purpose."""
        return derive(self.seed, self.spec.id, *parts, key=self.key)

    def drawn_apart(self, generator: torch.Generator, draw: Callable[[], Any]) -> Any:
        """What `draw` draws from another source, so that what follows it in the test stays as it was."""
        own, self._generator = self._generator, generator
        try:
            return draw()
        finally:
            self._generator = own

    def next_check(self, kind: str) -> str:
        """The name of the check that begins now."""
        self.checks += 1
        return f"{kind} {self.checks}"

    def pair(self) -> int:
        """One number for a call that both sides answer."""
        number = max(self._student_calls, self._reference_calls)
        self._student_calls = self._reference_calls = number + 1
        return number

    def ask_student(
        self,
        target: Target,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        number: int | None = None,
        record: Recording | None = None,
    ) -> Answer:
        """The student's answer; in a debugger, their exception itself."""
        if self.spec.forbid:
            record = replace(record or Recording(), watched=self.spec.forbid, graded=self.spec.names)
        if number is None:
            number, self._student_calls = self._student_calls, self._student_calls + 1
        answer = self.student.answer(self._call(target, args, kwargs, number, record))
        if isinstance(answer, Raised) and self.debugging and answer.error is not None:
            raise answer.error
        if isinstance(answer, Returned):
            self.answers.append(answer.value)
            self.seen += answer.record.seen if answer.record else ()
        return answer

    def survey_student(self) -> Answer:
        """What the student's source says; nothing of it is called."""
        return self.student.answer(replace(self._call("survey", (), {}, 0), survey=True))

    def ask_reference(
        self,
        target: Target,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        number: int | None = None,
        record: Recording | None = None,
    ) -> Answer:
        """The reference's answer. Raises AuthoringError where it gives none."""
        if number is None:
            number, self._reference_calls = self._reference_calls, self._reference_calls + 1
        place = CallId(self.spec.id, self._places)
        self._places += 1
        answer = self.reference.answer(self._call(target, args, kwargs, number, record), place)
        if isinstance(answer, Raised) and "ImportError" in answer.types:
            # Both sides would raise it, and every student would agree with the reference.
            raise AuthoringError(f"the reference cannot import in {self.spec.id}: {answer.text}")
        if isinstance(answer, Returned | Raised):
            return answer
        raise AuthoringError(f"the reference does not answer in {self.spec.id}: {answer.message}")

    def measure(self, target: Target, args: Sequence[Any]) -> Answer | None:
        """The reference's answer to what depends on the student; None where it waits for grading.

        It is neither remembered nor taped. What comes of it may be the student's doing.
        """
        number, self._measures = self._measures, self._measures + 1
        call = self._call(target, args, {}, number)
        # As hidden, always: a worker that goes back from hidden to public calls is replaced.
        return self.reference.measure(replace(call, visibility=Visibility.HIDDEN))

    def note(self, text: str) -> None:
        """Say once what stays open although the test passes."""
        if text not in self.notes:
            self.notes.append(text)

    def frame(
        self, target: Target, inputs: Sequence[tuple[Any, ...]], label: str, cpu: int | None = None
    ) -> Call:
        """A call for many inputs at once, for those who are timed; not one of the test's numbered calls."""
        return replace(self._call(target, inputs, {}, label), cpu=cpu)

    def _call(
        self,
        target: Target,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        number: int | str,
        record: Recording | None = None,
    ) -> Call:
        if not isinstance(target, str) and "<" in target.__qualname__:
            raise AuthoringError(
                f"{self.spec.id}: a probe must stand at the top level of its file; {target.__qualname__} "
                "would be another function in every run"
            )
        return Call(
            target=target,
            file=self.spec.file,
            args=args,
            kwargs=kwargs,
            seed=self.derived(number),
            seconds=self.seconds,
            memory_mb=self.spec.memory_mb,
            processes=self.spec.processes,
            gpu=self.spec.gpu,
            visibility=self.spec.visibility,
            record=record,
        )


class Desk:
    """Where the running test finds its exam. One a pytest session; empty between tests."""

    def __init__(self) -> None:
        self._exam: Exam | None = None
        self.gpu = torch.device("cuda")
        """What tests marked `gpu` work on."""

    def lay(self, exam: Exam | None) -> None:
        """Put an exam down, or take it away."""
        self._exam = exam

    @property
    def exam_or_none(self) -> Exam | None:
        """The exam of the running test, if one runs."""
        return self._exam

    @property
    def exam(self) -> Exam:
        """The exam of the running test. Raises AuthoringError outside of one."""
        if self._exam is None:
            raise AuthoringError(
                "`student`, `reference` and the checks work only in tests marked with `task`"
            )
        return self._exam


DESK = pytest.StashKey[Desk]()
