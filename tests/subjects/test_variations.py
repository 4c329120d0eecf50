"""Inputs an ulp away: what is meant exactly stays exact."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.subjects.base import Call
from grader.subjects.variations import Nudge, nudged
from grader.worker.precision import Threaded

EPS = torch.finfo(torch.float32).eps


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_entry_moves_by_one_ulp(dtype: torch.dtype) -> None:
    x = torch.rand(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype) + 0.25
    x = x[x != x.round()]
    moved = nudged(x, torch.finfo(dtype).eps)
    apart = ((moved - x).abs() / x).double()
    assert moved.dtype == dtype and (apart > 0).all() and (apart <= torch.finfo(dtype).eps).all()


@given(st.lists(st.sampled_from([0.0, -1.0, 3.0, float("inf"), float("nan"), 0.1, 0.1, 2.5]), min_size=1))
def test_whole_numbers_stay_and_equal_entries_stay_equal(values: list[float]) -> None:
    x = torch.tensor(values)
    moved = nudged(x, EPS)
    exact = (x == x.round()) | ~torch.isfinite(x)
    assert torch.equal(moved[exact].nan_to_num(7.0), x[exact].nan_to_num(7.0))
    assert len(moved[x == 0.1].unique()) <= 1
    assert (moved[~exact] != x[~exact]).all()


def test_inside_of_containers_arrays_and_complex_numbers() -> None:
    nested = {"a": [np.array([0.1, 1.0], dtype=np.float32)], "b": (torch.tensor([0.3 + 2j]),), "c": 0.1}
    moved = nudged(nested, EPS)
    assert moved["a"][0][0] != np.float32(0.1) and moved["a"][0][1] == 1.0
    assert moved["b"][0].real != nested["b"][0].real and moved["b"][0].imag == 2
    assert moved["c"] == 0.1


def test_only_the_finest_precision_is_nudged() -> None:
    """A float32 weight of a float64 model is an exact number: its own ulp is a billion times too coarse."""
    weight, x = torch.tensor([0.1]), torch.tensor([0.1], dtype=torch.float64)
    nudge = Nudge(threads=2)
    call = nudge(Call(target="f", file="hw.py", args=[weight], kwargs={"x": x}, seed=0, seconds=1))
    assert torch.equal(call.args[0], weight) and not torch.equal(call.kwargs["x"], x)
    assert call.target == Threaded("f", 2)
    assert nudge.step == torch.finfo(torch.float64).eps


def test_gradients_are_still_asked_for() -> None:
    assert nudged(torch.tensor([0.1], requires_grad=True), EPS).requires_grad
