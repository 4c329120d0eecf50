"""What one open judge shows: a submission confined against the floor, a call, an echo, a worker's memory."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from figures.echo import EchoPeer, echo_seconds
from figures.floor import DirectSubject
from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.model.orders import Order, Submission
from grader.model.outcomes import Status
from grader.model.results import Isolation
from grader.subjects.base import Call
from grader.subjects.worker import WorkerSubject

_CALLS = b"def softmax(x):\n    return x.softmax(-1)\n\n\ndef echo(x):\n    return x\n"
_FILE = "calls.py"
_CALLS_A_SAMPLE = 20


@dataclass(slots=True, kw_only=True)
class Judged:
    """Samples, in seconds and MB. Samples of one name in `confined` and `floor` were taken in turn."""

    isolation: Isolation = field(default_factory=lambda: Isolation(level=0))
    confined_s: list[float] = field(default_factory=list)
    floor_s: list[float] = field(default_factory=list)
    call_s: list[float] = field(default_factory=list)
    direct_call_s: list[float] = field(default_factory=list)
    echo_s: list[float] = field(default_factory=list)
    gulped_s: list[float] = field(default_factory=list)
    private_mb: list[float] = field(default_factory=list)


def measure_judged(
    root: Path, assignment: str, *, submissions: int, calls: int = 0, echoes: int = 0, workers: int = 0
) -> Judged:
    """Open a judge in this process and take so many samples of each."""
    found = Judged()

    def work(judge: OpenJudge) -> None:
        torch.set_num_threads(1)  # as workers have it
        found.isolation = judge.isolation
        files = hand_ins(root / "solutions" / assignment, judge.setting.assignment.files)
        _submissions(judge, files, submissions, found)
        _calls(judge, calls, found)
        _echoes(judge, echoes, found)
        found.private_mb = [_private_mb(judge, files) for _ in range(workers)]

    open_judge(Order(root=str(root), assignment=assignment, run="bench", seed=1), work)
    return found


def _submissions(judge: OpenJudge, files: dict[str, bytes], count: int, found: Judged) -> None:
    examiner = Examiner(judge, run="bench")
    right = Submission(student="right", path="right", digest="", files=files)

    def confined() -> None:
        result = examiner.grade(right)
        if result.status is not Status.GRADED or result.score != result.max_score:
            raise RuntimeError(f"the reference does not have full marks: {result}")

    def floor() -> None:
        judge.solution.sit(judge.session, DirectSubject(files))  # type: ignore[arg-type]  # a Subject too

    for _ in range(2):  # the reference answers once, and everything is warm
        confined()
        floor()
    for _ in range(count):
        found.confined_s.append(seconds_of(confined))
        found.floor_s.append(seconds_of(floor))


def _calls(judge: OpenJudge, count: int, found: Judged) -> None:
    """A small function through a worker, and as it stands."""
    worker, module = _watched(judge, {_FILE: _CALLS})[0], DirectSubject({_FILE: _CALLS}).module(_FILE)
    x = torch.ones(3, 4)
    call = Call(target="softmax", file=_FILE, args=[x], seed=1, seconds=5)
    worker.answer(call)
    for _ in range(count):
        found.call_s.append(_mean_seconds(lambda: worker.answer(call)))
        found.direct_call_s.append(_mean_seconds(lambda: module.softmax(x)))
    worker.close()


def _mean_seconds(work: Callable[[], object]) -> float:
    return seconds_of(lambda: [work() for _ in range(_CALLS_A_SAMPLE)]) / _CALLS_A_SAMPLE


def _echoes(judge: OpenJudge, count: int, found: Judged) -> None:
    if not count:
        return
    worker, processes = _watched(judge, {_FILE: _CALLS})
    worker.answer(Call(target="echo", file=_FILE, args=[torch.ones(1)], seed=1, seconds=5))
    with EchoPeer.like(processes[0].socket) as peer:
        for number in range(count + 1):
            taken = echo_seconds(worker, _FILE), peer.seconds()
            if number:  # the first of each only warms
                found.echo_s.append(taken[0])
                found.gulped_s.append(taken[1])
    worker.close()


def _private_mb(judge: OpenJudge, files: dict[str, bytes]) -> float:
    """What a worker has for itself after all tests: pages that it shares with nobody."""
    worker, processes = _watched(judge, files)
    judge.solution.sit(judge.session, worker)
    rollup = Path(f"/proc/{processes[-1].pid}/smaps_rollup").read_text()
    worker.close()
    return sum(int(kb) for kb in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", rollup, re.M)) / 1024


def _watched(judge: OpenJudge, files: dict[str, bytes]) -> tuple[WorkerSubject, list[Any]]:
    """A subject, and the list of its worker processes, which grows as they are started."""
    setting, processes = judge.setting, []

    def spawn(memory_mb: int, allowed: int, cpu_s: float, *, gpu: bool) -> Any:
        processes.append(setting.spawn(memory_mb, allowed, cpu_s, gpu=gpu))
        return processes[-1]

    return WorkerSubject(spawn, files, setting.shipping, setting.limits), processes


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
