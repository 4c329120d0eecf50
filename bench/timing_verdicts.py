"""How often verdicts about time are wrong: `python bench/timing_verdicts.py`.

Functions of 0.1, 1 and 10 ms whose student's time is a known multiple of the reference's are timed in real
confined workers, on an idle machine and with every core kept busy by other processes. For each function and
ratio a long row of pairs is recorded once, and decided many times at each limit by block bootstrap; then the
test itself gives verdicts, live. A verdict is wrong where it names the other side of the limit. Functions of
10 ms are recorded a tenth as often.

Rows that are in the output file already, made with the same numbers, are kept: run it again to continue.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from figures.machine import machine
from figures.rates import Floats, decide_many
from figures.verdicts import ASSIGNMENT, Known, Recorded, loaded, rounds_for

from grader.judge.opening import OpenJudge, open_judge
from grader.model.orders import Order
from grader.reports.files import json_text, write_whole

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "timing_verdicts.json"
FUNCTIONS_MS = (0.1, 1.0, 10.0)
RATIOS = (0.5, 0.8, 1.25, 2.0, 10.0)
LIMITS = (1.0, 5.0)
LOADS = ("idle", "loaded")
LONG_MS = 10.0
BLOCK = 50
_PROBE = 20
_LOAD_COSTS = 2.0
"""Times as long on a loaded machine, roughly, for the estimate."""
_USUAL_PAIRS = {1.0: (8, 30, 30, 8, 4), 5.0: (4, 5, 5, 7, 8)}
"""Pairs of a live verdict by ratio, roughly, for the estimate."""


def main() -> None:
    """Measure cell by cell; write after each."""
    options = _options()
    began = time.perf_counter()
    order = Order(root=str(HERE / "workload"), assignment=ASSIGNMENT, run="bench", seed=1)
    open_judge(order, lambda judge: _Bench(judge, options).run())
    _say(f"wall time: {(time.perf_counter() - began) / 60:.1f} minutes")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how often verdicts about time are wrong.")
    parser.add_argument("--record", type=int, default=5000, help="pairs of a recorded row (%(default)s)")
    parser.add_argument("--decide", type=int, default=20_000, help="decisions by bootstrap (%(default)s)")
    parser.add_argument("--live", type=int, default=200, help="live verdicts of a cell (%(default)s)")
    parser.add_argument("--only-load", choices=LOADS, help="one of both; the other's rows are kept")
    parser.add_argument("--only-ms", type=float, choices=FUNCTIONS_MS, help="one function; others are kept")
    parser.add_argument("--fresh", action="store_true", help="measure again what is in the file already")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the rows go (%(default)s)")
    return parser.parse_args()


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()


class _Bench:
    def __init__(self, judge: OpenJudge, options: argparse.Namespace) -> None:
        self._judge = judge
        self._options = options
        self._rows: list[dict[str, Any]] = []
        if options.out.is_file():
            self._rows = json.loads(options.out.read_text())["rows"]
        self._rounds = {ms: rounds_for(judge, ms / 1000) for ms in FUNCTIONS_MS}
        self._confidence = judge.setting.course.timing.confidence

    def run(self) -> None:
        cells = [cell for cell in self._cells() if self._options.fresh or not self._is_known(*cell)]
        self._estimate(cells)
        for load in LOADS:
            with loaded(len(os.sched_getaffinity(0))) if load == "loaded" else nullcontext():
                for _, ms, ratio in (cell for cell in cells if cell[0] == load):
                    self._cell(load, ms, ratio)

    def _cells(self) -> Iterator[tuple[str, float, float]]:
        for load in LOADS if self._options.only_load is None else (self._options.only_load,):
            for ms in FUNCTIONS_MS if self._options.only_ms is None else (self._options.only_ms,):
                for ratio in RATIOS:
                    yield load, ms, ratio

    def _effort(self, ms: float) -> tuple[int, int]:
        """Pairs to record, and live verdicts."""
        record, live = self._options.record, self._options.live
        return (max(1, record // 10) if ms >= LONG_MS else record, live)

    def _is_known(self, load: str, ms: float, ratio: float) -> bool:
        wanted = (load, ms, ratio, *self._effort(ms), self._options.decide)
        same = [
            row for row in self._rows
            if wanted == (row["load"], row["function_ms"], row["true_ratio"], row["recorded"]["pairs"],
                          row["live"]["n"], row["bootstrap"]["n"])
        ]  # fmt: skip
        return {row["limit"] for row in same} == set(LIMITS)

    def _estimate(self, cells: list[tuple[str, float, float]]) -> None:
        """From a few pairs of each function and ratio, on the machine as it is now."""
        costs = {}
        for ms, ratio in dict.fromkeys((ms, ratio) for _, ms, ratio in cells):
            known = Known(self._judge, ratio, self._rounds[ms])
            costs[ms, ratio] = known.record(_PROBE).seconds / _PROBE
            known.close()
        total_s = 0.0
        for load, ms, ratio in cells:
            record, live = self._effort(ms)
            usual = sum(pairs[RATIOS.index(ratio)] + 5 for pairs in _USUAL_PAIRS.values())
            total_s += (record + live * usual) * costs[ms, ratio] * (_LOAD_COSTS if load == "loaded" else 1)
        _say(f"{len(cells)} cells to measure; estimated wall time: {total_s / 60:.0f} minutes")

    def _cell(self, load: str, ms: float, ratio: float) -> None:
        began = time.perf_counter()
        record, live = self._effort(ms)
        known = Known(self._judge, ratio, self._rounds[ms])
        recorded = known.record(record)
        for limit in LIMITS:
            self._keep(self._row(load, ms, ratio, limit, known, recorded, live))
        known.close()
        self._write()
        _say(f"{load}, {ms:g} ms, ratio {ratio:g}: {time.perf_counter() - began:.0f} s")

    def _row(
        self, load: str, ms: float, ratio: float, limit: float, known: Known, recorded: Recorded, live: int
    ) -> dict[str, Any]:
        truth = 1 if ratio > limit else -1
        timing = self._judge.setting.course.timing
        most = max(2, int(timing.budget_s / (recorded.seconds / len(recorded.logs))))
        decisions = decide_many(
            recorded.logs - math.log(limit),
            trials=self._options.decide,
            block=BLOCK,
            most=most,
            alpha=1 - timing.confidence,
        )
        verdicts, seconds = known.live(limit, live)
        return {
            "load": load,
            "function_ms": ms,
            "true_ratio": ratio,
            "limit": limit,
            "from_limit": round(max(ratio / limit, limit / ratio), 4),
            "recorded": {"pairs": len(recorded.logs), "inputs_a_frame": recorded.inputs,
                         "seconds_a_pair": round(recorded.seconds / len(recorded.logs), 6),
                         "ratio": _ratios(recorded.logs)},
            "bootstrap": {**decisions.figures(truth), "block": BLOCK, "pairs_at_most": most},
            "live": {**verdicts.figures(truth), "seconds_a_verdict": round(seconds / live, 4)},
        }  # fmt: skip

    def _keep(self, row: dict[str, Any]) -> None:
        key = ("load", "function_ms", "true_ratio", "limit")
        self._rows = [one for one in self._rows if any(one[name] != row[name] for name in key)]
        self._rows.append(row)

    def _write(self) -> None:
        figures = {
            "machine": machine(self._judge.isolation),
            "confidence": self._confidence,
            "budget_s": self._judge.setting.course.timing.budget_s,
            "worst": _worst(self._rows),
            "rows": self._rows,
        }
        write_whole(self._options.out, json_text(figures))


def _ratios(logs: Floats) -> dict[str, Any]:
    """What was measured, and how much one pair has to do with the next."""
    low, median, high = np.exp(np.quantile(logs, [0.25, 0.5, 0.75])).tolist()
    ranks = logs.argsort().argsort().astype(float)
    autocorrelation = float(np.corrcoef(ranks[1:], ranks[:-1])[0, 1]) if len(logs) > 2 else 0.0
    return {
        "median": round(median, 4),
        "iqr": [round(low, 4), round(high, 4)],
        "n": len(logs),
        "rank_autocorrelation": round(autocorrelation, 4),
    }


def _worst(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """For each load and distance from the limit, the worst cell."""
    worst: dict[str, Any] = {}
    for row in rows:
        name = f"{row['load']}, a factor of {row['from_limit']:g}"
        found = worst.setdefault(
            name, {"wrong": 0.0, "wrong_live": 0.0, "too_noisy": 0.0, "median_pairs": 0.0}
        )
        found["wrong"] = max(found["wrong"], row["bootstrap"]["wrong"])
        found["wrong_live"] = max(found["wrong_live"], row["live"]["wrong"])
        found["too_noisy"] = max(found["too_noisy"], row["bootstrap"]["too_noisy"])
        found["median_pairs"] = max(found["median_pairs"], row["bootstrap"]["pairs"]["median"])
    return dict(sorted(worst.items()))


if __name__ == "__main__":
    main()
