"""A million frames that no worker sends, and fifty thousand archives: `python bench/fuzz.py`.

Frames (random, mutated, truncated, slow, huge) are read by the judge's end of a channel and unpacked;
archives (random, mutated, truncated, bombs, paths that lead out) are taken as a student's hand-in. Each has
to become a value or one of the errors that the border expects, in bounded time; the process must not grow
without bounds. The first that does otherwise is written out, to be tried again by `--replay FILE`. The
result is `bench/results/fuzz.json`, and the last line printed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from figures import frames, packed  # noqa: E402 - found only from here on
from figures.fuzzing import Border  # noqa: E402 - as above
from figures.machine import machine  # noqa: E402 - as above

from grader.reports.files import json_text, write_whole  # noqa: E402 - as above

RESULTS = ROOT / "bench" / "results" / "fuzz.json"
_SLOW_SHARE = 0.001
"""Of all frames: each slow one takes its whole time limit."""


def _frame(chance: random.Random) -> tuple[str, bytes]:
    if chance.random() < _SLOW_SHARE:
        return "slow", frames.frame("mutated", chance)
    kind = chance.choice([one for one in frames.KINDS if one != "slow"])
    return kind, frames.frame(kind, chance)


def _archive(chance: random.Random) -> tuple[str, bytes]:
    (kind,) = chance.choices(list(packed.KINDS), list(packed.KINDS.values()))
    return kind, packed.archive(kind, chance)


FRAMES = Border(
    name="frames",
    make=_frame,
    read=lambda kind, data: frames.read(data, slowly=kind == "slow"),
    each_s=2e-4 + _SLOW_SHARE * frames.READ_S,
    most_s=1.0,
)
ARCHIVES = Border(
    name="archives", make=_archive, read=lambda _, data: packed.read(data), each_s=0.01, most_s=10.0
)


def main() -> None:
    """Send, read, count, print, write."""
    options = _options()
    if options.replay:
        read = packed.read if options.archive else frames.read
        sys.stdout.write(f"{read(options.replay.read_bytes())}\n")
        return
    figures = {
        "frames": FRAMES.fuzz(options.frames, options.seed),
        "archives": ARCHIVES.fuzz(options.archives, options.seed),
        "machine": machine(),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    write_whole(options.out, json_text(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--archives", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", type=Path, default=None, help="a finding")
    parser.add_argument("--archive", action="store_true", help="the finding is an archive")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
