"""One test being taken by one subject: its seeds, its calls, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from grader.judge.spec import TestSpec
from grader.model.errors import AuthoringError
from grader.model.seeds import derive
from grader.subjects.base import Answer, Call, Raised, Returned, Subject, Target
from grader.subjects.reference import Place, Reference


@dataclass(slots=True, kw_only=True)
class Exam:
    """The state of one run of one test. The n-th calls of student and reference share a seed."""

    spec: TestSpec
    seed: int
    student: Subject
    reference: Reference
    call_s: float
    debugging: bool = False
    checks: int = 0
    answers: list[Any] = field(default_factory=list)
    """What the student returned so far, for the evidence of a plain assert."""
    _student_calls: int = 0
    _reference_calls: int = 0
    _places: int = 0
    _generator: torch.Generator | None = None

    @property
    def generator(self) -> torch.Generator:
        """The one source of the test's random inputs."""
        if self._generator is None:
            self._generator = torch.Generator().manual_seed(derive(self.seed, self.spec.id, "inputs"))
        return self._generator

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
        self, target: Target, args: Sequence[Any], kwargs: Mapping[str, Any], number: int | None = None
    ) -> Answer:
        """The student's answer; in a debugger, their exception itself."""
        if number is None:
            number, self._student_calls = self._student_calls, self._student_calls + 1
        answer = self.student.answer(self._call(target, args, kwargs, number))
        if isinstance(answer, Raised) and self.debugging and answer.error is not None:
            raise answer.error
        if isinstance(answer, Returned):
            self.answers.append(answer.value)
        return answer

    def ask_reference(
        self, target: Target, args: Sequence[Any], kwargs: Mapping[str, Any], number: int | None = None
    ) -> Answer:
        """The reference's answer. Raises AuthoringError where it gives none."""
        if number is None:
            number, self._reference_calls = self._reference_calls, self._reference_calls + 1
        place = Place(self.spec.id, self._places)
        self._places += 1
        answer = self.reference.answer(self._call(target, args, kwargs, number), place)
        if isinstance(answer, Raised) and "ImportError" in answer.types:
            # Both sides would raise it, and every student would agree with the reference.
            raise AuthoringError(f"the reference cannot import in {self.spec.id}: {answer.text}")
        if isinstance(answer, Returned | Raised):
            return answer
        raise AuthoringError(f"the reference does not answer in {self.spec.id}: {answer.message}")

    def _call(self, target: Target, args: Sequence[Any], kwargs: Mapping[str, Any], number: int) -> Call:
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
            seed=derive(self.seed, self.spec.id, number),
            seconds=self.spec.seconds or self.call_s,
            memory_mb=self.spec.memory_mb,
            processes=self.spec.processes,
            gpu=self.spec.gpu,
            visibility=self.spec.visibility,
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
    def exam(self) -> Exam:
        """The exam of the running test. Raises AuthoringError outside of one."""
        if self._exam is None:
            raise AuthoringError(
                "`student`, `reference` and the checks work only in tests marked with `task`"
            )
        return self._exam


DESK = pytest.StashKey[Desk]()
