"""Sequential verdicts: sure where they can be, open where they cannot, and wrong as rarely as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.sequential import GROSS_FACTOR, Side, Tally, Trial, log_size

ALPHA = 0.001


def decided(values: list[float], alpha: float = ALPHA) -> tuple[Side, int]:
    trial = Trial(alpha=alpha)
    for value in values:
        if trial.add(value) is not Side.UNKNOWN:
            break
    return trial.finish(), trial.count


def test_a_constant_factor_of_two_is_decided_within_ten_pairs() -> None:
    assert decided([math.log(0.5)] * 40) == (Side.WITHIN, 6)
    assert decided([math.log(2)] * 40) == (Side.BEYOND, 6)


def test_two_pairs_grossly_off_are_enough_if_there_are_no_more() -> None:
    assert decided([math.log(30)] * 2) == (Side.BEYOND, 2)
    assert decided([-math.log(30)] * 2) == (Side.WITHIN, 2)
    assert decided([math.log(30)]) == (Side.UNKNOWN, 1)


def test_one_gross_pair_among_others_decides_nothing() -> None:
    far = math.log(GROSS_FACTOR) + 1
    assert decided([far, -far])[0] is Side.UNKNOWN
    assert decided([far, far, 0.1])[0] is Side.UNKNOWN


def test_a_ratio_at_the_limit_stays_open() -> None:
    assert decided([0.01, -0.01] * 500)[0] is Side.UNKNOWN


def test_pairs_that_agree_to_the_last_digit_still_need_more_than_four() -> None:
    assert decided([math.log(1.9)] * 4)[0] is Side.UNKNOWN


def test_a_side_stays_once_it_is_known() -> None:
    trial = Trial(alpha=ALPHA)
    for value in [-1.0] * 20 + [1.0] * 3:
        trial.add(value)
    assert trial.side is Side.WITHIN


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_measurement_must_be_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Trial(alpha=ALPHA).add(value)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_an_error_probability_lies_between_zero_and_one(alpha: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Trial(alpha=alpha)


rows = st.lists(st.floats(-5, 5, allow_nan=False).filter(bool), min_size=1, max_size=60)


@given(rows)
def test_the_other_sign_gives_the_other_side(row: list[float]) -> None:
    side, count = decided(row)
    mirrored, as_many = decided([-value for value in row])
    assert (mirrored.value, as_many) == (-side.value, count)


@given(rows, st.floats(0.01, 3))
def test_evidence_against_a_farther_truth_is_no_less(row: list[float], farther: float) -> None:
    """What lets a verdict about zero speak for everything beyond it."""
    near, far = Tally(), Tally()
    for value in row:
        near.add(value)
        far.add(value - farther)
    if near.total < 0 and 2 * near.above <= near.count:
        assert far.log_evidence >= near.log_evidence - 1e-9


@given(rows)
def test_no_pair_more_than_doubles_the_evidence_of_the_signs(row: list[float]) -> None:
    tally, before = Tally(), 0.0
    for value in row:
        tally.add(value)
        assert tally._log_sign - before <= math.log(2) + 1e-12
        before = tally._log_sign


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=30))
def test_the_floor_only_takes_evidence_away(row: list[float]) -> None:
    count, total, squares = len(row), sum(row), sum(value**2 for value in row)
    if squares - total**2 / (count + 0.05) > 1e-12:
        plain = 0.5 * math.log(0.05 / (count + 0.05)) + 0.5 * count * math.log(
            squares / (squares - total**2 / (count + 0.05))
        )
        assert log_size(count, total, squares) <= plain + 1e-9


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_under_the_limit_itself_the_expectation_of_the_evidence_is_one_at_most(seed: int) -> None:
    """By importance sampling over the scale: the mean of what Ville's inequality needs, at a fixed time."""
    noise = np.random.default_rng(seed).normal(size=(4000, 12)) * 0.5
    evidence = [math.exp(_tally(row).log_evidence) for row in noise]
    assert np.mean(np.minimum(evidence, 100)) < 1.3


def _tally(row: np.ndarray) -> Tally:
    tally = Tally()
    for value in row:
        tally.add(float(value))
    return tally


NOISES = {
    "normal": lambda draw, n: draw.normal(size=n),
    "heavy tails": lambda draw, n: draw.standard_t(1.5, size=n),
    "mostly quiet": lambda draw, n: np.where(draw.random(n) < 0.1, 5, 0.2) * draw.normal(size=n),
    "autocorrelated": lambda draw, n: _autocorrelated(draw, n, 0.3),
}


def _autocorrelated(draw: np.random.Generator, n: int, share: float) -> np.ndarray:
    values = draw.normal(size=n)
    for index in range(1, n):
        values[index] = share * values[index - 1] + math.sqrt(1 - share**2) * values[index]
    return values


@pytest.mark.parametrize("scale", [0.02, 0.2, 1.0])
@pytest.mark.parametrize("noise", NOISES)
def test_wrong_sides_are_rarer_than_promised(noise: str, scale: float) -> None:
    """Looked at after each of 200 pairs, a factor of 1.25 within the limit, 1,000 times."""
    draw = np.random.default_rng(17)
    wrong = sum(
        decided([math.log(0.8) + scale * float(value) for value in NOISES[noise](draw, 200)])[0]
        is Side.BEYOND
        for _ in range(1000)
    )
    assert wrong <= 1


def test_noise_that_is_as_wide_as_the_world_leaves_it_open() -> None:
    draw = np.random.default_rng(3)
    sides = [decided(list(3 * draw.standard_cauchy(30)))[0] for _ in range(300)]
    assert sides.count(Side.UNKNOWN) >= 298
