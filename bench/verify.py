"""The proof of the whole course under many seeds: `python bench/verify.py [--seeds N] [ASSIGNMENT ...]`.

What `grader verify` proves once is proven under so many fresh seeds, and counted. A verdict is flaky where
it is not the same under every seed: a test that the reference or another right solution does not always pass,
a misconception that does not always lose points. The result is `bench/results/verify.json`, written after
each seed of each assignment; run it again to continue.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # changing an open judge's seed is shared with the tests

from figures.machine import machine  # noqa: E402 - beside this script
from figures.proofs import assignment_figures, course_figures  # noqa: E402 - as above

from grader.course.verify import prove  # noqa: E402 - after the path
from grader.judge.opening import OpenJudge, open_judge  # noqa: E402 - as above
from grader.model.configuration import load_course  # noqa: E402 - as above
from grader.model.orders import Order  # noqa: E402 - as above
from grader.reports.proof import proof_data  # noqa: E402 - as above
from tests.evidence.courses import seeded  # noqa: E402 - as above

RESULTS = ROOT / "bench" / "results" / "verify.json"
SEEDS = 50
FIRST = 1001
"""The first seed; what was proven before is kept only under the same ones."""


def main() -> None:
    """Prove the assignments named, or all; print and write."""
    options = _options()
    kept = (
        json.loads(options.out.read_text())["details"] if options.out.is_file() and not options.fresh else {}
    )
    for name in options.assignments or load_course(ROOT).assignments:
        began = time.perf_counter()
        kept[name] = _Proving(name, options.seeds, options.out, kept).run()
        _write(kept, options.out)
        sys.stderr.write(f"{name}: {options.seeds} seeds, {time.perf_counter() - began:.0f} s\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prove the course under many seeds.")
    parser.add_argument("assignments", nargs="*", help="ids; all of the course where none is given")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="so many of each (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="prove again what is in the file")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go")
    return parser.parse_args()


class _Proving:
    """One assignment under all seeds, by one judge."""

    def __init__(self, name: str, seeds: int, out: Path, kept: dict[str, Any]) -> None:
        self._name, self._seeds, self._out, self._kept = name, seeds, out, kept
        self._details: dict[str, Any] = kept.get(name) or {"proofs": {}}

    def run(self) -> dict[str, Any]:
        if self._left():
            open_judge(Order(root=str(ROOT), assignment=self._name, run="verify", seed=FIRST), self._prove)
        return self._details

    def _left(self) -> Sequence[int]:
        return [
            seed for seed in range(FIRST, FIRST + self._seeds) if str(seed) not in self._details["proofs"]
        ]

    def _prove(self, judge: OpenJudge) -> None:
        for again in seeded(judge, self._left()):
            proof = proof_data(prove(again))
            self._details["proofs"][str(again.setting.seed)] = assignment_figures(proof)
            self._details["last"] = {"tests": proof["tests"], "tasks": proof["tasks"]}
            self._details["machine"] = machine(judge.isolation)
            self._kept[self._name] = self._details
            _write(self._kept, self._out)


def _write(kept: dict[str, Any], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = out.with_suffix(".tmp")
    scratch.write_text(
        json.dumps({**course_figures(kept), "details": dict(sorted(kept.items()))}, indent=1) + "\n"
    )
    scratch.replace(out)


if __name__ == "__main__":
    main()
