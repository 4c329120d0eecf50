"""Rates with their upper bounds, and many decisions over one recorded row at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks import sequential

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_SURE = 0.95


def upper_bound(hits: int, trials: int) -> float:
    """The 95 % upper bound of a rate, exact: Clopper & Pearson, Biometrika 1934, one-sided."""
    if hits >= trials:
        return 1.0
    low, high = hits / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, trials, middle) > 1 - _SURE else (low, middle)
    return high


def _at_most(hits: int, trials: int, rate: float) -> float:
    """The chance of so many hits or fewer."""
    if rate <= 0:
        return 1.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(rate) + (trials - k) * math.log1p(-rate)
        for k in range(hits + 1)
    ]  # fmt: skip
    return math.fsum(map(math.exp, logs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What came of many trials: the sides (-1 within, 0 unknown, 1 beyond), and the pairs of each."""

    sides: Ints
    pairs: Ints

    def figures(self, truth: int) -> dict[str, Any]:
        """Rates of wrong and of undecided trials with their upper bounds, and how many pairs it took."""
        trials = len(self.sides)
        wrong, noisy = int((self.sides == -truth).sum()), int((self.sides == 0).sum())
        low, median, high = np.quantile(self.pairs, [0.25, 0.5, 0.75]).tolist()
        return {
            "n": trials,
            "wrong": wrong / trials,
            "wrong_at_most": round(upper_bound(wrong, trials), 6),
            "too_noisy": noisy / trials,
            "too_noisy_at_most": round(upper_bound(noisy, trials), 6),
            "pairs": {"median": median, "iqr": [low, high], "n": trials},
        }


def decide_many(row: Floats, *, trials: int, block: int, most: int, alpha: float, seed: int = 1) -> Decisions:
    """`sequential.Trial` on so many rows, each put together from blocks of the recorded one.

    Blocks of successive values keep what one pair has to do with the next (circular block bootstrap:
    Politis & Romano 1992). Undecided after `most` values is undecided: `Trial.finish` is for fewer pairs.
    """
    generator = np.random.default_rng(seed)
    sides, pairs = np.zeros(trials, np.int64), np.full(trials, most)
    rows, sums = np.arange(trials), np.zeros((4, trials))
    begin = np.zeros(trials, np.int64)
    for step in range(most):
        if step % block == 0:
            begin = generator.integers(0, len(row), len(rows))
        _add(sums, row[(begin + step % block) % len(row)], step)
        found = _sides(sums, step + 1, alpha)
        decided = found != 0
        sides[rows[decided]], pairs[rows[decided]] = found[decided], step + 1
        rows, begin, sums = rows[~decided], begin[~decided], sums[:, ~decided]
        if not len(rows):
            break
    return Decisions(sides=sides, pairs=pairs)


def _add(sums: Floats, values: Floats, before: int) -> None:
    """One more value for each row: sum, sum of squares, number above zero, log of the sign's evidence."""
    total, squares, above, log_sign = sums
    same = np.where(values > 0, above, before - above)
    log_sign += np.log(2 * (same + 0.5) / (before + 1))
    total += values
    squares += values**2
    above += values > 0


def _sides(sums: Floats, count: int, alpha: float) -> Ints:
    total, squares, above, log_sign = sums
    spread = squares + count * sequential.FLOOR**2
    left = spread - total**2 / (count + sequential.PRIOR)
    log_size = 0.5 * math.log(sequential.PRIOR / (count + sequential.PRIOR)) + 0.5 * count * np.log(
        spread / left
    )
    evidence = np.logaddexp(log_sign, log_size) - math.log(2)
    sure = evidence >= -math.log((1 - sequential.GROSS_SHARE) * alpha)
    sides = np.where(sure & (total < 0) & (2 * above <= count), -1, 0)
    return np.where(sure & (total > 0) & (2 * above >= count), 1, sides)
