"""`student` and `reference` as a test sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.judge.exam import Desk, Exam
from grader.judge.frames import Draw, Frames
from grader.judge.race import Race, Sample
from grader.judge.turns import turn
from grader.judge.verdicts import NOT_BEGUN, no_answer, student_raised
from grader.model.errors import AuthoringError
from grader.subjects.base import Answer, Raised, Returned, Target
from grader.wire.codec import plain
from grader.worker.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a call gave, and what torch did for it (see `grader.worker.operations`).

    Numbers of a student's trace are claims of their worker, as values are, but no reference checks them.
    """

    value: Any
    ops: dict[str, int]
    """How often each operation ran, by torch's name without `aten.` and overload: `mm`, `add_`, `view`."""
    largest_numel: int
    """Elements of the largest tensor that an operation made or changed."""
    flops: int
    """Floating point operations of products of matrices, convolutions and attention."""
    peak_bytes: int
    """The most bytes alive at a time that recorded operations allocated."""
    brought_in: int
    """Elements of tensors made beside the recorded operations: from lists, by numpy, in another thread."""
    taken_out: int
    """Elements of tensors read by `tolist`, `numpy` and the like; `item` is an operation."""


class Student:
    """The submission under test."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __repr__(self) -> str:
        return "student"  # in the message of an assert, where an address would differ each time

    def call(self, target: Target, *args: Any, **kwargs: Any) -> Any:
        """The value of a target. Ends the test where the student's code gives none."""
        exam = self._desk.exam
        check = exam.next_check("call")
        return value_of(exam.ask_student(target, args, kwargs), check)

    def trace(self, target: Target, *args: Any, device: str | None = None, **kwargs: Any) -> Trace:
        """As `call`, with the operations that were dispatched, without those of a probe's set-up.

        Gradients are off, because the graph adds operations; a probe may turn them on by
        `torch.enable_grad()`. On `device="meta"` tensors have no values, and of each tensor in the
        result come only `shape` and `dtype`: code that looks at values raises there.
        """
        exam = self._desk.exam
        check = exam.next_check("trace")
        answer = exam.ask_student(
            target, args, kwargs, record=Recording(operations=True, device=_meta(device))
        )
        found = _trace(value_of(answer, check), answer)
        exam.answers.append(found.ops)
        return found

    def raises(self, target: Target, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """The type names of what a target raised, most derived first; empty if it returned.

        NotImplementedError ends the test: it says that the student has not begun.
        """
        exam = self._desk.exam
        check = exam.next_check("raises")
        answer = exam.ask_student(target, args, kwargs)
        if isinstance(answer, Raised) and is_not_begun(answer):
            raise student_raised(answer, check)
        if isinstance(answer, Returned | Raised):
            types = answer.types if isinstance(answer, Raised) else ()
            exam.answers.append(types)
            return types
        raise no_answer(answer, check)

    def time(self, target: Target, inputs: Draw, samples: int = 10) -> list[Sample]:
        """What a target takes for one of the inputs that `inputs` draws; each answer is checked.

        One sample is the mean over a frame of inputs. Pending where the reference is not here to run.
        """
        race = _race(self._desk.exam, target, inputs)
        with turn():
            race.get_ready()
            return [race.sample() for _ in range(samples)]


class ReferenceSolution:
    """The reference solution: live when grading, on the tape locally."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __repr__(self) -> str:
        return "reference"

    def call(self, target: Target, *args: Any, **kwargs: Any) -> Any:
        """The reference's value of a target. Raises AuthoringError where it gives none."""
        answer = self._desk.exam.ask_reference(target, args, kwargs)
        if isinstance(answer, Returned):
            return plain(answer.value)
        raise AuthoringError(f"the reference raised {answer.types[0]}: {answer.text}")  # type: ignore[union-attr]  # Raised

    def trace(self, target: Target, *args: Any, device: str | None = None, **kwargs: Any) -> Trace:
        """As `call`, with what was recorded; see `Student.trace`. Counts differ between versions of torch."""
        recording = Recording(operations=True, device=_meta(device))
        answer = self._desk.exam.ask_reference(target, args, kwargs, record=recording)
        if isinstance(answer, Returned):
            return _trace(plain(answer.value), answer)
        raise AuthoringError(f"the reference raised {answer.types[0]}: {answer.text}")  # type: ignore[union-attr]  # Raised

    def raises(self, target: Target, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """The type names of what the reference raised, most derived first; empty if it returned."""
        answer = self._desk.exam.ask_reference(target, args, kwargs)
        return answer.types if isinstance(answer, Raised) else ()

    def time(self, target: Target, inputs: Draw, samples: int = 10) -> list[Sample]:
        """What a target of the reference takes, as `Student.time`."""
        race = _race(self._desk.exam, target, inputs)
        with turn():
            race.get_ready(alone=True)
            return [race.sample_of_reference() for _ in range(samples)]


def _race(exam: Exam, target: Target, inputs: Draw) -> Race:
    check = exam.next_check("time")
    return Race(exam, check, target, target, Frames(exam, inputs, check, target))


def _meta(device: str | None) -> str | None:
    if device not in (None, "meta"):
        raise AuthoringError(f"trace(device={device!r}): None or 'meta' is possible")
    return device


def _trace(value: Any, answer: Answer) -> Trace:
    assert isinstance(answer, Returned)
    if answer.record is None or answer.record.operations is None:
        raise AuthoringError("nothing was recorded of this call: the tape is older than the test")
    seen = answer.record.operations
    return Trace(
        value=value,
        ops=dict(seen.ops),
        largest_numel=seen.largest_numel,
        flops=seen.flops,
        peak_bytes=seen.peak_bytes,
        brought_in=seen.brought_in,
        taken_out=seen.taken_out,
    )


def value_of(answer: Answer, check: str) -> Any:
    """The value of an answer; any other answer ends the test."""
    if isinstance(answer, Returned):
        return answer.value
    raise student_raised(answer, check) if isinstance(answer, Raised) else no_answer(answer, check)


def values_of_both(
    exam: Exam, target: Target, args: Sequence[Any], kwargs: Mapping[str, Any], check: str
) -> tuple[Any, Any]:
    """The student's and the reference's value of one target, under one seed.

    Ends the test where the student gives none. Raises AuthoringError where the reference raises.
    """
    number = exam.pair()
    expected = exam.ask_reference(target, args, kwargs, number)
    if not isinstance(expected, Returned):
        raise AuthoringError(f"the reference raises in {check} of {exam.spec.id}: {expected}")
    return value_of(exam.ask_student(target, args, kwargs, number), check), expected.value


def is_not_begun(answer: Raised) -> bool:
    """Whether a starter answered. What it raises is a RuntimeError, which a test may have asked for."""
    return answer.types[0] == NOT_BEGUN
