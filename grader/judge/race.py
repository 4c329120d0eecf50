"""Student and reference on the same fresh inputs, in turn, each answer checked.

Both stand in equally confined workers, of which one is stopped while the other one is timed. What is
recorded is the judge's clock around a request and the CPU time that the kernel accounts to the worker; a
frame carries as many inputs as keep the fixed cost of a request under a twentieth of it, and what an empty
frame takes is subtracted.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.compare import compare
from grader.checks.failure import Failure
from grader.checks.sequential import Side, Trial
from grader.judge.exam import Exam
from grader.judge.frames import Frames, bytes_of
from grader.judge.verdicts import check_failed, left_open, no_answer, student_raised
from grader.model.errors import AuthoringError
from grader.subjects.base import Raised, Target, Timed
from grader.worker.timing import nothing

_SHIM_SHARE = 0.05
_MAX_INPUTS = 128
_MAX_BYTES = 2**23
_NULLS = 5
_PAIRS_AT_LEAST = 2
_ROOM = 2.0
"""What one input at a time may take beyond what it took in a frame: see `Race.one_by_one`."""
_SOONEST_S = 1e-9
MEASURED_LATER = "its time is measured when it is graded"
WRONG = "wrong in a timed run"
"""The evidence of a wrong answer to a timed input, the same in every run."""

Clocks = tuple[float, ...]
"""Seconds by the judge's clock, and of CPU where the kernel tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What student and reference took for the inputs of one frame, by each clock; empty frames subtracted."""

    student: Clocks
    other: Clocks

    @property
    def ratios(self) -> Clocks:
        """How many times as long the student took, by each clock."""
        return tuple(one / other for one, other in zip(self.student, self.other, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where the truth lies, as far as it was found out."""

    side: Side
    ratio: float
    """How many times as long as the other one the student takes: the median, by the worse clock."""
    pairs: int
    one_by_one: bool = False
    """Whether it came out only when the inputs came one by one."""


class Race:
    """One student's target against the reference's, ready to be timed."""

    def __init__(self, exam: Exam, check: str, target: Target, other: Target, frames: Frames) -> None:
        self._exam = exam
        self._check = check
        self._target = target
        self._other = other
        self._frames = frames
        self._asked = 0
        self._order = random.Random()  # the judge's own: nobody can know who comes first
        self._count = 1
        self._empty: Clocks = ()

    def get_ready(self, by: float = 1.0) -> None:
        """Warm both up and find the size of a frame. Raises what ends a test; pending on a tape."""
        inputs = self._frames.take(1)
        self._reference(self._other, inputs)
        self._student(inputs)
        for _ in range(2):
            inputs = self._frames.take(1)
            self._reference(self._other, inputs)
        self._count = self._size(bytes_of(inputs[0]), min(by, 1.0))
        self._empty = self._nothing(self._frames.take(self._count))

    def _size(self, size: int, by: float) -> int:
        """How many inputs make the fixed cost of a request small beside the faster side's work."""
        fixed = self._nothing(self._frames.take(1))[0]
        few = min(8, max(1, _MAX_BYTES // max(size, 1)))
        once = (self._reference(self._other, self._frames.take(few)).wall_s - fixed) / few
        wanted = math.ceil(fixed / _SHIM_SHARE / max(by * once, _SOONEST_S))
        return max(1, min(wanted, _MAX_INPUTS, _MAX_BYTES // max(size, 1)))

    def _nothing(self, inputs: Sequence[tuple[Any, ...]]) -> Clocks:
        """What a frame takes in which nothing is done: the least of several."""
        found = [_clocks(self._reference(nothing, inputs)) for _ in range(_NULLS)]
        return tuple(map(min, zip(*found, strict=True)))

    def pair(self) -> Pair:
        """Time both on the same new inputs, in an order drawn anew."""
        inputs = self._frames.take(self._count)
        if self._order.random() < 0.5:
            student, other = self._student(inputs), self._reference(self._other, inputs)
        else:
            other = self._reference(self._other, inputs)
            student = self._student(inputs)
        self._expect_right(student, other, inputs)
        return Pair(student=self._net(student), other=self._net(other))

    def decide(self, by: float) -> Finding:
        """Time pairs until it is known whether student <= `by` * other, or the budget is spent."""
        timing = self._exam.timing
        began = time.perf_counter()
        pairs = [self.pair()]
        trial = Trial(clocks=len(self._empty), alpha=1 - timing.confidence)
        side = trial.add([math.log(ratio / by) for ratio in pairs[0].ratios])
        while side is Side.UNKNOWN and not self._is_late(began, trial):
            pairs.append(self.pair())
            side = trial.add([math.log(ratio / by) for ratio in pairs[-1].ratios])
        ratio = max(map(statistics.median, zip(*(pair.ratios for pair in pairs), strict=True)))
        if side is not Side.WITHIN or self._count == 1:
            return Finding(side=side, ratio=ratio, pairs=len(pairs))
        others = zip(*(pair.other for pair in pairs), strict=True)
        side = self._one_by_one(by, [statistics.median(clock) / self._count for clock in others], began)
        return Finding(side=side, ratio=ratio, pairs=len(pairs), one_by_one=True)

    def _one_by_one(self, by: float, other: Sequence[float], began: float) -> Side:
        """Whether it holds for inputs that come alone, too.

        All inputs of a frame lie in the worker's memory, and code that looks for them there can work on
        all at once. Alone, an input may take twice what the limit and an empty request take together:
        right code never comes near, and a loop that was hidden in a frame is back.
        """
        trial = Trial(clocks=len(other), alpha=1 - self._exam.timing.confidence)
        side = Side.UNKNOWN
        while side is Side.UNKNOWN and not self._is_late(began, trial):
            inputs = self._frames.take(1)
            empty = _clocks(self._reference(nothing, inputs))
            student = self._student(inputs)
            self._expect_right(student, None, inputs)
            allowed = [_ROOM * (fixed + by * once) for fixed, once in zip(empty, other, strict=True)]
            taken = zip(_clocks(student), allowed, strict=True)
            side = trial.add([math.log(one / most) for one, most in taken])
        return side

    def _is_late(self, began: float, trial: Trial) -> bool:
        spent = time.perf_counter() - began
        return trial.count >= _PAIRS_AT_LEAST and spent > self._exam.timing.budget_s

    def _net(self, timed: Timed) -> Clocks:
        """Less what an empty frame takes, for one input; a tenth is left, whatever is subtracted."""
        return tuple(
            max(taken - empty, taken / 10) / self._count
            for taken, empty in zip(_clocks(timed), self._empty, strict=True)
        )

    def _student(self, inputs: Sequence[tuple[Any, ...]]) -> Timed:
        timed = self._exam.student.time(self._exam.frame(self._target, inputs, self._label()))
        if isinstance(timed, Timed):
            return timed
        raise (
            student_raised(timed, self._check) if isinstance(timed, Raised) else no_answer(timed, self._check)
        )

    def _reference(self, target: Target, inputs: Sequence[tuple[Any, ...]]) -> Timed:
        call = self._exam.frame(target, inputs, self._label())
        timed = self._exam.reference.time(call)
        if timed is None:
            raise left_open(MEASURED_LATER)
        if not isinstance(timed, Timed):
            timed = self._exam.reference.time(call)  # its worker may have used up its CPU time, in a long run
        if isinstance(timed, Timed):
            return timed
        said = timed.text if isinstance(timed, Raised) else getattr(timed, "message", "")
        raise AuthoringError(f"{self._exam.spec.id}: the reference cannot be timed: {said}")

    def _label(self) -> str:
        self._asked += 1
        return f"{self._check} frame {self._asked}"

    def _expect_right(self, student: Timed, other: Timed | None, inputs: Sequence[tuple[Any, ...]]) -> None:
        """Every answer against the reference's to the same inputs."""
        if other is None or self._other != self._target:
            other = self._reference(self._target, inputs)
        for actual, expected in zip(student.values, other.values, strict=True):
            failure = compare(actual, expected)
            if failure:
                sentence = f"while it was timed: {failure.sentence}"
                found = Failure(sentence=sentence, path=failure.path, figures=failure.figures)
                raise check_failed(found, self._check, WRONG)


def _clocks(timed: Timed) -> Clocks:
    seconds = (timed.wall_s,) if timed.cpu_s is None else (timed.wall_s, timed.cpu_s)
    return tuple(max(one, _SOONEST_S) for one in seconds)
