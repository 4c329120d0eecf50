"""Derivatives from values: right for smooth functions, and silent at bends and jumps."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.differences import LENGTH, Measured, measure

STEPS = (1.0, 0.5, -0.5, -1.0)


def along(function: Callable[[float], float], x: float, typical: float = 1e-5) -> Measured:
    """Measure at x, as a check does, for a move of the usual length."""
    values = torch.tensor([function(x + LENGTH * step) for step in STEPS], dtype=torch.float64)
    return measure(values, function(x), abs(function(x)), typical)


SMOOTH: list[tuple[Callable[[float], float], Callable[[float], float]]] = [
    (math.sin, math.cos),
    (math.exp, math.exp),
    (lambda x: x**5 - 3 * x, lambda x: 5 * x**4 - 3),
    (lambda x: math.atan(5 * x), lambda x: 5 / (1 + 25 * x * x)),
    (lambda _: 7.0, lambda _: 0.0),
]


@given(st.sampled_from(SMOOTH), st.floats(-2, 2))
def test_a_right_derivative_of_a_smooth_function_is_within_the_error(
    pair: tuple[Callable[[float], float], Callable[[float], float]], x: float
) -> None:
    function, slope = pair
    found = along(function, x)
    assert found.smooth
    assert found.agrees_with(slope(x) * LENGTH)


@given(st.sampled_from(SMOOTH[:4]), st.floats(-1, 1), st.sampled_from([0.999, 1.001, 2.0, -1.0, 0.0]))
def test_a_wrong_derivative_is_not(
    pair: tuple[Callable[[float], float], Callable[[float], float]], x: float, factor: float
) -> None:
    function, slope = pair
    if abs(slope(x)) > 0.1:
        assert not along(function, x).agrees_with(factor * slope(x) * LENGTH)


@given(st.floats(-0.95, 0.95), st.floats(0.05, 50))
def test_a_bend_within_the_move_is_noticed_or_allowed_for(at: float, steepness: float) -> None:
    """Wherever it lies: a derivative of either side is within the error, or the move is given up."""
    kink = at * LENGTH
    found = along(lambda x: steepness * max(x - kink, 0.0) + x, 0.0, typical=LENGTH)
    here = (1.0 if kink >= 0 else 1.0 + steepness) * LENGTH
    assert not found.smooth or found.agrees_with(here)


def test_a_bend_at_the_point_itself_is_noticed() -> None:
    assert not along(abs, 0.0).smooth


@pytest.mark.parametrize("at", [-0.7, -0.2, 0.3, 0.9])
def test_a_jump_is_noticed(at: float) -> None:
    assert not along(lambda x: float(x > at * LENGTH), 0.0).smooth


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_not_finite_prove_nothing(bad: float) -> None:
    found = measure(torch.tensor([bad, 0.0, 0.0, 0.0], dtype=torch.float64), 0.0, 1.0, 1.0)
    assert not found.smooth
