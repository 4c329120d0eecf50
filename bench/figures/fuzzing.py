"""Made input, many times over: what became of it, how long the slowest took, and whether memory grew."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TELLS = 10


@dataclass(frozen=True, slots=True)
class Read:
    """What became of one input: a word for what it was taken for, or for how it was refused."""

    what: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """A place where bytes from outside are read."""

    name: str
    make: Callable[[random.Random], tuple[str, bytes]]
    """A kind of input, and one of it."""
    read: Callable[[str, bytes], Read]
    """Raises whatever may not happen: a finding."""
    each_s: float
    """What one takes, about, for the budget that is told."""
    most_s: float
    """What one may take."""

    def fuzz(self, count: int, seed: int) -> dict[str, Any]:
        """So many of them. A finding is written to `fuzz-finding.bin` and raised."""
        chance, seen, slowest = random.Random(seed), Counter[str](), 0.0
        budget_s = count * self.each_s
        sys.stdout.write(f"{count:,} {self.name}, about {budget_s:.0f} s\n")
        began, started_mb = time.monotonic(), _most_mb()
        for number in range(1, count + 1):
            kind, data = self.make(chance)
            try:
                found = self.read(kind, data)
            except BaseException:
                Path("fuzz-finding.bin").write_bytes(data)
                raise
            seen[f"{kind}: {found.what}"] += 1
            slowest = max(slowest, found.seconds)
            if number % max(1, count // _TELLS) == 0:
                sys.stdout.write(f"{number:,} after {time.monotonic() - began:.0f} s\n")
        return {
            "count": count,
            "seed": seed,
            "outcomes": dict(sorted(seen.items())),
            "seconds": round(time.monotonic() - began, 1),
            "budget_s": round(budget_s, 1),
            "slowest_s": round(slowest, 4),
            "slowest_allowed_s": self.most_s,
            "ok": slowest <= self.most_s,
            "grown_mb": round(_most_mb() - started_mb, 1),
        }


def _most_mb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
