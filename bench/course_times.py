"""How long the course's assignments take: `python bench/course_times.py [--rounds N] [ASSIGNMENT ...]`.

For each assignment, with right solutions: the public tests as a student runs them, in a fresh process on one
core, `import torch` included; and the submission graded by an open judge, public and hidden tests, the first
time (the judge then asks the reference as well) and again. The result is `bench/results/course_times.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from figures.judged import seconds_of
from figures.machine import machine
from figures.samples import judged, spread
from figures.student import measure_student

from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge, open_judge
from grader.model.configuration import load_course
from grader.model.orders import Order, Submission
from grader.model.results import Isolation
from grader.reports.files import json_text, write_whole

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "course_times.json"
PUBLIC_S, JUDGED_S = 8.0, 4.0


def main() -> None:
    """Measure assignment by assignment, print, write."""
    options = _options()
    isolation = Isolation(level=0)
    found: dict[str, Any] = {}
    for name in options.assignments or load_course(ROOT).assignments:
        with _one_core():
            runs = measure_student(ROOT, name, rounds=options.rounds)
        isolation, first_s, again_s = _judged(name, options.rounds)
        found[name] = {
            "public_tests_s": judged(spread(runs.pytest_s), "<=", PUBLIC_S),
            "of_which_import_torch_s": spread(runs.torch_s),
            "judged_s": judged(spread(again_s), "<=", JUDGED_S),
            "judged_first_s": round(first_s, 4),
        }
        sys.stderr.write(f"{name}: {json.dumps(found[name])}\n")
    figures = {"machine": machine(isolation), "assignments": found}
    write_whole(options.out, json_text(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how long the course's assignments take.")
    parser.add_argument("assignments", nargs="*", help="ids; all of the course where none is given")
    parser.add_argument("--rounds", type=int, default=7, help="samples of each (%(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    return parser.parse_args()


@contextmanager
def _one_core() -> Iterator[None]:
    """This process, and those that it starts, on one core."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


def _judged(name: str, rounds: int) -> tuple[Isolation, float, list[float]]:
    """The seconds of the first time, and of each further one."""
    seconds: list[float] = []
    isolations: list[Isolation] = []

    def work(judge: OpenJudge) -> None:
        examiner = Examiner(judge, run="bench")
        right = Submission(student="right", path="right", digest="", files=judge.solution.files)

        def grade() -> None:
            result = examiner.grade(right)
            if result.score is None or result.score < result.max_score:
                raise RuntimeError(f"the reference of {name} does not have full marks: {result}")

        isolations.append(judge.isolation)
        seconds.extend(seconds_of(grade) for _ in range(1 + rounds))

    open_judge(Order(root=str(ROOT), assignment=name, run="bench", seed=1), work)
    return isolations[0], seconds[0], seconds[1:]


if __name__ == "__main__":
    main()
