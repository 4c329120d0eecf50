"""The collected tests of an assignment: sat by any number of subjects.

The items are run again as rerun plugins do. The last item of a sitting runs with `nextitem=None`, so
that every fixture of a wider scope is torn down: otherwise a module fixture's value, and with it a
verdict, would belong to an earlier student.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import torch
from _pytest.runner import runtestprotocol

from grader.checks.tolerance import Noise
from grader.judge.comparing import Gauge, settled
from grader.judge.conclude import Conclusion, conclude
from grader.judge.environment import NO_GPU
from grader.judge.exam import Desk, Exam
from grader.judge.overtime import Overtime, bounded
from grader.judge.spec import TestSpec
from grader.model.course import Timing
from grader.model.outcomes import Outcome
from grader.subjects.base import Subject
from grader.subjects.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One test as one subject took it."""

    spec: TestSpec
    conclusion: Conclusion
    seconds: float
    cpu_seconds: float | None
    time_ratio: float | None = None
    seed: int | None
    """None for a test that did not run."""

    @property
    def is_pending(self) -> bool:
        """Whether there is no verdict: the test did not run, or this machine was too noisy."""
        return self.conclusion.outcome is Outcome.PENDING


class Session:
    """The collected tests of one assignment, ready to be sat."""

    def __init__(self, items: Sequence[pytest.Item], specs: Sequence[TestSpec], desk: Desk) -> None:
        self.specs = tuple(specs)
        self._items = dict(zip((spec.id for spec in specs), items, strict=True))
        self._desk = desk
        self._errors: list[BaseException] = []
        self._has_gpu = False
        self._begun: Callable[[str], None] = lambda _: None

    def tell_progress(self, begun: Callable[[str], None]) -> None:
        """From now on call this with a test's id before it runs."""
        self._begun = begun

    def sit(
        self,
        subject: Subject,
        reference: Reference,
        *,
        seed: int,
        call_s: float,
        key: bytes = b"",
        reply_mb: int = 256,
        timing: Timing = Timing(),  # noqa: B008 - frozen
        specs: Sequence[TestSpec] | None = None,
        noise: Callable[[TestSpec], Noise] | None = None,
        gauge: Gauge | None = None,
    ) -> list[Taken]:
        """Let a subject take tests (all by default), public ones first as they were collected.

        `noise` measures a test's noise where a verdict depends on it; without it the greatest default
        tolerance holds. A `gauge` reads off the comparisons.
        """
        chosen = self.specs if specs is None else specs
        # Those for the GPU last: each of the two kinds needs a worker of its own, and is served by one.
        runnable = sorted((spec for spec in chosen if self.can_run(spec)), key=lambda spec: spec.gpu)
        following = [*runnable[1:], None]
        sat = []
        for spec, then in zip(runnable, following, strict=True):
            exam = Exam(
                spec=spec,
                seed=seed,
                student=subject,
                reference=reference,
                call_s=call_s,
                key=key,
                reply_mb=reply_mb,
                timing=timing,
                gauge=gauge,
            )
            sat.append((exam, self._take(exam, self._items[then.id] if then else None)))
        done = {exam.spec.id: _settled(exam, taken, noise) for exam, taken in sat}
        return [done.get(spec.id) or _left_pending(spec) for spec in chosen]

    def equip(self, device: torch.device) -> None:
        """From now on tests marked `gpu` run too, on this device."""
        self._has_gpu = True
        self._desk.gpu = device

    def can_run(self, spec: TestSpec) -> bool:
        """Whether what a test needs is here."""
        return self._has_gpu or not spec.gpu

    def _take(self, exam: Exam, following: pytest.Item | None) -> Taken:
        item = self._items[exam.spec.id]
        self._errors.clear()
        self._desk.lay(exam)
        self._begun(exam.spec.id)
        cpu, started, own = exam.student.cpu_seconds(), time.perf_counter(), time.process_time()
        try:
            item._initrequest()  # type: ignore[attr-defined]  # what rerun plugins use
            runtestprotocol(item, nextitem=following, log=False)
        finally:
            self._desk.lay(None)
            item._report_sections.clear()
        seconds, used = time.perf_counter() - started, exam.student.cpu_seconds()
        if not exam.spec.timing:  # how often a submission is timed is not its choice
            exam.student.charge(time.process_time() - own)
        error = self._errors[0] if self._errors else None
        if isinstance(error, Overtime):  # in the midst of whatever it was: a reply may be half read
            exam.student.close()
            exam.reference.close()
        return Taken(
            spec=exam.spec,
            conclusion=conclude(error, exam),
            seconds=seconds,
            cpu_seconds=None if used is None or cpu is None else max(0.0, used - cpu),
            time_ratio=exam.time_ratio,
            seed=exam.seed,
        )

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Around a test's own code, and that of its fixtures, while it runs."""
        exam = self._desk.exam_or_none
        if exam is None:
            yield
            return
        with bounded(exam.most_seconds, exam.reply_mb):
            yield

    def note(self, error: BaseException) -> None:
        """Called for each phase of the running item that raised."""
        self._errors.append(error)


def _settled(exam: Exam, taken: Taken, noise: Callable[[TestSpec], Noise] | None) -> Taken:
    """Measuring takes the test again, which is why it has to be over, and every fixture torn down."""
    if noise is None or not exam.undecided:
        return taken
    return replace(taken, conclusion=settled(taken.conclusion, exam, lambda: noise(exam.spec)))


def _left_pending(spec: TestSpec) -> Taken:
    conclusion = Conclusion(outcome=Outcome.PENDING, message=NO_GPU)
    return Taken(spec=spec, conclusion=conclusion, seconds=0.0, cpu_seconds=None, seed=None)
