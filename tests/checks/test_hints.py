"""A hint explains every element, names no value, and is silent where chance would do."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.compare import compare
from grader.checks.failure import Mismatch
from grader.checks.hints import find_hint
from grader.checks.hints.case import MOST_ELEMENTS
from grader.wire.codec import plain
from tests.wire.plain_values import PLAIN

Tensor = torch.Tensor
FLOATS = (torch.float64, torch.float32)


def hint(actual: Tensor, expected: Tensor, *inputs: Any) -> str:
    return find_hint(Mismatch(actual=actual, expected=expected, inputs=inputs)) or ""


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def swapped(value: Tensor) -> Tensor:
    return value.transpose(0, 1)


def with_zero(value: Tensor) -> Tensor:
    moved = value.roll(1, 1)
    moved[:, 0] = 0
    return moved


VALUES: list[tuple[Callable[[Tensor], Tensor], str]] = [
    (swapped, "the result is the expected one transposed"),
    (lambda e: -e, "every value has the wrong sign"),
    (lambda e: e.flip(1), "the result is the expected one reversed along dimension 1"),
    (
        lambda e: e.roll(1, 0),
        "the result is the expected one shifted by one along dimension 0, around the end",
    ),
    (
        lambda e: e.roll(-1, 1),
        "the result is the expected one shifted by one along dimension 1, around the end",
    ),
    (with_zero, "the result is the expected one shifted by one along dimension 1"),
    (
        lambda e: e * 3,
        "every value is the expected one times a constant: "
        "the square root of the size of the last dimension, 9?",
    ),
    (
        lambda e: e * 9,
        "every value is the expected one times a constant: "
        "the size of the last dimension, 9 (a sum where a mean is asked for?)",
    ),
    (
        lambda e: e / 9,
        "every value is the expected one times a constant: "
        "one over the size of the last dimension, 9 (a mean where a sum is asked for?)",
    ),
    (lambda e: 2 * e, "every value is the expected one times a constant: two?"),
    (
        lambda e: e * math.sqrt(9 / 8),
        "every value is the expected one times a constant: "
        "the square root of n / (n - 1), n being the size of the last dimension, 9?",
    ),
    (lambda e: 0.7531 * e, "every value is the expected one times a constant"),
    (lambda e: e - 0.37, "every value is off by the same number"),
    (
        lambda e: e + normal(9, seed=5).to(e.dtype),
        "the result and the expected one differ by one vector along dimension 1: "
        "a bias that is missing, or one too many?",
    ),
    (
        lambda e: e.reshape(9, 3, 3).transpose(1, 2).reshape(9, 9),
        "the result has the expected values in other places: a view where a transpose is needed?",
    ),
]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(("change", "sentence"), VALUES, ids=[str(n) for n in range(len(VALUES))])
def test_what_was_done_to_the_values_is_said(
    change: Callable[[Tensor], Tensor], sentence: str, dtype: torch.dtype
) -> None:
    expected = normal(9, 9, dtype=dtype)
    assert hint(change(expected), expected) == sentence


@given(st.sampled_from(VALUES), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_float_noise_hides_no_hint_and_one_wrong_element_ends_it(
    known: tuple[Callable[[Tensor], Tensor], str], seed: int
) -> None:
    expected = normal(9, 9, seed=seed)
    actual = known[0](expected) * (1 + 1e-13 * normal(9, 9, seed=seed + 1))
    assert hint(actual, expected) == known[1]
    place = seed % 81
    actual = actual.contiguous()
    actual.view(-1)[place] += 1e-3
    assert hint(actual, expected) == ""


@given(st.integers(0, 10**6), st.sampled_from([(3,), (2, 2), (4, 4), (2, 3, 3), (2, 2, 2, 2)]))
@settings(deadline=None, max_examples=200)
def test_unrelated_values_have_no_hint(seed: int, shape: tuple[int, ...]) -> None:
    for dtype in (*FLOATS, torch.float16):
        actual, expected = normal(*shape, seed=seed, dtype=dtype), normal(*shape, seed=seed + 1, dtype=dtype)
        assert hint(actual, expected, normal(*shape, seed=seed + 2)) == ""


@given(PLAIN, PLAIN)
@settings(deadline=None, max_examples=300)
def test_no_two_values_make_the_search_raise(one: Any, other: Any) -> None:
    failure = compare(plain(one), plain(other))
    if failure and failure.mismatch:
        find_hint(failure.mismatch)


DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.int64, torch.int8,
    torch.uint8, torch.uint16, torch.bool, torch.float8_e5m2,
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(itertools.product(DTYPES, DTYPES)), ids=str)
def test_every_pair_of_dtypes_is_searched_without_an_exception(one: torch.dtype, other: torch.dtype) -> None:
    for shapes in (((3, 4), (3, 4)), ((3, 4), (4, 3)), ((12,), (3, 4)), ((1,) * 20 + (4,), (4,))):
        actual, expected = (
            (10 * normal(*shape, seed=seed)).abs().to(kind)
            for seed, (shape, kind) in enumerate(zip(shapes, (one, other), strict=True))
        )
        hint(actual, expected, actual)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (torch.zeros(4, 4), normal(4, 4)),
        (torch.full((4, 4), 3.0), torch.full((4, 4), 1.0)),
        (torch.ones(5), torch.zeros(5)),
        (torch.tensor([2.0]), torch.tensor([1.0])),
        (torch.tensor(-2.0), torch.tensor(2.0)),
        (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),
        (torch.tensor([math.nan, 1, 2]), torch.tensor([1.0, 2, math.nan])),
        (torch.tensor([math.inf, 1, 2]), torch.tensor([1.0, 2, math.inf])),
        (torch.eye(4).roll(1, 0), torch.eye(4)),
        (torch.tensor([True, False, False]), torch.tensor([False, True, False])),
        (torch.tensor([1e200, 2.0, 3.0]).double(), torch.tensor([2e200, 4.0, 6.0]).double()),
    ],
)
def test_what_is_degenerate_has_no_hint(actual: Tensor, expected: Tensor) -> None:
    assert hint(actual, expected) == ""


def test_a_symmetric_matrix_is_not_called_transposed() -> None:
    expected = normal(4, 4)
    expected = expected + expected.T
    assert hint(-expected.T, expected) == "every value has the wrong sign"


def test_masks_are_transposed_or_inverted() -> None:
    mask = torch.ones(5, 5).tril().bool()
    assert hint(mask.T, mask) == "the result is the expected one transposed"
    assert hint(~mask, mask) == "every value is inverted: True stands where False is expected"
    assert hint(mask.flip(0)[:, [0, 2, 1, 3, 4]], mask) == ""


def test_integers_are_compared_exactly() -> None:
    expected = torch.arange(12).reshape(3, 4) ** 3
    assert hint(expected.flip(0), expected).endswith("reversed along dimension 0")
    assert hint(expected.flip(0) + (expected == 1), expected) == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda e: e.permute(0, 2, 1), "the result is the expected one with dimensions 1 and 2 exchanged"),
        (lambda e: e.permute(1, 2, 0), "the result is the expected one with its dimensions in another order"),
        (lambda e: e.unsqueeze(0), "there is a dimension of size 1 too many: keepdim, or squeeze it"),
        (
            lambda e: e.reshape(6, 4),
            "the values are right and in the right order; only their shape is another",
        ),
        (
            lambda e: e.mT.reshape(6, 4),
            "the values are right, but flattened in another order of the dimensions",
        ),
        (lambda e: e[0], ""),
        (lambda e: e.reshape(6, 4) + 1, ""),
    ],
)
def test_a_wrong_shape_around_right_values_is_explained(
    change: Callable[[Tensor], Tensor], sentence: str
) -> None:
    expected = normal(2, 3, 4)
    found = hint(change(expected), expected)
    assert found.endswith(sentence)
    assert bool(found) == bool(sentence)


def test_a_missing_dimension_of_size_one_is_told() -> None:
    expected = normal(5, 1)
    assert hint(expected[:, 0], expected).endswith(
        "a dimension of size 1 is missing: keepdim=True, or unsqueeze"
    )
    assert hint(expected.T, expected).endswith("a dimension of size 1 stands in another place")


def test_a_wrong_dtype_around_right_values_is_explained() -> None:
    expected = normal(3, 4)
    lower = "the values are right, in lower precision: is something made without dtype=, or cast?"
    assert hint(expected.float(), expected) == lower
    assert hint(expected.double(), expected.float()) == "the values are right; only the dtype is another"
    assert hint(expected.float() + 1e-2, expected) == ""


def test_values_that_went_through_a_lower_precision_are_told() -> None:
    expected = normal(4, 5)
    assert "seven digits" in hint(expected.float().double(), expected)
    assert "seven digits" in hint(expected * torch.tensor(1 / 3).double(), expected / 3)
    single = expected.float()
    assert hint(single.bfloat16().float(), single) == "the values are right, but rounded to torch.bfloat16"


REDUCTIONS: list[tuple[str, Callable[[Tensor, int], Tensor]]] = [
    ("sum", lambda x, d: x.sum(d)),
    ("mean", lambda x, d: x.mean(d)),
    ("maximum", lambda x, d: x.amax(d)),
    ("softmax", lambda x, d: x.softmax(d)),
    ("norm", lambda x, d: x.norm(dim=d)),
]


@pytest.mark.parametrize(("name", "along"), REDUCTIONS, ids=[name for name, _ in REDUCTIONS])
@pytest.mark.parametrize("shape", [(5, 5), (4, 3), (3, 4, 3)])
def test_the_wrong_dimension_of_a_reduction_is_found_from_the_inputs(
    name: str, along: Callable[[Tensor, int], Tensor], shape: tuple[int, ...]
) -> None:
    x = normal(*shape)
    told = hint(along(x, 0), along(x, 1), [{"x": x}])
    assert told == (f"the {name} is taken over dimension 0 of an input, where dimension 1 is asked for")
    assert "over dimension" not in hint(along(x, 0), along(x, 1))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("shape", [(5, 5), (3, 4), (2, 3, 4, 4)])
def test_a_softmax_over_another_dimension_is_told_without_its_scores(
    shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    scores = normal(*shape, dtype=dtype)
    last = len(shape) - 1
    told = hint(scores.softmax(-2), scores.softmax(-1))
    assert told == (
        f"the values sum to one along dimension {last - 1}, where dimension {last} is asked for: "
        "a softmax over the other dimension"
    )
    assert hint((scores + normal(*shape, seed=3, dtype=dtype)).softmax(-2), scores.softmax(-1)) == ""


def test_sizes_of_inputs_are_named_without_their_number() -> None:
    expected, q = normal(5, 3), normal(5, 17)
    told = hint(expected * math.sqrt(17), expected, q)
    assert told.endswith("the square root of the size of the last dimension of an input?")
    assert "17" not in told


def test_arrays_count_as_inputs_and_anything_else_is_passed_over() -> None:
    x = normal(4, 4)
    told = hint(x.sum(0), x.sum(1), "text", np.array(["a"]), None, x.numpy())
    assert "over dimension 0" in told


def test_a_huge_addend_does_not_make_everything_alike() -> None:
    actual = normal(4, 4, seed=1) + 1e12
    assert hint(actual, normal(4, 4)) == ""


def test_where_one_vector_is_expected_in_every_row_another_one_is_no_bias() -> None:
    assert hint(normal(7).expand(7, 7).clone(), normal(7, seed=1).expand(7, 7).clone()) == ""


def test_the_search_is_bounded_in_elements() -> None:
    expected = normal(MOST_ELEMENTS // 1000 + 1, 1000)
    assert hint(-expected, expected) == ""
    within = Mismatch(actual=-expected[1:], expected=expected[1:])
    assert find_hint(within, clock=lambda: 0.0) == "every value has the wrong sign"


def test_the_search_ends_between_two_candidates_when_its_time_is_up() -> None:
    expected = normal(3, 3)
    looked: list[float] = []

    def clock() -> float:
        looked.append(float(len(looked)))
        return looked[-1]

    assert find_hint(Mismatch(actual=expected + 1, expected=expected), clock=clock) is None
    assert len(looked) == 2


@given(st.sampled_from(VALUES), st.integers(0, 10**6))
@settings(deadline=None, max_examples=50)
def test_no_value_stands_in_a_hint(known: tuple[Callable[[Tensor], Tensor], str], seed: int) -> None:
    expected = normal(9, 9, seed=seed)
    actual = known[0](expected)
    told = hint(actual, expected)
    assert told
    assert "." not in told
    assert set("".join(filter(str.isdigit, told))) <= set("01289")
