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
    """Prove the assignments named, or all, in several processes; print and write."""
    options = _options()
    kept = (
        json.loads(options.out.read_text())["details"] if options.out.is_file() and not options.fresh else {}
    )
    names = options.assignments or load_course(ROOT).assignments
    left = {name: _left(name, options.seeds, kept) for name in names}
    running: dict[Connection, tuple[str, int]] = {}
    while running or any(left.values()):
        while len(running) < options.workers and any(left.values()):
            name = _least_worked_on(left, running)
            _hand_out(_started(name), name, left, running)
        for pipe in wait(list(running)):
            name, seed = running.pop(pipe)
            try:
                proof, kept[name]["machine"] = pipe.recv()
            except EOFError:
                sys.stderr.write(f"{name}, seed {seed}: its process ended without a proof\n")
                continue
            add_proof(kept[name], proof)
            _write(kept, options.out)
            sys.stderr.write(f"{name}, seed {seed}: {len(kept[name]['seeds'])} proven\n")
            _hand_out(pipe, name, left, running)


def _left(name: str, seeds: int, kept: dict[str, Any]) -> deque[int]:
    """The seeds under which an assignment, as it is now, is still to be proven."""
    if kept.get(name, {}).get("digest") != _digest(name):
        kept[name] = nothing_proven(_digest(name))
    return deque(seed for seed in range(FIRST, FIRST + seeds) if str(seed) not in kept[name]["seeds"])


def _least_worked_on(left: dict[str, deque[int]], running: dict[Connection, tuple[str, int]]) -> str:
    """An assignment that has seeds left: the first of those that the fewest processes work on."""
    busy = [name for name, _ in running.values()]
    return min((name for name, seeds in left.items() if seeds), key=busy.count)


def _hand_out(
    pipe: Connection, name: str, left: dict[str, deque[int]], running: dict[Connection, tuple[str, int]]
) -> None:
    """Give a process the next seed of its assignment, or let it end."""
    if left[name]:
        running[pipe] = name, left[name].popleft()
        pipe.send(running[pipe][1])
    else:
        pipe.send(None)
        pipe.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prove the course under many seeds.")
    parser.add_argument("assignments", nargs="*", help="ids; all of the course where none is given")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="so many of each (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="prove again what is in the file")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    return parser.parse_args()


def _digest(name: str) -> str:
    """Of all that an assignment is proven by: what was proven of another state is proven again."""
    folders = [ROOT / part / name for part in (ASSIGNMENTS, SOLUTIONS)]
    files = sorted(path for folder in folders for path in folder.rglob("*.py") if path.is_file())
    return digest_files({str(path.relative_to(ROOT)): path.read_bytes() for path in files})


def _started(name: str) -> Connection:
    """A process that proves one assignment under each seed that it is given."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=_prove, args=(name, theirs)).start()
    theirs.close()
    return ours


def _prove(name: str, asked: Connection) -> None:
    def work(judge: OpenJudge) -> None:
        for again in under_seeds(judge, iter(asked.recv, None)):
            asked.send((proof_data(prove(again)), machine(judge.isolation)))

    open_judge(Order(root=str(ROOT), assignment=name, run="verify", seed=FIRST), work)


def _write(kept: dict[str, Any], out: Path) -> None:
    for details in kept.values():
        details["seeds"] = dict(sorted(details["seeds"].items()))
    figures = {**course_figures(kept), "details": dict(sorted(kept.items()))}
    write_whole(out, in_lines(figures, _DEPTH) + "\n")


if __name__ == "__main__":
    main()
