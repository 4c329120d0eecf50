"""Hostile submissions and random kills for hours: `python bench/soak.py`.

A class, a third of it hostile or broken (`tests/hostile/submissions`), is graded twice under one seed:
quietly, and with the judge, the fork server and the scheduler killed at random. Every submission has to
have one final result, the same in both (where a row of `tests/hostile/table.py` allows several outcomes,
one of those), and nothing may be left. `--submissions 60 --kills 3` is a short run. It goes on in
`--folder` where it was interrupted. The result is `bench/results/soak.json`, and the last line printed.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the submissions lie with the tests

from figures.machine import machine  # noqa: E402 - found only from here on
from figures.soaking import Run, make_class  # noqa: E402 - as above

from grader.model.results import Isolation  # noqa: E402 - as above
from grader.reports.files import json_text, write_whole  # noqa: E402 - as above
from tests.end_to_end.processes import eventually, traces  # noqa: E402 - as above
from tests.hostile.table import TABLE  # noqa: E402 - as above
from tests.hostile.test_table import SUBMISSIONS  # noqa: E402 - as above

RESULTS = ROOT / "bench" / "results" / "soak.json"
SEED = 20261121
_ALLOWED_RATIO = 1.3


def main() -> None:
    """Grade twice, compare, print, write."""
    options = _options()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "plan.json"
    chance = random.Random(options.submissions)
    if plan.exists():
        handed_in = json.loads(plan.read_text())
    else:
        handed_in = make_class(folder, options.submissions, chance)
        plan.write_text(json.dumps(handed_in))
    sys.stderr.write(f"in {folder}\n")
    before = traces(folder)
    cold_s = _cold_start_s(folder, options.workers)
    quiet = Run(folder, folder / "quiet", SEED, options.workers)
    codes = [quiet.go(0, chance, lambda: 0.0)]
    noisy = Run(folder, folder / "noisy", SEED, options.workers)
    mean = quiet.seconds / max(1, options.kills)
    codes.append(noisy.go(options.kills, chance, lambda: chance.uniform(0.2, 1.2) * mean))
    figures = {
        **_figures(quiet, noisy, handed_in, cold_s, options.workers),
        "exit_codes": codes,
        "nothing_left": eventually(lambda: traces(folder) == before),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    write_whole(options.out, json_text(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _cold_start_s(folder: Path, workers: int) -> float:
    """From nothing to the end of a run over one honest submission."""
    alone = folder / "alone" / "homework.py"
    alone.parent.mkdir(exist_ok=True)
    alone.write_bytes((SUBMISSIONS / "00_honest.py").read_bytes())
    shutil.rmtree(folder / "first", ignore_errors=True)
    run = Run(folder, folder / "first", SEED, workers, handed_in="alone")
    run.go(0, random.Random(0), lambda: 0.0)
    return run.seconds


def _figures(
    quiet: Run, noisy: Run, handed_in: dict[str, str], cold_s: float, workers: int
) -> dict[str, Any]:
    first, second = quiet.results(), noisy.results()
    spent = {name: _limits_spent(results) / workers for name, results in (("q", first), ("n", second))}
    allowed = quiet.seconds - spent["q"] + len(noisy.killed) * cold_s / workers
    return {
        "submissions": len(handed_in),
        "hostile": sum(name != "00_honest" for name in handed_in.values()),
        "killed": {part: noisy.killed.count(part) for part in sorted(set(noisy.killed))},
        "without_result": sorted(set(handed_in) - set(second)),
        "not_final": sorted(key for key, one in second.items() if one["status"] != "graded"),
        "different": sorted(
            key for key in first if key in second and _differ(first[key], second[key], handed_in[key])
        ),
        "wall_s": {"quiet": round(quiet.seconds, 1), "noisy": round(noisy.seconds, 1)},
        "limits_spent_s": {name: round(value, 1) for name, value in spent.items()},
        "cold_start_s": round(cold_s, 2),
        "wall_ratio": round((noisy.seconds - spent["n"]) / allowed, 3),
        "wall_ratio_allowed": _ALLOWED_RATIO,
        "memory_mb": {"quiet": _thirds(quiet.memory_mb), "noisy": _thirds(noisy.memory_mb)},
        "machine": machine(Isolation(**_isolation(first))),
    }


def _isolation(results: dict[str, Any]) -> dict[str, Any]:
    found = next(iter(results.values()))["isolation"]
    return {"level": found["level"], "layers": tuple(found["layers"]), "could": tuple(found["could"])}


def _limits_spent(results: dict[str, Any]) -> float:
    tests = [test for one in results.values() for test in one["tests"] if test["outcome"] == "timeout"]
    return sum(test["seconds"] for test in tests)


def _differ(one: dict[str, Any], other: dict[str, Any], name: str) -> bool:
    allowed = TABLE[name].under("strong")
    for first, second in zip(one["tests"], other["tests"], strict=True):
        either = allowed.get(first["id"].rpartition("test_")[2])
        both = {first["outcome"], second["outcome"]}
        if len(both) > 1 and not (isinstance(either, tuple) and both <= {each.value for each in either}):
            return True
    return False


def _thirds(samples: list[float]) -> list[float]:
    """Medians of the run's three parts: flat memory gives three equal ones."""
    size = max(1, len(samples) // 3)
    parts = [samples[begin : begin + size] for begin in (0, size, 2 * size)]
    return [round(statistics.median(part), 1) for part in parts if part]


if __name__ == "__main__":
    main()
