"""A million frames that no worker sends: `python bench/fuzz.py`.

Random, mutated, truncated, slow and huge ones, read by the judge's end of a channel and unpacked. Each
has to become a value or one of the errors that the border expects, in bounded time; the process must not
grow. The first that does otherwise is written out, to be tried again by `--replay FILE`. The result
is `bench/results/fuzz.json`, and the last line printed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from figures.frames import KINDS, READ_S, frame, read

RESULTS = Path(__file__).resolve().parent / "results" / "fuzz.json"
_SLOW_SHARE = 0.001
"""Of all: each slow one takes its whole time limit."""
_MOST_S = 1.0
_TELL = 100_000


def main() -> None:
    """Send, read, count, print, write."""
    options = _options()
    if options.replay:
        sys.stdout.write(f"{read(options.replay.read_bytes())}\n")
        return
    chance, seen, slowest = random.Random(options.seed), Counter[str](), 0.0
    budget_s = options.frames * (2e-4 + _SLOW_SHARE * READ_S)
    sys.stdout.write(f"{options.frames:,} frames, about {budget_s:.0f} s\n")
    began, started_mb = time.monotonic(), _most_mb()
    for number in range(options.frames):
        slowly = chance.random() < _SLOW_SHARE
        kind = "slow" if slowly else chance.choice([one for one in KINDS if one != "slow"])
        data = frame("mutated" if slowly else kind, chance)
        try:
            found = read(data, slowly=slowly)
        except BaseException:
            Path("fuzz-finding.bin").write_bytes(data)
            raise
        seen[f"{kind}: {found.what}"] += 1
        slowest = max(slowest, found.seconds)
        if (number + 1) % _TELL == 0:
            sys.stdout.write(f"{number + 1:,} after {time.monotonic() - began:.0f} s\n")
    figures = {
        "frames": options.frames,
        "seed": options.seed,
        "outcomes": dict(sorted(seen.items())),
        "seconds": round(time.monotonic() - began, 1),
        "budget_s": round(budget_s, 1),
        "slowest_s": round(slowest, 4),
        "slowest_allowed_s": _MOST_S,
        "grown_mb": round(_most_mb() - started_mb, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    options.out.write_text(json.dumps(figures, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", type=Path, default=None)
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _most_mb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
