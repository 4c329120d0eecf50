"""Default tolerances: 32 times the measured noise, within bounds; and comparisons as figures."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.compare import compare
from grader.checks.reading import read_off
from grader.checks.tolerance import CEILING, EXACT, FLOOR, Noise, Tolerance, clamped, default_for
from grader.wire.codec import plain

BOUNDS = {
    torch.float32: ((1e-5, 1e-6), (1e-4, 1e-5)),
    torch.float16: ((1e-3, 1e-3), (1e-2, 1e-2)),
    torch.bfloat16: ((1e-2, 1e-2), (1e-1, 1e-1)),
}


@pytest.mark.parametrize("dtype", BOUNDS)
def test_bounds_that_no_measurement_leaves(dtype: torch.dtype) -> None:
    least, most = (Tolerance(rtol=rtol, atol=atol) for rtol, atol in BOUNDS[dtype])
    one = torch.ones((), dtype=dtype)
    assert default_for(one, FLOOR) == default_for(one, Noise(by_dtype={str(dtype)[6:]: 0.0})) == least
    assert default_for(one, CEILING) == default_for(one) == most
    assert default_for(one, Noise(by_dtype={str(dtype)[6:]: math.inf})) == most


def test_in_between_it_is_32_times_the_noise() -> None:
    noise = Noise(by_dtype={"float32": 1e-7})
    found = default_for(torch.tensor([0.5, -200.0]), noise)
    assert found.rtol == 1e-5
    assert found.atol == pytest.approx(32 * 1e-7 * 200)
    assert default_for(torch.tensor(0.5), Noise(by_dtype={"float32": 1e-6})).rtol == pytest.approx(3.2e-5)


def test_double_precision_does_not_depend_on_noise() -> None:
    one = torch.ones(2, dtype=torch.float64)
    assert default_for(one, FLOOR) == default_for(one, CEILING) == Tolerance(rtol=1e-9, atol=1e-10)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(list(BOUNDS)))
def test_more_noise_never_narrows_a_tolerance(one: float, other: float, dtype: torch.dtype) -> None:
    name = str(dtype)[6:]
    low, high = (clamped(dtype, Noise(by_dtype={name: value})) for value in sorted([one, other]))
    assert low.rtol <= high.rtol and low.atol <= high.atol


class Pair(NamedTuple):
    """Crosses as a plain tuple."""

    left: Any
    right: Any


def nested(leaf: Any) -> list[tuple[Any, str]]:
    """A leaf deep inside of containers, and the path to it."""
    return [
        (leaf, ""),
        ([0, leaf], "[1]"),
        ((leaf,), "[0]"),
        ({"a": [1, {"b": leaf}]}, "['a'][1]['b']"),
        (Pair(left=1, right=leaf), "[1]"),
        ({(1, "x"): (leaf, None)}, "[(1, 'x')][0]"),
    ]


LEAVES = [
    torch.tensor([0.1, 2.0]),
    torch.tensor(0.1),
    torch.tensor([0.1 + 1j]),
    torch.tensor([0.1], dtype=torch.float64),
    torch.tensor([0.5], dtype=torch.float16),
    torch.tensor([0.5], dtype=torch.bfloat16),
    torch.tensor([0.5j], dtype=torch.complex128),
    np.array([0.1], dtype=np.float32),
    np.float32(0.1),
    np.complex64(0.1j),
    0.1,
    0.3 + 0.1j,
]


def times(leaf: Any, factor: float) -> Any:
    """Of the same type and dtype."""
    if isinstance(leaf, torch.Tensor):
        wide = leaf.to(torch.complex128 if leaf.is_complex() else torch.float64)
        return (wide * factor).to(leaf.dtype)
    return (
        type(leaf)(leaf * factor) if not isinstance(leaf, np.ndarray) else (leaf * factor).astype(leaf.dtype)
    )


def dtype_of(leaf: Any) -> torch.dtype:
    tensor = leaf if isinstance(leaf, torch.Tensor) else torch.from_numpy(np.array(leaf))
    return tensor.dtype.to_real() if tensor.is_complex() else tensor.dtype


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: f"{type(leaf).__name__} {dtype_of(leaf)}")
@pytest.mark.parametrize("depth", range(6))
def test_each_leaf_has_the_tolerance_of_its_own_dtype(leaf: Any, depth: int) -> None:
    """Wherever it stands: what is inside of the tolerance passes, what is beyond fails with its path."""
    room = default_for(torch.ones((), dtype=dtype_of(leaf))).rtol
    expected, path = nested(leaf)[depth]
    inside, beyond = nested(times(leaf, 1 + room / 8))[depth][0], nested(times(leaf, 1 + 8 * room))[depth][0]
    assert compare(plain(inside), plain(expected)) is None
    failure = compare(plain(beyond), plain(expected))
    assert failure is not None and failure.path == path
    assert read_off("x", plain(inside), plain(expected), None).beyond <= 1
    assert read_off("x", plain(beyond), plain(expected), None).beyond > 1


@pytest.mark.parametrize("depth", range(6))
@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (torch.tensor(0.1), 0.1),
        (0.1, torch.tensor(0.1)),
        (torch.tensor([0.1]), torch.tensor(0.1)),
        (torch.tensor([0.5], dtype=torch.float64), torch.tensor([0.5])),
        (torch.tensor([0.5 + 0j]), torch.tensor([0.5])),
        (np.float32(0.5), 0.5),
        (np.float32(0.5), np.float64(0.5)),
        (1, 1.0),
        (True, 1),
        (0.5, 0.5 + 0j),
    ],
)
def test_a_leaf_of_another_type_fails_wherever_it_stands(actual: Any, expected: Any, depth: int) -> None:
    wide = Tolerance(rtol=1e9, atol=1e9)
    one, other = nested(actual)[depth][0], nested(expected)[depth][0]
    assert compare(plain(one), plain(other), wide) is not None
    reading = read_off("x", plain(one), plain(other), wide)
    assert not reading.alike and reading.beyond == math.inf


finite = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=6), st.floats(0, 1), st.floats(1e-6, 1))
def test_a_reading_says_what_comparing_decides(
    pairs: list[tuple[float, float]], rtol: float, atol: float
) -> None:
    """At most 1 passes, more fails; apart from what one rounding of the quotient may turn."""
    actual, expected = (torch.tensor(side) for side in zip(*pairs, strict=True))
    for asked in (Tolerance(rtol=rtol, atol=atol), EXACT, FLOOR, CEILING):
        beyond = read_off("x", actual, expected, asked).beyond
        if not math.isclose(beyond, 1, rel_tol=1e-9):
            assert (compare(actual, expected, asked) is None) == (beyond <= 1)


@pytest.mark.parametrize(
    ("actual", "expected", "beyond"),
    [
        ([math.nan], [1.0], math.inf),
        ([math.inf], [1.0], math.inf),
        ([math.nan], [math.nan], 0.0),
        ([math.inf], [math.inf], 0.0),
        ([-math.inf], [math.inf], math.inf),
        ([1.0], [math.nan], math.inf),
        ([], [], 0.0),
    ],
)
def test_what_is_not_finite(actual: list[float], expected: list[float], beyond: float) -> None:
    found = read_off("x", torch.tensor(actual), torch.tensor(expected), CEILING)
    assert found.beyond == beyond
