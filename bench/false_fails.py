"""How often right code fails: `python bench/false_fails.py [--seeds N] [--only KIND]`.

Every formulation under `tests/evidence/<kind>/right/` is graded under many seeds. The reference answers
from a confined worker with one thread; the submission runs with one thread, with two, and with the
processor restricted to what every machine can do (`ATEN_CPU_CAPABILITY=default`). Kinds that need real
workers for both are graded there; of verdicts about time `bench/timing_verdicts.py` tells more. The result
is `bench/results/false_fails.json`, written after each row.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the courses lie with the tests

from figures.machine import machine  # noqa: E402 - beside this script

from grader.judge.opening import OpenJudge, under_seeds  # noqa: E402 - after the path
from grader.model.outcomes import Outcome  # noqa: E402 - after the path
from grader.reports.files import json_text, write_whole  # noqa: E402 - as above
from tests.evidence.courses import Kind, judged, kinds, not_passed, sat_here  # noqa: E402 - as above

RESULTS = ROOT / "bench" / "results" / "false_fails.json"
SEEDS = 200
WAYS = {
    "one thread": (1, {}),
    "two threads": (2, {}),
    "restricted processor": (1, {"ATEN_CPU_CAPABILITY": "default"}),
}


def main() -> None:
    """Grade every kind in every way, each in a process of its own; print and write."""
    options = _options()
    if options.way is not None:
        sys.stdout.write(json.dumps(_in_this_process(options)) + "\n")
        return
    rows = json.loads(options.out.read_text())["rows"] if options.out.is_file() else []
    for kind in kinds():
        if options.only in (None, kind.name):
            for way in ["one thread"] if kind.judged_only else list(WAYS):
                rows = [row for row in rows if (row["kind"], row["way"]) != (kind.name, way)]
                rows.append(_row(kind, way, options.seeds))
                _write(rows, options.out)


def _write(rows: list[dict[str, Any]], out: Path) -> None:
    """After each row, so that nothing is lost."""
    figures = {
        "failed": sum(row["failed"] for row in rows),
        "graded": sum(row["graded"] for row in rows),
        "rows": sorted(rows, key=lambda row: row["kind"]),
    }
    write_whole(out, json_text(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how often right code fails.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds for each formulation and way")
    parser.add_argument("--only", metavar="KIND", help="one kind; the rows of the others stay")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _row(kind: Kind, way: str, seeds: int) -> dict[str, Any]:
    """One kind in one way, by a process with the environment that it takes."""
    threads, environment = WAYS[way]
    command = [sys.executable, __file__, "--only", kind.name, "--way", way, "--seeds", str(seeds)]
    done = subprocess.run(
        command,
        env=os.environ | {"OMP_NUM_THREADS": str(threads)} | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stderr.write(f"{kind.name}, {way}: {row['failed']} of {row['graded']} failed, {row['seconds']} s\n")
    return row


def _in_this_process(options: argparse.Namespace) -> dict[str, Any]:
    (kind,) = [kind for kind in kinds() if kind.name == options.only]
    threads, _ = WAYS[options.way]
    torch.set_num_threads(threads)
    seeds = range(1, 1 + options.seeds)
    failures: list[str] = []
    pending = 0
    described: dict[str, Any] = {}
    tests = 0
    began = time.perf_counter()

    def work(judge: OpenJudge) -> None:
        nonlocal tests, pending
        described.update(machine(judge.isolation))
        tests = len(judge.session.specs)
        gc.collect()
        gc.freeze()  # as a fork server does: who counts operations looks at every tensor there is
        for again in under_seeds(judge, seeds):
            for file in kind.right:
                where = f"{file.stem}, seed {again.setting.seed}"
                failed, undecided = _taken(again, kind, file)
                failures.extend(f"{where}: {line}" for line in failed)
                pending += undecided

    kind.open(0, work)
    return {
        "kind": kind.name,
        "way": options.way,
        "where": "worker" if kind.judged_only else "process",
        "threads": threads,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "formulations": len(kind.right),
        "seeds": len(seeds),
        "graded": len(kind.right) * len(seeds) * tests,
        "failed": len(failures),
        "pending": pending,
        "failures": failures[:20],
        "seconds": round(time.perf_counter() - began, 1),
        "machine": described,
    }


def _taken(judge: OpenJudge, kind: Kind, file: Path) -> tuple[list[str], int]:
    """What failed; and how many tests have no verdict, which timed ones may, where a machine is too noisy."""
    if not kind.judged_only:
        return not_passed(sat_here(judge, kind, file)), 0
    tests = judged(judge, kind, file).tests
    bad = (test for test in tests if test.outcome not in (Outcome.PASSED, Outcome.PENDING))
    pending = sum(test.outcome is Outcome.PENDING for test in tests)
    return [f"{test.id}: {test.outcome}: {test.message}" for test in bad], pending


if __name__ == "__main__":
    main()
