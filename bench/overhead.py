"""What grading costs beside the tests themselves: `python bench/overhead.py [--quick]`.

Everything is measured side by side in one run, on the workload in `bench/workload/` (six functions,
ten tests, one of sixty epochs) and, where it makes sense, on the course's a6_attention. Progress goes
to standard error; the last line of standard output is the JSON object that is also written to
`bench/results/overhead.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures.batch import Batch, grade_batch, plain_pytest_s, write_submissions
from figures.empty import measure_empty
from figures.judged import Judged, measure_judged
from figures.machine import machine
from figures.samples import differences, judged, ratio, spread
from figures.student import StudentRuns, measure_student

from grader.reports.files import json_text, write_whole

HERE = Path(__file__).resolve().parent
WORKLOAD = HERE / "workload"
RESULTS = HERE / "results" / "overhead.json"
FLOOR = (
    "the same collected tests and remembered reference answers in the same process; the submission is "
    "imported anew and called directly: no process border, no copies, no limits, one thread"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How many samples are taken of what."""

    submissions: int
    calls: int
    echoes: int
    workers: int
    sittings: int
    batch: int
    block: int
    pytest_rounds: int
    student_rounds: int


FULL = Effort(
    submissions=60,
    calls=60,
    echoes=15,
    workers=5,
    sittings=50,
    batch=300,
    block=20,
    pytest_rounds=8,
    student_rounds=9,
)
QUICK = Effort(
    submissions=3,
    calls=3,
    echoes=2,
    workers=1,
    sittings=3,
    batch=6,
    block=1,
    pytest_rounds=1,
    student_rounds=1,
)


def main() -> None:
    """Measure, print, write."""
    options = _options()
    effort = QUICK if options.quick else FULL
    _say("submissions, calls and echoes against their floors ...")
    peers = measure_judged(
        WORKLOAD, "peers", submissions=effort.submissions, calls=effort.calls, echoes=effort.echoes,
        workers=effort.workers,
    )  # fmt: skip
    attention = measure_judged(HERE.parent, "a6_attention", submissions=max(1, effort.submissions // 3))
    _say("pytest's share ...")
    empty = measure_empty(WORKLOAD, "empty", sittings=effort.sittings)
    _say("batches ...")
    plain, batch = _batches(effort)
    _say("a student's own run ...")
    student = measure_student(HERE.parent, "a6_attention", rounds=effort.student_rounds)
    figures = {
        "quick": options.quick,
        "machine": machine(peers.isolation),
        **_per_submission(peers, attention),
        "speedup_over_pytest": _speedup(plain, batch, strong=peers.isolation.level == 3),
        **_pieces(peers, empty),
        "student_run_beyond_import_torch_s": _student(student),
    }
    write_whole(options.out, json_text(figures))
    sys.stdout.write(json.dumps(figures) + "\n")


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what grading costs beside the tests themselves.")
    parser.add_argument("--quick", action="store_true", help="few samples: whether it runs, not how fast")
    parser.add_argument(
        "--out", type=Path, default=RESULTS, help="where the figures go (default: %(default)s)"
    )
    return parser.parse_args()


def _batches(effort: Effort) -> tuple[list[float], Batch]:
    """Plain pytest before and after the batch, so that a drift of the machine shows in its spread."""
    with tempfile.TemporaryDirectory() as folder:
        submissions = Path(folder) / "submissions"
        write_submissions(WORKLOAD / "solutions" / "peers" / "homework.py", submissions, effort.batch)
        plain = plain_pytest_s(WORKLOAD / "plain", submissions, rounds=effort.pytest_rounds)
        batch = grade_batch(WORKLOAD, "peers", submissions, Path(folder), block=effort.block)
        plain += plain_pytest_s(WORKLOAD / "plain", submissions, rounds=effort.pytest_rounds)
    return plain, batch


def _per_submission(peers: Judged, attention: Judged) -> dict[str, Any]:
    strong = peers.isolation.level == 3
    return {
        "per_submission_overhead_ms": {
            **judged(_overhead_ms(peers), "<=", 40, valid=strong),
            **_sides_ms(peers),
            "floor_is": FLOOR,
        },
        "per_submission_overhead_ms_a6_attention": {**_overhead_ms(attention), **_sides_ms(attention)},
    }


def _overhead_ms(found: Judged) -> dict[str, Any]:
    return spread([1000 * s for s in differences(found.confined_s, found.floor_s)])


def _sides_ms(found: Judged) -> dict[str, Any]:
    sides = {"confined_ms": found.confined_s, "floor_ms": found.floor_s}
    return {name: spread([1000 * s for s in samples]) for name, samples in sides.items()}


def _speedup(plain: list[float], batch: Batch, *, strong: bool) -> dict[str, Any]:
    """The figure is the steady state; the start of the judges is told beside it."""
    return {
        **judged(ratio(plain, batch.blocks_s), ">=", 40, valid=strong),
        "counts": "the steady state; judges' start-up is in `with_start_up` only",
        "with_start_up": {
            **ratio(plain, [batch.whole_s / batch.submissions]),
            "submissions": batch.submissions,
            "whole_s": round(batch.whole_s, 3),
        },
        "pytest_s_per_submission": spread(plain),
        "graded_s_per_submission": spread(batch.blocks_s),
    }


def _student(runs: StudentRuns) -> dict[str, Any]:
    return {
        **judged(spread(differences(runs.pytest_s, runs.torch_s)), "<=", 1.5),
        "assignment": "a6_attention",
        "pytest_s": spread(runs.pytest_s),
        "import_torch_s": spread(runs.torch_s),
    }


def _pieces(peers: Judged, empty: list[float]) -> dict[str, Any]:
    call_ms = [1000 * s for s in differences(peers.call_s, peers.direct_call_s)]
    return {
        "call_overhead_ms": judged(spread(call_ms), "<=", 0.25),
        "echo_64mb_ratio": {
            **judged(ratio(peers.echo_s, peers.gulped_s), "<=", 2),
            "worker_ms": spread([1000 * s for s in peers.echo_s]),
            "socket_pair_ms": spread([1000 * s for s in peers.gulped_s]),
        },
        "pytest_ms_per_test": judged(spread([1000 * s for s in empty]), "<=", 0.9),
        "worker_private_mb": judged(spread(peers.private_mb), "<=", 20),
    }


if __name__ == "__main__":
    main()
