"""A course of a few lines on disk, and a real judge process over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.judge.process import JudgeProcess
from grader.model.orders import Order, Ready, Submission
from grader.model.results import Result, TestResult
from tests.warm import start_judge

HEAD = "import pytest\nimport torch\n\n"


@dataclass(frozen=True)
class Course:
    """Made from texts: public and hidden tests, the reference, misconceptions, probes."""

    root: Path

    @classmethod
    def make(
        cls,
        root: Path,
        *,
        tasks: dict[str, int],
        public: str = "",
        hidden: str = "",
        reference: str = "",
        limits: str = "{call_s: 2, import_s: 5, memory_mb: 400}",
        **files: str,
    ) -> Course:
        assignment, solution = root / "assignments" / "a1", root / "solutions" / "a1"
        assignment.mkdir(parents=True)
        solution.mkdir(parents=True)
        listed = ", ".join(f"{task}: {{points: {points}}}" for task, points in tasks.items())
        (root / "autograder.yml").write_text(
            f"course: Small\nlimits: {limits}\nassignments:\n"
            f"  a1: {{title: First, files: [hw.py], tasks: {{{listed}}}}}\n"
        )
        (solution / "hw.py").write_text(reference)
        if public:
            (assignment / "test_hw.py").write_text(HEAD + public)
        if hidden:
            (solution / "test_hw.py").write_text(HEAD + hidden)
        for name, text in files.items():
            folder = assignment if name == "probes" else solution
            (folder / f"{name}.py").write_text(text)
        return cls(root)

    @contextmanager
    def judge(self, seed: int = 7, *, keyed: bool = False) -> Iterator[Judge]:
        order = Order(root=str(self.root), assignment="a1", run="r", seed=seed, keyed=keyed)
        process = start_judge(order)
        try:
            yield Judge(process)
        finally:
            process.close()


class Judge:
    """A judge that is ready; each `grade` is one submission."""

    def __init__(self, process: JudgeProcess) -> None:
        self.process = process
        ready = process.receive(60)
        assert isinstance(ready, Ready)
        self.ready = ready

    def grade(self, text: str, student: str = "s") -> Result:
        self.submit(text, student)
        return self.receive()

    def submit(self, text: str, student: str = "s") -> None:
        files = {"hw.py": text.encode()}
        self.process.submit(Submission(student=student, path="p", digest="d", files=files))

    def receive(self) -> Result:
        result = self.process.receive(120)
        assert isinstance(result, Result)
        return result


def by_test(result: Result) -> dict[str, TestResult]:
    """The tests of a result by the last part of their id."""
    return {test.id.split("::")[1]: test for test in result.tests}
