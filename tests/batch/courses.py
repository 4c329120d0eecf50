"""A small course on disk, and classes of submissions to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.batch.grading import Graded, grade
from grader.batch.plan import Request
from grader.batch.schedule import StartJudge
from grader.model.configuration import load_course
from grader.model.orders import Ready
from grader.model.results import Result
from grader.model.runs import RunHeader, RunOptions

CONFIGURATION = """\
course: A small course
assignments:
  a1:
    title: First
    files: [hw.py]
    tasks:
      t: {points: 10}
  a2:
    title: Second
    files: [one.py, two.py]
    tasks:
      one: {points: 4}
      two: {points: 6, file: two.py}
"""


class Record:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.headers: list[RunHeader] = []
        self.readies: list[Ready] = []
        self.results: list[Result] = []

    def started(self, header: RunHeader) -> None:
        self.headers.append(header)

    def ready(self, ready: Ready) -> None:
        self.readies.append(ready)

    def graded(self, result: Result) -> None:
        self.results.append(result)


@dataclass(frozen=True)
class Course:
    """A course's folder with one class of submissions, and a gradebook."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> Course:
        (root / "assignments" / "a1").mkdir(parents=True)
        (root / "assignments" / "a1" / "test_hw.py").write_text("def test(agree): agree('t')\n")
        (root / "solutions" / "a1").mkdir(parents=True)
        (root / "solutions" / "a1" / "hw.py").write_text("t = 1\n")
        (root / "autograder.yml").write_text(CONFIGURATION)
        (root / "class").mkdir()
        return cls(root)

    @property
    def folder(self) -> Path:
        return self.root / "class"

    @property
    def gradebook(self) -> str:
        return str(self.root / "gradebook.db")

    def hand_in(self, **texts: str) -> None:
        for student, text in texts.items():
            (self.folder / student).mkdir(exist_ok=True)
            (self.folder / student / "hw.py").write_text(text)

    def request(self, *, seed: int | None = None, workers: int = 2, **options: object) -> Request:
        return Request(
            root=self.root,
            course=load_course(self.root),
            assignment="a1",
            paths=[self.folder],
            gradebook=self.gradebook,
            seed=seed,
            options=RunOptions(workers=workers, **options),
        )

    def grade(self, start: StartJudge, listener: Record | None = None, **options: object) -> Graded:
        return grade(self.request(**options), start=start, listener=listener or Record())


def by_student(graded: Graded) -> dict[str, Result]:
    return {row.result.student: row.result for row in graded.rows}
