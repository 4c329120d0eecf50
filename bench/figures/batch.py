"""Whole batches on two cores: `grader grade`'s own path, against a pytest process per submission."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from grader.batch.grading import grade
from grader.batch.plan import Request
from grader.judge.process import JudgeProcess
from grader.model.configuration import load_course
from grader.model.orders import Ready
from grader.model.outcomes import Status
from grader.model.results import Result
from grader.model.runs import RunHeader, RunOptions

AT_A_TIME = 2


def write_submissions(solution: Path, folder: Path, count: int) -> None:
    """So many right submissions, each a folder with a file of its own digest."""
    text = solution.read_text()
    for number in range(count):
        student = folder / f"student{number:05d}"
        student.mkdir(parents=True)
        (student / solution.name).write_text(f"{text}\n# {number}\n")


@dataclass(slots=True, kw_only=True)
class _Clock:
    """A listener that notes when each result was in the gradebook."""

    began: float = field(default_factory=time.perf_counter)
    ends: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def started(self, header: RunHeader) -> None: ...

    def ready(self, ready: Ready) -> None: ...

    def graded(self, result: Result) -> None:
        self.ends.append(time.perf_counter() - self.began)
        if result.status is not Status.GRADED or result.score != result.max_score:
            self.wrong.append(f"{result.student}: {result.score} {result.message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One graded batch: seconds per submission in successive blocks of the steady state, and in all."""

    blocks_s: list[float]
    whole_s: float
    submissions: int


def grade_batch(root: Path, assignment: str, submissions: Path, out: Path, *, block: int) -> Batch:
    """Grade a folder as the command does: scheduler, two judges at the best level here, results in the gradebook.

    The steady state begins with the second block, when both judges are warm, and ends before the last
    submissions, when one of them may have nothing left to do.
    """
    clock = _Clock()
    request = Request(
        root=root,
        course=load_course(root / "autograder.yml"),
        assignment=assignment,
        paths=[submissions],
        gradebook=str(out / "gradebook.db"),
        options=RunOptions(workers=AT_A_TIME),
    )
    grade(request, start=JudgeProcess.start, listener=clock)
    whole = time.perf_counter() - clock.began
    if clock.wrong:
        raise RuntimeError(f"not full marks: {clock.wrong[:3]}")
    edges = clock.ends[block - 1 : -AT_A_TIME + 1 : block]
    blocks = [(end - start) / block for start, end in itertools.pairwise(edges)]
    return Batch(blocks_s=blocks, whole_s=whole, submissions=len(clock.ends))


def plain_pytest_s(tests: Path, submissions: Path, *, rounds: int) -> list[float]:
    """Seconds per submission of plain pytest, a process for each submission and two at a time.

    Pytest's plugins of this environment are left out, which makes it faster than users see it.
    """
    students = sorted(submissions.iterdir())
    samples = []
    for number in range(rounds):
        chosen = [students[(number * AT_A_TIME + index) % len(students)] for index in range(AT_A_TIME)]
        started = time.perf_counter()
        running = [_pytest(tests, student) for student in chosen]
        codes = [process.wait() for process in running]
        samples.append((time.perf_counter() - started) / AT_A_TIME)
        if any(codes):
            raise RuntimeError(f"plain pytest does not pass: exit codes {codes}")
    return samples


def _pytest(tests: Path, student: Path) -> subprocess.Popen[bytes]:
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={tests}"]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, str(tests)],
        env={**os.environ, "PYTHONPATH": str(student), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
