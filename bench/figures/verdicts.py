"""Pairs of a student and a reference whose ratio is known, by real workers; and live verdicts on them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from figures.rates import Decisions, Floats
from grader.judge.exam import Exam
from grader.judge.frames import Frames
from grader.judge.opening import OpenJudge
from grader.judge.race import Race
from grader.judge.spec import TestSpec
from grader.model.outcomes import Outcome
from grader.subjects.base import Call, Timed
from grader.subjects.worker import WorkerSubject

ASSIGNMENT, FILE = "timed", "homework.py"
ROUNDS = "TORCHGRADE_BENCH_ROUNDS"
_TRIES = 7
_A_WHOLE_CELL_S = 1e6
_BURN = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100_000))\n"
_SIDES = {Outcome.PASSED: -1, Outcome.PENDING: 0, Outcome.FAILED: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Log ratios of successive pairs, and what they took in all."""

    logs: Floats
    seconds: float
    inputs: int
    """In one frame."""


@dataclass(slots=True)
class Known:
    """A student's worker whose time is `ratio` times the reference's, in an open judge."""

    judge: OpenJudge
    ratio: float
    rounds: int
    subject: WorkerSubject = field(init=False)

    def __post_init__(self) -> None:
        setting = self.judge.setting
        text = (setting.root / "solutions" / ASSIGNMENT / FILE).read_text()
        files = {FILE: text.replace("RATIO = 1.0", f"RATIO = {self.ratio}").encode()}
        # One worker answers for what are many submissions in a course.
        limits = replace(setting.limits, submission_s=_A_WHOLE_CELL_S)
        self.subject = WorkerSubject(setting.spawn, files, setting.shipping, limits)

    def record(self, pairs: int) -> Recorded:
        """So many pairs, by what a timed test does."""
        race = self._race()
        began = time.perf_counter()
        logs = np.log([race.pair().ratio for _ in range(pairs)])
        return Recorded(logs=logs, seconds=time.perf_counter() - began, inputs=race.count)

    def _race(self) -> Race:
        setting = self.judge.setting
        exam = Exam(
            spec=self.judge.session.specs[0],
            seed=setting.seed,
            student=self.subject,
            reference=self.judge.solution.reference,
            call_s=setting.limits.call_s,
            timing=setting.course.timing,
        )
        frames = Frames(exam, lambda: (torch.randn(64, dtype=torch.float64), self.rounds), "record")
        race = Race(exam, "record", "work", "work", frames)
        race.get_ready()
        return race

    def live(self, limit: float, trials: int) -> tuple[Decisions, float]:
        """So many verdicts by the test itself, and the seconds that they took."""
        os.environ[ROUNDS] = str(self.rounds)
        began = time.perf_counter()
        taken = [self._verdict(_spec(self.judge, limit)) for _ in range(trials)]
        seconds = time.perf_counter() - began
        sides, pairs = (np.array(column) for column in zip(*taken, strict=True))
        return Decisions(sides=sides, pairs=pairs), seconds

    def _verdict(self, spec: TestSpec) -> tuple[int, int]:
        asked = _Counted(self.subject)
        (taken,) = self.judge.solution.sit(self.judge.session, asked, [spec])
        if taken.conclusion.outcome not in _SIDES:
            raise RuntimeError(f"no verdict about time: {taken.conclusion}")
        return _SIDES[taken.conclusion.outcome], asked.pairs

    def close(self) -> None:
        """End the worker."""
        self.subject.close()


class _Counted:
    """A subject, and the sizes of the frames that it was asked."""

    def __init__(self, subject: WorkerSubject) -> None:
        self._subject = subject
        self.answer = subject.answer
        self.cpu_seconds = subject.cpu_seconds
        self.close = subject.close
        self._sizes: list[int] = []

    def time(self, call: Call) -> Any:
        """The subject's own."""
        self._sizes.append(len(call.args))
        return self._subject.time(call)

    @property
    def pairs(self) -> int:
        """Frames that were compared with the reference's: not the first one, nor inputs that came alone."""
        most = max(self._sizes)
        return self._sizes[1:].count(most)


def _spec(judge: OpenJudge, limit: float) -> TestSpec:
    (found,) = [spec for spec in judge.session.specs if spec.id.endswith(f"[{limit:g}]")]
    return found


def rounds_for(judge: OpenJudge, seconds: float) -> int:
    """How many rounds take the reference so long, of CPU; measured as two numbers of rounds differ."""
    few, many = 200, 2200
    subject = judge.solution.subject()

    def cpu_s(rounds: int) -> float:
        found = []
        for number in range(_TRIES):
            x = torch.randn(64, dtype=torch.float64)
            timed = subject.time(Call(target="work", file=FILE, args=[(x, rounds)], seed=number, seconds=5))
            if not isinstance(timed, Timed) or timed.cpu_s is None:
                raise RuntimeError(f"the reference cannot be timed here: {timed}")
            found.append(timed.cpu_s)
        return min(found)

    once = (cpu_s(many) - cpu_s(few)) / (many - few)
    subject.close()
    return max(1, round(seconds / once))


@contextmanager
def loaded(cores: int) -> Iterator[None]:
    """Keep so many cores busy by processes of their own, which end with this one."""
    burning = [subprocess.Popen([sys.executable, "-c", _BURN], cwd=Path("/")) for _ in range(cores)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()
