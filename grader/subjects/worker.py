"""A submission, the reference, or a misconception in a confined worker of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from grader.model.course import Limits
from grader.model.errors import HarnessFault
from grader.model.outcomes import Outcome, Visibility
from grader.sandbox.layers import WorkerLimits
from grader.sandbox.process import kernels_waiting
from grader.subjects.base import Answer, Call, Ended, Returned, Timed, TimedAnswer
from grader.subjects.budget import Budget
from grader.subjects.claims import raised_claim
from grader.subjects.conversation import Conversation, Process
from grader.subjects.imports import Imports, Plant, during_import
from grader.subjects.replies import Replies
from grader.subjects.shipping import Shipping
from grader.subjects.told import files_limit
from grader.subjects.wording import out_of_memory, slow_call, slow_import, too_much_cpu
from grader.wire.channel import Buffer
from grader.wire.codec import Bounds, pack
from grader.worker.cells import ALL
from grader.worker.forkserver import OVER_FILES, OVER_MEMORY
from grader.worker.leaves import leaves_of

_CLOCKS_DIFFER_S = 0.05


class Spawn(Protocol):
    """Whoever starts workers."""

    def __call__(self, memory_mb: int, processes: int, cpu_s: float, *, gpu: bool = False) -> Process:
        """A fresh, confined worker with so much memory, processes and CPU; one with a GPU where asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a worker is started with: a call that asks for something else gets another worker."""

    memory_mb: int
    processes: int = 0
    gpu: bool = False


class WorkerSubject:
    """Files in a worker. The worker is started on first need, and replaced after a fault."""

    def __init__(
        self,
        spawn: Spawn,
        files: Mapping[str, bytes],
        shipping: Shipping,
        limits: Limits,
        *,
        found: Sequence[str] = (),
        plant: Plant | None = None,
        cells: str = ALL,
        budget: Budget | None = None,
    ) -> None:
        """`found` names what else was handed in, for the sentence about a file that was not.

        `cells` says which cells of a notebook run: see `grader.worker.cells`. `budget` is that of a subject
        to which this one belongs.
        """
        self._spawn = spawn
        self._files = dict(files)
        self._shipping = shipping
        self._limits = limits
        self._plant = plant
        self._cells = cells
        self._imports = Imports(self._files, limits.import_s, found, plant)
        self._source: Answer | None = None
        self._budget = budget or Budget(limits.submission_s)
        self._talk: Conversation | None = None
        self._terms = Terms(memory_mb=limits.memory_mb)
        self._replies = self._reader()
        self._sent: set[int] = set()
        self._served_hidden = False
        self._stopped_at: float | None = None
        """The CPU time of a worker that stands still since it was timed."""
        self._charged_cpu_s = 0.0
        """CPU time of the present worker that is charged already."""

    def answer(self, call: Call) -> Answer:
        """Answer one call. Raises HarnessFault or IsolationError where no worker can be had."""
        if call.survey:
            return self._survey(call)
        self._prepare(call)
        failure = self._load(call)
        return failure if failure else self._call(call)

    def _prepare(self, call: Call) -> None:
        """Have a worker on the call's terms; one that has seen a hidden test serves no public one."""
        memory_mb = call.memory_mb or self._limits.memory_mb
        terms = Terms(memory_mb=memory_mb, processes=call.processes, gpu=call.gpu)
        backwards = self._served_hidden and call.visibility is Visibility.PUBLIC
        if self._talk is not None and (terms != self._terms or backwards):
            self._retire()
        if self._talk is None and self._imports.failure(call.file) is None:
            self._start(terms)
        self._served_hidden = self._served_hidden or call.visibility is Visibility.HIDDEN

    def _start(self, terms: Terms) -> None:
        self._terms = terms
        self._replies = self._reader()
        self._imports.begin_anew()
        self._sent, self._served_hidden = set(), False
        self._stopped_at = None
        self._charged_cpu_s = 0.0
        process = self._spawn(terms.memory_mb, terms.processes, self._limits.submission_s, gpu=terms.gpu)
        self._talk = Conversation(
            process,
            files=self._files,
            reply_bytes=self._replies.bounds.bytes,
            output_bytes=self._limits.output_kb * 1024,
            over={OVER_MEMORY: self._replies.oom, OVER_FILES: _too_many_files()},
        )
        reply_bytes = self._replies.bounds.bytes
        request = {"do": "files", "files": self._files, "reply_bytes": reply_bytes, "cells": self._cells}
        slow = "the worker did not take the files in time"
        reply = self._ask(request, [], self._limits.import_s, slow)
        if isinstance(reply, Ended) and not self._budget.is_spent:  # no code of theirs has run in it yet
            raise HarnessFault(f"a fresh worker: {reply.message}")

    def _survey(self, call: Call) -> Answer:
        """What the source says, read once in a fresh worker: in the one that serves, their code has run."""
        if self._source is not None:
            return self._source
        apart = WorkerSubject(
            self._spawn,
            self._files,
            self._shipping,
            self._limits,
            plant=self._plant,
            cells=self._cells,
            budget=self._budget,
        )
        with closing(apart):
            self._source = apart._surveyed(call)
        return self._source

    def _surveyed(self, call: Call) -> Answer:
        self._start(Terms(memory_mb=self._limits.memory_mb))
        request = {"do": "survey", "label": self._plant.label if self._plant else None}
        reply = self._ask(request, [], self._limits.import_s, slow_import(call.file, self._limits.import_s))
        if isinstance(reply, Ended):
            return during_import(call.file, reply)
        if "survey" in reply[0]:
            return Returned(value=reply[0]["survey"])
        if reply[0].get("oom"):
            return Ended(outcome=Outcome.OOM, message=f"reading {call.file}: {self._replies.oom.message}")
        return raised_claim(reply[0].get("failed"))

    def _load(self, call: Call) -> Ended | None:
        wanted = self._imports.wanted(call)
        if wanted is None or isinstance(wanted, Ended):
            return wanted
        slow = slow_import(wanted.form, wanted.seconds)
        reply = self._ask(wanted.request, [], wanted.seconds, slow)
        if isinstance(reply, Ended):
            return self._imports.ended(call.file, wanted.form, reply)
        failure = self._imports.replied(call, reply[0], self._replies.oom)
        if failure is not None:
            self._after(failure, reply[0])
        return failure

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to be told of the notebooks that have run, as their first worker says."""
        return self._imports.notes

    def _call(self, call: Call) -> Answer:
        arguments, buffers = pack([list(call.args), dict(call.kwargs)], Bounds(bytes=2**33))
        request = {
            "do": "call",
            "file": call.file,
            "target": self._target(call),
            "arguments": arguments,
            "leaves": leaves_of([list(call.args), dict(call.kwargs)]),
            "seed": call.seed,
            "echo": True,
            "record": call.record.plain() if call.record else None,
        }
        reply = self._ask(request, buffers, call.seconds, slow_call(call))
        if isinstance(reply, Ended):
            return reply
        answer = self._replies.answer(*reply, recorded=call.record is not None)
        self._after(answer, reply[0])
        return answer

    def time(self, call: Call) -> TimedAnswer:
        """Answer a frame of inputs against the clock; the worker is stopped before and after.

        Its time does not count for the submission's: how often a submission is timed is not its choice.
        """
        self._prepare(call)
        failure = self._load(call)
        if failure:
            return failure
        arguments, buffers = pack(list(call.args), Bounds(bytes=2**33))
        request = {
            "do": "time",
            "file": call.file,
            "target": self._target(call),
            "arguments": arguments,
            "leaves": leaves_of(list(call.args)),
            "seed": call.seed,
        }
        return self._clocked(request, buffers, call)

    def _clocked(self, request: dict[str, Any], buffers: list[Buffer], call: Call) -> TimedAnswer:
        if self._talk is None or self._budget.is_spent:
            return self._budget.over()
        process = self._talk.process
        process.pin(call.cpu)
        process.resume()
        # From the end of the last frame on: what a thread does between two frames is its submission's too.
        began = process.cpu_seconds() if self._stopped_at is None else self._stopped_at
        waited = process.waited_seconds() + kernels_waiting("thread-self")
        started = time.perf_counter()
        reply = self._talk.ask(request, buffers, call.seconds, slow_call(call))
        wall_s = time.perf_counter() - started
        waited = process.waited_seconds() + kernels_waiting("thread-self") - waited
        if isinstance(reply, Ended):
            return self._end(reply)
        self._stopped_at = self._charged_cpu_s = process.cpu_seconds()
        process.pause()
        wall_s = max(wall_s - waited, wall_s / 10)
        cpu_s = self._stopped_at - began if sys.platform == "linux" else None  # elsewhere it is too coarse
        values = self._replies.values(*reply, len(call.args))
        if isinstance(values, list):
            return Timed(values=values, wall_s=wall_s, cpu_s=cpu_s)
        self._after(values, reply[0])
        return values

    def _after(self, answer: Answer, reply: dict[str, Any]) -> None:
        """End a worker of which nothing more can be asked: it broke a rule, or has lost its GPU."""
        broke = isinstance(answer, Ended) and answer.outcome is not Outcome.MISSING
        if broke or reply.get("lost"):
            self._retire()

    def _target(self, call: Call) -> Any:
        if isinstance(call.target, str):
            return call.target
        key = self._shipping.key(call.target)
        blob = None if key in self._sent else self._shipping.blob(key)
        self._sent.add(key)
        return [key, blob]

    def _ask(
        self, request: dict[str, Any], buffers: list[Buffer], seconds: float, slow: str
    ) -> tuple[dict[str, Any], list[Buffer]] | Ended:
        if self._talk is None:
            return Ended(
                outcome=Outcome.CRASHED, message="the program ended before it was called", elsewhere=True
            )
        if self._budget.is_spent:
            return self._budget.over()
        if self._stopped_at is not None:
            self._talk.process.pin(None)
            self._talk.process.resume()
            self._stopped_at = None
        started, process = time.monotonic(), self._talk.process
        try:
            reply = self._talk.ask(request, buffers, min(seconds, self._budget.left_s), slow)
        except HarnessFault:
            self._retire()
            raise
        cpu_s = self._newly_used(process)
        self._budget.charge(max(time.monotonic() - started, cpu_s))
        if isinstance(reply, Ended):
            self._retire()
            return self._budget.over() if self._budget.is_spent else reply
        if cpu_s > seconds + _CLOCKS_DIFFER_S:
            return self._end(Ended(outcome=Outcome.TIMEOUT, message=too_much_cpu(seconds)))
        return reply

    def _newly_used(self, process: Process) -> float:
        """CPU seconds since the last request, all threads: several can use more than passes. 0 on a GPU,
        whose driver's threads are not the submission's doing, and outside Linux, where it takes long to ask.
        """
        if sys.platform != "linux" or self._terms.gpu:
            return 0.0
        used = process.cpu_seconds()
        new, self._charged_cpu_s = used - self._charged_cpu_s, used
        return new

    def charge(self, seconds: float) -> None:
        """Count the judge's work on this submission's answers for its time."""
        self._budget.charge(seconds)

    def _reader(self) -> Replies:
        """Of replies, for a worker on the present terms."""
        terms, limits = self._terms, self._limits
        message = out_of_memory(terms.memory_mb, limits.gpu_memory_mb if terms.gpu else None)
        return Replies(
            bounds=Bounds(bytes=limits.reply_mb * 2**20),
            limits=WorkerLimits(
                memory_mb=terms.memory_mb, cpu_s=limits.submission_s, processes=terms.processes
            ),
            oom=Ended(outcome=Outcome.OOM, message=message),
        )

    def _end(self, ended: Ended) -> Ended:
        self._retire()
        return ended

    def _retire(self) -> None:
        if self._talk is not None:
            self._budget.cpu_s += self._talk.process.cpu_seconds()
            self._talk.close()
            self._talk = None

    def cpu_seconds(self) -> float | None:
        """CPU seconds of all workers of this subject so far."""
        return self._budget.cpu_s + (self._talk.process.cpu_seconds() if self._talk else 0.0)

    def close(self) -> None:
        """End the worker."""
        self._retire()


def _too_many_files() -> Ended:
    limits = WorkerLimits(memory_mb=0, cpu_s=0)
    return Ended(outcome=Outcome.CRASHED, message=f"the program was ended: {files_limit(limits)}")
