"""Where every tolerance lies, and what it costs to know: `python bench/noise.py`.

For a6_attention and the course of values under `tests/evidence/`: for each test its tolerance, what
rounding does to it, the nearest wrong answers (all as `grader verify` has them, in units of the
tolerance), and the seconds that measuring its noise took. The noise does not depend on how busy the
machine is; the seconds do, see `quiet`. The result is `bench/results/noise.json`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from figures.machine import machine
from figures.samples import spread

from grader.course.verify import prove
from grader.judge.opening import OpenJudge, open_judge
from grader.model.orders import Order
from grader.model.seeds import PUBLIC_SEED
from grader.reports.files import json_text, write_whole

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "noise.json"
COURSES = {"a6_attention": ROOT, "values": ROOT / "tests" / "evidence" / "values"}


def main() -> None:
    """Measure, print, write."""
    figures: dict[str, Any] = {}
    for name, root in COURSES.items():
        order = Order(root=str(root), assignment=name, run="bench", seed=PUBLIC_SEED)
        open_judge(order, lambda judge, name=name: figures.update({name: _of(judge)}))  # type: ignore[misc]  # bound now
    machines = [figures[name].pop("machine") for name in COURSES]
    figures["machine"] = machines[-1]
    figures["quiet"] = machines[-1]["load_at_end"][0] <= machines[-1]["cores"]  # else no seconds hold
    write_whole(RESULTS, json_text(figures))
    sys.stdout.write(json.dumps(figures) + "\n")


def _of(judge: OpenJudge) -> dict[str, Any]:
    """One course. The proof that follows finds every noise measured already."""
    seconds = {}
    for spec in judge.session.specs:
        if not spec.gpu:
            started = time.perf_counter()
            judge.solution.measured(judge.session, spec)
            seconds[spec.id] = time.perf_counter() - started
    started = time.perf_counter()
    proof = prove(judge)
    return {
        "measuring_s": {**spread(list(seconds.values())), "total": round(sum(seconds.values()), 3)},
        "rest_of_the_proof_s": round(time.perf_counter() - started, 3),
        "problems": list(proof.problems),
        "tests": [
            {**msgspec.to_builtins(test), "measuring_s": round(seconds[test.test], 4)} for test in proof.tests
        ],
        "machine": machine(judge.isolation),
    }


if __name__ == "__main__":
    main()
