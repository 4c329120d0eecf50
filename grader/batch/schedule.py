"""Hands submissions, one at a time, to several judges, and gives every result on as it comes.

A judge that dies, falls silent or reports a fault costs nobody anything: its submission is graded again
in a new judge, at most twice, and then recorded as a fault. All state lives in one `Scheduler`.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from grader.model.course import Limits
from grader.model.errors import HarnessFault, Overran
from grader.model.orders import Order, Ready, Submission
from grader.model.outcomes import Status
from grader.model.results import Result, SubmissionInfo

RETRIES = 2
MAX_START_FAILURES = 3
"""So many judges in a row that do not start end the run: the machine cannot grade."""
GIVE_UP_AFTER = 3
"""So many submissions whose retries all ended in a reported fault: then the cause is no single judge,
and later reported faults are recorded at once instead of restarting a judge for each."""


class Judge(Protocol):
    """A judge process as the scheduler sees it."""

    def fileno(self) -> int: ...
    def submit(self, submission: Submission) -> None: ...
    def receive(self) -> Ready | Result: ...
    def close(self) -> None: ...
    def kill(self) -> None: ...


StartJudge = Callable[[Order], Judge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A submission to grade, under a key that tells it from all others (students' names may be equal)."""

    key: str
    submission: Submission


