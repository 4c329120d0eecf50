"""`student` and `reference` as a test sees them."""

from __future__ import annotations

from typing import Any

from grader.judge.exam import Desk, Exam
from grader.judge.frames import Draw, Frames
from grader.judge.race import Race, Sample
from grader.judge.turns import turn
from grader.judge.verdicts import NOT_BEGUN, no_answer, student_raised
from grader.model.errors import AuthoringError
from grader.subjects.base import Answer, Raised, Returned, Target
from grader.wire.codec import plain


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


def value_of(answer: Answer, check: str) -> Any:
    """The value of an answer; any other answer ends the test."""
    if isinstance(answer, Returned):
        return answer.value
    raise student_raised(answer, check) if isinstance(answer, Raised) else no_answer(answer, check)


def is_not_begun(answer: Raised) -> bool:
    """Whether a starter answered. What it raises is a RuntimeError, which a test may have asked for."""
    return answer.types[0] == NOT_BEGUN
