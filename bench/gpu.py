"""What a GPU costs in grading: `python bench/gpu.py [--rounds N] [--out FILE]`.

A context started ahead against one that a submission waits for, and whole submissions of a small course
whose tests run on both devices. Where no GPU is, it says so and writes nothing. The last line of standard
output is the JSON object that is also written to `bench/results/gpu.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures.machine import machine
from figures.samples import spread

from grader.judge.gpu_room import GpuRoom
from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.model.errors import HarnessFault
from grader.model.orders import Order, Submission
from grader.model.outcomes import Status
from grader.reports.files import json_text, write_whole
from grader.sandbox.devices import gpus_here

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent / "tests" / "gpu" / "course"
RESULTS = HERE / "results" / "gpu.json"
_PAUSE = 1.5
"""A worker that is started ahead has so many times a cold start's time before it is asked for."""


@dataclass(slots=True)
class Samples:
    """Seconds, one for each round."""

    cold_s: list[float] = field(default_factory=list)
    ahead_s: list[float] = field(default_factory=list)
    submission_s: list[float] = field(default_factory=list)
    on_gpu_s: list[float] = field(default_factory=list)
    """Of a submission, its GPU tests."""


def measure(judge: OpenJudge, rounds: int) -> dict[str, Any]:
    """All figures, in one judge. Raises HarnessFault where the GPU cannot be used."""
    room = judge.room
    if room is None:
        raise HarnessFault("a GPU is listed here, and torch cannot use it: see `grader doctor`")
    samples, examiner = Samples(), Examiner(judge, run="bench")
    memory_mb, cpu_s = judge.setting.limits.memory_mb, judge.setting.limits.submission_s
    _grade(examiner, "warm up", samples=None)
    for number in range(rounds):
        cold = _start_s(room, memory_mb + 1, cpu_s)  # nobody starts a worker on such terms ahead
        time.sleep(_PAUSE * cold)
        samples.cold_s.append(cold)
        samples.ahead_s.append(_start_s(room, memory_mb, cpu_s))
        room.leave()
        time.sleep(_PAUSE * cold)
        _grade(examiner, f"student {number}", samples)
    return {
        "gpu": room.gpu.name,
        "context_started_cold_ms": spread([1000 * one for one in samples.cold_s]),
        "context_started_ahead_ms": spread([1000 * one for one in samples.ahead_s]),
        "submission_ms": spread([1000 * one for one in samples.submission_s]),
        "its_gpu_tests_ms": spread([1000 * one for one in samples.on_gpu_s]),
        "machine": machine(judge.isolation),
    }


def _start_s(room: GpuRoom, memory_mb: int, cpu_s: float) -> float:
    """How long a submission waits for a worker whose context is awake."""
    started = time.perf_counter()
    worker = room.spawn(memory_mb, 0, cpu_s)
    seconds = time.perf_counter() - started
    worker.kill()
    return seconds


def _grade(examiner: Examiner, student: str, samples: Samples | None) -> None:
    text = (COURSE / "solutions" / "gpu" / "move.py").read_bytes()
    result = examiner.grade(Submission(student=student, path="", digest=student, files={"move.py": text}))
    if result.status is not Status.GRADED or result.score != result.max_score:
        raise HarnessFault(f"not full marks: {result.score} {result.message}")
    if samples is not None:
        samples.submission_s.append(result.seconds)
        on_gpu = (test.seconds for test in result.tests if "cuda" in test.id or "gpu" in test.id)
        samples.on_gpu_s.append(sum(on_gpu))


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if not gpus_here().found():
        sys.stdout.write("No GPU is here that can be used: nothing is measured, and nothing is written.\n")
        return
    figures: list[dict[str, Any]] = []
    order = Order(root=str(COURSE), assignment="gpu", run="bench", seed=1)
    open_judge(order, lambda judge: figures.append(measure(judge, arguments.rounds)))
    write_whole(arguments.out, json_text(figures[0]))
    sys.stdout.write(json.dumps(figures[0]) + "\n")


if __name__ == "__main__":
    main()
