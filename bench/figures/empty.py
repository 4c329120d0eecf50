"""Pytest's own share: tests with the usual fixtures and empty bodies, collected once and run again."""

from __future__ import annotations

from pathlib import Path

from figures.floor import DirectSubject
from figures.judged import seconds_of
from grader.judge.collection import with_session
from grader.judge.session import Session
from grader.model.configuration import assignment_of, load_course
from grader.subjects.base import Answer, Call
from grader.subjects.reference import CallId


class _NoReference:
    def answer(self, call: Call, place: CallId) -> Answer:
        raise RuntimeError("an empty test asks nobody")

    def cpu_seconds(self) -> float | None:
        return None

    def close(self) -> None:
        return None


def measure_empty(root: Path, assignment: str, *, sittings: int) -> list[float]:
    """Seconds per test, one sample for each sitting of all tests."""
    found: list[float] = []

    def work(session: Session) -> None:
        def sit() -> None:
            session.sit(DirectSubject({}), _NoReference(), seed=1, call_s=5)

        sit()
        found.extend(seconds_of(sit) / len(session.specs) for _ in range(sittings))

    course = load_course(root / "autograder.yml")
    with_session(root, assignment, assignment_of(course, assignment), work)
    return found
