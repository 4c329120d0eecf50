"""What counts as a difference, in which order, and in which words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.compare import compare
from grader.checks.tolerance import EXACT, Tolerance, _room_on, chosen, default_for
from grader.wire.codec import plain
from tests.wire.plain_values import PLAIN

NAN, INF = math.nan, math.inf


def says(actual: Any, expected: Any, tolerance: Tolerance | None = None, **options: Any) -> str:
    failure = compare(actual, expected, tolerance, **options)
    return failure.text() if failure else ""


def f64(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@given(PLAIN, PLAIN)
@settings(deadline=None, max_examples=200)
def test_any_two_values_compare_without_an_exception(one: Any, other: Any) -> None:
    compare(plain(one), plain(other))


@given(st.one_of(st.integers(), st.text(), st.booleans(), st.lists(st.integers()), st.floats(allow_nan=True)))
@settings(deadline=None)
def test_a_value_equals_itself(value: Any) -> None:
    assert compare(value, value) is None


@pytest.mark.parametrize(
    ("actual", "expected", "sentence"),
    [
        (None, 1, "the result is None instead of an int (is a `return` missing?)"),
        (True, 1, "the result is a bool instead of an int"),
        (1, 1.0, "the result is an int instead of a float"),
        (f64(1), 1.0, "the result is a tensor instead of a float"),
        (1.0, f64(1), "the result is a float instead of a tensor"),
        (np.ones(1), f64(1), "the result is a numpy array instead of a tensor"),
        ([1], (1,), "the result is a list instead of a tuple"),
        ((1,), (1, 2), "a tuple of 1 item instead of 2"),
        ([[1], [True]], [[1], [1]], "a bool instead of an int at result[1][0]"),
        ({"a": 1}, {"b": 1}, "the dictionary lacks the key 'b' and has the unknown key 'a'"),
        ({"a": [1]}, {"a": [2]}, "1 instead of 2 at result['a'][0]"),
        ({1: 0}, {True: 0}, "the dictionary lacks the key True and has the unknown key 1"),
        ({1}, {True}, "{1} instead of {True}"),
        ({(1, 2)}, {(1.0, 2)}, "{(1, 2)} instead of {(1.0, 2)}"),
        (f64(1, 2), f64(1), "wrong shape: (2,) instead of (1,)"),
        (f64(1), torch.tensor(1.0).double(), "wrong shape: (1,) instead of ()"),
        (f64(1).float(), f64(1), "wrong dtype: torch.float32 instead of torch.float64"),
        (torch.zeros(1, device="meta"), torch.zeros(1), "wrong device: meta instead of cpu"),
        (np.ones(2, "f4"), np.ones(2), "wrong dtype: float32 instead of float64"),
        (np.float32(1), np.float64(1), "the result is a numpy float32 instead of a numpy float64"),
        ("a" * 200, "b", "'" + "a" * 76 + "... instead of 'b'"),
        (3, 4, "3 instead of 4"),
        (torch.float32, torch.float64, "torch.float32 instead of torch.float64"),
    ],
)
def test_type_and_structure_are_told_in_one_sentence(actual: Any, expected: Any, sentence: str) -> None:
    assert says(actual, expected) == sentence


def test_shape_is_told_before_dtype_and_dtype_before_values() -> None:
    assert says(torch.tensor([1, 2]), f64(5)).startswith("wrong shape")
    assert says(torch.tensor([1]), f64(5)).startswith("wrong dtype")
    assert says(f64(NAN, 9), f64(5, 5)).startswith("values are NaN")


@pytest.mark.parametrize("shape", [(1,), (3, 1), (1, 3), ()])
def test_nothing_is_ever_broadcast(shape: tuple[int, ...]) -> None:
    assert says(torch.ones(shape), torch.ones(3)).startswith("wrong shape")


def test_wrong_values_are_told_with_count_place_and_tolerance() -> None:
    expected = torch.arange(6, dtype=torch.float64).reshape(2, 3)
    actual = expected.clone()
    actual[1, 2] = 9
    actual[0, 1] = 1.5
    assert says(actual, expected) == (
        "wrong values\n"
        "  2 of 6 values (33.3 %) differ\n"
        "  greatest difference 4 (80 %) at [1, 2]: got 9, expected 5\n"
        "  at [0, 1]: got 1.5, expected 1\n"
        "  allowed: a difference of 1e-10 + 1e-09 * |expected|"
    )


def test_a_wrong_number_shows_both_and_the_tolerance() -> None:
    assert says(1.5, 1.0) == "1.5 instead of 1\n  allowed: a difference of 1e-10 + 1e-09 * |expected|"
    assert says(f64(1).sum(), f64(2).sum(), EXACT).endswith("allowed: no difference")


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_what_is_not_finite_fails_whatever_the_tolerance(bad: float) -> None:
    loose = Tolerance(rtol=INF, atol=INF)
    assert "where finite ones are expected" in says(f64(1, bad), f64(1, 1), loose)
    assert compare(bad, 1.0, loose) is not None
    assert compare(complex(0, bad), 1j, loose) is not None


def test_nan_is_expected_where_the_reference_has_it_and_only_there() -> None:
    assert compare(f64(NAN, INF), f64(NAN, INF)) is None
    assert compare(f64(1, INF), f64(NAN, INF)) is not None
    assert compare(f64(NAN, -INF), f64(NAN, INF)) is not None
    assert compare(f64(NAN, 5), f64(NAN, INF)) is not None
    assert compare(f64(NAN, NAN), f64(NAN, INF)) is not None
    assert compare(NAN, NAN) is None


def test_how_many_are_nan_is_told() -> None:
    assert says(f64(NAN, 1, NAN), f64(1, 1, 1)) == (
        "values are NaN where finite ones are expected\n  2 of 3 values (66.7 %), the first at [0]"
    )


@pytest.mark.parametrize(
    ("dtype", "rtol", "atol"),
    [
        (torch.float64, 1e-9, 1e-10),
        (torch.complex128, 1e-9, 1e-10),
        (torch.float32, 1e-4, 1e-5),
        (torch.complex64, 1e-4, 1e-5),
        (torch.float16, 1e-2, 1e-2),
        (torch.bfloat16, 1e-1, 1e-1),
        (torch.int64, 0, 0),
        (torch.bool, 0, 0),
    ],
)
def test_default_tolerances(dtype: torch.dtype, rtol: float, atol: float) -> None:
    assert default_for(torch.ones(2, dtype=dtype)) == Tolerance(rtol=rtol, atol=atol)


def test_below_double_precision_the_absolute_part_grows_with_the_greatest_value() -> None:
    assert default_for(torch.tensor([0.0, -200.0, INF])).atol == pytest.approx(200 * 1e-5)
    assert default_for(f64(0, 200)).atol == 1e-10


@pytest.mark.parametrize(
    ("kind", "dtype", "factor"),
    [
        ("cuda", torch.float32, 10),
        ("cuda", torch.float64, 1),
        ("cuda", torch.float16, 1),
        ("cpu", torch.float32, 1),
    ],
)
def test_float32_has_more_room_on_a_gpu(kind: str, dtype: torch.dtype, factor: float) -> None:
    assert _room_on(torch.device(kind), dtype) == factor


def test_float_noise_passes_and_a_mistake_does_not() -> None:
    expected = f64(1, 2, 3)
    assert compare(expected * (1 + 1e-12), expected) is None
    assert compare(expected * (1 + 1e-7), expected) is not None
    assert compare(np.float32(0.1) + np.float32(1e-7), np.float32(0.1)) is None


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint64, torch.int32, torch.uint8])
def test_integers_compare_exactly_up_to_their_limits(dtype: torch.dtype) -> None:
    top = torch.tensor([torch.iinfo(dtype).max], dtype=dtype)
    below = torch.tensor([torch.iinfo(dtype).max - 1], dtype=dtype)
    bottom = torch.tensor([torch.iinfo(dtype).min], dtype=dtype)
    assert compare(top, top.clone()) is None
    assert compare(below, top) is not None
    assert compare(top, bottom) is not None
    assert compare(bottom, top) is not None


def test_an_integer_off_by_half_the_range_is_wrong() -> None:
    assert compare(torch.tensor([3 - 2**63]), torch.tensor([3])) is not None


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (10**5000, 3),
        ({10**5000: 1}, {1: 1}),
        ({10**5000}, {1}),
        (complex(1, 2), 1j),
        ("\ud800", "a"),
        ([b"\xff" * 10**6], [b""]),
    ],
    ids=["int", "key", "set", "complex", "surrogate", "bytes"],
)
def test_values_that_cannot_be_shown_in_full_are_still_compared(actual: Any, expected: Any) -> None:
    assert 0 < len(says(actual, expected)) < 500


def test_a_very_large_value_is_shown_without_being_written_out() -> None:
    found = says(set(range(10**6)), {1})
    assert len(found) < 200
    assert says("x" * 10**8, "y").startswith("'xxx")


def test_the_order_of_keys_counts_only_where_asked_for() -> None:
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert compare(one, other) is None
    assert says(one, other, ordered=True) == "the keys stand in the order 'a', 'b' instead of 'b', 'a'"
    assert says([one], [other], ordered=True) == (
        "the keys stand in the order 'a', 'b' instead of 'b', 'a' at result[0]"
    )


def test_both_tolerances_are_given_or_neither() -> None:
    assert chosen(None, None, exact=False) is None
    assert chosen(None, None, exact=True) == EXACT
    assert chosen(0.1, 0.2, exact=False) == Tolerance(rtol=0.1, atol=0.2)
    for wrong in [(0.1, None, False), (None, 0.1, False), (0.1, 0.1, True), (-1.0, 0.1, False)]:
        with pytest.raises(ValueError, match="rtol"):
            chosen(*wrong)


def test_one_wrong_value_and_all_wrong_values_are_told_as_people_say_it() -> None:
    one = f64(1, 2, 3)
    assert "  1 of 3 values (33.3 %) differs\n" in says(f64(1, 2, 4), one)
    assert "  all 3 values differ\n" in says(one + 1, one)
    assert (
        says(f64(2).sum(), f64(1).sum()).splitlines()[1]
        == "  greatest difference 1 (100 %): got 2, expected 1"
    )
    assert "values" not in says(f64(NAN).sum(), f64(1).sum()).split("\n", 1)[-1][7:]


def test_two_values_that_differ_late_are_shown_with_the_digits_that_differ() -> None:
    assert says(1 + 1e-8, 1.0).startswith("1.00000001 instead of 1.0\n")
    assert "got 1.00000001, expected 1.0" in says(f64(1 + 1e-8, 2), f64(1, 2))


def test_a_difference_from_zero_has_no_share() -> None:
    assert "greatest difference 1 at [0]: got 1, expected 0" in says(f64(1, 2), f64(0, 2))


def test_the_tensors_that_a_comparison_stopped_at_go_with_the_failure_and_not_into_its_text() -> None:
    actual, expected = {"a": [f64(1, 2)]}, {"a": [f64(1, 7.25)]}
    failure = compare(actual, expected)
    assert failure is not None and failure.mismatch is not None
    assert torch.equal(failure.mismatch.expected, f64(1, 7.25))
    assert "7.25" not in repr(failure.mismatch)
    assert compare([1], [2]).mismatch is None  # type: ignore[union-attr]  # they differ