class Watcher(Protocol):
    """Who is told what happens. An exception of its ends the run."""

    def ready(self, ready: Ready) -> None: ...
    def graded(self, job: Job, result: Result) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a judge may be silent before it counts as dead: far beyond its own limits."""

    start_s: float = 600.0
    submission_s: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    job: Job
    failed: int = 0

    @property
    def needs_fresh(self) -> bool:
        return self.failed > 0


@dataclass(slots=True, kw_only=True, eq=False)
class _Slot:
    judge: Judge
    deadline: float
    is_ready: bool = False
    served: int = 0
    attempt: _Attempt | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Scheduler:
    """One run over many submissions."""

    order: Order
    start: StartJudge
    watch: Watcher
    workers: int
    limits: Limits = field(default_factory=Limits)
    """The submissions' limits, for the record."""
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.monotonic
    _queue: deque[_Attempt] = field(default_factory=deque)
    _slots: list[_Slot] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _ready: Ready | None = None
    _start_failures: int = 0
    _exhausted: int = 0
    """Submissions whose retries all ended in a reported fault."""

    def run(self, jobs: Sequence[Job]) -> None:
        """Grade all; returns when each has a result. Whatever happens, no judge is left behind."""
        self._queue.extend(_Attempt(job=job) for job in jobs)
        try:
            while self._queue or self._slots:
                self._fill()
                self._step()
        finally:
            for slot in tuple(self._slots):
                self._drop(slot, kindly=False)
            self._selector.close()

    def _fill(self) -> None:
        """Start judges until there is one for each worker, or for each submission left."""
        in_flight = sum(slot.attempt is not None for slot in self._slots)
        wanted = min(self.workers, len(self._queue) + in_flight)
        while len(self._slots) < wanted and self._start_failures <= MAX_START_FAILURES:
            try:
                judge = self.start(self.order)
            except (HarnessFault, OSError) as error:
                self._count_start_failure(error)
                continue
            slot = _Slot(judge=judge, deadline=self.clock() + self.patience.start_s)
            self._slots.append(slot)
            self._selector.register(judge.fileno(), selectors.EVENT_READ, slot)

    def _step(self) -> None:
        """Wait for the next message or deadline, and act on it."""
        nearest = min((slot.deadline for slot in self._slots), default=self.clock())
        for key, _ in self._selector.select(max(0.0, nearest - self.clock())):
            if key.data in self._slots:
                self._hear(key.data)
        for slot in tuple(self._slots):
            if self.clock() >= slot.deadline:
                self._lose(slot, HarnessFault("it gave no answer in time"))

    def _hear(self, slot: _Slot) -> None:
        try:
            message = slot.judge.receive()
        except (HarnessFault, OSError) as error:
            self._lose(slot, error)
            return
        if isinstance(message, Ready):
            self._greet(slot, message)
        else:
            self._take(slot, message)

    def _greet(self, slot: _Slot, ready: Ready) -> None:
        slot.is_ready = True
        self._start_failures = 0
        if self._ready is None:
            self._ready = ready
            self.watch.ready(ready)
        self._hand_out(slot)

    def _take(self, slot: _Slot, result: Result) -> None:
        attempt = slot.attempt
        if attempt is None or result.student != attempt.job.submission.student:
            self._lose(slot, HarnessFault("it answered for another submission"))
            return
        slot.attempt = None
        slot.served += 1
        if result.status is not Status.FAULT:
            self.watch.graded(attempt.job, result)
            self._hand_out(slot)
        elif attempt.failed < RETRIES and self._exhausted < GIVE_UP_AFTER:
            self._drop(slot, kindly=False)
            self._queue.appendleft(replace(attempt, failed=attempt.failed + 1))
        else:
            self._exhausted += 1
            self.watch.graded(attempt.job, result)
            self._hand_out(slot)

    def _hand_out(self, slot: _Slot) -> None:
        """Give a judge its next submission; one without work is closed, because retries need a new one."""
        attempt = next((item for item in self._queue if not (item.needs_fresh and slot.served)), None)
        if attempt is None:
            self._drop(slot, kindly=True)
            return
        self._queue.remove(attempt)
        slot.attempt = attempt
        slot.deadline = self.clock() + self.patience.submission_s
        try:
            slot.judge.submit(attempt.job.submission)
        except (HarnessFault, OSError) as error:
            self._lose(slot, error)

    def _lose(self, slot: _Slot, why: Exception) -> None:
        """A judge is dead, silent or confused."""
        self._drop(slot, kindly=False)
        attempt = slot.attempt
        if attempt is None:
            if not slot.is_ready:
                self._count_start_failure(why)
        elif (without := _without_overrun(attempt, why)) is not None:
            self._queue.appendleft(without)
        elif attempt.failed < RETRIES:
            self._queue.appendleft(replace(attempt, failed=attempt.failed + 1))
        else:
            self.watch.graded(attempt.job, self._fault(attempt, why))

    def _count_start_failure(self, why: Exception) -> None:
        self._start_failures += 1
        if self._start_failures > MAX_START_FAILURES and not any(slot.is_ready for slot in self._slots):
            raise HarnessFault(
                f"No judge could be started, {self._start_failures} times in a row: {_sentence(why)} What is "
                "finished is kept; `grader doctor` says what this machine lacks."
            ) from why

    def _drop(self, slot: _Slot, *, kindly: bool) -> None:
        self._slots.remove(slot)
        with suppress(KeyError, ValueError, OSError):
            self._selector.unregister(slot.judge.fileno())
        with suppress(HarnessFault, OSError):
            if kindly:
                slot.judge.close()
            else:
                slot.judge.kill()

    def _fault(self, attempt: _Attempt, why: Exception) -> Result:
        assert self._ready is not None  # a submission is handed out only by a judge that was ready
        submission = attempt.job.submission
        return Result(
            run=self.order.run,
            assignment=self.order.assignment,
            student=submission.student,
            submission=SubmissionInfo(
                path=submission.path, digest=submission.digest, files=tuple(submission.files)
            ),
            status=Status.FAULT,
            score=None,
            max_score=self._ready.max_score,
            isolation=self._ready.isolation,
            environment=self._ready.environment,
            limits=self.limits,
            message=f"The judge failed {attempt.failed + 1} times on this submission: {_sentence(why)}",
        )


def _without_overrun(attempt: _Attempt, why: Exception) -> _Attempt | None:
    """The same submission without the test that ended its judge; None where it was no such end."""
    if not isinstance(why, Overran) or not why.test or why.test in attempt.job.submission.overran:
        return None
    before = attempt.job.submission
    submission = replace(before, overran=(*before.overran, why.test))
    return replace(attempt, job=replace(attempt.job, submission=submission))


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text if text.endswith((".", "!", "?")) else text + "."
