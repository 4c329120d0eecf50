"""The proof of the whole course under many seeds: `python bench/verify.py [--seeds N] [ASSIGNMENT ...]`.

What `grader verify` proves once is proven under so many fresh seeds, and counted. A verdict is flaky where
it is not the same under every seed: a test that the reference or another right solution does not always pass,
a misconception that does not always lose points. The result is `bench/results/verify.json`, written after
each seed of each assignment; run it again to continue. What was proven of an assignment that has changed
since is proven again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import deque
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from figures.lines import in_lines
from figures.machine import machine
from figures.proofs import add_proof, course_figures, nothing_proven

from grader.course.verify import prove
from grader.judge.opening import OpenJudge, open_judge, under_seeds
from grader.model.configuration import load_course
from grader.model.digests import digest_files
from grader.model.names import ASSIGNMENTS, SOLUTIONS
from grader.model.orders import Order
from grader.reports.files import write_whole
from grader.reports.proof import proof_data

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "verify.json"
SEEDS = 50
_DEPTH = 4
"""Of the output's objects that are spread over lines; what lies deeper, a test or a seed, has one."""
FIRST = 1001
"""The first seed; what was proven before is kept only under the same ones."""


def main() -> None:
    """Prove the assignments named, or all, several at a time; print and write."""
    options = _options()
    kept = (
        json.loads(options.out.read_text())["details"] if options.out.is_file() and not options.fresh else {}
    )
    names = deque(options.assignments or load_course(ROOT).assignments)
    running: dict[Connection, tuple[str, float]] = {}
    while names or running:
        while names and len(running) < options.workers:
            name = names.popleft()
            if kept.get(name, {}).get("digest") != _digest(name):
                kept[name] = nothing_proven(_digest(name))
            running[_started(name, options.seeds, kept[name])] = name, time.perf_counter()
        for pipe in wait(list(running)):
            name, began = running[pipe]
            try:
                kept[name] = pipe.recv()
                _write(kept, options.out)
            except EOFError:
                del running[pipe]
                seeds = len(kept[name]["seeds"])
                sys.stderr.write(f"{name}: {seeds} seeds, {time.perf_counter() - began:.0f} s\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prove the course under many seeds.")
    parser.add_argument("assignments", nargs="*", help="ids; all of the course where none is given")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="so many of each (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="assignments at a time (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="prove again what is in the file")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    return parser.parse_args()


def _digest(name: str) -> str:
    """Of all that an assignment is proven by: what was proven of another state is proven again."""
    folders = [ROOT / part / name for part in (ASSIGNMENTS, SOLUTIONS)]
    files = sorted(path for folder in folders for path in folder.rglob("*.py") if path.is_file())
    return digest_files({str(path.relative_to(ROOT)): path.read_bytes() for path in files})


def _started(name: str, seeds: int, known: dict[str, Any]) -> Connection:
    """A process that proves one assignment, and tells its details after each seed."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    context.Process(target=_prove, args=(name, seeds, known, theirs)).start()
    theirs.close()
    return ours


def _prove(name: str, seeds: int, details: dict[str, Any], told: Connection) -> None:
    left = [seed for seed in range(FIRST, FIRST + seeds) if str(seed) not in details["seeds"]]

    def work(judge: OpenJudge) -> None:
        for again in under_seeds(judge, left):
            add_proof(details, proof_data(prove(again)))
            details["machine"] = machine(judge.isolation)
            told.send(details)

    if left:
        open_judge(Order(root=str(ROOT), assignment=name, run="verify", seed=FIRST), work)


def _write(kept: dict[str, Any], out: Path) -> None:
    figures = {**course_figures(kept), "details": dict(sorted(kept.items()))}
    write_whole(out, in_lines(figures, _DEPTH) + "\n")


if __name__ == "__main__":
    main()
