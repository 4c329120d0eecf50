"""Student and reference on the same fresh inputs, in turn, each answer checked.

Both stand in equally confined workers, of which one is stopped while the other one is timed. A frame
carries as many inputs as keep the fixed cost of a request under a tenth of it, and what an empty frame takes
is subtracted. A student who is far too slow gets fewer of them: a frame is one call, with a call's limit.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
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

_SHIM_SHARE = 0.1
"""Of a frame; most of it is subtracted again, so that far less than a twentieth is left."""
_MAX_INPUTS = 128
_LONGEST_S = 0.1
"""Of a student's frame, so far as the number of inputs decides it; at most a quarter of a call's limit."""
_MAX_BYTES = 2**23
_FEW = 8
_REPEATS = 5
_TRIES = 2
_PAIRS_AT_LEAST = 2
_ROOM = 2.0
"""What one input at a time may take beyond what it took in a frame: see `Race._one_by_one`."""
_SOONEST_S = 1e-9
MEASURED_LATER = "its time is measured when it is graded"
WRONG = "wrong in a timed run"
"""The evidence of a wrong answer to a timed input, the same in every run."""

Inputs = Sequence[tuple[Any, ...]]
Differs = Callable[[Any, Any], Failure | None]
"""What an actual value lacks of the expected one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Seconds that student and reference took for one input of the same frame, less an empty frame's."""

    student: float
    other: float

    @property
    def ratio(self) -> float:
        """How many times as long the student took."""
        return self.student / self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Seconds that one input took, by the judge's clock and of CPU (None where the kernel does not tell)."""

    wall_s: float
    cpu_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where the truth lies, as far as it was found out."""

    side: Side
    ratio: float
    """How many times as long as the other one the student takes: the median."""
    pairs: int
    one_by_one: bool = False
    """Whether it came out only when the inputs came one by one."""


class Race:
    """One student's target against the reference's, ready to be timed."""

    def __init__(
        self,
        exam: Exam,
        check: str,
        target: Target,
        other: Target,
        frames: Frames,
        differs: Differs = compare,
    ) -> None:
        self._exam = exam
        self._check = check
        self._target = target
        self._other = other
        self._frames = frames
        self._differs = differs
        self._asked = 0
        self._order = random.Random()  # the judge's own: nobody can know who comes first
        self._cpus = _processors()
        self._cpu = self._order.choice(self._cpus)
        self.count = 1
        """How many inputs a frame has."""
        self._students_count = 1
        """How many of them the student gets, the first ones."""
        self._empty: list[Timed] = []

    def get_ready(self, by: float = 1.0, *, alone: bool = False) -> None:
        """Warm both up and find the size of a frame. Raises what ends a test; pending on a tape.

        `alone` leaves the student out of it.
        """
        inputs = self._frames.take(1)
        self._reference(self._other, inputs)  # first, because on a tape it ends here
        if not alone:
            self._student(inputs)
        self.count = self._size(min(by, 1.0))
        if not alone:
            self._students_count = self._bearable()
        empty = self._frames.take(self.count)
        self._empty = [self._reference(nothing, empty) for _ in range(_REPEATS)]

    def _size(self, by: float) -> int:
        """How many inputs make the fixed cost of a request small beside the faster side's work."""
        one = self._frames.take(1)
        wanted_s = self._least(nothing, one) / _SHIM_SHARE
        once_s = by * self._least(self._other, one)
        most = min(_MAX_INPUTS, max(1, _MAX_BYTES // max(bytes_of(one[0]), 1)))
        if once_s > 2 * wanted_s or most == 1:
            return 1
        few = self._frames.take(min(_FEW, most))
        once_s = by * (self._least(self._other, few) - self._least(nothing, few)) / len(few)
        return max(1, min(math.ceil(wanted_s / max(once_s, _SOONEST_S)), most))

    def _bearable(self) -> int:
        """How many inputs of a frame the student answers before it takes too long for one call.

        Who is slow here on purpose gains nothing: of any frame at least half of what it takes counts.
        """
        if self.count == 1:
            return 1
        longest_s = min(_LONGEST_S, self._exam.seconds / 4)
        once_s = min(self._student(self._frames.take(1)).seconds for _ in range(_TRIES))
        return max(1, min(self.count, int(longest_s / max(once_s, _SOONEST_S))))

    def _least(self, target: Target, inputs: Inputs) -> float:
        """What the reference takes for a frame: the least of several times, which noise only makes longer."""
        return min(self._reference(target, inputs).seconds for _ in range(_REPEATS))

    def pair(self) -> Pair:
        """Time both on the same new inputs, in an order and on a processor drawn anew.

        On one processor both, because one may be slower than another for seconds (its other half is busy,
        the host has lent it to others): pairs would agree on a wrong ratio, and seem sure of it.
        """
        self._cpu = self._order.choice(self._cpus)
        inputs = self._frames.take(self.count)
        own = inputs[: self._students_count]
        if self._order.random() < 0.5:
            student, other = self._student(own), self._reference(self._other, inputs)
        else:
            other = self._reference(self._other, inputs)
            student = self._student(own)
        self._expect_right(student, other, own)
        return Pair(student=self._net(student, _worse), other=self._net(other, _worse))

    def sample(self) -> Sample:
        """Time the student alone on new inputs."""
        inputs = self._frames.take(self._students_count)
        student = self._student(inputs)
        self._expect_right(student, None, inputs)
        return self._sample(student)

    def sample_of_reference(self) -> Sample:
        """Time the reference alone on new inputs."""
        return self._sample(self._reference(self._target, self._frames.take(self.count)))

    def _sample(self, timed: Timed) -> Sample:
        cpu_s = None if timed.cpu_s is None else self._net(timed, lambda one: one.cpu_s or 0.0)
        return Sample(wall_s=self._net(timed, lambda one: one.wall_s), cpu_s=cpu_s)

    def _net(self, timed: Timed, clock: Callable[[Timed], float]) -> float:
        """Less what an ordinary empty frame takes, for one input; half is left, whatever is subtracted."""
        taken_s = max(clock(timed), _SOONEST_S)
        empty_s = statistics.median(map(clock, self._empty))
        return max(taken_s - empty_s, taken_s / 2) / len(timed.values)

    def decide(self, by: float) -> Finding:
        """Time pairs until it is known whether student <= `by` * other, or the budget is spent.

        Inputs that come one by one have half of the budget more.
        """
        ends = time.perf_counter() + self._exam.timing.budget_s
        pairs: list[Pair] = []

        def one_pair() -> float:
            pairs.append(self.pair())
            return pairs[-1].ratio / by

        side = self._until_sure(one_pair, ends)
        ratio = statistics.median(pair.ratio for pair in pairs)
        if side is Side.BEYOND or self.count == 1:
            return Finding(side=side, ratio=ratio, pairs=len(pairs))
        # Also where no side is known: work on a whole frame may come near the limit, and one input cannot.
        other_s = statistics.median(pair.other for pair in pairs)
        ends = max(ends, time.perf_counter() + self._exam.timing.budget_s / 2)
        alone = self._until_sure(lambda: self._one_by_one(by * other_s), ends)
        found = side if alone is Side.WITHIN else alone
        return Finding(side=found, ratio=ratio, pairs=len(pairs), one_by_one=True)

    def _one_by_one(self, allowed_s: float) -> float:
        """A new input alone, over the most that it may take.

        All inputs of a frame lie in the worker's memory, and code that looks for them there can work on
        all at once. Alone, an input may take twice what the limit and an empty request take together:
        right code does not come near, and a loop that was hidden in a frame is back.
        """
        inputs = self._frames.take(1)
        empty = self._reference(nothing, inputs)
        student = self._student(inputs)
        self._expect_right(student, None, inputs)
        return max(student.seconds, _SOONEST_S) / (_ROOM * (empty.seconds + allowed_s))

    def _until_sure(self, ratio: Callable[[], float], ends: float) -> Side:
        """Ask for ratios to the limit until they are enough, or time is up."""
        trial = Trial(alpha=1 - self._exam.timing.confidence)
        while trial.side is Side.UNKNOWN:
            if trial.count >= _PAIRS_AT_LEAST and time.perf_counter() > ends:
                break
            trial.add(math.log(ratio()))
        return trial.finish()

    def _student(self, inputs: Inputs) -> Timed:
        timed = self._exam.student.time(self._exam.frame(self._target, inputs, self._label(), self._cpu))
        if isinstance(timed, Timed):
            return timed
        raise (
            student_raised(timed, self._check) if isinstance(timed, Raised) else no_answer(timed, self._check)
        )

    def _reference(self, target: Target, inputs: Inputs) -> Timed:
        call = self._exam.frame(target, inputs, self._label(), self._cpu)
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

    def _expect_right(self, student: Timed, other: Timed | None, inputs: Inputs) -> None:
        """Every answer against the reference's to the same inputs."""
        if other is None or self._other != self._target:
            other = self._reference(self._target, inputs)
        for actual, expected in zip(student.values, other.values[: len(inputs)], strict=True):
            failure = self._differs(actual, expected)
            if failure:
                sentence = f"while it was timed: {failure.sentence}"
                found = Failure(sentence=sentence, path=failure.path, figures=failure.figures)
                raise check_failed(found, self._check, WRONG)


def _processors() -> list[int | None]:
    """Those that this process may use; where that is not told, workers run wherever they like."""
    return [*os.sched_getaffinity(0)] if hasattr(os, "sched_getaffinity") else [None]


def _worse(timed: Timed) -> float:
    return timed.seconds
