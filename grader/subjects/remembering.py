"""A subject that answers each question once: for those who only have the reference's answers."""

from __future__ import annotations

from grader.subjects.base import Answer, Call, Subject, Target, TimedAnswer
from grader.subjects.reference import call_digest


class Remembering:
    """Passes on a call that it has not seen yet, and repeats the answer to one that it has.

    For code that answers equal calls of equal seed alike, as the reference does.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._answers: dict[tuple[Target, int, bytes], Answer] = {}

    def answer(self, call: Call) -> Answer:
        """The remembered answer, or a new one."""
        if call.survey:
            return self._subject.answer(call)
        key = (call.target, call.seed, call_digest(call))
        if key not in self._answers:
            self._answers[key] = self._subject.answer(call)
        return self._answers[key]

    def time(self, call: Call) -> TimedAnswer:
        """Measured anew each time."""
        return self._subject.time(call)

    def charge(self, seconds: float) -> None:
        """Not limited."""

    def cpu_seconds(self) -> float | None:
        """Not measured."""
        return None

    def close(self) -> None:
        """The subject is closed by whoever made it."""
