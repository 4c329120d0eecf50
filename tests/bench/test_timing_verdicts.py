"""The bench decides as the check does, and its bounds are the known ones."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from grader.checks.sequential import Side, Trial

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
from figures.rates import Decisions, decide_many, upper_bound


@pytest.mark.parametrize("centre", [-1.0, -0.2, 0.0, 0.7])
def test_many_decisions_at_once_are_those_of_trials(centre: float) -> None:
    row = centre + 0.3 * np.random.default_rng(5).standard_t(2, size=80)
    found = decide_many(row, trials=80, block=80, most=60, alpha=0.001)
    begins = np.random.default_rng(1).integers(0, 80, 80)
    assert [(int(side), int(pairs)) for side, pairs in zip(found.sides, found.pairs, strict=True)] == [
        decided_alone([float(row[(begin + step) % 80]) for step in range(60)]) for begin in begins
    ]


def decided_alone(values: list[float]) -> tuple[int, int]:
    trial = Trial(alpha=0.001)
    for value in values:
        if trial.add(value) is not Side.UNKNOWN:
            break
    return trial.side.value, trial.count


def test_upper_bounds_are_clopper_and_pearsons() -> None:
    assert upper_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))  # no hits: (1 - p)^n = 0.05
    assert upper_bound(2, 10) == pytest.approx(0.506901, abs=1e-5)
    assert upper_bound(10, 10) == 1.0


def test_rates_count_only_the_other_side_as_wrong() -> None:
    found = Decisions(sides=np.array([-1, -1, 1, 0]), pairs=np.array([5, 6, 7, 8])).figures(truth=-1)
    assert (found["wrong"], found["too_noisy"], found["pairs"]["median"]) == (0.25, 0.25, 6.5)
